//! Weak components by Afforest: link a few arcs of each vertex, guess the largest component from a sample,
//! then look at the arcs of the other vertices only. The trees' roots only ever move to smaller positions, so
//! at the end each vertex points to the first one of its component, whatever the order in which threads linked.
//!
//! Where nearly all of the graph lies around one vertex, that part is found without links, see [`hub`]. Otherwise the
//! first arc of each vertex needs no linking: every vertex hangs below its smallest neighbour, if that is smaller than
//! itself. Positions fall along such chains, so they are trees, each entry has one writer, and nothing is read at
//! random places.

use super::hub;
use crate::arcs::{Arcs, pieces};
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Buf, JobContext, Stop, Tick};
use gesso_graph::{Direction, Projection};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Vertices looked at to find the largest component.
const SAMPLE: usize = 1024;

/// The first position of each position's component.
pub(super) fn components(ctx: &JobContext, graph: &Projection) -> Result<Buf<u32>, Stop> {
    let len = graph.len();
    let mut first = ctx.alloc(len, 0u32)?;
    let even = even_cuts(len, VERTEX_CHUNK);
    let sides = Sides::of(graph);
    ctx.phase("sample", 0.3, 4 * even.len() as u64);
    if let Some(reach) = hub::reach(ctx, &sides, &even)? {
        ctx.par_fill(&mut first, &even, |range, part, _| {
            for (v, slot) in range.zip(part) {
                *slot = if reach.has(v) { reach.first } else { v as u32 };
            }
            ctx.advance(1);
            Ok::<_, Stop>(())
        })?;
        let tree = first.as_atomics();
        ctx.phase("link", 0.9, 2 * even.len() as u64);
        ctx.par_ranges(&even, |range, tick| {
            reach.left(range).try_for_each(|v| link_rest(tree, &sides, v, tick))?;
            ctx.advance(1);
            Ok::<_, Stop>(())
        })?;
    } else {
        sample(ctx, &sides, &even, &mut first)?;
        let skipped = frequent(&first);
        let tree = first.as_atomics();
        let rest = work_cuts(sides.first.offsets, ARC_CHUNK);
        ctx.phase("link", 0.9, (rest.len() + even.len()) as u64);
        ctx.par_ranges(&rest, |range, tick| {
            for v in range {
                // Relaxed: a vertex seen outside the largest component a little longer costs time only.
                if tree[v].load(Relaxed) != skipped {
                    link_rest(tree, &sides, v as u32, tick)?;
                }
            }
            ctx.advance(1);
            Ok::<_, Stop>(())
        })?;
    }
    flatten(ctx, &even, first.as_atomics())?;
    Ok(first)
}

/// Hangs every vertex below its smallest neighbour, and links another arc of each.
fn sample(ctx: &JobContext, sides: &Sides<'_>, even: &[usize], first: &mut Buf<u32>) -> Result<(), Stop> {
    ctx.par_fill(first, even, |range, part, tick| {
        for (v, slot) in range.zip(part) {
            tick.spend(1)?;
            *slot = sides.smallest(v as u32).map_or(v as u32, |t| t.min(v as u32));
        }
        ctx.advance(1);
        Ok::<_, Stop>(())
    })?;
    let tree = first.as_atomics();
    // Flattened before and after: trees stay shallow.
    flatten(ctx, even, tree)?;
    ctx.par_ranges(even, |range, tick| {
        for v in range {
            if let Some(t) = sides.second_choice(v as u32) {
                link(tree, v as u32, t, tick)?;
            }
        }
        ctx.advance(1);
        Ok::<_, Stop>(())
    })?;
    flatten(ctx, even, tree)
}

/// The component that a fixed sample meets most often; the smallest of a tie.
pub(super) fn frequent(community: &[u32]) -> u32 {
    let step = community.len().div_ceil(SAMPLE).max(1);
    let mut sample: Vec<u32> = community.iter().step_by(step).copied().collect();
    sample.sort_unstable();
    let runs = sample.chunk_by(|a, b| a == b).map(|run| (run.len(), std::cmp::Reverse(run[0])));
    runs.max().map_or(0, |(_, c)| c.0)
}

/// The arrays that together hold each edge at both of its ends.
pub(super) struct Sides<'a> {
    first: Arcs<'a>,
    second: Option<Arcs<'a>>,
}

