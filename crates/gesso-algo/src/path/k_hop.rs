//! Vertices within k edges of a vertex, nearest first. The start itself is not among them.
//!
//! Source: Beamer, Asanović, Patterson: "Direction-Optimizing Breadth-First Search", SC 2012. Memory 16·V
//! bytes.

use super::bfs::{Reached, hops, hops_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{VERTEX_CHUNK, to_vertices};
use crate::shared::{self, NUM_THREAD, SOURCE, SOURCE_OUT};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Outcome, Rows, Scalar, Stop};
use gesso_graph::{Direction, Projection, ProjectionSpec};
use std::sync::atomic::Ordering::Relaxed;

const K: Param = Param::new("k", Kind::Int(Bounds::closed(1, 100)), "Most edges from the source.")
    .required()
    .example(Literal::Int(2));

const MODE: Param = Param::new(
    "mode",
    Kind::Choice(&["OUT", "IN", "ALL"]),
    "Whether edges are followed along their direction, against it, or both ways.",
)
.or(Literal::Text("OUT"));

const STATISTICS: Param = Param::new("statistics", Kind::Bool, "Whether the number of vertices is enough.")
    .or(Literal::Bool(false));

const SWITCH: Param = Param::new(
    "switch",
    Kind::Int(Bounds::closed(1, 2000)),
    "Known to other interfaces: when to search backwards; the answer does not depend on it.",
)
.or(Literal::Int(40));

/// Neighbourhoods of several hops.
pub struct KHop;

/// Which way edges are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Out,
    In,
    All,
}

/// Parameters of [`KHop`].
#[derive(Debug)]
pub struct Params {
    k: u32,
    source: String,
    mode: Mode,
    statistics: bool,
}

impl Algorithm for KHop {
    type Params = Params;

    const INFO: Info = Info {
        name: "k_hop",
        aliases: &["khop"],
        family: Family::Path,
        demand: Demand::Any,
        summary: "Vertices within some number of edges of a vertex.",
        params: &[K, SOURCE, MODE, STATISTICS, SWITCH, NUM_THREAD],
        outputs: &[
            Output::new("vertices", Shape::Vertices, "The vertices by distance, then in vertex order."),
            SOURCE_OUT,
            Output::new("k", Shape::Int, "Most edges from the source."),
            Output::new("k_hop_neighbors", Shape::Int, "Number of the vertices."),
        ],
        source: "Beamer, Asanović, Patterson: Direction-Optimizing Breadth-First Search, SC 2012",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let mode = match args.text(&MODE).as_str() {
            "IN" => Mode::In,
            "ALL" => Mode::All,
            _ => Mode::Out,
        };
        Ok(Params {
            k: args.int(&K) as u32,
            source: args.text(&SOURCE),
            mode,
            statistics: args.flag(&STATISTICS),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        let direction = if params.mode == Mode::All { Direction::Undirected } else { Direction::Both };
        ProjectionSpec { direction, ..ProjectionSpec::default() }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        hops_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let source = shared::position(graph, &params.source)?;
        let (forward, backward) = match params.mode {
            Mode::Out | Mode::All => (graph.out(), graph.incoming()),
            Mode::In => (graph.incoming(), graph.out()),
        };
        let Reached { hops, count } = hops(ctx, Arcs::of(forward), Arcs::of(backward), source, params.k)?;
        let mut outcome = Outcome::default();
        if !params.statistics {
            let starts = level_starts(ctx, &hops, params.k)?;
            let mut vertices = by_level(ctx, &hops, starts, count)?;
            to_vertices(ctx, graph, &mut vertices)?;
            outcome.list = Some(("vertices".to_owned(), Rows::Vertices(vertices.release().share())));
        }
        Ok(outcome
            .with("source", Scalar::Vertex(Some(graph.vertex(source))))
            .with("k", Scalar::Int(i64::from(params.k)))
            .with("k_hop_neighbors", Scalar::Int(count as i64)))
    }
}

/// For each chunk of positions, where its vertices of each level begin in the list of all.
fn level_starts(ctx: &JobContext, hops: &[u32], k: u32) -> Result<Vec<Vec<usize>>, Stop> {
    let mut starts = ctx.par_ranges(&even_cuts(hops.len(), VERTEX_CHUNK), |range, _| {
        let mut counts = vec![0; k as usize + 2];
        for h in &hops[range] {
            counts[*h as usize] += 1;
        }
        Ok::<_, Stop>(counts)
    })?;
    let mut before = 0;
    let mut tick = ctx.tick();
    // Level 0 is unreached and level 1 the source.
    for level in 2..k as usize + 2 {
        for chunk in &mut starts {
            tick.spend(1)?;
            before += std::mem::replace(&mut chunk[level], before);
        }
    }
    Ok(starts)
}

/// Reached positions by level, then in vertex order.
fn by_level(ctx: &JobContext, hops: &[u32], starts: Vec<Vec<usize>>, count: usize) -> Result<Buf<u32>, Stop> {
    let mut out = ctx.alloc(count, 0u32)?;
    let slots = out.as_atomics();
    let cuts = even_cuts(hops.len(), VERTEX_CHUNK);
    ctx.par_map(starts.len(), |chunk, _| {
        let mut next = starts[chunk].clone();
        let range = cuts[chunk]..cuts[chunk + 1];
        for (v, hops) in range.clone().zip(&hops[range]) {
            let level = *hops as usize;
            if level > 1 {
                // Relaxed: each slot has one writer, and readers come after the loop.
                slots[next[level]].store(v as u32, Relaxed);
                next[level] += 1;
            }
        }
        Ok::<_, Stop>(())
    })?;
    Ok(out)
}
