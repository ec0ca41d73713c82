//! Threads that help the thread of a job through its parallel loops.
//!
//! A job's own thread always takes part and only ever works for its own job: it never picks up
//! another job's work while it waits, so a job that is stopped is idle as soon as its own chunks end.
//! (A work-stealing pool would let a stopped job sit on the stack of a running one.)
//!
//! Loops follow one another within microseconds, and waking a thread takes some fifty, on virtual machines more:
//! so helpers look for the next loop for a moment before they sleep, and so does a caller for the last helper.
//!
//! Threads: [`Pool::new`] starts the helpers, `Drop` closes the queue and joins them. Lock order: the
//! queue's lock is never held while a region's is taken.
//!
//! `unsafe` erases the lifetime of the loop body that helpers run; `Region::leave` ends before the
//! body's borrow does. Tests: below, also under a panic in a helper.
#![expect(unsafe_code, reason = "helpers run a borrowed closure; the caller outwaits them")]

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Release};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a thread looks before it sleeps: some times what waking it would take.
const LOOK: Duration = Duration::from_micros(200);
/// Looks between two at the clock.
const LOOKS_PER_TIME: u32 = 32;

type Body = dyn Fn(usize) + Sync;

/// A fixed set of helper threads, shared by all jobs.
pub struct Pool {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// Waited for by idle helpers; notified when a region opens or the pool closes.
    wake: Condvar,
    /// Regions opened so far; changed under the queue's lock only.
    opened: AtomicU64,
}

#[derive(Default)]
struct Queue {
    regions: Vec<Arc<Region>>,
    /// Helpers that sleep.
    asleep: usize,
    closed: bool,
}

/// One parallel loop in progress.
struct Region {
    body: BodyPtr,
    width: usize,
    state: Mutex<RegionState>,
    /// Helpers inside the body; changed under the lock only.
    active: AtomicUsize,
    /// Waited for by the region's caller; notified when the last helper leaves.
    left: Condvar,
}

#[derive(Default)]
struct RegionState {
    joined: usize,
    closed: bool,
    panic: Option<Box<dyn Any + Send>>,
}

struct BodyPtr(*const Body);
// SAFETY: the body is Sync, and `Pool::run` keeps it alive until no helper can call it.
unsafe impl Send for BodyPtr {}
// SAFETY: as above; the pointer is only read.
unsafe impl Sync for BodyPtr {}

impl Pool {
    /// Starts `helpers` threads; `on_start` runs first on each, for instance to lower its priority, and
    /// what it returns is dropped when the thread ends.
    pub fn new<G>(helpers: usize, on_start: impl Fn() -> G + Send + Clone + 'static) -> Arc<Pool> {
        let shared =
            Arc::new(Shared { queue: Mutex::default(), wake: Condvar::new(), opened: AtomicU64::new(0) });
        let helpers = (0..helpers)
            .map_while(|i| {
                let (shared, on_start) = (shared.clone(), on_start.clone());
                let thread = std::thread::Builder::new().name(format!("gesso-loop-{i}"));
                // A thread that the system refuses is done without: the caller does the work alone.
                thread
                    .spawn(move || {
                        let _guard = on_start();
                        shared.help();
                    })
                    .ok()
            })
            .collect();
        Arc::new(Pool { shared, helpers })
    }

    /// Threads that can work on one region: the helpers and the caller.
    pub fn width(&self) -> usize {
        self.helpers.len() + 1
    }

    /// Runs `body` on the calling thread and on up to `width - 1` helpers at once, and returns when all
    /// have left it. Each call gets its number below `width`, the caller 0. A panic in any is passed on.
    pub fn run(&self, width: usize, body: &(dyn Fn(usize) + Sync)) {
        if width <= 1 || self.helpers.is_empty() {
            return body(0);
        }
        // SAFETY: only the lifetime changes. `close` below, which runs also when `body` panics here, waits
        // until no helper is inside the body and none can enter it any more.
        let erased = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static Body>(body) };
        let region = Arc::new(Region {
            body: BodyPtr(erased),
            width,
            state: Mutex::default(),
            active: AtomicUsize::new(0),
            left: Condvar::new(),
        });
        self.shared.open(&region);
        let mine = catch_unwind(AssertUnwindSafe(|| body(0)));
        lock(&self.shared.queue).regions.retain(|r| !Arc::ptr_eq(r, &region));
        let theirs = region.close();
        if let Some(panic) = mine.err().or(theirs) {
            resume_unwind(panic);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        lock(&self.shared.queue).closed = true;
        self.shared.wake.notify_all();
        for helper in self.helpers.drain(..) {
            _ = helper.join();
        }
    }
}

