//! Index data on disk, beside the base that they are over.
//!
//! ```text
//! base-…/index-00000005.seg     the data of index 5: `about` says what they are of, as JSON
//!                               equality: covered, <label>.shift, <label>.offsets, <label>.rows
//!                               full text: v0.rows, v0/<file of the library>, …; edges: e0.label, e0.rows, …
//! ```
//! Data are written in the background, once they are in use, and are never the only place of anything: what is
//! missing, damaged, of another base or of another definition is made again. No manifest names them.
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before the file has its name | no data; they are made again |
//! | after it | the data, as long as the base is the same |
//! | after the index was dropped, before its file is removed | a file that nobody asks for, until the base goes |

use super::base::BaseIndex;
use super::data::IndexData;
use super::definition::{IndexDef, IndexId};
use super::text::{Fault, TextIndex};
use crate::base::Base;
use crate::snapshot::Snapshot;
use gesso_core::{JobContext, Stop};
use gesso_store::{Disk, Segment, SegmentWriter, StoreError};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Changed whenever the same definition over the same base would be stored another way, or words be cut
/// another way.
const FORMAT: u32 = 1;

/// What stored data are of.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct About {
    format: u32,
    base: String,
    kind: String,
    labels: Vec<u16>,
    properties: Vec<String>,
    key_bytes: u16,
}

impl About {
    fn of(dir: &Path, def: &IndexDef) -> About {
        About {
            format: FORMAT,
            base: dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            kind: def.kind.name().to_owned(),
            labels: def.labels.iter().map(|label| label.0).collect(),
            properties: def.properties.iter().map(ToString::to_string).collect(),
            key_bytes: def.key_bytes,
        }
    }
}

/// Where the data of an index are, in the directory of their base.
pub(super) fn path(dir: &Path, id: IndexId) -> PathBuf {
    dir.join(format!("index-{:08x}.seg", id.0))
}

/// Writes the data of an index into the directory of their base.
pub(super) fn save(
    ctx: &JobContext,
    disk: &Disk,
    dir: &Path,
    def: &IndexDef,
    data: &IndexData,
) -> Result<(), StoreError> {
    let mut w = SegmentWriter::create_on(disk, &path(dir, def.id))?;
    // Plain strings and numbers always serialise.
    w.bytes(ctx, "about", &serde_json::to_vec(&About::of(dir, def)).unwrap_or_default())?;
    match data {
        IndexData::Keys(index) => index.save(ctx, &mut w)?,
        IndexData::Texts(index) => index.save(ctx, &mut w)?,
    }
    w.finish(ctx).map(drop)
}

/// The data of an index, if they are there and are what they should be.
pub(super) fn load(
    ctx: &JobContext,
    disk: &Disk,
    dir: &Path,
    base: &Base,
    def: &IndexDef,
) -> Result<Option<IndexData>, Fault> {
    let path = path(dir, def.id);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    if !disk.list(dir)?.iter().any(|entry| Some(&entry.name) == name.as_ref()) {
        return Ok(None);
    }
    let segment = Segment::open_on(disk, &path)?;
    segment.verify(ctx)?;
    let about: Option<About> = serde_json::from_slice(&segment.array::<u8>("about")?).ok();
    if about != Some(About::of(dir, def)) {
        return Err(Fault::Broken(format!("`{}` is of another index or of another base", path.display())));
    }
    Ok(Some(if def.kind.is_full_text() {
        IndexData::Texts(Arc::new(TextIndex::load(ctx, &segment, base, def)?))
    } else {
        IndexData::Keys(Arc::new(BaseIndex::load(ctx, &segment, base, def)?))
    }))
}

/// What a verification found of stored index data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoredIndices {
    /// Indices whose data are stored and sound.
    pub sound: u64,
    /// Indices whose data can not be used. They are made again after the next start.
    pub damaged: u64,
}

impl StoredIndices {
    /// Reads the stored data of every index, and changes nothing.
    pub(crate) fn look(
        ctx: &JobContext,
        disk: &Disk,
        base_dir: Option<&Path>,
        snapshot: &Snapshot,
    ) -> Result<StoredIndices, Stop> {
        let mut found = StoredIndices::default();
        let Some(dir) = base_dir else { return Ok(found) };
        for def in snapshot.schema.indices().iter().filter(|def| !def.is_of_labels()) {
            match load(ctx, disk, dir, &snapshot.base, def) {
                Ok(None) => {}
                Ok(Some(_)) => found.sound += 1,
                Err(Fault::Stopped(stop)) => return Err(stop),
                Err(Fault::Broken(_)) => found.damaged += 1,
            }
        }
        Ok(found)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        match error {
            StoreError::Stopped(stop) => Fault::Stopped(stop),
            other => Fault::Broken(other.to_string()),
        }
    }
}
