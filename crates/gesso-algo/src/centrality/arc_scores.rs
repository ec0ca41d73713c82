//! Units of flow along each arc, summed over sources.

use super::brandes::Brandes;
use crate::arcs::Arcs;
use crate::rows::{ARC_CHUNK, fill_rows};
use gesso_core::ctx::work_cuts;
use gesso_core::{Buf, JobContext, Stop};
use gesso_graph::EdgeList;
use std::sync::atomic::Ordering::Relaxed;

/// Adds what passes along each arc to its score: for [`Brandes::along`] after each source.
pub(super) struct ArcScores {
    /// Where the scored arcs of each vertex begin in `units`.
    pub(super) offsets: Buf<u64>,
    /// Units along each arc.
    pub(super) units: Buf<f64>,
    /// Of an undirected edge, both ways count towards the arc from the smaller position.
    is_undirected: bool,
}

/// Bytes of [`ArcScores`] for a number of edges.
pub(super) const fn arc_scores_bytes(vertices: u64, edges: u64) -> u64 {
    8 * (vertices + 1) + 8 * edges
}

impl ArcScores {
    /// No units yet, for the arcs of a graph in its simple view.
    pub(super) fn new(ctx: &JobContext, arcs: Arcs<'_>, is_undirected: bool) -> Result<ArcScores, Stop> {
        let mut offsets = ctx.alloc(arcs.vertices() + 1, 0u64)?;
        let mut tick = ctx.tick();
        for v in 0..arcs.vertices() {
            tick.spend(1)?;
            offsets[v + 1] = offsets[v] + scored(arcs, v as u32, is_undirected).len() as u64;
        }
        let units = ctx.alloc(offsets[arcs.vertices()] as usize, 0.0)?;
        Ok(ArcScores { offsets, units, is_undirected })
    }

    /// Adds the units of the last source. With `is_turned` the search ran against the arcs.
    pub(super) fn add(
        &mut self,
        ctx: &JobContext,
        arcs: Arcs<'_>,
        flow: &Brandes<'_>,
        is_turned: bool,
    ) -> Result<(), Stop> {
        let (offsets, both) = (&self.offsets[..], self.is_undirected);
        let cuts = work_cuts(offsets, ARC_CHUNK);
        fill_rows(ctx, offsets, &cuts, &mut self.units, |range, units, tick| {
            let mut at = 0;
            for v in range.map(|v| v as u32) {
                for i in scored(arcs, v, both) {
                    tick.spend(1)?;
                    let (t, weight) = arcs.arc(i);
                    let ahead = if is_turned { flow.along(t, v, weight) } else { flow.along(v, t, weight) };
                    let back = if both { flow.along(t, v, weight) } else { 0.0 };
                    units[at] += ahead + back;
                    at += 1;
                }
            }
            Ok(())
        })
    }

    /// A value for each edge of the list: the units between its ends times `scale`. Of parallel edges the first
    /// has them, the others 0; edges both ways are parallel to each other and those from the smaller
    /// position come first.
    pub(super) fn of_edges(
        &self,
        ctx: &JobContext,
        arcs: Arcs<'_>,
        edges: &EdgeList,
        scale: f64,
    ) -> Result<Buf<f64>, Stop> {
        let mut values = ctx.alloc(edges.targets.len(), 0f64)?;
        let mut taken = ctx.alloc(self.units.len().div_ceil(32), 0u32)?;
        let taken = taken.as_atomics();
        let (offsets, targets) = (&edges.offsets[..], &edges.targets[..]);
        let cuts = work_cuts(offsets, ARC_CHUNK);
        // A pair's edges from one end are looked at by one thread, in their order; those from the other end in
        // another pass, if both count for one arc.
        for backwards in [false, true].into_iter().take(1 + usize::from(self.is_undirected)) {
            fill_rows(ctx, offsets, &cuts, &mut values, |range, part, tick| {
                let first = offsets[range.start];
                for v in range {
                    for at in offsets[v]..offsets[v + 1] {
                        tick.spend(4)?;
                        let (source, target) = (v as u32, targets[at as usize]);
                        if self.is_undirected && backwards != (target < source) {
                            continue;
                        }
                        let Some(slot) = self.slot(arcs, source.min(target), source.max(target), source)
                        else {
                            continue;
                        };
                        let bit = 1 << (slot % 32);
                        // Relaxed: only the pass itself, on one thread for each slot, asks for the bit.
                        if taken[slot / 32].fetch_or(bit, Relaxed) & bit == 0 {
                            part[(at - first) as usize] = self.units[slot] * scale;
                        }
                    }
                }
                Ok(())
            })?;
        }
        Ok(values)
    }

    /// Where the units between two vertices are kept; none where there is no arc.
    fn slot(&self, arcs: Arcs<'_>, low: u32, high: u32, source: u32) -> Option<usize> {
        let (from, to) = if self.is_undirected || source == low { (low, high) } else { (high, low) };
        let range = scored(arcs, from, self.is_undirected);
        let found = arcs.targets[range].binary_search(&to).ok()?;
        Some(self.offsets[from as usize] as usize + found)
    }
}

/// The arcs of a vertex that are scored: all, or those to larger positions.
fn scored(arcs: Arcs<'_>, v: u32, is_undirected: bool) -> std::ops::Range<usize> {
    let (start, end) = (arcs.offsets[v as usize] as usize, arcs.offsets[v as usize + 1] as usize);
    let first = if is_undirected { arcs.row(v).partition_point(|t| *t < v) } else { 0 };
    start + first..end
}
