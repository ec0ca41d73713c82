//! Minimum spanning forest: the edges of least total weight that connect all that is connected. Edges count both
//! ways; of equally heavy ones the first in the order of sources and indices is taken.
//!
//! Edges of one weight are joined in their order, each if it connects two trees. Weighted ones in rounds: each tree
//! takes the least edge that leaves it, and trees become larger ones. The order of edges is strict, so both give
//! the one forest that Kruskal's algorithm gives. Sources: Kruskal: "On the shortest spanning subtree of a graph and
//! the traveling salesman problem", 1956; Borůvka: "O jistém problému minimálním", 1926. Work O(V + E), or
//! O((V + E)·log V) with weights; memory 12·V + E/8 bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, check_positive, pieces};
use crate::args::Args;
use crate::edge_rows::some_edges;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK, tabulate};
use crate::shared::{self, LABELS, NUM_THREAD, WEIGHT};
use gesso_core::bits::{WORD, bits_bytes, words_for};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Bits, JobContext, Outcome, Scalar, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

/// No edge.
const NONE: u32 = u32::MAX;

/// Edges of least weight that keep all connected.
pub struct MinimumSpanningForest;

/// Parameters of [`MinimumSpanningForest`].
#[derive(Debug)]
pub struct Params {
    weight: Option<String>,
    labels: Option<Vec<String>>,
}

impl Algorithm for MinimumSpanningForest {
    type Params = Params;

    const INFO: Info = Info {
        name: "minimum_spanning_forest",
        aliases: &["minimum_spanning_tree"],
        family: Family::Structure,
        demand: Demand::Any,
        summary: "Edges of least weight that connect all that is connected.",
        params: &[WEIGHT, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("minimum_spanning_forest", Shape::Edges, "The edges, each with its weight."),
            Output::new("total_weight", Shape::Real, "Sum of their weights."),
        ],
        source: "Kruskal: On the shortest spanning subtree of a graph, 1956; Borůvka, 1926",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { weight: args.property(&WEIGHT), labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            weight: params.weight.clone(),
            edges: true,
            ..shared::labelled(Direction::Outgoing, Multiplicity::Multi, params.labels.as_ref())
        }
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        // Trees now and next and their least edges, without weights trees alone; then the weights of the result.
        let trees = if params.weight.is_some() { 12 } else { 4 };
        let weights = 8 * size.edges.min(size.vertices);
        bits_bytes(size.edges) + (trees * size.vertices).max(weights)
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let edges = graph.edges().cloned().unwrap_or_default();
        let arcs = Arcs::new(&edges.offsets, &edges.targets, None);
        let chosen = match edges.weights.as_deref() {
            None => first(ctx, arcs, graph.len())?,
            Some(weights) => {
                check_positive(ctx, weights)?;
                least(ctx, arcs, weights)?
            }
        };
        ctx.phase("write result", 0.95, 0);
        let mut weights = ctx.alloc(chosen.len(), 1f64)?;
        let mut total = chosen.len() as f64;
        if let Some(all) = edges.weights.as_deref() {
            let mut tick = ctx.tick();
            total = 0.0;
            for (slot, place) in weights.iter_mut().zip(chosen.iter()) {
                tick.spend(2)?;
                *slot = all[place];
                total += *slot;
            }
        }
        let rows = some_edges(graph, chosen, Some(("weight", weights)));
        Ok(Outcome::of_list("minimum_spanning_forest", rows).with("total_weight", Scalar::Real(total)))
    }
}

