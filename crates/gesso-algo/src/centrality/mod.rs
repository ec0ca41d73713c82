//! Importance of vertices.

mod pagerank;
mod personalrank;
mod walk;

pub use pagerank::PageRank;
pub use personalrank::PersonalRank;
