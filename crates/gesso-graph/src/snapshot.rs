//! A version of a graph to read from: never changes, costs nothing to keep but its memory.

use crate::apply::key;
use crate::base::Base;
use crate::delta::{Delta, EdgeKey, EdgeRow, Touched, VertexPatch};
use crate::index::{BaseIndices, DeltaKeys};
use crate::label_counts::LabelCounts;
use crate::op::EdgeName;
use crate::projection::VertexIds;
use crate::schema::{Label, Schema};
use gesso_core::{EdgeOrdinal, GraphVersion, LabelId, PropId, Value, VertexIx};
use std::convert::Infallible;
use std::sync::Arc;

/// One version of a graph.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) version: GraphVersion,
    pub(crate) schema: Arc<Schema>,
    pub(crate) base: Arc<Base>,
    pub(crate) delta: Delta,
    pub(crate) touched: Arc<Touched>,
    /// What is indexed of the base.
    pub(crate) indices: Arc<BaseIndices>,
    /// What is indexed of the delta.
    pub(crate) keys: DeltaKeys,
    /// How many elements of each label the delta adds.
    pub(crate) counts: LabelCounts,
}

/// An edge of a snapshot.
#[derive(Clone, Debug)]
pub struct EdgeRef {
    /// Where it starts.
    pub source: VertexIx,
    /// Where it ends.
    pub target: VertexIx,
    /// Its label.
    pub label: LabelId,
    /// Its number at its source.
    pub index: u32,
    pub(crate) slot: Slot,
}

/// Where an edge is found in a snapshot: plain numbers, for lists of many. See [`Snapshot::edge_at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgePlace {
    source: u32,
    target: u32,
    index: u32,
    label: LabelId,
    /// [`EdgePlace::CHANGED`] for an edge of the delta.
    ordinal: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Base(EdgeOrdinal),
    /// None: to be looked up.
    Delta(Option<EdgeRow>),
}

/// Which end of its edges a vertex is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The vertex is the source.
    Source,
    /// The vertex is the target.
    Target,
}

impl Snapshot {
    /// A version over a base without changes.
    pub(crate) fn of_base(version: GraphVersion, schema: Arc<Schema>, base: Arc<Base>) -> Snapshot {
        let delta = Delta::on(base.live_vertices, base.edges);
        let touched = Arc::new(Touched::new(base.vertex_bound()));
        let (indices, keys, counts) = Default::default();
        Snapshot { version, schema, base, delta, touched, indices, keys, counts }
    }

    /// The indices over the base.
    pub fn indices(&self) -> &BaseIndices {
        &self.indices
    }

    /// The number of the version.
    pub fn version(&self) -> GraphVersion {
        self.version
    }

    /// The labels of this version.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// What the version is built on.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// True if nothing changed since the base was made.
    pub fn is_base(&self) -> bool {
        self.delta.is_empty()
    }

    /// Number of vertices.
    pub fn vertex_count(&self) -> u64 {
        self.delta.live_vertices
    }

    /// Number of edges.
    pub fn edge_count(&self) -> u64 {
        self.delta.edges
    }

    /// One past the highest vertex number, deleted ones included.
    pub fn vertex_bound(&self) -> u32 {
        self.base.vertex_bound() + self.delta.added()
    }

    /// The id of a vertex number, also of a deleted one. Numbers that were never given have none.
    pub fn id(&self, v: VertexIx) -> &str {
        match v.0.checked_sub(self.base.vertex_bound()) {
            None => self.base.ids.id(v),
            Some(place) => self.delta.added_id(place).unwrap_or_default(),
        }
    }

    /// The vertex of an id.
    pub fn find(&self, id: &str) -> Option<VertexIx> {
        let latest = self.delta.place_of(id).map(|place| VertexIx(self.base.vertex_bound() + place));
        let v = latest.or_else(|| self.base.ids.get(id))?;
        self.is_alive(v).then_some(v)
    }

    /// True if what [`Snapshot::find`] found in an earlier version of the same graph is found in this one, too. False
    /// where that can only be told by looking again.
    pub fn still_has(&self, earlier: &Snapshot, v: VertexIx) -> bool {
        // A number stands for one id as long as the base stays, and no id has two that are alive.
        Arc::ptr_eq(&self.base, &earlier.base)
            && (self.delta.vertices.ptr_eq(&earlier.delta.vertices) || self.is_alive(v))
    }

