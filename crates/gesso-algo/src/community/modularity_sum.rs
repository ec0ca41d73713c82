//! Modularity of a partition: Q = Σ over communities of L/m − γ·(d/2m)², with L the weight inside, d the sum
//! of degrees and m the weight of all edges. Self-loops count once in L and m and twice in degrees.

use crate::arcs::{Arcs, pieces};
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Weighted degree of each vertex, its loops twice.
pub(super) struct Degrees {
    pub(super) degree: Buf<f64>,
    /// Sum of all degrees: twice the weight of all edges.
    pub(super) total: f64,
}

/// Bytes of [`Degrees`].
pub(super) const fn degrees_bytes(vertices: u64) -> u64 {
    8 * vertices
}

impl Degrees {
    /// Degrees of a graph that has each edge both ways and loops once.
    pub(super) fn new(ctx: &JobContext, arcs: Arcs<'_>) -> Result<Degrees, Stop> {
        let len = arcs.vertices();
        let mut degree = ctx.alloc(len, 0f64)?;
        let cuts = work_cuts(arcs.offsets, ARC_CHUNK);
        ctx.par_fill(&mut degree, &cuts, |range, part, tick| {
            for (v, slot) in range.zip(part) {
                *slot = sum_where(arcs, v as u32, |_| true, tick)?;
            }
            Ok::<_, Stop>(())
        })?;
        let sums = ctx.par_ranges(&even_cuts(len, VERTEX_CHUNK), |range, _| {
            Ok::<_, Stop>(degree[range].iter().sum::<f64>())
        })?;
        let total = sums.iter().sum();
        Ok(Degrees { degree, total })
    }

    /// True if all sums of weights are known to be whole numbers of 32 bits.
    pub(super) fn are_counts(&self, arcs: Arcs<'_>) -> bool {
        arcs.has_whole_weights() && self.total <= f64::from(u32::MAX)
    }
}

/// Weight inside each community and sum of degrees of each, by community number below `communities`.
pub(super) struct Inside {
    /// Twice the weight of the edges inside.
    pub(super) twice_inside: Buf<f64>,
    /// Sum of the degrees.
    pub(super) degree: Buf<f64>,
}

/// Bytes of [`Inside`] while it is made.
pub(super) const fn inside_bytes(vertices: u64, communities: u64) -> u64 {
    8 * vertices + 16 * communities
}

impl Inside {
    /// Sums over a partition.
    pub(super) fn new(
        ctx: &JobContext,
        arcs: Arcs<'_>,
        degrees: &Degrees,
        community: &[u32],
        communities: usize,
    ) -> Result<Inside, Stop> {
        let mut own = ctx.alloc(arcs.vertices(), 0f64)?;
        ctx.par_fill(&mut own, &work_cuts(arcs.offsets, ARC_CHUNK), |range, part, tick| {
            for (v, slot) in range.zip(part) {
                *slot = inside_of(arcs, v as u32, community, tick)?;
            }
            Ok::<_, Stop>(())
        })?;
        let twice_inside = sums_of(ctx, &own, community, communities)?;
        let degree = sums_of(ctx, &degrees.degree, community, communities)?;
        Ok(Inside { twice_inside, degree })
    }
}

/// Bytes of [`modularity`] beside the degrees.
pub(super) const fn modularity_bytes(communities: u64) -> u64 {
    8 * communities
}

/// The modularity of a partition whose communities are numbered below `communities`; 0 without edges. Where groups of
/// vertices have degrees together, these are at one vertex of each, and 0 at the others.
pub(super) fn modularity(
    ctx: &JobContext,
    arcs: Arcs<'_>,
    degrees: &Degrees,
    community: &[u32],
    communities: usize,
    resolution: f64,
) -> Result<f64, Stop> {
    if degrees.total <= 0.0 {
        return Ok(0.0);
    }
    let inside = ctx.par_ranges(&work_cuts(arcs.offsets, ARC_CHUNK), |range, tick| {
        let mut sum = 0.0;
        for v in range {
            sum += inside_of(arcs, v as u32, community, tick)?;
        }
        Ok::<_, Stop>(sum)
    })?;
    let sums = sums_of(ctx, &degrees.degree, community, communities)?;
    let mut tick = ctx.tick();
    let mut by_chance = 0.0;
    for degree in sums.iter() {
        tick.spend(1)?;
        by_chance += (degree / degrees.total).powi(2);
    }
    Ok(inside.iter().sum::<f64>() / degrees.total - resolution * by_chance)
}

/// Weight of the arcs of a vertex inside its community. Edges inside are met from both ends, loops once, so these count
/// twice.
#[inline]
fn inside_of(arcs: Arcs<'_>, v: u32, community: &[u32], tick: &mut Tick<'_>) -> Result<f64, Stop> {
    let mine = community[v as usize];
    sum_where(arcs, v, |t| community[t as usize] == mine, tick)
}

/// Weight of the arcs of a vertex whose other end is one of some, loops twice.
#[inline]
fn sum_where(arcs: Arcs<'_>, v: u32, is_one: impl Fn(u32) -> bool, tick: &mut Tick<'_>) -> Result<f64, Stop> {
    let mut sum = 0.0;
    if arcs.weights().is_some() {
        arcs.for_each(v, tick, |t, w| {
            let w = if t == v { 2.0 * w } else { w };
            sum += if is_one(t) { w } else { 0.0 };
        })?;
        return Ok(sum);
    }
    // Adding whole numbers does not keep the next arc waiting.
    for piece in pieces(arcs.row(v)) {
        tick.spend(1 + 2 * piece.len() as u64)?;
        let count: u32 = piece.iter().map(|t| u32::from(is_one(*t)) << u32::from(*t == v)).sum();
        sum += f64::from(count);
    }
    Ok(sum)
}

/// Sums of numbers of vertices by community, in vertex order, as sums of floats must not depend on threads.
fn sums_of(
    ctx: &JobContext,
    numbers: &[f64],
    community: &[u32],
    communities: usize,
) -> Result<Buf<f64>, Stop> {
    let mut sums = ctx.alloc(communities, 0f64)?;
    let mut tick = ctx.tick();
    for (number, c) in numbers.iter().zip(community) {
        tick.spend(1)?;
        sums[*c as usize] += number;
    }
    Ok(sums)
}
