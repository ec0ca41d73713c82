//! Rows as Parquet, one row group at a time.
//!
//! Texts are UTF-8 strings, JSON values are their text, lists have the three levels that the format
//! asks for. Every cell may be missing.

use super::table::{Cell, Column, ColumnKind, Table};
use super::write::ResultFileError;
use gesso_core::JobContext;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

/// Rows whose cells are collected before they are handed to a column.
const BATCH: usize = 4096;

/// A file under way; its bytes are taken out as they come.
pub(super) struct ParquetFile {
    writer: SerializedFileWriter<Vec<u8>>,
}

/// The cells of one column of a batch, flat, with their levels.
#[derive(Default)]
struct Flat<T> {
    values: Vec<T>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

impl ParquetFile {
    pub fn begin(table: &Table<'_>) -> Result<ParquetFile, ResultFileError> {
        let fields = table.columns().iter().map(field).collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
        let metadata = table.scalars().into_iter().map(|(name, value)| KeyValue::new(name, value)).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("gesso ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_key_value_metadata(Some(metadata))
            .build();
        let writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
        Ok(ParquetFile { writer })
    }

    /// Adds a row group and takes its bytes.
    pub fn rows(
        &mut self,
        ctx: &JobContext,
        table: &Table<'_>,
        rows: Range<usize>,
    ) -> Result<Vec<u8>, ResultFileError> {
        let mut group = self.writer.next_row_group()?;
        let mut at = 0;
        while let Some(mut writer) = group.next_column()? {
            for start in rows.clone().step_by(BATCH) {
                ctx.checkpoint()?;
                let batch = start..(start + BATCH).min(rows.end);
                write_batch(&mut writer, table, at, batch)?;
            }
            writer.close()?;
            at += 1;
        }
        group.close()?;
        self.take()
    }

    /// Ends the file and takes what is left of it.
    pub fn finish(mut self) -> Result<Vec<u8>, ResultFileError> {
        self.writer.finish()?;
        self.take()
    }

    fn take(&mut self) -> Result<Vec<u8>, ResultFileError> {
        self.writer.flush().map_err(ParquetError::from)?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let list = |physical, logical: Option<LogicalType>| {
        let element = Type::primitive_type_builder("element", physical)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(logical)
            .build()?;
        let repeated = Type::group_type_builder("list")
            .with_repetition(Repetition::REPEATED)
            .with_fields(vec![Arc::new(element)])
            .build()?;
        Type::group_type_builder(&column.name)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::List))
            .with_fields(vec![Arc::new(repeated)])
            .build()
    };
    let single = |physical, logical: Option<LogicalType>| {
        Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
    };
    let built = match column.kind {
        ColumnKind::Text | ColumnKind::Json => single(Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnKind::Real => single(Physical::DOUBLE, None),
        ColumnKind::Int => single(Physical::INT64, None),
        ColumnKind::Texts => list(Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnKind::Reals => list(Physical::DOUBLE, None),
    };
    Ok(Arc::new(built?))
}

fn write_batch(
    writer: &mut SerializedColumnWriter<'_>,
    table: &Table<'_>,
    at: usize,
    rows: Range<usize>,
) -> Result<(), ResultFileError> {
    match table.columns().get(at).map(|column| column.kind) {
        Some(ColumnKind::Real) => {
            let flat = single(table, at, rows, |cell| match cell {
                Cell::Real(value) => Some(*value),
                _ => None,
            });
            writer.typed::<DoubleType>().write_batch(&flat.values, Some(&flat.definitions), None)?;
        }
        Some(ColumnKind::Int) => {
            let flat = single(table, at, rows, |cell| match cell {
                // The format's integers are signed; unsigned ones are stored as the same bits.
                Cell::Int(value) => Some(value.cast_signed()),
                _ => None,
            });
            writer.typed::<Int64Type>().write_batch(&flat.values, Some(&flat.definitions), None)?;
        }
        Some(ColumnKind::Text | ColumnKind::Json) => {
            let flat = single(table, at, rows, text);
            writer.typed::<ByteArrayType>().write_batch(&flat.values, Some(&flat.definitions), None)?;
        }
        Some(ColumnKind::Texts) => {
            let flat = lists(table, at, rows, |cell| match cell {
                Cell::Texts(texts) => Some(texts.iter().map(|text| ByteArray::from(&**text)).collect()),
                _ => None,
            });
            let (definitions, repetitions) = (Some(&flat.definitions[..]), Some(&flat.repetitions[..]));
            writer.typed::<ByteArrayType>().write_batch(&flat.values, definitions, repetitions)?;
        }
        Some(ColumnKind::Reals) => {
            let flat = lists(table, at, rows, |cell| match cell {
                Cell::Reals(values) => Some(values.to_vec()),
                _ => None,
            });
            let (definitions, repetitions) = (Some(&flat.definitions[..]), Some(&flat.repetitions[..]));
            writer.typed::<DoubleType>().write_batch(&flat.values, definitions, repetitions)?;
        }
        None => {}
    }
    Ok(())
}

fn text(cell: &Cell<'_>) -> Option<ByteArray> {
    match cell {
        Cell::Text(text) => Some(ByteArray::from(&**text)),
        Cell::Json(Value::Null) => None,
        Cell::Json(Value::String(text)) => Some(ByteArray::from(text.as_str())),
        Cell::Json(value) => Some(ByteArray::from(value.to_string().as_str())),
        _ => None,
    }
}

/// Cells with at most one value each.
fn single<T>(
    table: &Table<'_>,
    at: usize,
    rows: Range<usize>,
    value: impl Fn(&Cell<'_>) -> Option<T>,
) -> Flat<T> {
    let mut flat = Flat { values: Vec::new(), definitions: Vec::new(), repetitions: Vec::new() };
    let mut cells = Vec::new();
    for row in rows {
        table.row(row, &mut cells);
        let value = cells.get(at).and_then(&value);
        flat.definitions.push(i16::from(value.is_some()));
        flat.values.extend(value);
    }
    flat
}

/// Cells with a list each.
fn lists<T>(
    table: &Table<'_>,
    at: usize,
    rows: Range<usize>,
    value: impl Fn(&Cell<'_>) -> Option<Vec<T>>,
) -> Flat<T> {
    let mut flat = Flat { values: Vec::new(), definitions: Vec::new(), repetitions: Vec::new() };
    let mut cells = Vec::new();
    for row in rows {
        table.row(row, &mut cells);
        match cells.get(at).and_then(&value) {
            Some(values) if !values.is_empty() => {
                flat.definitions.extend(values.iter().map(|_| 2));
                flat.repetitions.extend((0..values.len()).map(|i| i16::from(i > 0)));
                flat.values.extend(values);
            }
            // An empty list has a place, but no element; a missing one not even that.
            empty => {
                flat.definitions.push(i16::from(empty.is_some()));
                flat.repetitions.push(0);
            }
        }
    }
    flat
}
