//! From a table to files of one output directory.

use super::parquet::ParquetFile;
use super::{Format, Table, csv, json_lines};
use gesso_core::{JobContext, Stop};
use gesso_store::{OutputDir, OutputError, OutputFile};
use std::ops::Range;

/// Most files that one result is split into.
pub const FILES_MAX: usize = 10_000;
/// Rows that are written by one thread at a time.
const CHUNK: usize = 1024;
/// Chunks of each thread between two writes to the file.
const CHUNKS_PER_THREAD: usize = 8;
/// Rows of a row group.
const GROUP: usize = 1 << 17;
/// Rows of a row group where files are cut by size.
const SMALL_GROUP: usize = 1 << 13;

/// Why a result can not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultFileError {
    /// The target refused.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The library of the format refused.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The result would be cut into too many files.
    #[error("the result would take more than {FILES_MAX} files: allow more rows or bytes a file")]
    TooManyFiles,
    /// The job was stopped; nothing is to be seen of any file.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Where one file ends and the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Most rows of a file, at least 1.
    pub rows: u64,
    /// Bytes after which a file ends; a file has one row at least, one row group in Parquet.
    pub bytes: u64,
}

/// What was written; nobody sees it yet.
#[derive(Debug)]
pub struct Written {
    /// The files, each with its name, prepared to be published.
    pub files: Vec<(String, OutputFile)>,
    /// Bytes of all files.
    pub size_bytes: u64,
}

/// Writes a table as one file `<stem><extension>`, or as several `<stem>_0<extension>` … if it is to be
/// split, with at most `threads` threads at a time.
pub fn write_result(
    ctx: &JobContext,
    table: &Table<'_>,
    dir: &OutputDir,
    (stem, format): (&str, Format),
    split: Option<Split>,
    threads: usize,
) -> Result<Written, ResultFileError> {
    ctx.phase("write file", 0.95, table.len() as u64);
    let mut files = Files { dir, stem, format, split, open: None, done: Vec::new(), size_bytes: 0 };
    match format {
        Format::Csv => write_text(ctx, table, &mut files, &csv::head(table), threads, csv::rows)?,
        Format::JsonLines => write_text(ctx, table, &mut files, &[], threads, json_lines::rows)?,
        Format::Parquet => write_parquet(ctx, table, &mut files)?,
    }
    files.finish(ctx)
}

struct Files<'a> {
    dir: &'a OutputDir,
    stem: &'a str,
    format: Format,
    split: Option<Split>,
    open: Option<Open>,
    done: Vec<(String, OutputFile)>,
    size_bytes: u64,
}

struct Open {
    name: String,
    file: OutputFile,
    rows: u64,
    bytes: u64,
}

impl Files<'_> {
    /// Ends the open file, if any, and begins another.
    fn next(&mut self, ctx: &JobContext) -> Result<(), ResultFileError> {
        self.close(ctx)?;
        if self.done.len() >= FILES_MAX {
            return Err(ResultFileError::TooManyFiles);
        }
        let number = self.split.map_or_else(String::new, |_| format!("_{}", self.done.len()));
        let name = format!("{}{number}{}", self.stem, self.format.extension());
        let file = self.dir.begin(ctx, &name)?;
        self.open = Some(Open { name, file, rows: 0, bytes: 0 });
        Ok(())
    }

    fn write(&mut self, ctx: &JobContext, bytes: &[u8], rows: u64) -> Result<(), ResultFileError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.file.write(ctx, bytes)?;
        open.rows += rows;
        open.bytes += bytes.len() as u64;
        self.size_bytes += bytes.len() as u64;
        ctx.advance(rows);
        Ok(())
    }

    fn close(&mut self, ctx: &JobContext) -> Result<(), ResultFileError> {
        if let Some(mut open) = self.open.take() {
            open.file.prepare(ctx)?;
            self.done.push((open.name, open.file));
        }
        Ok(())
    }

    fn finish(mut self, ctx: &JobContext) -> Result<Written, ResultFileError> {
        self.close(ctx)?;
        Ok(Written { files: self.done, size_bytes: self.size_bytes })
    }

    /// Rows that still fit by number.
    fn room(&self) -> usize {
        let used = self.open.as_ref().map_or(0, |open| open.rows);
        self.split.map_or(usize::MAX, |s| usize::try_from(s.rows.saturating_sub(used)).unwrap_or(usize::MAX))
    }

    /// How many of the rows that end at `ends`, counted from `from`, still fit; one at least into an empty
    /// file.
    fn fitting(&self, from: usize, ends: &[usize]) -> usize {
        let by_number = ends.len().min(self.room());
        let (Some(split), Some(open)) = (self.split, &self.open) else { return by_number };
        let most = split.bytes.saturating_sub(open.bytes);
        let ends = ends.get(..by_number).unwrap_or_default();
        let by_size = ends.partition_point(|end| (end - from) as u64 <= most);
        by_size.max(usize::from(open.rows == 0)).min(by_number)
    }
}

