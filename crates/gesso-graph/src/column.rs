//! Typed columns: one value of one property for each row of a label's table.
//!
//! A [`ColumnBuilder`] grows row by row and can take rows back; a [`Column`] is finished, shared and
//! read-only. Text with few distinct values becomes codes into a dictionary when the column is finished.

use crate::schema::Property;
use crate::texts::{TextSlab, Texts};
use gesso_core::date::Date;
use gesso_core::value::parse_bool;
use gesso_core::{Cardinality, DataType, JobContext, Slab, Stop, Value, ValueError};
use std::collections::HashMap;

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

/// A column under construction.
#[derive(Clone, Debug)]
pub struct ColumnBuilder {
    data_type: DataType,
    cardinality: Cardinality,
    /// For each row, whether it has a value; empty while all rows have one.
    valid: Vec<bool>,
    len: usize,
    data: Growing,
}

#[derive(Clone, Debug)]
enum Growing {
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

/// Most distinct texts for a dictionary.
const DICTIONARY_MAX: usize = 1 << 16;
/// Rows after which a dictionary must have paid.
const DICTIONARY_TRIAL_ROWS: usize = 4096;

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

impl ColumnBuilder {
    /// An empty column for a property.
    pub fn new(property: &Property) -> ColumnBuilder {
        ColumnBuilder::of(&property.data_type, property.cardinality)
    }

