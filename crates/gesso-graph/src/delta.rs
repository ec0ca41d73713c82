//! What changed since the base: a few persistent maps, so that a version costs what it changed. Their values are
//! numbers of rows in stores that all versions on the base share: see [`crate::row_store`].
//!
//! Edges are keyed by source first, so that what concerns one vertex, and one range of vertices, lies together; from
//! which sources edges come to a vertex is in a table that versions share. A changed edge of the base is hidden
//! there and stands here whole.

use crate::added_ids::AddedIds;
use crate::added_sources::AddedSources;
use crate::row_store::{Full, RowStore};
use gesso_core::{LabelId, PropId, Value};
use imbl::{OrdMap, OrdSet, Vector};
use std::num::NonZeroU32;
use std::ops::RangeBounds;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use xxhash_rust::xxh3::xxh3_64;

/// Changes of one version against its base.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delta {
    /// Vertices that are new, changed or deleted.
    pub vertices: OrdMap<u32, VertexRow>,
    /// Ids of the vertices that came after the base, in order of their numbers.
    added: Vector<IdRow>,
    /// New and changed edges by source.
    pub out: OrdMap<EdgeKey, EdgeRow>,
    /// Edges of the base that are gone or stand in `out`: (label, ordinal).
    pub hidden: OrdSet<(u16, u32)>,
    /// The next edge index of sources that lost an edge, or have many. That of others is told by their edges,
    /// which spares most new edges a third map.
    pub next_index: OrdMap<u32, u32>,
    /// Vertices alive in this version.
    pub live_vertices: u64,
    /// Edges in this version.
    pub edges: u64,
    /// Changes so far, for deciding when to make a new base.
    pub changes: u64,
    /// What the maps name by number.
    pub rows: Arc<Rows>,
}

/// The rows of all versions on one base.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    vertices: RowStore<VertexPatch>,
    edges: RowStore<EdgePatch>,
    ids: RowStore<Box<str>>,
    /// Where the ids stand in `added` of some version.
    places: AddedIds,
    /// Where the edges in `out` of some version come from.
    sources: AddedSources,
}

/// Where the row of a changed vertex is kept; none if the vertex is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VertexRow(Option<u32>);

/// One more than where the row of a changed edge is kept, in four bytes; none if it has no properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EdgeRow(Option<NonZeroU32>);

#[derive(Clone, Copy, Debug)]
struct IdRow(u32);

impl VertexRow {
    /// That of a deleted vertex.
    pub const DELETED: VertexRow = VertexRow(None);
}

/// Orders edges at their source, which is `near`.
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
    /// Empty: the vertex is deleted. Rows of deleted vertices are not kept.
    pub labels: Vec<LabelId>,
    pub properties: Vec<(LabelId, PropId, Value)>,
}

/// The properties of an edge.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EdgePatch {
    pub properties: Vec<(PropId, Value)>,
}

impl Rows {
    /// Keeps the row of a vertex.
    pub fn keep_vertex(&self, patch: VertexPatch) -> Result<VertexRow, Full> {
        if patch.labels.is_empty() {
            return Ok(VertexRow(None));
        }
        self.vertices.push(patch).map(|at| VertexRow(Some(at)))
    }

    /// Keeps the row of an edge.
    pub fn keep_edge(&self, patch: EdgePatch) -> Result<EdgeRow, Full> {
        if patch.properties.is_empty() {
            return Ok(EdgeRow(None));
        }
        // One number is never given, as there is none after it.
        let row = NonZeroU32::new(self.edges.push(patch)?.wrapping_add(1));
        row.map(|row| EdgeRow(Some(row))).ok_or(Full)
    }

    /// The row of a changed vertex.
    #[inline]
    pub fn vertex(&self, row: VertexRow) -> &VertexPatch {
        static DELETED: VertexPatch = VertexPatch { labels: Vec::new(), properties: Vec::new() };
        row.0.and_then(|at| self.vertices.get(at)).unwrap_or(&DELETED)
    }

