//! Groups and cohesion.

mod cluster_coefficient;
mod coarsen;
mod conductance;
mod connected_component;
mod degree_correlation;
mod hub;
mod k_truss;
mod kcore;
mod label_propagation;
mod leiden;
mod level;
mod local_moving;
mod louvain;
mod modularity;
mod modularity_sum;
mod multilevel;
mod oriented;
mod partition_quality;
mod refinement;
mod standing;
mod strong;
mod strongly_connected_component;
#[cfg(test)]
mod tests;
mod triangle_count;
mod weak;

pub use cluster_coefficient::ClusterCoefficient;
pub use conductance::Conductance;
pub use connected_component::ConnectedComponent;
pub use degree_correlation::DegreeCorrelation;
pub use k_truss::KTruss;
pub use kcore::KCore;
pub use label_propagation::LabelPropagation;
pub use leiden::Leiden;
pub use louvain::Louvain;
pub use modularity::Modularity;
pub use strongly_connected_component::StronglyConnectedComponent;
pub use triangle_count::TriangleCount;
