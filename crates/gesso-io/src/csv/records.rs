//! Records as fields, for files whose columns are not those of a label: what changes or deletes elements that
//! exist (spec 10, section 8).
//!
//! One thread reads and looks up; the records of such files are changes, of which each costs far more than its
//! text.

use super::blocks::{Block, BlockReader, LongEnd, Sizes};
use super::explain::explain_long;
use super::lex::{Field, QuoteFault};
use super::options::CsvOptions;
use super::read::{ReadError, layout};
use super::report::{Dataset, ErrorCode, FIRST_ERRORS_MAX, FileReport, LineError};
use super::rows::{Layout, code_of};
use crate::import_log::ImportLog;
use crate::record_file::{self, Named, ParquetInput};
use gesso_core::{JobContext, Stop, Value};
use gesso_graph::Schema;
use gesso_graph::schema::Property;
use gesso_store::objects::{Format, InTurn, InputFile};
use std::borrow::Cow;

/// One record of a file of changes.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// The fields of a line, known by their places. Unset fields are none.
    Line(&'a [Option<String>]),
    /// Fields that have names.
    Named(Named<'a>),
}

/// What becomes of a record.
#[derive(Debug)]
pub enum Taken {
    /// It applies.
    Applied,
    /// It does not, for this reason: (column from 1 or 0 for the line, code, message).
    Rejected(u32, ErrorCode, String),
}

impl Record<'_> {
    /// The text of an id or a label: of the field at a place, counted from 0, or of a name. None if it is
    /// missing.
    pub fn text(&self, at: usize, name: &str) -> Result<Option<Cow<'_, str>>, Taken> {
        match self {
            Record::Line(fields) => Ok(field(fields, at).map(Cow::Borrowed)),
            Record::Named(fields) => {
                fields.text(name).map(|text| text.map(Cow::Owned)).map_err(|e| rejected(at, e))
            }
        }
    }

    /// The value of a property: of the field at a place, or of a name. None if it is unset.
    pub fn value(
        &self,
        at: usize,
        name: &str,
        property: &Property,
        list_escape: bool,
    ) -> Result<Option<Value>, Taken> {
        match self {
            Record::Line(fields) => {
                let Some(text) = field(fields, at) else { return Ok(None) };
                let value = property.parse_field(text, list_escape);
                let wrong = |e| rejected(at, (code_of(e), property.value_error(text, e)));
                value.map(Some).map_err(wrong)
            }
            Record::Named(fields) => fields.value(name, property).map_err(|e| rejected(at, e)),
        }
    }
}

fn field(fields: &[Option<String>], at: usize) -> Option<&str> {
    fields.get(at)?.as_deref()
}

fn rejected(at: usize, (code, message): (ErrorCode, String)) -> Taken {
    Taken::Rejected(at as u32 + 1, code, message)
}

/// What takes records.
pub type TakeRecord<'a> = dyn FnMut(&Record<'_>) -> Result<Taken, Stop> + 'a;

/// Hands every record of the files to `take`, in file and line order. Lines that can not be read and records
/// that are rejected go to `log`. The present phase advances by the bytes read.
pub fn read_records(
    ctx: &JobContext,
    dataset: Dataset,
    files: &[InputFile],
    options: &CsvOptions,
    log: &mut ImportLog,
    take: &mut TakeRecord<'_>,
) -> Result<Vec<FileReport>, ReadError> {
    let schema = Schema::default();
    let options = CsvOptions { default_label: None, has_label: None, ..options.clone() };
    let layout = layout(&schema, dataset, &options, Sizes::default())?;
    let mut reports = Vec::new();
    let mut in_turn = InTurn::of(ctx, files);
    for input in files {
        log.begin_file(dataset, input, layout.format);
        let mut file =
            Records { layout: &layout, log, report: FileReport::new(dataset, input.shown()), line: 1 };
        if layout.format == Format::Parquet {
            file.read_rows(ctx, input, take)?;
        } else if let Some(next) = in_turn.open_next() {
            let reader = BlockReader::of(ctx, next, layout.dialect, Sizes::default())?;
            file.read_lines(ctx, reader, take)?;
        }
        let report = file.report;
        log.end_file(ctx, &report)?;
        reports.push(report);
    }
    Ok(reports)
}

/// One file on its way.
struct Records<'a> {
    layout: &'a Layout<'a>,
    log: &'a mut ImportLog,
    report: FileReport,
    /// The physical line that comes next.
    line: u64,
}

