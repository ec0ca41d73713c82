//! Parquet files, one row group at a time: the compressed columns of a group are read whole, which is what the
//! format is cut into, and decoded a batch of rows after another.
//!
//! The `parquet` crate decodes; what it reads comes from files that anyone may have written. Its panics are
//! caught here and become errors of the file, every length that a file states is held against its size, and
//! what pages state is paid for before they are decoded: see `pages`.

use super::cell::Cell;
use super::json_lines::{JsonRecord, PROPERTIES};
use super::named::Named;
use super::pages::{Held, PaidPages, refused_memory};
use super::parquet_batch::{Decoded, Kind};
use super::rows::{Record, RecordFault, RecordRows};
use crate::csv::{Layout, ReadError, Resolve, Rows};
use bytes::{Buf, Bytes};
use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Reservation, Stop};
use gesso_store::objects::{InputFile, stop_of};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescPtr;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 16_384;
/// Rows that one thread puts into columns before it looks for more work.
const PART_ROWS: usize = 2048;
/// What is read from the end of a file at first: most metadata is smaller.
const TAIL_BYTES: u64 = 64 << 10;
/// Largest metadata that is read: for each byte the decoder may ask for hundreds, of which it uses few. Bytes.
const METADATA_BYTES_MAX: u64 = 16 << 20;

/// Rows of a file as they became of it.
pub(crate) struct Records<C> {
    pub chunk: C,
    pub good: u64,
    pub rejects: Vec<RejectedRecord>,
    /// Gives the memory back.
    pub held: Reservation,
}

/// A row that is rejected.
pub(crate) struct RejectedRecord {
    /// From 1.
    pub row: u64,
    pub fault: RecordFault,
    /// The row as a line of JSON, which can be corrected and imported.
    pub line: Vec<u8>,
}

/// A file that is open.
pub(crate) struct ParquetInput<'a> {
    ctx: &'a JobContext,
    file: &'a InputFile,
    metadata: ParquetMetaData,
    kinds: Vec<Kind>,
    names: HashMap<String, usize>,
    next_group: usize,
    group: Option<Group>,
    /// Rows that have been handed over.
    done: u64,
}

/// What visits the rows of a file: see [`ParquetInput::each`].
type VisitRow<'a> = dyn FnMut(u64, Named<'_>, &dyn Fn() -> Vec<u8>) -> Result<(), ReadError> + 'a;

/// Rows that have been decoded.
struct DecodedRows {
    columns: Vec<Decoded>,
    rows: usize,
    /// The number of the first one in the file, from 1.
    first: u64,
    _held: Reservation,
}

/// A row group under way.
struct Group {
    columns: Vec<Column>,
    left: u64,
    _held: Reservation,
}

/// A column of the group under way.
struct Column {
    reader: Mutex<ColumnReader>,
    held: Arc<Mutex<Held>>,
}

