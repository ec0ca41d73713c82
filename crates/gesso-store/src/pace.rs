//! How much is written between two syncs of a file: so little that none keeps a stop waiting for long, so
//! much that the disk is kept busy. What that is depends on the disk, so it is learned on the way.

use std::time::{Duration, Instant};

/// Bytes at first.
const FIRST: u64 = 1 << 20;
/// Bytes at least and at most.
const BOUNDS: (u64, u64) = (256 << 10, 8 << 20);
/// A sync that takes longer makes the next piece smaller.
const SLOW: Duration = Duration::from_millis(4);
/// A sync that takes less makes the next piece larger.
const FAST: Duration = Duration::from_micros(1500);

/// The pace of one file.
#[derive(Debug)]
pub struct Pace {
    piece: u64,
    unsynced: u64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { piece: FIRST, unsynced: 0 }
    }
}

impl Pace {
    /// Notes that bytes were written, and calls `sync` when it is time.
    pub fn wrote<E>(&mut self, bytes: usize, sync: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        self.unsynced += bytes as u64;
        if self.unsynced < self.piece {
            return Ok(());
        }
        self.unsynced = 0;
        let started = Instant::now();
        sync()?;
        self.learn(started.elapsed());
        Ok(())
    }

    fn learn(&mut self, took: Duration) {
        if took > SLOW {
            self.piece = (self.piece / 2).max(BOUNDS.0);
        } else if took < FAST {
            self.piece = (self.piece * 2).min(BOUNDS.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_disks_get_smaller_pieces_and_fast_ones_larger() {
        let mut pace = Pace::default();
        let mut syncs = 0;
        for _ in 0..4 {
            let synced = pace.wrote(FIRST as usize / 2, || {
                syncs += 1;
                Ok::<_, ()>(())
            });
            synced.expect("a sync");
        }
        assert!((1..=2).contains(&syncs), "{syncs}");
        (0..20).for_each(|_| pace.learn(SLOW * 2));
        assert_eq!(pace.piece, BOUNDS.0);
        (0..20).for_each(|_| pace.learn(FAST / 2));
        assert_eq!(pace.piece, BOUNDS.1);
        pace.learn(FAST * 2);
        assert_eq!(pace.piece, BOUNDS.1);
    }
}
