//! Numbers of elements by label, kept current by every change.

use crate::snapshot::Snapshot;
use gesso_core::{LabelId, VertexIx};
use imbl::OrdMap;

/// How many elements of each label a version has more than its base.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelCounts {
    vertices: OrdMap<u16, i64>,
    edges: OrdMap<u16, i64>,
}

impl LabelCounts {
    pub fn add_edge(&mut self, label: LabelId, by: i64) {
        *self.edges.entry(label.0).or_default() += by;
    }

    fn of(map: &OrdMap<u16, i64>, label: LabelId, in_base: usize) -> u64 {
        let change = map.get(&label.0).copied().unwrap_or(0);
        (in_base as u64).saturating_add_signed(change)
    }
}

impl Snapshot {
    /// Number of vertices that have the label. A vertex of several labels counts for each.
    pub fn vertices_with(&self, label: LabelId) -> u64 {
        let table = self.base.vertex_table(label).map_or(0, crate::base::VertexTable::len);
        LabelCounts::of(&self.counts.vertices, label, table)
    }

    /// Number of edges that have the label.
    pub fn edges_with(&self, label: LabelId) -> u64 {
        let edges = self.base.edges(label).map_or(0, crate::base::Adjacency::len);
        LabelCounts::of(&self.counts.edges, label, edges)
    }

    /// Counts the labels of a vertex as it is now in or out.
    pub(crate) fn count_vertex(&mut self, v: VertexIx, by: i64) {
        for label in self.labels_of(v) {
            *self.counts.vertices.entry(label.0).or_default() += by;
        }
    }
}
