//! Cross-references of a whole version: what checksums can not show.

use crate::base::{Adjacency, Base, DEAD, Half};
use crate::graph::GraphError;
use crate::snapshot::Snapshot;
use gesso_core::{JobContext, VertexIx};
use std::path::PathBuf;

/// What a verification read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Vertices in the newest version.
    pub vertices: u64,
    /// Edges in the newest version.
    pub edges: u64,
    /// Bytes of segment files read.
    pub segment_bytes: u64,
    /// Log records read.
    pub log_records: u64,
}

/// Checks ids, adjacency in both directions and counts.
pub(crate) fn check(
    ctx: &JobContext,
    snapshot: &Snapshot,
    segment_bytes: u64,
    log_records: u64,
) -> Result<Report, GraphError> {
    let base = &snapshot.base;
    check_ids(ctx, base)?;
    let mut edges = 0;
    for (label, adjacency) in base.edge_labels() {
        check_adjacency(ctx, base, adjacency, &format!("edges of label {label}"))?;
        edges += adjacency.len() as u64;
    }
    let alive = base.labels.iter().filter(|l| **l != DEAD).count() as u64;
    ensure(alive == base.live_vertices, "number of vertices differs from the table of labels")?;
    ensure(edges == base.edges, "number of edges differs from the adjacency")?;
    let counts = (snapshot.vertex_count(), snapshot.edge_count());
    Ok(Report { vertices: counts.0, edges: counts.1, segment_bytes, log_records })
}

fn check_ids(ctx: &JobContext, base: &Base) -> Result<(), GraphError> {
    ensure(base.ids.len() == base.labels.len(), "id dictionary and vertex labels differ in length")?;
    let mut tick = ctx.tick();
    for v in (0..base.vertex_bound()).map(VertexIx).filter(|v| base.is_alive(*v)) {
        tick.spend(8)?;
        ensure(base.ids.get(base.ids.id(v)) == Some(v), "an id does not lead to its vertex")?;
    }
    Ok(())
}

fn check_adjacency(ctx: &JobContext, base: &Base, a: &Adjacency, what: &str) -> Result<(), GraphError> {
    let bound = base.vertex_bound();
    check_half(ctx, &a.out, bound, what)?;
    check_half(ctx, &a.incoming, bound, what)?;
    let same = [a.incoming.neighbours.len(), a.ordinals.len(), a.indexes.len()].iter().all(|n| *n == a.len());
    ensure(same, &format!("{what}: arrays differ in length"))?;
    ensure(a.columns.iter().all(|c| c.1.len() == a.len()), &format!("{what}: a column differs in length"))?;
    let mut tick = ctx.tick();
    for v in 0..bound {
        for position in a.incoming.range(v) {
            tick.spend(2)?;
            let ordinal = a.ordinals[position] as usize;
            let source = a.incoming.neighbours[position];
            let matches = a.out.neighbours.get(ordinal) == Some(&v) && a.out.range(source).contains(&ordinal);
            ensure(matches, &format!("{what}: the two directions disagree at vertex {v}"))?;
            ensure(
                base.is_alive(VertexIx(v)) && base.is_alive(VertexIx(source)),
                &format!("{what}: a deleted end"),
            )?;
        }
    }
    Ok(())
}

fn check_half(ctx: &JobContext, half: &Half, bound: u32, what: &str) -> Result<(), GraphError> {
    let mut tick = ctx.tick();
    let end = half.offsets.last().copied().unwrap_or(0);
    ensure(end == half.neighbours.len() as u64, &format!("{what}: offsets do not end at the last edge"))?;
    for pair in half.offsets.windows(2) {
        tick.spend(1)?;
        ensure(pair[0] <= pair[1], &format!("{what}: offsets fall"))?;
        let list = &half.neighbours[pair[0] as usize..pair[1] as usize];
        tick.spend(list.len() as u64)?;
        ensure(
            list.is_sorted() && list.last().is_none_or(|n| *n < bound),
            &format!("{what}: neighbours out of order"),
        )?;
    }
    Ok(())
}

fn ensure(holds: bool, what: &str) -> Result<(), GraphError> {
    if holds {
        return Ok(());
    }
    Err(GraphError::Manifest { path: PathBuf::from("base"), reason: what.to_owned() })
}
