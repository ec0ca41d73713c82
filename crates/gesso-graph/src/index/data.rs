//! The data of the indices over one base.

use super::base::BaseIndex;
use super::definition::{IndexDef, IndexId};
use super::text::{Fault, TextIndex};
use crate::base::Base;
use crate::schema::Schema;
use gesso_core::{JobContext, Stop};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The data of one index.
#[derive(Clone, Debug)]
pub(crate) enum IndexData {
    /// Of an index of equality.
    Keys(Arc<BaseIndex>),
    /// Of a full-text index.
    Texts(Arc<TextIndex>),
}

/// The indices over one base. Shared by all versions on the base, and filled as indices are built.
#[derive(Debug, Default)]
pub struct BaseIndices(RwLock<HashMap<IndexId, Entry>>);

#[derive(Clone, Debug)]
struct Entry {
    data: IndexData,
    /// On disk, too, or not to be put there.
    is_settled: bool,
}

impl IndexData {
    /// Builds an index. The present phase advances by the rows that were looked at.
    pub fn build(ctx: &JobContext, base: &Base, schema: &Schema, def: &IndexDef) -> Result<IndexData, Fault> {
        Ok(if def.kind.is_full_text() {
            IndexData::Texts(Arc::new(TextIndex::build(ctx, base, schema, def)?))
        } else {
            IndexData::Keys(Arc::new(BaseIndex::build(ctx, base, schema, def)?))
        })
    }

    /// False if rows of the base that the index covers now may be missing.
    pub fn is_complete(&self, base: &Base, schema: &Schema, def: &IndexDef) -> bool {
        match self {
            IndexData::Keys(index) => {
                schema.labels().filter(|l| def.covers(l)).all(|l| index.knows(base, l.id))
            }
            // A property that a label got after the base was made has no values there.
            IndexData::Texts(_) => true,
        }
    }
}

impl BaseIndices {
    /// The keys of an index of equality, if they have been made.
    pub fn get(&self, id: IndexId) -> Option<Arc<BaseIndex>> {
        match self.data(id)? {
            IndexData::Keys(index) => Some(index),
            IndexData::Texts(_) => None,
        }
    }

    /// The tokens of a full-text index, if they have been made.
    pub(crate) fn text(&self, id: IndexId) -> Option<Arc<TextIndex>> {
        match self.data(id)? {
            IndexData::Texts(index) => Some(index),
            IndexData::Keys(_) => None,
        }
    }

    pub(crate) fn data(&self, id: IndexId) -> Option<IndexData> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).map(|entry| entry.data.clone())
    }

    /// Data that are not on disk yet.
    pub(crate) fn unsettled(&self, id: IndexId) -> Option<IndexData> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(&id).filter(|entry| !entry.is_settled).map(|entry| entry.data.clone())
    }

    /// Says that data are on disk, or will not be.
    pub(crate) fn settle(&self, id: IndexId) {
        if let Some(entry) = self.0.write().unwrap_or_else(PoisonError::into_inner).get_mut(&id) {
            entry.is_settled = true;
        }
    }

    pub(crate) fn insert(&self, id: IndexId, data: IndexData) {
        let entry = Entry { data, is_settled: false };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, entry);
    }

    /// Takes an index out; its memory is free once the last query that uses it has ended.
    pub(crate) fn remove(&self, id: IndexId) {
        let removed = self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        drop(removed);
    }

    /// Builds every index of a schema over a base. One that can not be built is left out: queries do without,
    /// and it is tried again in the background.
    pub(crate) fn of(ctx: &JobContext, base: &Base, schema: &Schema) -> Result<BaseIndices, Stop> {
        let all = BaseIndices::default();
        for def in schema.indices().iter().filter(|d| !d.is_of_labels()) {
            match IndexData::build(ctx, base, schema, def) {
                Ok(data) => all.insert(def.id, data),
                Err(Fault::Stopped(stop)) => return Err(stop),
                Err(fault) => tracing::error!(index = &*def.name, %fault, "an index is not built"),
            }
        }
        Ok(all)
    }
}
