//! Likeness of vertices, and edges that are likely to come.

mod common_neighbors;
mod common_neighbors_of_vertex_sets;
mod link_prediction;
mod node_similarity;
mod overlap;
mod realtime_recommendation;

pub use common_neighbors::CommonNeighbors;
pub use common_neighbors_of_vertex_sets::CommonNeighborsOfVertexSets;
pub use link_prediction::LinkPrediction;
pub use node_similarity::NodeSimilarity;
pub use realtime_recommendation::RealtimeRecommendation;
