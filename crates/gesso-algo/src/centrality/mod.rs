//! Importance of vertices.

mod arc_scores;
mod betweenness;
mod brandes;
mod closeness;
mod distances;
mod edge_betweenness;
mod harmonic;
mod od_betweenness;
mod pagerank;
mod personalrank;
mod sample;
mod topicrank;
mod walk;

pub use betweenness::Betweenness;
pub use closeness::Closeness;
pub use edge_betweenness::EdgeBetweenness;
pub use harmonic::Harmonic;
pub use od_betweenness::OdBetweenness;
pub use pagerank::PageRank;
pub use personalrank::PersonalRank;
pub use topicrank::TopicRank;
