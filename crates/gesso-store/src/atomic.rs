//! Files that appear whole or not at all.
//!
//! ```text
//! dir/.name.<pid>-<n>.tmp   written, fsynced
//!       │ rename
//!       ▼
//! dir/name                  then the directory is fsynced
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | while the temporary file is written | the old file, and a `.tmp` that nobody reads |
//! | after the rename, before the directory's fsync | the old file or the new one, each whole |
//! | after the directory's fsync | the new file |

use crate::disk::{Disk, DiskFile, parent_of};
use crate::error::{StoreError, io_at};
use gesso_core::JobContext;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How the name of a temporary file ends.
pub const TEMP_SUFFIX: &str = ".tmp";

/// A file under a temporary name that [`AtomicFile::commit`] moves to its own; removed when dropped.
pub struct AtomicFile {
    disk: Disk,
    /// None once the file has its name.
    file: Option<Arc<dyn DiskFile>>,
    at: u64,
    temp: PathBuf,
    target: PathBuf,
}

impl fmt::Debug for AtomicFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AtomicFile({}, {} bytes)", self.target.display(), self.at)
    }
}

impl AtomicFile {
    /// Opens a new temporary file beside `target`, whose directory must exist.
    pub fn create(target: &Path) -> Result<AtomicFile, StoreError> {
        AtomicFile::create_on(&Disk::default(), target)
    }

    /// [`AtomicFile::create`] on a disk.
    pub fn create_on(disk: &Disk, target: &Path) -> Result<AtomicFile, StoreError> {
        // Relaxed: only uniqueness within the process matters.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Relaxed);
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temp = target.with_file_name(format!(".{name}.{}-{number}{TEMP_SUFFIX}", std::process::id()));
        let file = Some(disk.create(&temp)?.into());
        Ok(AtomicFile { disk: disk.clone(), file, at: 0, temp, target: target.to_owned() })
    }

    /// Where the file will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Makes what was written so far durable, still under the temporary name. Stops with the job.
    pub fn sync_data(&self, ctx: &JobContext) -> Result<(), StoreError> {
        let Some(file) = self.file.clone() else { return Ok(()) };
        ctx.aside(move || file.sync_data())?.map_err(io_at(&self.temp, "fsync"))
    }

    /// Makes the content durable and gives it its name, replacing what had it. Returns the open file.
    ///
    /// Fails with [`StoreError::Unsure`] when the file has its name but the directory can not be synced:
    /// a crash may then bring back what was there before. After every other error the old file is there.
    pub fn commit(mut self) -> Result<Arc<dyn DiskFile>, StoreError> {
        self.file.as_ref().map_or(Ok(()), |file| file.sync_all()).map_err(io_at(&self.temp, "fsync"))?;
        // An error so far leaves the temporary file, which `drop` removes.
        self.disk.rename(&self.temp, &self.target)?;
        let file = self.file.take().unwrap_or_else(|| unreachable!("only a commit takes the file"));
        self.disk.sync_dir(parent_of(&self.target)).map_err(|e| self.unsure(&e))?;
        Ok(file)
    }

    /// [`AtomicFile::commit`] of a file whose name is new. Stops with the job, and then leaves no file.
    pub fn commit_new(mut self, ctx: &JobContext) -> Result<(), StoreError> {
        if let Some(file) = self.file.clone() {
            ctx.aside(move || file.sync_all())?.map_err(io_at(&self.temp, "fsync"))?;
        }
        let (disk, temp, target, gate) =
            (self.disk.clone(), self.temp.clone(), self.target.clone(), ctx.gate().clone());
        let named = ctx.aside(move || {
            disk.rename(&temp, &target)?;
            let synced = disk.sync_dir(parent_of(&target));
            if gate.stopped().is_some() {
                // Whoever waited may have gone before there was a file to remove.
                _ = disk.remove_file(&target);
            }
            Ok::<_, StoreError>(synced)
        });
        let synced = named.inspect_err(|_| {
            // Nothing can be done about a failure; nothing names the file that would stay.
            _ = self.disk.remove_file(&self.target);
        })??;
        self.file = None;
        synced.map_err(|e| self.unsure(&e))
    }

    fn unsure(&self, cause: &StoreError) -> StoreError {
        StoreError::Unsure { file: self.target.clone(), cause: cause.to_string() }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(file) = &self.file else { return Ok(0) };
        let written = file.write_at(bytes, self.at)?;
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // Closed while it has its name: then that does not wait for its space.
            drop(file);
            // Nothing can be done about a failure, and nobody reads the file.
            _ = self.disk.remove_file(&self.temp);
        }
    }
}

/// Makes the names in a directory durable.
pub fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    Disk::default().sync_dir(dir)
}

/// Removes temporary files that a crash left in a directory. For directories of one owner only.
pub fn remove_leftovers(disk: &Disk, dir: &Path) -> Result<(), StoreError> {
    for entry in disk.list(dir)? {
        if entry.name.starts_with('.') && entry.name.ends_with(TEMP_SUFFIX) {
            disk.remove_file(&dir.join(entry.name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_dropped_file_leaves_the_old_content_and_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let mut first = AtomicFile::create(&path).unwrap();
        first.write_all(b"one").unwrap();
        first.commit().unwrap();
        let mut second = AtomicFile::create(&path).unwrap();
        second.write_all(b"two").unwrap();
        drop(second);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_file_of_a_stopped_job_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        // Before the sync of the file, before it gets its name, and not at all.
        for (checkpoints, is_stopped) in [(1, true), (2, true), (3, false)] {
            let ctx = JobContext::detached(1, 0).stop_at_checkpoint(checkpoints);
            let mut file = AtomicFile::create(&path).unwrap();
            file.write_all(b"new").unwrap();
            let stopped = file.commit_new(&ctx);
            assert_eq!(matches!(stopped, Err(StoreError::Stopped(_))), is_stopped, "{stopped:?}");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), usize::from(!is_stopped));
        }
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn what_a_crash_left_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        std::mem::forget(AtomicFile::create(&dir.path().join("f")).unwrap());
        fs::write(dir.path().join("kept"), "").unwrap();
        remove_leftovers(&Disk::default(), dir.path()).unwrap();
        let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["kept"]);
    }
}
