//! Coreness: the largest k such that the vertex belongs to a subgraph in which everyone has k neighbours
//! or more. Distinct neighbours other than the vertex itself count, whatever the direction.
//!
//! Level by level in parallel: everything of degree k goes, which lowers degrees of neighbours; those that
//! fall to k go too, on the spot. Source: Kabir, Madduri: "Parallel k-core Decomposition on Multicore
//! Platforms", 2017. Work O(V + E), memory about 28·V bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{picked, tabulate};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, Cells, JobContext, Outcome, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

const K: Param = Param::new("k", Kind::Int(Bounds::at_least(0)), "Smallest coreness that is listed.")
    .required()
    .example(Literal::Int(1));

/// Vertices of one list: small, so that a level of few vertices of many arcs still spreads over threads.
const LIST: usize = 1024;

/// Coreness of vertices.
pub struct KCore;

/// Parameters of [`KCore`].
#[derive(Debug)]
pub struct Params {
    k: u64,
    labels: Option<Vec<String>>,
}

impl Algorithm for KCore {
    type Params = Params;

    const INFO: Info = Info {
        name: "kcore",
        aliases: &["k_core"],
        family: Family::Community,
        demand: Demand::Any,
        summary: "How deep each vertex lies in a densely connected core.",
        params: &[K, LABELS, NUM_THREAD],
        outputs: &[Output::new(
            "coreness",
            Shape::PerVertexInt,
            "Coreness of the vertices where it is k or more.",
        )],
        source: "Kabir, Madduri: Parallel k-core Decomposition on Multicore Platforms, 2017",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { k: args.int(&K).unsigned_abs(), labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Simple, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        // Degrees, vertices left, lists; afterwards degrees and the result's two columns.
        16 * size.vertices
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let coreness = peel(ctx, Arcs::of(graph.out()), graph.len())?;
        let listed = |v: usize| u64::from(coreness[v]) >= params.k;
        let rows = picked(ctx, graph, listed, |v| u64::from(coreness[v]), Cells::Int)?;
        Ok(Outcome::of_list("coreness", rows))
    }
}

/// Coreness of each position.
fn peel(ctx: &JobContext, arcs: Arcs<'_>, len: usize) -> Result<Buf<u32>, Stop> {
    let mut degrees = tabulate(ctx, len, |v| arcs.degree(v as u32) as u32)?;
    let mut left = tabulate(ctx, len, |v| v as u32)?;
    // Every vertex is in one list at one time only; a growing list has room for twice its length.
    let lists_held = ctx.reserve(8 * len as u64)?;
    let degree = degrees.as_atomics();
    ctx.phase("peel", 0.95, len as u64);
    let (mut level, mut gone) = (0, 0);
    while gone < len {
        let (mut lists, above) = at_level(ctx, &left, degree, level)?;
        if lists.is_empty() {
            level = above;
            continue;
        }
        while !lists.is_empty() {
            let peeled =
                ctx.par_map(lists.len(), |i, tick| peel_list(ctx, arcs, degree, level, &lists[i], tick))?;
            gone += peeled.iter().map(|(count, _)| count).sum::<usize>();
            lists = peeled.into_iter().flat_map(|(_, spilled)| spilled).collect();
        }
        level += 1;
        if len - gone < left.len() / 2 {
            keep_from(ctx, &mut left, degree, level)?;
        }
    }
    drop(lists_held);
    Ok(degrees)
}

/// Vertices whose degree is the level, in lists, and the smallest degree above it.
fn at_level(
    ctx: &JobContext,
    left: &[u32],
    degree: &[AtomicU32],
    level: u32,
) -> Result<(Vec<Vec<u32>>, u32), Stop> {
    let found = ctx.par_ranges(&even_cuts(left.len(), LIST), |range, _| {
        let mut above = u32::MAX;
        let mut list = Vec::new();
        for v in &left[range] {
            // Relaxed here and below: loops are separated by the end of a region, and inside one only the
            // count matters.
            let d = degree[*v as usize].load(Relaxed);
            if d == level {
                list.push(*v);
            } else if d > level {
                above = above.min(d);
            }
        }
        Ok::<_, Stop>((list, above))
    })?;
    let above = found.iter().map(|(_, above)| *above).min().unwrap_or(u32::MAX);
    Ok((found.into_iter().map(|(list, _)| list).filter(|list| !list.is_empty()).collect(), above))
}

/// Removes the vertices of a list and what falls to the level by that. Returns how many, and lists left
/// over for other threads when the fall is deep.
fn peel_list(
    ctx: &JobContext,
    arcs: Arcs<'_>,
    degree: &[AtomicU32],
    level: u32,
    list: &[u32],
    tick: &mut Tick<'_>,
) -> Result<(usize, Vec<Vec<u32>>), Stop> {
    let is_alone = ctx.threads() == 1;
    let mut spilled = Vec::new();
    let mut fallen = Vec::new();
    let mut count = 0;
    for (i, first) in list.iter().enumerate() {
        arcs.prefetch_after(list, i);
        let mut next = Some(*first);
        while let Some(v) = next {
            count += 1;
            for piece in pieces(arcs.row(v)) {
                tick.spend(1 + piece.len() as u64)?;
                if is_alone {
                    lower(degree, level, piece, &mut fallen, take_alone);
                } else {
                    lower(degree, level, piece, &mut fallen, |d| d.fetch_sub(1, Relaxed));
                }
            }
            if fallen.len() >= 2 * LIST {
                spilled.push(fallen.split_off(LIST));
            }
            next = fallen.pop();
        }
    }
    ctx.advance(count as u64);
    Ok((count, spilled))
}

/// Takes one where no other thread does, without an atomic addition.
#[inline]
fn take_alone(degree: &AtomicU32) -> u32 {
    let before = degree.load(Relaxed);
    degree.store(before.wrapping_sub(1), Relaxed);
    before
}

/// Takes one from the degree of each neighbour above the level, and collects those that reach it. `take` gives
/// the degree before.
#[inline]
fn lower(
    degree: &[AtomicU32],
    level: u32,
    neighbours: &[u32],
    fallen: &mut Vec<u32>,
    take: impl Fn(&AtomicU32) -> u32,
) {
    for t in neighbours {
        let d = &degree[*t as usize];
        if d.load(Relaxed) > level {
            let before = take(d);
            if before == level + 1 {
                fallen.push(*t);
            } else if before <= level {
                // Another thread brought it to the level between the two looks.
                d.fetch_add(1, Relaxed);
            }
        }
    }
}

/// Drops from `left` what is below the level.
fn keep_from(ctx: &JobContext, left: &mut Buf<u32>, degree: &[AtomicU32], level: u32) -> Result<(), Stop> {
    let mut tick = ctx.tick();
    let mut kept = 0;
    for i in 0..left.len() {
        tick.spend(1)?;
        let v = left[i];
        left[kept] = v;
        kept += usize::from(degree[v as usize].load(Relaxed) >= level);
    }
    left.truncate(kept);
    Ok(())
}
