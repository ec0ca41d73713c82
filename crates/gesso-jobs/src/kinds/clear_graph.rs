//! `clear_graph`: a graph without its elements, or without its schema, too.

use super::Work;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::Outcome;
use gesso_graph::{Graph, GraphError};
use std::sync::Arc;

/// Removes every vertex and edge; with `schema`, labels and indices, too.
pub fn work(graph: Arc<Graph>, with_schema: bool) -> Work {
    Work::new(Kind::ClearGraph, 0, move |ctx| {
        graph.clear(ctx, with_schema).map_err(|e| match e {
            GraphError::Stopped(stop) => stop.into(),
            other => Failure::new(Kind::ClearGraph.failure_code(), other.to_string()),
        })?;
        Ok(Outcome::default())
    })
}