    /// True for the number of a vertex that exists in this version.
    #[inline]
    pub fn is_alive(&self, v: VertexIx) -> bool {
        match self.patch(v) {
            Some(patch) => !patch.labels.is_empty(),
            None => self.base.is_alive(v),
        }
    }

    #[inline]
    fn patch(&self, v: VertexIx) -> Option<&VertexPatch> {
        if self.touched.get(v.0) { self.delta.vertex(v.0) } else { None }
    }

    /// The labels of a vertex, first label first; none for a deleted one.
    pub fn labels_of(&self, v: VertexIx) -> Vec<LabelId> {
        match self.patch(v) {
            Some(patch) => patch.labels.clone(),
            None => self.base.labels_of(v).map(|(l, _)| l).collect(),
        }
    }

    /// True if the vertex has the label.
    pub fn has_label(&self, v: VertexIx, label: LabelId) -> bool {
        match self.patch(v) {
            Some(patch) => patch.labels.contains(&label),
            None => self.base.labels_of(v).any(|(l, _)| l == label),
        }
    }

    /// The first label of a vertex.
    pub fn label_of(&self, v: VertexIx) -> Option<&Arc<Label>> {
        let id = match self.patch(v) {
            Some(patch) => patch.labels.first().copied(),
            None => self.base.labels_of(v).next().map(|(l, _)| l),
        };
        self.schema.label(id?)
    }

    /// A property of a vertex under one of its labels.
    pub fn vertex_property(&self, v: VertexIx, label: LabelId, property: PropId) -> Option<Value> {
        if let Some(patch) = self.patch(v) {
            let hit = patch.properties.iter().find(|p| p.0 == label && p.1 == property);
            return hit.map(|p| p.2.clone());
        }
        let (_, row) = self.base.labels_of(v).find(|(l, _)| *l == label)?;
        self.base.vertex_table(label)?.column(property)?.get(row)
    }

    /// A property of an edge.
    pub fn edge_property(&self, edge: &EdgeRef, property: PropId) -> Option<Value> {
        match &edge.slot {
            Slot::Delta(row) => {
                let patch = match row {
                    Some(row) => self.delta.rows.edge(*row),
                    None => self.delta.edge(key(&edge.name()))?,
                };
                patch.properties.iter().find(|p| p.0 == property).map(|p| p.1.clone())
            }
            Slot::Base(ordinal) => self.base.edges(edge.label)?.column(property)?.get(ordinal.at()),
        }
    }

    /// True if labels or properties of the vertex differ from the base.
    #[inline]
    pub fn is_row_changed(&self, v: VertexIx) -> bool {
        self.patch(v).is_some()
    }

    /// True if some vertex of the base has several labels.
    pub fn has_more_labels(&self) -> bool {
        !self.base.more_labels.is_empty()
    }

    /// The edge of the base at an ordinal; none if it is gone or changed in this version.
    pub fn base_edge_at(&self, label: LabelId, ordinal: usize) -> Option<EdgeRef> {
        let source = VertexIx(self.base.edges(label)?.out().owner(ordinal));
        self.base_edge_of(source, label, ordinal)
    }

    /// [`Snapshot::base_edge_at`] where the source is known.
    pub(crate) fn base_edge_of(&self, source: VertexIx, label: LabelId, ordinal: usize) -> Option<EdgeRef> {
        let edges = self.base.edges(label)?;
        let slot = EdgeOrdinal(ordinal as u32);
        if self.touched.get(source.0) && self.delta.hidden.contains(&(label.0, slot.0)) {
            return None;
        }
        let target = VertexIx(edges.out().neighbours[ordinal]);
        Some(EdgeRef { source, target, label, index: edges.index(slot), slot: Slot::Base(slot) })
    }

