//! One timer for all deadlines.
//!
//! Its thread sleeps until the next deadline, or until an earlier one is added.

use crate::job::Job;
use crate::shared::lock;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Instant;

/// The deadlines of the running jobs.
#[derive(Debug, Default)]
pub struct Timer {
    state: Mutex<Deadlines>,
    /// Waited for by the timer's thread; notified when the next deadline changes or the timer closes.
    wake: Condvar,
}

#[derive(Debug, Default)]
struct Deadlines {
    due: BTreeMap<Key, Weak<Job>>,
    added: u64,
    closed: bool,
}

/// Names one deadline: when, and a number that tells equal times apart.
pub type Key = (Instant, u64);

impl Timer {
    /// Adds a deadline.
    pub fn add(&self, at: Instant, job: &Arc<Job>) -> Key {
        let mut state = lock(&self.state);
        state.added += 1;
        let key = (at, state.added);
        state.due.insert(key, Arc::downgrade(job));
        if state.due.first_key_value().is_some_and(|(first, _)| *first == key) {
            self.wake.notify_one();
        }
        key
    }

    /// Takes a deadline back.
    pub fn remove(&self, key: Key) {
        lock(&self.state).due.remove(&key);
    }

    /// Ends [`Timer::run`].
    pub fn close(&self) {
        lock(&self.state).closed = true;
        self.wake.notify_one();
    }

    /// Hands each job whose time is over to `expire`, until the timer is closed.
    pub fn run(&self, expire: impl Fn(Arc<Job>)) {
        let mut state = lock(&self.state);
        while !state.closed {
            let Some(first) = state.due.first_key_value().map(|(key, _)| *key) else {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let now = Instant::now();
            if first.0 > now {
                let waited = self.wake.wait_timeout(state, first.0 - now);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let job = state.due.remove(&first).and_then(|job| job.upgrade());
            drop(state);
            if let Some(job) = job {
                expire(job);
            }
            state = lock(&self.state);
        }
    }
}
