//! From which vertices edges came to a vertex since a base: one table for all versions on it.
//!
//! An entry says that some version has, or had, an edge of a label between two vertices. Which edges there are in the
//! version at hand is asked of its map by source: entries of refused changes, of newer versions and of edges
//! that are gone stay until there is a new base. A second persistent map would cost every new edge the copy
//! of some nodes, while what it adds is asked for seldom.
//!
//! Locks: each part has one, held for one insertion or for one look at [`AT_ONCE`] entries.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock};

/// Parts of the table: enough that readers seldom meet the writer.
const PARTS: usize = 64;
/// Entries that are read under one lock.
const AT_ONCE: usize = 16;

/// Target, label, source.
type Entry = (u32, u16, u32);

#[derive(Debug)]
pub(crate) struct AddedSources {
    parts: [RwLock<BTreeSet<Entry>>; PARTS],
    len: AtomicU64,
}

impl Default for AddedSources {
    fn default() -> Self {
        AddedSources { parts: std::array::from_fn(|_| RwLock::default()), len: AtomicU64::new(0) }
    }
}

impl AddedSources {
    /// Notes that some version has an edge from `source` to `target`. Before that version is shown.
    pub fn insert(&self, target: u32, label: u16, source: u32) {
        let mut part = self.part(target).write().unwrap_or_else(PoisonError::into_inner);
        if part.insert((target, label, source)) {
            // Relaxed: a count that nothing else depends on.
            self.len.fetch_add(1, Relaxed);
        }
    }

    /// Labels and sources that were noted for a target, in this order, each once.
    pub fn of(&self, target: u32) -> impl Iterator<Item = (u16, u32)> + '_ {
        let mut next = Some((0, 0));
        std::iter::from_fn(move || {
            let seen = self.some(target, next?);
            let last = seen.last().copied()?;
            // A look that is not full was the last.
            next = if seen.len() < AT_ONCE { None } else { after(last) };
            Some(seen)
        })
        .flatten()
    }

    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.len.load(Relaxed)
    }

    fn some(&self, target: u32, (label, source): (u16, u32)) -> Vec<(u16, u32)> {
        let part = self.part(target).read().unwrap_or_else(PoisonError::into_inner);
        let range = part.range((target, label, source)..=(target, u16::MAX, u32::MAX));
        range.take(AT_ONCE).map(|(_, label, source)| (*label, *source)).collect()
    }

    fn part(&self, target: u32) -> &RwLock<BTreeSet<Entry>> {
        &self.parts[target as usize % PARTS]
    }
}

/// The least entry of a target above another.
fn after((label, source): (u16, u32)) -> Option<(u16, u32)> {
    match source.checked_add(1) {
        Some(source) => Some((label, source)),
        None => Some((label.checked_add(1)?, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_of_a_target_are_told_once_and_in_order() {
        let table = AddedSources::default();
        let many: Vec<_> = (0..100).map(|source| (3, source)).collect();
        let expected: Vec<_> =
            [(0, u32::MAX), (1, 0)].into_iter().chain(many).chain([(u16::MAX, u32::MAX)]).collect();
        for (label, source) in expected.iter().rev().chain(&expected) {
            table.insert(7, *label, *source);
            table.insert(7 + PARTS as u32, *label, *source);
        }
        table.insert(8, 3, 3);
        assert_eq!(table.of(7).collect::<Vec<_>>(), expected);
        assert_eq!(table.of(8).collect::<Vec<_>>(), [(3, 3)]);
        assert_eq!(table.of(9).count(), 0);
        assert_eq!(table.len(), 2 * expected.len() as u64 + 1);
        // As many as are read together, and one more.
        for (count, target) in [(AT_ONCE as u32, 10), (AT_ONCE as u32 + 1, 11)] {
            (0..count).for_each(|source| table.insert(target, 0, source));
            assert_eq!(table.of(target).count(), count as usize);
        }
    }
}
