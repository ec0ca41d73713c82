//! Files become chunks: many blocks at a time, handed over in file and line order.
//!
//! A wave is a few blocks for each thread. One thread reads the wave, all parse it, one hands the chunks
//! to the sink; a wave may span files, so that many small ones are parsed at once, too. Memory is bounded
//! by the wave and given back when the sink has taken the chunk.

use super::blocks::{Block, LongEnd, Sizes};
use super::explain::{explain, explain_long};
use super::lex::Dialect;
use super::options::{CsvOptions, OptionsError};
use super::report::{Dataset, FIRST_ERRORS_MAX, FileReport, LabelColumn, LineError};
use super::rows::{EdgeRows, Layout, Parsed, Rows, VertexRows, parse_block};
use super::waves::{Item, Waves};
use crate::import_log::{ImportLog, LogError};
use crate::record_file::{self, ParquetInput, Records};
use gesso_core::{JobContext, LabelId, Reservation, Stop, VertexIx};
use gesso_graph::{EdgeChunk, Schema, VertexChunk};
use gesso_store::objects::{Format, InputFile, stop_of};
use std::io;

/// Why reading ends early. Bad lines are no reason.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file can not be read.
    #[error("cannot read `{path}`: {source}")]
    Io {
        /// The file, as reports show it.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The options do not fit each other or the schema.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The log of rejected lines can not be written.
    #[error(transparent)]
    Log(LogError),
    /// The job was stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl From<LogError> for ReadError {
    fn from(error: LogError) -> ReadError {
        match error {
            LogError::Stopped(stop) => ReadError::Stopped(stop),
            other => ReadError::Log(other),
        }
    }
}

impl ReadError {
    /// What an error of a file's reader means; a reader of a remote file ends when the job is stopped.
    pub(crate) fn at(file: &InputFile) -> impl FnOnce(io::Error) -> ReadError {
        move |source| match stop_of(&source) {
            Some(stop) => ReadError::Stopped(stop),
            None => ReadError::Io { path: file.shown().to_owned(), source },
        }
    }
}

/// Where chunks go, and what it knows of vertices while they are made.
pub trait Sink<C>: Sync {
    /// The vertex of an id; asked on any thread while blocks are parsed.
    fn find(&self, id: &str) -> Option<VertexIx>;

    /// Takes the next chunk; called between waves of parsing, on the job's own thread.
    fn add(&mut self, chunk: C) -> Result<(), Stop>;
}

/// A [`Sink`] of two functions.
pub struct SinkOf<F, A> {
    /// See [`Sink::find`].
    pub find: F,
    /// See [`Sink::add`].
    pub add: A,
}

impl<C, F, A> Sink<C> for SinkOf<F, A>
where
    F: Fn(&str) -> Option<VertexIx> + Sync,
    A: FnMut(C) -> Result<(), Stop> + Sync,
{
    fn find(&self, id: &str) -> Option<VertexIx> {
        (self.find)(id)
    }

    fn add(&mut self, chunk: C) -> Result<(), Stop> {
        (self.add)(chunk)
    }
}

/// Reads vertex files. Chunks reach `sink` in file and line order; rejected lines go to `log`. The
/// present phase of the job advances by the bytes read.
///
/// # Errors
/// See [`ReadError`]. After an error the sink may have taken some of the chunks.
pub fn read_vertices(
    ctx: &JobContext,
    schema: &Schema,
    files: &[InputFile],
    options: &CsvOptions,
    log: &mut ImportLog,
    sink: &mut dyn Sink<VertexChunk>,
) -> Result<Vec<FileReport>, ReadError> {
    read::<VertexRows>(ctx, schema, files, options, Sizes::default(), log, sink)
}

/// Reads edge files. Ids that the sink does not know are left in [`EdgeChunk::pending`]. Otherwise as
/// [`read_vertices`].
pub fn read_edges(
    ctx: &JobContext,
    schema: &Schema,
    files: &[InputFile],
    options: &CsvOptions,
    log: &mut ImportLog,
    sink: &mut dyn Sink<EdgeChunk>,
) -> Result<Vec<FileReport>, ReadError> {
    read::<EdgeRows>(ctx, schema, files, options, Sizes::default(), log, sink)
}

