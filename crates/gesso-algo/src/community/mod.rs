//! Groups and cohesion.

mod connected_component;
mod kcore;
mod label_propagation;
mod oriented;
mod strong;
mod triangle_count;
mod weak;

pub use connected_component::ConnectedComponent;
pub use kcore::KCore;
pub use label_propagation::LabelPropagation;
pub use triangle_count::TriangleCount;
