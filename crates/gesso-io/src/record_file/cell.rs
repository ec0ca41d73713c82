//! One field of a record, and how it becomes the value of a property.

use gesso_core::{Cardinality, DataType, Value, ValueError};
use gesso_graph::ColumnBuilder;
use gesso_graph::schema::Property;
use std::borrow::Cow;
use std::fmt::Write as _;

/// A value of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// Null, or not there.
    Missing,
    Bool(bool),
    Long(i64),
    Real(f64),
    /// Apart from [`Cell::Real`], so that its shortest text is that of 32 bits.
    Float(f32),
    Text(Cow<'a, str>),
    /// Text that is not UTF-8.
    BadText,
    List(Vec<Cell<'a>>),
    /// What no property can hold, in words.
    Other(&'static str),
}

impl Cell<'_> {
    pub fn is_missing(&self) -> bool {
        *self == Cell::Missing
    }

    /// As an id, a label or a message shows it; none for what has no text of its own.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Cell::Text(text) => Cow::Borrowed(text.as_ref()),
            Cell::Bool(v) => v.to_string().into(),
            Cell::Long(v) => v.to_string().into(),
            Cell::Real(v) => real(*v, format!("{v:?}")).into(),
            Cell::Float(v) => real(f64::from(*v), format!("{v:?}")).into(),
            Cell::Missing | Cell::BadText | Cell::List(_) | Cell::Other(_) => return None,
        })
    }

    /// For messages.
    pub fn shown(&self) -> String {
        match self {
            Cell::List(cells) => {
                let texts: Vec<String> = cells.iter().take(20).map(Cell::shown).collect();
                format!("[{}]", texts.join(", "))
            }
            Cell::Missing => "null".to_owned(),
            Cell::BadText => "text that is not UTF-8".to_owned(),
            Cell::Other(what) => (*what).to_owned(),
            one => one.text().unwrap_or_default().into_owned(),
        }
    }
}

/// The names of values that are no numbers, as text formats spell them.
fn real(v: f64, shortest: String) -> String {
    match v {
        _ if v.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => shortest,
    }
}

/// Appends a row to the column of a property. On an error the column is as before.
pub(super) fn push(
    column: &mut ColumnBuilder,
    property: &Property,
    cell: &Cell<'_>,
    scratch: &mut String,
) -> Result<(), ValueError> {
    let is_single = property.cardinality == Cardinality::Single;
    match cell {
        Cell::Missing => column.push_unset(),
        Cell::List(cells) if cells.is_empty() => column.push_unset(),
        // Elements of query results have arrays everywhere.
        Cell::List(cells) if is_single => match cells.as_slice() {
            [one] if !matches!(one, Cell::List(_)) => return push(column, property, one, scratch),
            _ => return Err(ValueError::NotOfType),
        },
        Cell::List(cells) => {
            join(cells, scratch)?;
            return column.push_text(scratch, true);
        }
        one if is_single => return push_one(column, &property.data_type, one, scratch),
        one => {
            join(std::slice::from_ref(one), scratch)?;
            return column.push_text(scratch, true);
        }
    }
    Ok(())
}

/// The value of a property that a cell is, by the rules of [`push`]; none if it is unset.
pub(super) fn value(property: &Property, cell: &Cell<'_>) -> Result<Option<Value>, ValueError> {
    let is_single = property.cardinality == Cardinality::Single;
    let items = match cell {
        Cell::Missing => return Ok(None),
        Cell::List(cells) if cells.is_empty() => return Ok(None),
        Cell::List(cells) if is_single => match cells.as_slice() {
            [one] if !matches!(one, Cell::List(_)) => return value(property, one),
            _ => return Err(ValueError::NotOfType),
        },
        Cell::List(cells) => cells.as_slice(),
        one if is_single => {
            return property.data_type.parse(&one.text().ok_or(ValueError::NotOfType)?).map(Some);
        }
        one => std::slice::from_ref(one),
    };
    let mut text = String::new();
    join(items, &mut text)?;
    property.parse_field(&text, true).map(Some)
}

fn push_one(
    column: &mut ColumnBuilder,
    data_type: &DataType,
    cell: &Cell<'_>,
    scratch: &mut String,
) -> Result<(), ValueError> {
    let value = match (data_type, cell) {
        (DataType::Long, Cell::Long(v)) => Value::Long(*v),
        (DataType::Int, Cell::Long(v)) => Value::Int(i32::try_from(*v).map_err(|_| ValueError::NotOfType)?),
        (DataType::Double, Cell::Real(v)) => Value::Double(*v),
        (DataType::Float, Cell::Float(v)) => Value::Float(*v),
        (DataType::Bool, Cell::Bool(v)) => Value::Bool(*v),
        (_, Cell::Text(text)) => return column.push_text(text, false),
        (_, other) => {
            scratch.clear();
            scratch.push_str(&other.text().ok_or(ValueError::NotOfType)?);
            return column.push_text(scratch, false);
        }
    };
    column.push_value(&value);
    Ok(())
}

/// The elements of a list as the text of a field, each `;` and backslash escaped.
fn join(cells: &[Cell<'_>], out: &mut String) -> Result<(), ValueError> {
    out.clear();
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push(';');
        }
        match cell {
            Cell::Long(v) => _ = write!(out, "{v}"),
            other => {
                for c in other.text().ok_or(ValueError::NotOfType)?.chars() {
                    if matches!(c, ';' | '\\') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
        }
    }
    Ok(())
}
