//! What is fuzzed: a module for each thing that reads bytes from outside, with a function `run` that takes one input
//! and panics where a promise is broken. `fuzz_targets` gives them to libFuzzer, and the tests of the binary run them on
//! seeds and mutations of these.

pub mod csv;
pub mod document;
pub mod log;
pub mod manifest;
pub mod object_path;
pub mod property_filter;
pub mod record;
pub mod record_file;
pub mod request;
pub mod schema_xml;
pub mod segment;
mod small_graph;
