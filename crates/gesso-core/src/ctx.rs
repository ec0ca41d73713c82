//! The context of a running job: gate, progress, memory, and parallel loops with checkpoints in them.
//!
//! Everything that loops over a graph takes a `&JobContext`. `gesso-jobs` makes one for each job and
//! decides its end; the thread that runs the job is the one that calls the loops.

use crate::buf::{Buf, Plain};
use crate::gate::{Gate, Stop};
use crate::memory::{Account, Budget, Reservation};
use crate::pool::Pool;
use crate::progress::Progress;
use crate::rng::Rng;
use std::ops::Range;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Elementary steps between two looks at the gate.
pub const STEPS_PER_CHECK: u64 = 16_384;

/// Most paths of a result where neither request nor configuration says: spec 06, 3.2.
pub const PATHS_MAX: usize = 1_000_000;

/// What a running job works with.
pub struct JobContext {
    gate: Arc<Gate>,
    progress: Arc<Progress>,
    account: Arc<Account>,
    pool: Arc<Pool>,
    threads: usize,
    job: Option<Box<str>>,
    paths_max: usize,
    trap: Option<AtomicI64>,
}

/// Counts steps inside a loop and looks at the gate now and then.
pub struct Tick<'a> {
    ctx: &'a JobContext,
    left: u64,
}

impl JobContext {
    /// A context over the given parts; loops use at most `threads` threads, the caller's included.
    pub fn new(
        gate: Arc<Gate>,
        progress: Arc<Progress>,
        account: Arc<Account>,
        pool: Arc<Pool>,
        threads: usize,
    ) -> JobContext {
        let threads = threads.clamp(1, pool.width());
        JobContext { gate, progress, account, pool, threads, job: None, paths_max: PATHS_MAX, trap: None }
    }

    /// The same, for the job of that id: what it commits will bear the id.
    pub fn of_job(mut self, id: &str) -> JobContext {
        self.job = Some(id.into());
        self
    }

    /// The same, with another bound for lists of paths whose request sets none.
    pub fn of_paths(mut self, most: usize) -> JobContext {
        self.paths_max = most;
        self
    }

    /// Most paths of a list whose request sets no bound.
    pub fn paths_max(&self) -> usize {
        self.paths_max
    }

    /// The id of the job, if an engine knows one.
    pub fn job(&self) -> Option<&str> {
        self.job.as_deref()
    }

    /// A context of its own, not known to any engine: for offline commands, benchmarks and tests.
    pub fn detached(threads: usize, budget_bytes: u64) -> JobContext {
        let account = Budget::new(budget_bytes).open(0);
        let account = account.unwrap_or_else(|_| unreachable!("a grant of 0 bytes always fits"));
        let pool = Pool::new(threads.saturating_sub(1), || ());
        JobContext::new(Arc::default(), Arc::default(), account, pool, threads)
    }

    /// Stops the job at its `count`-th checkpoint, counted over all threads: how tests cancel at a point.
    pub fn stop_at_checkpoint(mut self, count: u32) -> JobContext {
        self.trap = Some(AtomicI64::new(i64::from(count)));
        self
    }

    /// Fails when the job was stopped. Call at least every [`STEPS_PER_CHECK`] steps.
    #[inline]
    pub fn checkpoint(&self) -> Result<(), Stop> {
        if cfg!(feature = "unstoppable") {
            return Ok(());
        }
        if let Some(trap) = &self.trap
            && trap.fetch_sub(1, Relaxed) <= 1
        {
            self.gate.stop(Stop::Cancelled);
        }
        self.gate.check()
    }

    /// Point of no return: see [`Gate::seal`].
    pub fn seal(&self) -> Result<(), Stop> {
        self.gate.seal()
    }

