//! What the engine, its jobs and its threads share.

use crate::config::{EngineConfig, Point};
use crate::index::{Excess, Index, Limits};
use crate::job::{Job, Stopped};
use crate::journal::{Event, Journal};
use crate::metrics::Counters;
use crate::priority::JobThreads;
use crate::queue::{Queue, Turn};
use crate::record::{End, State, now_ms};
use crate::results::Results;
use crate::timer::Timer;
use crate::watch::Change;
use gesso_core::{Budget, Pool};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

/// A function that is told of every change of every job.
pub type Listener = Arc<dyn Fn(&Arc<Job>, Change) + Send + Sync>;

/// How long a cancel waits for the disk. Usually it takes less, and the cancel is durable when it is
/// acknowledged; a disk that stalls must not keep anybody from stopping the job that stalls it.
pub const CANCEL_DISK_WAIT: Duration = Duration::from_millis(3);

/// The state of an engine.
pub struct Shared {
    pub config: EngineConfig,
    pub budget: Arc<Budget>,
    pub pool: Arc<Pool>,
    pub threads: Arc<JobThreads>,
    pub journal: Journal,
    pub results: Results,
    /// Bytes that all results together may take.
    pub result_bytes_max: u64,
    pub index: Mutex<Index>,
    pub queue: Mutex<Queue>,
    /// Waited for by idle workers; notified when a job is queued, when one is taken out of the queue, when memory
    /// comes back, and to close.
    pub turn: Condvar,
    pub timer: Timer,
    pub metrics: Counters,
    pub listeners: RwLock<Vec<Listener>>,
}

/// Takes a lock; a panic elsewhere does not spoil it, as every critical section leaves it whole.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Tells the listeners.
    pub fn tell(&self, job: &Arc<Job>, change: Change) {
        if change.is_new_state {
            let (graph, kind, state) = (&job.graph().name, job.kind().name(), change.state.name());
            tracing::info!(job = %job.id(), graph, kind, state, "job");
        }
        let listeners = self.listeners.read().unwrap_or_else(PoisonError::into_inner).clone();
        for listener in listeners {
            listener(job, change);
        }
    }

    /// Calls the probe, if there is one.
    pub fn probe(&self, point: Point, job: &Job) {
        if let Some(probe) = &self.config.probe {
            probe.call(point, job);
        }
    }

    /// Waits for the next job to run; none when the queue is closed.
    pub fn next_turn(&self) -> Option<Turn> {
        let mut queue = lock(&self.queue);
        loop {
            if queue.is_closed() {
                return None;
            }
            if let Some(turn) = queue.take(&self.budget) {
                return Some(turn);
            }
            queue = self.turn.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Looks whether a waiting job fits now: memory of the budget has come back.
    pub fn memory_freed(&self) {
        // The lock makes sure that no worker is between its look and its wait.
        if !lock(&self.queue).is_empty() {
            self.turn.notify_all();
        }
    }

    /// Records a stop that won. The recorder makes it durable.
    pub fn after_stop(&self, job: &Arc<Job>, stopped: Stopped) {
        if stopped.was_queued {
            let waiting = lock(&self.queue).remove(job);
            if waiting.is_some() {
                // Jobs that it did not let pass may go on.
                self.turn.notify_all();
                // The work may hold a snapshot: let it go before the job is said to be idle.
                drop(waiting);
                job.rest();
            }
        } else {
            self.threads.hurry();
        }
        let state = stopped.end.state;
        self.journal.note(&Event::End { id: job.id().clone(), end: stopped.end });
        self.retire(job, state);
    }

    /// Makes the end of a sealed job durable. A failure is reported; the end stands all the same, as what
    /// the job did cannot be undone.
    pub fn commit_end(&self, job: &Job, end: End) {
        if let Err(e) = self.journal.commit(&Event::End { id: job.id().clone(), end }) {
            tracing::error!(job = %job.id(), error = %e, "end of a job cannot be recorded");
        }
    }

    /// Counts an ended job and forgets what the limits no longer allow.
    pub fn retire(&self, job: &Arc<Job>, state: State) {
        self.metrics.ended(job.kind(), state);
        if !job.is_of_request() {
            self.restore_ended(job);
        }
    }

    /// Enters an ended job and forgets what the limits no longer allow.
    pub fn restore_ended(&self, job: &Arc<Job>) {
        let excess = lock(&self.index).ended(job, self.limits(), now_ms());
        self.drop_excess(&excess);
    }

    /// Forgets jobs that have come to their age.
    pub fn forget_old(&self) {
        let excess = lock(&self.index).old(self.config.keep_seconds, now_ms());
        self.drop_excess(&excess);
    }

    /// Forgets jobs with their results. Returns how many were still remembered.
    pub fn forget_all(&self, jobs: &[Arc<Job>]) -> usize {
        let mut excess = Excess { jobs: jobs.to_vec(), results: Vec::new() };
        let mut index = lock(&self.index);
        excess.jobs.retain(|job| index.remove(job));
        drop(index);
        self.drop_excess(&excess);
        excess.jobs.len()
    }

    /// Drops what was taken out of the index: first the word, then the files.
    pub fn drop_excess(&self, excess: &Excess) {
        let ids = |jobs: &[Arc<Job>]| jobs.iter().map(|job| job.id().clone()).collect();
        if !excess.jobs.is_empty() {
            self.journal.note(&Event::Forget { ids: ids(&excess.jobs) });
        }
        if !excess.results.is_empty() {
            excess.results.iter().for_each(|job| job.expire());
            self.journal.note(&Event::Expire { ids: ids(&excess.results) });
        }
        for job in excess.jobs.iter().chain(&excess.results) {
            self.results.remove(job.id());
        }
    }

    /// All jobs and the number of the last submission, for a snapshot.
    pub fn jobs(&self) -> (Vec<Arc<Job>>, u64) {
        let index = lock(&self.index);
        (index.all(), index.last_seq())
    }

    fn limits(&self) -> Limits {
        let EngineConfig { keep_seconds, keep_count, .. } = self.config;
        Limits { keep_seconds, keep_count, result_bytes: self.result_bytes_max }
    }
}