impl<'a> Sides<'a> {
    fn of(graph: &'a Projection) -> Sides<'a> {
        let second = (graph.spec().direction == Direction::Both).then(|| Arcs::of(graph.incoming()));
        Sides { first: Arcs::of(graph.out()), second }
    }

    /// Number of vertices.
    pub(super) fn len(&self) -> usize {
        self.first.vertices()
    }

    /// Number of arcs at a vertex.
    #[inline]
    pub(super) fn degree(&self, v: u32) -> u64 {
        self.first.degree(v) + self.second.map_or(0, |side| side.degree(v))
    }

    /// Whether a vertex has arcs.
    #[inline]
    pub(super) fn has_arcs(&self, v: u32) -> bool {
        self.degree(v) > 0
    }

    /// Asks for the neighbour that [`Sides::any`] will give.
    #[inline]
    pub(super) fn prefetch_any(&self, v: u32) {
        self.with_arcs(v).prefetch_first(v);
    }

    /// Neighbours of a vertex.
    #[inline]
    pub(super) fn rows(&self, v: u32) -> impl Iterator<Item = &'a [u32]> + use<'a> {
        [Some(self.first), self.second].into_iter().flatten().map(move |side| side.row(v))
    }

    /// A neighbour of a vertex and whether it has any, without a branch.
    #[inline]
    pub(super) fn any(&self, v: u32) -> (u32, bool) {
        self.with_arcs(v).first(v)
    }

    /// The array in which a vertex has arcs, if it has any.
    #[inline]
    fn with_arcs(&self, v: u32) -> Arcs<'a> {
        let sides = [self.first, self.second.unwrap_or(self.first)];
        sides[usize::from(self.first.degree(v) == 0)]
    }

    /// The smallest neighbour of a vertex, if it has any.
    #[inline]
    fn smallest(&self, v: u32) -> Option<u32> {
        let (ahead, back) = (self.first.row(v).first(), self.second.and_then(|side| side.row(v).first()));
        ahead.into_iter().chain(back).min().copied()
    }

    /// Another neighbour than the one that `v` hangs below, or its smallest one while it hangs below none.
    #[inline]
    fn second_choice(&self, v: u32) -> Option<u32> {
        let smallest = self.smallest(v)?;
        if smallest > v {
            return Some(smallest);
        }
        self.rows(v).find_map(|row| row.iter().take(2).find(|t| **t != smallest)).copied()
    }
}

/// Links all arcs of a vertex; those of the sample once more, which is cheaper than telling them apart.
fn link_rest(tree: &[AtomicU32], sides: &Sides<'_>, v: u32, tick: &mut Tick<'_>) -> Result<(), Stop> {
    for row in sides.rows(v) {
        for piece in pieces(row) {
            for t in piece {
                link(tree, v, *t, tick)?;
            }
        }
    }
    Ok(())
}

/// Joins the trees of two vertices by hooking the larger root below the smaller one.
#[inline]
fn link(tree: &[AtomicU32], u: u32, v: u32, tick: &mut Tick<'_>) -> Result<(), Stop> {
    // Relaxed throughout: each entry is a number that only falls, and roots change by compare-and-swap.
    let at = |v: u32| tree[v as usize].load(Relaxed);
    let (mut p, mut q) = (at(u), at(v));
    tick.spend(1)?;
    while p != q {
        let (high, low) = (p.max(q), p.min(q));
        let above = at(high);
        if above == low {
            break;
        }
        if above == high && tree[high as usize].compare_exchange(high, low, Relaxed, Relaxed).is_ok() {
            break;
        }
        tick.spend(1)?;
        p = at(at(high));
        q = at(low);
    }
    Ok(())
}

/// Points every vertex straight at its root.
fn flatten(ctx: &JobContext, cuts: &[usize], tree: &[AtomicU32]) -> Result<(), Stop> {
    ctx.par_ranges(cuts, |range, tick| {
        for v in range {
            let mut up = tree[v].load(Relaxed);
            loop {
                let next = tree[up as usize].load(Relaxed);
                if next == up {
                    break;
                }
                up = next;
                tick.spend(1)?;
            }
            tree[v].store(up, Relaxed);
        }
        ctx.advance(1);
        Ok::<_, Stop>(())
    })?;
    Ok(())
}
