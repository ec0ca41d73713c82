//! The first rounds of a walk, with what vertices hand out rounded to 32 bits: half the bytes to gather from.
//!
//! What rounding takes from a vertex or gives to it is summed up, and goes where rank without outgoing arcs goes: to
//! all vertices alike. So ranks sum to 1 as exactly as with 64 bits. They are wrong by up to some 1e-7 of themselves, which
//! rounds with 64 bits mend if the walk is to end closer than that.

use super::walk::{Layout, Walk, gather};
use super::walking::Progress;
use crate::rows::VERTEX_CHUNK;
use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Stop};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Change of a round below which rounding could be all that it consists of.
const FINE: f64 = 1e-7;

/// What a round adds up, in the order of chunks.
#[derive(Clone, Copy, Default)]
struct Sums {
    change: f64,
    /// Rank that vertices have and do not hand out: without outgoing arcs all, else what rounding takes.
    kept: f64,
}

/// Runs rounds on `ranks` (by place) from anywhere to anywhere, until they change by less than what the walk asks for
/// or what rounding lets see.
pub(super) fn rounds(
    walk: &Walk<'_>,
    ctx: &JobContext,
    layout: &Layout<'_>,
    ranks: &mut [f64],
) -> Result<Progress, Stop> {
    let bound = walk.convergence.max(FINE);
    // Without rounding the change would be below the bound by then.
    let most = walk.rounds_until(bound);
    let (mut shares, mut next) = (ctx.alloc(ranks.len(), 0u32)?, ctx.alloc(ranks.len(), 0u32)?);
    let mut sums = hand_out(ctx, layout, ranks, shares.as_atomics())?;
    let mut iterations = 0;
    while iterations < most && (iterations == 0 || sums.change >= bound) {
        sums = round(walk, ctx, layout, sums.kept, &shares, next.as_atomics(), ranks)?;
        std::mem::swap(&mut shares, &mut next);
        iterations += 1;
    }
    Ok(Progress { iterations, converged: iterations > 0 && sums.change < walk.convergence })
}

/// Fills `shares` for the first round.
fn hand_out(
    ctx: &JobContext,
    layout: &Layout<'_>,
    ranks: &[f64],
    shares: &[AtomicU32],
) -> Result<Sums, Stop> {
    let chunks = ctx.par_ranges(&even_cuts(ranks.len(), VERTEX_CHUNK), |range, _| {
        let kept = range.map(|p| hand_out_one(ranks[p], layout.degree[p], &shares[p])).sum();
        Ok::<_, Stop>(Sums { change: 0.0, kept })
    })?;
    Ok(add_up(&chunks))
}

/// Sets what a vertex hands to each of its out-neighbours. Returns what it keeps.
#[inline]
fn hand_out_one(rank: f64, degree: f64, share: &AtomicU32) -> f64 {
    let rounded = (rank / degree.max(1.0)) as f32;
    // Relaxed: read in the next round.
    share.store(rounded.to_bits(), Relaxed);
    rank - f64::from(rounded) * degree
}

fn round(
    walk: &Walk<'_>,
    ctx: &JobContext,
    layout: &Layout<'_>,
    kept: f64,
    shares: &[u32],
    next: &[AtomicU32],
    ranks: &mut [f64],
) -> Result<Sums, Stop> {
    let jump = (1.0 - walk.alpha + walk.alpha * kept) / ranks.len() as f64;
    let (offsets, sources, degrees) = (layout.offsets, layout.sources, layout.degree);
    let share = |p: u32| f64::from(f32::from_bits(shares[p as usize]));
    let chunks = ctx.par_fill(ranks, &layout.cuts, |range, part, tick| {
        let mut sums = Sums::default();
        for (p, slot) in range.zip(part) {
            let row = &sources[offsets[p] as usize..offsets[p + 1] as usize];
            let gathered = gather(row, share, tick)?;
            let rank = jump + walk.alpha * gathered;
            sums.change += (rank - *slot).abs();
            sums.kept += hand_out_one(rank, degrees[p], &next[p]);
            *slot = rank;
        }
        ctx.advance(1);
        Ok::<_, Stop>(sums)
    })?;
    Ok(add_up(&chunks))
}

fn add_up(chunks: &[Sums]) -> Sums {
    let add =
        |all: Sums, chunk: &Sums| Sums { change: all.change + chunk.change, kept: all.kept + chunk.kept };
    chunks.iter().fold(Sums::default(), add)
}
