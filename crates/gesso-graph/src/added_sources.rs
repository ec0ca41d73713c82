//! From which vertices edges came to a vertex since a base: one table for all versions on it.
//!
//! An entry says that some version has, or had, an edge. Whether the version at hand has it is asked of its map by
//! source: entries of refused changes, of newer versions and of edges that are gone stay until there is a new base.
//! A second persistent map would cost every new edge the copy of some nodes, while what it adds is asked for
//! seldom.
//!
//! Locks: each part has one, held for one insertion or for one look at [`AT_ONCE`] entries.

use crate::delta::EdgeKey;
use std::collections::BTreeSet;
use std::ops::Bound::{self, Excluded, Included};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock};

/// Parts of the table: enough that readers seldom meet the writer.
const PARTS: usize = 64;
/// Entries that are read under one lock.
const AT_ONCE: usize = 32;

#[derive(Debug)]
pub(crate) struct AddedSources {
    /// Edges by their targets: `near` is the target here, and `far` the source.
    parts: [RwLock<BTreeSet<EdgeKey>>; PARTS],
    len: AtomicU64,
}

impl Default for AddedSources {
    fn default() -> Self {
        AddedSources { parts: std::array::from_fn(|_| RwLock::default()), len: AtomicU64::new(0) }
    }
}

impl AddedSources {
    /// Notes that some version has an edge, named from its source. Before that version is shown.
    pub fn insert(&self, edge: EdgeKey) {
        let turned = edge.turned();
        let mut part = self.part(turned.near).write().unwrap_or_else(PoisonError::into_inner);
        if part.insert(turned) {
            // Relaxed: the part's lock, and the way by which a version is shown, order it for those who compare it.
            self.len.fetch_add(1, Relaxed);
        }
    }

    /// The edges that were noted for a target, named from their sources; by label, source and index. Beside each
    /// whether a version with `edges` new and changed edges certainly has it.
    pub fn of(&self, target: u32, edges: u64) -> impl Iterator<Item = (EdgeKey, bool)> + '_ {
        let (first, last) = EdgeKey::around(target);
        let mut from = Some(Included(first));
        std::iter::from_fn(move || {
            let (seen, count) = self.some(from?, last);
            // A look that is not full was the last.
            from = seen.last().filter(|_| seen.len() == AT_ONCE).map(|last| Excluded(*last));
            // All edges of a version that is shown are counted, so when these are as many there were no others yet.
            Some(seen.into_iter().map(move |edge| (edge.turned(), count == edges)))
        })
        .flatten()
    }

    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.len.load(Relaxed)
    }

    /// Some entries, and a count of all that has these and all that came before them.
    fn some(&self, from: Bound<EdgeKey>, last: EdgeKey) -> (Vec<EdgeKey>, u64) {
        let part = self.part(last.near).read().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, which whoever adds to this part holds while the count rises.
        (part.range((from, Included(last))).take(AT_ONCE).copied().collect(), self.len())
    }

    fn part(&self, target: u32) -> &RwLock<BTreeSet<EdgeKey>> {
        &self.parts[target as usize % PARTS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_to_a_target_are_told_once_and_in_order() {
        let table = AddedSources::default();
        let to = |far: u32, label, near, index| EdgeKey { near, label, far, index };
        let many = (0..100).map(|source| to(7, 3, source, source % 2));
        let mut expected = vec![to(7, 0, u32::MAX, 0), to(7, 1, 0, 0), to(7, 1, 0, u32::MAX)];
        expected.extend(many);
        expected.push(to(7, u16::MAX, u32::MAX, u32::MAX));
        for edge in expected.iter().rev().chain(&expected) {
            table.insert(*edge);
            // The same part.
            table.insert(EdgeKey { far: 7 + PARTS as u32, ..*edge });
        }
        table.insert(to(8, 3, 3, 3));
        let all = table.len();
        assert_eq!(all, 2 * expected.len() as u64 + 1);
        let known = |edge: &EdgeKey| (*edge, true);
        assert_eq!(table.of(7, all).collect::<Vec<_>>(), expected.iter().map(known).collect::<Vec<_>>());
        assert_eq!(table.of(8, all).collect::<Vec<_>>(), [(to(8, 3, 3, 3), true)]);
        assert_eq!(table.of(8, all - 1).collect::<Vec<_>>(), [(to(8, 3, 3, 3), false)]);
        assert_eq!(table.of(9, all).count(), 0);
        // As many as are read together, and one more.
        for (count, target) in [(AT_ONCE as u32, 10), (AT_ONCE as u32 + 1, 11)] {
            (0..count).for_each(|source| table.insert(to(target, 0, source, 0)));
            assert_eq!(table.of(target, 0).count(), count as usize);
        }
    }
}