    /// The row of a changed edge.
    #[inline]
    pub fn edge(&self, row: EdgeRow) -> &EdgePatch {
        static BARE: EdgePatch = EdgePatch { properties: Vec::new() };
        row.0.and_then(|row| self.edges.get(row.get() - 1)).unwrap_or(&BARE)
    }

    /// Notes that some version has an edge, before it is shown.
    pub fn note_source(&self, edge: EdgeKey) {
        self.sources.insert(edge);
    }
}

impl Delta {
    /// Gives an id the next place among those that came after the base.
    pub fn add_id(&mut self, id: &str) -> Result<(), Full> {
        let row = IdRow(self.rows.ids.push(id.into())?);
        self.rows.places.insert(xxh3_64(id.as_bytes()), self.added.len() as u32, row.0);
        self.added.push_back(row);
        Ok(())
    }

    /// How many vertices came after the base, deleted ones included.
    pub fn added(&self) -> u32 {
        self.added.len() as u32
    }

    /// The id of a vertex that came after the base, by its place among these.
    pub fn added_id(&self, place: u32) -> Option<&str> {
        self.rows.ids.get(self.added.get(place as usize)?.0).map(|id| &**id)
    }

    /// The ids of the vertices that came after the base, in order of their numbers.
    pub fn added_ids(&self) -> impl Iterator<Item = &str> {
        self.added.iter().filter_map(|row| self.rows.ids.get(row.0)).map(|id| &**id)
    }

    /// The last place of an id among those that came after the base.
    pub fn place_of(&self, id: &str) -> Option<u32> {
        if self.added.is_empty() {
            return None;
        }
        self.rows.places.last(xxh3_64(id.as_bytes()), |place, row| {
            self.added.get(place as usize).is_some_and(|own| own.0 == row)
                && self.rows.ids.get(row).is_some_and(|text| **text == *id)
        })
    }

    /// The row of a changed vertex.
    #[inline]
    pub fn vertex(&self, v: u32) -> Option<&VertexPatch> {
        self.vertices.get(&v).map(|row| self.rows.vertex(*row))
    }

    /// New and changed edges in a range of `out`, with their rows.
    pub fn edges(&self, range: impl RangeBounds<EdgeKey>) -> impl Iterator<Item = (&EdgeKey, &EdgePatch)> {
        self.out.range(range).map(|(key, row)| (key, self.rows.edge(*row)))
    }

    /// New and changed edges to a vertex, by label, source and index; with their rows, where these had to be looked up.
    pub fn edges_to(&self, target: u32) -> impl Iterator<Item = (EdgeKey, Option<EdgeRow>)> {
        self.rows.sources.of(target, self.out.len() as u64).filter_map(|(key, is_known)| {
            let row = if is_known { None } else { Some(*self.out.get(&key)?) };
            Some((key, row))
        })
    }

    /// The row of a new or changed edge.
    pub fn edge(&self, key: EdgeKey) -> Option<&EdgePatch> {
        self.out.get(&key).map(|row| self.rows.edge(*row))
    }

    /// What grows with every change, refused ones included, until there is a new base.
    pub fn weight(&self) -> u64 {
        let Rows { vertices, edges, ids, sources, .. } = &*self.rows;
        let kept = [vertices.len(), edges.len(), ids.len()].map(u64::from);
        kept.into_iter().sum::<u64>().max(sources.len()).max(self.changes)
    }

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

    /// The edge as named from its other end.
    pub fn turned(self) -> EdgeKey {
        EdgeKey { near: self.far, far: self.near, ..self }
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
        let bit = 1 << (v % 64);
        // Most are marked already, and a look is cheaper than a change.
        if let Some(word) = self.0.get(v as usize / 64).filter(|word| word.load(Relaxed) & bit == 0) {
            word.fetch_or(bit, Release);
        }
    }
}
