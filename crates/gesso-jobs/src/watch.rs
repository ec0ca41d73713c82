//! Waiting for a job from threads and from async code, without polling and without a runtime.

use crate::job::Job;
use crate::record::State;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// One change of a job, as listeners are told. Listeners run on the thread that made the change, so
/// that two changes may arrive in either order: `number` tells which came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Counts the changes of one job.
    pub number: u64,
    /// The state after the change.
    pub state: State,
    /// True if the state is another than after the change before.
    pub is_new_state: bool,
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
