//! Who is to be woken when something happens, without a runtime.

use std::task::Waker;

/// Wakers, each in a slot of its own so that a dropped future leaves nothing behind.
#[derive(Debug, Default)]
pub struct Wakers {
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