impl Shared {
    fn open(&self, region: &Arc<Region>) {
        let mut queue = lock(&self.queue);
        queue.regions.push(region.clone());
        // Only the lock orders it; a helper that sees it early finds the lock taken.
        self.opened.fetch_add(1, Release);
        let asleep = queue.asleep;
        drop(queue);
        if asleep > 0 && region.width == 2 {
            self.wake.notify_one();
        } else if asleep > 0 {
            self.wake.notify_all();
        }
    }

    fn help(&self) {
        let mut queue = lock(&self.queue);
        loop {
            if queue.closed {
                return;
            }
            let Some(region) = queue.regions.iter().find(|r| r.is_open()).cloned() else {
                queue.asleep += 1;
                queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.asleep -= 1;
                continue;
            };
            let opened = self.opened.load(Acquire);
            drop(queue);
            region.join();
            look_for(|| self.opened.load(Acquire) != opened);
            queue = lock(&self.queue);
        }
    }
}

/// Looks until something is so, but not for long.
fn look_for(is_so: impl Fn() -> bool) {
    let mut since = None;
    loop {
        for _ in 0..LOOKS_PER_TIME {
            if is_so() {
                return;
            }
            std::hint::spin_loop();
        }
        if since.get_or_insert_with(Instant::now).elapsed() > LOOK {
            return;
        }
        // Where there are more threads than cores, another one may have what is looked for.
        std::thread::yield_now();
    }
}

impl Region {
    fn is_open(&self) -> bool {
        let state = lock(&self.state);
        !state.closed && state.joined + 1 < self.width
    }

    /// A helper's part: enter, work, leave. Each helper enters a region once, as its body returns only
    /// when no chunk is left.
    fn join(&self) {
        let number = {
            let mut state = lock(&self.state);
            if state.closed || state.joined + 1 >= self.width {
                return;
            }
            state.joined += 1;
            self.active.fetch_add(1, Release);
            state.joined
        };
        // SAFETY: `active` was raised while the region was open, so `close` waits for this call to end.
        let body = unsafe { &*self.body.0 };
        let outcome = catch_unwind(AssertUnwindSafe(|| body(number)));
        let mut state = lock(&self.state);
        if let Err(panic) = outcome {
            state.panic.get_or_insert(panic);
        }
        if self.active.fetch_sub(1, Release) == 1 && state.closed {
            self.left.notify_one();
        }
    }

    /// The caller's end: nobody may enter, and everybody inside must leave first.
    fn close(&self) -> Option<Box<dyn Any + Send>> {
        lock(&self.state).closed = true;
        look_for(|| self.active.load(Acquire) == 0);
        let mut state = lock(&self.state);
        while self.active.load(Acquire) > 0 {
            state = self.left.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.panic.take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    #[test]
    fn every_chunk_is_done_once_from_many_callers() {
        let pool = Pool::new(3, || ());
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    for _ in 0..200 {
                        let (next, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
                        pool.run(4, &|_| {
                            loop {
                                let i = next.fetch_add(1, Relaxed);
                                if i >= 100 {
                                    break;
                                }
                                sum.fetch_add(i, Relaxed);
                            }
                        });
                        assert_eq!(sum.into_inner(), 4950);
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_in_a_helper_reaches_the_caller_and_the_pool_goes_on() {
        let pool = Pool::new(1, || ());
        let entered = AtomicUsize::new(0);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            pool.run(2, &|worker| {
                entered.fetch_add(1, Relaxed);
                while entered.load(Relaxed) < 2 {
                    std::hint::spin_loop();
                }
                assert!(worker == 0, "boom");
            });
        }));
        assert!(outcome.is_err());
        let ran = AtomicUsize::new(0);
        pool.run(2, &|_| _ = ran.fetch_add(1, Relaxed));
        assert!(ran.into_inner() >= 1);
    }
}