    /// The edge at a place that an edge of this snapshot gave.
    pub fn edge_at(&self, place: EdgePlace) -> Option<EdgeRef> {
        let (source, target) = (VertexIx(place.source), VertexIx(place.target));
        if place.ordinal == EdgePlace::CHANGED {
            let key = key(&place.name());
            return Some(EdgeRef::of_change(key, Some(*self.delta.out.get(&key)?)));
        }
        let slot = Slot::Base(EdgeOrdinal(place.ordinal));
        Some(EdgeRef { source, target, label: place.label, index: place.index, slot })
    }

    /// Vertices in a range that are new, changed or deleted since the base was made.
    pub fn changed_vertices(
        &self,
        range: std::ops::Range<u32>,
    ) -> impl DoubleEndedIterator<Item = VertexIx> + '_ {
        self.delta.vertices.range(range).map(|(v, _)| VertexIx(*v))
    }

    /// True if the vertex has several labels in the base.
    pub fn has_several_base_labels(&self, v: VertexIx) -> bool {
        self.base.more_labels.binary_search_by_key(&v.0, |m| m.0).is_ok()
    }

    /// Vertices of the base in a range that have several labels there, each once.
    pub fn base_vertices_of_several_labels(
        &self,
        range: std::ops::Range<u32>,
    ) -> impl Iterator<Item = VertexIx> + '_ {
        let more = &self.base.more_labels;
        let from = more.partition_point(|m| m.0 < range.start);
        let to = more.partition_point(|m| m.0 < range.end);
        more[from..to].chunk_by(|a, b| a.0 == b.0).map(|same| VertexIx(same[0].0))
    }

    /// New and changed edges whose source is in a range.
    pub fn changed_edges(&self, sources: std::ops::Range<u32>) -> impl Iterator<Item = EdgeRef> + '_ {
        let (from, _) = EdgeKey::around(sources.start);
        let (to, _) = EdgeKey::around(sources.end.max(sources.start));
        self.delta.out.range(from..to).map(|(key, row)| EdgeRef::of_change(*key, Some(*row)))
    }

    /// The edge of the base behind a reference; none if it changed since.
    pub fn base_ordinal(&self, edge: &EdgeRef) -> Option<EdgeOrdinal> {
        match edge.slot {
            Slot::Base(ordinal) => Some(ordinal),
            Slot::Delta(_) => None,
        }
    }

    /// Visits the edges at one end of a vertex: label by label, those of the base first. Stops at the
    /// first error of `visit`.
    pub fn visit_edges<E>(
        &self,
        v: VertexIx,
        end: End,
        mut visit: impl FnMut(EdgeRef) -> Result<(), E>,
    ) -> Result<(), E> {
        let touched = self.touched.get(v.0);
        for (label, edges) in self.base.edge_labels() {
            let half = if end == End::Source { edges.out() } else { edges.incoming() };
            for position in half.range(v.0) {
                let ordinal = match end {
                    End::Source => EdgeOrdinal(position as u32),
                    End::Target => edges.ordinal(position),
                };
                if touched && self.delta.hidden.contains(&(label.0, ordinal.0)) {
                    continue;
                }
                let other = VertexIx(half.neighbours[position]);
                let (source, target) = if end == End::Source { (v, other) } else { (other, v) };
                let index = edges.index(ordinal);
                visit(EdgeRef { source, target, label, index, slot: Slot::Base(ordinal) })?;
            }
        }
        if touched {
            self.visit_delta(v, end, visit)?;
        }
        Ok(())
    }

    fn visit_delta<E>(
        &self,
        v: VertexIx,
        end: End,
        mut visit: impl FnMut(EdgeRef) -> Result<(), E>,
    ) -> Result<(), E> {
        if end == End::Target {
            return self.delta.edges_to(v.0).try_for_each(|(key, row)| visit(EdgeRef::of_change(key, row)));
        }
        let (from, to) = EdgeKey::around(v.0);
        self.delta.out.range(from..=to).try_for_each(|(key, row)| visit(EdgeRef::of_change(*key, Some(*row))))
    }

    /// All edges at one end of a vertex, by index (for [`End::Source`]) or by source and index.
    pub fn edges_at(&self, v: VertexIx, end: End) -> Vec<EdgeRef> {
        let mut edges = Vec::new();
        let all: Result<(), Infallible> = self.visit_edges(v, end, |e| {
            edges.push(e);
            Ok(())
        });
        match all {
            Ok(()) => {}
        }
        edges.sort_unstable_by_key(|e| (if end == End::Source { 0 } else { e.source.0 }, e.index));
        edges
    }

    /// The edges from one vertex to another, by index.
    pub fn edges_between(&self, source: VertexIx, target: VertexIx) -> Vec<EdgeRef> {
        let mut edges = Vec::new();
        let touched = self.touched.get(source.0);
        for (label, adjacency) in self.base.edge_labels() {
            for position in adjacency.out().between(source.0, target.0) {
                let ordinal = EdgeOrdinal(position as u32);
                if touched && self.delta.hidden.contains(&(label.0, ordinal.0)) {
                    continue;
                }
                let index = adjacency.index(ordinal);
                edges.push(EdgeRef { source, target, label, index, slot: Slot::Base(ordinal) });
            }
        }
        // Label by label, as the changes of a source are ordered: the others of a hub are passed over.
        for label in self.schema.labels().filter(|_| touched) {
            let (near, label, far) = (source.0, label.id.0, target.0);
            let from = EdgeKey { near, label, far, index: 0 };
            let between = self.delta.out.range(from..=EdgeKey { index: u32::MAX, ..from });
            edges.extend(between.map(|(key, row)| EdgeRef::of_change(*key, Some(*row))));
        }
        edges.sort_unstable_by_key(|e| e.index);
        edges
    }

    /// Number of edges at one end of a vertex.
    pub fn degree(&self, v: VertexIx, end: End) -> u64 {
        if self.touched.get(v.0) {
            return self.edges_at(v, end).len() as u64;
        }
        self.base_degree(v, end)
    }

    /// Number of edges at one end of a vertex in the base: at once, where about is enough.
    pub fn base_degree(&self, v: VertexIx, end: End) -> u64 {
        let halves =
            self.base.edge_labels().map(|(_, a)| if end == End::Source { a.out() } else { a.incoming() });
        halves.map(|h| h.range(v.0).len() as u64).sum()
    }

    /// One past the highest index ever used at a source.
    pub(crate) fn next_index(&self, source: VertexIx) -> u32 {
        if !self.touched.get(source.0) {
            return self.base.next_index(source);
        }
        if let Some(next) = self.delta.next_index.get(&source.0) {
            return *next;
        }
        let (first, last) = EdgeKey::around(source.0);
        let new = self.delta.out.range(first..=last).map(|(key, _)| key.index.saturating_add(1));
        new.max().unwrap_or(0).max(self.base.next_index(source))
    }
}

