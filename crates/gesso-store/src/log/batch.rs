//! Where the writers of one batch wait for it: a word that the kernel wakes by.
//!
//! A condition variable would send everyone who wakes through one lock, of which 64 writers spent more time
//! than in their writes. Here those whose batch is durable go their way at once, and of those whose batch is
//! next exactly one is woken to write it.

use rustix::thread::futex;
use std::sync::atomic::{AtomicU32, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed};

const OPEN: u32 = 0;
/// Nobody writes: one of those who wait has to.
const LEAD: u32 = 1;
const DURABLE: u32 = 2;
const FAILED: u32 = 3;

/// The records that are written at once, from the first append to the fsync.
#[derive(Debug, Default)]
pub struct Batch(AtomicU32);

/// Why a wait has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The batch is durable.
    Durable,
    /// It has failed.
    Failed,
    /// Somebody has to write it, if nobody does by now.
    Lead,
}

impl Batch {
    /// Waits for the end of the batch, or to be chosen to write it.
    pub fn wait(&self) -> Woken {
        loop {
            // Acquire pairs with the exchanges below: who is told sees what the teller did before.
            match self.0.load(Acquire) {
                DURABLE => return Woken::Durable,
                FAILED => return Woken::Failed,
                LEAD if self.0.compare_exchange(LEAD, OPEN, AcqRel, Relaxed).is_ok() => return Woken::Lead,
                // Interrupted, or changed before the kernel looked: look again.
                _ => _ = futex::wait(&self.0, futex::Flags::PRIVATE, OPEN, None),
            }
        }
    }

    /// Ends the batch for all who wait.
    pub fn finish(&self, is_durable: bool) {
        self.0.swap(if is_durable { DURABLE } else { FAILED }, AcqRel);
        // Fails for no one: the word is ours.
        _ = futex::wake(&self.0, futex::Flags::PRIVATE, i32::MAX as u32);
    }

    /// Chooses one of those who wait, now or later, to write the batch.
    pub fn hand_over(&self) {
        if self.0.compare_exchange(OPEN, LEAD, AcqRel, Relaxed).is_ok() {
            _ = futex::wake(&self.0, futex::Flags::PRIVATE, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_chosen_and_all_are_told() {
        let batch = Batch::default();
        std::thread::scope(|s| {
            let waiting: Vec<_> = (0..4)
                .map(|_| {
                    s.spawn(|| {
                        let first = batch.wait();
                        if first == Woken::Lead {
                            batch.finish(true);
                        }
                        first
                    })
                })
                .collect();
            batch.hand_over();
            let woken: Vec<Woken> = waiting.into_iter().map(|w| w.join().unwrap()).collect();
            assert_eq!(woken.iter().filter(|w| **w == Woken::Lead).count(), 1);
            assert_eq!(woken.iter().filter(|w| **w == Woken::Durable).count(), 3);
        });
        batch.hand_over();
        assert_eq!(batch.wait(), Woken::Durable, "an end stays the end");
        let failed = Batch::default();
        failed.finish(false);
        assert_eq!(failed.wait(), Woken::Failed);
    }
}
