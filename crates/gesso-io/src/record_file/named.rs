//! The fields of one record, for files whose records are changes to elements that exist.

use super::cell::{Cell, value};
use super::rows::{IGNORED, Record, fault_of, short};
use crate::csv::ErrorCode;
use gesso_core::Value;
use gesso_graph::schema::Property;

/// A record that names its fields: an object of a file of JSON Lines, or a row of a Parquet file.
#[derive(Clone, Copy)]
pub struct Named<'a>(&'a dyn Record);

impl<'a> Named<'a> {
    pub(super) fn of(record: &'a dyn Record) -> Named<'a> {
        Named(record)
    }

    /// The text of an id or a label; none if it is missing.
    pub fn text(&self, name: &str) -> Result<Option<String>, (ErrorCode, String)> {
        let cell = self.0.get(name);
        match &cell {
            Cell::Missing => Ok(None),
            Cell::Text(_) | Cell::Long(_) => Ok(cell.text().map(std::borrow::Cow::into_owned)),
            Cell::BadText => Err((ErrorCode::Utf8, format!("[{name}] is not UTF-8"))),
            other => {
                let message =
                    format!("[{name}] [{}] is invalid, expected text or a whole number", short(other));
                Err((ErrorCode::Id, message))
            }
        }
    }

    /// True if the field is there and not null.
    pub fn has(&self, name: &str) -> bool {
        !self.0.get(name).is_missing()
    }

    /// The field of a name as a value of a property; none if it is missing.
    pub fn value(&self, name: &str, property: &Property) -> Result<Option<Value>, (ErrorCode, String)> {
        let cell = self.0.get(name);
        value(property, &cell).map_err(|e| fault_of(property, &cell, e))
    }

    /// The first field that is neither known nor one that records of query results also have.
    pub fn unknown(&self, is_known: &dyn Fn(&str) -> bool) -> Option<String> {
        self.0.unknown(&|name| IGNORED.contains(&name) || is_known(name))
    }
}

impl std::fmt::Debug for Named<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Named")
    }
}