/// Reads files of either kind with given sizes of blocks.
pub(crate) fn read<R: Rows>(
    ctx: &JobContext,
    schema: &Schema,
    files: &[InputFile],
    options: &CsvOptions,
    sizes: Sizes,
    log: &mut ImportLog,
    sink: &mut dyn Sink<R::Chunk>,
) -> Result<Vec<FileReport>, ReadError> {
    let layout = layout(schema, R::DATASET, options, sizes)?;
    let mut output = Output::<R> { log, sink, reports: Vec::new(), line: 1, long_line: None };
    if layout.format == Format::Parquet {
        output.read_parquet(ctx, &layout, files)?;
    } else {
        output.read_lines(Waves::of(ctx, files, layout, options, sizes))?;
    }
    output.end_file(ctx)?;
    Ok(output.reports)
}

/// The layout of lines before a file's first line is known.
pub(super) fn layout<'a>(
    schema: &'a Schema,
    dataset: Dataset,
    options: &CsvOptions,
    sizes: Sizes,
) -> Result<Layout<'a>, OptionsError> {
    options.check(schema)?;
    let name = options.named_default_label();
    if name.is_none() && options.has_label == Some(false) {
        return Err(OptionsError::NoDefaultLabel);
    }
    let default_label = match name {
        None => LabelId::DEFAULT,
        Some(name) => {
            let label = schema.get(name).ok_or_else(|| OptionsError::UnknownDefaultLabel(name.to_owned()))?;
            if !dataset.takes(label) {
                let (label, kind, expected) = (name.to_owned(), label.kind.name(), dataset.name());
                return Err(OptionsError::DefaultLabelKind { label, kind, expected });
            }
            label.id
        }
    };
    // Lines of JSON have no quotes that enclose line breaks.
    let without_quote = CsvOptions { quote: None, ..options.clone() };
    Ok(Layout {
        schema,
        dataset,
        format: options.format,
        dialect: Dialect::of(if options.format == Format::Text { options } else { &without_quote }),
        default_label,
        has_label: options.has_label != Some(false),
        list_escape: options.list_escape,
        id_bytes_max: options.id_bytes_max,
        sort_key: options.sort_key_column && dataset == Dataset::Edge,
        line_max: sizes.line_max,
    })
}

/// Where chunks, reports and log meet, in order.
struct Output<'a, R: Rows> {
    log: &'a mut ImportLog,
    sink: &'a mut dyn Sink<R::Chunk>,
    reports: Vec<FileReport>,
    /// The physical line that the next block begins with.
    line: u64,
    /// Where the long line began of which a part has been seen.
    long_line: Option<u64>,
}

