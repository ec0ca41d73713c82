//! Which columns of a Parquet file can be read, and a batch of rows of one of them.

use super::cell::Cell;
use gesso_core::date::Date;
use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, Int96};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor, Type};

/// A column of a file: a value a row, or a list of values.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    /// The field of the file's schema that it is.
    pub name: String,
    pub levels: Levels,
    meaning: Meaning,
}

/// How a column says that a value is missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    /// The level of a value that is there.
    defined: i16,
    /// For lists, the level from which on there is an element, missing or not.
    element: Option<i16>,
}

/// What the stored numbers and bytes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Plain,
    /// Bits of numbers without sign.
    Unsigned,
    /// Days since 1970.
    Days,
    /// Parts of a second since 1970, so many a second.
    Moments(i64),
}

impl Kind {
    /// The columns of a schema, one a field.
    pub fn of_columns(schema: &SchemaDescriptor) -> Result<Vec<Kind>> {
        let fields = schema.root_schema().get_fields();
        if fields.len() != schema.num_columns() {
            let nested = fields.iter().find(|f| !f.is_primitive() && leaves(f) != 1);
            let name = nested.map_or("", |f| f.name());
            return Err(ParquetError::NYI(format!("column [{name}] is nested, expected a value or a list")));
        }
        fields.iter().zip(schema.columns()).map(|(field, column)| Kind::of(field, column)).collect()
    }

    fn of(field: &Type, column: &ColumnDescriptor) -> Result<Kind> {
        let name = field.name().to_owned();
        let levels = Levels { defined: column.max_def_level(), element: element_level(field) };
        let refused = |what: String| ParquetError::NYI(format!("column [{name}] {what}"));
        if !field.is_primitive() && levels.element.is_none() {
            return Err(refused("is nested, expected a value or a list".to_owned()));
        }
        if column.max_rep_level() > 1 || (column.max_rep_level() == 1) != levels.element.is_some() {
            return Err(refused("is a list of lists, expected a value or a list".to_owned()));
        }
        let meaning = meaning(column).ok_or_else(|| {
            let (physical, logical) = (column.physical_type(), column.logical_type_ref());
            refused(format!("has type {physical} {logical:?}, expected text, a number, a boolean or a date"))
        })?;
        Ok(Kind { name, levels, meaning })
    }
}

/// Leaves below a field.
fn leaves(field: &Type) -> usize {
    if field.is_primitive() { 1 } else { field.get_fields().iter().map(|f| leaves(f)).sum() }
}

/// For a list, the definition level of its repeated node.
fn element_level(field: &Type) -> Option<i16> {
    let (mut level, mut at) = (0, field);
    loop {
        let info = at.get_basic_info();
        let repetition = if info.has_repetition() { info.repetition() } else { Repetition::REQUIRED };
        level += i16::from(repetition != Repetition::REQUIRED);
        if repetition == Repetition::REPEATED {
            return Some(level);
        }
        if at.is_primitive() {
            return None;
        }
        at = at.get_fields().first()?;
    }
}

/// What a column's values mean; none for what has no form in a graph.
fn meaning(column: &ColumnDescriptor) -> Option<Meaning> {
    let physical = column.physical_type();
    let moments = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    };
    let is_text = physical == Physical::BYTE_ARRAY;
    let is_whole = matches!(physical, Physical::INT32 | Physical::INT64);
    match (column.logical_type_ref(), column.converted_type()) {
        (Some(LogicalType::String | LogicalType::Enum | LogicalType::Json), _) => {
            is_text.then_some(Meaning::Plain)
        }
        (Some(LogicalType::Integer(int)), _) => {
            is_whole.then_some(if int.is_signed { Meaning::Plain } else { Meaning::Unsigned })
        }
        (Some(LogicalType::Date), _) => (physical == Physical::INT32).then_some(Meaning::Days),
        (Some(LogicalType::Timestamp(time)), _) => {
            (physical == Physical::INT64).then(|| Meaning::Moments(moments(&time.unit)))
        }
        // A column of nulls only.
        (Some(LogicalType::Unknown), _) => Some(Meaning::Plain),
        (Some(_), _)
        | (
            None,
            ConvertedType::DECIMAL
            | ConvertedType::INTERVAL
            | ConvertedType::TIME_MILLIS
            | ConvertedType::TIME_MICROS
            | ConvertedType::BSON
            | ConvertedType::MAP
            | ConvertedType::MAP_KEY_VALUE,
        ) => None,
        (
            None,
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64,
        ) => Some(Meaning::Unsigned),
        (None, ConvertedType::DATE) => Some(Meaning::Days),
        (None, ConvertedType::TIMESTAMP_MILLIS) => Some(Meaning::Moments(1_000)),
        (None, ConvertedType::TIMESTAMP_MICROS) => Some(Meaning::Moments(1_000_000)),
        (None, _) => (physical != Physical::FIXED_LEN_BYTE_ARRAY).then_some(Meaning::Plain),
    }
}

