//! A maximal independent set: vertices of which no two are neighbours, such that every other vertex has one of
//! them as neighbour. Vertices are taken greedily in a random order that the seed fixes; a vertex with a
//! self-loop is its own neighbour only, and may be taken.
//!
//! In rounds, every vertex that comes before all its undecided neighbours is taken at once, which gives exactly
//! the greedy set. Source: Blelloch, Fineman, Shun: "Greedy sequential maximal independent set and matching are
//! parallel on average", SPAA 2012. Work O(rounds·(V + E)), rounds about log² V; memory 14·V bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::{ARC_CHUNK, select, tabulate, to_vertices};
use crate::shared::{self, LABELS, NUM_THREAD, SEED};
use gesso_core::ctx::work_cuts;
use gesso_core::{Buf, JobContext, Outcome, Rows, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Vertices of which no two are neighbours.
pub struct MaximalIndependentSet;

/// Parameters of [`MaximalIndependentSet`].
#[derive(Debug)]
pub struct Params {
    seed: u64,
    labels: Option<Vec<String>>,
}

const UNDECIDED: u32 = 0;
const TAKEN: u32 = 1;
const LEFT_OUT: u32 = 2;

impl Algorithm for MaximalIndependentSet {
    type Params = Params;

    const INFO: Info = Info {
        name: "maximal_independent_set",
        aliases: &[],
        family: Family::Structure,
        summary: "Vertices of which no two are neighbours, as many as fit.",
        params: &[SEED, LABELS, NUM_THREAD],
        outputs: &[Output::new("maximal_independent_set", Shape::Vertices, "The vertices in vertex order.")],
        source: "Blelloch, Fineman, Shun, SPAA 2012",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { seed: args.int(&SEED).unsigned_abs(), labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Simple, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        (8 + 4 + 4) * size.vertices
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let arcs = Arcs::of(graph.out());
        let places = tabulate(ctx, graph.len(), |v| ctx.rng(params.seed, v as u64).next_u64())?;
        let state = decide(ctx, arcs, &places)?;
        drop(places);
        let mut taken = select(ctx, graph.len(), |v| state[v] == TAKEN)?;
        to_vertices(ctx, graph, &mut taken)?;
        Ok(Outcome::of_list("maximal_independent_set", Rows::Vertices(taken.release().share())))
    }
}

/// The greedy set in the order of places; equal places are ordered by position.
fn decide(ctx: &JobContext, arcs: Arcs<'_>, places: &[u64]) -> Result<Buf<u32>, Stop> {
    let len = arcs.vertices();
    let mut state = ctx.alloc(len, UNDECIDED)?;
    let cuts = work_cuts(arcs.offsets, ARC_CHUNK);
    ctx.phase("decide", 0.95, len as u64);
    let order = |v: u32| (places[v as usize], v);
    loop {
        let states = state.as_atomics();
        let decided = ctx.par_ranges(&cuts, |range, tick| {
            let mut count = 0;
            for v in range.map(|v| v as u32) {
                if states[v as usize].load(Relaxed) == UNDECIDED {
                    count += u64::from(look(arcs, states, v, order, tick)?);
                }
            }
            ctx.advance(count);
            Ok::<_, Stop>(count)
        })?;
        if decided.iter().sum::<u64>() == 0 {
            return Ok(state);
        }
    }
}

/// Decides a vertex if its earlier neighbours are all decided. Returns whether it did.
///
/// Relaxed: a decision, once seen, is final, and follows from earlier ones alone; who sees it late decides a round
/// later, but not otherwise.
fn look(
    arcs: Arcs<'_>,
    states: &[AtomicU32],
    v: u32,
    order: impl Fn(u32) -> (u64, u32),
    tick: &mut Tick<'_>,
) -> Result<bool, Stop> {
    let own = order(v);
    let mut waits = false;
    for piece in pieces(arcs.row(v)) {
        tick.spend(1 + piece.len() as u64)?;
        for t in piece.iter().filter(|t| order(**t) < own) {
            match states[*t as usize].load(Relaxed) {
                TAKEN => {
                    states[v as usize].store(LEFT_OUT, Relaxed);
                    return Ok(true);
                }
                UNDECIDED => waits = true,
                _ => {}
            }
        }
    }
    if !waits {
        states[v as usize].store(TAKEN, Relaxed);
    }
    Ok(!waits)
}
