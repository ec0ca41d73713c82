//! Sums over the distances between a vertex and all others: what closeness and harmonic centrality are made
//! of.
//!
//! For all vertices without weights, 64 sources search at once: a bit each in words that are spread along the
//! arcs, so that one look at an arc serves all that pass it in the same step. Source: Then et al.: "The More
//! the Merrier: Efficient Multi-Source Graph Traversal", VLDB 2014.

use crate::arcs::{Arcs, check_weights, pieces};
use crate::error::AlgoError;
use crate::path::{bfs, delta_stepping};
use crate::rows::VERTEX_CHUNK;
use crate::scratch::Scratch;
use gesso_core::ctx::{STEPS_PER_CHECK, even_cuts};
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Sources that search at once.
const LANES: usize = 64;

/// Entries cleared between two ticks.
const PIECE: usize = STEPS_PER_CHECK as usize;

/// What the distances of one vertex sum to; the vertex itself does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    /// Vertices reached.
    pub(super) reached: u64,
    /// Sum of the distances to them.
    pub(super) distance: f64,
    /// Sum of the inverse distances.
    pub(super) inverse: f64,
}

/// Bytes of [`sums_from`].
pub(super) const fn sums_from_bytes(vertices: u64, is_weighted: bool) -> u64 {
    if is_weighted { delta_stepping::distances_bytes(vertices) } else { bfs::hops_bytes(vertices) }
}

/// Bytes of [`sums_from_all`], its result included.
pub(super) const fn sums_from_all_bytes(vertices: u64, is_weighted: bool, threads: u64) -> u64 {
    let search = if is_weighted {
        delta_stepping::distances_bytes(vertices)
    } else {
        (3 * 8 + 2 * 4) * vertices * threads
    };
    8 * vertices + search
}

/// Sums from one vertex along the arcs.
pub(super) fn sums_from(
    ctx: &JobContext,
    forward: Arcs<'_>,
    backward: Arcs<'_>,
    source: u32,
) -> Result<Sums, AlgoError> {
    let sums = if let Some(weights) = forward.weights() {
        let distance = delta_stepping::search(ctx, (forward, backward), weights, source)?;
        let at = |v: usize| f64::from_bits(distance[v]);
        add_up(ctx, distance.len(), |v| at(v) < f64::INFINITY && v != source as usize, at)?
    } else {
        let hops = bfs::search(ctx, forward, backward, source, u32::MAX - 1)?.hops;
        add_up(ctx, hops.len(), |v| hops[v] > 1, |v| f64::from(hops[v] - 1))?
    };
    Ok(sums)
}

/// Sums in the order of positions, in chunks.
fn add_up(
    ctx: &JobContext,
    len: usize,
    counts: impl Fn(usize) -> bool + Sync,
    distance: impl Fn(usize) -> f64 + Sync,
) -> Result<Sums, Stop> {
    let chunks = ctx.par_ranges(&even_cuts(len, VERTEX_CHUNK), |range, _| {
        let mut sums = Sums::default();
        for v in range.filter(|v| counts(*v)) {
            sums.add(1, distance(v));
        }
        Ok::<_, Stop>(sums)
    })?;
    Ok(chunks.into_iter().fold(Sums::default(), |all, chunk| Sums {
        reached: all.reached + chunk.reached,
        distance: all.distance + chunk.distance,
        inverse: all.inverse + chunk.inverse,
    }))
}

impl Sums {
    fn add(&mut self, vertices: u64, distance: f64) {
        self.reached += vertices;
        self.distance += distance * vertices as f64;
        self.inverse += vertices as f64 / distance;
    }
}