/// A batch of rows of one column.
pub(super) struct Decoded {
    values: Values,
    /// Where each row's values begin; one more entry says where the last row's end.
    starts: Vec<u32>,
    states: Vec<State>,
}

/// What a row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing, or an empty list.
    Unset,
    Value,
    List,
    /// A list with an element that is missing.
    HasNull,
}

enum Values {
    Bool(Vec<bool>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    I96(Vec<Int96>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bytes(Vec<ByteArray>),
}

impl Decoded {
    /// Reads the next rows of a column; an error if there are fewer.
    pub fn read(column: &mut ColumnReader, levels: Levels, rows: usize) -> Result<Decoded> {
        let mut marks = Marks::default();
        let values = match column {
            ColumnReader::BoolColumnReader(c) => Values::Bool(marks.read(c, rows)?),
            ColumnReader::Int32ColumnReader(c) => Values::I32(marks.read(c, rows)?),
            ColumnReader::Int64ColumnReader(c) => Values::I64(marks.read(c, rows)?),
            ColumnReader::Int96ColumnReader(c) => Values::I96(marks.read(c, rows)?),
            ColumnReader::FloatColumnReader(c) => Values::F32(marks.read(c, rows)?),
            ColumnReader::DoubleColumnReader(c) => Values::F64(marks.read(c, rows)?),
            ColumnReader::ByteArrayColumnReader(c) => Values::Bytes(marks.read(c, rows)?),
            ColumnReader::FixedLenByteArrayColumnReader(_) => {
                return Err(ParquetError::NYI("bytes of a fixed length".to_owned()));
            }
        };
        let (starts, states) = marks.rows(levels, rows, values.len())?;
        Ok(Decoded { values, starts, states })
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.starts.capacity() * 4 + self.states.capacity() + self.values.heap_bytes()
    }

    /// A row's cell.
    pub fn cell(&self, kind: &Kind, row: usize) -> Cell<'_> {
        let bounds = self.starts.get(row).zip(self.starts.get(row + 1));
        let (Some((start, end)), Some(state)) = (bounds, self.states.get(row)) else { return Cell::Missing };
        let (start, end) = (*start as usize, *end as usize);
        match state {
            State::Unset => Cell::Missing,
            State::Value => self.values.cell(kind.meaning, start),
            State::List => Cell::List((start..end).map(|i| self.values.cell(kind.meaning, i)).collect()),
            State::HasNull => Cell::Other("a list with a missing element"),
        }
    }
}

/// The levels of a batch as they come from the decoder.
#[derive(Default)]
struct Marks {
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    records: usize,
}

impl Marks {
    fn read<T: DataType>(&mut self, column: &mut ColumnReaderImpl<T>, rows: usize) -> Result<Vec<T::T>> {
        let mut values = Vec::new();
        while self.records < rows {
            let (definitions, repetitions) = (&mut self.definitions, &mut self.repetitions);
            let more = rows - self.records;
            let (records, _, _) =
                column.read_records(more, Some(definitions), Some(repetitions), &mut values)?;
            if records == 0 {
                let text = format!("a column has {} rows fewer than its row group", rows - self.records);
                return Err(ParquetError::General(text));
            }
            self.records += records;
        }
        Ok(values)
    }

