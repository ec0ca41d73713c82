//! Changes on their way to a commit: applied to a private version, so that each sees those before it,
//! and kept as operations for the log. Dropping a transaction undoes it.

use crate::apply::ApplyError;
use crate::index::{DeltaPart, IndexId};
use crate::op::{EdgeName, Op};
use crate::schema::Schema;
use crate::snapshot::{EdgeRef, End, Snapshot};
use crate::sort_key::SORT_KEY;
use gesso_core::{LabelId, PropId, Value, VertexIx};
use std::sync::Arc;

/// The properties of a vertex, by label.
pub type VertexProperties = Vec<(LabelId, PropId, Value)>;
/// The properties of an edge.
pub type EdgeProperties = Vec<(PropId, Value)>;

/// Changes that are committed together or not at all.
pub struct Transaction {
    now: Snapshot,
    ops: Vec<Op>,
}

impl Transaction {
    pub(crate) fn on(tip: &Snapshot) -> Transaction {
        Transaction { now: tip.clone(), ops: Vec::new() }
    }

    pub(crate) fn into_parts(self) -> (Snapshot, Vec<Op>) {
        (self.now, self.ops)
    }

    /// The version with the changes made so far.
    pub fn snapshot(&self) -> &Snapshot {
        &self.now
    }

    fn push(&mut self, op: Op) -> Result<(), ApplyError> {
        self.now.apply(&op)?;
        self.ops.push(op);
        Ok(())
    }

    /// Makes a vertex with an id that no vertex has.
    pub fn new_vertex(
        &mut self,
        id: &str,
        labels: Vec<LabelId>,
        properties: VertexProperties,
    ) -> Result<VertexIx, ApplyError> {
        let vertex = VertexIx(self.now.vertex_bound());
        if vertex.0 == u32::MAX {
            return Err(ApplyError::Full(u32::MAX));
        }
        self.push(Op::PutVertex { vertex, id: id.into(), labels, properties })?;
        Ok(vertex)
    }

    /// Replaces labels and properties of a vertex.
    pub fn set_vertex(
        &mut self,
        vertex: VertexIx,
        labels: Vec<LabelId>,
        properties: VertexProperties,
    ) -> Result<(), ApplyError> {
        self.push(Op::PutVertex { vertex, id: "".into(), labels, properties })
    }

    /// Deletes a vertex and all its edges.
    pub fn delete_vertex(&mut self, vertex: VertexIx) -> Result<(), ApplyError> {
        for edge in self.now.edges_at(vertex, End::Source) {
            self.delete_edge(edge.name())?;
        }
        // Self-loops are gone by now.
        for edge in self.now.edges_at(vertex, End::Target) {
            self.delete_edge(edge.name())?;
        }
        self.push(Op::DeleteVertex { vertex })
    }

    /// Makes an edge and gives its index.
    pub fn new_edge(
        &mut self,
        source: VertexIx,
        target: VertexIx,
        label: LabelId,
        properties: EdgeProperties,
    ) -> Result<u32, ApplyError> {
        let index = self.now.next_index(source);
        self.push(Op::PutEdge { edge: EdgeName { source, target, label, index }, properties })?;
        Ok(index)
    }

    /// Replaces the properties of an edge.
    pub fn set_edge(&mut self, edge: EdgeName, properties: EdgeProperties) -> Result<(), ApplyError> {
        self.push(Op::PutEdge { edge, properties })
    }

    /// Replaces label and properties of an edge, which keeps its index.
    pub fn relabel_edge(
        &mut self,
        edge: EdgeName,
        label: LabelId,
        properties: EdgeProperties,
    ) -> Result<(), ApplyError> {
        if label != edge.label {
            self.delete_edge(edge)?;
        }
        self.push(Op::PutEdge { edge: EdgeName { label, ..edge }, properties })
    }

    /// Deletes an edge.
    pub fn delete_edge(&mut self, edge: EdgeName) -> Result<(), ApplyError> {
        self.push(Op::DeleteEdge { edge })
    }

    /// Says what this version adds to an index that the next [`Transaction::set_schema`] brings.
    pub(crate) fn attach_to_index(&mut self, id: IndexId, part: DeltaPart) {
        self.now.keys.insert(id, part);
    }

    /// Replaces the schema.
    pub fn set_schema(&mut self, schema: Schema) -> Result<(), ApplyError> {
        self.push(Op::SetSchema(Arc::new(schema)))
    }
}

impl Snapshot {
    /// All properties of a vertex, in the order of its labels and their properties.
    pub fn vertex_properties(&self, v: VertexIx) -> VertexProperties {
        let labels = self.labels_of(v).into_iter().filter_map(|l| self.schema().label(l));
        let properties = labels.flat_map(|l| l.properties.iter().map(|p| (l.id, p.id)));
        properties.filter_map(|(l, p)| Some((l, p, self.vertex_property(v, l, p)?))).collect()
    }

    /// All properties of an edge, in the order of its label's properties, and its sort key.
    pub fn edge_properties(&self, edge: &EdgeRef) -> EdgeProperties {
        let label = self.schema().label(edge.label);
        let sort_key = self.schema().sort_key().map(|_| SORT_KEY);
        let properties = label.into_iter().flat_map(|l| l.properties.iter().map(|p| p.id)).chain(sort_key);
        properties.filter_map(|p| Some((p, self.edge_property(edge, p)?))).collect()
    }
}

impl EdgeRef {
    /// What identifies the edge.
    pub fn name(&self) -> EdgeName {
        EdgeName { source: self.source, target: self.target, label: self.label, index: self.index }
    }
}
