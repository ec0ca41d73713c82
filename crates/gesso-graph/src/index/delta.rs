//! The changed rows of a version by the hash of their key.

use super::definition::{IndexDef, IndexId};
use super::key::seen_from;
use crate::delta::{Delta, EdgeKey, EdgePatch, VertexPatch};
use crate::schema::Schema;
use crate::snapshot::Snapshot;
use gesso_core::{JobContext, LabelId, Stop, VertexIx};
use imbl::{HashMap, OrdSet};

/// Keys of changed rows, by index. Entries are added and never taken back.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeltaKeys(HashMap<IndexId, Keys>);

/// Keys of one index: of vertices or of edges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    vertices: OrdSet<(u64, u32)>,
    edges: OrdSet<(u64, EdgeKey)>,
}

impl Keys {
    /// The keys of everything that `delta` has and `before` has not.
    pub fn of(
        ctx: Option<&JobContext>,
        schema: &Schema,
        def: &IndexDef,
        delta: &Delta,
        before: &Delta,
    ) -> Result<Keys, Stop> {
        let mut keys = Keys::default();
        let mut tick = ctx.map(JobContext::tick);
        let mut spend = |steps| tick.as_mut().map_or(Ok(()), |t| t.spend(steps));
        if def.kind.is_on_vertices() {
            for change in before.vertices.diff(&delta.vertices) {
                spend(32)?;
                if let Some((v, patch)) = newer(change) {
                    keys.add_vertex(schema, def, VertexIx(*v), patch);
                }
            }
        } else {
            for change in before.out.diff(&delta.out) {
                spend(32)?;
                if let Some((key, patch)) = newer(change) {
                    keys.add_edge(schema, def, *key, patch);
                }
            }
        }
        Ok(keys)
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

    /// Adds what other keys of the same index hold.
    pub fn extend(&mut self, other: Keys) {
        self.vertices.extend(other.vertices);
        self.edges.extend(other.edges);
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
    pub fn insert(&mut self, id: IndexId, keys: Keys) {
        self.0.insert(id, keys);
    }

    pub fn note_vertex(&mut self, schema: &Schema, v: VertexIx, patch: &VertexPatch) {
        for def in schema.indices().iter().filter(|d| d.kind.is_on_vertices() && !d.is_of_labels()) {
            self.0.entry(def.id).or_default().add_vertex(schema, def, v, patch);
        }
    }

    pub fn note_edge(&mut self, schema: &Schema, key: EdgeKey, patch: &EdgePatch) {
        for def in schema.indices().iter().filter(|d| !d.kind.is_on_vertices() && !d.is_of_labels()) {
            self.0.entry(def.id).or_default().add_edge(schema, def, key, patch);
        }
    }

    /// All keys, in an order that is always the same.
    #[cfg(test)]
    pub fn sorted(&self) -> Vec<(&IndexId, &Keys)> {
        let mut all: Vec<_> = self.0.iter().collect();
        all.sort_unstable_by_key(|entry| entry.0);
        all
    }

    /// Takes in the indices that a schema has and forgets those that it has not. Indices that are new here
    /// get the keys of everything that has changed so far.
    pub fn follow(&mut self, schema: &Schema, delta: &Delta) {
        let gone: Vec<IndexId> =
            self.0.keys().filter(|id| !schema.indices().iter().any(|d| d.id == **id)).copied().collect();
        for id in gone {
            self.0.remove(&id);
        }
        for def in schema.indices().iter().filter(|d| !d.is_of_labels()) {
            if !self.0.contains_key(&def.id) {
                // Without a context nothing stops this.
                if let Ok(keys) = Keys::of(None, schema, def, delta, &Delta::default()) {
                    self.0.insert(def.id, keys);
                }
            }
        }
    }

    pub fn vertices(&self, id: IndexId, hash: u64) -> impl Iterator<Item = VertexIx> + '_ {
        let range = (hash, 0)..=(hash, u32::MAX);
        self.0.get(&id).into_iter().flat_map(move |k| k.vertices.range(range.clone())).map(|e| VertexIx(e.1))
    }

    pub fn edges(&self, id: IndexId, hash: u64) -> impl Iterator<Item = EdgeKey> + '_ {
        let (low, _) = EdgeKey::around(0);
        let (_, high) = EdgeKey::around(u32::MAX);
        let range = (hash, low)..=(hash, high);
        self.0.get(&id).into_iter().flat_map(move |k| k.edges.range(range.clone())).map(|e| e.1)
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
