//! Delimited text: spec 10, sections 3, 5 and 7.2.
//!
//! The path of a byte: `blocks` reads a file and cuts it where a line ends, `lex` cuts a line into
//! fields, `rows` turns fields into rows of a chunk, `waves` reads some blocks at a time, `read` has them
//! parsed at once and hands chunks to the sink in file order. A rejected line is described by three numbers
//! and a code; only the lines that someone will read get words, from `explain`.

mod blocks;
mod explain;
mod lex;
mod options;
mod read;
mod records;
mod report;
mod rows;
mod source;
mod waves;
mod write;

#[cfg(test)]
mod tests;

pub use crate::record_file::Named;
pub use options::{CsvOptions, OptionsError};
pub use read::{ReadError, Sink, SinkOf, read_edges, read_vertices};
pub use records::{Record, TakeRecord, Taken, read_records};
pub use report::{CodeCounts, Dataset, ErrorCode, FileReport, LabelColumn, LineError};
pub use write::CsvWriter;

pub(crate) use rows::{Fault, Layout, Parsed, Reject, Resolve, Rows};
