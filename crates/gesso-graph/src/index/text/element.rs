//! Vertices and edges as a search sees them.

use super::Texts;
use super::base::{Side, TextIndex};
use super::delta::{Changes, RowKey, TextDelta};
use crate::delta::EdgeKey;
use crate::index::IndexDef;
use crate::snapshot::{EdgePlace, End, Snapshot};
use gesso_core::{LabelId, Stop, VertexIx};
use std::ops::Range;

/// What a search finds: vertices, or places of edges.
pub trait Element: Indexed {
    /// Rises in internal order.
    fn order(self) -> u64;
}

/// How an element is found in the parts of an index.
pub trait Indexed: Copy + Send + Sync {
    type Key: RowKey;

    fn side(index: &TextIndex) -> &Side;
    fn changes(delta: &TextDelta) -> &Changes<Self::Key>;
    /// The element of a changed row.
    fn of_key(key: Self::Key) -> Self;
    /// The element of a row of the base; none if it has changed or is gone.
    fn of_row(snapshot: &Snapshot, label: Option<LabelId>, row: u32) -> Option<Self>;
    /// What it has for an index.
    fn texts(self, snapshot: &Snapshot, def: &IndexDef) -> Texts;
    /// Visits the elements at a range of vertices.
    fn each_at(
        snapshot: &Snapshot,
        vertices: Range<u32>,
        visit: impl FnMut(Self) -> Result<(), Stop>,
    ) -> Result<(), Stop>;
}

impl Element for VertexIx {
    fn order(self) -> u64 {
        self.0.into()
    }
}

impl Indexed for VertexIx {
    type Key = u32;

    fn side(index: &TextIndex) -> &Side {
        &index.vertices
    }

    fn changes(delta: &TextDelta) -> &Changes<u32> {
        &delta.vertices
    }

    fn of_key(key: u32) -> VertexIx {
        VertexIx(key)
    }

    fn of_row(snapshot: &Snapshot, _: Option<LabelId>, row: u32) -> Option<VertexIx> {
        Some(VertexIx(row)).filter(|v| !snapshot.is_row_changed(*v))
    }

    fn texts(self, snapshot: &Snapshot, def: &IndexDef) -> Texts {
        Texts::of(snapshot.schema(), def, snapshot.labels_of(self), |label, property| {
            snapshot.vertex_property(self, label, property)
        })
    }

    fn each_at(
        snapshot: &Snapshot,
        vertices: Range<u32>,
        visit: impl FnMut(VertexIx) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        vertices.map(VertexIx).filter(|v| snapshot.is_alive(*v)).try_for_each(visit)
    }
}

impl Element for EdgePlace {
    fn order(self) -> u64 {
        let (source, index) = self.by_source_and_index();
        u64::from(source) << 32 | u64::from(index)
    }
}

impl Indexed for EdgePlace {
    type Key = EdgeKey;

    fn side(index: &TextIndex) -> &Side {
        &index.edges
    }

    fn changes(delta: &TextDelta) -> &Changes<EdgeKey> {
        &delta.edges
    }

    fn of_key(key: EdgeKey) -> EdgePlace {
        EdgePlace::of_change(key)
    }

    fn of_row(snapshot: &Snapshot, label: Option<LabelId>, row: u32) -> Option<EdgePlace> {
        snapshot.base_edge_at(label?, row as usize).map(|edge| edge.place())
    }

    fn texts(self, snapshot: &Snapshot, def: &IndexDef) -> Texts {
        let Some(edge) = snapshot.edge_at(self) else { return Texts::default() };
        Texts::of(snapshot.schema(), def, [edge.label], |_, property| snapshot.edge_property(&edge, property))
    }

    fn each_at(
        snapshot: &Snapshot,
        vertices: Range<u32>,
        mut visit: impl FnMut(EdgePlace) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut vertices = vertices.map(VertexIx);
        vertices.try_for_each(|v| snapshot.visit_edges(v, End::Source, |edge| visit(edge.place())))
    }
}
