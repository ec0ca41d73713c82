//! Where ids stand among those that came after a base: one table for all versions on it.
//!
//! An entry says where some version has an id. Whether the version at hand has it there too is asked of that version:
//! entries of refused changes, and of versions that are newer, stay until there is a new base. A persistent map
//! for each version would cost every look-up a way down a tree and every new vertex some copied nodes.
//!
//! Locks: each part has one, held for one look-up or one insertion. Readers wait at most for the insertion of an id, or
//! for one part to grow.

use hashbrown::HashTable;
use std::sync::{PoisonError, RwLock};

/// Parts of the table: enough that readers seldom meet the writer, and that one of them grows by little at a time.
const PARTS: usize = 64;

#[derive(Debug)]
pub(crate) struct AddedIds([RwLock<HashTable<Entry>>; PARTS]);

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u64,
    place: u32,
    row: u32,
}

impl Default for AddedIds {
    fn default() -> Self {
        AddedIds(std::array::from_fn(|_| RwLock::default()))
    }
}

impl AddedIds {
    /// Notes that a version has an id of this hash at a place, with its text in a row.
    pub fn insert(&self, hash: u64, place: u32, row: u32) {
        let mut part = self.part(hash).write().unwrap_or_else(PoisonError::into_inner);
        part.insert_unique(hash, Entry { hash, place, row }, |entry| entry.hash);
    }

    /// The last place, of those noted for this hash, that `is_it` by its number and its row.
    pub fn last(&self, hash: u64, is_it: impl Fn(u32, u32) -> bool) -> Option<u32> {
        let part = self.part(hash).read().unwrap_or_else(PoisonError::into_inner);
        let alike = part.iter_hash(hash).filter(|entry| entry.hash == hash);
        alike.filter(|entry| is_it(entry.place, entry.row)).map(|entry| entry.place).max()
    }

    fn part(&self, hash: u64) -> &RwLock<HashTable<Entry>> {
        // The table itself goes by the lowest and the highest bits.
        &self.0[(hash >> 32) as usize % PARTS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_that_a_version_has_counts() {
        let ids = AddedIds::default();
        // The third was refused, and its place was taken by another row; the last one is newer than the version.
        for (place, row) in [(0, 10), (1, 11), (2, 12), (2, 13), (3, 14)] {
            ids.insert(7, place, row);
        }
        let rows = [10, 11, 13];
        let has = |place: u32, row: u32| rows.get(place as usize) == Some(&row);
        assert_eq!(ids.last(7, has), Some(2));
        assert_eq!(ids.last(7, |place, row| has(place, row) && row != 13), Some(1));
        assert_eq!(ids.last(8, |_, _| true), None);
    }

    #[test]
    fn readers_and_a_writer_see_every_id_that_was_noted() {
        let ids = AddedIds::default();
        let hash = |i: u32| u64::from(i).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (0..1000).for_each(|i| ids.insert(hash(i), i, i));
        std::thread::scope(|s| {
            s.spawn(|| (1000..100_000).for_each(|i| ids.insert(hash(i), i, i)));
            for _ in 0..2 {
                s.spawn(|| {
                    for i in (0..1000).cycle().take(100_000) {
                        assert_eq!(ids.last(hash(i), |place, row| place == i && row == i), Some(i));
                    }
                });
            }
        });
        assert!((0..100_000).all(|i| ids.last(hash(i), |_, _| true) == Some(i)));
    }
}
