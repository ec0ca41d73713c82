//! The service plane of GES: one file a topic, one function an operation.

pub mod algorithms;
pub mod backups;
pub mod edges;
pub mod exports;
pub mod file_changes;
pub mod filtered_query;
pub mod graphs;
pub mod imports;
pub mod indices;
pub mod job_events;
pub mod jobs;
pub mod object_keys;
pub mod operations;
pub mod page;
pub mod path_query;
pub mod paths;
pub mod queries;
pub mod query_tree;
pub mod replay;
pub mod reports;
pub mod result_exports;
pub mod schema;
pub mod statistics;
pub mod submit;
pub mod values;
pub mod vertices;
mod walks;
