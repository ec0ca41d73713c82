//! `query_vertices` and `query_edges`: filtered queries of the data API.

use super::{Work, rows};
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{JobContext, Outcome, Scalar};
use gesso_graph::Graph;
use gesso_io::elements::{write_edge, write_vertex};
use gesso_query::{Compiled, Plan, Query, QueryError, Target, find_edges, find_vertices};
use std::sync::Arc;

/// A query over vertices; the caller has compiled it once to find what is wrong with it.
pub fn vertices(graph: Arc<Graph>, query: Query) -> Work {
    Work::new(Kind::QueryVertices, 0, move |ctx| {
        let snapshot = graph.snapshot();
        let compiled = compile(&query, Target::Vertices, &snapshot, Kind::QueryVertices)?;
        let plan = Plan::of(&snapshot, &compiled);
        ctx.progress().scope(0.0, 0.6);
        let found = find_vertices(ctx, &snapshot, &compiled, &plan)?;
        ctx.progress().scope(0.6, 1.0);
        let list = rows::render(ctx, &found, |out, v| write_vertex(out, &snapshot, *v))?;
        Ok(Outcome::of_list("vertices", list).with("plan", shown(&plan)))
    })
}

/// A query over edges.
pub fn edges(graph: Arc<Graph>, query: Query) -> Work {
    Work::new(Kind::QueryEdges, 0, move |ctx: &JobContext| {
        let snapshot = graph.snapshot();
        let compiled = compile(&query, Target::Edges, &snapshot, Kind::QueryEdges)?;
        let plan = Plan::of(&snapshot, &compiled);
        ctx.progress().scope(0.0, 0.6);
        let found = find_edges(ctx, &snapshot, &compiled, &plan)?;
        ctx.progress().scope(0.6, 1.0);
        let list = rows::render(ctx, &found, |out, place| {
            if let Some(e) = snapshot.edge_at(*place) {
                write_edge(out, &snapshot, &e);
            }
        })?;
        Ok(Outcome::of_list("edges", list).with("plan", shown(&plan)))
    })
}

/// A plan for those who want to know why a query was fast or slow.
fn shown(plan: &Plan) -> Scalar {
    let shown = serde_json::json!({"access": plan.name(), "index": plan.index(), "rows": plan.rows});
    Scalar::Json(shown.to_string())
}

/// The schema may have changed since the request was checked.
pub(super) fn compile(
    query: &Query,
    target: Target,
    snapshot: &gesso_graph::Snapshot,
    kind: Kind,
) -> Result<Compiled, Failure> {
    Compiled::of(snapshot.schema(), target, query).map_err(|e| match e {
        QueryError::Stopped(stop) => stop.into(),
        other => Failure::new(kind.failure_code(), other.to_string()),
    })
}
