//! Patterns in graphs.

mod neighbours;
mod pattern;
mod ranking;
mod subgraph_matching;

pub use subgraph_matching::SubgraphMatching;
