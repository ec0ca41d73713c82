//! Shortest-path counts from one vertex at a time, and what depends on them: the sweeps behind betweenness.
//!
//! Vertices are put into layers that no shortest path runs inside of: by hops, or by distances closer than
//! the smallest weight. Forward, each vertex sums the path counts of its predecessors; backward, its
//! dependency from its successors. Both pull, so every number has one writer and is added up in the order
//! of the adjacency arrays: the answer does not depend on threads, and a layer is one parallel loop.
//!
//! Sources: Brandes: "A Faster Algorithm for Betweenness Centrality", 2001; Brandes: "On variants of
//! shortest-path betweenness centrality", 2008, for edges; Madduri et al.: "A faster parallel algorithm and
//! efficient multithreaded implementations for evaluating betweenness centrality", IPDPS 2009, for
//! counting from successors.

use crate::arcs::Arcs;
use crate::error::AlgoError;
use crate::path::{bfs, delta_stepping};
use crate::rows::{VERTEX_CHUNK, select};
use crate::sorting::{sort_by_key, sort_bytes};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Stop, Tick};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Vertices of a layer a chunk: few, as one may have many arcs.
const LAYER_CHUNK: usize = 256;

/// Sums of weights that differ less than this, relatively, are equally short.
const TIE: f64 = 1e-12;

/// Bytes that [`Brandes`] takes, its scores left aside.
pub(super) const fn brandes_bytes(vertices: u64, is_weighted: bool) -> u64 {
    // The search; then distances and hops with order and layers, counts and dependencies.
    let (search, swept) = if is_weighted {
        let sorted = 8 + 4 + 4;
        (delta_stepping::distances_bytes(vertices), sorted * vertices + sort_bytes(vertices))
    } else {
        (bfs::hops_bytes(vertices), (4 + 4 + 4) * vertices)
    };
    let swept = 16 * vertices + swept;
    (if search > swept { search } else { swept }) + 64
}

/// What each vertex is owed by the paths that end there.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// So many units to every vertex.
    Each(f64),
    /// So many whole units to each position.
    Of(&'a [u32]),
}

/// How far vertices are from the source.
pub(super) enum Reach {
    /// Hops plus 1, 0 where unreached.
    Hops(Buf<u32>),
    /// Bits of the distance, infinite where unreached.
    Distance(Buf<u64>),
}

/// The arrays of a run, used for one source after another.
pub(super) struct Brandes<'a> {
    ctx: &'a JobContext,
    forward: Arcs<'a>,
    backward: Arcs<'a>,
    /// Width of layers: half the smallest weight, so that rounding does not matter.
    width: f64,
    /// Bits of the number of shortest paths.
    paths: Buf<u64>,
    /// Bits of what a path that arrives here is owed: (demand + dependency) / paths.
    owed: Buf<u64>,
    reach: Reach,
}

