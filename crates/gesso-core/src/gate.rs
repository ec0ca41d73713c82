//! The one gate of a job: stopping and finishing are the same compare-and-swap, so exactly one wins.

use std::sync::atomic::{AtomicU8, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed};

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
pub struct Gate(AtomicU8);

impl Gate {
    /// Asks the job to end. False: too late, it has sealed or was stopped before.
    pub fn stop(&self, why: Stop) -> bool {
        self.0.compare_exchange(OPEN, why as u8, AcqRel, Acquire).is_ok()
    }

    /// Point of no return: called once, before the first step that cannot be undone.
    pub fn seal(&self) -> Result<(), Stop> {
        self.0.compare_exchange(OPEN, SEALED, AcqRel, Acquire).map(drop).map_err(reason)
    }

    /// Fails when the job was stopped.
    #[inline]
    pub fn check(&self) -> Result<(), Stop> {
        // Relaxed: no data is read on the strength of this load, and a late look costs one chunk.
        match self.0.load(Relaxed) {
            OPEN | SEALED => Ok(()),
            why => Err(reason(why)),
        }
    }

    /// Why the job was stopped, if it was.
    pub fn stopped(&self) -> Option<Stop> {
        match self.0.load(Acquire) {
            OPEN | SEALED => None,
            why => Some(reason(why)),
        }
    }

    /// True once [`Gate::seal`] has won.
    pub fn is_sealed(&self) -> bool {
        self.0.load(Acquire) == SEALED
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
}
