//! What a version adds to the indices over its base: changed rows by the hash of their key, or by their tokens.

use super::definition::{IndexDef, IndexId};
use super::key::seen_from;
use super::text::TextDelta;
use crate::base::Base;
use crate::delta::{Delta, EdgeKey, EdgePatch, VertexPatch};
use crate::schema::Schema;
use crate::snapshot::Snapshot;
use gesso_core::{EdgeOrdinal, JobContext, LabelId, Stop, VertexIx};
use imbl::{HashMap, OrdSet};
use std::sync::LazyLock;

/// What a version adds to the indices over its base.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeltaKeys(HashMap<IndexId, DeltaPart>);

/// What a version adds to one index.
#[derive(Clone, Debug)]
pub(crate) enum DeltaPart {
    /// To an index of equality. Entries are added and never taken back.
    Keys(Keys),
    /// To a full-text index.
    Texts(TextDelta),
}

/// Keys of one index: of vertices or of edges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    vertices: OrdSet<(u64, u32)>,
    edges: OrdSet<(u64, EdgeKey)>,
}

impl Keys {
    /// Adds the keys of everything that `after` has and `before` has not.
    fn add(
        &mut self,
        ctx: Option<&JobContext>,
        schema: &Schema,
        def: &IndexDef,
        (before, after): (&Delta, &Delta),
    ) -> Result<(), Stop> {
        let mut tick = ctx.map(JobContext::tick);
        let mut spend = |steps| tick.as_mut().map_or(Ok(()), |t| t.spend(steps));
        if def.kind.is_on_vertices() {
            for change in before.vertices.diff(&after.vertices) {
                spend(32)?;
                if let Some((v, row)) = newer(change) {
                    self.add_vertex(schema, def, VertexIx(*v), after.rows.vertex(*row));
                }
            }
        } else {
            for change in before.out.diff(&after.out) {
                spend(32)?;
                if let Some((key, row)) = newer(change) {
                    self.add_edge(schema, def, *key, after.rows.edge(*row));
                }
            }
        }
        Ok(())
    }

    fn add_vertex(&mut self, schema: &Schema, def: &IndexDef, v: VertexIx, patch: &VertexPatch) {
        for label in patch.labels.iter().filter_map(|l| schema.label(*l)).filter(|l| def.covers(l)) {
            let value = |l, p| {
                let hit = patch.properties.iter().find(|entry| entry.0 == l && entry.1 == p);
                hit.map(|entry| entry.2.clone())
            };
            if let Some(hash) = seen_from(schema, def, label, &patch.labels, value) {
                self.vertices.insert((hash, v.0));
            }
        }
    }

    fn add_edge(&mut self, schema: &Schema, def: &IndexDef, key: EdgeKey, patch: &EdgePatch) {
        let Some(label) = schema.label(LabelId(key.label)).filter(|l| def.covers(l)) else { return };
        let value = |_, p| patch.properties.iter().find(|entry| entry.0 == p).map(|entry| entry.1.clone());
        if let Some(hash) = seen_from(schema, def, label, &[], value) {
            self.edges.insert((hash, key));
        }
    }
}

impl DeltaPart {
    /// Nothing, for an index of this kind.
    fn empty(def: &IndexDef) -> DeltaPart {
        if def.kind.is_full_text() {
            DeltaPart::Texts(TextDelta::default())
        } else {
            DeltaPart::Keys(Keys::default())
        }
    }

    /// What a version adds to an index that is new.
    pub fn of(
        ctx: Option<&JobContext>,
        schema: &Schema,
        def: &IndexDef,
        base: &Base,
        delta: &Delta,
    ) -> Result<DeltaPart, Stop> {
        let mut part = DeltaPart::empty(def);
        part.catch_up(ctx, schema, def, base, (&Delta::default(), delta))?;
        Ok(part)
    }

    /// Takes in what has changed between two versions on one base.
    pub fn catch_up(
        &mut self,
        ctx: Option<&JobContext>,
        schema: &Schema,
        def: &IndexDef,
        base: &Base,
        (before, after): (&Delta, &Delta),
    ) -> Result<(), Stop> {
        match self {
            DeltaPart::Keys(keys) => keys.add(ctx, schema, def, (before, after)),
            DeltaPart::Texts(texts) => texts.catch_up(ctx, schema, def, base, (before, after)),
        }
    }
}

fn newer<'a, K, V>(change: imbl::ordmap::DiffItem<'a, 'a, K, V>) -> Option<(&'a K, &'a V)> {
    match change {
        imbl::ordmap::DiffItem::Add(k, v) | imbl::ordmap::DiffItem::Update { new: (k, v), .. } => {
            Some((k, v))
        }
        imbl::ordmap::DiffItem::Remove(..) => None,
    }
}

impl DeltaKeys {
    pub fn insert(&mut self, id: IndexId, part: DeltaPart) {
        self.0.insert(id, part);
    }

