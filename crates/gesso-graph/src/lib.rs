//! A property graph in memory: immutable base, small immutable delta, snapshots, schema, and the
//! projections that algorithms run on.
//!
//! Deliberately absent: protocols, job kinds, file formats.

pub mod projection;

pub use projection::{Csr, Direction, Multiplicity, Projection, ProjectionSpec, TimeWindow, VertexIds};
