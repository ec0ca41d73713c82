//! `export_graph`, `export_vertices` and `export_edges`: elements as files, all of them or none.

use super::Work;
use super::query::compile;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Graph, Snapshot};
use gesso_io::element_csv::NeedsEscape;
use gesso_io::{ElementCsv, OutputError, OutputFiles, write_schema};
use gesso_query::{Plan, Query, Target, find_edges, find_vertices};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Elements per chunk.
const CHUNK: usize = 512;
/// Chunks that are rendered in parallel before they are written.
const WAVE: usize = 64;

/// Where a whole graph goes.
#[derive(Clone, Debug)]
pub struct GraphExport {
    /// The vertex file, or the directory of its parts.
    pub vertices: PathBuf,
    /// The edge file, or the directory of its parts.
    pub edges: PathBuf,
    /// The schema file.
    pub schema: PathBuf,
    /// Lines in each part; none for one file.
    pub rows_per_file: Option<u64>,
}

/// Why an export ends early.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Stopped(#[from] Stop),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Escape(#[from] NeedsEscape),
    #[error("{}", .0.message)]
    Query(Failure),
}

/// Exports the whole graph as it is when the job starts.
pub fn graph(graph: Arc<Graph>, to: GraphExport) -> Work {
    Work::new(Kind::ExportGraph, 0, move |ctx| {
        let snapshot = graph.snapshot();
        with_escapes_if_needed(|list_escape| {
            let mut out = OutputFiles::default();
            out.begin(&to.schema)?;
            out.write(write_schema(snapshot.schema(), list_escape).as_bytes())?;
            let kind = Kind::ExportGraph;
            ctx.progress().scope(0.0, 0.4);
            let mut lines = Lines::new(&to.vertices, to.rows_per_file);
            vertices_to(ctx, &snapshot, &Query::default(), kind, list_escape, &mut out, &mut lines)?;
            let vertex_lines = lines.finish(&mut out)?;
            ctx.progress().scope(0.4, 1.0);
            let mut lines = Lines::new(&to.edges, to.rows_per_file);
            edges_to(ctx, &snapshot, &Query::default(), kind, list_escape, &mut out, &mut lines)?;
            let edge_lines = lines.finish(&mut out)?;
            let stale = stale_parts(&to, vertex_lines, edge_lines);
            commit(ctx, out)?;
            for part in stale {
                // A part of an earlier, longer export that stays is read by the next import; say so.
                if let Err(error) = std::fs::remove_file(&part) {
                    tracing::warn!(path = %part.display(), %error, "an old part of an export stays");
                }
            }
            Ok(Outcome::default()
                .with("vertexLines", Scalar::Int(vertex_lines as i64))
                .with("edgeLines", Scalar::Int(edge_lines as i64))
                .with("listEscape", Scalar::Bool(list_escape)))
        })
        .map_err(|e| failure(Kind::ExportGraph, e))
    })
}

/// Exports the vertices that a query selects.
pub fn vertices(graph: Arc<Graph>, query: Query, to: PathBuf) -> Work {
    selected(Kind::ExportVertices, graph, query, to)
}

/// Exports the edges that a query selects.
pub fn edges(graph: Arc<Graph>, query: Query, to: PathBuf) -> Work {
    selected(Kind::ExportEdges, graph, query, to)
}

fn selected(kind: Kind, graph: Arc<Graph>, query: Query, to: PathBuf) -> Work {
    Work::new(kind, 0, move |ctx| {
        let snapshot = graph.snapshot();
        with_escapes_if_needed(|list_escape| {
            let (mut out, mut lines) = (OutputFiles::default(), Lines::new(&to, None));
            if kind == Kind::ExportVertices {
                vertices_to(ctx, &snapshot, &query, kind, list_escape, &mut out, &mut lines)?;
            } else {
                edges_to(ctx, &snapshot, &query, kind, list_escape, &mut out, &mut lines)?;
            }
            let count = lines.finish(&mut out)?;
            commit(ctx, out)?;
            let mut outcome = Outcome::default().with("data_total_size", Scalar::Int(count as i64));
            if list_escape {
                outcome = outcome.with("listEscape", Scalar::Bool(true));
            }
            Ok(outcome)
        })
        .map_err(|e| failure(kind, e))
    })
}

/// Few graphs need escapes, so an export first goes without.
fn with_escapes_if_needed(
    export: impl Fn(bool) -> Result<Outcome, ExportError>,
) -> Result<Outcome, ExportError> {
    match export(false) {
        Err(ExportError::Escape(_)) => export(true),
        other => other,
    }
}

fn failure(kind: Kind, error: ExportError) -> Failure {
    match error {
        ExportError::Stopped(stop) => stop.into(),
        ExportError::Query(failure) => failure,
        other => Failure::new(kind.failure_code(), other.to_string()),
    }
}

/// From here on the export can not be stopped; what is left is to give the files their names.
fn commit(ctx: &JobContext, mut out: OutputFiles) -> Result<(), ExportError> {
    out.finish()?;
    ctx.seal()?;
    Ok(out.commit()?)
}

