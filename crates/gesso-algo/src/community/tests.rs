//! That groups of vertices which move as one, and the coarse graphs that they become, are one and the same.

use super::coarsen::Numbered;
use super::level::{Groups, Level, by_first, of_groups};
use super::local_moving::Moving;
use super::modularity_sum::Degrees;
use super::multilevel::levels_bytes;
use super::refinement::refine;
use super::standing::{Parts, Standing};
use crate::arcs::Arcs;
use gesso_core::rng::Rng;
use gesso_core::{Buf, JobContext};
use gesso_graph::projection::WeightSlice;
use std::collections::BTreeMap;

/// How edges are weighted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Weighted {
    Not,
    Bytes,
    Halves,
}

pub(super) const ALL: [Weighted; 3] = [Weighted::Not, Weighted::Bytes, Weighted::Halves];

/// A graph with each edge both ways and loops once.
pub(super) struct Graph {
    offsets: Vec<u64>,
    targets: Vec<u32>,
    bytes: Vec<u8>,
    halves: Vec<f64>,
    weighted: Weighted,
}

impl Graph {
    /// Edges with weights; halves of them where these are not whole.
    pub(super) fn new(len: usize, edges: &[(u32, u32, u8)], weighted: Weighted) -> Graph {
        let mut rows = vec![Vec::new(); len];
        for (a, b, w) in edges {
            rows[*a as usize].push((*b, *w));
            if a != b {
                rows[*b as usize].push((*a, *w));
            }
        }
        for row in &mut rows {
            row.sort_unstable();
        }
        let ends = rows.iter().scan(0, |end, row| {
            *end += row.len() as u64;
            Some(*end)
        });
        let offsets = std::iter::once(0).chain(ends).collect();
        let arcs: Vec<(u32, u8)> = rows.concat();
        Graph {
            offsets,
            targets: arcs.iter().map(|(t, _)| *t).collect(),
            bytes: arcs.iter().map(|(_, w)| *w).collect(),
            halves: arcs.iter().map(|(_, w)| f64::from(*w) / 2.0).collect(),
            weighted,
        }
    }

    pub(super) fn random(len: u32, edges: usize, weighted: Weighted, seed: u64) -> Graph {
        let mut rng = Rng::new(seed, 0);
        let edges: Vec<_> = (0..edges)
            .map(|_| {
                // A few vertices have many edges, and some edges are loops or parallel.
                let end = |rng: &mut Rng| (rng.unit().powi(3) * f64::from(len)) as u32;
                (end(&mut rng), end(&mut rng), 1 + rng.below(200) as u8)
            })
            .collect();
        Graph::new(len as usize, &edges, weighted)
    }

    pub(super) fn arcs(&self) -> Arcs<'_> {
        let weights = match self.weighted {
            Weighted::Not => None,
            Weighted::Bytes => Some(WeightSlice::Bytes(&self.bytes)),
            Weighted::Halves => Some(WeightSlice::Doubles(&self.halves)),
        };
        Arcs::new(&self.offsets, &self.targets, weights)
    }
}

/// Weights from each vertex to each.
fn matrix(ctx: &JobContext, arcs: Arcs<'_>) -> BTreeMap<(u32, u32), f64> {
    let mut sums = BTreeMap::new();
    for v in 0..arcs.vertices() as u32 {
        arcs.for_each(v, &mut ctx.tick(), |t, w| *sums.entry((v, t)).or_insert(0.0) += w).unwrap();
    }
    sums
}

/// Groups by the numbers of their first vertices, about `count` of them.
fn grouped(ctx: &JobContext, len: usize, count: u64, seed: u64) -> (Buf<u32>, usize) {
    let mut rng = Rng::new(seed, 1);
    let of: Vec<u32> = (0..len).map(|_| rng.below(count) as u32).collect();
    by_first(ctx, ctx.alloc_copy(&of).unwrap()).unwrap()
}