/// The places of the edges that join two trees when all are looked at in their order.
fn first(ctx: &JobContext, arcs: Arcs<'_>, vertices: usize) -> Result<Bits, Stop> {
    let mut tree = tabulate(ctx, vertices, |v| v as u32)?;
    let mut chosen = ctx.alloc(words_for(arcs.targets.len()), 0u64)?;
    ctx.phase("join", 0.9, arcs.targets.len() as u64);
    let mut tick = ctx.tick();
    for v in 0..arcs.vertices() as u32 {
        let mut own = root(&mut tree, v, &mut tick)?;
        let mut place = arcs.offsets[v as usize] as usize;
        for piece in pieces(arcs.row(v)) {
            tick.spend(piece.len() as u64)?;
            for t in piece {
                // Most neighbours hang below the same root already, or below a vertex that does.
                if tree[*t as usize] != own {
                    let other = root(&mut tree, *t, &mut tick)?;
                    if own != other {
                        // Towards the smaller number, which is as good as chance.
                        tree[own.max(other) as usize] = own.min(other);
                        own = own.min(other);
                        chosen[place / WORD] |= 1 << (place % WORD);
                    }
                }
                place += 1;
            }
            ctx.advance(piece.len() as u64);
        }
    }
    drop(tree);
    Bits::new(ctx, chosen)
}

/// The root of a vertex's tree; halves the path to it on the way.
#[inline]
fn root(tree: &mut [u32], v: u32, tick: &mut Tick<'_>) -> Result<u32, Stop> {
    let mut at = v;
    loop {
        let up = tree[at as usize];
        if up == at {
            return Ok(at);
        }
        tick.spend(1)?;
        tree[at as usize] = tree[up as usize];
        at = up;
    }
}

/// The places of the edges of the lightest forest, of equally heavy ones the first.
fn least(ctx: &JobContext, arcs: Arcs<'_>, weights: &[f64]) -> Result<Bits, Stop> {
    let vertices = arcs.vertices();
    let mut tree = tabulate(ctx, vertices, |v| v as u32)?;
    let mut next = ctx.alloc(vertices, 0u32)?;
    let mut least = ctx.alloc(vertices, NONE)?;
    let mut chosen = ctx.alloc(words_for(weights.len()), 0u64)?;
    let bits = chosen.as_atomics();
    let cuts = work_cuts(arcs.offsets, ARC_CHUNK);
    let vertex_cuts = even_cuts(vertices, VERTEX_CHUNK);
    let mut done = 0.0;
    // Each round at least halves the number of the trees that edges leave.
    loop {
        done += (0.9 - done) * 0.5;
        ctx.phase("join", done, 0);
        let offers = least.as_atomics();
        let is_any =
            ctx.par_ranges(&cuts, |range, tick| propose(arcs, weights, &tree, offers, range, tick))?;
        if !is_any.contains(&true) {
            break;
        }
        ctx.par_fill(&mut next, &vertex_cuts, |range, part, _| {
            for (v, slot) in range.zip(part) {
                *slot = match least[v] {
                    NONE => tree[v],
                    place => {
                        // Relaxed: bits are only set, and read after the last round.
                        bits[place as usize / WORD].fetch_or(1 << (place as usize % WORD), Relaxed);
                        above(arcs, &tree, &least, v as u32, place)
                    }
                };
            }
            Ok::<_, Stop>(())
        })?;
        let up = &next[..];
        ctx.par_fill(&mut tree, &vertex_cuts, |range, part, tick| {
            for (v, slot) in range.zip(part) {
                *slot = up[v];
                while up[*slot as usize] != *slot {
                    tick.spend(1)?;
                    *slot = up[*slot as usize];
                }
            }
            Ok::<_, Stop>(())
        })?;
        ctx.par_fill(&mut least, &vertex_cuts, |_, part, _| {
            part.fill(NONE);
            Ok::<_, Stop>(())
        })?;
    }
    drop((tree, next, least));
    Bits::new(ctx, chosen)
}

