//! Stable counting sort in parallel: how edges are brought into adjacency order.
//!
//! Two passes (by target, then by source) sort edges without comparing them, so a hub costs no more than
//! any other vertex and every piece of work is short enough to stop.

use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Stop};
use std::sync::atomic::Ordering::Relaxed;

/// Items per piece of a pass between two looks at the gate.
const PIECE: usize = 1 << 16;

/// Sorted items, and where each key's items begin.
pub(crate) struct Sorted {
    /// The items by key, equal keys in input order.
    pub items: Buf<u32>,
    /// `keys + 1` rising positions in `items`.
    pub offsets: Buf<u64>,
}

/// Sorts `items` by `key(item)`, which is below `keys`. Keeps the order of equal keys. Accounted:
/// 4 bytes an item, 8 bytes a key, and while it runs 4 bytes a key and thread.
pub(crate) fn by_key(
    ctx: &JobContext,
    items: &[u32],
    keys: usize,
    key: impl Fn(u32) -> u32 + Sync,
) -> Result<Sorted, Stop> {
    let lanes = ctx.threads().min(items.len().div_ceil(PIECE)).max(1);
    let cuts = even_cuts(items.len(), items.len().div_ceil(lanes).max(1));
    let mut next = count(ctx, items, &cuts, keys, &key)?;
    let offsets = starts(ctx, &mut next, keys, items.len())?;
    let mut sorted = ctx.alloc(items.len(), 0u32)?;
    {
        let out = sorted.as_atomics();
        ctx.par_fill(&mut next, &lane_cuts(cuts.len() - 1, keys), |lane, next, tick| {
            let lane = lane.start / keys.max(1);
            for item in &items[cuts[lane]..cuts[lane + 1]] {
                tick.spend(1)?;
                let slot = &mut next[key(*item) as usize];
                // Relaxed: each position is written once, and read after the loop has ended.
                out[*slot as usize].store(*item, Relaxed);
                *slot += 1;
            }
            Ok::<_, Stop>(())
        })?;
    }
    Ok(Sorted { items: sorted, offsets })
}

/// For each lane of the input, how often each key occurs.
fn count(
    ctx: &JobContext,
    items: &[u32],
    cuts: &[usize],
    keys: usize,
    key: &(impl Fn(u32) -> u32 + Sync),
) -> Result<Buf<u32>, Stop> {
    let lanes = cuts.len() - 1;
    let mut counts = ctx.alloc(lanes * keys, 0u32)?;
    ctx.par_fill(&mut counts, &lane_cuts(lanes, keys), |lane, counts, tick| {
        let lane = lane.start / keys.max(1);
        for item in &items[cuts[lane]..cuts[lane + 1]] {
            tick.spend(1)?;
            counts[key(*item) as usize] += 1;
        }
        Ok::<_, Stop>(())
    })?;
    Ok(counts)
}

/// Turns counts into each lane's first position for each key; gives the first position of each key.
fn starts(ctx: &JobContext, counts: &mut [u32], keys: usize, total: usize) -> Result<Buf<u64>, Stop> {
    let mut offsets = ctx.alloc(keys + 1, 0u64)?;
    let lanes = counts.len().checked_div(keys).unwrap_or(0);
    let mut tick = ctx.tick();
    let mut at = 0u32;
    for k in 0..keys {
        tick.spend(lanes as u64)?;
        offsets[k] = u64::from(at);
        for lane in 0..lanes {
            let n = std::mem::replace(&mut counts[lane * keys + k], at);
            at += n;
        }
    }
    offsets[keys] = total as u64;
    Ok(offsets)
}

fn lane_cuts(lanes: usize, keys: usize) -> Vec<usize> {
    (0..=lanes).map(|l| l * keys).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_stable_for_any_number_of_threads() {
        let n = 300_000u32;
        let items: Vec<u32> = (0..n).collect();
        let key = |i: u32| i.wrapping_mul(2_654_435_761) >> 22;
        let mut expected = items.clone();
        expected.sort_by_key(|i| key(*i));
        for threads in [1, 2, 3] {
            let ctx = JobContext::detached(threads, 1 << 30);
            let sorted = by_key(&ctx, &items, 1024, key).unwrap();
            assert_eq!(&sorted.items[..], &expected[..]);
            for k in 0..1024 {
                let (from, to) = (sorted.offsets[k] as usize, sorted.offsets[k + 1] as usize);
                assert!(sorted.items[from..to].iter().all(|i| key(*i) == k as u32));
            }
        }
    }

    #[test]
    fn nothing_sorts_to_nothing() {
        let ctx = JobContext::detached(2, 1 << 20);
        let sorted = by_key(&ctx, &[], 3, |_| 0).unwrap();
        assert_eq!((&sorted.items[..], &sorted.offsets[..]), (&[][..], &[0u64; 4][..]));
    }
}