impl<'a> Brandes<'a> {
    /// Arrays for a graph in its simple view. Fails at a weight that is not above 0.
    pub(super) fn new(
        ctx: &'a JobContext,
        forward: Arcs<'a>,
        backward: Arcs<'a>,
    ) -> Result<Brandes<'a>, AlgoError> {
        crate::arcs::check_weights(ctx, forward)?;
        Ok(Brandes {
            ctx,
            forward,
            backward,
            width: smallest(ctx, forward)? / 2.0,
            paths: ctx.alloc(0, 0u64)?,
            owed: ctx.alloc(0, 0u64)?,
            reach: Reach::Hops(ctx.alloc(0, 0u32)?),
        })
    }

    /// Turns all arcs around.
    pub(super) fn turn(&mut self) {
        std::mem::swap(&mut self.forward, &mut self.backward);
    }

    /// Counts paths from a source and what they are owed. `score` gets, for each reached vertex but the
    /// source, its position and the units that pass through it. Advances by 3 units a vertex.
    pub(super) fn source(
        &mut self,
        source: u32,
        wanted: Wanted<'_>,
        score: impl Fn(u32, f64) + Sync,
    ) -> Result<(), AlgoError> {
        let len = self.forward.vertices();
        // Before the search takes its own.
        self.forget()?;
        let (order, layers);
        if let Some(weights) = self.forward.weights() {
            let distance = delta_stepping::search(self.ctx, (self.forward, self.backward), weights, source)?;
            (order, layers) = self.by_distance(&distance)?;
            self.reach = Reach::Distance(distance);
        } else {
            let hops = bfs::search(self.ctx, self.forward, self.backward, source, u32::MAX - 1)?.hops;
            (order, layers) = by_hops(self.ctx, &hops)?;
            self.reach = Reach::Hops(hops);
        }
        self.paths = self.ctx.alloc(len, 0u64)?;
        self.owed = self.ctx.alloc(len, 0u64)?;
        match &self.reach {
            Reach::Hops(hops) => {
                let tight = |from: u32, to: u32, _: f64| hops[from as usize] + 1 == hops[to as usize];
                let sweeps = Sweeps { ctx: self.ctx, order: &order, layers: &layers, tight };
                sweeps.forward(self.backward, self.paths.as_atomics(), source)?;
                sweeps.backward(self.forward, &self.paths, self.owed.as_atomics(), wanted, score)?;
            }
            Reach::Distance(distance) => {
                let tight = |from: u32, to: u32, weight: f64| is_tight(distance, from, to, weight);
                let sweeps = Sweeps { ctx: self.ctx, order: &order, layers: &layers, tight };
                sweeps.forward(self.backward, self.paths.as_atomics(), source)?;
                sweeps.backward(self.forward, &self.paths, self.owed.as_atomics(), wanted, score)?;
            }
        }
        // Vertices out of reach count as done.
        self.ctx.advance(3 * (len - order.len()) as u64);
        Ok(())
    }

    /// Gives back what a source held.
    fn forget(&mut self) -> Result<(), Stop> {
        self.reach = Reach::Hops(self.ctx.alloc(0, 0u32)?);
        self.paths = self.ctx.alloc(0, 0u64)?;
        self.owed = self.ctx.alloc(0, 0u64)?;
        Ok(())
    }

    /// Number of vertices that a source reaches, itself included. Hops tell, whatever the weights.
    pub(super) fn reached_from(&mut self, source: u32) -> Result<u64, Stop> {
        self.forget()?;
        let reached = bfs::search(self.ctx, self.forward, self.backward, source, u32::MAX - 1)?;
        Ok(1 + reached.count as u64)
    }

    /// Units of the last source along an arc, `from` to `to` in the direction of the search.
    #[inline]
    pub(super) fn along(&self, from: u32, to: u32, weight: f64) -> f64 {
        let is_tight = match &self.reach {
            Reach::Hops(hops) => hops[from as usize] != 0 && hops[from as usize] + 1 == hops[to as usize],
            Reach::Distance(distance) => is_tight(distance, from, to, weight),
        };
        if is_tight {
            f64::from_bits(self.paths[from as usize]) * f64::from_bits(self.owed[to as usize])
        } else {
            0.0
        }
    }

    /// Reached positions by distance, and where layers begin.
    fn by_distance(&self, distance: &[u64]) -> Result<(Buf<u32>, Buf<u32>), Stop> {
        let reached = |v: usize| f64::from_bits(distance[v]) < f64::INFINITY;
        let mut order = select(self.ctx, distance.len(), reached)?;
        sort_by_key(self.ctx, &mut order, |v| distance[v as usize])?;
        let mut tick = self.ctx.tick();
        let mut begins = |each: &mut dyn FnMut(u32)| {
            let mut first = f64::NEG_INFINITY;
            for (i, v) in order.iter().enumerate() {
                tick.spend(1)?;
                let at = f64::from_bits(distance[*v as usize]);
                if at - first > self.width || first == f64::NEG_INFINITY {
                    first = at;
                    each(i as u32);
                }
            }
            Ok::<_, Stop>(())
        };
        let mut count = 0;
        begins(&mut |_| count += 1)?;
        let mut layers = self.ctx.alloc(count + 1, order.len() as u32)?;
        let mut slots = layers.iter_mut();
        begins(&mut |i| {
            if let Some(slot) = slots.next() {
                *slot = i;
            }
        })?;
        Ok((order, layers))
    }
}

/// Reached positions by hops, then in vertex order, and where layers begin.
fn by_hops(ctx: &JobContext, hops: &[u32]) -> Result<(Buf<u32>, Buf<u32>), Stop> {
    let cuts = even_cuts(hops.len(), VERTEX_CHUNK);
    let highest = ctx.par_ranges(&cuts, |range, _| Ok::<_, Stop>(hops[range].iter().max().copied()))?;
    let highest = highest.into_iter().flatten().max().unwrap_or(0) as usize;
    let mut layers = ctx.alloc(highest + 1, 0u32)?;
    let mut tick = ctx.tick();
    for h in hops.iter().filter(|h| **h > 0) {
        tick.spend(1)?;
        layers[*h as usize] += 1;
    }
    // Slot h counts layer h - 1; sums make it that layer's end, and the next one's begin.
    for h in 0..highest {
        tick.spend(1)?;
        layers[h + 1] += layers[h];
    }
    let mut order = ctx.alloc(layers[highest] as usize, 0u32)?;
    for (v, h) in hops.iter().enumerate().filter(|(_, h)| **h > 0) {
        tick.spend(1)?;
        let slot = &mut layers[*h as usize - 1];
        order[*slot as usize] = v as u32;
        *slot += 1;
    }
    // Filling moved each begin to its end: shifted back by one layer.
    for h in (1..=highest).rev() {
        tick.spend(1)?;
        layers[h] = layers[h - 1];
    }
    layers[0] = 0;
    Ok((order, layers))
}

