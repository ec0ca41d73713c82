//! Files whose rows name their fields: JSON Lines and Parquet (spec 10, section 10).
//!
//! A row is read as a [`Record`]: cells by name. What becomes of it is the same for both formats, and the same
//! as for a line of delimited text: `rows` puts its cells into the columns of its label, or says why not.
//! Files of changes hand their records over one by one, as [`Named`] fields.
//! `json_lines` takes the blocks of lines that the reader of delimited text cuts; `parquet` decodes batches of
//! rows, column by column, from one row group at a time.

mod cell;
mod json_lines;
mod named;
mod page_header;
mod pages;
mod parquet;
mod parquet_batch;
mod rows;

pub use named::Named;

pub(crate) use json_lines::{explain, parse_block, read_line};
pub(crate) use parquet::{ParquetInput, Records};
