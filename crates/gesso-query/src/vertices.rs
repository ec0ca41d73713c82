//! Running a query over vertices.

use crate::compiled::Compiled;
use crate::cutoff::Cutoff;
use crate::order::{self, Values};
use crate::plan::{Access, Lookup, Plan};
use crate::spec::{OrderBy, SortKey};
use crate::text::{self, internal};
use crate::window::collect;
use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, LabelId, Pile, PropId, Stop, Tick, Value, VertexIx};
use gesso_graph::Snapshot;
use std::ops::Range;

/// Vertices per chunk.
const CHUNK: u32 = 8192;
/// Candidates of an index per chunk.
const CANDIDATES: usize = 1024;

/// The vertices that a query asks for, in its order.
pub fn find_vertices(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Compiled,
    plan: &Plan,
) -> Result<Pile<VertexIx>, Stop> {
    if let Access::Index(lookup) = &plan.access {
        return find_by_index(ctx, snapshot, query, lookup);
    }
    if let Some(search) = &query.text {
        return text::find(ctx, snapshot, query, search, &VertexValues(snapshot));
    }
    let reach = reach(snapshot, query);
    let chunks = (reach.end - reach.start).div_ceil(CHUNK) as usize;
    let cutoff = |worst: Option<&Value>| Cutoff::of(snapshot.schema(), query, worst);
    collect(ctx, query, &VertexValues(snapshot), chunks, cutoff, |chunk, cutoff, tick| {
        let start = reach.start + chunk as u32 * CHUNK;
        let mut matches = Vec::new();
        let range = start..start.saturating_add(CHUNK).min(reach.end);
        matches_in(snapshot, query, range, cutoff, &mut matches, tick)?;
        Ok(matches)
    })
}

/// The range of vertices in which matches can lie: where the tables of the wanted labels are, and what has
/// changed.
fn reach(snapshot: &Snapshot, query: &Compiled) -> Range<u32> {
    let base = snapshot.base();
    let labels = snapshot.schema().labels().filter(|l| query.rule(l.id).is_some());
    let tables = labels.filter_map(|l| base.vertex_table(l.id)).filter(|t| !t.is_empty());
    let ends = tables.map(|t| (t.member(0).0, t.member(t.len() - 1).0 + 1));
    let mut changed = snapshot.changed_vertices(0..u32::MAX);
    let first = changed.next();
    let changed = first.map(|v| (v.0, changed.next_back().unwrap_or(v).0 + 1));
    ends.chain(changed).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).map_or(0..0, |(low, high)| low..high)
}

fn find_by_index(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Compiled,
    lookup: &Lookup,
) -> Result<Pile<VertexIx>, Stop> {
    let mut candidates = Vec::new();
    let mut tick = ctx.tick();
    for (label, hashes) in &lookup.keys {
        let Some(table) = snapshot.base().vertex_table(*label) else { continue };
        for hash in hashes {
            let rows = lookup.data.candidates(*label, *hash);
            tick.spend(rows.len() as u64)?;
            candidates.extend(rows.iter().map(|row| table.member(*row as usize)));
        }
    }
    for hash in lookup.hashes() {
        for v in snapshot.changed_vertices_by(lookup.def.id, hash) {
            tick.spend(4)?;
            candidates.push(v);
        }
    }
    let held = ctx.reserve((candidates.capacity() * size_of::<VertexIx>()) as u64)?;
    order::sort(ctx, &mut candidates, Ord::cmp)?;
    candidates.dedup();
    let cuts = even_cuts(candidates.len(), CANDIDATES);
    let found = collect(
        ctx,
        query,
        &VertexValues(snapshot),
        cuts.len() - 1,
        |_| (),
        |chunk, (), tick| {
            let mut matches = Vec::new();
            for v in &candidates[cuts[chunk]..cuts[chunk + 1]] {
                tick.spend(8)?;
                if passes(snapshot, query, *v) {
                    matches.push(*v);
                }
            }
            Ok(matches)
        },
    );
    drop(held);
    found
}

