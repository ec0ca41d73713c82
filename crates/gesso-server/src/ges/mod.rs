//! The service plane of GES: one file a topic, one function an operation.

pub mod algorithms;
pub mod backups;
pub mod edges;
pub mod graphs;
pub mod imports;
pub mod jobs;
pub mod page;
pub mod queries;
pub mod schema;
pub mod statistics;
pub mod submit;
pub mod values;
pub mod vertices;
