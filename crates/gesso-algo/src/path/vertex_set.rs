//! A set of vertices as bits: small enough to stay in the second-level cache where an array of numbers would not.

use gesso_core::{Buf, JobContext, Stop};

/// Vertices of a word.
const WORD: usize = 64;

/// The set.
pub(super) struct VertexSet(Buf<u64>);

/// Bytes of a set.
pub(super) const fn vertex_set_bytes(vertices: u64) -> u64 {
    vertices.div_ceil(WORD as u64) * 8
}

impl VertexSet {
    /// An empty set over vertices below `bound`.
    pub(super) fn new(ctx: &JobContext, bound: usize) -> Result<VertexSet, Stop> {
        Ok(VertexSet(ctx.alloc(bound.div_ceil(WORD), 0)?))
    }

    /// Whether a vertex is in it.
    #[inline]
    pub(super) fn has(&self, v: u32) -> bool {
        self.0[v as usize / WORD] >> (v as usize % WORD) & 1 == 1
    }

    /// Adds a vertex; false if it was in it.
    #[inline]
    pub(super) fn insert(&mut self, v: u32) -> bool {
        let (word, bit) = (&mut self.0[v as usize / WORD], 1 << (v as usize % WORD));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Takes a vertex out; false if it was not in it.
    #[inline]
    pub(super) fn remove(&mut self, v: u32) -> bool {
        let (word, bit) = (&mut self.0[v as usize / WORD], 1 << (v as usize % WORD));
        let was_in = *word & bit != 0;
        *word &= !bit;
        was_in
    }
}
