//! Memory accounts: what a job may take, what it holds, what it held at most.
//!
//! A [`Budget`] is shared by all jobs. An [`Account`] belongs to one job: it is granted its stated need
//! at admission and draws from the budget only beyond that. A [`Reservation`] gives back when dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What all jobs together may hold. Bytes.
#[derive(Debug)]
pub struct Budget {
    limit: u64,
    used: AtomicU64,
}

/// One job's share of a budget.
#[derive(Debug)]
pub struct Account {
    budget: Arc<Budget>,
    granted: AtomicU64,
    used: AtomicU64,
    peak: AtomicU64,
    refused: AtomicU64,
}

/// Bytes held by one value; given back on drop.
#[derive(Debug)]
pub struct Reservation {
    account: Arc<Account>,
    size_bytes: u64,
}

/// A refused reservation, with the numbers for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needs {needed} bytes; {free} of {limit} are free")]
pub struct OutOfMemory {
    /// Bytes asked for.
    pub needed: u64,
    /// Bytes left.
    pub free: u64,
    /// Bytes in all.
    pub limit: u64,
}

impl Budget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> Arc<Budget> {
        Arc::new(Budget { limit, used: AtomicU64::new(0) })
    }

    /// Bytes in all.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Bytes given out.
    pub fn used(&self) -> u64 {
        self.used.load(Relaxed)
    }

    /// Opens an account that is granted `need` bytes at once.
    pub fn open(self: &Arc<Budget>, need: u64) -> Result<Arc<Account>, OutOfMemory> {
        self.take(need)?;
        Ok(Arc::new(Account {
            budget: self.clone(),
            granted: AtomicU64::new(need),
            used: AtomicU64::new(0),
            peak: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }))
    }

    fn take(&self, bytes: u64) -> Result<(), OutOfMemory> {
        // Relaxed: the counter guards a number, not data.
        let mut used = self.used.load(Relaxed);
        loop {
            let free = self.limit.saturating_sub(used);
            if bytes > free {
                return Err(OutOfMemory { needed: bytes, free, limit: self.limit });
            }
            match self.used.compare_exchange_weak(used, used + bytes, Relaxed, Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => used = now,
            }
        }
    }
}

impl Account {
    /// Reserves bytes: from the grant while it lasts, then from the budget.
    pub fn reserve(self: &Arc<Account>, size_bytes: u64) -> Result<Reservation, OutOfMemory> {
        let used = self.used.fetch_add(size_bytes, Relaxed) + size_bytes;
        if let Err(e) = self.grant(used) {
            self.used.fetch_sub(size_bytes, Relaxed);
            self.refused.store(size_bytes, Relaxed);
            return Err(e);
        }
        self.peak.fetch_max(used, Relaxed);
        Ok(Reservation { account: self.clone(), size_bytes })
    }

    /// Takes from the budget what is missing to `used` bytes. Threads that ask at the same time take it once.
    fn grant(&self, used: u64) -> Result<(), OutOfMemory> {
        let mut granted = self.granted.load(Relaxed);
        while used > granted {
            let more = used - granted;
            self.budget.take(more)?;
            match self.granted.compare_exchange(granted, used, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(now) => {
                    self.budget.used.fetch_sub(more, Relaxed);
                    granted = now;
                }
            }
        }
        Ok(())
    }

    /// Bytes held now.
    pub fn used(&self) -> u64 {
        self.used.load(Relaxed)
    }

    /// Most bytes held at once.
    pub fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    /// Bytes granted: the stated need, or more if the job took more.
    pub fn granted(&self) -> u64 {
        self.granted.load(Relaxed)
    }

    /// The size of the last reservation that was refused, 0 if none was.
    pub fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// The budget behind the account.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(*self.granted.get_mut(), Relaxed);
    }
}

impl Reservation {
    /// Bytes held.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Takes more bytes into the same reservation.
    pub fn grow(&mut self, more: u64) -> Result<(), OutOfMemory> {
        let mut extra = self.account.reserve(more)?;
        self.size_bytes += std::mem::take(&mut extra.size_bytes);
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.account.used.fetch_sub(self.size_bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reservation_beyond_the_budget_is_refused_and_changes_nothing() {
        let budget = Budget::new(100);
        let account = budget.open(10).unwrap();
        let held = account.reserve(60).unwrap();
        assert_eq!(budget.used(), 60);
        let refused = account.reserve(50).unwrap_err();
        assert_eq!((refused.free, account.used()), (40, 60));
        drop(held);
        assert_eq!((account.used(), account.peak()), (0, 60));
        drop(account);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn growing_is_given_back_whole() {
        let budget = Budget::new(100);
        let account = budget.open(0).unwrap();
        let mut held = account.reserve(10).unwrap();
        held.grow(20).unwrap();
        assert!(held.grow(1000).is_err());
        assert_eq!(account.used(), 30);
        drop(held);
        assert_eq!(account.used(), 0);
    }

    #[test]
    fn threads_that_reserve_at_once_take_no_more_than_they_hold() {
        let budget = Budget::new(u64::MAX / 2);
        for _ in 0..200 {
            let account = budget.open(0).unwrap();
            let start = std::sync::Barrier::new(8);
            let held: Vec<Reservation> = std::thread::scope(|scope| {
                let one = || {
                    start.wait();
                    account.reserve(1000).unwrap()
                };
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!((account.used(), account.granted(), budget.used()), (8000, 8000, 8000));
            drop((held, account));
            assert_eq!(budget.used(), 0);
        }
    }
}