impl<R: Rows> Output<'_, R> {
    fn read_lines(&mut self, mut waves: Waves<'_>) -> Result<(), ReadError> {
        let ctx = waves.ctx;
        loop {
            let wave = waves.next()?;
            if wave.is_empty() {
                return Ok(());
            }
            let known: &dyn Sink<R::Chunk> = &*self.sink;
            let resolve = |id: &str| known.find(id);
            let parsed = ctx.par_map(wave.len(), |i, tick| match wave.get(i) {
                Some(Item { block: Some(Block::Lines { bytes, .. }), layout, .. }) => {
                    let parse = match layout.format {
                        Format::JsonLines => record_file::parse_block::<R>,
                        _ => parse_block::<R>,
                    };
                    parse(ctx, tick, layout, &resolve, bytes).map(Some)
                }
                _ => Ok::<_, Stop>(None),
            })?;
            for (item, parsed) in wave.into_iter().zip(parsed) {
                ctx.checkpoint()?;
                self.take(ctx, item, parsed)?;
            }
        }
    }

    fn read_parquet(
        &mut self,
        ctx: &JobContext,
        layout: &Layout<'_>,
        files: &[InputFile],
    ) -> Result<(), ReadError> {
        for file in files {
            self.begin_file(ctx, layout, file, LabelColumn::Present)?;
            let mut input = ParquetInput::open(ctx, file)?;
            loop {
                let known: &dyn Sink<R::Chunk> = &*self.sink;
                let resolve = |id: &str| known.find(id);
                let Some(parts) = input.next::<R>(layout, &resolve)? else { break };
                for part in parts {
                    ctx.checkpoint()?;
                    self.records(ctx, part)?;
                }
            }
        }
        Ok(())
    }

    /// Takes rows of a Parquet file. Their numbers stand for lines.
    fn records(&mut self, ctx: &JobContext, part: Records<R::Chunk>) -> Result<(), ReadError> {
        let mut tick = ctx.tick();
        if let Some(report) = self.reports.last_mut() {
            report.successful_lines += part.good;
            report.failed_lines += part.rejects.len() as u64;
            report.total_lines += part.good + part.rejects.len() as u64;
            for reject in part.rejects {
                tick.spend(reject.line.len() as u64 + 64)?;
                let (column, code, message) = (reject.fault.column, reject.fault.code, reject.fault.message);
                let error = LineError { line: reject.row, column, code, message };
                report.codes.add(code);
                self.log.reject(ctx, &error, &reject.line)?;
                report.keep(error);
            }
        }
        self.sink.add(part.chunk)?;
        drop(part.held);
        Ok(())
    }

    fn take(
        &mut self,
        ctx: &JobContext,
        item: Item<'_>,
        parsed: Option<Parsed<R::Chunk>>,
    ) -> Result<(), ReadError> {
        if let Some((file, column)) = item.begins {
            self.begin_file(ctx, &item.layout, file, column)?;
        }
        match (item.block, parsed) {
            (Some(Block::Lines { bytes, held }), Some(parsed)) => {
                self.lines(ctx, &item.layout, &bytes, &parsed)?;
                drop((bytes, held));
                self.sink.add(parsed.chunk)?;
                drop(parsed.held);
            }
            (Some(Block::Long { bytes, held, end }), _) => self.long(ctx, &item.layout, &bytes, held, end)?,
            _ => {}
        }
        Ok(())
    }

    fn begin_file(
        &mut self,
        ctx: &JobContext,
        layout: &Layout<'_>,
        file: &InputFile,
        column: LabelColumn,
    ) -> Result<(), ReadError> {
        self.end_file(ctx)?;
        (self.line, self.long_line) = (1, None);
        self.log.begin_file(layout.dataset, file, layout.format);
        let mut report = FileReport::new(layout.dataset, file.shown());
        report.label_column = column;
        self.reports.push(report);
        Ok(())
    }

    fn end_file(&mut self, ctx: &JobContext) -> Result<(), ReadError> {
        match self.reports.last() {
            Some(report) => Ok(self.log.end_file(ctx, report)?),
            None => Ok(()),
        }
    }

    fn lines(
        &mut self,
        ctx: &JobContext,
        layout: &Layout<'_>,
        block: &[u8],
        parsed: &Parsed<R::Chunk>,
    ) -> Result<(), ReadError> {
        let mut tick = ctx.tick();
        for reject in &parsed.rejects {
            tick.spend(u64::from(reject.next - reject.start) + 64)?;
            let bytes = block.get(reject.start as usize..reject.next as usize).unwrap_or_default();
            let code = reject.fault.code;
            if let Some(report) = self.reports.last_mut() {
                report.codes.add(code);
                if report.first_errors.len() < FIRST_ERRORS_MAX || self.log.wants_more() {
                    let error = match layout.format {
                        Format::JsonLines => record_file::explain::<R>(layout, block, self.line, reject),
                        _ => explain(layout, block, self.line, reject),
                    };
                    self.log.reject(ctx, &error, bytes)?;
                    report.keep(error);
                }
            }
        }
        if let Some(report) = self.reports.last_mut() {
            report.successful_lines += parsed.good;
            report.failed_lines += parsed.rejects.len() as u64;
            report.total_lines += parsed.good + parsed.rejects.len() as u64;
        }
        self.line += parsed.breaks;
        Ok(())
    }

    fn long(
        &mut self,
        ctx: &JobContext,
        layout: &Layout<'_>,
        bytes: &[u8],
        held: Reservation,
        end: LongEnd,
    ) -> Result<(), ReadError> {
        let line = *self.long_line.get_or_insert(self.line);
        self.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.log.rejected_bytes(ctx, bytes)?;
        drop(held);
        if end == LongEnd::More {
            return Ok(());
        }
        self.long_line = None;
        let error = explain_long(layout, line, end == LongEnd::OpenQuote);
        self.log.error(ctx, &error)?;
        if let Some(report) = self.reports.last_mut() {
            report.codes.add(error.code);
            report.failed_lines += 1;
            report.total_lines += 1;
            report.keep(error);
        }
        Ok(())
    }
}

impl FileReport {
    fn keep(&mut self, error: LineError) {
        if self.first_errors.len() < FIRST_ERRORS_MAX {
            self.first_errors.push(error);
        }
    }
}
