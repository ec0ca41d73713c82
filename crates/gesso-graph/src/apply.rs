//! Applying logged operations to a version: the one way in which a graph changes between two bases,
//! used alike by live writes and by recovery.

use crate::delta::{EdgeKey, EdgePatch, VertexPatch, VertexRow};
use crate::op::{EdgeName, Op};
use crate::row_store;
use crate::snapshot::Snapshot;
use gesso_core::{EdgeOrdinal, LabelId, VertexIx};

/// The next index of a source is kept once it is above this.
const INDEX_KEPT: u32 = 16;

/// An operation that does not fit the version: only damage or a bug makes one.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A vertex number that was not given yet.
    #[error("vertex number {0} does not exist")]
    NoVertex(VertexIx),
    /// A deletion of an edge that is not there.
    #[error("edge {0:?} does not exist")]
    NoEdge(EdgeName),
    /// The numbers that this layout can hold are used up.
    #[error("graph is full: at most {0} vertices")]
    Full(u32),
    /// The numbers of rows that are not in a base yet are used up.
    #[error("graph has changed too often since its last checkpoint")]
    TooManyChanges,
}

impl From<row_store::Full> for ApplyError {
    fn from(_: row_store::Full) -> ApplyError {
        ApplyError::TooManyChanges
    }
}

impl Snapshot {
    /// Changes this version by one operation.
    pub(crate) fn apply(&mut self, op: &Op) -> Result<(), ApplyError> {
        self.delta.changes += 1;
        match op {
            Op::PutVertex { vertex, id, labels, properties } => {
                let patch = VertexPatch { labels: labels.clone(), properties: properties.clone() };
                self.put_vertex(*vertex, id, patch)
            }
            Op::DeleteVertex { vertex } => self.delete_vertex(*vertex),
            Op::PutEdge { edge, properties } => {
                self.put_edge(edge, EdgePatch { properties: properties.clone() })
            }
            Op::DeleteEdge { edge } => self.delete_edge(edge),
            Op::SetSchema(schema) => {
                self.schema = schema.clone();
                self.keys.follow(schema, &self.base, &self.delta);
                Ok(())
            }
            Op::ByJob(_) => Ok(()),
        }
    }

    fn put_vertex(&mut self, v: VertexIx, id: &str, patch: VertexPatch) -> Result<(), ApplyError> {
        let bound = self.vertex_bound();
        if v.0 > bound || v.0 == u32::MAX {
            return Err(ApplyError::NoVertex(v));
        }
        if v.0 == bound {
            self.delta.add_id(id)?;
            self.delta.live_vertices += 1;
        } else if !self.is_alive(v) {
            self.delta.live_vertices += 1;
        }
        self.count_vertex(v, -1);
        self.touched.mark(v.0);
        let row = self.delta.rows.keep_vertex(patch)?;
        self.set_row(v, row);
        self.count_vertex(v, 1);
        Ok(())
    }

    fn delete_vertex(&mut self, v: VertexIx) -> Result<(), ApplyError> {
        if !self.is_alive(v) {
            return Err(ApplyError::NoVertex(v));
        }
        self.count_vertex(v, -1);
        self.touched.mark(v.0);
        self.set_row(v, VertexRow::DELETED);
        self.delta.live_vertices -= 1;
        Ok(())
    }

    fn set_row(&mut self, v: VertexIx, row: VertexRow) {
        let old = self.delta.vertices.insert(v.0, row);
        let rows = &self.delta.rows;
        let old = old.map(|row| rows.vertex(row));
        self.keys.note_vertex(&self.schema, &self.base, v, old, rows.vertex(row));
    }

    /// Hides an edge of the base. True if it was not hidden before.
    fn hide(&mut self, label: LabelId, edge: EdgeOrdinal) -> bool {
        let is_new = self.delta.hidden.insert((label.0, edge.0)).is_none();
        if is_new {
            self.keys.note_hidden(&self.schema, &self.base, label, edge);
        }
        is_new
    }

    fn put_edge(&mut self, e: &EdgeName, patch: EdgePatch) -> Result<(), ApplyError> {
        for end in [e.source, e.target] {
            if !self.is_alive(end) {
                return Err(ApplyError::NoVertex(end));
            }
        }
        self.touched.mark(e.source.0);
        self.touched.mark(e.target.0);
        let out = key(e);
        // Among few edges the next index is found at once.
        if e.index >= INDEX_KEPT || self.delta.next_index.contains_key(&e.source.0) {
            self.raise_next_index(e.source, e.index.saturating_add(1));
        }
        // An edge of the base that was not hidden before is replaced, not added.
        let is_replaced = self.base.edge_named(e).is_some_and(|edge| self.hide(e.label, edge));
        let row = self.delta.rows.keep_edge(patch)?;
        let old = self.delta.out.insert(out, row);
        let rows = &self.delta.rows;
        self.keys.note_edge(&self.schema, out, old.map(|row| rows.edge(row)), Some(rows.edge(row)));
        self.delta.rows.note_source(out);
        if old.is_none() && !is_replaced {
            self.delta.edges += 1;
            self.counts.add_edge(e.label, 1);
        }
        Ok(())
    }

    fn delete_edge(&mut self, e: &EdgeName) -> Result<(), ApplyError> {
        self.touched.mark(e.source.0);
        self.touched.mark(e.target.0);
        // The edge will not tell it any more.
        self.raise_next_index(e.source, 0);
        let out = key(e);
        let old = self.delta.out.remove(&out);
        if let Some(row) = old {
            self.keys.note_edge(&self.schema, out, Some(self.delta.rows.edge(row)), None);
        }
        let mut gone = old.is_some();
        if let Some(edge) = self.base.edge_named(e) {
            gone |= self.hide(e.label, edge);
        }
        if !gone {
            return Err(ApplyError::NoEdge(*e));
        }
        self.delta.edges -= 1;
        self.counts.add_edge(e.label, -1);
        Ok(())
    }

    /// Keeps the next index of a source in the delta, and makes it at least `least`.
    fn raise_next_index(&mut self, source: VertexIx, least: u32) {
        if let Some(next) = self.delta.next_index.get_mut(&source.0) {
            *next = least.max(*next);
        } else {
            let next = self.next_index(source).max(least);
            self.delta.next_index.insert(source.0, next);
        }
    }
}

/// The place of an edge at its source.
pub(crate) fn key(e: &EdgeName) -> EdgeKey {
    EdgeKey { near: e.source.0, label: e.label.0, far: e.target.0, index: e.index }
}