/// Offers the edges of some vertices to the trees at both ends. Returns whether any leaves its tree.
fn propose(
    arcs: Arcs<'_>,
    weights: &[f64],
    tree: &[u32],
    least: &[AtomicU32],
    range: std::ops::Range<usize>,
    tick: &mut Tick<'_>,
) -> Result<bool, Stop> {
    let is_less = |a: u32, b: u32| b == NONE || (weights[a as usize], a) < (weights[b as usize], b);
    let offer = |to: u32, place: u32| {
        let slot = &least[to as usize];
        // Relaxed: the least place wins in any order, and is read after the loop.
        let mut now = slot.load(Relaxed);
        while is_less(place, now) {
            match slot.compare_exchange_weak(now, place, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(other) => now = other,
            }
        }
    };
    let mut is_any = false;
    for v in range.map(|v| v as u32) {
        let own = tree[v as usize];
        let (mut best, mut place) = (NONE, arcs.offsets[v as usize] as u32);
        for piece in pieces(arcs.row(v)) {
            tick.spend(1 + piece.len() as u64)?;
            for t in piece {
                let other = tree[*t as usize];
                if other != own {
                    offer(other, place);
                    if is_less(place, best) {
                        best = place;
                    }
                }
                place += 1;
            }
        }
        if best != NONE {
            offer(own, best);
            is_any = true;
        }
    }
    Ok(is_any)
}

/// The root of the tree that the least edge of a tree leads to. Where two trees take the same edge, the smaller root
/// stays.
fn above(arcs: Arcs<'_>, tree: &[u32], least: &[u32], own: u32, place: u32) -> u32 {
    let mut other = tree[arcs.targets[place as usize] as usize];
    if other == own {
        let source = arcs.offsets.partition_point(|first| *first <= u64::from(place)) - 1;
        other = tree[source];
    }
    if least[other as usize] == place { own.min(other) } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesso_core::rng::Rng;

    /// Every edge in the order of weights and places, joined if it connects two groups.
    fn kruskal(offsets: &[u64], targets: &[u32], weights: &[f64]) -> Vec<u32> {
        let mut order: Vec<usize> = (0..targets.len()).collect();
        order.sort_by(|a, b| weights[*a].total_cmp(&weights[*b]));
        let mut group: Vec<usize> = (0..offsets.len() - 1).collect();
        let mut chosen = Vec::new();
        for place in order {
            let source = offsets.iter().rposition(|first| *first <= place as u64).unwrap();
            let (a, b) = (group[source], group[targets[place] as usize]);
            if a != b {
                group.iter_mut().filter(|g| **g == a).for_each(|g| *g = b);
                chosen.push(place as u32);
            }
        }
        chosen.sort_unstable();
        chosen
    }

    fn places(chosen: &Bits) -> Vec<u32> {
        chosen.iter().map(|place| place as u32).collect()
    }

    #[test]
    fn both_ways_give_the_forest_of_kruskal() {
        for seed in 0..200 {
            let mut rng = Rng::new(seed, 0);
            let vertices = 1 + rng.below(30) as usize;
            let mut offsets = vec![0u64];
            // Loops, parallel edges and equal weights among them.
            let targets: Vec<u32> = (0..vertices)
                .flat_map(|_| {
                    let row: Vec<u32> =
                        (0..rng.below(5)).map(|_| rng.below(vertices as u64) as u32).collect();
                    offsets.push(offsets[offsets.len() - 1] + row.len() as u64);
                    row
                })
                .collect();
            let weights: Vec<f64> = targets.iter().map(|_| 1.0 + rng.below(4) as f64).collect();
            let arcs = Arcs::new(&offsets, &targets, None);
            for threads in [1, 2, 8] {
                let ctx = JobContext::detached(threads, 1 << 20);
                let chosen = least(&ctx, arcs, &weights).unwrap();
                assert_eq!(places(&chosen), kruskal(&offsets, &targets, &weights), "{seed}");
                let chosen = first(&ctx, arcs, vertices).unwrap();
                assert_eq!(places(&chosen), kruskal(&offsets, &targets, &vec![1.0; targets.len()]), "{seed}");
            }
        }
    }
}
