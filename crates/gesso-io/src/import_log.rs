//! The log of an import: rejected lines and why (spec 10, section 6.2).
//!
//! ```text
//! <dir>/summary.json
//! <dir>/<dataset>/<file>.rejected.csv   rejected lines, byte for byte; `.jsonl` for JSON Lines and Parquet
//! <dir>/<dataset>/<file>.errors.log     <line> TAB <column> TAB <code> TAB <message>
//! ```
//! Everything is written out of sight and gets its name in [`ImportLog::finish`]; a log that is dropped before
//! leaves no file.

use crate::csv::{Dataset, FileReport, LabelColumn, LineError};
use gesso_core::{JobContext, Stop};
use gesso_store::objects::{Format, InputFile};
use gesso_store::{OutputDir, OutputError, OutputFile};
use serde_json::{Value as Json, json};
use std::collections::HashSet;

/// Errors that a log keeps in memory, whether or not it has a directory.
pub const FIRST_ERRORS_MAX: usize = 20;
/// Stands at the end of a file that reached its limit.
pub const TRUNCATED: &str = "... truncated";

/// Limits of each file of a log.
#[derive(Clone, Copy, Debug)]
pub struct LogLimits {
    /// Most error lines.
    pub lines: u64,
    /// Most bytes, of errors and of rejected lines alike.
    pub size_bytes: u64,
}

impl Default for LogLimits {
    fn default() -> LogLimits {
        LogLimits { lines: 1_000_000, size_bytes: 100_000_000 }
    }
}

/// Why a log can not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The place of the log refused.
    #[error("cannot write the import log: {0}")]
    Output(OutputError),
    /// The job was stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl From<OutputError> for LogError {
    fn from(error: OutputError) -> LogError {
        match error {
            OutputError::Stopped(stop) => LogError::Stopped(stop),
            other => LogError::Output(other),
        }
    }
}

/// What `summary.json` says besides the files.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The job.
    pub job_id: String,
    /// When it began, as the API writes times.
    pub begin_time: String,
    /// When it ended.
    pub end_time: String,
    /// The options of the import, as the request gave them.
    pub options: Json,
}

/// Collects what an import rejects.
#[derive(Debug)]
pub struct ImportLog {
    dir: Option<OutputDir>,
    limits: LogLimits,
    first_errors: Vec<LineError>,
    /// Base names in use, as files of different directories may share theirs.
    names: HashSet<(Dataset, String)>,
    current: Option<Current>,
    closed: Vec<(Dataset, OutputFile)>,
    files: Vec<Json>,
    /// Begun before the import, so that one without room for its log fails early.
    summary: Option<OutputFile>,
}

/// The files of the input file that is being read.
#[derive(Debug)]
struct Current {
    dataset: Dataset,
    /// Of the file of rejected lines.
    ending: &'static str,
    dir: OutputDir,
    name: String,
    errors: Limited,
    rejected: Limited,
}

/// A file with a limit, created when there is something to write.
#[derive(Debug, Default)]
struct Limited {
    file: Option<OutputFile>,
    /// What has not been written yet.
    buffer: Vec<u8>,
    lines: u64,
    size_bytes: u64,
    is_full: bool,
}

/// Bytes that are collected before they are written.
const BUFFER_BYTES: usize = 64 << 10;
/// The file that every log has.
const SUMMARY: &str = "summary.json";

impl ImportLog {
    /// A log in a directory, which is created with the first file; without one, a log that only keeps
    /// the first 20 errors.
    pub fn new(dir: Option<OutputDir>) -> ImportLog {
        ImportLog::with_limits(dir, LogLimits::default())
    }

    /// A log with other limits than the documented ones.
    pub fn with_limits(dir: Option<OutputDir>, limits: LogLimits) -> ImportLog {
        ImportLog {
            dir,
            limits,
            first_errors: Vec::new(),
            names: HashSet::new(),
            current: None,
            closed: Vec::new(),
            files: Vec::new(),
            summary: None,
        }
    }

    /// Makes the log's directory and begins its summary, so that an import without room for its log fails
    /// before it begins.
    pub fn prepare(&mut self, ctx: &JobContext) -> Result<(), LogError> {
        let Some(dir) = &self.dir else { return Ok(()) };
        dir.make()?;
        self.summary = Some(dir.begin(ctx, SUMMARY)?);
        Ok(())
    }

    /// The first 20 errors of all files.
    pub fn first_errors(&self) -> &[LineError] {
        &self.first_errors
    }

    /// Turns to the next input file.
    pub fn begin_file(&mut self, dataset: Dataset, file: &InputFile, format: Format) {
        let Some(dir) = &self.dir else { return };
        let base = file.name();
        let mut name = base.to_owned();
        let mut count = 1;
        while !self.names.insert((dataset, name.clone())) {
            count += 1;
            name = format!("{base}.{count}");
        }
        let (errors, rejected) = (Limited::default(), Limited::default());
        let ending = if format == Format::Text { "rejected.csv" } else { "rejected.jsonl" };
        self.current =
            Some(Current { dataset, ending, dir: dir.within(dataset.name()), name, errors, rejected });
    }

    /// True while errors still find a place; when false, [`ImportLog::reject`] does nothing.
    pub fn wants_more(&self) -> bool {
        self.first_errors.len() < FIRST_ERRORS_MAX
            || self.current.as_ref().is_some_and(|c| !c.errors.is_full || !c.rejected.is_full)
    }

