//! What each kind of job does, one file a kind.
//!
//! A kind turns what a request asked for into [`Work`]: everything that can be refused without running
//! has been refused by then. None of them knows who asked or how the answer will look.

pub mod algorithm;
pub mod backup;
pub mod batch_delete_edges;
pub mod clear_graph;
pub mod create_index;
pub mod delete_by_file;
pub mod delete_filtered;
pub mod delete_label;
pub mod dynamic_graph;
pub mod export;
pub mod export_result;
pub mod file_lines;
pub mod filtered_query;
pub mod import_graph;
pub mod import_properties;
pub mod path_query;
pub mod query;
pub mod query_tree;
pub mod reports;
mod rows;
pub mod summary;
mod walks;

use crate::error::Failure;
use crate::job::Job;
use crate::kind::Kind;
use gesso_core::{JobContext, Outcome};
use std::sync::Arc;

/// A job that is ready to be submitted.
pub struct Work {
    /// Its kind.
    pub kind: Kind,
    /// Upper bound of the memory that it will hold, as far as it is known before. Bytes.
    pub need_bytes: u64,
    /// What it does.
    pub run: crate::engine::Work,
    /// A job that is forgotten, with its result, once this one is complete.
    pub erases: Option<Arc<Job>>,
}

impl Work {
    fn new(
        kind: Kind,
        need_bytes: u64,
        run: impl FnOnce(&JobContext) -> Result<Outcome, Failure> + Send + 'static,
    ) -> Work {
        Work { kind, need_bytes, run: Box::new(run), erases: None }
    }
}
