//! Index data of bases that are there already: read back or made again after a start, and written beside their
//! base. All of it in the background, while queries scan.

use super::data::IndexData;
use super::definition::IndexDef;
use super::stored;
use super::text::Fault;
use crate::graph::Graph;
use crate::snapshot::Snapshot;
use gesso_core::{JobContext, Stop};
use gesso_store::StoreError;
use std::path::PathBuf;
use std::sync::Arc;

impl Graph {
    /// Gives memory and disk of a dropped index back.
    pub fn free_index(&self, def: &IndexDef) {
        let snapshot = self.snapshot();
        snapshot.indices.remove(def.id);
        if let Some(dir) = self.base_dir(&snapshot) {
            // There may be no file; one that stays goes with its base.
            _ = self.disk.remove_file(&stored::path(&dir, def.id));
        }
    }

    /// True if an index of the newest version waits for [`Graph::build_missing_indices`].
    pub fn lacks_indices(&self) -> bool {
        missing(&self.snapshot()).next().is_some()
    }

    /// Makes the indices that the newest base lacks, as after a start: from disk, or anew.
    pub fn build_missing_indices(&self, ctx: &JobContext) -> Result<(), Stop> {
        let snapshot = self.snapshot();
        for def in missing(&snapshot) {
            if self.read_index(ctx, &snapshot, def)? {
                continue;
            }
            match IndexData::build(ctx, &snapshot.base, &snapshot.schema, def) {
                Ok(data) => snapshot.indices.insert(def.id, data),
                Err(Fault::Stopped(stop)) => return Err(stop),
                Err(fault) => tracing::error!(index = &*def.name, %fault, "an index is not built"),
            }
        }
        Ok(())
    }

    /// Reads the data of an index back. False if there are none that can be used.
    fn read_index(&self, ctx: &JobContext, snapshot: &Snapshot, def: &IndexDef) -> Result<bool, Stop> {
        let Some(dir) = self.base_dir(snapshot) else { return Ok(false) };
        let fault = match stored::load(ctx, &self.disk, &dir, &snapshot.base, def) {
            Ok(Some(data)) if data.is_complete(&snapshot.base, &snapshot.schema, def) => {
                snapshot.indices.insert(def.id, data);
                snapshot.indices.settle(def.id);
                return Ok(true);
            }
            Ok(_) => return Ok(false),
            Err(Fault::Stopped(stop)) => return Err(stop),
            Err(fault) => fault,
        };
        tracing::warn!(index = &*def.name, %fault, "stored data of an index are made again");
        _ = self.disk.remove_file(&stored::path(&dir, def.id));
        Ok(false)
    }

    /// True if data of an index wait for [`Graph::save_indices`].
    pub fn has_unsaved_indices(&self) -> bool {
        unsaved(&self.snapshot()).next().is_some()
    }

    /// Writes the data of indices beside their base, so that the next start finds them. What can not be written
    /// is made again then.
    pub fn save_indices(&self, ctx: &JobContext) -> Result<(), Stop> {
        let snapshot = self.snapshot();
        for (def, data) in unsaved(&snapshot) {
            let Some(dir) = self.base_dir(&snapshot) else {
                // No base on disk: there is nothing in it to index.
                snapshot.indices.settle(def.id);
                continue;
            };
            match stored::save(ctx, &self.disk, &dir, def, &data) {
                Ok(()) => {}
                Err(StoreError::Stopped(stop)) => return Err(stop),
                // Another base has taken its place meanwhile.
                Err(_) if self.base_dir(&snapshot).is_none() => {}
                Err(error) => tracing::warn!(index = &*def.name, %error, "an index is not stored"),
            }
            snapshot.indices.settle(def.id);
        }
        Ok(())
    }

    /// The directory of a version's base, if that is the present one and on disk.
    fn base_dir(&self, snapshot: &Snapshot) -> Option<PathBuf> {
        let writer = self.lock_writer();
        let is_present = Arc::ptr_eq(&writer.tip.base, &snapshot.base);
        writer.manifest.base.as_ref().filter(|_| is_present).map(|name| self.dir.join(name))
    }
}

fn missing(snapshot: &Snapshot) -> impl Iterator<Item = &Arc<IndexDef>> {
    let lacks = |def: &&Arc<IndexDef>| match snapshot.indices.data(def.id) {
        None => true,
        Some(data) => !data.is_complete(&snapshot.base, &snapshot.schema, def),
    };
    snapshot.schema.indices().iter().filter(|d| !d.is_of_labels()).filter(lacks)
}

fn unsaved(snapshot: &Snapshot) -> impl Iterator<Item = (&Arc<IndexDef>, IndexData)> {
    let defs = snapshot.schema.indices().iter();
    defs.filter_map(|def| Some((def, snapshot.indices.unsettled(def.id)?)))
}
