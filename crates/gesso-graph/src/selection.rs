//! A condition on single elements, as those who walk a graph see it.
//!
//! The condition itself comes from above: a property filter is compiled by `gesso-query`, algorithms
//! only ask. That is why the trait lies here, below both.

use crate::snapshot::{EdgeRef, Snapshot};
use gesso_core::VertexIx;

/// Says which vertices and edges of a snapshot take part. Compiled for the schema of that snapshot;
/// asking costs no more than reading the properties that it names.
pub trait Selection: Send + Sync {
    /// Whether a vertex passes.
    fn passes_vertex(&self, snapshot: &Snapshot, vertex: VertexIx) -> bool;

    /// Whether an edge passes.
    fn passes_edge(&self, snapshot: &Snapshot, edge: &EdgeRef) -> bool;
}