    /// The job's gate.
    pub fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }

    /// The job's memory account.
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The job's progress.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Threads that a loop may use.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Begins a phase that leads the present scope up to `upto` (0..=1) over `total` units.
    pub fn phase(&self, name: &'static str, upto: f64, total: u64) {
        self.progress.phase(name, upto, total);
    }

    /// Adds finished units of the present phase.
    #[inline]
    pub fn advance(&self, units: u64) {
        self.progress.advance(units);
    }

    /// The random stream of a seed and a chunk's number.
    pub fn rng(&self, seed: u64, chunk: u64) -> Rng {
        Rng::new(seed, chunk)
    }

    /// Reserves memory of graph size. A refusal stops the job with [`Stop::Memory`].
    pub fn reserve(&self, size_bytes: u64) -> Result<Reservation, Stop> {
        self.account.reserve(size_bytes).map_err(|_| self.out_of_memory())
    }

    /// Takes more bytes into a reservation. A refusal stops the job with [`Stop::Memory`].
    pub fn grow(&self, reservation: &mut Reservation, more: u64) -> Result<(), Stop> {
        reservation.grow(more).map_err(|_| self.out_of_memory())
    }

    /// An accounted array of `len` copies of `value`.
    pub fn alloc<T: Plain>(&self, len: usize, value: T) -> Result<Buf<T>, Stop> {
        let held = self.reserve((len * size_of::<T>()) as u64)?;
        let mut buf = Buf::zeroed(len).holding(held);
        if value != T::default() || value.is_negative_zero() {
            for part in buf.chunks_mut(1 << 16) {
                self.checkpoint()?;
                part.fill(value);
            }
        }
        Ok(buf)
    }

    /// An accounted array of these values.
    pub fn alloc_copy<T: Plain>(&self, values: &[T]) -> Result<Buf<T>, Stop> {
        let held = self.reserve(size_of_val(values) as u64)?;
        let mut buf = Buf::zeroed(values.len()).holding(held);
        for (to, from) in buf.chunks_mut(1 << 16).zip(values.chunks(1 << 16)) {
            self.checkpoint()?;
            to.copy_from_slice(from);
        }
        Ok(buf)
    }

    /// A counter of steps for a loop on the calling thread.
    pub fn tick(&self) -> Tick<'_> {
        Tick { ctx: self, left: STEPS_PER_CHECK }
    }

    /// Runs `body` once for each of `0..chunks` on the job's threads, a checkpoint before each, and
    /// returns what the chunks gave, in chunk order whatever the number of threads. The first error ends
    /// the loop.
    pub fn par_map<R: Send, E: From<Stop> + Send>(
        &self,
        chunks: usize,
        body: impl Fn(usize, &mut Tick<'_>) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, E> {
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(chunks));
        let failed: Mutex<Option<(usize, E)>> = Mutex::new(None);
        self.pool.run(self.threads.min(chunks), &|_| {
            let mut mine = Vec::new();
            let mut tick = self.tick();
            loop {
                // Relaxed: the number alone is shared; results pass through the mutex.
                let chunk = next.fetch_add(1, Relaxed);
                if chunk >= chunks {
                    break;
                }
                match self.checkpoint().map_err(E::from).and_then(|()| body(chunk, &mut tick)) {
                    Ok(r) => mine.push((chunk, r)),
                    Err(e) => {
                        next.store(chunks, Relaxed);
                        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                        if failed.as_ref().is_none_or(|(at, _)| *at > chunk) {
                            *failed = Some((chunk, e));
                        }
                        break;
                    }
                }
            }
            done.lock().unwrap_or_else(PoisonError::into_inner).extend(mine);
        });
        if let Some((_, e)) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(e);
        }
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(chunk, _)| *chunk);
        Ok(done.into_iter().map(|(_, r)| r).collect())
    }

    /// [`JobContext::par_map`] over the ranges between neighbouring `cuts` (rising; see [`even_cuts`]
    /// and [`work_cuts`]).
    pub fn par_ranges<R: Send, E: From<Stop> + Send>(
        &self,
        cuts: &[usize],
        body: impl Fn(Range<usize>, &mut Tick<'_>) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, E> {
        self.par_map(cuts.len().saturating_sub(1), |i, tick| body(cuts[i]..cuts[i + 1], tick))
    }

    /// [`JobContext::par_ranges`] where each range fills its own part of `out`. `cuts` begins at 0, ends
    /// at `out.len()` and rises.
    pub fn par_fill<T: Send, R: Send, E: From<Stop> + Send>(
        &self,
        out: &mut [T],
        cuts: &[usize],
        body: impl Fn(Range<usize>, &mut [T], &mut Tick<'_>) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, E> {
        self.par_fill_parts(out, cuts, |i, part, tick| body(cuts[i]..cuts[i + 1], part, tick))
    }

    /// [`JobContext::par_fill`] with the number of the part instead of its range; parts may be empty.
    pub fn par_fill_parts<T: Send, R: Send, E: From<Stop> + Send>(
        &self,
        out: &mut [T],
        cuts: &[usize],
        body: impl Fn(usize, &mut [T], &mut Tick<'_>) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, E> {
        let mut parts = Vec::with_capacity(cuts.len());
        let mut rest = out;
        for pair in cuts.windows(2) {
            let (part, tail) = rest.split_at_mut(pair[1] - pair[0]);
            parts.push(Mutex::new(Some(part)));
            rest = tail;
        }
        self.par_map(parts.len(), |i, tick| {
            let part = parts[i].lock().unwrap_or_else(PoisonError::into_inner).take();
            let part = part.unwrap_or_else(|| unreachable!("each part is handed out once"));
            body(i, part, tick)
        })
    }

    fn out_of_memory(&self) -> Stop {
        self.gate.stop(Stop::Memory);
        // A cancel that came first is the truer reason.
        self.gate.stopped().unwrap_or(Stop::Memory)
    }
}

impl Tick<'_> {
    /// Counts steps; looks at the gate when enough have passed.
    #[inline]
    pub fn spend(&mut self, steps: u64) -> Result<(), Stop> {
        if cfg!(feature = "unstoppable") {
            return Ok(());
        }
        if steps < self.left {
            self.left -= steps;
            return Ok(());
        }
        self.left = STEPS_PER_CHECK;
        self.ctx.checkpoint()
    }
}

/// Cuts `0..len` into ranges of `size`, the last one shorter.
pub fn even_cuts(len: usize, size: usize) -> Vec<usize> {
    let mut cuts: Vec<usize> = (0..len).step_by(size.max(1)).collect();
    cuts.push(len);
    cuts
}

/// Cuts `0..n` into ranges of about `target` work each, where `before[i]` is the work before item i
/// (n + 1 rising entries, such as CSR offsets) and each item counts one on top.
pub fn work_cuts(before: &[u64], target: u64) -> Vec<usize> {
    let n = before.len().saturating_sub(1);
    let total = before.last().copied().unwrap_or(0) - before.first().copied().unwrap_or(0) + n as u64;
    let chunks = total.div_ceil(target.max(1)).max(1);
    let first = before.first().copied().unwrap_or(0);
    let mut cuts = vec![0];
    for c in 1..chunks {
        let goal = total * c / chunks;
        // The first item at which work (edges before it plus items before it) reaches the goal.
        let (mut lo, mut hi) = (cuts[cuts.len() - 1], n);
        while lo < hi {
            let mid = usize::midpoint(lo, hi);
            if before[mid] - first + (mid as u64) < goal {
                lo = mid + 1;
            } else {
                hi = mid;
            }
        }
        if lo > cuts[cuts.len() - 1] && lo < n {
            cuts.push(lo);
        }
    }
    cuts.push(n);
    cuts
}

/// Tells −0.0 from 0.0, which compare equal but are filled differently.
trait NegativeZero {
    fn is_negative_zero(&self) -> bool;
}
impl<T: Plain> NegativeZero for T {
    fn is_negative_zero(&self) -> bool {
        crate::buf::bytes_of(std::slice::from_ref(self)).iter().any(|b| *b != 0) && *self == T::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_chunk_order_for_any_number_of_threads() {
        for threads in [1, 2, 8] {
            let ctx = JobContext::detached(threads, 1 << 30);
            let got: Vec<usize> = ctx.par_map(500, |i, _| Ok::<_, Stop>(i * i)).unwrap();
            assert_eq!(got, (0..500).map(|i| i * i).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_loop_ends_at_the_checkpoint_that_stops_it() {
        let ctx = JobContext::detached(2, 1 << 30).stop_at_checkpoint(5);
        let ran = AtomicUsize::new(0);
        let out = ctx.par_map(1000, |_, _| Ok::<_, Stop>(ran.fetch_add(1, Relaxed)));
        assert_eq!(out, Err(Stop::Cancelled));
        assert!(ran.into_inner() <= 5);
    }

    #[test]
    fn a_refused_array_stops_the_job_for_lack_of_memory() {
        let ctx = JobContext::detached(1, 1000);
        assert_eq!(ctx.alloc::<u64>(1000, 0).unwrap_err(), Stop::Memory);
        assert_eq!(ctx.checkpoint(), Err(Stop::Memory));
        assert_eq!(ctx.account().used(), 0);
    }

    #[test]
    fn cuts_cover_everything_and_balance_work() {
        let before: Vec<u64> = [0, 1_000_000, 0, 0, 5, 5]
            .iter()
            .scan(0, |s, d| {
                *s += d;
                Some(*s)
            })
            .collect();
        let cuts = work_cuts(&before, 100);
        assert_eq!((cuts[0], *cuts.last().unwrap()), (0, 5));
        assert!(cuts.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(work_cuts(&[0], 10), vec![0, 0]);
        assert_eq!(even_cuts(5, 2), vec![0, 2, 4, 5]);
    }

    #[test]
    fn each_range_fills_its_own_part() {
        let ctx = JobContext::detached(2, 1 << 20);
        let mut out = ctx.alloc(1000, 7u32).unwrap();
        assert!(out.iter().all(|v| *v == 7));
        ctx.par_fill(&mut out, &even_cuts(1000, 7), |r, part, _| {
            for (i, v) in r.zip(part) {
                *v = i as u32;
            }
            Ok::<_, Stop>(())
        })
        .unwrap();
        assert!(out.iter().enumerate().all(|(i, v)| *v == i as u32));
    }
}