/// What the graph of groups is by its definition.
fn expected(ctx: &JobContext, arcs: Arcs<'_>, of: &[u32]) -> BTreeMap<(u32, u32), f64> {
    let mut sums = BTreeMap::new();
    for ((v, t), w) in matrix(ctx, arcs) {
        let (a, b) = (of[v as usize], of[t as usize]);
        // Edges inside are there from both ends, loops once.
        *sums.entry((a, b)).or_insert(0.0) += if a == b && v != t { w / 2.0 } else { w };
    }
    sums
}

#[test]
fn coarse_graphs_have_the_sums_of_weights() {
    for (seed, weighted) in ALL.into_iter().cycle().take(12).enumerate() {
        let (len, count) = [(40, 6), (900, 100), (3000, 2900), (3000, 1)][seed / 3];
        let graph = Graph::random(len, 8 * len as usize, weighted, seed as u64);
        for threads in [1, 3] {
            let ctx = JobContext::detached(threads, 1 << 30);
            let (of, count) = grouped(&ctx, len as usize, count, seed as u64);
            let Groups { of, chain } = Groups::new(&ctx, of).unwrap();
            let numbered = Numbered::new(&ctx, of, count).unwrap();
            let level = Level { arcs: graph.arcs(), chain: Some(&chain) };
            let is_whole = weighted != Weighted::Halves;
            let coarse = numbered.coarsen(&ctx, level, is_whole, u64::MAX).unwrap().unwrap();
            let expected = expected(&ctx, graph.arcs(), &numbered.of);
            assert_eq!(matrix(&ctx, coarse.arcs()), expected, "{len} vertices, {weighted:?}");
            let slots = coarse.arcs().targets.len() as u64;
            assert!(numbered.coarsen(&ctx, level, is_whole, 4 * slots).unwrap().is_none());
        }
    }
}

/// A hub whose groups are more than a list has room for.
#[test]
fn coarse_graphs_may_have_rows_of_very_many_groups() {
    let edges: Vec<_> = (1..3000).map(|v| (0, v, (v % 250) as u8 + 1)).collect();
    let ctx = JobContext::detached(2, 1 << 30);
    for weighted in ALL {
        let graph = Graph::new(3000, &edges, weighted);
        let of: Vec<u32> = (0..3000).map(|v| v - u32::from(v == 1)).collect();
        let Groups { of, chain } = Groups::new(&ctx, ctx.alloc_copy(&of).unwrap()).unwrap();
        let numbered = Numbered::new(&ctx, of, 2999).unwrap();
        let level = Level { arcs: graph.arcs(), chain: Some(&chain) };
        let is_whole = weighted != Weighted::Halves;
        let coarse = numbered.coarsen(&ctx, level, is_whole, u64::MAX).unwrap().unwrap();
        assert_eq!(matrix(&ctx, coarse.arcs()), expected(&ctx, graph.arcs(), &numbered.of));
    }
}