    /// Takes a rejected line: its bytes, line end included, and why.
    pub fn reject(&mut self, ctx: &JobContext, error: &LineError, bytes: &[u8]) -> Result<(), LogError> {
        self.rejected_bytes(ctx, bytes)?;
        self.error(ctx, error)
    }

    /// Takes part of a rejected line; [`ImportLog::error`] follows its last part.
    pub fn rejected_bytes(&mut self, ctx: &JobContext, bytes: &[u8]) -> Result<(), LogError> {
        match &mut self.current {
            Some(c) => c.rejected.write(ctx, &c.dir, &c.name, c.ending, bytes, self.limits),
            None => Ok(()),
        }
    }

    /// Takes the error of a rejected line.
    pub fn error(&mut self, ctx: &JobContext, error: &LineError) -> Result<(), LogError> {
        if self.first_errors.len() < FIRST_ERRORS_MAX {
            self.first_errors.push(error.clone());
        }
        let Some(c) = &mut self.current else { return Ok(()) };
        let (line, column, code) = (error.line, error.column, error.code);
        let message = one_line(&error.message);
        let text = format!("{line}\t{column}\t{code}\t{message}\n");
        c.errors.write(ctx, &c.dir, &c.name, "errors.log", text.as_bytes(), self.limits)
    }

    /// Ends the present input file.
    pub fn end_file(&mut self, ctx: &JobContext, report: &FileReport) -> Result<(), LogError> {
        if let Some(current) = self.current.take() {
            for limited in [current.errors, current.rejected] {
                self.closed.extend(limited.close(ctx)?.map(|file| (current.dataset, file)));
            }
        }
        if self.dir.is_some() {
            self.files.push(file_summary(report));
        }
        Ok(())
    }

    /// Gives all files their names and writes the summary.
    pub fn finish(mut self, ctx: &JobContext, summary: &Summary) -> Result<(), LogError> {
        let Some(dir) = self.dir.clone() else { return Ok(()) };
        let text = self.text(summary);
        let mut file = match self.summary.take() {
            Some(begun) => begun,
            None => dir.begin(ctx, SUMMARY)?,
        };
        file.write(ctx, &text)?;
        file.prepare(ctx)?;
        let mut datasets = HashSet::new();
        for (dataset, closed) in std::mem::take(&mut self.closed) {
            closed.publish()?;
            datasets.insert(dataset);
        }
        for dataset in datasets {
            dir.within(dataset.name()).settle()?;
        }
        file.publish()?;
        Ok(dir.settle()?)
    }

    /// Writes the summary only: an import that did not happen leaves no other file. Its job has ended, so
    /// nothing is waited for.
    pub fn finish_cancelled(mut self, summary: &Summary) -> Result<(), LogError> {
        self.summary = None;
        match &self.dir {
            Some(dir) => Ok(dir.leave(SUMMARY, self.text(summary))?),
            None => Ok(()),
        }
    }

    fn text(&self, summary: &Summary) -> Vec<u8> {
        let text = json!({
            "jobId": summary.job_id,
            "beginTime": summary.begin_time,
            "endTime": summary.end_time,
            "options": summary.options,
            "files": self.files,
        });
        format!("{text:#}\n").into_bytes()
    }
}

impl Limited {
    fn write(
        &mut self,
        ctx: &JobContext,
        dir: &OutputDir,
        name: &str,
        ending: &str,
        bytes: &[u8],
        limits: LogLimits,
    ) -> Result<(), LogError> {
        if self.is_full {
            return Ok(());
        }
        if self.file.is_none() {
            self.file = Some(dir.begin(ctx, &format!("{name}.{ending}"))?);
        }
        self.lines += 1;
        self.size_bytes += bytes.len() as u64;
        self.is_full = self.lines > limits.lines || self.size_bytes > limits.size_bytes;
        if self.is_full {
            self.buffer.extend_from_slice(TRUNCATED.as_bytes());
            self.buffer.push(b'\n');
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        if self.buffer.len() >= BUFFER_BYTES { self.flush(ctx) } else { Ok(()) }
    }

    fn flush(&mut self, ctx: &JobContext) -> Result<(), LogError> {
        if let Some(file) = &mut self.file {
            file.write(ctx, &self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    fn close(mut self, ctx: &JobContext) -> Result<Option<OutputFile>, LogError> {
        self.flush(ctx)?;
        if let Some(file) = &mut self.file {
            file.prepare(ctx)?;
        }
        Ok(self.file)
    }
}

/// Text without line breaks and tabs, which separate what is in the log.
fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn file_summary(report: &FileReport) -> Json {
    let codes: serde_json::Map<String, Json> =
        report.codes.iter().map(|(code, count)| (code.text().to_owned(), count.into())).collect();
    let mut file = json!({
        "dataset": report.dataset.name(),
        "path": report.path,
        "totalLines": report.total_lines,
        "successfulLines": report.successful_lines,
        "failedLines": report.failed_lines,
        "codes": codes,
    });
    if let (LabelColumn::FoundAbsent, Some(fields)) = (report.label_column, file.as_object_mut()) {
        let note = "the first line names no label of the schema: read without a label column";
        fields.insert("note".to_owned(), note.into());
    }
    file
}
