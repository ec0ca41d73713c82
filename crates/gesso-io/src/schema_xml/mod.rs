//! Schema files: spec 10, section 4.

mod decode;
mod elements;
mod read;
mod write;

pub use read::{FILE_BYTES_MAX, SchemaFile, SchemaFileError, parse_schema};
pub use write::write_schema;