impl Records<'_> {
    fn read_rows(
        &mut self,
        ctx: &JobContext,
        input: &InputFile,
        take: &mut TakeRecord<'_>,
    ) -> Result<(), ReadError> {
        ParquetInput::open(ctx, input)?.each(&mut |row, fields, json_line| {
            self.line = row;
            let taken = take(&Record::Named(fields))?;
            self.note(ctx, taken, json_line)
        })
    }

    fn read_lines(
        &mut self,
        ctx: &JobContext,
        mut reader: BlockReader<'_>,
        take: &mut TakeRecord<'_>,
    ) -> Result<(), ReadError> {
        let mut long = None;
        while let Some(block) = reader.next()? {
            ctx.advance(reader.take_read_bytes());
            match &block {
                Block::Lines { bytes, .. } => self.lines(ctx, bytes, take)?,
                Block::Long { bytes, end, .. } => {
                    let line = *long.get_or_insert(self.line);
                    self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
                    self.log.rejected_bytes(ctx, bytes)?;
                    if *end != LongEnd::More {
                        long = None;
                        let error = explain_long(self.layout, line, *end == LongEnd::OpenQuote);
                        self.log.error(ctx, &error)?;
                        self.count(error);
                    }
                }
            }
        }
        Ok(())
    }

    fn lines(&mut self, ctx: &JobContext, block: &[u8], take: &mut TakeRecord<'_>) -> Result<(), ReadError> {
        let (mut at, mut fields) = (0, Vec::new());
        let mut tick = ctx.tick();
        while at < block.len() {
            let cut = self.layout.dialect.next_line(block, at, &mut fields);
            tick.spend((cut.next - at) as u64)?;
            let bytes = block.get(at..cut.next).unwrap_or_default();
            let taken = if self.layout.format == Format::JsonLines {
                self.object(bytes.trim_ascii(), take)?
            } else if cut.end > at {
                match texts(block, at, cut.end, cut.fault, &fields, &self.layout.dialect) {
                    Ok(fields) => Some(take(&Record::Line(&fields))?),
                    Err(rejected) => Some(rejected),
                }
            } else {
                None
            };
            if let Some(taken) = taken {
                self.note(ctx, taken, &|| bytes.to_vec())?;
            }
            self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
            at = cut.next;
        }
        Ok(())
    }

    /// None for an empty line.
    fn object(&self, line: &[u8], take: &mut TakeRecord<'_>) -> Result<Option<Taken>, Stop> {
        if line.is_empty() {
            return Ok(None);
        }
        match record_file::read_line(self.layout, line, |fields| take(&Record::Named(fields))) {
            Ok(taken) => taken.map(Some),
            Err(fault) => Ok(Some(Taken::Rejected(fault.column, fault.code, fault.message))),
        }
    }

    /// Counts what became of the record of the present line, and logs it where it is rejected.
    fn note(&mut self, ctx: &JobContext, taken: Taken, bytes: &dyn Fn() -> Vec<u8>) -> Result<(), ReadError> {
        match taken {
            Taken::Applied => {
                self.report.successful_lines += 1;
                self.report.total_lines += 1;
            }
            Taken::Rejected(column, code, message) => {
                let error = LineError { line: self.line, column, code, message };
                if self.log.wants_more() {
                    self.log.reject(ctx, &error, &bytes())?;
                }
                self.count(error);
            }
        }
        Ok(())
    }

    fn count(&mut self, error: LineError) {
        self.report.codes.add(error.code);
        self.report.failed_lines += 1;
        self.report.total_lines += 1;
        if self.report.first_errors.len() < FIRST_ERRORS_MAX {
            self.report.first_errors.push(error);
        }
    }
}

fn texts(
    block: &[u8],
    start: usize,
    end: usize,
    fault: Option<QuoteFault>,
    fields: &[Field],
    dialect: &super::lex::Dialect,
) -> Result<Vec<Option<String>>, Taken> {
    if let Some(QuoteFault::Open { column, .. } | QuoteFault::TextAfter { column }) = fault {
        return Err(Taken::Rejected(column, ErrorCode::Quoting, "quotes are malformed".to_owned()));
    }
    let line = std::str::from_utf8(block.get(start..end).unwrap_or_default());
    let line = line.map_err(|_| Taken::Rejected(0, ErrorCode::Utf8, "line is not UTF-8".to_owned()))?;
    let mut scratch = String::new();
    let text = |f: &Field| {
        if f.is_unset() {
            return None;
        }
        Some(f.text(line, start, dialect.quote, &mut scratch).to_owned())
    };
    Ok(fields.iter().map(text).collect())
}
