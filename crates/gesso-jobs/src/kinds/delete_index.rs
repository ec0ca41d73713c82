//! `delete_index`: gives the memory of an index back that is no longer used.

use super::Work;
use crate::kind::Kind;
use gesso_core::Outcome;
use gesso_graph::{Graph, IndexDef};
use std::sync::Arc;

/// The index is out of the schema before its job is answered, so that no later query uses it.
pub fn work(graph: Arc<Graph>, def: Arc<IndexDef>) -> Work {
    Work::new(Kind::DeleteIndex, 0, move |_| {
        graph.free_index(&def);
        Ok(Outcome::default())
    })
}
