//! `backup` and `restore`: a graph into a directory or bucket, and a graph out of one.

use super::Work;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::date::rfc3339_ms;
use gesso_core::{Code, JobContext, Outcome, Scalar};
use gesso_graph::{BackupReport, CreateError, Graph, GraphError};
use gesso_store::backup::BackupPlace;
use std::sync::Arc;

/// A backup of a graph into a place that holds none, sharing files with an earlier one.
pub fn backup(graph: Arc<Graph>, place: BackupPlace, earlier: Option<BackupPlace>) -> Work {
    Work::new(Kind::Backup, 0, move |ctx| {
        let report = graph.backup(ctx, &place, earlier.as_ref()).map_err(|e| failure(&e))?;
        Ok(outcome(&report))
    })
}

/// A new graph of a backup; `make` makes it.
pub fn restore(make: impl FnOnce(&JobContext) -> Result<Arc<Graph>, CreateError> + Send + 'static) -> Work {
    Work::new(Kind::Restore, 0, move |ctx| {
        let graph = make(ctx).map_err(|e| match e {
            CreateError::Graph(e) => failure(&e),
            other => Failure::new(Code::Malformed, other.to_string()),
        })?;
        let snapshot = graph.snapshot();
        Ok(Outcome::default()
            .with("vertexNum", Scalar::Int(snapshot.vertex_count() as i64))
            .with("edgeNum", Scalar::Int(snapshot.edge_count() as i64)))
    })
}

fn failure(error: &GraphError) -> Failure {
    match error {
        GraphError::Stopped(stop) => (*stop).into(),
        other => Failure::new(Code::Malformed, other.to_string()),
    }
}

fn outcome(report: &BackupReport) -> Outcome {
    let about = &report.about;
    Outcome::default()
        .with("vertexNum", Scalar::Int(about.vertices as i64))
        .with("edgeNum", Scalar::Int(about.edges as i64))
        .with("sizeBytes", Scalar::Int(report.size_bytes as i64))
        .with("copiedBytes", Scalar::Int(report.copied_bytes as i64))
        .with("fromTime", Scalar::Text(rfc3339_ms(about.from_ms)))
        .with("uptoTime", Scalar::Text(rfc3339_ms(about.upto_ms)))
}
