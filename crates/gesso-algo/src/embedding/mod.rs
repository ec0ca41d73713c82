//! Vertices as vectors.

mod fast_random_projection;
mod node2vec;
mod skip_gram;
mod walks;

pub use fast_random_projection::FastRandomProjection;
pub use node2vec::Node2Vec;
