//! How a query reaches its elements: through an index, over the rows of some labels, or over everything.
//!
//! An index serves conditions that all must hold and that ask every one of its properties for equality. It
//! only proposes candidates; they are tested like any other row. Where an index would propose more than a
//! scan can test in the same time, the scan is taken.
//!
//! Full-text conditions stand alone and always go through their index.

use crate::compiled::Compiled;
use crate::spec::Target;
use gesso_core::{LabelId, Value, VertexIx};
use gesso_graph::index::text::TextSearch;
use gesso_graph::index::{BaseIndex, hash_of};
use gesso_graph::snapshot::EdgePlace;
use gesso_graph::{IndexDef, Label, Snapshot};
use std::sync::Arc;

/// Rows that a scan tests while an index's candidate is looked up.
const SCAN_ROWS_PER_CANDIDATE: u64 = 32;
/// Candidates that are always worth an index.
const CANDIDATES_ALWAYS: u64 = 1024;
/// Most keys that one query looks up in an index: operands of `=` multiply.
const KEYS_MAX: usize = 256;

/// A query's way to its elements.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The way.
    pub access: Access,
    /// At most so many rows are tested.
    pub rows: u64,
}

/// The ways to elements.
#[derive(Clone, Debug)]
pub enum Access {
    /// The candidates of an index.
    Index(Lookup),
    /// The rows of some labels.
    Labels {
        /// A label index that promises this way, if there is one.
        index: Option<Box<str>>,
    },
    /// The full-text index of this name.
    Text(Box<str>),
    /// Every row.
    All,
}

/// Keys that are looked up in an index.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The index.
    pub def: Arc<IndexDef>,
    /// Its rows of the base.
    pub(crate) data: Arc<BaseIndex>,
    /// Hashes of keys, by label.
    pub(crate) keys: Vec<(LabelId, Vec<u64>)>,
}

impl Plan {
    /// The cheapest way to what a query asks for.
    pub fn of(snapshot: &Snapshot, query: &Compiled) -> Plan {
        if let Some(search) = &query.text {
            return Plan::by_text(snapshot, query.target, search);
        }
        let scan = Plan::scan(snapshot, query);
        let defs = snapshot.schema().indices().iter().filter(|d| !d.kind.is_full_text());
        let usable = defs.filter(|d| d.kind.is_on_vertices() == (query.target == Target::Vertices));
        let lookups = usable.filter_map(|def| {
            let lookup = Lookup::of(snapshot, query, def)?;
            Some(Plan { rows: lookup.candidates(snapshot), access: Access::Index(lookup) })
        });
        let best = lookups.min_by_key(|plan| plan.rows);
        let pays = |plan: &Plan| {
            plan.rows <= CANDIDATES_ALWAYS || plan.rows.saturating_mul(SCAN_ROWS_PER_CANDIDATE) <= scan.rows
        };
        best.filter(pays).unwrap_or(scan)
    }

    /// Through the index, unless it has no data yet: then every row is read.
    fn by_text(snapshot: &Snapshot, target: Target, search: &TextSearch) -> Plan {
        let rows = match target {
            Target::Vertices => search.candidates::<VertexIx>(snapshot),
            Target::Edges => search.candidates::<EdgePlace>(snapshot),
        };
        match (rows, search.index()) {
            (Some(rows), Some(def)) => Plan { access: Access::Text(def.name.clone()), rows },
            _ if target == Target::Vertices => Plan { access: Access::All, rows: snapshot.vertex_count() },
            _ => Plan { access: Access::All, rows: snapshot.edge_count() },
        }
    }

