//! `delete_label`: a label and what has it, in one commit.

use super::Work;
use super::delete_filtered::write_failure;
use super::query::compile;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{JobContext, Outcome, Scalar, Stop};
use gesso_graph::{ApplyError, Graph, SchemaError, Transaction};
use gesso_query::{Plan, Query, Target, find_edges, find_vertices};
use std::sync::Arc;

/// Deletes a label with the vertices and edges that have it. A vertex of several labels loses the label
/// alone. The result is the bare number of elements that had the label.
pub fn work(graph: Arc<Graph>, label: String) -> Work {
    Work::new(Kind::DeleteLabel, 0, move |ctx| {
        let written = graph.write_in_job(ctx, |tx| delete(ctx, tx, &label).map_err(failure));
        let count = written.map_err(|e| write_failure(Kind::DeleteLabel, e))?;
        // The documented result is a number, not an object of named values.
        Ok(Outcome::default().with("", Scalar::Int(count as i64)))
    })
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error("{}", .0.message)]
    Query(Failure),
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Refusal {
        Refusal::Query(failure)
    }
}

fn failure(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Stopped(stop) => stop.into(),
        Refusal::Query(failure) => failure,
        other => Failure::new(Kind::DeleteLabel.failure_code(), other.to_string()),
    }
}

fn delete(ctx: &JobContext, tx: &mut Transaction, name: &str) -> Result<usize, Refusal> {
    let schema = tx.snapshot().schema().clone();
    let label = schema.find(name)?.id;
    let without = schema.without_label(name)?;
    let query = Query { labels: Some(vec![name.to_owned()]), ..Query::default() };
    let kind = Kind::DeleteLabel;
    let compiled = compile(&query, Target::Edges, tx.snapshot(), kind)?;
    let plan = Plan::of(tx.snapshot(), &compiled);
    let edges = find_edges(ctx, tx.snapshot(), &compiled, &plan)?;
    let compiled = compile(&query, Target::Vertices, tx.snapshot(), kind)?;
    let plan = Plan::of(tx.snapshot(), &compiled);
    let vertices = find_vertices(ctx, tx.snapshot(), &compiled, &plan)?;
    let mut tick = ctx.tick();
    for edge in edges.iter() {
        tick.spend(64)?;
        tx.delete_edge(edge.name())?;
    }
    for v in vertices.iter() {
        tick.spend(64)?;
        let mut labels = tx.snapshot().labels_of(*v);
        labels.retain(|l| *l != label);
        if labels.is_empty() {
            tx.delete_vertex(*v)?;
        } else {
            let mut row = tx.snapshot().vertex_properties(*v);
            row.retain(|(l, _, _)| *l != label);
            tx.set_vertex(*v, labels, row)?;
        }
    }
    tx.set_schema(without)?;
    Ok(edges.len() + vertices.len())
}
