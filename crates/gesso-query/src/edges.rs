//! Running a query over edges. Internal order is by source, then by index.

use crate::compiled::Compiled;
use crate::cutoff::Cutoff;
use crate::order::{self, Values};
use crate::plan::{Access, Lookup, Plan};
use crate::spec::{OrderBy, SortKey};
use crate::text::{self, internal};
use crate::window::collect;
use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Pile, Stop, Tick, Value};
use gesso_graph::snapshot::EdgePlace;
use gesso_graph::{EdgeRef, Snapshot};
use std::ops::Range;

/// Sources per chunk.
const CHUNK: u32 = 1024;
/// Rows of a column that are tested at a time; a hub has many.
const STRETCH: usize = 16_384;
/// Candidates of an index per chunk.
const CANDIDATES: usize = 1024;

/// The edges that a query asks for, in its order. [`Snapshot::edge_at`] turns each into an edge with its
/// properties.
pub fn find_edges(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Compiled,
    plan: &Plan,
) -> Result<Pile<EdgePlace>, Stop> {
    if let Access::Index(lookup) = &plan.access {
        return find_by_index(ctx, snapshot, query, lookup);
    }
    if let Some(search) = &query.text {
        return text::find(ctx, snapshot, query, search, &EdgeValues(snapshot));
    }
    let bound = snapshot.vertex_bound();
    let chunks = bound.div_ceil(CHUNK) as usize;
    let cutoff = |worst: Option<&Value>| Cutoff::of(snapshot.schema(), query, worst);
    collect(ctx, query, &EdgeValues(snapshot), chunks, cutoff, |chunk, cutoff, tick| {
        let start = chunk as u32 * CHUNK;
        let range = start..(start + CHUNK).min(bound);
        let mut matches = Vec::new();
        scan_base(snapshot, query, &range, cutoff, &mut matches, tick)?;
        scan_changes(snapshot, query, &range, &mut matches, tick)?;
        order::sort(ctx, &mut matches, |a, b| a.by_source_and_index().cmp(&b.by_source_and_index()))?;
        Ok(matches)
    })
}

fn find_by_index(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Compiled,
    lookup: &Lookup,
) -> Result<Pile<EdgePlace>, Stop> {
    let mut candidates = Vec::new();
    let mut tick = ctx.tick();
    for (label, hashes) in &lookup.keys {
        for ordinal in hashes.iter().flat_map(|hash| lookup.data.candidates(*label, *hash)) {
            tick.spend(16)?;
            candidates.extend(snapshot.base_edge_at(*label, *ordinal as usize).map(|e| e.place()));
        }
    }
    for hash in lookup.hashes() {
        for place in snapshot.changed_edges_by(lookup.def.id, hash) {
            tick.spend(4)?;
            candidates.push(place);
        }
    }
    let held = ctx.reserve((candidates.capacity() * size_of::<EdgePlace>()) as u64)?;
    order::sort(ctx, &mut candidates, |a, b| a.by_source_and_index().cmp(&b.by_source_and_index()))?;
    candidates.dedup();
    let cuts = even_cuts(candidates.len(), CANDIDATES);
    let found = collect(
        ctx,
        query,
        &EdgeValues(snapshot),
        cuts.len() - 1,
        |_| (),
        |chunk, (), tick| {
            let mut matches = Vec::new();
            for place in &candidates[cuts[chunk]..cuts[chunk + 1]] {
                tick.spend(16)?;
                let Some(edge) = snapshot.edge_at(*place) else { continue };
                let rule = query.rule(edge.label);
                if rule.is_some_and(|rule| rule.passes(|p| snapshot.edge_property(&edge, p))) {
                    matches.push(*place);
                }
            }
            Ok(matches)
        },
    );
    drop(held);
    found
}

fn scan_base(
    snapshot: &Snapshot,
    query: &Compiled,
    sources: &Range<u32>,
    cutoff: &Cutoff,
    matches: &mut Vec<EdgePlace>,
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
            cutoff.scan(label, |p| edges.column(p), &part, out, scratch);
            let hits = part.zip(&*out).filter(|(_, hit)| **hit);
            matches.extend(hits.filter_map(|(row, _)| snapshot.base_edge_at(label, row)).map(|e| e.place()));
        }
    }
    Ok(())
}

fn scan_changes(
    snapshot: &Snapshot,
    query: &Compiled,
    sources: &Range<u32>,
    matches: &mut Vec<EdgePlace>,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    for e in snapshot.changed_edges(sources.clone()) {
        tick.spend(8)?;
        let passes = query.rule(e.label).is_some_and(|rule| rule.passes(|p| snapshot.edge_property(&e, p)));
        if passes {
            matches.push(e.place());
        }
    }
    Ok(())
}

struct EdgeValues<'a>(&'a Snapshot);

impl Values<EdgePlace> for EdgeValues<'_> {
    fn value(&self, sort: &OrderBy, element: EdgePlace) -> Option<Value> {
        let edge: EdgeRef = self.0.edge_at(element)?;
        let label = self.0.schema().label(edge.label)?;
        match &sort.key {
            SortKey::Relevance => None,
            SortKey::Internal => Some(internal(element)),
            SortKey::Id => Some(Value::Text(self.0.id(edge.source).into())),
            SortKey::Label => Some(Value::Text(label.name.clone())),
            SortKey::Property(name) => self.0.edge_property(&edge, label.property(name)?.id),
        }
    }
}