impl<'a> ParquetInput<'a> {
    /// Reads the metadata of a file.
    pub fn open(ctx: &'a JobContext, file: &'a InputFile) -> Result<ParquetInput<'a>, ReadError> {
        let metadata = metadata(ctx, file)?;
        let kinds =
            Kind::of_columns(metadata.file_metadata().schema_descr()).map_err(|e| damaged(file, &e))?;
        let names = kinds.iter().enumerate().map(|(i, kind)| (kind.name.clone(), i)).collect();
        Ok(ParquetInput { ctx, file, metadata, kinds, names, next_group: 0, group: None, done: 0 })
    }

    /// The next rows in parts, in order; none at the end of the file.
    pub fn next<R: Rows>(
        &mut self,
        layout: &Layout<'_>,
        resolve: &Resolve<'_>,
    ) -> Result<Option<Vec<Records<R::Chunk>>>, ReadError> {
        let ctx = self.ctx;
        let Some(decoded) = self.decode()? else { return Ok(None) };
        let batch = Batch { names: &self.names, kinds: &self.kinds, columns: &decoded.columns };
        let parts = ctx.par_ranges(&even_cuts(decoded.rows, PART_ROWS), |range, tick| {
            let mut out = RecordRows::<R>::new(layout, resolve);
            let mut rejects = Vec::new();
            let mut held = ctx.reserve(0)?;
            for row in range.clone() {
                tick.spend(64 * batch.columns.len() as u64)?;
                let record = batch.row(row);
                if let Err(fault) = out.add(&record) {
                    let line = record.json_line();
                    ctx.grow(&mut held, (line.len() + fault.message.len() + 64) as u64)?;
                    rejects.push(RejectedRecord { row: decoded.first + row as u64, fault, line });
                }
            }
            ctx.grow(&mut held, out.rows.heap_bytes() as u64)?;
            let good = (range.len() - rejects.len()) as u64;
            Ok::<_, Stop>(Records { chunk: out.rows.into_chunk(), good, rejects, held })
        })?;
        Ok(Some(parts))
    }

    /// Visits all rows in order: the number of each, its fields, and what makes a line of JSON of it.
    pub fn each(&mut self, visit: &mut VisitRow<'_>) -> Result<(), ReadError> {
        let mut tick = self.ctx.tick();
        while let Some(decoded) = self.decode()? {
            let batch = Batch { names: &self.names, kinds: &self.kinds, columns: &decoded.columns };
            for row in 0..decoded.rows {
                tick.spend(64 * batch.columns.len() as u64)?;
                let record = batch.row(row);
                visit(decoded.first + row as u64, Named::of(&record), &|| record.json_line())?;
            }
        }
        Ok(())
    }

    /// Decodes the next rows; none at the end of the file.
    fn decode(&mut self) -> Result<Option<DecodedRows>, ReadError> {
        let Some(mut group) = self.open_group()? else { return Ok(None) };
        let rows = usize::try_from(group.left).unwrap_or(usize::MAX).min(BATCH_ROWS);
        let ctx = self.ctx;
        let columns = ctx.par_map(self.kinds.len(), |i, _| {
            let (Some(column), Some(kind)) = (group.columns.get(i), self.kinds.get(i)) else {
                return Err(damaged(self.file, &"a column is missing"));
            };
            let mut reader = column.reader.lock().unwrap_or_else(PoisonError::into_inner);
            guarded(ctx, self.file, || Decoded::read(&mut reader, kind.levels, rows))
        })?;
        let held = ctx.reserve(columns.iter().map(Decoded::heap_bytes).sum::<usize>() as u64)?;
        group.columns.iter().for_each(|column| Held::settle(&column.held));
        group.left -= rows as u64;
        let first = self.done + 1;
        self.done += rows as u64;
        if group.left > 0 {
            self.group = Some(group);
        }
        Ok(Some(DecodedRows { columns, rows, first, _held: held }))
    }

    /// The group under way, or the next one that has rows.
    fn open_group(&mut self) -> Result<Option<Group>, ReadError> {
        if let Some(group) = self.group.take() {
            return Ok(Some(group));
        }
        while self.next_group < self.metadata.num_row_groups() {
            let group = self.metadata.row_group(self.next_group);
            self.next_group += 1;
            let rows = u64::try_from(group.num_rows()).map_err(|e| damaged(self.file, &e))?;
            if rows > 0 {
                return self.begin_group(group.columns(), rows).map(Some);
            }
        }
        Ok(None)
    }

    /// Reads the bytes of a group's columns.
    fn begin_group(&self, columns: &[ColumnChunkMetaData], rows: u64) -> Result<Group, ReadError> {
        let (ctx, file) = (self.ctx, self.file);
        let mut ranges = Vec::with_capacity(columns.len());
        for column in columns {
            ranges.push(range_of(column, file)?);
        }
        let bytes: u64 = ranges.iter().map(|r| r.end - r.start).sum();
        let held = ctx.reserve(bytes)?;
        let columns = ctx.par_map(columns.len(), |i, _| {
            let (Some(range), Some(column)) = (ranges.get(i), columns.get(i)) else {
                return Err(damaged(file, &"a column is missing"));
            };
            let bytes = file.read_range(ctx, range.clone()).map_err(ReadError::at(file))?;
            ctx.advance(bytes.len() as u64);
            let part = Part { start: range.start, bytes: bytes.clone(), file_bytes: file.size_bytes() };
            guarded(ctx, file, || {
                let inner = SerializedPageReader::new(Arc::new(part), column, rows as usize, None)?;
                let described: ColumnDescPtr = column.column_descr_ptr();
                let held = Arc::new(Mutex::new(Held::default()));
                let pages = PaidPages {
                    inner,
                    bytes,
                    at: 0,
                    packing: column.compression(),
                    is_list: described.max_rep_level() > 0,
                    has_missing: described.max_def_level() > 0,
                    account: ctx.account().clone(),
                    held: held.clone(),
                };
                Ok(Column { reader: Mutex::new(get_column_reader(described, Box::new(pages))), held })
            })
        })?;
        Ok(Group { columns, left: rows, _held: held })
    }
}

/// Where a column of a group lies.
fn range_of(column: &ColumnChunkMetaData, file: &InputFile) -> Result<std::ops::Range<u64>, ReadError> {
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let part = u64::try_from(start).ok().zip(u64::try_from(column.compressed_size()).ok());
    let range = part.and_then(|(start, len)| Some(start..start.checked_add(len)?));
    range
        .filter(|range| range.end <= file.size_bytes())
        .ok_or_else(|| damaged(file, &"a column lies beyond the end of the file"))
}

fn metadata(ctx: &JobContext, file: &InputFile) -> Result<ParquetMetaData, ReadError> {
    let size = file.size_bytes();
    let read = |from: u64| file.read_range(ctx, from..size).map_err(ReadError::at(file));
    let mut start = size - size.min(TAIL_BYTES);
    let mut bytes = read(start)?;
    let tail = bytes.last_chunk::<8>().filter(|tail| tail.ends_with(b"PAR1"));
    let Some([a, b, c, d, ..]) = tail else {
        return Err(damaged(file, &"the file does not end as Parquet files do"));
    };
    let needed = u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + 8;
    if needed > size || needed > METADATA_BYTES_MAX {
        return Err(damaged(file, &"its metadata is larger than the file, or than 16 MiB"));
    }
    // Metadata is smaller as bytes than as what is made of it.
    let _held = ctx.reserve(needed * 4)?;
    if needed > bytes.len() as u64 {
        start = size - needed;
        bytes = read(start)?;
    }
    let part = Part { start, bytes, file_bytes: size };
    guarded(ctx, file, || ParquetMetaDataReader::new().parse_and_finish(&part))
}