type Rows = fn(&Table<'_>, Range<usize>) -> (Vec<u8>, Vec<usize>);

fn write_text(
    ctx: &JobContext,
    table: &Table<'_>,
    files: &mut Files<'_>,
    head: &[u8],
    threads: usize,
    rows: Rows,
) -> Result<(), ResultFileError> {
    files.next(ctx)?;
    files.write(ctx, head, 0)?;
    // Comment lines are all there is to say of a result without a list.
    let len = if table.name().is_none() && files.format == Format::Csv { 0 } else { table.len() };
    let wave = CHUNK * CHUNKS_PER_THREAD * threads.clamp(1, ctx.threads());
    for start in (0..len).step_by(wave) {
        let all = start..(start + wave).min(len);
        // As many strands as threads are wanted: no more than one thread works on each.
        let strand = all.len().div_ceil(threads.max(1)).max(1);
        let strands: Vec<Range<usize>> =
            all.clone().step_by(strand).map(|from| from..(from + strand).min(all.end)).collect();
        let parts = ctx.par_map(strands.len(), |i, tick| {
            let mut parts = Vec::new();
            let strand = strands.get(i).cloned().unwrap_or_default();
            for from in strand.clone().step_by(CHUNK) {
                let chunk = from..(from + CHUNK).min(strand.end);
                tick.spend(16 * chunk.len() as u64)?;
                parts.push(rows(table, chunk));
            }
            Ok::<_, Stop>(parts)
        })?;
        for (text, ends) in parts.into_iter().flatten() {
            append(ctx, files, head, &text, &ends)?;
        }
    }
    Ok(())
}

/// Appends rows, beginning new files where the open one is full.
fn append(
    ctx: &JobContext,
    files: &mut Files<'_>,
    head: &[u8],
    text: &[u8],
    ends: &[usize],
) -> Result<(), ResultFileError> {
    let (mut from, mut rest) = (0, ends);
    while !rest.is_empty() {
        let count = files.fitting(from, rest);
        let Some(end) = count.checked_sub(1).and_then(|last| rest.get(last)) else {
            files.next(ctx)?;
            files.write(ctx, head, 0)?;
            continue;
        };
        files.write(ctx, text.get(from..*end).unwrap_or_default(), count as u64)?;
        from = *end;
        rest = rest.get(count..).unwrap_or_default();
    }
    Ok(())
}

fn write_parquet(ctx: &JobContext, table: &Table<'_>, files: &mut Files<'_>) -> Result<(), ResultFileError> {
    let group = if files.split.is_some_and(|split| split.bytes < u64::MAX) { SMALL_GROUP } else { GROUP };
    let mut start = 0;
    loop {
        files.next(ctx)?;
        let mut file = ParquetFile::begin(table)?;
        while start < table.len() && files.room() > 0 && !is_full(files) {
            let rows = start..(start + group.min(files.room())).min(table.len());
            let bytes = file.rows(ctx, table, rows.clone())?;
            files.write(ctx, &bytes, rows.len() as u64)?;
            start = rows.end;
        }
        let bytes = file.finish()?;
        files.write(ctx, &bytes, 0)?;
        if start >= table.len() {
            return Ok(());
        }
    }
}

fn is_full(files: &Files<'_>) -> bool {
    match (files.split, &files.open) {
        (Some(split), Some(open)) => open.bytes >= split.bytes,
        _ => false,
    }
}
