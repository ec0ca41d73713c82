//! Waiting for a job from threads and from async code, without polling and without a runtime.

use crate::job::Job;
use crate::record::State;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// One change of a job, as listeners are told. Listeners run on the thread that made the change, so
/// that two changes may arrive in either order: `number` tells which came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Counts the changes of one job.
    pub number: u64,
    /// The state after the change.
    pub state: State,
    /// True if no thread works for the job any more and its memory is given back.
    pub is_idle: bool,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    Ended,
    Idle,
}

/// Completes when the job has reached what was asked for. Dropping it is always safe.
#[derive(Debug)]
pub struct Waiting {
    job: Arc<Job>,
    want: Want,
    /// Where the job keeps the waker; 0 before the first poll.
    slot: u64,
}

impl Waiting {
    pub(crate) fn new(job: Arc<Job>, want: Want) -> Waiting {
        Waiting { job, want, slot: 0 }
    }
}

impl Future for Waiting {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut slot = self.slot;
        let is_reached = self.job.reached_or_wake(self.want, &mut slot, cx.waker());
        self.slot = slot;
        if is_reached { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.slot != 0 {
            self.job.forget_waker(self.slot);
        }
    }
}

/// The wakers of one job, each in a slot of its own so that a dropped future leaves nothing behind.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    last: u64,
    waiting: Vec<(u64, Waker)>,
}

impl Wakers {
    /// Keeps a waker in a slot, which is given a number if it has none. Returns the one that was there:
    /// to be dropped without a lock, as that may run anything.
    pub fn keep(&mut self, slot: &mut u64, waker: &Waker) -> Option<Waker> {
        if *slot == 0 {
            self.last += 1;
            *slot = self.last;
        }
        let old = self.forget(*slot);
        self.waiting.push((*slot, waker.clone()));
        old
    }

    /// Empties a slot. Returns what was in it, as `keep` does.
    pub fn forget(&mut self, slot: u64) -> Option<Waker> {
        let at = self.waiting.iter().position(|(s, _)| *s == slot)?;
        Some(self.waiting.swap_remove(at).1)
    }

    /// Takes all wakers out, to be woken without a lock.
    pub fn take(&mut self) -> Vec<(u64, Waker)> {
        std::mem::take(&mut self.waiting)
    }
}
