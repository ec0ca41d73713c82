//! Distances and paths.

pub(crate) mod bfs;
mod heap;
mod k_hop;
pub(crate) mod near_far;
mod shortest_path;
mod sssp;
mod two_sided;
mod two_sided_weighted;

pub use k_hop::KHop;
pub use shortest_path::ShortestPath;
pub use sssp::Sssp;
