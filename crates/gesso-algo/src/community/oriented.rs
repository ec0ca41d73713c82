//! Each edge once, from the end of smaller degree to the other: no vertex then has more than √(2E) arcs,
//! and each triangle is seen from one of its corners only.

use crate::arcs::{Arcs, pieces};
use crate::rows::ARC_CHUNK;
use gesso_core::ctx::work_cuts;
use gesso_core::{Buf, JobContext, Stop};
use gesso_graph::projection::order::{Order, order_bytes};
use std::sync::atomic::Ordering::Relaxed;

/// Arcs to smaller places; place 0 is the vertex of highest degree.
pub(super) struct Oriented {
    /// Which vertex has which place.
    pub(super) order: Order,
    /// Where the arcs of each place begin.
    pub(super) offsets: Buf<u64>,
    /// Places, in no particular order within a row.
    pub(super) targets: Buf<u32>,
}

/// Bytes that [`Oriented::new`] takes.
pub(super) const fn oriented_bytes(vertices: u64, edges: u64) -> u64 {
    order_bytes(vertices, vertices) + 8 * (vertices + 1) + 4 * edges
}

impl Oriented {
    /// Orients a graph that has each edge both ways, without loops and parallel edges.
    pub(super) fn new(ctx: &JobContext, arcs: Arcs<'_>, len: usize) -> Result<Oriented, Stop> {
        let cuts = work_cuts(arcs.offsets, ARC_CHUNK);
        let highest = ctx.par_ranges(&cuts, |range, _| {
            Ok::<_, Stop>(range.map(|v| arcs.degree(v as u32)).max().unwrap_or(0))
        })?;
        let highest = highest.into_iter().max().unwrap_or(0);
        let order = Order::new(ctx, len, highest as usize + 1, |v| (highest - arcs.degree(v)) as usize)?;
        let offsets = rows(ctx, arcs, &order, &cuts)?;
        let mut targets = ctx.alloc(offsets[len] as usize, 0u32)?;
        let (slots, places, starts) = (targets.as_atomics(), &order.place[..], &offsets[..]);
        ctx.par_ranges(&cuts, |range, tick| {
            for v in range {
                let own = places[v];
                let mut at = starts[own as usize] as usize;
                for piece in pieces(arcs.row(v as u32)) {
                    tick.spend(piece.len() as u64)?;
                    for place in piece.iter().map(|t| places[*t as usize]).filter(|p| *p < own) {
                        // Relaxed: each slot has one writer, and readers come after the loop.
                        slots[at].store(place, Relaxed);
                        at += 1;
                    }
                }
            }
            Ok::<_, Stop>(())
        })?;
        Ok(Oriented { order, offsets, targets })
    }

    /// Arcs of a place.
    #[inline]
    pub(super) fn row(&self, place: u32) -> &[u32] {
        let p = place as usize;
        &self.targets[self.offsets[p] as usize..self.offsets[p + 1] as usize]
    }
}

/// Where the rows of places begin.
fn rows(ctx: &JobContext, arcs: Arcs<'_>, order: &Order, cuts: &[usize]) -> Result<Buf<u64>, Stop> {
    let len = order.place.len();
    let mut offsets = ctx.alloc(len + 1, 0u64)?;
    let (slots, places) = (offsets.as_atomics(), &order.place[..]);
    ctx.par_ranges(cuts, |range, tick| {
        for v in range {
            let own = places[v];
            let mut lower = 0;
            for piece in pieces(arcs.row(v as u32)) {
                tick.spend(piece.len() as u64)?;
                lower += piece.iter().filter(|t| places[**t as usize] < own).count() as u64;
            }
            // Relaxed: as in `new`.
            slots[own as usize + 1].store(lower, Relaxed);
        }
        Ok::<_, Stop>(())
    })?;
    let mut tick = ctx.tick();
    for p in 0..len {
        tick.spend(1)?;
        offsets[p + 1] += offsets[p];
    }
    Ok(offsets)
}
