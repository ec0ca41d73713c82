//! The one gate of a job: stopping and finishing are the same compare-and-swap, so exactly one wins.

use crate::sync::{AtomicU8, Mutex};
use crate::wakers::Wakers;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

const OPEN: u8 = 0;
const SEALED: u8 = 1;

/// Why a job was asked to end early. Stopping is not an error: it goes up with `?` and is not retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
pub enum Stop {
    /// A user cancelled it.
    #[error("job is cancelled")]
    Cancelled = 2,
    /// Its deadline passed.
    #[error("deadline exceeded")]
    Deadline = 3,
    /// The server is shutting down.
    #[error("server is shutting down")]
    Shutdown = 4,
    /// Its graph was deleted.
    #[error("graph was deleted")]
    GraphDeleted = 5,
    /// It asked for more memory than its account allows.
    #[error("memory account exceeded")]
    Memory = 6,
    /// The client that waited for it has gone.
    #[error("client disconnected")]
    Disconnected = 7,
}

/// Open until the job is stopped or seals itself; both happen at most once.
#[derive(Debug, Default)]
pub struct Gate {
    state: AtomicU8,
    /// Woken by a stop; for jobs that wait for the network.
    wakers: Mutex<Wakers>,
}

impl Gate {
    /// Asks the job to end. False: too late, it has sealed or was stopped before.
    pub fn stop(&self, why: Stop) -> bool {
        let is_won = self.state.compare_exchange(OPEN, why as u8, AcqRel, Acquire).is_ok();
        if is_won {
            let wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner).take();
            wakers.into_iter().for_each(|(_, waker)| waker.wake());
        }
        is_won
    }

    /// Point of no return: called once, before the first step that cannot be undone.
    pub fn seal(&self) -> Result<(), Stop> {
        self.state.compare_exchange(OPEN, SEALED, AcqRel, Acquire).map(drop).map_err(reason)
    }

    /// Fails when the job was stopped.
    #[inline]
    pub fn check(&self) -> Result<(), Stop> {
        // Relaxed: no data is read on the strength of this load, and a late look costs one chunk.
        match self.state.load(Relaxed) {
            OPEN | SEALED => Ok(()),
            why => Err(reason(why)),
        }
    }

    /// Why the job was stopped, if it was.
    pub fn stopped(&self) -> Option<Stop> {
        match self.state.load(Acquire) {
            OPEN | SEALED => None,
            why => Some(reason(why)),
        }
    }

    /// Completes when the job is stopped; never if it seals.
    pub fn stopping(self: &Arc<Gate>) -> Stopping {
        Stopping { gate: self.clone(), slot: 0 }
    }

    /// True once [`Gate::seal`] has won.
    pub fn is_sealed(&self) -> bool {
        self.state.load(Acquire) == SEALED
    }
}

/// Waits for a stop: see [`Gate::stopping`]. Dropping it is always safe.
#[derive(Debug)]
pub struct Stopping {
    gate: Arc<Gate>,
    /// Where the gate keeps the waker; 0 before the first poll.
    slot: u64,
}

impl Future for Stopping {
    type Output = Stop;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Stop> {
        let mut slot = self.slot;
        let old = self.gate.wakers.lock().unwrap_or_else(PoisonError::into_inner).keep(&mut slot, cx.waker());
        drop(old);
        self.slot = slot;
        // Looked at after the waker is in place: a stop in between wakes it.
        self.gate.stopped().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Drop for Stopping {
    fn drop(&mut self) {
        if self.slot != 0 {
            let old = self.gate.wakers.lock().unwrap_or_else(PoisonError::into_inner).forget(self.slot);
            drop(old);
        }
    }
}

fn reason(state: u8) -> Stop {
    match state {
        3 => Stop::Deadline,
        4 => Stop::Shutdown,
        5 => Stop::GraphDeleted,
        6 => Stop::Memory,
        7 => Stop::Disconnected,
        // 2, and SEALED when a second seal is tried, which only a bug could do.
        _ => Stop::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_of_stop_and_seal_wins() {
        let gate = Gate::default();
        assert!(gate.stop(Stop::Deadline));
        assert!(!gate.stop(Stop::Cancelled));
        assert_eq!(gate.seal(), Err(Stop::Deadline));
        assert_eq!(gate.check(), Err(Stop::Deadline));
        let gate = Gate::default();
        assert_eq!(gate.seal(), Ok(()));
        assert!(!gate.stop(Stop::Cancelled));
        assert_eq!(gate.check(), Ok(()));
    }

    #[test]
    fn a_stop_wakes_who_waits_for_it() {
        use std::sync::atomic::AtomicU32;
        struct Count(AtomicU32);
        impl std::task::Wake for Count {
            fn wake(self: Arc<Count>) {
                self.0.fetch_add(1, Relaxed);
            }
        }
        let (gate, count) = (Arc::new(Gate::default()), Arc::new(Count(AtomicU32::new(0))));
        let waker = count.clone().into();
        let mut cx = Context::from_waker(&waker);
        let (mut kept, mut dropped) = (gate.stopping(), gate.stopping());
        assert!(Pin::new(&mut kept).poll(&mut cx).is_pending());
        assert!(Pin::new(&mut dropped).poll(&mut cx).is_pending());
        drop(dropped);
        assert!(gate.stop(Stop::Deadline));
        assert_eq!(count.0.load(Relaxed), 1);
        assert_eq!(Pin::new(&mut kept).poll(&mut cx), Poll::Ready(Stop::Deadline));
    }
}
