//! `temporal_graph`: what there is of a group of vertices in the time.

use super::find;
use super::interval::Times;
use crate::error::AlgoError;
use gesso_core::{JobContext, Pile, Stop, VertexIx};
use gesso_graph::snapshot::EdgePlace;
use gesso_graph::{End, Snapshot};
use std::collections::HashSet;

/// The vertices and edges, in graph order.
#[derive(Debug)]
pub struct Group {
    /// The vertices of the group.
    pub vertices: Vec<VertexIx>,
    /// The edges between them that hold in the time.
    pub edges: Pile<EdgePlace>,
}

/// Looks at the group; with `temporal_vertex` at those of its vertices that hold in the time themselves.
pub fn group(
    ctx: &JobContext,
    snapshot: &Snapshot,
    times: &Times,
    ids: &[String],
    temporal_vertex: bool,
) -> Result<Group, AlgoError> {
    let mut members = HashSet::with_capacity(ids.len());
    for id in ids {
        let v = find(snapshot, id)?;
        if !temporal_vertex || times.of_vertex(snapshot, v).is_some() {
            members.insert(v);
        }
    }
    let mut vertices: Vec<VertexIx> = members.iter().copied().collect();
    vertices.sort_unstable();
    let (mut edges, mut tick) = (Pile::new(ctx)?, ctx.tick());
    ctx.phase("collect", 1.0, vertices.len() as u64);
    for v in &vertices {
        let before = edges.len();
        snapshot.visit_edges(*v, End::Source, |edge| {
            tick.spend(16)?;
            if members.contains(&edge.target) && times.of_edge(snapshot, &edge).is_some() {
                edges.push(ctx, edge.place())?;
            }
            Ok::<_, Stop>(())
        })?;
        edges[before..].sort_unstable_by_key(EdgePlace::by_source_and_index);
        ctx.advance(1);
    }
    Ok(Group { vertices, edges })
}
