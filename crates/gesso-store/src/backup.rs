//! Copies of files in another place, with checksums: the bytes of a backup.
//!
//! ```text
//! <backup>/segments/…     the files, under the names that their owner gave
//! <backup>/backup.json    written last: what the files are, their sizes and SHA-256
//! ```
//! The place is a directory (`backup/dir.rs`) or a prefix of a bucket (`backup/bucket.rs`).
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before `backup.json` is there | what is no backup, and the next attempt there takes over |
//! | after it | the whole backup |
//!
//! A file that an earlier backup in a place of the same kind has already is not sent again: it gets a second
//! name where the file system can, and is copied within the bucket by the store. Each backup is whole in
//! itself, and any may be removed.

mod bucket;
mod dir;
mod place;

use crate::error::StoreError;
use crate::manifest::encode_json;
use bucket::BucketTarget;
use dir::DirTarget;
use gesso_core::JobContext;
pub use place::{BackupPlace, DiskSource, Source};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

/// Version of the layout of a backup.
pub const BACKUP_VERSION: u32 = 1;
const DOCUMENT: &str = "backup.json";
const FILES: &str = "segments";

/// What `backup.json` says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Backup<M> {
    /// Version of the layout, and of what `about` means.
    pub version: u32,
    /// What the files are, in their owner's words.
    pub about: M,
    /// The files.
    pub files: Vec<BackupFile>,
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupFile {
    /// Where it is below `segments`.
    pub path: String,
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Files with one identity have the same bytes; none where nobody can tell without reading.
    pub identity: Option<String>,
}

/// What becomes a backup in one kind of place. Dropped before [`Target::finish`], it leaves nothing.
trait Target {
    /// Takes over a file of an earlier backup as `path`. False if it has to be sent.
    fn share(
        &mut self,
        ctx: &JobContext,
        from: &BackupPlace,
        old: &str,
        path: &str,
    ) -> Result<bool, StoreError>;
    /// Adds a file; gives its size and SHA-256.
    fn add(&mut self, ctx: &JobContext, path: &str, source: &dyn Source)
    -> Result<(u64, String), StoreError>;
    /// Makes it a backup that says this of itself. The job has sealed.
    fn finish(&mut self, document: &[u8]) -> Result<(), StoreError>;
}

/// A backup being written. Dropped before [`BackupWriter::finish`], it leaves nothing.
pub struct BackupWriter {
    target: Box<dyn Target>,
    earlier: Option<(BackupPlace, HashMap<String, BackupFile>)>,
    files: Vec<BackupFile>,
    copied_bytes: u64,
}

impl BackupWriter {
    /// Begins a backup in a place that holds none. With `earlier`, files of that backup are shared.
    pub fn create(
        ctx: &JobContext,
        place: &BackupPlace,
        earlier: Option<&BackupPlace>,
    ) -> Result<BackupWriter, StoreError> {
        if place.holds_backup(ctx)? {
            return Err(StoreError::BackupExists { dir: place.shown() });
        }
        let earlier = match earlier {
            None => None,
            Some(place) => {
                let backup: Backup<serde::de::IgnoredAny> = place.read(ctx)?;
                let known = backup.files.into_iter().filter_map(|f| Some((f.identity.clone()?, f)));
                Some((place.clone(), known.collect()))
            }
        };
        let target: Box<dyn Target> = match place {
            BackupPlace::Dir(disk, dir) => Box::new(DirTarget::begin(disk, dir)?),
            BackupPlace::Bucket(dir) => Box::new(BucketTarget::begin(ctx, dir)?),
        };
        Ok(BackupWriter { target, earlier, files: Vec::new(), copied_bytes: 0 })
    }

    /// Adds a file that does not change any more. Stops between pieces when the job is stopped.
    pub fn copy(
        &mut self,
        ctx: &JobContext,
        path: &str,
        source: &dyn Source,
        identity: Option<String>,
    ) -> Result<(), StoreError> {
        ctx.checkpoint()?;
        if let Some((place, known)) = &self.earlier
            && let Some(old) = identity.as_ref().and_then(|identity| known.get(identity))
            && self.target.share(ctx, place, &old.path, path)?
        {
            ctx.advance(old.size_bytes);
            self.files.push(BackupFile { path: path.to_owned(), ..old.clone() });
            return Ok(());
        }
        let (size_bytes, sha256) = self.target.add(ctx, path, source)?;
        self.copied_bytes += size_bytes;
        self.files.push(BackupFile { path: path.to_owned(), size_bytes, sha256, identity });
        Ok(())
    }

    /// Bytes written so far; what is shared with an earlier backup is not among them.
    pub fn copied_bytes(&self) -> u64 {
        self.copied_bytes
    }

    /// Makes it a backup, durably. The job has sealed: nothing stops this any more.
    pub fn finish<M: Serialize>(mut self, about: M) -> Result<Backup<M>, StoreError> {
        let backup = Backup { version: BACKUP_VERSION, about, files: self.files };
        self.target.finish(&encode_json(Path::new(DOCUMENT), &backup)?)?;
        Ok(backup)
    }
}

/// Where a file of a backup lies in its place.
fn stored(path: &str) -> String {
    format!("{FILES}/{path}")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a text does not fail.
        _ = write!(text, "{byte:02x}");
    }
    text
}