    /// Where rows begin, and what they have.
    fn rows(&self, levels: Levels, rows: usize, values: usize) -> Result<(Vec<u32>, Vec<State>)> {
        let (mut starts, mut states) = (Vec::with_capacity(rows + 1), Vec::with_capacity(rows));
        let mut at = 0u32;
        if levels.defined == 0 {
            // Every row has a value, so there are no levels.
            starts.extend(0..=rows as u32);
            states.resize(rows, State::Value);
            at = rows as u32;
        } else {
            for (i, definition) in self.definitions.iter().enumerate() {
                let is_value = *definition == levels.defined;
                let Some(element) = levels.element else {
                    starts.push(at);
                    states.push(if is_value { State::Value } else { State::Unset });
                    at += u32::from(is_value);
                    continue;
                };
                if self.repetitions.get(i) == Some(&0) {
                    starts.push(at);
                    states.push(if *definition < element { State::Unset } else { State::List });
                }
                at += u32::from(is_value);
                if let Some(state) = states.last_mut().filter(|_| *definition >= element && !is_value) {
                    *state = State::HasNull;
                }
            }
            starts.push(at);
        }
        if states.len() == rows && at as usize == values {
            return Ok((starts, states));
        }
        Err(ParquetError::General("levels and values of a column do not agree".to_owned()))
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Values::Bool(v) => v.len(),
            Values::I32(v) => v.len(),
            Values::I64(v) => v.len(),
            Values::I96(v) => v.len(),
            Values::F32(v) => v.len(),
            Values::F64(v) => v.len(),
            Values::Bytes(v) => v.len(),
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Values::Bool(v) => v.capacity(),
            Values::I32(v) => v.capacity() * 4,
            Values::I64(v) => v.capacity() * 8,
            Values::I96(v) => v.capacity() * size_of::<Int96>(),
            Values::F32(v) => v.capacity() * 4,
            Values::F64(v) => v.capacity() * 8,
            // The texts are parts of pages that all of them share.
            Values::Bytes(v) => v.iter().map(|b| size_of::<ByteArray>() + b.len()).sum(),
        }
    }

    fn cell(&self, meaning: Meaning, at: usize) -> Cell<'_> {
        let cell = match self {
            Values::Bool(v) => v.get(at).map(|v| Cell::Bool(*v)),
            Values::I32(v) => v.get(at).map(|v| match meaning {
                Meaning::Unsigned => Cell::Long(i64::from(v.cast_unsigned())),
                other => whole(other, i64::from(*v)),
            }),
            Values::I64(v) => v.get(at).map(|v| whole(meaning, *v)),
            Values::I96(v) => v.get(at).map(|v| moment(v.to_seconds())),
            Values::F32(v) => v.get(at).map(|v| Cell::Float(*v)),
            Values::F64(v) => v.get(at).map(|v| Cell::Real(*v)),
            Values::Bytes(v) => v.get(at).map(|v| match std::str::from_utf8(v.data()) {
                Ok(text) => Cell::Text(text.into()),
                Err(_) => Cell::BadText,
            }),
        };
        cell.unwrap_or(Cell::Missing)
    }
}

fn whole(meaning: Meaning, v: i64) -> Cell<'static> {
    match meaning {
        Meaning::Plain => Cell::Long(v),
        Meaning::Unsigned => match i64::try_from(v.cast_unsigned()) {
            Ok(v) => Cell::Long(v),
            Err(_) => Cell::Text(v.cast_unsigned().to_string().into()),
        },
        Meaning::Days => v
            .checked_mul(86_400)
            .and_then(|seconds| Date::at(seconds, false))
            .map_or(Cell::Other("a date out of range"), |date| Cell::Text(date.to_string().into())),
        Meaning::Moments(per_second) => moment(v.div_euclid(per_second)),
    }
}

fn moment(seconds: i64) -> Cell<'static> {
    Date::at(seconds, true)
        .map_or(Cell::Other("a date out of range"), |date| Cell::Text(date.to_string().into()))
}
