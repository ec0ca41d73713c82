//! Offset, limit and order of a query's matches, chunk by chunk.

use crate::compiled::Compiled;
use crate::order::{Match, Values, sort};
use gesso_core::{JobContext, Reservation, Stop, Tick};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Chunks between two looks at whether the limit is reached.
const WAVE: usize = 64;

/// Runs `find` for each of `0..chunks` in parallel and gives the window of all matches that the query
/// asks for, with the memory it holds. Each chunk gives its matches in internal order; chunks are in
/// internal order.
///
/// Without an order, chunks are run in waves until the window is full. With one, each chunk is sorted by
/// itself and cut to the window's end, and the sorted runs are merged.
pub(crate) fn collect<T: Copy + Send + Sync>(
    ctx: &JobContext,
    query: &Compiled,
    values: &impl Values<T>,
    chunks: usize,
    find: impl Fn(usize, &mut Tick<'_>) -> Result<Vec<T>, Stop> + Sync,
) -> Result<(Vec<T>, Reservation), Stop> {
    let end = query.limit.map_or(u64::MAX, |l| l.saturating_add(query.offset));
    let keep = usize::try_from(end).unwrap_or(usize::MAX);
    let sorts = &query.sorts[..];
    let mut held = ctx.reserve(0)?;
    let mut runs: Vec<Vec<Match<T>>> = Vec::new();
    let mut count = 0u64;
    ctx.phase("scan", 1.0, chunks as u64);
    for first in (0..chunks).step_by(WAVE) {
        let wave = WAVE.min(chunks - first);
        let found = ctx.par_map(wave, |i, tick| {
            let elements = find(first + i, tick)?;
            let mut matches = Vec::with_capacity(elements.len());
            for element in elements {
                tick.spend(4)?;
                matches.push(Match::new(element, sorts, values));
            }
            if !sorts.is_empty() {
                sort(ctx, &mut matches, |a, b| a.compare(b, sorts, values))?;
                matches.truncate(keep);
                matches.shrink_to_fit();
            }
            Ok::<_, Stop>(matches)
        })?;
        ctx.advance(wave as u64);
        for run in found.into_iter().filter(|r| !r.is_empty()) {
            ctx.grow(&mut held, (run.capacity() * size_of::<Match<T>>()) as u64)?;
            count += run.len() as u64;
            runs.push(run);
        }
        if sorts.is_empty() && count >= end {
            break;
        }
    }
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let window = if sorts.is_empty() {
        joined(ctx, runs, offset, keep)?
    } else {
        merged(ctx, query, values, runs, offset, keep)?
    };
    Ok((window, held))
}

fn joined<T: Copy>(
    ctx: &JobContext,
    runs: Vec<Vec<Match<T>>>,
    offset: usize,
    keep: usize,
) -> Result<Vec<T>, Stop> {
    let (mut window, mut place) = (Vec::new(), 0);
    for run in runs {
        ctx.checkpoint()?;
        let from = offset.saturating_sub(place).min(run.len());
        let to = keep.saturating_sub(place).min(run.len());
        window.extend(run[from..to.max(from)].iter().map(|m| m.element));
        place += run.len();
    }
    Ok(window)
}

/// Merges sorted runs; equal elements come in the order of their runs.
fn merged<T: Copy>(
    ctx: &JobContext,
    query: &Compiled,
    values: &impl Values<T>,
    runs: Vec<Vec<Match<T>>>,
    offset: usize,
    keep: usize,
) -> Result<Vec<T>, Stop> {
    let compare = |a: &Match<T>, b: &Match<T>| a.compare(b, &query.sorts, values);
    let mut tick = ctx.tick();
    let mut next = vec![0usize; runs.len()];
    let mut heads = BinaryHeap::new();
    let head =
        |run: usize, at: usize| runs[run].get(at).map(|m| Reverse(Head { item: *m, run, compare: &compare }));
    heads.extend((0..runs.len()).filter_map(|run| head(run, 0)));
    let mut window = Vec::new();
    for place in 0..keep {
        tick.spend(16)?;
        let Some(Reverse(first)) = heads.pop() else { break };
        next[first.run] += 1;
        heads.extend(head(first.run, next[first.run]));
        if place >= offset {
            window.push(first.item.element);
        }
    }
    Ok(window)
}

struct Head<'a, T, C> {
    item: Match<T>,
    run: usize,
    compare: &'a C,
}

impl<T, C: Fn(&Match<T>, &Match<T>) -> Ordering> Ord for Head<'_, T, C> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.compare)(&self.item, &other.item).then(self.run.cmp(&other.run))
    }
}
impl<T, C: Fn(&Match<T>, &Match<T>) -> Ordering> PartialOrd for Head<'_, T, C> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T, C: Fn(&Match<T>, &Match<T>) -> Ordering> PartialEq for Head<'_, T, C> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl<T, C: Fn(&Match<T>, &Match<T>) -> Ordering> Eq for Head<'_, T, C> {}
