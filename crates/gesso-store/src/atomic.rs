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

use crate::error::{StoreError, io_at};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How the name of a temporary file ends.
pub const TEMP_SUFFIX: &str = ".tmp";

/// A file under a temporary name that [`AtomicFile::commit`] moves to its own; removed when dropped.
#[derive(Debug)]
pub struct AtomicFile {
    file: File,
    temp: PathBuf,
    target: PathBuf,
    is_committed: bool,
}

impl AtomicFile {
    /// Opens a new temporary file beside `target`, whose directory must exist.
    pub fn create(target: &Path) -> Result<AtomicFile, StoreError> {
        // Relaxed: only uniqueness within the process matters.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Relaxed);
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temp = target.with_file_name(format!(".{name}.{}-{number}{TEMP_SUFFIX}", std::process::id()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&temp)
            .map_err(io_at(&temp, "create"))?;
        Ok(AtomicFile { file, temp, target: target.to_owned(), is_committed: false })
    }

    /// Where the file will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The open temporary file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Makes the content durable and gives it its name, replacing what had it. Returns the open file.
    pub fn commit(mut self) -> Result<File, StoreError> {
        self.file.sync_all().map_err(io_at(&self.temp, "fsync"))?;
        fs::rename(&self.temp, &self.target).map_err(io_at(&self.target, "rename to"))?;
        self.is_committed = true;
        sync_dir(parent_of(&self.target))?;
        self.file.try_clone().map_err(io_at(&self.target, "keep open"))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.is_committed {
            // Nothing can be done about a failure, and nobody reads the file.
            _ = fs::remove_file(&self.temp);
        }
    }
}

/// Makes the names in a directory durable.
pub fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir).and_then(|d| d.sync_all()).map_err(io_at(dir, "fsync directory"))
}

/// Removes temporary files that a crash left in a directory. For directories of one owner only.
pub fn remove_leftovers(dir: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(dir).map_err(io_at(dir, "list"))? {
        let entry = entry.map_err(io_at(dir, "list"))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(TEMP_SUFFIX) {
            fs::remove_file(entry.path()).map_err(io_at(&entry.path(), "remove"))?;
        }
    }
    Ok(())
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn what_a_crash_left_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        std::mem::forget(AtomicFile::create(&dir.path().join("f")).unwrap());
        fs::write(dir.path().join("kept"), "").unwrap();
        remove_leftovers(dir.path()).unwrap();
        let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["kept"]);
    }
}
