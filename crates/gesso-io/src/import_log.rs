//! The log of an import: rejected lines and why (spec 10, section 6.2).
//!
//! ```text
//! <dir>/summary.json
//! <dir>/<dataset>/<file>.rejected.csv   rejected lines, byte for byte
//! <dir>/<dataset>/<file>.errors.log     <line> TAB <column> TAB <code> TAB <message>
//! ```
//! Everything is written under temporary names and gets its own in [`ImportLog::finish`]; a log that is
//! dropped before leaves no file.

use crate::csv::{Dataset, FileReport, LabelColumn, LineError};
use gesso_store::{AtomicFile, StoreError};
use serde_json::{Value as Json, json};
use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

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
    /// The system refused a write.
    #[error("cannot write the import log `{}`: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file could not be created or named.
    #[error("cannot write the import log: {0}")]
    Store(#[from] StoreError),
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
    dir: Option<PathBuf>,
    limits: LogLimits,
    first_errors: Vec<LineError>,
    /// Base names in use, as files of different directories may share theirs.
    names: HashSet<(Dataset, String)>,
    current: Option<Current>,
    closed: Vec<AtomicFile>,
    files: Vec<Json>,
}

/// The files of the input file that is being read.
#[derive(Debug)]
struct Current {
    dir: PathBuf,
    name: String,
    errors: Limited,
    rejected: Limited,
}

/// A file with a limit, created when there is something to write.
#[derive(Debug, Default)]
struct Limited {
    file: Option<BufWriter<AtomicFile>>,
    lines: u64,
    size_bytes: u64,
    is_full: bool,
}

impl ImportLog {
    /// A log in a directory, which is created with the first file; without one, a log that only keeps
    /// the first 20 errors.
    pub fn new(dir: Option<PathBuf>) -> ImportLog {
        ImportLog::with_limits(dir, LogLimits::default())
    }

    /// A log with other limits than the documented ones.
    pub fn with_limits(dir: Option<PathBuf>, limits: LogLimits) -> ImportLog {
        ImportLog {
            dir,
            limits,
            first_errors: Vec::new(),
            names: HashSet::new(),
            current: None,
            closed: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Makes the log's directory, so that an import without room for its log fails before it begins.
    pub fn prepare(&self) -> Result<(), LogError> {
        self.dir.as_deref().map_or(Ok(()), create_dir)
    }

    /// The first 20 errors of all files.
    pub fn first_errors(&self) -> &[LineError] {
        &self.first_errors
    }

    /// Turns to the next input file.
    pub fn begin_file(&mut self, dataset: Dataset, path: &Path) {
        let Some(dir) = &self.dir else { return };
        let base = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut name = base.clone();
        let mut count = 1;
        while !self.names.insert((dataset, name.clone())) {
            count += 1;
            name = format!("{base}.{count}");
        }
        let (errors, rejected) = (Limited::default(), Limited::default());
        self.current = Some(Current { dir: dir.join(dataset.name()), name, errors, rejected });
    }

    /// True while errors still find a place; when false, [`ImportLog::reject`] does nothing.
    pub fn wants_more(&self) -> bool {
        self.first_errors.len() < FIRST_ERRORS_MAX
            || self.current.as_ref().is_some_and(|c| !c.errors.is_full || !c.rejected.is_full)
    }

    /// Takes a rejected line: its bytes, line end included, and why.
    pub fn reject(&mut self, error: &LineError, bytes: &[u8]) -> Result<(), LogError> {
        self.rejected_bytes(bytes)?;
        self.error(error)
    }

    /// Takes part of a rejected line; [`ImportLog::error`] follows its last part.
    pub fn rejected_bytes(&mut self, bytes: &[u8]) -> Result<(), LogError> {
        match &mut self.current {
            Some(c) => c.rejected.write(&c.dir, &c.name, "rejected.csv", bytes, self.limits),
            None => Ok(()),
        }
    }

    /// Takes the error of a rejected line.
    pub fn error(&mut self, error: &LineError) -> Result<(), LogError> {
        if self.first_errors.len() < FIRST_ERRORS_MAX {
            self.first_errors.push(error.clone());
        }
        let Some(c) = &mut self.current else { return Ok(()) };
        let (line, column, code) = (error.line, error.column, error.code);
        let message = one_line(&error.message);
        let text = format!("{line}\t{column}\t{code}\t{message}\n");
        c.errors.write(&c.dir, &c.name, "errors.log", text.as_bytes(), self.limits)
    }

    /// Ends the present input file.
    pub fn end_file(&mut self, report: &FileReport) -> Result<(), LogError> {
        if let Some(current) = self.current.take() {
            for limited in [current.errors, current.rejected] {
                self.closed.extend(limited.close(&current.dir)?);
            }
        }
        if self.dir.is_some() {
            self.files.push(file_summary(report));
        }
        Ok(())
    }

    /// Gives all files their names and writes the summary.
    pub fn finish(mut self, summary: &Summary) -> Result<(), LogError> {
        for file in std::mem::take(&mut self.closed) {
            file.commit()?;
        }
        self.finish_cancelled(summary)
    }

    /// Writes the summary only: an import that did not happen leaves no other file.
    pub fn finish_cancelled(self, summary: &Summary) -> Result<(), LogError> {
        let Some(dir) = self.dir else { return Ok(()) };
        create_dir(&dir)?;
        let path = dir.join("summary.json");
        let text = json!({
            "jobId": summary.job_id,
            "beginTime": summary.begin_time,
            "endTime": summary.end_time,
            "options": summary.options,
            "files": self.files,
        });
        let mut file = AtomicFile::create(&path)?;
        writeln!(file, "{text:#}").map_err(|source| LogError::Io { path, source })?;
        file.commit()?;
        Ok(())
    }
}

impl Limited {
    fn write(
        &mut self,
        dir: &Path,
        name: &str,
        ending: &str,
        bytes: &[u8],
        limits: LogLimits,
    ) -> Result<(), LogError> {
        if self.is_full {
            return Ok(());
        }
        if self.file.is_none() {
            create_dir(dir)?;
            self.file = Some(BufWriter::new(AtomicFile::create(&dir.join(format!("{name}.{ending}")))?));
        }
        self.lines += 1;
        self.size_bytes += bytes.len() as u64;
        self.is_full = self.lines > limits.lines || self.size_bytes > limits.size_bytes;
        let Some(file) = &mut self.file else { return Ok(()) };
        let written = if self.is_full { writeln!(file, "{TRUNCATED}") } else { file.write_all(bytes) };
        written.map_err(|source| LogError::Io { path: dir.to_owned(), source })
    }

    fn close(self, dir: &Path) -> Result<Option<AtomicFile>, LogError> {
        let failed = |source| LogError::Io { path: dir.to_owned(), source };
        self.file.map(|f| f.into_inner().map_err(|e| failed(e.into_error()))).transpose()
    }
}

fn create_dir(dir: &Path) -> Result<(), LogError> {
    std::fs::create_dir_all(dir).map_err(|source| LogError::Io { path: dir.to_owned(), source })
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
        "path": report.path.to_string_lossy(),
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
