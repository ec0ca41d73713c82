//! Sorting of many positions: runs in parallel, then merges, each a piece of work that can be stopped.

use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Items of a run: sorted at once, in well under a millisecond.
const RUN: usize = 8192;

/// Bytes that [`sort_by_key`] takes beside the items.
pub(crate) const fn sort_bytes(items: u64) -> u64 {
    4 * items
}

/// Sorts positions by `key`, equal ones by position. The key must not change meanwhile.
pub(crate) fn sort_by_key<K: Ord>(
    ctx: &JobContext,
    items: &mut Buf<u32>,
    key: impl Fn(u32) -> K + Sync,
) -> Result<(), Stop> {
    let order = |v: u32| (key(v), v);
    let len = items.len();
    ctx.par_fill(items, &even_cuts(len, RUN), |_, run, _| {
        run.sort_unstable_by_key(|v| order(*v));
        Ok::<_, Stop>(())
    })?;
    if len <= RUN {
        return Ok(());
    }
    let mut other = ctx.alloc(len, 0u32)?;
    let mut width = RUN;
    while width < len {
        let from = &items[..];
        ctx.par_fill(&mut other, &even_cuts(len, 2 * width), |range, out, tick| {
            let (left, right) = from[range].split_at(width.min(out.len()));
            merge(left, right, out, |a, b| order(a) <= order(b), tick)
        })?;
        std::mem::swap(items, &mut other);
        width *= 2;
    }
    Ok(())
}

fn merge<'a>(
    mut left: &'a [u32],
    mut right: &'a [u32],
    out: &mut [u32],
    first: impl Fn(u32, u32) -> bool,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    for slot in out {
        tick.spend(1)?;
        let from_left = match (left.first(), right.first()) {
            (Some(a), Some(b)) => first(*a, *b),
            (a, _) => a.is_some(),
        };
        let side = if from_left { &mut left } else { &mut right };
        if let Some((head, tail)) = side.split_first() {
            (*slot, *side) = (*head, tail);
        }
    }
    Ok(())
}

/// A key that puts high numbers first; NaN comes last.
pub(crate) fn falling(value: f64) -> u64 {
    let bits = value.to_bits();
    let rising = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    if value.is_nan() { u64::MAX } else { !rising }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_is_sorted_and_equal_keys_keep_order() {
        for len in [0, 1, RUN, RUN + 1, 5 * RUN + 7] {
            let ctx = JobContext::detached(3, 1 << 24);
            let mut rng = ctx.rng(len as u64, 0);
            let keys: Vec<u64> = (0..len).map(|_| rng.below(1000)).collect();
            let mut items = ctx.alloc(len, 0u32).unwrap();
            for (v, slot) in items.iter_mut().enumerate() {
                *slot = (len - 1 - v) as u32;
            }
            sort_by_key(&ctx, &mut items, |v| keys[v as usize]).unwrap();
            assert!(items.is_sorted_by_key(|v| (keys[*v as usize], *v)));
        }
    }

    #[test]
    fn falling_keys_follow_the_numbers() {
        let values = [f64::INFINITY, 3.0, 0.5, 0.0, -1.0, f64::NEG_INFINITY, f64::NAN];
        assert!(values.is_sorted_by_key(|v| falling(*v)));
    }
}
