//! Running a query over vertices.

use crate::compiled::Compiled;
use crate::order::Values;
use crate::spec::{OrderBy, SortKey};
use crate::window::collect;
use gesso_core::{JobContext, LabelId, Pile, PropId, Stop, Tick, Value, VertexIx};
use gesso_graph::Snapshot;
use std::ops::Range;

/// Vertices per chunk.
const CHUNK: u32 = 8192;

/// The vertices that a query asks for, in its order.
pub fn find_vertices(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Compiled,
) -> Result<Pile<VertexIx>, Stop> {
    let bound = snapshot.vertex_bound();
    let chunks = bound.div_ceil(CHUNK) as usize;
    collect(ctx, query, &VertexValues(snapshot), chunks, |chunk, tick| {
        let start = chunk as u32 * CHUNK;
        let mut matches = Vec::new();
        matches_in(snapshot, query, start..(start + CHUNK).min(bound), &mut matches, tick)?;
        Ok(matches)
    })
}

/// Matches in a range of vertices, in vertex order.
fn matches_in(
    snapshot: &Snapshot,
    query: &Compiled,
    range: Range<u32>,
    matches: &mut Vec<VertexIx>,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    let base = snapshot.base();
    let in_base = range.start..range.end.min(base.vertex_bound());
    let mixed = snapshot.has_more_labels();
    if !mixed && !in_base.is_empty() {
        scan_tables(snapshot, query, &in_base, matches, tick)?;
    }
    for v in range {
        // What the scan has covered is left out here.
        if !mixed && !snapshot.is_touched(VertexIx(v)) {
            continue;
        }
        tick.spend(8)?;
        if passes(snapshot, query, VertexIx(v)) {
            matches.push(VertexIx(v));
        }
    }
    matches.sort_unstable();
    Ok(())
}

/// Column scans over the rows of each label's table that belong to the range.
fn scan_tables(
    snapshot: &Snapshot,
    query: &Compiled,
    range: &Range<u32>,
    matches: &mut Vec<VertexIx>,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    let (mut out, mut scratch) = (Vec::new(), Vec::new());
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
        let hits = rows.zip(&out).filter(|(_, hit)| **hit).map(|(row, _)| table.member(row));
        matches.extend(hits.filter(|v| !snapshot.is_touched(*v)));
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
            SortKey::Id => Some(Value::Text(self.0.id(v).into())),
            SortKey::Label => self.0.label_of(v).map(|l| Value::Text(l.name.clone())),
            SortKey::Property(name) => by_name(self.0, v, &self.0.labels_of(v), name),
        }
    }
}
