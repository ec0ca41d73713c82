//! The words for a rejected line: field, value, what was expected.
//!
//! Parsing only notes where and why; the line is cut once more here, for the few that are shown.

use super::lex::{Field, QuoteFault};
use super::report::{ErrorCode, LineError};
use super::rows::{Fault, Layout, Reject};
use gesso_core::ValueError;

/// Characters of a value that a message shows.
const SHOWN_CHARS_MAX: usize = 80;

/// Describes a rejected line of a block whose first physical line is `first_line`.
pub(crate) fn explain(layout: &Layout<'_>, block: &[u8], first_line: u64, reject: &Reject) -> LineError {
    let line = first_line + u64::from(reject.line);
    let Fault { column, code, .. } = reject.fault;
    let bytes = block.get(..reject.next as usize).unwrap_or_default();
    let mut fields = Vec::new();
    let cut = layout.dialect.next_line(bytes, reject.start as usize, &mut fields);
    let field = (column as usize).checked_sub(1).and_then(|i| fields.get(i));
    let text = field.map_or_else(String::new, |f| shown(f, block));
    let message = match code {
        ErrorCode::Utf8 => utf8(bytes.get(reject.start as usize..cut.end).unwrap_or_default()),
        ErrorCode::Quoting => quoting(block, cut.fault, reject.start as usize, line),
        ErrorCode::TooFew => {
            format!("line has {} columns, expected {} or more", fields.len(), layout.dataset.id_columns())
        }
        ErrorCode::TooMany => too_many(layout, fields.len(), reject.fault),
        ErrorCode::Id if text.is_empty() => "id [] is empty, expected 1 byte or more".to_owned(),
        ErrorCode::Id => {
            format!("id [{text}...] is too long, expected at most {} bytes", layout.id_bytes_max)
        }
        ErrorCode::Label => label(layout, &text),
        ErrorCode::Value => value(layout, reject.fault, &text, ValueError::NotOfType),
        ErrorCode::EnumName => value(layout, reject.fault, &text, ValueError::UnknownName),
        ErrorCode::TooLong => value(layout, reject.fault, &text, ValueError::TooLong),
        ErrorCode::SortKey => {
            let expected = layout.schema.sort_key().map_or("", gesso_graph::SortKeyType::expected);
            format!("sort key [{text}] is invalid, expected {expected}")
        }
        ErrorCode::LineSize => too_long_line(layout),
    };
    LineError { line, column, code, message }
}

/// The words for a line that was never whole in memory.
pub(crate) fn explain_long(layout: &Layout<'_>, line: u64, is_quote_open: bool) -> LineError {
    let (code, message) = if is_quote_open {
        (
            ErrorCode::Quoting,
            format!("a quote that opens in line {line} or later is not closed, expected a closing quote"),
        )
    } else {
        (ErrorCode::LineSize, too_long_line(layout))
    };
    LineError { line, column: 0, code, message }
}

fn shown(field: &Field, block: &[u8]) -> String {
    field.shown(block).chars().take(SHOWN_CHARS_MAX).collect()
}

fn utf8(line: &[u8]) -> String {
    let valid = std::str::from_utf8(line).err().map_or(line.len(), |e| e.valid_up_to());
    format!("byte {} of the line is not UTF-8, expected UTF-8", valid + 1)
}

fn quoting(block: &[u8], fault: Option<QuoteFault>, start: usize, line: u64) -> String {
    match fault {
        Some(QuoteFault::Open { column, at }) => {
            let before = block.get(start..at).unwrap_or_default();
            let opened = line + memchr::memchr_iter(b'\n', before).count() as u64;
            format!(
                "the quote that opens column {column} in line {opened} is not closed, expected a closing quote"
            )
        }
        Some(QuoteFault::TextAfter { column }) => {
            format!(
                "column {column} has text after its closing quote, expected a delimiter or the line's end"
            )
        }
        None => "quotes are malformed".to_owned(),
    }
}

fn too_many(layout: &Layout<'_>, given: usize, fault: Fault) -> String {
    let name = layout.schema.label(fault.label).map_or("", |l| &l.name);
    format!(
        "line has {given} columns, expected at most {} for label [{name}]",
        fault.column.saturating_sub(1)
    )
}

fn label(layout: &Layout<'_>, name: &str) -> String {
    match layout.schema.get(name) {
        None => format!("label [{name}] does not exist, expected a label of the schema"),
        Some(label) => {
            let (kind, expected) = (label.kind.name(), layout.dataset.name());
            format!("label [{name}] is of type {kind}, expected {expected} or all")
        }
    }
}

fn value(layout: &Layout<'_>, fault: Fault, text: &str, error: ValueError) -> String {
    let first = layout.dataset.id_columns() + usize::from(layout.has_label) + 1;
    let property = layout
        .schema
        .label(fault.label)
        .and_then(|l| l.properties.get((fault.column as usize).checked_sub(first)?));
    property.map_or_else(|| format!("value [{text}] {error}"), |p| p.value_error(text, error))
}

fn too_long_line(layout: &Layout<'_>) -> String {
    format!("line is too long, expected at most {} bytes", layout.line_max)
}
