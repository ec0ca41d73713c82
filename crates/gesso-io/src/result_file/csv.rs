//! Rows as CSV: spec 02, section 6, and spec 10, section 7.2.

use super::table::{Cell, Table, real_text};
use crate::csv::{CsvOptions, CsvWriter};
use serde_json::Value;
use std::fmt::Write as _;
use std::ops::Range;

/// The comment lines that every file begins with.
pub(super) fn head(table: &Table<'_>) -> Vec<u8> {
    let mut out = String::new();
    for (name, value) in table.scalars() {
        // A line break would end the comment.
        // Writing to a string does not fail.
        _ = writeln!(out, "#{name}: {},", value.replace(['\r', '\n'], " "));
    }
    if let Some(name) = table.name() {
        _ = writeln!(out, "#{name}:");
    }
    out.into_bytes()
}

/// A range of rows, and where each ends.
pub(super) fn rows(table: &Table<'_>, range: Range<usize>) -> (Vec<u8>, Vec<usize>) {
    let mut writer = CsvWriter::new(&CsvOptions::default());
    let (mut cells, mut ends) = (Vec::new(), Vec::with_capacity(range.len()));
    for row in range {
        table.row(row, &mut cells);
        for cell in &cells {
            field(&mut writer, cell);
        }
        writer.end_line();
        ends.push(writer.as_bytes().len());
    }
    (writer.as_bytes().to_vec(), ends)
}

/// Writes a cell; lists take a field an element.
fn field(writer: &mut CsvWriter, cell: &Cell<'_>) {
    match cell {
        Cell::Missing | Cell::Json(Value::Null) => writer.unset(),
        Cell::Text(text) => writer.field(text),
        Cell::Real(value) => writer.field(&real_text(*value)),
        Cell::Int(value) => writer.field(&value.to_string()),
        Cell::Texts(texts) => texts.iter().for_each(|text| writer.field(text)),
        Cell::Reals(values) => values.iter().for_each(|value| writer.field(&real_text(*value))),
        Cell::Json(Value::String(text)) => writer.field(text),
        Cell::Json(value) => writer.field(&value.to_string()),
    }
}
