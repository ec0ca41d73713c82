//! `export_graph`, `export_vertices` and `export_edges`: elements as files, all of them or none.

use super::Work;
use super::query::compile;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Graph, Snapshot};
use gesso_io::element_csv::NeedsEscape;
use gesso_io::{ElementCsv, write_schema};
use gesso_query::{Plan, Query, Target, find_edges, find_vertices};
use gesso_store::{OutputDir, OutputError, OutputFile};
use std::sync::Arc;

/// Elements per chunk.
const CHUNK: usize = 512;
/// Chunks that are rendered in parallel before they are written.
const WAVE: usize = 64;

/// Where a whole graph goes.
#[derive(Clone, Debug)]
pub struct GraphExport {
    /// The vertices.
    pub vertices: Destination,
    /// The edges.
    pub edges: Destination,
    /// The schema.
    pub schema: Destination,
}

/// Where lines go.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The directory of the file or the parts.
    pub dir: OutputDir,
    /// What is in it.
    pub form: Form,
}

/// One file or several.
#[derive(Clone, Debug)]
pub enum Form {
    /// A file of this name.
    File(String),
    /// `part-00000.csv` and so on, each with so many lines at most.
    Parts(u64),
}

/// The files of an export, which nobody sees yet.
#[derive(Default)]
struct Files {
    open: Option<OutputFile>,
    whole: Vec<OutputFile>,
    dirs: Vec<OutputDir>,
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
            let mut out = Files::default();
            let mut schema = Lines::new(&to.schema);
            schema.begin(ctx, &mut out)?;
            out.write(ctx, write_schema(snapshot.schema(), list_escape).as_bytes())?;
            let kind = Kind::ExportGraph;
            ctx.progress().scope(0.0, 0.4);
            let mut lines = Lines::new(&to.vertices);
            vertices_to(ctx, &snapshot, &Query::default(), kind, list_escape, &mut out, &mut lines)?;
            let vertex_lines = lines.finish(ctx, &mut out)?;
            ctx.progress().scope(0.4, 1.0);
            let mut lines = Lines::new(&to.edges);
            edges_to(ctx, &snapshot, &Query::default(), kind, list_escape, &mut out, &mut lines)?;
            let has_sort_keys = snapshot.has_sort_keys(ctx)?;
            let edge_lines = lines.finish(ctx, &mut out)?;
            let mut stale = stale_parts(ctx, &to.vertices, vertex_lines)?;
            stale.extend(stale_parts(ctx, &to.edges, edge_lines)?);
            commit(ctx, out)?;
            for (dir, part) in stale {
                // A part of an earlier, longer export that stays is read by the next import; say so.
                if let Err(error) = dir.remove(&part) {
                    tracing::warn!(part, %error, "an old part of an export stays");
                }
            }
            let outcome = Outcome::default()
                .with("vertexLines", Scalar::Int(vertex_lines as i64))
                .with("edgeLines", Scalar::Int(edge_lines as i64))
                .with("listEscape", Scalar::Bool(list_escape));
            Ok(sort_key_column(has_sort_keys, outcome))
        })
        .map_err(|e| failure(Kind::ExportGraph, e))
    })
}

/// Exports the vertices that a query selects.
pub fn vertices(graph: Arc<Graph>, query: Query, to: Destination) -> Work {
    selected(Kind::ExportVertices, graph, query, to)
}

/// Exports the edges that a query selects.
pub fn edges(graph: Arc<Graph>, query: Query, to: Destination) -> Work {
    selected(Kind::ExportEdges, graph, query, to)
}

fn selected(kind: Kind, graph: Arc<Graph>, query: Query, to: Destination) -> Work {
    Work::new(kind, 0, move |ctx| {
        let snapshot = graph.snapshot();
        with_escapes_if_needed(|list_escape| {
            let (mut out, mut lines) = (Files::default(), Lines::new(&to));
            if kind == Kind::ExportVertices {
                vertices_to(ctx, &snapshot, &query, kind, list_escape, &mut out, &mut lines)?;
            } else {
                edges_to(ctx, &snapshot, &query, kind, list_escape, &mut out, &mut lines)?;
            }
            let count = lines.finish(ctx, &mut out)?;
            let of_edges = kind == Kind::ExportEdges && snapshot.has_sort_keys(ctx)?;
            commit(ctx, out)?;
            let mut outcome = Outcome::default().with("data_total_size", Scalar::Int(count as i64));
            if list_escape {
                outcome = outcome.with("listEscape", Scalar::Bool(true));
            }
            Ok(sort_key_column(of_edges, outcome))
        })
        .map_err(|e| failure(kind, e))
    })
}

