//! Offset, limit and order of a query's matches, chunk by chunk.

use crate::compiled::Compiled;
use crate::order::Keyed;
use gesso_core::{JobContext, Reservation, Stop};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Chunks between two looks at whether the limit is reached.
const WAVE: usize = 64;

/// Runs `find` for each of `0..chunks` in parallel and gives the window of all matches that the query
/// asks for. Each chunk gives its matches in internal order; chunks are in internal order.
///
/// Without an order, chunks are run in waves until the window is full. With one, each chunk is sorted by
/// itself and cut to the window's end, and the sorted runs are merged.
pub(crate) fn collect<T: Keyed + Send>(
    ctx: &JobContext,
    query: &Compiled,
    chunks: usize,
    find: impl Fn(usize, &mut gesso_core::Tick<'_>) -> Result<Vec<T>, Stop> + Sync,
) -> Result<(Vec<T>, Reservation), Stop> {
    let end = query.limit.map_or(u64::MAX, |l| l.saturating_add(query.offset));
    let keep = usize::try_from(end).unwrap_or(usize::MAX);
    let mut held = ctx.reserve(0)?;
    let mut runs: Vec<Vec<T>> = Vec::new();
    let mut count = 0u64;
    ctx.phase("scan", 1.0, chunks as u64);
    let sorted = !query.sorts.is_empty();
    for first in (0..chunks).step_by(WAVE) {
        let wave = WAVE.min(chunks - first);
        let found = ctx.par_map(wave, |i, tick| {
            let mut matches = find(first + i, tick)?;
            if sorted {
                matches.sort_by(T::compare);
                matches.truncate(keep);
            }
            Ok::<_, Stop>(matches)
        })?;
        ctx.advance(wave as u64);
        for run in found.into_iter().filter(|r| !r.is_empty()) {
            ctx.grow(&mut held, (run.capacity() * size_of::<T>()) as u64)?;
            count += run.len() as u64;
            runs.push(run);
        }
        if !sorted && count >= end {
            break;
        }
    }
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let window = if sorted {
        merge(ctx, runs, offset, keep)?
    } else {
        runs.into_iter().flatten().skip(offset).take(keep.saturating_sub(offset)).collect()
    };
    Ok((window, held))
}

/// Merges sorted runs; equal elements come in the order of their runs.
fn merge<T: Keyed>(ctx: &JobContext, runs: Vec<Vec<T>>, offset: usize, keep: usize) -> Result<Vec<T>, Stop> {
    let mut tick = ctx.tick();
    let mut runs: Vec<_> = runs.into_iter().map(Vec::into_iter).collect();
    let mut heads = BinaryHeap::new();
    for (run, items) in runs.iter_mut().enumerate() {
        heads.extend(items.next().map(|item| Reverse(Head { item, run })));
    }
    let mut window = Vec::new();
    for place in 0..keep {
        tick.spend(16)?;
        let Some(Reverse(head)) = heads.pop() else { break };
        heads.extend(runs[head.run].next().map(|item| Reverse(Head { item, run: head.run })));
        if place >= offset {
            window.push(head.item);
        }
    }
    Ok(window)
}

struct Head<T> {
    item: T,
    run: usize,
}

impl<T: Keyed> Ord for Head<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.item.compare(&other.item).then(self.run.cmp(&other.run))
    }
}
impl<T: Keyed> PartialOrd for Head<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T: Keyed> PartialEq for Head<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl<T: Keyed> Eq for Head<T> {}
