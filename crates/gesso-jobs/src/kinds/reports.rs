//! `schema_structure` and `data_assets`: counts over a whole graph, kept beside it.

use super::Work;
use crate::error::Failure;
use crate::kind::Kind;
use crate::record::now_ms;
use gesso_core::{JobContext, Outcome};
use gesso_graph::reports::{Assets, Report, Structure};
use gesso_graph::{Graph, Snapshot};
use std::sync::Arc;

/// Counts which labels are related, and how often.
pub fn structure(graph: Arc<Graph>) -> Work {
    work(Kind::SchemaStructure, graph, |ctx, snapshot| Ok(Structure::of(ctx, snapshot)?))
}

/// Counts the elements of each label.
pub fn assets(graph: Arc<Graph>) -> Work {
    work(Kind::DataAssets, graph, |ctx, snapshot| {
        ctx.checkpoint()?;
        Ok(Assets::of(snapshot, now_ms()))
    })
}

fn work<R: Report>(
    kind: Kind,
    graph: Arc<Graph>,
    count: impl FnOnce(&JobContext, &Snapshot) -> Result<R, Failure> + Send + 'static,
) -> Work {
    Work::new(kind, 0, move |ctx| {
        let report = count(ctx, &graph.snapshot())?;
        // A cancelled job leaves the report that was there.
        ctx.checkpoint()?;
        graph.save_report(&report).map_err(|e| Failure::new(kind.failure_code(), e.to_string()))?;
        Ok(Outcome::default())
    })
}
