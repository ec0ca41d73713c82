//! Modularity of a partition: Q = Σ over communities of L/m − γ·(d/2m)², with L the weight inside, d the sum
//! of degrees and m the weight of all edges. Self-loops count once in L and m and twice in degrees.

use crate::arcs::Arcs;
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Buf, JobContext, Stop};

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
                arcs.for_each(v as u32, tick, |t, w| *slot += if t as usize == v { 2.0 * w } else { w })?;
            }
            Ok::<_, Stop>(())
        })?;
        let sums = ctx.par_ranges(&even_cuts(len, VERTEX_CHUNK), |range, _| {
            Ok::<_, Stop>(degree[range].iter().sum::<f64>())
        })?;
        let total = sums.iter().sum();
        Ok(Degrees { degree, total })
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
                let mine = community[v];
                // Edges inside are met from both ends, loops once.
                arcs.for_each(v as u32, tick, |t, w| {
                    let w = if t as usize == v { 2.0 * w } else { w };
                    *slot += if community[t as usize] == mine { w } else { 0.0 };
                })?;
            }
            Ok::<_, Stop>(())
        })?;
        let mut twice_inside = ctx.alloc(communities, 0f64)?;
        let mut degree = ctx.alloc(communities, 0f64)?;
        // In vertex order, as the sums of floats must not depend on threads.
        let mut tick = ctx.tick();
        for (v, c) in community.iter().enumerate() {
            tick.spend(1)?;
            twice_inside[*c as usize] += own[v];
            degree[*c as usize] += degrees.degree[v];
        }
        Ok(Inside { twice_inside, degree })
    }

    /// The modularity; 0 without edges.
    pub(super) fn modularity(&self, ctx: &JobContext, total: f64, resolution: f64) -> Result<f64, Stop> {
        if total <= 0.0 {
            return Ok(0.0);
        }
        let mut tick = ctx.tick();
        let mut sum = 0.0;
        for (inside, degree) in self.twice_inside.iter().zip(self.degree.iter()) {
            tick.spend(1)?;
            sum += inside / total - resolution * (degree / total).powi(2);
        }
        Ok(sum)
    }
}
