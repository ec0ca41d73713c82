//! Typed columns: one value of one property for each row of a label's table.
//!
//! A [`ColumnBuilder`] grows row by row and can take rows back (`builder.rs`, lists and sets in `items.rs`); a
//! [`Column`] is finished (`finish.rs`), shared and read-only.

mod builder;
mod finish;
mod items;

use crate::texts::TextSlab;
use gesso_core::date::Date;
use gesso_core::{Slab, Value};

pub use builder::ColumnBuilder;
pub use items::retain_first;

/// A finished column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Bit i is set where row i has a value; none when all rows have one.
    pub valid: Option<Slab<u64>>,
    /// The values; rows without a value hold a filler.
    pub data: ColumnData,
}

/// The values of a column by type.
#[derive(Clone, Debug)]
pub enum ColumnData {
    /// 0 or 1.
    Bool(Slab<u8>),
    /// `int`
    Int(Slab<i32>),
    /// `long`
    Long(Slab<i64>),
    /// `float`
    Float(Slab<f32>),
    /// `double`
    Double(Slab<f64>),
    /// Packed dates, see [`Date::bits`].
    Date(Slab<i64>),
    /// Enum codes.
    Enum(Slab<u16>),
    /// Texts as they are.
    Text(TextSlab),
    /// Texts as codes into a dictionary.
    Dictionary {
        /// A position in `texts` for each row.
        codes: Codes,
        /// The distinct texts in order of first occurrence.
        texts: TextSlab,
    },
    /// Lists and sets: row i is `items[ends[i - 1]..ends[i]]`.
    Many {
        /// Where each row's items end.
        ends: Slab<u64>,
        /// All items; every one has a value.
        items: Box<Column>,
    },
}

/// Dictionary codes in the narrowest type that fits.
#[derive(Clone, Debug)]
pub enum Codes {
    /// At most 256 distinct texts.
    U8(Slab<u8>),
    /// At most 65,536 distinct texts.
    U16(Slab<u16>),
}

impl Column {
    /// True where the row has a value.
    #[inline]
    pub fn is_set(&self, row: usize) -> bool {
        self.valid.as_ref().is_none_or(|v| v[row / 64] >> (row % 64) & 1 == 1)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.data {
            ColumnData::Bool(v) => v.len(),
            ColumnData::Int(v) => v.len(),
            ColumnData::Long(v) | ColumnData::Date(v) => v.len(),
            ColumnData::Float(v) => v.len(),
            ColumnData::Double(v) => v.len(),
            ColumnData::Enum(v) => v.len(),
            ColumnData::Text(v) => v.len(),
            ColumnData::Dictionary { codes, .. } => codes.len(),
            ColumnData::Many { ends, .. } => ends.len(),
        }
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row.
    pub fn get(&self, row: usize) -> Option<Value> {
        if !self.is_set(row) {
            return None;
        }
        Some(match &self.data {
            ColumnData::Bool(v) => Value::Bool(v[row] != 0),
            ColumnData::Int(v) => Value::Int(v[row]),
            ColumnData::Long(v) => Value::Long(v[row]),
            ColumnData::Float(v) => Value::Float(v[row]),
            ColumnData::Double(v) => Value::Double(v[row]),
            ColumnData::Date(v) => Value::Date(Date::from_bits(v[row])),
            ColumnData::Enum(v) => Value::Enum(v[row]),
            ColumnData::Text(_) | ColumnData::Dictionary { .. } => Value::Text(self.text(row)?.into()),
            ColumnData::Many { ends, items } => {
                let start = if row == 0 { 0 } else { ends[row - 1] as usize };
                Value::Many((start..ends[row] as usize).filter_map(|i| items.get(i)).collect())
            }
        })
    }

    /// The text of a row of a text column, without a copy.
    #[inline]
    pub fn text(&self, row: usize) -> Option<&str> {
        match &self.data {
            _ if !self.is_set(row) => None,
            ColumnData::Text(v) => Some(v.get(row)),
            ColumnData::Dictionary { codes, texts } => Some(texts.get(codes.at(row))),
            _ => None,
        }
    }

    /// Bytes held.
    pub fn size_bytes(&self) -> usize {
        let valid = self.valid.as_ref().map_or(0, Slab::size_bytes);
        valid
            + match &self.data {
                ColumnData::Bool(v) => v.size_bytes(),
                ColumnData::Int(v) => v.size_bytes(),
                ColumnData::Long(v) | ColumnData::Date(v) => v.size_bytes(),
                ColumnData::Float(v) => v.size_bytes(),
                ColumnData::Double(v) => v.size_bytes(),
                ColumnData::Enum(v) => v.size_bytes(),
                ColumnData::Text(v) => v.size_bytes(),
                ColumnData::Dictionary { codes, texts } => codes.size_bytes() + texts.size_bytes(),
                ColumnData::Many { ends, items } => ends.size_bytes() + items.size_bytes(),
            }
    }
}

impl Codes {
    /// The code of a row.
    #[inline]
    pub fn at(&self, row: usize) -> usize {
        match self {
            Codes::U8(v) => usize::from(v[row]),
            Codes::U16(v) => usize::from(v[row]),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Codes::U8(v) => v.len(),
            Codes::U16(v) => v.len(),
        }
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn size_bytes(&self) -> usize {
        match self {
            Codes::U8(v) => v.size_bytes(),
            Codes::U16(v) => v.size_bytes(),
        }
    }
}
