//! A backup in a directory.

use super::place::copy_to_disk;
use super::{BackupPlace, DOCUMENT, FILES, Source, Target, stored};
use crate::disk::{Disk, parent_of};
use crate::error::StoreError;
use crate::manifest::save_bytes_on;
use gesso_core::JobContext;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// See the module.
pub struct DirTarget {
    disk: Disk,
    dir: PathBuf,
    /// Those that hold files: their names are made durable at the end.
    dirs: BTreeSet<PathBuf>,
    is_whole: bool,
}

impl DirTarget {
    /// Takes over what an attempt that came to no end has left.
    pub fn begin(disk: &Disk, dir: &Path) -> Result<DirTarget, StoreError> {
        let files = dir.join(FILES);
        if disk.is_dir(&files) {
            disk.remove_dir(&files)?;
        }
        disk.create_dir(&files)?;
        Ok(DirTarget { disk: disk.clone(), dir: dir.to_owned(), dirs: BTreeSet::new(), is_whole: false })
    }

    fn place(&mut self, path: &str) -> Result<PathBuf, StoreError> {
        let target = self.dir.join(stored(path));
        let dir = parent_of(&target).to_owned();
        self.disk.create_dir(&dir)?;
        self.dirs.insert(dir);
        Ok(target)
    }
}

impl Target for DirTarget {
    fn share(
        &mut self,
        _: &JobContext,
        from: &BackupPlace,
        old: &str,
        path: &str,
    ) -> Result<bool, StoreError> {
        let BackupPlace::Dir(_, dir) = from else { return Ok(false) };
        let target = self.place(path)?;
        self.disk.link(&dir.join(stored(old)), &target)
    }

    fn add(
        &mut self,
        ctx: &JobContext,
        path: &str,
        source: &dyn Source,
    ) -> Result<(u64, String), StoreError> {
        let target = self.place(path)?;
        copy_to_disk(ctx, source, &self.disk, &target)
    }

    fn finish(&mut self, document: &[u8]) -> Result<(), StoreError> {
        for dir in &self.dirs {
            self.disk.sync_dir(dir)?;
        }
        let saved = save_bytes_on(&self.disk, &self.dir.join(DOCUMENT), document);
        // If that is open, the files must stay with what names them.
        self.is_whole = matches!(saved, Ok(()) | Err(StoreError::Unsure { .. }));
        saved
    }
}

impl Drop for DirTarget {
    fn drop(&mut self) {
        if !self.is_whole {
            // What can not be removed now is taken over by the next attempt.
            _ = self.disk.remove_dir(&self.dir.join(FILES));
            _ = self.disk.remove_empty_dir(&self.dir);
        }
    }
}
