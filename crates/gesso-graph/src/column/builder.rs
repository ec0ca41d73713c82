//! Columns that grow.

use super::items::push_items;
use crate::schema::Property;
use crate::texts::Texts;
use gesso_core::date::Date;
use gesso_core::value::parse_bool;
use gesso_core::{Cardinality, DataType, Value, ValueError};

/// A column under construction.
#[derive(Clone, Debug)]
pub struct ColumnBuilder {
    pub(super) data_type: DataType,
    cardinality: Cardinality,
    /// For each row, whether it has a value; empty while all rows have one.
    pub(super) valid: Vec<bool>,
    pub(super) len: usize,
    pub(super) data: Growing,
}

#[derive(Clone, Debug)]
pub(super) enum Growing {
    Bool(Vec<u8>),
    Int(Vec<i32>),
    /// `long`, and `date` as packed bits.
    Long(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Enum(Vec<u16>),
    Text(Texts),
    Many {
        ends: Vec<u64>,
        items: Box<ColumnBuilder>,
    },
}

impl ColumnBuilder {
    /// An empty column for a property.
    pub fn new(property: &Property) -> ColumnBuilder {
        ColumnBuilder::of(&property.data_type, property.cardinality)
    }

    pub(super) fn of(data_type: &DataType, cardinality: Cardinality) -> ColumnBuilder {
        let data = if cardinality == Cardinality::Single {
            match data_type {
                DataType::Bool => Growing::Bool(Vec::new()),
                DataType::Int => Growing::Int(Vec::new()),
                DataType::Long | DataType::Date => Growing::Long(Vec::new()),
                DataType::Float => Growing::Float(Vec::new()),
                DataType::Double => Growing::Double(Vec::new()),
                DataType::Enum(_) => Growing::Enum(Vec::new()),
                DataType::Char | DataType::CharArray { .. } | DataType::String => {
                    Growing::Text(Texts::default())
                }
            }
        } else {
            let items = Box::new(ColumnBuilder::of(data_type, Cardinality::Single));
            Growing::Many { ends: Vec::new(), items }
        };
        ColumnBuilder { data_type: data_type.clone(), cardinality, valid: Vec::new(), len: 0, data }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a row without a value.
    pub fn push_unset(&mut self) {
        if self.valid.is_empty() {
            self.valid.resize(self.len, true);
        }
        self.valid.push(false);
        self.len += 1;
        match &mut self.data {
            Growing::Bool(v) => v.push(0),
            Growing::Int(v) => v.push(0),
            Growing::Long(v) => v.push(0),
            Growing::Float(v) => v.push(0.0),
            Growing::Double(v) => v.push(0.0),
            Growing::Enum(v) => v.push(0),
            Growing::Text(v) => v.push(""),
            Growing::Many { ends, items } => ends.push(items.len as u64),
        }
    }

    /// Appends rows without a value until there are `len`.
    pub fn pad_to(&mut self, len: usize) {
        while self.len < len {
            self.push_unset();
        }
    }

    /// Appends a row from the text of a field. For lists and sets the text is split at `;`, unless
    /// `escapes` is true and a backslash stands before it. On an error the column is as before.
    pub fn push_text(&mut self, text: &str, escapes: bool) -> Result<(), ValueError> {
        let not = |()| ValueError::NotOfType;
        match (&mut self.data, &self.data_type) {
            (Growing::Many { ends, items }, _) => {
                push_items(items, text, escapes, self.cardinality == Cardinality::Set)?;
                ends.push(items.len as u64);
            }
            (Growing::Int(v), _) => v.push(text.trim().parse().map_err(|_| not(()))?),
            (Growing::Long(v), DataType::Long) => v.push(text.trim().parse().map_err(|_| not(()))?),
            (Growing::Bool(v), _) => v.push(u8::from(parse_bool(text.trim()).ok_or(ValueError::NotOfType)?)),
            (Growing::Text(v), DataType::String) if text.len() < 1 << 20 => v.push(text),
            _ => return self.data_type.parse(text).map(|value| self.push_value(&value)),
        }
        self.pushed();
        Ok(())
    }

    /// Appends a row of a value of the column's type. A value of another type counts as none: callers
    /// coerce before they get here.
    pub fn push_value(&mut self, value: &Value) {
        match (&mut self.data, value) {
            (Growing::Bool(v), Value::Bool(x)) => v.push(u8::from(*x)),
            (Growing::Int(v), Value::Int(x)) => v.push(*x),
            (Growing::Long(v), Value::Long(x)) => v.push(*x),
            (Growing::Long(v), Value::Date(x)) => v.push(x.bits()),
            (Growing::Float(v), Value::Float(x)) => v.push(*x),
            (Growing::Double(v), Value::Double(x)) => v.push(*x),
            (Growing::Enum(v), Value::Enum(x)) => v.push(*x),
            (Growing::Text(v), Value::Text(x)) => v.push(x),
            (Growing::Many { ends, items }, Value::Many(xs)) => {
                for x in xs {
                    items.push_value(x);
                }
                ends.push(items.len as u64);
            }
            _ => {
                debug_assert!(false, "value of another type than its column");
                return self.push_unset();
            }
        }
        self.pushed();
    }

    fn pushed(&mut self) {
        self.len += 1;
        if !self.valid.is_empty() {
            self.valid.push(true);
        }
    }

    /// The value of a row, of the types that sort keys have.
    pub(crate) fn get(&self, row: usize) -> Option<Value> {
        if row >= self.len || self.valid.get(row) == Some(&false) {
            return None;
        }
        match &self.data {
            Growing::Long(v) => v.get(row).map(|v| Value::Long(*v)),
            Growing::Text(v) => Some(Value::Text(v.get(row).into())),
            _ => None,
        }
    }

    /// Takes back all rows from the `len`-th on.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.len = len;
        self.valid.truncate(len);
        match &mut self.data {
            Growing::Bool(v) => v.truncate(len),
            Growing::Int(v) => v.truncate(len),
            Growing::Long(v) => v.truncate(len),
            Growing::Float(v) => v.truncate(len),
            Growing::Double(v) => v.truncate(len),
            Growing::Enum(v) => v.truncate(len),
            Growing::Text(v) => v.truncate(len),
            Growing::Many { ends, items } => {
                ends.truncate(len);
                items.truncate(ends.last().copied().unwrap_or(0) as usize);
            }
        }
    }