    fn part(&mut self, def: &IndexDef) -> &mut DeltaPart {
        self.0.entry(def.id).or_insert_with(|| DeltaPart::empty(def))
    }

    /// A vertex has another row in the changes now; `old` is the one that it had there before.
    pub fn note_vertex(
        &mut self,
        schema: &Schema,
        base: &Base,
        v: VertexIx,
        old: Option<&VertexPatch>,
        new: &VertexPatch,
    ) {
        for def in schema.indices().iter().filter(|d| d.kind.is_on_vertices() && !d.is_of_labels()) {
            match self.part(def) {
                DeltaPart::Keys(keys) => keys.add_vertex(schema, def, v, new),
                DeltaPart::Texts(texts) => texts.change_vertex(schema, def, base, v, old, new),
            }
        }
    }

    /// An edge stands in the changes, another way than before, or no longer.
    pub fn note_edge(
        &mut self,
        schema: &Schema,
        key: EdgeKey,
        old: Option<&EdgePatch>,
        new: Option<&EdgePatch>,
    ) {
        for def in schema.indices().iter().filter(|d| d.kind.is_on_edges() && !d.is_of_labels()) {
            match (self.part(def), new) {
                (DeltaPart::Keys(keys), Some(new)) => keys.add_edge(schema, def, key, new),
                (DeltaPart::Keys(_), None) => {}
                (DeltaPart::Texts(texts), _) => texts.change_edge(schema, def, key, old, new),
            }
        }
    }

    /// An edge of the base does not count any more.
    pub fn note_hidden(&mut self, schema: &Schema, base: &Base, label: LabelId, edge: EdgeOrdinal) {
        for def in schema.indices().iter().filter(|d| d.kind.is_full_text()) {
            if let DeltaPart::Texts(texts) = self.part(def) {
                texts.hide_edge(schema, def, base, label, edge);
            }
        }
    }

    /// All parts, in an order that is always the same.
    #[cfg(test)]
    pub fn sorted(&self) -> Vec<(&IndexId, &DeltaPart)> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_unstable_by_key(|entry| entry.0);
        all
    }

    /// Takes in the indices that a schema has and forgets those that it has not. Indices that are new here
    /// get everything that has changed so far.
    pub fn follow(&mut self, schema: &Schema, base: &Base, delta: &Delta) {
        let gone: Vec<IndexId> =
            self.0.keys().filter(|id| !schema.indices().iter().any(|d| d.id == **id)).copied().collect();
        for id in gone {
            self.0.remove(&id);
        }
        for def in schema.indices().iter().filter(|d| !d.is_of_labels()) {
            if !self.0.contains_key(&def.id) {
                // Without a context nothing stops this.
                if let Ok(part) = DeltaPart::of(None, schema, def, base, delta) {
                    self.0.insert(def.id, part);
                }
            }
        }
    }

    fn keys(&self, id: IndexId) -> Option<&Keys> {
        match self.0.get(&id)? {
            DeltaPart::Keys(keys) => Some(keys),
            DeltaPart::Texts(_) => None,
        }
    }

    /// What a version adds to a full-text index.
    pub fn text(&self, id: IndexId) -> &TextDelta {
        static NOTHING: LazyLock<TextDelta> = LazyLock::new(TextDelta::default);
        match self.0.get(&id) {
            Some(DeltaPart::Texts(texts)) => texts,
            _ => &NOTHING,
        }
    }

    pub fn vertices(&self, id: IndexId, hash: u64) -> impl Iterator<Item = VertexIx> + '_ {
        let range = (hash, 0)..=(hash, u32::MAX);
        self.keys(id).into_iter().flat_map(move |k| k.vertices.range(range.clone())).map(|e| VertexIx(e.1))
    }

    pub fn edges(&self, id: IndexId, hash: u64) -> impl Iterator<Item = EdgeKey> + '_ {
        let (low, _) = EdgeKey::around(0);
        let (_, high) = EdgeKey::around(u32::MAX);
        let range = (hash, low)..=(hash, high);
        self.keys(id).into_iter().flat_map(move |k| k.edges.range(range.clone())).map(|e| e.1)
    }
}

impl Snapshot {
    /// Changed vertices that an index has under a hash. Some may have changed again.
    pub fn changed_vertices_by(&self, id: IndexId, hash: u64) -> impl Iterator<Item = VertexIx> + '_ {
        self.keys.vertices(id, hash)
    }

    /// Places of changed edges that an index has under a hash. Some may be gone.
    pub fn changed_edges_by(
        &self,
        id: IndexId,
        hash: u64,
    ) -> impl Iterator<Item = crate::snapshot::EdgePlace> + '_ {
        self.keys.edges(id, hash).map(crate::snapshot::EdgePlace::of_change)
    }
}
