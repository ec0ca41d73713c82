//! `delete_vertices` and `delete_edges`: what a filter selects goes in one commit.

use super::Work;
use super::query::compile;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{JobContext, Outcome, Scalar};
use gesso_graph::{Graph, WriteError};
use gesso_query::{Plan, Query, Target, find_edges, find_vertices};
use std::sync::Arc;

/// Deletes the vertices that a query selects, with their edges.
pub fn vertices(graph: Arc<Graph>, query: Query) -> Work {
    Work::new(Kind::DeleteVertices, 0, move |ctx| {
        commit(ctx, &graph, Kind::DeleteVertices, |tx| {
            let compiled = compile(&query, Target::Vertices, tx.snapshot(), Kind::DeleteVertices)?;
            let plan = Plan::of(tx.snapshot(), &compiled);
            let found = find_vertices(ctx, tx.snapshot(), &compiled, &plan)?;
            let mut tick = ctx.tick();
            for v in found.iter() {
                tick.spend(16)?;
                tx.delete_vertex(*v).map_err(|e| inner(Kind::DeleteVertices, &e))?;
            }
            Ok(found.len())
        })
    })
}

/// Deletes the edges that a query selects.
pub fn edges(graph: Arc<Graph>, query: Query) -> Work {
    Work::new(Kind::DeleteEdges, 0, move |ctx| {
        commit(ctx, &graph, Kind::DeleteEdges, |tx| {
            let compiled = compile(&query, Target::Edges, tx.snapshot(), Kind::DeleteEdges)?;
            let plan = Plan::of(tx.snapshot(), &compiled);
            let found = find_edges(ctx, tx.snapshot(), &compiled, &plan)?;
            let mut tick = ctx.tick();
            for place in found.iter() {
                tick.spend(16)?;
                tx.delete_edge(place.name()).map_err(|e| inner(Kind::DeleteEdges, &e))?;
            }
            Ok(found.len())
        })
    })
}

fn inner(kind: Kind, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(kind.failure_code(), error.to_string())
}

fn commit(
    ctx: &JobContext,
    graph: &Graph,
    kind: Kind,
    change: impl FnOnce(&mut gesso_graph::Transaction) -> Result<usize, Failure>,
) -> Result<Outcome, Failure> {
    let deleted = graph.write_in_job(ctx, change).map_err(|e| write_failure(kind, e))?;
    Ok(Outcome::default().with("deletedNum", Scalar::Int(deleted as i64)))
}

/// A refused commit as the failure of a job.
pub(super) fn write_failure(kind: Kind, error: WriteError<Failure>) -> Failure {
    match error {
        WriteError::Refused(failure) => failure,
        WriteError::Stopped(stop) => stop.into(),
        other => Failure::new(kind.failure_code(), other.to_string()),
    }
}
