//! Analyses of dynamic graphs, whose edges and vertices hold for a time: spec 07, section 6.
//!
//! They walk a snapshot directly, not a projection: a walk of a few hops touches little of a graph, and the
//! times of an edge are read where it is met. An edge with the interval [a, b] can be walked by who is there
//! at b or before; they arrive at a, or at once if they came later.

mod arrivals;
mod bfs;
mod graph;
mod interval;
mod params;
mod paths;

pub use bfs::{Arrival, bfs};
pub use graph::{Group, group};
pub use interval::{Range, Times};
pub use params::{Analysis, parse};
pub use paths::{TimedPath, paths};

/// Vertices named by a request.
fn find(snapshot: &gesso_graph::Snapshot, id: &str) -> Result<gesso_core::VertexIx, crate::AlgoError> {
    snapshot.find(id).ok_or_else(|| crate::AlgoError::NoVertex { id: id.to_owned() })
}