    fn scan(snapshot: &Snapshot, query: &Compiled) -> Plan {
        let on_vertices = query.target == Target::Vertices;
        if !query.has_labels {
            let rows = if on_vertices { snapshot.vertex_count() } else { snapshot.edge_count() };
            return Plan { access: Access::All, rows };
        }
        let wanted = snapshot.schema().labels().filter(|l| query.rule(l.id).is_some());
        let count = |l: LabelId| {
            if on_vertices { snapshot.vertices_with(l) } else { snapshot.edges_with(l) }
        };
        let rows = wanted.map(|l| count(l.id)).sum();
        let is_label_index = |d: &&Arc<IndexDef>| {
            d.is_of_labels() && d.labels.is_empty() && d.kind.is_on_vertices() == on_vertices
        };
        let index = snapshot.schema().indices().iter().find(is_label_index);
        Plan { access: Access::Labels { index: index.map(|d| d.name.clone()) }, rows }
    }

    /// The way in a word: `index`, `label scan` or `full scan`.
    pub fn name(&self) -> &'static str {
        match &self.access {
            Access::Index(_) | Access::Text(_) => "index",
            Access::Labels { .. } => "label scan",
            Access::All => "full scan",
        }
    }

    /// The index that is used, if any.
    pub fn index(&self) -> Option<&str> {
        match &self.access {
            Access::Index(lookup) => Some(&lookup.def.name),
            Access::Text(name) => Some(name),
            Access::Labels { index } => index.as_deref(),
            Access::All => None,
        }
    }
}

impl Lookup {
    /// The keys under which an index has everything that a query can match; none if it may lack some.
    fn of(snapshot: &Snapshot, query: &Compiled, def: &Arc<IndexDef>) -> Option<Lookup> {
        if def.is_of_labels() || !def.properties.iter().all(|p| query.equality(p).is_some()) {
            return None;
        }
        let data = snapshot.indices().get(def.id)?;
        let mut keys = Vec::new();
        for label in snapshot.schema().labels().filter(|l| query.rule(l.id).is_some()) {
            if !def.properties.iter().all(|p| label.property(p).is_some()) {
                // No element can pass as one of this label.
                continue;
            }
            if !def.covers(label) || !data.knows(snapshot.base(), label.id) {
                return None;
            }
            keys.push((label.id, keys_of(query, def, label)?));
        }
        Some(Lookup { def: def.clone(), data, keys })
    }

    /// How many candidates there are at most.
    fn candidates(&self, snapshot: &Snapshot) -> u64 {
        let each = self.keys.iter().flat_map(|(label, hashes)| hashes.iter().map(move |h| (*label, *h)));
        let count = |(label, hash)| self.data.candidates(label, hash).len() as u64;
        let changed = |hash: u64| {
            if self.def.kind.is_on_vertices() {
                snapshot.changed_vertices_by(self.def.id, hash).take(CHANGED_MAX).count() as u64
            } else {
                snapshot.changed_edges_by(self.def.id, hash).take(CHANGED_MAX).count() as u64
            }
        };
        each.map(count).sum::<u64>() + self.hashes().into_iter().map(changed).sum::<u64>()
    }

    /// Every hash once.
    pub(crate) fn hashes(&self) -> Vec<u64> {
        let mut hashes: Vec<u64> = self.keys.iter().flat_map(|(_, hashes)| hashes).copied().collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }
}

/// Changed rows of one key that are counted; beyond them a scan is as good.
const CHANGED_MAX: usize = 100_000;

/// Hashes of every combination of operands, as values of a label's properties.
fn keys_of(query: &Compiled, def: &IndexDef, label: &Label) -> Option<Vec<u64>> {
    let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
    for name in &def.properties {
        let property = label.property(name)?;
        // An operand that is no value of the type matches nothing under this label.
        let values: Vec<Value> =
            query.equality(name)?.iter().filter_map(|text| property.data_type.parse(text).ok()).collect();
        if combinations.len() * values.len() > KEYS_MAX {
            return None;
        }
        let with_each = |c: &Vec<Value>| {
            let extended = values.iter().map(|v| c.iter().chain([v]).cloned().collect::<Vec<_>>());
            extended.collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(with_each).collect();
    }
    Some(combinations.iter().map(|values| hash_of(def, values)).collect())
}
