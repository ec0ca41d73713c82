//! Units of flow along each edge, summed over sources.

use super::brandes::Brandes;
use crate::arcs::Arcs;
use crate::rows::{ARC_CHUNK, fill_rows};
use gesso_core::ctx::work_cuts;
use gesso_core::{Bits, Buf, JobContext, Stop};
use gesso_graph::EdgeList;
use std::sync::atomic::Ordering::Relaxed;

/// Score of an edge that never gets any: a self-loop, or parallel to one that has them.
const NEVER: f64 = -1.0;

/// Adds what passes along each edge to its score: for [`Brandes::along`] after each source. Of parallel edges the first
/// has what passes; edges both ways are parallel to each other where direction does not matter, and those from the
/// smaller position come first.
pub(super) struct EdgeScores<'a> {
    ctx: &'a JobContext,
    /// The graph in its simple view.
    arcs: Arcs<'a>,
    edges: &'a EdgeList,
    /// Units along each edge of the list, or [`NEVER`].
    units: Buf<f64>,
    is_undirected: bool,
}

/// Bytes of [`EdgeScores`] for a number of edges, all of which may have a score.
pub(super) const fn edge_scores_bytes(edges: u64) -> u64 {
    8 * edges
}

/// Bytes that it takes beside them at its beginning, for a number of arcs.
pub(super) const fn first_of_parallel_bytes(arcs: u64) -> u64 {
    4 * arcs.div_ceil(32)
}

impl<'a> EdgeScores<'a> {
    /// No units yet.
    pub(super) fn new(
        ctx: &'a JobContext,
        arcs: Arcs<'a>,
        edges: &'a EdgeList,
        is_undirected: bool,
    ) -> Result<EdgeScores<'a>, Stop> {
        let mut units = ctx.alloc(edges.targets.len(), 0f64)?;
        let mut taken = ctx.alloc(arcs.targets.len().div_ceil(32), 0u32)?;
        let taken = taken.as_atomics();
        let (offsets, targets) = (&edges.offsets[..], &edges.targets[..]);
        let cuts = work_cuts(offsets, ARC_CHUNK);
        // A pair's edges from one end are looked at by one thread, in their order; those from the other end in
        // another pass, if both count for one arc.
        for backwards in [false, true].into_iter().take(1 + usize::from(is_undirected)) {
            fill_rows(ctx, offsets, &cuts, &mut units, |range, part, tick| {
                let mut slots = part.iter_mut();
                for v in range {
                    let row = offsets[v] as usize..offsets[v + 1] as usize;
                    for (target, slot) in targets[row].iter().zip(&mut slots) {
                        tick.spend(4)?;
                        let ends = if backwards { (*target, v as u32) } else { (v as u32, *target) };
                        if is_undirected && ends.0 > ends.1 {
                            continue;
                        }
                        // Relaxed: only the pass itself, on one thread for each arc, asks for its bit.
                        let is_first = arcs.place(ends.0, ends.1).is_some_and(|arc| {
                            let bit = 1 << (arc % 32);
                            taken[arc / 32].fetch_or(bit, Relaxed) & bit == 0
                        });
                        if !is_first {
                            *slot = NEVER;
                        }
                    }
                }
                Ok(())
            })?;
        }
        Ok(EdgeScores { ctx, arcs, edges, units, is_undirected })
    }

    /// Adds the units of the last source. With `is_turned` the search ran against the arcs.
    pub(super) fn add(&mut self, flow: &Brandes<'_>, is_turned: bool) -> Result<(), Stop> {
        let (arcs, both) = (self.arcs, self.is_undirected);
        let (offsets, targets) = (&self.edges.offsets[..], &self.edges.targets[..]);
        let cuts = work_cuts(offsets, ARC_CHUNK);
        fill_rows(self.ctx, offsets, &cuts, &mut self.units, |range, units, tick| {
            let mut slots = units.iter_mut();
            for v in range {
                let row = offsets[v] as usize..offsets[v + 1] as usize;
                let v = v as u32;
                for (t, slot) in targets[row].iter().zip(&mut slots) {
                    tick.spend(1)?;
                    if *slot == NEVER {
                        continue;
                    }
                    // Parallel edges count by the lightest of them, whose weight the arc has.
                    let weight = match arcs.weights() {
                        Some(weights) => arcs.place(v, *t).map_or(f64::INFINITY, |arc| weights.get(arc)),
                        None => 1.0,
                    };
                    let ahead = if is_turned { flow.along(*t, v, weight) } else { flow.along(v, *t, weight) };
                    let back = if both { flow.along(*t, v, weight) } else { 0.0 };
                    *slot += ahead + back;
                }
            }
            Ok(())
        })
    }

    /// The units along every edge of the list, times `scale`.
    pub(super) fn scaled(mut self, scale: f64) -> Result<Buf<f64>, Stop> {
        let cuts = work_cuts(&self.edges.offsets, ARC_CHUNK);
        fill_rows(self.ctx, &self.edges.offsets, &cuts, &mut self.units, |_, units, _| {
            for slot in units {
                *slot = if *slot == NEVER { 0.0 } else { *slot * scale };
            }
            Ok(())
        })?;
        Ok(self.units)
    }

    /// The edges that something passes, and the units along each of them.
    pub(super) fn passed(mut self) -> Result<(Bits, Buf<f64>), Stop> {
        let units = &self.units[..];
        let passed = Bits::choose(self.ctx, units.len(), |range, set, tick| {
            tick.spend(range.len() as u64)?;
            range.filter(|place| units[*place] > 0.0).for_each(set);
            Ok(())
        })?;
        // In place, as another array of this size would be the largest thing of a run.
        let mut tick = self.ctx.tick();
        for (i, place) in passed.iter().enumerate() {
            tick.spend(1)?;
            self.units[i] = self.units[place];
        }
        self.units.truncate(passed.len());
        Ok((passed, self.units))
    }
}
