//! Offset, limit and order of a query's matches, chunk by chunk.

use crate::compiled::Compiled;
use crate::order::{Match, Values, sort};
use gesso_core::{JobContext, Pile, Stop, Tick};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

/// Chunks between two looks at what has been found so far.
const WAVE: usize = 64;
/// Merged matches that are handed over at a time.
const BATCH: usize = 4096;

/// Runs `find` for each of `0..chunks` in parallel and gives the window of all matches that the query
/// asks for. Each chunk gives its matches in internal order; chunks are in internal order.
///
/// Without an order, chunks are run in waves until the window is full. With one, each chunk is sorted by
/// itself and the sorted runs are merged; where the window has an end, no more than twice as many matches
/// are kept, and later ones that cannot get into it are dropped where they are found.
pub(crate) fn collect<T: Copy + Send + Sync>(
    ctx: &JobContext,
    query: &Compiled,
    values: &impl Values<T>,
    chunks: usize,
    find: impl Fn(usize, &mut Tick<'_>) -> Result<Vec<T>, Stop> + Sync,
) -> Result<Pile<T>, Stop> {
    let end = query.limit.map_or(u64::MAX, |l| l.saturating_add(query.offset));
    let end = usize::try_from(end).unwrap_or(usize::MAX);
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    ctx.phase("scan", 1.0, chunks as u64);
    if query.sorts.is_empty() {
        return in_internal_order(ctx, chunks, offset..end, find);
    }
    let compare = |a: &Match<T>, b: &Match<T>| a.compare(b, &query.sorts, values);
    let mut best = Best::new(ctx, end)?;
    for wave in waves(chunks) {
        let cutoff = best.cutoff();
        let found = ctx.par_map(wave.len(), |i, tick| {
            let mut run = Vec::new();
            for element in find(wave.start + i, tick)? {
                tick.spend(4)?;
                let found = Match::new(element, &query.sorts, values);
                if cutoff.is_none_or(|cutoff| compare(&found, &cutoff).is_lt()) {
                    run.push(found);
                }
            }
            sort(ctx, &mut run, compare)?;
            run.truncate(end);
            Ok::<_, Stop>(run)
        })?;
        ctx.advance(wave.len() as u64);
        for run in found {
            best.add(ctx, &run)?;
        }
        best.shorten(ctx, &compare)?;
    }
    let mut window = Pile::new(ctx)?;
    merge(ctx, &best.runs(), offset..end, &compare, |items| {
        let elements: Vec<T> = items.iter().map(|m| m.element).collect();
        window.extend(ctx, &elements)
    })?;
    Ok(window)
}

fn waves(chunks: usize) -> impl Iterator<Item = Range<usize>> {
    (0..chunks).step_by(WAVE).map(move |first| first..(first + WAVE).min(chunks))
}

fn in_internal_order<T: Copy + Send>(
    ctx: &JobContext,
    chunks: usize,
    window: Range<usize>,
    find: impl Fn(usize, &mut Tick<'_>) -> Result<Vec<T>, Stop> + Sync,
) -> Result<Pile<T>, Stop> {
    let (mut kept, mut place) = (Pile::new(ctx)?, 0usize);
    for wave in waves(chunks) {
        let found = ctx.par_map(wave.len(), |i, tick| find(wave.start + i, tick))?;
        ctx.advance(wave.len() as u64);
        for run in found {
            let from = window.start.saturating_sub(place).min(run.len());
            let to = window.end.saturating_sub(place).min(run.len());
            kept.extend(ctx, run.get(from..to).unwrap_or_default())?;
            place = place.saturating_add(run.len());
        }
        if place >= window.end {
            break;
        }
    }
    Ok(kept)
}

/// Sorted runs of the best matches so far, one after another.
struct Best<T: Copy> {
    matches: Pile<Match<T>>,
    /// Where each run ends.
    ends: Vec<usize>,
    /// Matches that are wanted at most.
    keep: usize,
}

impl<T: Copy> Best<T> {
    fn new(ctx: &JobContext, keep: usize) -> Result<Best<T>, Stop> {
        Ok(Best { matches: Pile::new(ctx)?, ends: Vec::new(), keep })
    }

    /// Adds a run of matches that come after all earlier ones in internal order.
    fn add(&mut self, ctx: &JobContext, run: &[Match<T>]) -> Result<(), Stop> {
        if !run.is_empty() {
            self.matches.extend(ctx, run)?;
            self.ends.push(self.matches.len());
        }
        Ok(())
    }

    /// The worst match that is kept, once there are as many as are wanted: whatever is found later and is
    /// not better will not be seen.
    fn cutoff(&self) -> Option<Match<T>> {
        let is_full = self.ends.len() == 1 && self.matches.len() >= self.keep;
        if is_full { self.matches.last().copied() } else { None }
    }

    /// Makes one run of what is wanted when there is twice as much.
    fn shorten(
        &mut self,
        ctx: &JobContext,
        compare: &impl Fn(&Match<T>, &Match<T>) -> Ordering,
    ) -> Result<(), Stop> {
        if self.ends.len() < 2 || self.matches.len() / 2 < self.keep {
            return Ok(());
        }
        let mut best = Pile::new(ctx)?;
        merge(ctx, &self.runs(), 0..self.keep, compare, |items| best.extend(ctx, items))?;
        self.ends = vec![best.len()];
        self.matches = best;
        Ok(())
    }

    fn runs(&self) -> Vec<&[Match<T>]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.matches.get(start..*end)).collect()
    }
}

