//! Records become rows of a chunk, all of a record or nothing.

use super::cell::{Cell, push};
use crate::csv::{ErrorCode, Layout, Resolve, Rows};
use gesso_core::{Value, ValueError};
use gesso_graph::Label;
use gesso_graph::schema::Property;

/// A row of a file that names its fields.
pub(super) trait Record {
    /// The field of a name.
    fn get(&self, name: &str) -> Cell<'_>;
    /// The first name that has a value and is not among those that `is_known` knows.
    fn unknown(&self, is_known: &dyn Fn(&str) -> bool) -> Option<String>;
}

/// Why a record is rejected, in words. Columns are counted as those of delimited text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RecordFault {
    pub column: u32,
    pub code: ErrorCode,
    pub message: String,
}

/// Collects the rows of records.
pub(super) struct RecordRows<'a, R> {
    layout: &'a Layout<'a>,
    resolve: &'a Resolve<'a>,
    pub rows: R,
    scratch: String,
}

/// The names of ids and the label.
const VERTEX_NAMES: &[&str] = &["id", "label"];
const EDGE_NAMES: &[&str] = &["source", "target", "label"];
/// What records of query results also have.
pub(super) const IGNORED: &[&str] = &["labels", "index"];
/// The name of an edge's sort key.
const SORT_KEY: &str = "sortKey";

impl<'a, R: Rows> RecordRows<'a, R> {
    pub fn new(layout: &'a Layout<'a>, resolve: &'a Resolve<'a>) -> RecordRows<'a, R> {
        RecordRows { layout, resolve, rows: R::default(), scratch: String::new() }
    }

    /// Adds a record, or says why not.
    pub fn add(&mut self, record: &impl Record) -> Result<(), RecordFault> {
        let names = if R::DATASET.id_columns() == 1 { VERTEX_NAMES } else { EDGE_NAMES };
        let a = self.id(record, names, 0)?;
        let b = if R::DATASET.id_columns() == 2 { self.id(record, names, 1)? } else { String::new() };
        let label = self.label(record, names.len() as u32)?;
        let takes_sort_key = R::DATASET.id_columns() == 2;
        let is_known = |name: &str| {
            names.contains(&name)
                || IGNORED.contains(&name)
                || (takes_sort_key && name == SORT_KEY)
                || label.property(name).is_some()
        };
        if let Some(name) = record.unknown(&is_known) {
            let shown: String = name.chars().take(80).collect();
            let message = format!("property [{shown}] does not exist in label [{}]", label.name);
            return Err(RecordFault { column: 0, code: ErrorCode::TooMany, message });
        }
        self.fill(record, label, names.len() as u32)?;
        self.rows.push(&a, &b, label.id, self.resolve);
        Ok(())
    }

    fn id(&self, record: &impl Record, names: &[&str], at: usize) -> Result<String, RecordFault> {
        let name = names.get(at).copied().unwrap_or_default();
        let fault = |code, message: String| RecordFault { column: at as u32 + 1, code, message };
        let cell = record.get(name);
        if cell.is_missing() {
            return Err(fault(ErrorCode::TooFew, format!("[{name}] is missing, expected an id")));
        }
        let text = match &cell {
            Cell::Text(_) | Cell::Long(_) => cell.text().unwrap_or_default().into_owned(),
            Cell::BadText => return Err(fault(ErrorCode::Utf8, format!("[{name}] is not UTF-8"))),
            other => {
                let message =
                    format!("[{name}] [{}] is invalid, expected text or a whole number", short(other));
                return Err(fault(ErrorCode::Id, message));
            }
        };
        let most = self.layout.id_bytes_max;
        match text.len() {
            0 => Err(fault(ErrorCode::Id, format!("[{name}] [] is empty, expected 1 byte or more"))),
            len if len > most => {
                let message =
                    format!("[{name}] [{}...] is too long, expected at most {most} bytes", short(&cell));
                Err(fault(ErrorCode::Id, message))
            }
            _ => Ok(text),
        }
    }

    fn label(&self, record: &impl Record, column: u32) -> Result<&'a Label, RecordFault> {
        let fault = |message| RecordFault { column, code: ErrorCode::Label, message };
        let schema = self.layout.schema;
        let cell = if self.layout.has_label { record.get("label") } else { Cell::Missing };
        if cell.is_missing() || cell == Cell::Text("".into()) {
            let label = schema.label(self.layout.default_label).map(AsRef::as_ref);
            return label.ok_or_else(|| fault("label is missing".to_owned()));
        }
        let named = cell.text().and_then(|name| schema.get(&name));
        let Some(label) = named else {
            let name = short(&cell);
            return Err(fault(format!("label [{name}] does not exist, expected a label of the schema")));
        };
        if !R::DATASET.takes(label) {
            let (name, kind, expected) = (&label.name, label.kind.name(), R::DATASET.name());
            return Err(fault(format!("label [{name}] is of type {kind}, expected {expected} or all")));
        }
        Ok(label)
    }

    /// The sort key of an edge, where edges have some.
    fn sort_key(&self, record: &impl Record, column: u32) -> Result<Option<Value>, RecordFault> {
        let Some(of_type) = self.layout.schema.sort_key().filter(|_| R::DATASET.id_columns() == 2) else {
            return Ok(None);
        };
        let cell = record.get(SORT_KEY);
        if cell.is_missing() {
            return Ok(None);
        }
        let key = cell.text().and_then(|text| of_type.value(&text));
        key.map(Some).ok_or_else(|| {
            let message = format!("sort key [{}] is invalid, expected {}", short(&cell), of_type.expected());
            RecordFault { column, code: ErrorCode::SortKey, message }
        })
    }

    /// Adds a row to every column of the label's table; after an error to none.
    fn fill(&mut self, record: &impl Record, label: &Label, names: u32) -> Result<(), RecordFault> {
        let sort_key = self.sort_key(record, names + 1 + label.properties.len() as u32)?;
        let table = self.rows.table(label.id, self.layout.schema);
        let mut failed = None;
        for (i, (property, column)) in label.properties.iter().zip(&mut table.columns).enumerate() {
            let cell = record.get(&property.name);
            if let Err(error) = push(column, property, &cell, &mut self.scratch) {
                failed = Some((i, fault_of(property, &cell, error)));
                break;
            }
        }
        let Some((i, (code, message))) = failed else {
            if let Some(column) = table.columns.get_mut(label.properties.len()) {
                match &sort_key {
                    Some(key) => column.push_value(key),
                    None => column.push_unset(),
                }
            }
            table.rows += 1;
            return Ok(());
        };
        for column in table.columns.iter_mut().take(i) {
            column.truncate(table.rows);
        }
        Err(RecordFault { column: names + 1 + i as u32, code, message })
    }
}

pub(super) fn fault_of(property: &Property, cell: &Cell<'_>, error: ValueError) -> (ErrorCode, String) {
    let code = match error {
        _ if *cell == Cell::BadText => ErrorCode::Utf8,
        ValueError::NotOfType => ErrorCode::Value,
        ValueError::UnknownName => ErrorCode::EnumName,
        ValueError::TooLong => ErrorCode::TooLong,
    };
    (code, property.value_error(&cell.shown(), error))
}

pub(super) fn short(cell: &Cell<'_>) -> String {
    cell.shown().chars().take(80).collect()
}