/// Says how the lines of edges are to be read where they have sort keys.
fn sort_key_column(has_sort_keys: bool, outcome: Outcome) -> Outcome {
    if has_sort_keys { outcome.with("sortKeyColumn", Scalar::Text("lastColumn".to_owned())) } else { outcome }
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
fn commit(ctx: &JobContext, mut out: Files) -> Result<(), ExportError> {
    out.end(ctx)?;
    ctx.seal()?;
    for file in out.whole {
        file.publish()?;
    }
    for dir in out.dirs {
        dir.settle()?;
    }
    Ok(())
}

impl Files {
    /// Ends the present file and begins the next one.
    fn begin(&mut self, ctx: &JobContext, dir: &OutputDir, name: &str) -> Result<(), OutputError> {
        self.end(ctx)?;
        self.open = Some(dir.begin(ctx, name)?);
        Ok(())
    }

    fn write(&mut self, ctx: &JobContext, bytes: &[u8]) -> Result<(), OutputError> {
        self.open.as_mut().map_or(Ok(()), |file| file.write(ctx, bytes))
    }

    /// Makes the present file whole.
    fn end(&mut self, ctx: &JobContext) -> Result<(), OutputError> {
        if let Some(mut file) = self.open.take() {
            file.prepare(ctx)?;
            self.whole.push(file);
        }
        Ok(())
    }
}

fn vertices_to(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Query,
    kind: Kind,
    list_escape: bool,
    out: &mut Files,
    lines: &mut Lines<'_>,
) -> Result<(), ExportError> {
    let compiled = compile(query, Target::Vertices, snapshot, kind).map_err(ExportError::Query)?;
    let found = find_vertices(ctx, snapshot, &compiled, &Plan::of(snapshot, &compiled))?;
    write(ctx, &found, || ElementCsv::new(list_escape), out, lines, |csv, v| csv.vertex(snapshot, *v))
}

fn edges_to(
    ctx: &JobContext,
    snapshot: &Snapshot,
    query: &Query,
    kind: Kind,
    list_escape: bool,
    out: &mut Files,
    lines: &mut Lines<'_>,
) -> Result<(), ExportError> {
    let compiled = compile(query, Target::Edges, snapshot, kind).map_err(ExportError::Query)?;
    let found = find_edges(ctx, snapshot, &compiled, &Plan::of(snapshot, &compiled))?;
    let has_sort_keys = snapshot.has_sort_keys(ctx)?;
    let writer = || ElementCsv::new(list_escape).with_sort_keys(has_sort_keys);
    write(ctx, &found, writer, out, lines, |csv, place| {
        snapshot.edge_at(*place).map_or(Ok(()), |edge| csv.edge(snapshot, &edge))
    })
}

/// Renders chunks in parallel and writes them in order.
fn write<T: Sync>(
    ctx: &JobContext,
    items: &[T],
    writer: impl Fn() -> ElementCsv + Sync,
    out: &mut Files,
    lines: &mut Lines<'_>,
    render: impl Fn(&mut ElementCsv, &T) -> Result<(), NeedsEscape> + Sync,
) -> Result<(), ExportError> {
    ctx.phase("write files", 1.0, items.len() as u64);
    for wave in items.chunks(CHUNK * WAVE) {
        let chunks = ctx.par_ranges(&even_cuts(wave.len(), CHUNK), |range, tick| {
            let mut csv = writer();
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
    target: &'a Destination,
    written: u64,
    /// Lines in the present file; none before the first one.
    in_file: Option<u64>,
}

impl<'a> Lines<'a> {
    fn new(target: &'a Destination) -> Lines<'a> {
        Lines { target, written: 0, in_file: None }
    }

    fn write(
        &mut self,
        ctx: &JobContext,
        out: &mut Files,
        text: &[u8],
        ends: &[usize],
    ) -> Result<(), ExportError> {
        let (mut row, mut from) = (0, 0);
        while row < ends.len() {
            let room = match (&self.target.form, self.in_file) {
                (_, None) => 0,
                (Form::File(_), Some(_)) => u64::MAX,
                (Form::Parts(most), Some(lines)) => most.saturating_sub(lines),
            };
            if room == 0 {
                self.begin(ctx, out)?;
                continue;
            }
            let last = usize::try_from(room).unwrap_or(usize::MAX).min(ends.len() - row) + row;
            let to = ends.get(last - 1).copied().unwrap_or(from);
            out.write(ctx, text.get(from..to).unwrap_or_default())?;
            let rows = (last - row) as u64;
            self.written += rows;
            self.in_file = self.in_file.map(|lines| lines + rows);
            (row, from) = (last, to);
        }
        Ok(())
    }

    fn begin(&mut self, ctx: &JobContext, out: &mut Files) -> Result<(), OutputError> {
        if self.in_file.is_none() {
            out.dirs.push(self.target.dir.clone());
        }
        self.in_file = Some(0);
        match &self.target.form {
            Form::File(name) => out.begin(ctx, &self.target.dir, name),
            Form::Parts(most) => {
                let name = format!("part-{:05}.csv", self.written / most);
                out.begin(ctx, &self.target.dir, &name)
            }
        }
    }

    /// The number of lines. A file that is not cut into parts exists also without any.
    fn finish(mut self, ctx: &JobContext, out: &mut Files) -> Result<u64, OutputError> {
        if self.in_file.is_none() && matches!(self.target.form, Form::File(_)) {
            self.begin(ctx, out)?;
        }
        Ok(self.written)
    }
}

/// Parts of an earlier export into the same directory that this one does not replace.
fn stale_parts(
    ctx: &JobContext,
    target: &Destination,
    lines: u64,
) -> Result<Vec<(OutputDir, String)>, OutputError> {
    let Form::Parts(most) = target.form else { return Ok(Vec::new()) };
    let parts = lines.div_ceil(most);
    let is_stale = |name: &String| {
        let number = name.strip_prefix("part-").and_then(|rest| rest.strip_suffix(".csv"));
        number.and_then(|number| number.parse::<u64>().ok()).is_some_and(|number| number >= parts)
    };
    let names = target.dir.names(ctx)?.into_iter().filter(is_stale);
    Ok(names.map(|name| (target.dir.clone(), name)).collect())
}
