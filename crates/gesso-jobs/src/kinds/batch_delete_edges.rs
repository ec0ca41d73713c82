//! `batch_delete_edges`: the asynchronous form of a batch delete.

use super::Work;
use super::delete_filtered::write_failure;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{Code, Outcome};
use gesso_graph::{Graph, Transaction};
use std::sync::Arc;

/// One commit of what `change` deletes. `change` gives code and message where it refuses.
pub fn work(
    graph: Arc<Graph>,
    change: impl FnOnce(&mut Transaction) -> Result<(), (Code, String)> + Send + 'static,
) -> Work {
    Work::new(Kind::BatchDeleteEdges, 0, move |ctx| {
        let refused = |(code, message): (Code, String)| Failure::new(code, message);
        let written = graph.write_in_job(ctx, |tx| change(tx).map_err(refused));
        written.map_err(|e| write_failure(Kind::BatchDeleteEdges, e))?;
        Ok(Outcome::default())
    })
}