impl EdgePlace {
    const CHANGED: u32 = u32::MAX;

    /// The internal order of edges.
    pub fn by_source_and_index(&self) -> (u32, u32) {
        (self.source, self.index)
    }

    /// The place of a changed edge.
    pub(crate) fn of_change(key: EdgeKey) -> EdgePlace {
        let (source, target, label) = (key.near, key.far, LabelId(key.label));
        EdgePlace { source, target, index: key.index, label, ordinal: EdgePlace::CHANGED }
    }

    /// What identifies the edge.
    pub fn name(&self) -> EdgeName {
        let (source, target) = (VertexIx(self.source), VertexIx(self.target));
        EdgeName { source, target, label: self.label, index: self.index }
    }
}

impl EdgeRef {
    fn of_change(key: EdgeKey, row: Option<EdgeRow>) -> EdgeRef {
        EdgeRef {
            source: VertexIx(key.near),
            target: VertexIx(key.far),
            label: LabelId(key.label),
            index: key.index,
            slot: Slot::Delta(row),
        }
    }

    /// The edge as plain numbers.
    pub fn place(&self) -> EdgePlace {
        let ordinal = match self.slot {
            Slot::Base(ordinal) => ordinal.0,
            Slot::Delta(_) => EdgePlace::CHANGED,
        };
        let (source, target) = (self.source.0, self.target.0);
        EdgePlace { source, target, index: self.index, label: self.label, ordinal }
    }
}

impl VertexIds for Snapshot {
    fn id(&self, vertex: VertexIx) -> &str {
        Snapshot::id(self, vertex)
    }
    fn find(&self, id: &str) -> Option<VertexIx> {
        Snapshot::find(self, id)
    }
}
