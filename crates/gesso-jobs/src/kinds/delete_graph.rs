//! `delete_graph`: the record of a graph's deletion, which outlives the graph.

use super::Work;
use crate::kind::Kind;
use gesso_core::Outcome;

/// Nothing is left to do: the graph is gone before its job is answered, so that no request can reach it.
pub fn work() -> Work {
    Work::new(Kind::DeleteGraph, 0, |_| Ok(Outcome::default()))
}