/// Calls the decoder; what goes wrong in it is the file's fault, but for memory that it was refused.
fn guarded<T>(
    ctx: &JobContext,
    file: &InputFile,
    decode: impl FnOnce() -> ParquetResult<T>,
) -> Result<T, ReadError> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            if let Some(refused) = refused_memory(&error) {
                // Once more, by the way that stops the job and says how much was asked for.
                ctx.reserve(refused.needed)?;
            }
            Err(damaged(file, &error))
        }
        Err(_) => Err(damaged(file, &"the decoder gave up")),
    }
}

fn damaged(file: &InputFile, reason: &dyn std::fmt::Display) -> ReadError {
    let source = io::Error::new(io::ErrorKind::InvalidData, format!("not readable as Parquet: {reason}"));
    debug_assert!(stop_of(&source).is_none(), "a stop is no damage");
    ReadError::at(file)(source)
}

/// The part of a file that is in memory.
struct Part {
    start: u64,
    bytes: Bytes,
    file_bytes: u64,
}

impl Part {
    fn from(&self, start: u64) -> ParquetResult<Bytes> {
        let at = start.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        let at = at.filter(|at| *at <= self.bytes.len());
        at.map(|at| self.bytes.slice(at..)).ok_or_else(|| beyond(start))
    }
}

fn beyond(start: u64) -> ParquetError {
    ParquetError::EOF(format!("byte {start} is outside of what it belongs to"))
}

impl Length for Part {
    fn len(&self) -> u64 {
        self.file_bytes
    }
}

impl ChunkReader for Part {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(self.from(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let bytes = self.from(start)?;
        if length > bytes.len() { Err(beyond(start + length as u64)) } else { Ok(bytes.slice(..length)) }
    }
}

/// Rows in memory, column by column.
struct Batch<'a> {
    names: &'a HashMap<String, usize>,
    kinds: &'a [Kind],
    columns: &'a [Decoded],
}

impl<'a> Batch<'a> {
    fn row(&'a self, row: usize) -> BatchRow<'a> {
        let own = BatchRow { batch: self, row, properties: None };
        // Results of queries have properties as the text of an object.
        let properties = match own.get(PROPERTIES) {
            Cell::Text(text) if text.starts_with('{') => serde_json::from_str(&text).ok(),
            _ => None,
        };
        BatchRow { properties, ..own }
    }

    fn cell(&self, column: usize, row: usize) -> Cell<'_> {
        let column = self.kinds.get(column).zip(self.columns.get(column));
        column.map_or(Cell::Missing, |(kind, decoded)| decoded.cell(kind, row))
    }
}

struct BatchRow<'a> {
    batch: &'a Batch<'a>,
    row: usize,
    properties: Option<Map<String, Value>>,
}

impl Record for BatchRow<'_> {
    fn get(&self, name: &str) -> Cell<'_> {
        match (self.batch.names.get(name), &self.properties) {
            (Some(column), _) => self.batch.cell(*column, self.row),
            (None, Some(properties)) => properties.get(name).map_or(Cell::Missing, super::json_lines::cell),
            (None, None) => Cell::Missing,
        }
    }

    fn unknown(&self, is_known: &dyn Fn(&str) -> bool) -> Option<String> {
        let mut columns = self.batch.kinds.iter().enumerate();
        let own = columns.find(|(i, kind)| {
            let is_object = self.properties.is_some() && kind.name == PROPERTIES;
            !is_object && !is_known(&kind.name) && !self.batch.cell(*i, self.row).is_missing()
        });
        let nested = || JsonRecord::of(self.properties.as_ref()?).unknown(is_known);
        own.map(|(_, kind)| kind.name.clone()).or_else(nested)
    }
}

impl BatchRow<'_> {
    /// The row as a line of JSON.
    fn json_line(&self) -> Vec<u8> {
        let members = self.batch.kinds.iter().enumerate().filter_map(|(i, kind)| {
            let value = json(&self.batch.cell(i, self.row));
            (!value.is_null()).then(|| (kind.name.clone(), value))
        });
        let mut line = Value::Object(members.collect()).to_string().into_bytes();
        line.push(b'\n');
        line
    }
}

fn json(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Bool(v) => (*v).into(),
        Cell::Long(v) => (*v).into(),
        Cell::Real(v) if v.is_finite() => (*v).into(),
        Cell::Float(v) if v.is_finite() => (*v).into(),
        Cell::List(cells) => cells.iter().map(json).collect(),
        other => other.shown().into(),
    }
}
