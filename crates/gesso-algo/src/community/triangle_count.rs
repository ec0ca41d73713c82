//! Triangles: sets of three vertices that are all neighbours of each other, edges taken both ways and
//! parallel ones once.
//!
//! Edges point to the end of higher degree. For each vertex its targets are marked in an array, and the
//! targets of these are looked up there: one load instead of the branches of a merge, and as numbers are
//! given by falling degree, the marks looked up most often share cache lines.
//!
//! Sources: Schank, Wagner: "Finding, Counting and Listing All Triangles in Large Graphs", 2005 (forward);
//! Latapy: "Main-memory triangle computations for very large graphs", 2008. Work O(E^1.5), memory about
//! 28·V + 4·E bytes and up to 4·V a thread.

use super::oriented::{Oriented, oriented_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{per_vertex, per_vertex_bytes, tabulate};
use crate::scratch::Scratch;
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::work_cuts;
use gesso_core::{Buf, Cells, JobContext, Outcome, Scalar, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const STATISTICS: Param = Param::new(
    "statistics",
    Kind::Bool,
    "Whether the number for the whole graph is enough; false adds the number at each vertex.",
)
.or(Literal::Bool(true));

/// Arcs a chunk: each stands for a list to be looked up, so fewer than elsewhere.
pub(super) const CHUNK: u64 = 2048;

/// Number of triangles.
pub struct TriangleCount;

/// Parameters of [`TriangleCount`].
#[derive(Debug)]
pub struct Params {
    statistics: bool,
    labels: Option<Vec<String>>,
}

impl Algorithm for TriangleCount {
    type Params = Params;

    const INFO: Info = Info {
        name: "triangle_count",
        aliases: &["traingle_count"],
        family: Family::Community,
        summary: "Number of triangles in the graph and at each vertex.",
        params: &[STATISTICS, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("triangle_count", Shape::Int, "Number of triangles in the graph."),
            Output::new(
                "vertex_triangles",
                Shape::PerVertexInt,
                "Triangles at each vertex, with statistics false.",
            ),
        ],
        source: "Schank, Wagner, 2005; Latapy, 2008",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { statistics: args.flag(&STATISTICS), labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Simple, params.labels.as_ref())
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let threads = size.threads.max(1);
        let columns = if params.statistics {
            size.vertices * threads
        } else {
            4 * size.vertices * threads + 16 * size.vertices + per_vertex_bytes(size.vertices)
        };
        oriented_bytes(size.vertices, size.edges) + 4 + columns
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        ctx.phase("orient", 0.05, 0);
        let oriented = Oriented::new(ctx, Arcs::of(graph.out()), graph.len())?;
        let cuts = work_cuts(&oriented.offsets, CHUNK);
        ctx.phase("count", 0.98, cuts.len() as u64);
        let mut outcome = Outcome::default();
        let total = if params.statistics {
            total(ctx, &oriented, &cuts)?
        } else {
            let (total, at) = at_each(ctx, &oriented, &cuts)?;
            let cells = tabulate(ctx, graph.len(), |v| at[oriented.order.place[v] as usize])?;
            let rows = per_vertex(ctx, graph, Cells::Int(cells.release().share()))?;
            outcome.list = Some(("vertex_triangles".to_owned(), rows));
            total
        };
        Ok(outcome.with("triangle_count", Scalar::Int(total as i64)))
    }
}

/// Triangles of the whole graph.
fn total(ctx: &JobContext, graph: &Oriented, cuts: &[usize]) -> Result<u64, Stop> {
    let scratch = Scratch::<u8>::new(ctx, graph.order.place.len())?;
    let counts = ctx.par_ranges(cuts, |range, tick| {
        ctx.advance(1);
        scratch.with(|marks| {
            let mut found = 0;
            for u in range {
                found += closed_by(graph, graph.row(u as u32), marks, tick)?;
            }
            Ok::<_, Stop>(found)
        })
    })?;
    Ok(counts.iter().sum())
}

/// Triangles that a vertex with these targets closes.
fn closed_by(graph: &Oriented, row: &[u32], marks: &mut [u8], tick: &mut Tick<'_>) -> Result<u64, Stop> {
    if row.len() < 2 {
        return Ok(0);
    }
    for v in row {
        marks[*v as usize] = 1;
    }
    let mut found = 0;
    for v in row {
        let list = graph.row(*v);
        tick.spend(1 + list.len() as u64)?;
        found += list.iter().map(|w| u64::from(marks[*w as usize])).sum::<u64>();
    }
    for v in row {
        marks[*v as usize] = 0;
    }
    Ok(found)
}

/// Triangles of the whole graph and at each place.
pub(super) fn at_each(ctx: &JobContext, graph: &Oriented, cuts: &[usize]) -> Result<(u64, Buf<u64>), Stop> {
    let len = graph.order.place.len();
    let scratch = Scratch::<u32>::new(ctx, len)?;
    let mut at = ctx.alloc(len, 0u64)?;
    let sums = at.as_atomics();
    let counts = ctx.par_ranges(cuts, |range, tick| {
        ctx.advance(1);
        scratch.with(|marks| {
            let mut found = 0;
            for u in range {
                let closed = closed_at(graph, graph.row(u as u32), sums, marks, tick)?;
                // Relaxed here and below: sums, read after the loop.
                sums[u].fetch_add(closed, Relaxed);
                found += closed;
            }
            Ok::<_, Stop>(found)
        })
    })?;
    Ok((counts.iter().sum(), at))
}

/// As [`closed_by`], adding each triangle to its two other corners. A mark is 1 plus the triangles met there,
/// so that looking up and counting are one step.
fn closed_at(
    graph: &Oriented,
    row: &[u32],
    sums: &[AtomicU64],
    marks: &mut [u32],
    tick: &mut Tick<'_>,
) -> Result<u64, Stop> {
    if row.len() < 2 {
        return Ok(0);
    }
    for v in row {
        marks[*v as usize] = 1;
    }
    let mut found = 0;
    for v in row {
        let list = graph.row(*v);
        tick.spend(1 + list.len() as u64)?;
        let mut here = 0;
        for w in list {
            let mark = &mut marks[*w as usize];
            let hit = u32::from(*mark != 0);
            *mark += hit;
            here += u64::from(hit);
        }
        if here > 0 {
            sums[*v as usize].fetch_add(here, Relaxed);
            found += here;
        }
    }
    for v in row {
        let met = std::mem::replace(&mut marks[*v as usize], 0) - 1;
        if met > 0 {
            sums[*v as usize].fetch_add(u64::from(met), Relaxed);
        }
    }
    Ok(found)
}
