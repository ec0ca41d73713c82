//! Groups and cohesion.

mod cluster_coefficient;
mod connected_component;
mod degree_correlation;
mod kcore;
mod label_propagation;
mod leiden;
mod local_moving;
mod louvain;
mod modularity_sum;
mod multilevel;
mod oriented;
mod refinement;
mod strong;
mod triangle_count;
mod weak;

pub use cluster_coefficient::ClusterCoefficient;
pub use connected_component::ConnectedComponent;
pub use degree_correlation::DegreeCorrelation;
pub use kcore::KCore;
pub use label_propagation::LabelPropagation;
pub use leiden::Leiden;
pub use louvain::Louvain;
pub use triangle_count::TriangleCount;
