//! Rows as JSON Lines: an object a row, a member a column.

use super::table::{Cell, Table};
use crate::element_json::write_text;
use serde_json::Value;
use std::io::Write as _;
use std::ops::Range;

/// A range of rows, and where each ends.
pub(super) fn rows(table: &Table<'_>, range: Range<usize>) -> (Vec<u8>, Vec<usize>) {
    let mut out = Vec::new();
    let (mut cells, mut ends) = (Vec::new(), Vec::with_capacity(range.len()));
    for row in range {
        table.row(row, &mut cells);
        out.push(b'{');
        for (i, (column, cell)) in table.columns().iter().zip(&cells).enumerate() {
            if i > 0 {
                out.push(b',');
            }
            write_text(&mut out, &column.name);
            out.push(b':');
            write_cell(&mut out, cell);
        }
        out.extend_from_slice(b"}\n");
        ends.push(out.len());
    }
    (out, ends)
}

fn write_cell(out: &mut Vec<u8>, cell: &Cell<'_>) {
    match cell {
        Cell::Missing => out.extend_from_slice(b"null"),
        Cell::Text(text) => write_text(out, text),
        Cell::Real(value) => write_real(out, *value),
        // Writing to a vector does not fail.
        Cell::Int(value) => _ = write!(out, "{value}"),
        Cell::Texts(texts) => write_list(out, texts, |out, text| write_text(out, text)),
        Cell::Reals(values) => write_list(out, values, |out, value| write_real(out, *value)),
        Cell::Json(Value::String(text)) => write_text(out, text),
        Cell::Json(value) => _ = write!(out, "{value}"),
    }
}

/// JSON has no infinity and no NaN: readers that infer types take `null` for any of them.
fn write_real(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        _ = write!(out, "{value:?}");
    } else {
        out.extend_from_slice(b"null");
    }
}

fn write_list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}