/// The smallest weight, 1 without weights.
fn smallest(ctx: &JobContext, arcs: Arcs<'_>) -> Result<f64, Stop> {
    let Some(weights) = arcs.weights() else { return Ok(1.0) };
    let each = ctx.par_ranges(&even_cuts(weights.len(), VERTEX_CHUNK), |range, _| {
        Ok::<_, Stop>(range.map(|at| weights.get(at)).fold(f64::INFINITY, f64::min))
    })?;
    Ok(each.into_iter().fold(f64::INFINITY, f64::min))
}

#[inline]
fn is_tight(distance: &[u64], from: u32, to: u32, weight: f64) -> bool {
    let (before, after) = (f64::from_bits(distance[from as usize]), f64::from_bits(distance[to as usize]));
    before < after
        && after < f64::INFINITY
        && (before + weight - after).abs() <= (TIE * after).min(weight / 4.0)
}

/// The two sweeps over the layers of one source.
struct Sweeps<'a, T> {
    ctx: &'a JobContext,
    order: &'a [u32],
    layers: &'a [u32],
    /// Whether an arc of a weight lies on shortest paths.
    tight: T,
}

impl<T: Fn(u32, u32, f64) -> bool + Sync> Sweeps<'_, T> {
    /// Number of shortest paths to each reached vertex.
    fn forward(&self, backward: Arcs<'_>, paths: &[AtomicU64], source: u32) -> Result<(), Stop> {
        // Relaxed here and below: each slot has one writer in a layer, and readers come in later layers,
        // after the end of a loop.
        paths[source as usize].store(1f64.to_bits(), Relaxed);
        self.ctx.advance(1);
        for layer in self.layers.windows(2).skip(1) {
            self.layer(layer, |v, tick| {
                let sum = sum_where(
                    backward,
                    v,
                    |u, w| (self.tight)(u, v, w),
                    |u| f64::from_bits(paths[u as usize].load(Relaxed)),
                    tick,
                )?;
                paths[v as usize].store(sum.to_bits(), Relaxed);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What arriving paths are owed, from the last layer back.
    fn backward(
        &self,
        forward: Arcs<'_>,
        paths: &[u64],
        owed: &[AtomicU64],
        wanted: Wanted<'_>,
        score: impl Fn(u32, f64) + Sync,
    ) -> Result<(), Stop> {
        for layer in self.layers.windows(2).skip(1).rev() {
            self.layer(layer, |v, tick| {
                let sum = sum_where(
                    forward,
                    v,
                    |t, w| (self.tight)(v, t, w),
                    |t| f64::from_bits(owed[t as usize].load(Relaxed)),
                    tick,
                )?;
                let count = f64::from_bits(paths[v as usize]);
                let units = match wanted {
                    Wanted::Each(units) => units,
                    Wanted::Of(units) => units[v as usize].into(),
                };
                owed[v as usize].store((units / count + sum).to_bits(), Relaxed);
                score(v, count * sum);
                Ok(())
            })?;
        }
        self.ctx.advance(1);
        Ok(())
    }

    /// Runs `body` for each vertex of a layer.
    fn layer(
        &self,
        bounds: &[u32],
        body: impl Fn(u32, &mut Tick<'_>) -> Result<(), Stop> + Sync,
    ) -> Result<(), Stop> {
        let vertices = &self.order[bounds[0] as usize..bounds[1] as usize];
        self.ctx.par_ranges(&even_cuts(vertices.len(), LAYER_CHUNK), |range, tick| {
            self.ctx.advance(range.len() as u64);
            vertices[range].iter().try_for_each(|v| body(*v, tick))
        })?;
        Ok(())
    }
}

/// Sum of `value` over the arcs of a vertex that `keep` accepts.
#[inline]
fn sum_where(
    arcs: Arcs<'_>,
    v: u32,
    keep: impl Fn(u32, f64) -> bool,
    value: impl Fn(u32) -> f64,
    tick: &mut Tick<'_>,
) -> Result<f64, Stop> {
    let mut sum = 0.0;
    for piece in arcs.weighted(v) {
        let mut steps = 1;
        for (t, w) in piece {
            steps += 1;
            if keep(t, w) {
                sum += value(t);
            }
        }
        tick.spend(steps)?;
    }
    Ok(sum)
}
