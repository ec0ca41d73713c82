//! Importance of vertices.

mod betweenness;
mod brandes;
mod closeness;
mod degree;
mod distances;
mod edge_betweenness;
mod edge_scores;
mod eigenvector;
mod harmonic;
mod hits;
mod katz;
mod nearness;
mod od_betweenness;
mod pagerank;
mod path_counts;
mod personalrank;
mod power;
mod rough;
mod sample;
mod topicrank;
mod walk;
mod walking;

pub use betweenness::Betweenness;
pub use closeness::Closeness;
pub use degree::Degree;
pub use edge_betweenness::EdgeBetweenness;
pub use eigenvector::Eigenvector;
pub use harmonic::Harmonic;
pub use hits::Hits;
pub use katz::Katz;
pub use od_betweenness::OdBetweenness;
pub use pagerank::PageRank;
pub use personalrank::PersonalRank;
pub use topicrank::TopicRank;
