//! Rows that never change once they are written, named by number: what the maps of a delta hold instead of
//! counted references. Copying a node of such a map then copies numbers, and freeing one frees no rows.
//!
//! All versions on one base share a store. What a row's place is taken by later, or a refused change wrote,
//! stays until the base is replaced: see [`RowStore::len`].

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Rows of one block. Some tens of kilobytes.
const BLOCK: usize = 512;
/// Directories of blocks: the k-th leads to 2^k blocks. Together these hold every `u32`.
const DIRECTORIES: usize = 24;

type Block<T> = Box<[OnceLock<T>]>;
type Directory<T> = Box<[OnceLock<Block<T>>]>;

/// An append-only store. Readers never wait.
#[derive(Debug)]
pub(crate) struct RowStore<T> {
    directories: [OnceLock<Directory<T>>; DIRECTORIES],
    len: AtomicU32,
}

/// A store has a row for every number that there is.
#[derive(Debug)]
pub(crate) struct Full;

impl<T> Default for RowStore<T> {
    fn default() -> Self {
        RowStore { directories: std::array::from_fn(|_| OnceLock::new()), len: AtomicU32::new(0) }
    }
}

impl<T> RowStore<T> {
    /// Keeps a row and gives its number.
    pub fn push(&self, row: T) -> Result<u32, Full> {
        // Relaxed: the number is only taken here; the row is published by its own cell.
        let taken = self.len.fetch_update(Relaxed, Relaxed, |len| len.checked_add(1));
        let at = taken.map_err(|_| Full)?;
        let (directory, block, cell) = place(at);
        let blocks = self.directories[directory].get_or_init(|| cells(1 << directory));
        // Nobody else has the number, so the cell is empty.
        _ = blocks[block].get_or_init(|| cells(BLOCK))[cell].set(row);
        Ok(at)
    }

    /// The row of a number that [`RowStore::push`] gave.
    #[inline]
    pub fn get(&self, at: u32) -> Option<&T> {
        let (directory, block, cell) = place(at);
        self.directories[directory].get()?[block].get()?[cell].get()
    }

    /// Rows ever kept.
    pub fn len(&self) -> u32 {
        self.len.load(Relaxed)
    }
}

/// Directory, block in it, and cell in that.
#[inline]
fn place(at: u32) -> (usize, usize, usize) {
    let block = at as usize / BLOCK + 1;
    let directory = block.ilog2() as usize;
    (directory, block - (1 << directory), at as usize % BLOCK)
}

fn cells<T>(count: usize) -> Box<[OnceLock<T>]> {
    (0..count).map(|_| OnceLock::new()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_place_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        for at in (0..5_000).chain([1 << 20, u32::MAX / 2, u32::MAX]) {
            let (directory, block, cell) = place(at);
            assert!(directory < DIRECTORIES && block < 1 << directory && cell < BLOCK, "{at}");
            assert!(seen.insert((directory, block, cell)), "{at}");
        }
    }

    #[test]
    fn rows_of_many_threads_stay_where_they_are_put() {
        let store = RowStore::default();
        std::thread::scope(|s| {
            for thread in 0..4u32 {
                let store = &store;
                s.spawn(move || {
                    for i in 0..3_000u32 {
                        let at = store.push((thread, i)).expect("room");
                        assert_eq!(store.get(at), Some(&(thread, i)));
                    }
                });
            }
        });
        assert_eq!(store.len(), 12_000);
        let mut rows: Vec<_> = (0..12_000).filter_map(|at| store.get(at).copied()).collect();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows.len(), 12_000);
        assert_eq!(store.get(12_000), None);
    }
}
