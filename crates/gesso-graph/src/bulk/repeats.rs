//! Which edges of a load repeat earlier ones: a table of all that were told apart so far, in the job's account.

use super::edges::{Repeated, RepeatedEdges};
use gesso_core::{JobContext, LabelId, Reservation, Stop, Value};
use std::collections::HashMap;
use std::hash::Hash;

/// Parts of a table. A part that grows moves all its entries without a look at the gate: of 100 million edges
/// that are some hundred thousand, a few milliseconds.
const PARTS: usize = 1024;

/// Where an edge stands: its label, and the row in the label's table.
type Row = (LabelId, u32);

/// The edges that later ones may repeat.
#[derive(Default)]
pub(super) struct Repeats {
    rule: RepeatedEdges,
    /// True where edges are told apart by label and sort key, whatever the rule says of labels.
    by_sort_key: bool,
    /// Where the first edge of each (source, target[, label]) stands.
    first: Table<(u32, u32, Option<LabelId>)>,
    by_key: Table<(u32, u32, LabelId, Option<SortKey>)>,
}

impl Repeats {
    pub fn new(rule: RepeatedEdges, by_sort_key: bool) -> Repeats {
        Repeats { rule, by_sort_key, ..Repeats::default() }
    }

    pub fn action(&self) -> Repeated {
        self.rule.action
    }

    /// True if sort keys are looked at.
    pub fn needs_keys(&self) -> bool {
        self.by_sort_key && self.rule.action != Repeated::Allow
    }

    /// The earlier edge that one repeats.
    pub fn earlier(&self, ends: (u32, u32), label: LabelId, key: Option<&Value>) -> Option<Row> {
        if self.rule.action == Repeated::Allow {
            return None;
        }
        if self.by_sort_key {
            return self.by_key.get(ends, &(ends.0, ends.1, label, key.map(SortKey::of)));
        }
        self.first.get(ends, &self.key(ends, label))
    }

    /// From here on an edge is the one that others repeat, whichever was before.
    pub fn set(
        &mut self,
        ctx: &JobContext,
        ends: (u32, u32),
        row: Row,
        key: Option<&Value>,
    ) -> Result<(), Stop> {
        if self.rule.action == Repeated::Allow {
            return Ok(());
        }
        if self.by_sort_key {
            let text_bytes = key.map_or(0, |key| if let Value::Text(text) = key { text.len() } else { 0 });
            let key = (ends.0, ends.1, row.0, key.map(SortKey::of));
            return self.by_key.set(ctx, ends, key, row, text_bytes as u64);
        }
        let key = self.key(ends, row.0);
        self.first.set(ctx, ends, key, row, 0)
    }

    fn key(&self, (source, target): (u32, u32), label: LabelId) -> (u32, u32, Option<LabelId>) {
        (source, target, (!self.rule.ignore_label).then_some(label))
    }
}

/// Rows by key, in parts.
struct Table<K>(Vec<Part<K>>);

struct Part<K> {
    rows: HashMap<K, Row>,
    /// Bytes of texts in the keys.
    text_bytes: u64,
    held: Option<Reservation>,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Table(Vec::new())
    }
}

impl<K: Eq + Hash> Table<K> {
    fn get(&self, ends: (u32, u32), key: &K) -> Option<Row> {
        self.0.get(part_of(ends))?.rows.get(key).copied()
    }

    fn set(
        &mut self,
        ctx: &JobContext,
        ends: (u32, u32),
        key: K,
        row: Row,
        text_bytes: u64,
    ) -> Result<(), Stop> {
        if self.0.is_empty() {
            self.0.resize_with(PARTS, || Part { rows: HashMap::new(), text_bytes: 0, held: None });
        }
        self.0[part_of(ends)].set(ctx, key, row, text_bytes)
    }
}

impl<K: Eq + Hash> Part<K> {
    fn set(&mut self, ctx: &JobContext, key: K, row: Row, text_bytes: u64) -> Result<(), Stop> {
        let len = self.rows.len();
        if len == self.rows.capacity() {
            let most = (len * 2).max(6);
            // The old entries and the new are held at once, while they move.
            let held = ctx.reserve(table_bytes::<K>(most) + self.text_bytes)?;
            self.rows.reserve(most - len);
            self.held = Some(held);
        }
        if let Some(held) = &mut self.held {
            ctx.grow(held, text_bytes)?;
        }
        self.text_bytes += text_bytes;
        self.rows.insert(key, row);
        Ok(())
    }
}

/// Bytes of a hash table with room for so many entries: slots are a power of two, at most 7 of 8 are in use, and
/// each has one byte besides its entry.
fn table_bytes<K>(entries: usize) -> u64 {
    let slots = (entries * 8).div_ceil(7).next_power_of_two();
    (slots * (size_of::<(K, Row)>() + 1)) as u64
}

fn part_of((source, target): (u32, u32)) -> usize {
    let mixed = (u64::from(source) << 32 | u64::from(target)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 32) as usize % PARTS
}

/// A sort key as a part of a key.
#[derive(Debug, PartialEq, Eq, Hash)]
enum SortKey {
    Int(i64),
    Text(Box<str>),
}

impl SortKey {
    fn of(value: &Value) -> SortKey {
        match value {
            Value::Long(v) => SortKey::Int(*v),
            Value::Text(v) => SortKey::Text(v.clone()),
            // Sort keys are of these two types only.
            _ => SortKey::Int(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(ctx: &JobContext, by_sort_key: bool, edges: u32) -> Result<Repeats, Stop> {
        let rule = RepeatedEdges { action: Repeated::Ignore, ignore_label: false };
        let mut repeats = Repeats::new(rule, by_sort_key);
        for i in 0..edges {
            let key = Value::Text("key".repeat(i as usize % 7).into());
            repeats.set(ctx, (i % 1000, i / 1000), (LabelId(1), i), Some(&key))?;
        }
        Ok(repeats)
    }

    #[test]
    fn every_edge_is_found_and_all_memory_is_in_the_account() {
        for by_sort_key in [false, true] {
            let ctx = JobContext::detached(1, 1 << 30);
            let repeats = filled(&ctx, by_sort_key, 200_000).expect("room");
            for i in (0..200_000_u32).step_by(7) {
                let key = Value::Text("key".repeat(i as usize % 7).into());
                let ends = (i % 1000, i / 1000);
                assert_eq!(repeats.earlier(ends, LabelId(1), Some(&key)), Some((LabelId(1), i)));
                assert_eq!(repeats.earlier(ends, LabelId(2), Some(&key)), None);
            }
            let held = |capacity: usize, entry: usize| (capacity * entry) as u64;
            let (first, by_key) = (&repeats.first.0, &repeats.by_key.0);
            let least: u64 = first.iter().map(|part| held(part.rows.capacity(), 20)).sum::<u64>()
                + by_key.iter().map(|part| held(part.rows.capacity(), 40) + part.text_bytes).sum::<u64>();
            let used = ctx.account().used();
            assert!((least..2 * least).contains(&used), "{used} bytes in the account, at least {least} held");
            drop(repeats);
            assert_eq!(ctx.account().used(), 0);
        }
    }

    #[test]
    fn too_many_edges_are_refused_and_leave_nothing() {
        let ctx = JobContext::detached(1, 1 << 20);
        let refused = filled(&ctx, false, 200_000).err();
        assert!(matches!(refused, Some(Stop::Memory)), "{refused:?}");
        assert_eq!(ctx.account().used(), 0);
    }
}
