//! Files in and out: CSV, JSON Lines, Parquet, schema XML, the log of rejected lines, and the JSON text of values.
//!
//! Deliberately absent: graphs (rows leave as chunks for a sink), protocols (the caller assembles
//! elements), object storage (files are opened by `gesso-store`, wherever they are). No thread starts here: blocks are
//! parsed on the threads of the job that reads.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod csv;
pub mod element_csv;
pub mod element_json;
pub mod elements;
pub mod import_log;
pub mod inputs;
mod record_file;
pub mod result_file;
pub mod schema_xml;

pub use csv::{
    CsvOptions, CsvWriter, ErrorCode, FileReport, LineError, ReadError, Sink, SinkOf, read_edges,
    read_records, read_vertices,
};
pub use element_csv::ElementCsv;
pub use import_log::ImportLog;
pub use schema_xml::{SchemaFile, SchemaFileError, parse_schema, write_schema};