#[test]
fn groups_move_and_are_refined_as_the_vertices_of_their_graph() {
    for (seed, weighted) in ALL.into_iter().cycle().take(30).enumerate() {
        // So few that batches have one vertex: what a batch knows depends on numbers.
        let len = [30, 300, 1000][seed / 3 % 3];
        let graph = Graph::random(len, 4 * len as usize, weighted, seed as u64);
        let ctx = JobContext::detached(2, 1 << 30);
        let (of, count) = grouped(&ctx, len as usize, u64::from(len) / 2, seed as u64);
        let single = Degrees::new(&ctx, graph.arcs()).unwrap();
        let together = of_groups(&ctx, &single, &of).unwrap();
        let groups = Groups::new(&ctx, of).unwrap();
        let numbered = Numbered::new(&ctx, ctx.alloc_copy(&groups.of).unwrap(), count).unwrap();
        let level = Level { arcs: graph.arcs(), chain: Some(&groups.chain) };
        let is_whole = single.are_counts(graph.arcs());
        let coarse = numbered.coarsen(&ctx, level, is_whole, u64::MAX).unwrap().unwrap();
        let degrees = Degrees::new(&ctx, coarse.arcs()).unwrap();

        let mut left = Moving::new(&ctx, graph.arcs(), Some(&groups), &together, 1.0, None).unwrap();
        let mut right = Moving::new(&ctx, coarse.arcs(), None, &degrees, 1.0, None).unwrap();
        for sweep in 0..5 {
            let (a, b) = (left.sweep().unwrap(), right.sweep().unwrap());
            assert!((a - b).abs() < 1e-12, "sweep {sweep} gains {a} and {b}");
        }
        let as_first =
            |community: &[u32], v: usize| numbered.firsts[community[numbered.of[v] as usize] as usize];
        let (left, right) = (left.community, right.community);
        for v in 0..len as usize {
            assert_eq!(left[v], as_first(&right, v), "community of vertex {v}, seed {seed}");
        }
        let left = refine(&ctx, graph.arcs(), Some(groups), together, 1.0, &left).unwrap();
        let right = refine(&ctx, coarse.arcs(), None, degrees, 1.0, &right).unwrap();
        for v in 0..len as usize {
            assert_eq!(left[v], as_first(&right, v), "part of vertex {v}, seed {seed}");
        }
    }
}

#[test]
fn a_hub_joins_the_best_of_very_many_parts() {
    let edges: Vec<_> = (1..3000).map(|v| (0, v, if v == 2345 { 100 } else { 50 })).collect();
    let graph = Graph::new(3000, &edges, Weighted::Halves);
    let ctx = JobContext::detached(1, 1 << 30);
    let degrees = Degrees::new(&ctx, graph.arcs()).unwrap();
    let whole = ctx.alloc(3000, 0).unwrap();
    let parts = refine(&ctx, graph.arcs(), None, degrees, 0.01, &whole).unwrap();
    assert_eq!(parts[0], 2345);
}

/// Groups of a dense graph stay groups; fewer become a graph beside the one below, or in its place.
#[test]
fn levels_keep_to_their_memory() {
    let graph = Graph::random(2000, 60_000, Weighted::Halves, 3);
    let arcs = graph.arcs();
    let need = levels_bytes(2000, arcs.targets.len() as u64, 1);
    let ctx = JobContext::detached(1, need);
    let parts = |len: u32, count: u32| {
        let of: Vec<u32> = (0..len).map(|v| v % count).collect();
        let of = ctx.alloc_copy(&of).unwrap();
        let start = Some(ctx.alloc_copy(&of).unwrap());
        Parts { of, count: count as usize, start }
    };
    let on = |at: &Standing<'_>| {
        (at.merged.is_some(), at.groups.is_some(), at.units, at.start.as_ref().unwrap().len())
    };

    let bottom = Standing::new(&ctx, arcs, None).unwrap();
    let given = bottom.given;
    drop(bottom);
    let at = given.above(&ctx, None, parts(2000, 1500)).unwrap();
    assert_eq!(on(&at), (false, true, 1500, 2000), "too large for a graph");
    drop(at);

    let at = given.above(&ctx, None, parts(2000, 180)).unwrap();
    assert_eq!(on(&at), (true, false, 180, 180), "a graph of its own");
    let mut below = at.merged.unwrap();
    drop((at.degrees, at.start));
    for (of, count, is_beside) in [(180, 170, false), (170, 20, true)] {
        let size = below.graph.size_bytes;
        let at = given.above(&ctx, Some(below), parts(of, count)).unwrap();
        assert_eq!(on(&at), (true, false, count as usize, count as usize));
        let merged = at.merged.unwrap();
        assert_eq!(size + merged.graph.size_bytes < need, is_beside);
        let sums = matrix(&ctx, merged.graph.arcs());
        let total: f64 = sums.iter().map(|((v, t), w)| if v == t { 2.0 * w } else { *w }).sum();
        assert!((total - at.degrees.total).abs() < 1e-6, "no edge is lost");
        below = merged;
    }
    assert!(ctx.account().peak() <= need);
}
