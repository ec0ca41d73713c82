//! Lines as fields, for files whose columns are not those of a label: what changes or deletes elements that
//! exist (spec 10, section 8).
//!
//! One thread reads and looks up; the lines of such files are changes, of which each costs far more than its
//! text.

use super::blocks::{Block, BlockReader, LongEnd, Sizes};
use super::explain::explain_long;
use super::lex::{Field, QuoteFault};
use super::options::CsvOptions;
use super::read::{ReadError, layout};
use super::report::{Dataset, ErrorCode, FIRST_ERRORS_MAX, FileReport, LineError};
use crate::import_log::ImportLog;
use gesso_core::{JobContext, Stop};
use gesso_graph::Schema;
use gesso_store::objects::{Format, InputFile};

/// The fields of one line. Unset fields are none.
pub type Record = [Option<String>];

/// What becomes of a record.
#[derive(Debug)]
pub enum Taken {
    /// It applies.
    Applied,
    /// It does not, for this reason: (column from 1 or 0 for the line, code, message).
    Rejected(u32, ErrorCode, String),
}

/// Hands every record of the files to `take`, in file and line order. Lines that can not be read and records
/// that are rejected go to `log`. The present phase advances by the bytes read.
pub fn read_records(
    ctx: &JobContext,
    dataset: Dataset,
    files: &[InputFile],
    options: &CsvOptions,
    log: &mut ImportLog,
    take: &mut dyn FnMut(&Record) -> Result<Taken, Stop>,
) -> Result<Vec<FileReport>, ReadError> {
    let schema = Schema::default();
    let layout = layout(
        &schema,
        dataset,
        &CsvOptions { default_label: None, has_label: None, ..options.clone() },
        Sizes::default(),
    )?;
    let mut reports = Vec::new();
    for input in files {
        log.begin_file(dataset, input, Format::Text);
        let mut file = Records { log, report: FileReport::new(dataset, input.shown()), line: 1 };
        let mut reader = BlockReader::open(ctx, input, layout.dialect, Sizes::default())?;
        let mut long = None;
        while let Some(block) = reader.next()? {
            ctx.advance(reader.take_read_bytes());
            match &block {
                Block::Lines { bytes, .. } => file.lines(ctx, &layout.dialect, bytes, take)?,
                Block::Long { bytes, end, .. } => {
                    let line = *long.get_or_insert(file.line);
                    file.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
                    file.log.rejected_bytes(ctx, bytes)?;
                    if *end != LongEnd::More {
                        long = None;
                        let error = explain_long(&layout, line, *end == LongEnd::OpenQuote);
                        file.log.error(ctx, &error)?;
                        file.count(error);
                    }
                }
            }
        }
        let report = file.report;
        log.end_file(ctx, &report)?;
        reports.push(report);
    }
    Ok(reports)
}

/// One file on its way.
struct Records<'a> {
    log: &'a mut ImportLog,
    report: FileReport,
    /// The physical line that comes next.
    line: u64,
}

impl Records<'_> {
    fn lines(
        &mut self,
        ctx: &JobContext,
        dialect: &super::lex::Dialect,
        block: &[u8],
        take: &mut dyn FnMut(&Record) -> Result<Taken, Stop>,
    ) -> Result<(), ReadError> {
        let (mut at, mut fields) = (0, Vec::new());
        let mut tick = ctx.tick();
        while at < block.len() {
            let cut = dialect.next_line(block, at, &mut fields);
            tick.spend((cut.next - at) as u64)?;
            let bytes = block.get(at..cut.next).unwrap_or_default();
            if cut.end > at {
                let taken = match texts(block, at, cut.end, cut.fault, &fields, dialect) {
                    Ok(record) => take(&record)?,
                    Err(rejected) => rejected,
                };
                match taken {
                    Taken::Applied => {
                        self.report.successful_lines += 1;
                        self.report.total_lines += 1;
                    }
                    Taken::Rejected(column, code, message) => {
                        let error = LineError { line: self.line, column, code, message };
                        self.log.reject(ctx, &error, bytes)?;
                        self.count(error);
                    }
                }
            }
            self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
            at = cut.next;
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