/// Merges sorted runs and hands over what lies in `window`, batch by batch. Equal elements come in the order
/// of their runs.
fn merge<M: Copy>(
    ctx: &JobContext,
    runs: &[&[M]],
    window: Range<usize>,
    compare: &impl Fn(&M, &M) -> Ordering,
    mut give: impl FnMut(&[M]) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut tick = ctx.tick();
    let mut next = vec![0usize; runs.len()];
    let head = |run: usize, at: usize| {
        runs.get(run).and_then(|items| items.get(at)).map(|item| Reverse(Head { item: *item, run, compare }))
    };
    let mut heads: BinaryHeap<_> = (0..runs.len()).filter_map(|run| head(run, 0)).collect();
    let mut batch = Vec::with_capacity(BATCH);
    for place in 0..window.end {
        tick.spend(16)?;
        let Some(Reverse(first)) = heads.pop() else { break };
        next[first.run] += 1;
        heads.extend(head(first.run, next[first.run]));
        if place >= window.start {
            batch.push(first.item);
        }
        if batch.len() == BATCH {
            give(&batch)?;
            batch.clear();
        }
    }
    give(&batch)
}

struct Head<'a, M, C> {
    item: M,
    run: usize,
    compare: &'a C,
}

impl<M, C: Fn(&M, &M) -> Ordering> Ord for Head<'_, M, C> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.compare)(&self.item, &other.item).then(self.run.cmp(&other.run))
    }
}
impl<M, C: Fn(&M, &M) -> Ordering> PartialOrd for Head<'_, M, C> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<M, C: Fn(&M, &M) -> Ordering> PartialEq for Head<'_, M, C> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl<M, C: Fn(&M, &M) -> Ordering> Eq for Head<'_, M, C> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{OrderBy, SortKey};
    use gesso_core::Value;
    use gesso_core::rng::Rng;

    /// Sort key `a` is a coarse number that is sometimes missing, `b` a long text with ties.
    struct Keys;

    impl Values<u32> for Keys {
        fn value(&self, sort: &OrderBy, element: u32) -> Option<Value> {
            let mixed = element.wrapping_mul(2_654_435_761);
            match &sort.key {
                SortKey::Property(name) if name == "a" => {
                    (!mixed.is_multiple_of(11)).then_some(Value::Int((mixed >> 28) as i32 - 8))
                }
                _ => Some(Value::Text(format!("a text longer than a place {}", mixed >> 25).into())),
            }
        }
    }

    fn by(name: &str, is_falling: bool) -> OrderBy {
        OrderBy { key: SortKey::Property(name.to_owned()), is_falling }
    }

    /// Chunks of different lengths, some empty, more than a wave of them.
    fn chunks(rng: &mut Rng) -> Vec<Range<u32>> {
        let mut start = 0;
        let mut all = Vec::new();
        for _ in 0..150 + rng.below(100) {
            let end = start + (rng.below(40) as u32).saturating_sub(10);
            all.push(start..end);
            start = end;
        }
        all
    }

    #[test]
    fn windows_over_many_chunks_are_those_of_one_stable_sort() {
        let orders = [vec![], vec![by("a", false)], vec![by("a", true), by("b", false)], vec![by("b", true)]];
        for seed in 0..40 {
            let mut rng = Rng::new(seed, 0);
            let chunks = chunks(&mut rng);
            let all: Vec<u32> = chunks.iter().cloned().flatten().collect();
            for sorts in &orders {
                let limit = [None, Some(rng.below(20)), Some(rng.below(3000))][rng.below(3) as usize];
                let query =
                    Compiled { sorts: sorts.clone(), offset: rng.below(30), limit, ..Compiled::default() };
                let mut expected: Vec<Match<u32>> =
                    all.iter().map(|e| Match::new(*e, sorts, &Keys)).collect();
                expected.sort_by(|a, b| a.compare(b, sorts, &Keys));
                let expected: Vec<u32> = expected.iter().map(|m| m.element).collect();
                let from = (query.offset as usize).min(expected.len());
                let to = limit.map_or(expected.len(), |l| (from + l as usize).min(expected.len()));
                let ctx = JobContext::detached(2, 1 << 26);
                let find = |i: usize, _: &mut Tick<'_>| Ok(chunks[i].clone().collect::<Vec<u32>>());
                let found = collect(&ctx, &query, &Keys, chunks.len(), find).unwrap();
                assert_eq!(*found, expected[from..to], "seed {seed}, {sorts:?}, {limit:?}");
                drop(found);
                assert_eq!(ctx.account().used(), 0);
            }
        }
    }

    #[test]
    fn a_short_window_keeps_few_matches() {
        let ctx = JobContext::detached(2, 1 << 26);
        let query = Compiled { sorts: vec![by("a", false)], limit: Some(1000), ..Compiled::default() };
        let find = |i: usize, _: &mut Tick<'_>| Ok((i as u32 * 1000..(i as u32 + 1) * 1000).collect());
        let found = collect(&ctx, &query, &Keys, 1000, find).unwrap();
        assert_eq!(found.len(), 1000);
        // A million matches are 24 million bytes; a wave of runs and twice the window are much less.
        assert!(ctx.account().peak() < 8 << 20, "{} bytes", ctx.account().peak());
    }
}