fn vertices_to(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Query,
    kind: Kind,
    list_escape: bool,
    out: &mut OutputFiles,
    lines: &mut Lines<'_>,
) -> Result<(), ExportError> {
    let compiled = compile(query, Target::Vertices, snapshot, kind).map_err(ExportError::Query)?;
    let found = find_vertices(ctx, snapshot, &compiled, &Plan::of(snapshot, &compiled))?;
    write(ctx, &found, list_escape, out, lines, |csv, v| csv.vertex(snapshot, *v))
}

fn edges_to(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Query,
    kind: Kind,
    list_escape: bool,
    out: &mut OutputFiles,
    lines: &mut Lines<'_>,
) -> Result<(), ExportError> {
    let compiled = compile(query, Target::Edges, snapshot, kind).map_err(ExportError::Query)?;
    let found = find_edges(ctx, snapshot, &compiled, &Plan::of(snapshot, &compiled))?;
    write(ctx, &found, list_escape, out, lines, |csv, place| {
        snapshot.edge_at(*place).map_or(Ok(()), |edge| csv.edge(snapshot, &edge))
    })
}

/// Renders chunks in parallel and writes them in order.
fn write<T: Sync>(
    ctx: &JobContext,
    items: &[T],
    list_escape: bool,
    out: &mut OutputFiles,
    lines: &mut Lines<'_>,
    render: impl Fn(&mut ElementCsv, &T) -> Result<(), NeedsEscape> + Sync,
) -> Result<(), ExportError> {
    ctx.phase("write files", 1.0, items.len() as u64);
    for wave in items.chunks(CHUNK * WAVE) {
        let chunks = ctx.par_ranges(&even_cuts(wave.len(), CHUNK), |range, tick| {
            let mut csv = ElementCsv::new(list_escape);
            for item in wave.get(range).unwrap_or_default() {
                tick.spend(64)?;
                render(&mut csv, item)?;
            }
            let (text, ends) = csv.into_lines();
            let held = ctx.reserve(text.capacity() as u64)?;
            Ok::<_, ExportError>((text, ends, held))
        })?;
        for (text, ends, _held) in chunks {
            ctx.checkpoint()?;
            lines.write(ctx, out, &text, &ends)?;
        }
        ctx.advance(wave.len() as u64);
    }
    Ok(())
}

/// Lines on their way into one file, or into parts of so many lines each.
struct Lines<'a> {
    target: &'a Path,
    rows_per_file: Option<u64>,
    written: u64,
    /// Lines in the present file; none before the first one.
    in_file: Option<u64>,
}

impl<'a> Lines<'a> {
    fn new(target: &'a Path, rows_per_file: Option<u64>) -> Lines<'a> {
        Lines { target, rows_per_file, written: 0, in_file: None }
    }

    fn write(
        &mut self,
        ctx: &JobContext,
        out: &mut OutputFiles,
        text: &[u8],
        ends: &[usize],
    ) -> Result<(), ExportError> {
        let (mut row, mut from) = (0, 0);
        while row < ends.len() {
            let room = match (self.rows_per_file, self.in_file) {
                (_, None) => 0,
                (None, Some(_)) => u64::MAX,
                (Some(most), Some(lines)) => most - lines,
            };
            if room == 0 {
                ctx.checkpoint()?;
                self.begin(out)?;
                continue;
            }
            let last = usize::try_from(room).unwrap_or(usize::MAX).min(ends.len() - row) + row;
            let to = ends.get(last - 1).copied().unwrap_or(from);
            out.write(text.get(from..to).unwrap_or_default())?;
            let rows = (last - row) as u64;
            self.written += rows;
            self.in_file = self.in_file.map(|lines| lines + rows);
            (row, from) = (last, to);
        }
        Ok(())
    }

    fn begin(&mut self, out: &mut OutputFiles) -> Result<(), OutputError> {
        let file = match self.rows_per_file {
            None => self.target.to_owned(),
            Some(most) => part(self.target, self.written / most),
        };
        self.in_file = Some(0);
        out.begin(&file)
    }

    /// The number of lines. A file that is not cut into parts exists also without any.
    fn finish(mut self, out: &mut OutputFiles) -> Result<u64, OutputError> {
        if self.in_file.is_none() && self.rows_per_file.is_none() {
            self.begin(out)?;
        }
        Ok(self.written)
    }
}

fn part(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("part-{number:05}.csv"))
}

/// Parts of an earlier export into the same directories that this one does not replace.
fn stale_parts(to: &GraphExport, vertex_lines: u64, edge_lines: u64) -> Vec<PathBuf> {
    let Some(most) = to.rows_per_file else { return Vec::new() };
    let sets = [(&to.vertices, vertex_lines), (&to.edges, edge_lines)];
    let mut stale = Vec::new();
    for (dir, lines) in sets {
        let parts = lines.div_ceil(most);
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let number = name.to_str().and_then(|n| n.strip_prefix("part-")?.strip_suffix(".csv"));
            if number.and_then(|n| n.parse::<u64>().ok()).is_some_and(|n| n >= parts) {
                stale.push(entry.path());
            }
        }
    }
    stale
}
