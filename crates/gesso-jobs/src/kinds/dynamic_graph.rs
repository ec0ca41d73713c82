//! `algorithm` on a dynamic graph: spec 07, section 6.

use super::Work;
use super::rows;
use super::walks::Shown;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_algo::AlgoError;
use gesso_algo::temporal::{self, Analysis, Arrival, Range, TimedPath, Times};
use gesso_core::{Code, JobContext, Outcome, Pile, Rows, Scalar, Stop};
use gesso_graph::{Graph, Snapshot};
use gesso_io::element_json::write_text;
use gesso_io::elements::Parts;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

/// Bytes a vertex of the searches' arrays.
const BYTES_PER_VERTEX: u64 = 64;

/// Runs an analysis on the graph as it is when the job starts.
pub fn work(graph: Arc<Graph>, name: &'static str, analysis: Analysis, range: Range) -> Work {
    let need = match analysis {
        Analysis::Graph { .. } => 0,
        _ => u64::from(graph.snapshot().vertex_bound()) * BYTES_PER_VERTEX,
    };
    Work::new(Kind::Algorithm, need, move |ctx| {
        run(ctx, &graph.snapshot(), &analysis, &range).map_err(|e| match e {
            AlgoError::Stopped(stop) if stop != Stop::Memory => stop.into(),
            reason => Failure::new(Code::Algorithm, reason.message(name)),
        })
    })
}

/// Finds what the schema says against a range.
pub fn check(snapshot: &Snapshot, range: &Range) -> Result<(), AlgoError> {
    Times::of(range, snapshot).map(drop)
}

fn run(
    ctx: &JobContext,
    snapshot: &Snapshot,
    analysis: &Analysis,
    range: &Range,
) -> Result<Outcome, AlgoError> {
    let started = Instant::now();
    let times = Times::of(range, snapshot)?;
    ctx.progress().scope(0.0, 0.8);
    let outcome = match analysis {
        Analysis::Bfs { source, k, directed } => {
            let found = temporal::bfs(ctx, snapshot, &times, source, *k, *directed)?;
            ctx.progress().scope(0.8, 1.0);
            Outcome::of_list("temporal_bfs", arrivals(ctx, snapshot, &found)?)
        }
        Analysis::Paths { source, targets, k, directed, foremost } => {
            let walking = (snapshot, &times, *directed);
            let found = temporal::paths(ctx, walking, (source, targets), *k, *foremost)?;
            ctx.progress().scope(0.8, 1.0);
            Outcome::of_list("paths", sequences(ctx, &found)?)
                .with_paged("temporal_paths", timed_paths(ctx, snapshot, &found)?)
                .with("source", Scalar::Text(source.clone()))
                .with("paths_number", Scalar::Int(found.len() as i64))
        }
        Analysis::Graph { group, temporal_vertex } => {
            let found = temporal::group(ctx, snapshot, &times, group, *temporal_vertex)?;
            ctx.progress().scope(0.8, 1.0);
            let shown = Shown { ctx, snapshot, parts: &Parts::ALL };
            let outcome = Outcome::of_list("vertices", shown.vertices(&found.vertices)?);
            let outcome = outcome.with_whole("edges", shown.edges(&found.edges)?).whole();
            return Ok(Outcome { is_data: true, ..outcome });
        }
    };
    Ok(outcome.with("runtime", Scalar::Real(started.elapsed().as_secs_f64())))
}

/// `{"id": {"arrive", "dist", "predecessor"}}` for each vertex.
fn arrivals(ctx: &JobContext, snapshot: &Snapshot, found: &[Arrival]) -> Result<Rows, Stop> {
    rows::render(ctx, found, |out, arrival| {
        out.push(b'{');
        write_text(out, snapshot.id(arrival.vertex));
        // Writing to a vector does not fail.
        _ = write!(out, r#":{{"arrive":{},"dist":{},"predecessor":"#, arrival.arrive, arrival.dist);
        write_text(out, arrival.predecessor.map_or("", |v| snapshot.id(v)));
        out.extend_from_slice(b"}}");
    })
}

/// The ids of each path.
fn sequences(ctx: &JobContext, found: &[TimedPath]) -> Result<Rows, Stop> {
    let (mut vertices, mut ends) = (Pile::<u32>::new(ctx)?, Pile::<u64>::new(ctx)?);
    for path in found {
        for v in &path.vertices {
            vertices.push(ctx, v.0)?;
        }
        ends.push(ctx, vertices.len() as u64)?;
    }
    Ok(Rows::Paths { vertices: vertices.release().share(), ends: ends.release().share() })
}

/// `{"target", "path", "arrive", "dist"}` for each path.
fn timed_paths(ctx: &JobContext, snapshot: &Snapshot, found: &[TimedPath]) -> Result<Rows, Stop> {
    rows::render(ctx, found, |out, path| {
        out.extend_from_slice(br#"{"target":"#);
        write_text(out, path.vertices.last().map_or("", |v| snapshot.id(*v)));
        out.extend_from_slice(br#","path":["#);
        for (i, v) in path.vertices.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            write_text(out, snapshot.id(*v));
        }
        out.extend_from_slice(br#"],"arrive":["#);
        for (i, arrive) in path.arrive.iter().enumerate() {
            // Writing to a vector does not fail.
            _ = write!(out, "{}{arrive}", if i > 0 { "," } else { "" });
        }
        _ = write!(out, r#"],"dist":{}}}"#, path.vertices.len() - 1);
    })
}
