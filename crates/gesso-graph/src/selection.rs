//! A condition on single elements, as those who walk a graph see it.
//!
//! The condition itself comes from above: a property filter is compiled by `gesso-query`, algorithms
//! only ask. That is why the trait lies here, below both.

use crate::snapshot::{EdgeRef, Snapshot};
use gesso_core::VertexIx;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Says which vertices and edges of a snapshot take part. Compiled for the schema of that snapshot;
/// asking costs no more than reading the properties that it names.
pub trait Selection: Send + Sync {
    /// Whether a vertex passes.
    fn passes_vertex(&self, snapshot: &Snapshot, vertex: VertexIx) -> bool;

    /// Whether an edge passes.
    fn passes_edge(&self, snapshot: &Snapshot, edge: &EdgeRef) -> bool;
}

/// A selection that can be told from others: by the text of its condition, of which it is the meaning for one
/// version of a graph.
#[derive(Clone)]
pub struct NamedSelection {
    text: Arc<str>,
    selection: Arc<dyn Selection>,
}

impl NamedSelection {
    /// What a condition means.
    pub fn new(text: &str, selection: Arc<dyn Selection>) -> NamedSelection {
        NamedSelection { text: text.into(), selection }
    }

    /// The selection itself.
    pub fn get(&self) -> &dyn Selection {
        self.selection.as_ref()
    }
}

impl PartialEq for NamedSelection {
    fn eq(&self, other: &NamedSelection) -> bool {
        self.text == other.text
    }
}

impl Eq for NamedSelection {}

impl Hash for NamedSelection {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for NamedSelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NamedSelection({})", self.text)
    }
}