    fn of(data_type: &DataType, cardinality: Cardinality) -> ColumnBuilder {
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

    /// The finished column. With `order`, row i of the column is row `order[i]` of the builder; rows that
    /// `order` leaves out are dropped.
    pub fn finish(self, order: Option<&[u32]>, ctx: &JobContext) -> Result<Column, Stop> {
        let valid = if self.valid.is_empty() { None } else { Some(bits(&self.valid, order, ctx)?) };
        let date = self.data_type == DataType::Date;
        let data = match self.data {
            Growing::Bool(v) => ColumnData::Bool(ordered(v, order, ctx)?),
            Growing::Int(v) => ColumnData::Int(ordered(v, order, ctx)?),
            Growing::Long(v) if date => ColumnData::Date(ordered(v, order, ctx)?),
            Growing::Long(v) => ColumnData::Long(ordered(v, order, ctx)?),
            Growing::Float(v) => ColumnData::Float(ordered(v, order, ctx)?),
            Growing::Double(v) => ColumnData::Double(ordered(v, order, ctx)?),
            Growing::Enum(v) => ColumnData::Enum(ordered(v, order, ctx)?),
            Growing::Text(v) => finish_texts(v, order, ctx)?,
            Growing::Many { ends, items } => finish_many(&ends, *items, order, ctx)?,
        };
        Ok(Column { valid, data })
    }
}

impl Property {
    /// Reads the text of a field as a value of this property: for a list or set all of its items. The same
    /// rules as [`ColumnBuilder::push_text`].
    pub fn parse_field(&self, text: &str, escapes: bool) -> Result<Value, ValueError> {
        if self.cardinality == Cardinality::Single {
            return self.data_type.parse(text);
        }
        let items = split_items(text, escapes).map(|item| self.data_type.parse(&item));
        let mut items: Vec<Value> = items.collect::<Result<_, _>>()?;
        if self.cardinality == Cardinality::Set {
            retain_first(&mut items);
        }
        Ok(Value::Many(items.into()))
    }
}

/// Keeps the first of equal values.
pub fn retain_first(values: &mut Vec<Value>) {
    // Equal values have one hash; those that share one are compared.
    let mut seen: HashMap<u64, Vec<usize>> = HashMap::with_capacity(values.len());
    let mut keep = vec![true; values.len()];
    for (i, value) in values.iter().enumerate() {
        let alike = seen.entry(crate::index::hash_of_value(value)).or_default();
        keep[i] = !alike.iter().any(|other| values[*other] == *value);
        if keep[i] {
            alike.push(i);
        }
    }
    let mut keep = keep.into_iter();
    values.retain(|_| keep.next().unwrap_or(true));
}

/// Splits a field at `;` and appends each part to `items`; on an error `items` is as before.
fn push_items(
    items: &mut ColumnBuilder,
    text: &str,
    escapes: bool,
    distinct: bool,
) -> Result<(), ValueError> {
    let first = items.len;
    let outcome = split_items(text, escapes).try_for_each(|part| items.push_text(&part, false));
    if outcome.is_err() {
        items.truncate(first);
        return outcome;
    }
    if distinct {
        drop_repeats(items, first);
    }
    Ok(())
}

fn drop_repeats(items: &mut ColumnBuilder, first: usize) {
    let mut values: Vec<Value> = (first..items.len).map(|i| items.value(i)).collect();
    retain_first(&mut values);
    if values.len() < items.len - first {
        items.truncate(first);
        for v in &values {
            items.push_value(v);
        }
    }
}

impl ColumnBuilder {
    /// The value of an item row, which always has one.
    fn value(&self, i: usize) -> Value {
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

fn split_items(text: &str, escapes: bool) -> impl Iterator<Item = String> + '_ {
    let mut rest = Some(text.chars());
    std::iter::from_fn(move || {
        let chars = rest.as_mut()?;
        let mut item = String::new();
        loop {
            match chars.next() {
                None => {
                    rest = None;
                    return Some(item);
                }
                Some(';') => return Some(item),
                Some('\\') if escapes => item.extend(chars.next()),
                Some(c) => item.push(c),
            }
        }
    })
}

fn ordered<T: gesso_core::Plain>(
    values: Vec<T>,
    order: Option<&[u32]>,
    ctx: &JobContext,
) -> Result<Slab<T>, Stop> {
    let mut buf = gesso_core::Buf::<T>::zeroed(order.map_or(values.len(), <[u32]>::len));
    match order {
        None => buf.copy_from_slice(&values),
        Some(order) => {
            let cuts = gesso_core::ctx::even_cuts(order.len(), 1 << 15);
            ctx.par_fill(&mut buf, &cuts, |range, out, _| {
                for (o, i) in out.iter_mut().zip(&order[range]) {
                    *o = values[*i as usize];
                }
                Ok::<_, Stop>(())
            })?;
        }
    }
    ctx.checkpoint()?;
    Ok(buf.share())
}

fn bits(flags: &[bool], order: Option<&[u32]>, ctx: &JobContext) -> Result<Slab<u64>, Stop> {
    let len = order.map_or(flags.len(), <[u32]>::len);
    let mut words = vec![0u64; len.div_ceil(64)];
    let mut tick = ctx.tick();
    for i in 0..len {
        tick.spend(1)?;
        if flags[order.map_or(i, |o| o[i] as usize)] {
            words[i / 64] |= 1 << (i % 64);
        }
    }
    Ok(words.into())
}

fn finish_texts(texts: Texts, order: Option<&[u32]>, ctx: &JobContext) -> Result<ColumnData, Stop> {
    if let Some(data) = encode(&texts, order, ctx)? {
        return Ok(data);
    }
    let Some(order) = order else { return Ok(ColumnData::Text(texts.finish())) };
    let mut tick = ctx.tick();
    let mut sorted = Texts::default();
    for i in order {
        tick.spend(4)?;
        sorted.push(texts.get(*i as usize));
    }
    Ok(ColumnData::Text(sorted.finish()))
}

/// Dictionary form of the texts, or none where it would not pay.
fn encode(texts: &Texts, order: Option<&[u32]>, ctx: &JobContext) -> Result<Option<ColumnData>, Stop> {
    let mut known: HashMap<&str, u16> = HashMap::new();
    let mut distinct = Texts::default();
    let len = order.map_or(texts.len(), <[u32]>::len);
    let mut codes = Vec::with_capacity(len);
    let mut tick = ctx.tick();
    for i in 0..len {
        tick.spend(8)?;
        let text = texts.get(order.map_or(i, |o| o[i] as usize));
        let fresh = known.len();
        if let Some(code) = known.get(text) {
            codes.push(*code);
        } else if fresh == DICTIONARY_MAX {
            return Ok(None);
        } else {
            known.insert(text, fresh as u16);
            distinct.push(text);
            codes.push(fresh as u16);
        }
        let rows = i + 1;
        if rows % DICTIONARY_TRIAL_ROWS == 0 && known.len() > rows / 2 {
            return Ok(None);
        }
    }
    if known.len() > len / 2 {
        return Ok(None);
    }
    let codes = if known.len() <= 256 {
        Codes::U8(codes.into_iter().map(|c| c as u8).collect::<Vec<_>>().into())
    } else {
        Codes::U16(codes.into())
    };
    Ok(Some(ColumnData::Dictionary { codes, texts: distinct.finish() }))
}

fn finish_many(
    ends: &[u64],
    items: ColumnBuilder,
    order: Option<&[u32]>,
    ctx: &JobContext,
) -> Result<ColumnData, Stop> {
    let Some(order) = order else {
        return Ok(ColumnData::Many {
            ends: ends.to_vec().into(),
            items: Box::new(items.finish(None, ctx)?),
        });
    };
    let mut tick = ctx.tick();
    let (mut item_order, mut new_ends) = (Vec::with_capacity(items.len), Vec::with_capacity(ends.len()));
    for row in order {
        let row = *row as usize;
        let start = if row == 0 { 0 } else { ends[row - 1] };
        tick.spend(ends[row] - start + 1)?;
        item_order.extend((start..ends[row]).map(|i| i as u32));
        new_ends.push(item_order.len() as u64);
    }
    Ok(ColumnData::Many { ends: new_ends.into(), items: Box::new(items.finish(Some(&item_order), ctx)?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ctx() -> JobContext {
        JobContext::detached(1, 1 << 30)
    }

    fn builder(data_type: DataType, cardinality: Cardinality) -> ColumnBuilder {
        ColumnBuilder::of(&data_type, cardinality)
    }

    #[test]
    fn rows_come_back_in_the_given_order_with_gaps() {
        let mut b = builder(DataType::Int, Cardinality::Single);
        b.push_text("5", false).unwrap();
        b.push_unset();
        assert_eq!(b.push_text("x", false), Err(ValueError::NotOfType));
        b.push_text("7", false).unwrap();
        let c = b.finish(Some(&[2, 1, 0]), &ctx()).unwrap();
        assert_eq!((c.get(0), c.get(1), c.get(2)), (Some(Value::Int(7)), None, Some(Value::Int(5))));
    }

    #[test]
    fn df10_26_sets_drop_repeats_and_lists_keep_them() {
        let mut set = builder(DataType::String, Cardinality::Set);
        let mut list = builder(DataType::String, Cardinality::List);
        set.push_text("a;a;b", false).unwrap();
        list.push_text("a;a;b", false).unwrap();
        let count = |b: ColumnBuilder| match b.finish(None, &ctx()).unwrap().get(0) {
            Some(Value::Many(v)) => v.len(),
            _ => 0,
        };
        assert_eq!((count(set), count(list)), (2, 3));
    }

    #[test]
    fn df10_26_the_first_of_equal_values_stays_in_a_large_set() {
        let value =
            |i: i32| if i % 2 == 0 { Value::Int(i % 1000) } else { Value::Text(i.to_string().into()) };
        let mut values: Vec<Value> = (0..100_000).map(value).collect();
        values.push(Value::Double(4.0));
        retain_first(&mut values);
        assert_eq!(values.len(), 500 + 50_000);
        assert_eq!((&values[0], &values[1], &values[2]), (&value(0), &value(1), &value(2)));
    }

    #[test]
    fn df10_53_an_escaped_semicolon_stays_inside_its_item() {
        let parts: Vec<String> = split_items(r"a\;b;c\\", true).collect();
        assert_eq!(parts, ["a;b", r"c\"]);
    }

    #[test]
    fn a_failing_item_leaves_the_list_column_as_before() {
        let mut b = builder(DataType::Int, Cardinality::List);
        b.push_text("1;2", false).unwrap();
        assert!(b.push_text("3;;4", false).is_err());
        b.push_text("5", false).unwrap();
        let c = b.finish(None, &ctx()).unwrap();
        assert_eq!(c.get(1), Some(Value::Many(Box::new([Value::Int(5)]))));
    }

    #[test]
    fn repeated_texts_become_codes_and_distinct_ones_do_not() {
        let mut few = builder(DataType::String, Cardinality::Single);
        let mut many = few.clone();
        for i in 0..1000 {
            few.push_text(["red", "green"][i % 2], false).unwrap();
            many.push_text(&i.to_string(), false).unwrap();
        }
        let (few, many) = (few.finish(None, &ctx()).unwrap(), many.finish(None, &ctx()).unwrap());
        assert!(matches!(few.data, ColumnData::Dictionary { codes: Codes::U8(_), .. }));
        assert!(matches!(many.data, ColumnData::Text(_)));
        assert_eq!((few.text(3), many.text(999)), (Some("green"), Some("999")));
    }
}