    /// Appends all rows of a column of the same property.
    pub fn append(&mut self, mut other: ColumnBuilder) {
        if self.len == 0 {
            *self = other;
            return;
        }
        if !self.valid.is_empty() || !other.valid.is_empty() {
            self.valid.resize(self.len, true);
            other.valid.resize(other.len, true);
            self.valid.append(&mut other.valid);
        }
        self.len += other.len;
        match (&mut self.data, other.data) {
            (Growing::Bool(a), Growing::Bool(b)) => a.extend(b),
            (Growing::Int(a), Growing::Int(b)) => a.extend(b),
            (Growing::Long(a), Growing::Long(b)) => a.extend(b),
            (Growing::Float(a), Growing::Float(b)) => a.extend(b),
            (Growing::Double(a), Growing::Double(b)) => a.extend(b),
            (Growing::Enum(a), Growing::Enum(b)) => a.extend(b),
            (Growing::Text(a), Growing::Text(b)) => a.append(&b),
            (Growing::Many { ends, items }, Growing::Many { ends: more, items: theirs }) => {
                let base = items.len as u64;
                ends.extend(more.into_iter().map(|e| e + base));
                items.append(*theirs);
            }
            _ => debug_assert!(false, "columns of different properties"),
        }
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.valid.capacity()
            + match &self.data {
                Growing::Bool(v) => v.capacity(),
                Growing::Int(v) => v.capacity() * 4,
                Growing::Long(v) => v.capacity() * 8,
                Growing::Float(v) => v.capacity() * 4,
                Growing::Double(v) => v.capacity() * 8,
                Growing::Enum(v) => v.capacity() * 2,
                Growing::Text(v) => v.heap_bytes(),
                Growing::Many { ends, items } => ends.capacity() * 8 + items.heap_bytes(),
            }
    }

    /// The value of an item row, which always has one.
    pub(super) fn value(&self, i: usize) -> Value {
        match &self.data {
            Growing::Bool(v) => Value::Bool(v[i] != 0),
            Growing::Int(v) => Value::Int(v[i]),
            Growing::Long(v) if self.data_type == DataType::Date => Value::Date(Date::from_bits(v[i])),
            Growing::Long(v) => Value::Long(v[i]),
            Growing::Float(v) => Value::Float(v[i]),
            Growing::Double(v) => Value::Double(v[i]),
            Growing::Enum(v) => Value::Enum(v[i]),
            Growing::Text(v) => Value::Text(v.get(i).into()),
            Growing::Many { .. } => Value::Many(Box::default()),
        }
    }
}
