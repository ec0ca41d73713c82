//! A set of vertices that many threads fill, as bits: reading it back gives the vertices in order.

use gesso_core::{Buf, JobContext, Pile, Stop, VertexIx};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Words of 64 vertices that one bit of the summary stands for.
const BLOCK: usize = 64;

/// The set.
pub(super) struct Marks {
    words: Buf<u64>,
    /// Bit i is set if a word of block i is not zero: a small set in a large graph is read back at once.
    blocks: Buf<u64>,
}

/// The set while it is filled.
#[derive(Clone, Copy)]
pub(super) struct Filling<'a> {
    words: &'a [AtomicU64],
    blocks: &'a [AtomicU64],
}

impl Marks {
    /// An empty set over vertices below `bound`.
    pub(super) fn new(ctx: &JobContext, bound: u32) -> Result<Marks, Stop> {
        let words = (bound as usize).div_ceil(64);
        Ok(Marks { words: ctx.alloc(words, 0)?, blocks: ctx.alloc(words.div_ceil(BLOCK * 64), 0)? })
    }

    /// For filling from many threads.
    pub(super) fn filling(&mut self) -> Filling<'_> {
        Filling { words: self.words.as_atomics(), blocks: self.blocks.as_atomics() }
    }

    /// Adds a vertex. False if it was there.
    pub(super) fn insert(&mut self, v: VertexIx) -> bool {
        self.filling().insert(v)
    }

    /// The vertices in order.
    pub(super) fn list(&self, ctx: &JobContext) -> Result<Pile<VertexIx>, Stop> {
        let (mut list, mut tick) = (Pile::new(ctx)?, ctx.tick());
        for block in ones(&self.blocks) {
            tick.spend(BLOCK as u64)?;
            let start = block * BLOCK;
            let words = &self.words[start..self.words.len().min(start + BLOCK)];
            for bit in ones(words) {
                list.push(ctx, VertexIx((start * 64 + bit) as u32))?;
            }
        }
        Ok(list)
    }
}

impl Filling<'_> {
    /// Adds a vertex. False if it was there.
    pub(super) fn insert(&self, v: VertexIx) -> bool {
        let (word, bit) = (v.at() / 64, 1 << (v.at() % 64));
        // Relaxed: the end of the parallel loop comes between these writes and the reads.
        if self.words[word].load(Relaxed) & bit != 0 {
            return false;
        }
        let block = word / BLOCK;
        self.blocks[block / 64].fetch_or(1 << (block % 64), Relaxed);
        self.words[word].fetch_or(bit, Relaxed) & bit == 0
    }
}

/// The positions of the bits that are set.
fn ones(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(i, word)| {
        let mut rest = *word;
        std::iter::from_fn(move || {
            let bit = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            (bit < 64).then_some(i * 64 + bit as usize)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_listed_in_order() {
        let ctx = JobContext::detached(1, 1 << 20);
        let mut marks = Marks::new(&ctx, 1_000_000).unwrap();
        let mut expected = vec![0, 1, 63, 64, 4095, 4096, 262_143, 262_144, 999_999];
        for v in expected.iter().rev() {
            assert!(marks.insert(VertexIx(*v)) && !marks.insert(VertexIx(*v)));
        }
        expected.dedup();
        let got: Vec<u32> = marks.list(&ctx).unwrap().iter().map(|v| v.0).collect();
        assert_eq!(got, expected);
        assert!(Marks::new(&ctx, 0).unwrap().list(&ctx).unwrap().is_empty());
    }
}