/// Matches in a range of vertices, in vertex order.
fn matches_in(
    snapshot: &Snapshot,
    query: &Compiled,
    range: Range<u32>,
    cutoff: &Cutoff,
    matches: &mut Vec<VertexIx>,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    scan_tables(snapshot, query, &range, cutoff, matches, tick)?;
    let scanned = matches.len();
    // What a row of one table does not tell: vertices of several labels, and vertices that have changed.
    let several = snapshot.base_vertices_of_several_labels(range.clone());
    let several = several.filter(|v| !snapshot.is_row_changed(*v));
    for v in several.chain(snapshot.changed_vertices(range)) {
        tick.spend(8)?;
        if passes(snapshot, query, v) {
            matches.push(v);
        }
    }
    if matches.len() > scanned || query.has_several_rules() {
        matches.sort_unstable();
    }
    Ok(())
}

/// Column scans over the rows of each label's table that belong to the range.
fn scan_tables(
    snapshot: &Snapshot,
    query: &Compiled,
    range: &Range<u32>,
    cutoff: &Cutoff,
    matches: &mut Vec<VertexIx>,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    let (mut out, mut scratch) = (Vec::new(), Vec::new());
    let mixed = snapshot.has_more_labels();
    for label in snapshot.schema().labels() {
        let (Some(rule), Some(table)) = (query.rule(label.id), snapshot.base().vertex_table(label.id)) else {
            continue;
        };
        let rows = table.rows_in(range.clone());
        if rows.is_empty() {
            continue;
        }
        tick.spend(rows.len() as u64)?;
        out.resize(rows.len(), false);
        scratch.resize(rows.len(), false);
        rule.scan(|p| table.column(p), &rows, &mut out, &mut scratch);
        cutoff.scan(label.id, |p| table.column(p), &rows, &mut out, &mut scratch);
        let hits = rows.zip(&out).filter(|(_, hit)| **hit).map(|(row, _)| table.member(row));
        let more = |v: VertexIx| mixed && snapshot.has_several_base_labels(v);
        let told = |v: &VertexIx| !snapshot.is_row_changed(*v) && !more(*v);
        matches.extend(hits.filter(told));
    }
    Ok(())
}

/// A vertex passes if it does so as an element of one of its labels, seen with the properties of all.
fn passes(snapshot: &Snapshot, query: &Compiled, v: VertexIx) -> bool {
    let labels = snapshot.labels_of(v);
    labels.iter().any(|label| {
        query.rule(*label).is_some_and(|rule| rule.passes(|p| property(snapshot, v, *label, &labels, p)))
    })
}

fn property(
    snapshot: &Snapshot,
    v: VertexIx,
    label: LabelId,
    labels: &[LabelId],
    p: PropId,
) -> Option<Value> {
    snapshot.vertex_property(v, label, p).or_else(|| {
        let name = &snapshot.schema().label(label)?.property_of(p)?.name;
        by_name(snapshot, v, labels, name)
    })
}

fn by_name(snapshot: &Snapshot, v: VertexIx, labels: &[LabelId], name: &str) -> Option<Value> {
    labels.iter().find_map(|l| {
        let p = snapshot.schema().label(*l)?.property(name)?.id;
        snapshot.vertex_property(v, *l, p)
    })
}

struct VertexValues<'a>(&'a Snapshot);

impl Values<VertexIx> for VertexValues<'_> {
    fn value(&self, sort: &OrderBy, v: VertexIx) -> Option<Value> {
        match &sort.key {
            SortKey::Relevance => None,
            SortKey::Internal => Some(internal(v)),
            SortKey::Id => Some(Value::Text(self.0.id(v).into())),
            SortKey::Label => self.0.label_of(v).map(|l| Value::Text(l.name.clone())),
            SortKey::Property(name) => by_name(self.0, v, &self.0.labels_of(v), name),
        }
    }
}
