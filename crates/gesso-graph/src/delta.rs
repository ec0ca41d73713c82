//! What changed since the base: a few persistent maps, so that a version costs what it changed.
//!
//! Edges are keyed by source first (and by target in the other direction), so that what concerns one
//! vertex, and one range of vertices, lies together. A changed edge of the base is hidden there and
//! stands here whole.

use gesso_core::{LabelId, PropId, Value};
use imbl::{HashMap, OrdMap, OrdSet, Vector};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Release};

/// Changes of one version against its base.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delta {
    /// Vertices that are new, changed or deleted.
    pub vertices: OrdMap<u32, Arc<VertexPatch>>,
    /// Ids of the vertices that came after the base, in order of their numbers.
    pub added: Vector<Arc<str>>,
    /// The latest number of each id in `added`.
    pub added_ids: HashMap<Arc<str>, u32>,
    /// New and changed edges by source.
    pub out: OrdMap<EdgeKey, Arc<EdgePatch>>,
    /// The same edges by target.
    pub incoming: OrdMap<EdgeKey, Arc<EdgePatch>>,
    /// Edges of the base that are gone or stand in `out`: (label, ordinal).
    pub hidden: OrdSet<(u16, u32)>,
    /// The next edge index of sources that were written to.
    pub next_index: OrdMap<u32, u32>,
    /// Vertices alive in this version.
    pub live_vertices: u64,
    /// Edges in this version.
    pub edges: u64,
    /// Changes so far, for deciding when to make a new base.
    pub changes: u64,
}

/// Orders edges at a vertex: `near` is the source in `out` and the target in `incoming`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EdgeKey {
    pub near: u32,
    pub label: u16,
    pub far: u32,
    pub index: u32,
}

/// The whole row of a vertex, or its absence.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct VertexPatch {
    /// Empty: the vertex is deleted.
    pub labels: Vec<LabelId>,
    pub properties: Vec<(LabelId, PropId, Value)>,
}

/// The properties of an edge.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EdgePatch {
    pub properties: Vec<(PropId, Value)>,
}

impl Delta {
    /// Nothing changed on a base of these numbers.
    pub fn on(live_vertices: u64, edges: u64) -> Delta {
        Delta { live_vertices, edges, ..Delta::default() }
    }

    /// True if the version is its base.
    pub fn is_empty(&self) -> bool {
        self.changes == 0
    }
}

impl EdgeKey {
    /// The keys of all edges at a vertex, for range scans: from the first to the second, both included.
    pub fn around(near: u32) -> (EdgeKey, EdgeKey) {
        let top = EdgeKey { near, label: u16::MAX, far: u32::MAX, index: u32::MAX };
        (EdgeKey { near, label: 0, far: 0, index: 0 }, top)
    }
}

/// One bit for each vertex of a base, set before the first version in which its edges or row differ
/// from the base, and never cleared. A clear bit therefore means: the base has the truth, in every
/// version on it. A set bit only means: look into the delta.
#[derive(Debug, Default)]
pub(crate) struct Touched(Vec<AtomicU64>);

impl Touched {
    pub fn new(vertices: u32) -> Touched {
        Touched((0..(vertices as usize).div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    /// Vertices after the base are always looked up.
    #[inline]
    pub fn get(&self, v: u32) -> bool {
        // Acquire pairs with the Release below; a reader of a version that touches `v` got that version
        // through a swap that came after the mark, so it sees the bit.
        self.0.get(v as usize / 64).is_none_or(|w| w.load(Acquire) >> (v % 64) & 1 == 1)
    }

    pub fn mark(&self, v: u32) {
        if let Some(word) = self.0.get(v as usize / 64) {
            word.fetch_or(1 << (v % 64), Release);
        }
    }
}
