//! Running a query over edges. Internal order is by source, then by index.

use crate::compiled::Compiled;
use crate::order::{Key, Match};
use crate::spec::SortKey;
use crate::window::collect;
use gesso_core::{JobContext, Reservation, Stop, Tick, Value, VertexIx};
use gesso_graph::{EdgeRef, Snapshot};
use std::ops::Range;

/// Sources per chunk.
const CHUNK: u32 = 1024;
/// Rows of a column that are tested at a time; a hub has many.
const STRETCH: usize = 16_384;

/// The edges that a query asks for, in its order, with the memory they hold.
pub fn find_edges(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Compiled,
) -> Result<(Vec<EdgeRef>, Reservation), Stop> {
    let bound = snapshot.vertex_bound();
    let chunks = bound.div_ceil(CHUNK) as usize;
    let (found, held) = collect(ctx, query, chunks, |chunk, tick| {
        let start = chunk as u32 * CHUNK;
        let range = start..(start + CHUNK).min(bound);
        let mut matches = Vec::new();
        scan_base(snapshot, query, &range, &mut matches, tick)?;
        scan_changes(snapshot, query, &range, &mut matches, tick)?;
        matches.sort_unstable_by_key(|e| (e.source, e.index));
        let keyed = matches.into_iter().map(|e| Match { keys: keys(snapshot, query, &e), element: e });
        Ok(keyed.collect())
    })?;
    Ok((found.into_iter().map(|m| m.element).collect(), held))
}

fn scan_base(
    snapshot: &Snapshot,
    query: &Compiled,
    sources: &Range<u32>,
    matches: &mut Vec<EdgeRef>,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    let (mut out, mut scratch) = (vec![false; STRETCH], vec![false; STRETCH]);
    for (label, edges) in snapshot.base().edge_labels() {
        let Some(rule) = query.rule(label) else { continue };
        let rows = edges.out().span(sources.clone());
        for start in rows.clone().step_by(STRETCH) {
            let part = start..(start + STRETCH).min(rows.end);
            tick.spend(part.len() as u64)?;
            let (out, scratch) = (&mut out[..part.len()], &mut scratch[..part.len()]);
            rule.scan(|p| edges.column(p), &part, out, scratch);
            let hits = part.zip(&*out).filter(|(_, hit)| **hit);
            matches.extend(hits.filter_map(|(row, _)| snapshot.base_edge_at(label, row)));
        }
    }
    Ok(())
}

fn scan_changes(
    snapshot: &Snapshot,
    query: &Compiled,
    sources: &Range<u32>,
    matches: &mut Vec<EdgeRef>,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    for e in snapshot.changed_edges(sources.clone()) {
        tick.spend(8)?;
        let passes = query.rule(e.label).is_some_and(|rule| rule.passes(|p| snapshot.edge_property(&e, p)));
        if passes {
            matches.push(e);
        }
    }
    Ok(())
}

fn keys(snapshot: &Snapshot, query: &Compiled, e: &EdgeRef) -> Box<[Key]> {
    let label = snapshot.schema().label(e.label);
    let keys = query.sorts.iter().map(|sort| {
        let value = match &sort.key {
            SortKey::Id => Some(Value::Text(snapshot.id(VertexIx(e.source.0)).into())),
            SortKey::Label => label.map(|l| Value::Text(l.name.clone())),
            SortKey::Property(name) => {
                let property = label.and_then(|l| l.property(name)).map(|p| p.id);
                property.and_then(|p| snapshot.edge_property(e, p))
            }
        };
        Key::of(sort, value)
    });
    keys.collect()
}
