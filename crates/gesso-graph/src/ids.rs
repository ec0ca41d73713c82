//! The id dictionary: the only place that turns a user's vertex id into a number and back.
//!
//! One byte arena holds every id once, in vertex order; an open-addressing table of `u32` leads from a
//! hash to the vertex. Ids are only ever added: a number keeps its id after the vertex is deleted, so
//! that results which hold numbers stay readable.

use crate::texts::TextSlab;
use gesso_core::{Buf, JobContext, Slab, Stop, VertexIx};
use std::convert::Infallible;
use xxhash_rust::xxh3::xxh3_64;

const EMPTY: u32 = u32::MAX;

/// A finished dictionary.
#[derive(Clone, Debug, Default)]
pub struct IdDictionary {
    texts: TextSlab,
    /// Power-of-two table of vertex numbers, [`EMPTY`] where free; at most 2/3 full.
    table: Slab<u32>,
}

/// A dictionary under construction.
#[derive(Debug, Default)]
pub struct IdBuilder {
    texts: crate::texts::Texts,
    table: Vec<u32>,
}

/// XXH3, whose values are fixed by its specification, as the table is stored.
#[inline]
fn slot_of(id: &[u8], mask: usize) -> usize {
    xxh3_64(id) as usize & mask
}

impl IdDictionary {
    /// A dictionary read back from its arrays.
    pub fn of_parts(texts: TextSlab, table: Slab<u32>) -> IdDictionary {
        IdDictionary { texts, table }
    }

    /// Number of ids.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True without ids.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The id of a number below [`IdDictionary::len`].
    #[inline]
    pub fn id(&self, vertex: VertexIx) -> &str {
        self.texts.get(vertex.at())
    }

    /// The highest number that has this id.
    #[inline]
    pub fn get(&self, id: &str) -> Option<VertexIx> {
        find(&self.table, id.as_bytes(), |v| self.texts.bytes_of(v as usize)).ok().map(VertexIx)
    }

    /// Bytes of the ids themselves.
    pub fn id_bytes(&self) -> usize {
        self.texts.bytes.size_bytes()
    }

    /// Bytes held in all.
    pub fn size_bytes(&self) -> usize {
        self.texts.size_bytes() + self.table.size_bytes()
    }

    /// The arrays, for storing.
    pub fn parts(&self) -> (&TextSlab, &Slab<u32>) {
        (&self.texts, &self.table)
    }

    /// A builder that goes on from here.
    pub fn to_builder(&self, ctx: &JobContext) -> Result<IdBuilder, Stop> {
        let mut builder = IdBuilder::default();
        let mut tick = ctx.tick();
        builder.texts = self.texts.to_texts(|| tick.spend(1 << 12))?;
        builder.table = self.table.to_vec();
        Ok(builder)
    }
}

impl IdBuilder {
    /// Number of ids.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True without ids.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.texts.heap_bytes() + self.table.capacity() * size_of::<u32>()
    }

    /// The highest number that has this id.
    #[inline]
    pub fn get(&self, id: &str) -> Option<VertexIx> {
        find(&self.table, id.as_bytes(), |v| self.texts.bytes_of(v as usize)).ok().map(VertexIx)
    }

    /// The number of an id, and whether it is new.
    pub fn get_or_insert(&mut self, id: &str) -> (VertexIx, bool) {
        self.reserve_one();
        match find(&self.table, id.as_bytes(), |v| self.texts.bytes_of(v as usize)) {
            Ok(v) => (VertexIx(v), false),
            Err(slot) => (self.place(slot, id), true),
        }
    }

    /// Gives an id a new number even if it has one: the id of a deleted vertex that comes back.
    pub fn insert_again(&mut self, id: &str) -> VertexIx {
        self.reserve_one();
        match find(&self.table, id.as_bytes(), |v| self.texts.bytes_of(v as usize)) {
            Ok(old) => {
                let mask = self.table.len() - 1;
                let mut slot = slot_of(id.as_bytes(), mask);
                while self.table[slot] != old {
                    slot = (slot + 1) & mask;
                }
                self.place(slot, id)
            }
            Err(slot) => self.place(slot, id),
        }
    }

    fn place(&mut self, slot: usize, id: &str) -> VertexIx {
        let v = self.texts.len() as u32;
        self.texts.push(id);
        self.table[slot] = v;
        VertexIx(v)
    }

    fn reserve_one(&mut self) {
        if (self.texts.len() + 1) * 3 > self.table.len() * 2 {
            let size = (self.table.len() * 2).max(16);
            let Ok(()) = self.rehash(size, || Ok::<_, Infallible>(()));
        }
    }

    /// Makes room for `more` ids, so that adding them takes no long step. Filling a large table again takes
    /// tens of milliseconds and stops with the job; the builder is of no use then.
    pub fn reserve(&mut self, ctx: &JobContext, more: usize) -> Result<(), Stop> {
        let wanted = (self.texts.len() + more) * 3 / 2 + 1;
        if wanted <= self.table.len() {
            return Ok(());
        }
        let mut tick = ctx.tick();
        self.rehash(wanted.next_power_of_two().max(16), || tick.spend(8))
    }

    fn rehash<E>(&mut self, size: usize, mut step: impl FnMut() -> Result<(), E>) -> Result<(), E> {
        // Later numbers of a repeated id must win, and they do: the table is filled in rising order.
        let old = std::mem::replace(&mut self.table, vec![EMPTY; size]);
        let mask = size - 1;
        for v in old.into_iter().filter(|v| *v != EMPTY) {
            step()?;
            let mut slot = slot_of(self.texts.bytes_of(v as usize), mask);
            while self.table[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            self.table[slot] = v;
        }
        Ok(())
    }

    /// The finished dictionary.
    pub fn finish(self) -> IdDictionary {
        let mut table = Buf::<u32>::zeroed(self.table.len());
        table.copy_from_slice(&self.table);
        IdDictionary { texts: self.texts.finish(), table: table.share() }
    }
}

/// The vertex of an id, or the slot where it belongs. An empty table has no slot, which callers avoid.
#[inline]
fn find<'a>(table: &[u32], id: &[u8], text: impl Fn(u32) -> &'a [u8]) -> Result<u32, usize> {
    if table.is_empty() {
        return Err(0);
    }
    let mask = table.len() - 1;
    let mut slot = slot_of(id, mask);
    loop {
        match table[slot] {
            EMPTY => return Err(slot),
            v if text(v) == id => return Ok(v),
            _ => slot = (slot + 1) & mask,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_by_their_latest_number() {
        let mut b = IdBuilder::default();
        for i in 0..1000 {
            assert_eq!(b.get_or_insert(&format!("v{i}")), (VertexIx(i), true));
        }
        assert_eq!(b.get_or_insert("v7"), (VertexIx(7), false));
        assert_eq!(b.insert_again("v7"), VertexIx(1000));
        for i in 0..1000 {
            b.get_or_insert(&format!("w{i}"));
        }
        let ids = b.finish();
        assert_eq!(ids.get("v7"), Some(VertexIx(1000)));
        assert_eq!((ids.id(VertexIx(7)), ids.id(VertexIx(1000))), ("v7", "v7"));
        assert_eq!(ids.get("x"), None);
        assert_eq!(IdDictionary::default().get("x"), None);
    }
}