/// A value of each vertex's sums. Advances by one unit a vertex.
pub(super) fn sums_from_all(
    ctx: &JobContext,
    forward: Arcs<'_>,
    backward: Arcs<'_>,
    value: impl Fn(Sums) -> f64 + Sync,
) -> Result<Buf<f64>, AlgoError> {
    let len = forward.vertices();
    let mut values = ctx.alloc(len, 0f64)?;
    if forward.weights().is_some() {
        check_weights(ctx, forward)?;
        for v in 0..len {
            values[v] = value(sums_from(ctx, forward, backward, v as u32)?);
        }
        return Ok(values);
    }
    let masks = Scratch::<u64>::new(ctx, 3 * len)?;
    let lists = Scratch::<u32>::new(ctx, 2 * len)?;
    ctx.par_fill(&mut values, &even_cuts(len, LANES), |range, part, tick| {
        let mut sums = [Sums::default(); LANES];
        masks.with(|masks| {
            lists.with(|lists| {
                Lanes::new(forward, masks, lists).search(range.start, &mut sums, part.len(), tick)
            })
        })?;
        for (slot, sums) in part.iter_mut().zip(sums) {
            *slot = value(sums);
        }
        ctx.advance(part.len() as u64);
        Ok::<_, Stop>(())
    })?;
    Ok(values)
}

/// The searches of one batch. Masks are zero before and after.
struct Lanes<'a> {
    arcs: Arcs<'a>,
    /// Lanes that have reached each vertex.
    seen: &'a mut [u64],
    /// Lanes that reached it in the last step.
    fresh: &'a mut [u64],
    /// Lanes that reach it in this step.
    next: &'a mut [u64],
    /// Vertices with fresh lanes, and those of the next step.
    active: &'a mut [u32],
    touched: &'a mut [u32],
}

impl<'a> Lanes<'a> {
    fn new(arcs: Arcs<'a>, masks: &'a mut [u64], lists: &'a mut [u32]) -> Lanes<'a> {
        let len = arcs.vertices();
        let (seen, rest) = masks.split_at_mut(len);
        let (fresh, next) = rest.split_at_mut(len);
        let (active, touched) = lists.split_at_mut(len);
        Lanes { arcs, seen, fresh, next, active, touched }
    }

    fn search(
        &mut self,
        first: usize,
        sums: &mut [Sums; LANES],
        lanes: usize,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        for (lane, v) in (first..first + lanes).enumerate() {
            self.seen[v] = 1 << lane;
            self.fresh[v] = 1 << lane;
            self.active[lane] = v as u32;
        }
        let (mut count, mut distance) = (lanes, 0);
        while count > 0 {
            distance += 1;
            let touched = self.spread(count, tick)?;
            count = self.settle(touched, f64::from(distance), sums, tick)?;
        }
        for piece in self.seen.chunks_mut(PIECE) {
            tick.spend(piece.len() as u64 / 8)?;
            piece.fill(0);
        }
        for piece in self.active.chunks_mut(PIECE).chain(self.touched.chunks_mut(PIECE)) {
            tick.spend(piece.len() as u64 / 16)?;
            piece.fill(0);
        }
        Ok(())
    }

    /// Sends fresh lanes along all arcs. Returns how many vertices they arrive at.
    fn spread(&mut self, active: usize, tick: &mut Tick<'_>) -> Result<usize, Stop> {
        let mut touched = 0;
        for v in &self.active[..active] {
            let lanes = std::mem::take(&mut self.fresh[*v as usize]);
            for piece in pieces(self.arcs.row(*v)) {
                tick.spend(1 + piece.len() as u64)?;
                for t in piece {
                    let slot = &mut self.next[*t as usize];
                    if *slot == 0 {
                        self.touched[touched] = *t;
                        touched += 1;
                    }
                    *slot |= lanes;
                }
            }
        }
        Ok(touched)
    }

    /// Counts the lanes that arrive somewhere for the first time. Returns at how many vertices.
    fn settle(
        &mut self,
        touched: usize,
        distance: f64,
        sums: &mut [Sums; LANES],
        tick: &mut Tick<'_>,
    ) -> Result<usize, Stop> {
        let mut counts = [0u64; LANES];
        let mut active = 0;
        for v in &self.touched[..touched] {
            let at = *v as usize;
            let mut new = std::mem::take(&mut self.next[at]) & !self.seen[at];
            tick.spend(1 + u64::from(new.count_ones()))?;
            if new != 0 {
                self.seen[at] |= new;
                self.fresh[at] = new;
                self.active[active] = *v;
                active += 1;
            }
            while new != 0 {
                counts[new.trailing_zeros() as usize] += 1;
                new &= new - 1;
            }
        }
        for (sums, count) in sums.iter_mut().zip(counts).filter(|(_, count)| *count > 0) {
            sums.add(count, distance);
        }
        Ok(active)
    }
}
