//! Graph algorithms, one file each. An algorithm sees a projection, or a snapshot through conditions, and a job
//! context, nothing else: it does not know who called it, where the result goes, or how parameters were written.
//!
//! [`registry`] finds an algorithm by name; its [`Info`] declares every parameter once, and requests,
//! command line, API description and docs are derived from that. [`Entry::prepare`] reads parameters
//! and gives a [`Prepared`] run.
//!
//! Deliberately absent: graphs, jobs, protocols, clocks, threads of its own.

mod algorithm;
mod arcs;
mod args;
mod condition;
mod csv;
mod edge_rows;
mod error;
mod info;
pub mod registry;
mod rows;
mod scratch;
mod shared;
mod sorting;
mod window;

pub mod centrality;
pub mod community;
pub mod embedding;
pub mod matching;
pub mod path;
pub mod similarity;
pub mod structure;
pub mod temporal;

pub use algorithm::{Algorithm, GraphSize, Ground, OnProjection, OnSnapshot, Prepared, Search, View};
pub use args::{Args, Mode};
pub use condition::{Condition, Layer, Operator};
pub use error::AlgoError;
pub use info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
pub use registry::Entry;
