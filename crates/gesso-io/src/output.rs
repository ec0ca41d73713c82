//! Files of an export: all of them appear, or none.
//!
//! ```text
//! dir/.name.<pid>-<n>.tmp   written and fsynced, one after another
//!       │ rename, once every file is whole
//!       ▼
//! dir/name
//! ```
//! | crash here | this is found |
//! | --- | --- |
//! | while files are written | what was there before, and `.tmp` files that no import reads |
//! | while they are renamed | each file old or new, and whole |

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Why an export can not be written.
#[derive(Debug, thiserror::Error)]
#[error("`{}`: cannot {act}: {source}", path.display())]
pub struct OutputError {
    path: PathBuf,
    act: &'static str,
    source: io::Error,
}

/// Files under temporary names; removed when dropped before [`OutputFiles::commit`].
#[derive(Debug, Default)]
pub struct OutputFiles {
    open: Option<BufWriter<File>>,
    /// (temporary name, name), in order of their beginning.
    staged: Vec<(PathBuf, PathBuf)>,
}

impl OutputFiles {
    /// Ends the present file and begins the next one, whose directory is made if it is missing.
    pub fn begin(&mut self, target: &Path) -> Result<(), OutputError> {
        // Relaxed: only uniqueness within the process matters.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        self.end()?;
        if let Some(dir) = target.parent() {
            fs::create_dir_all(dir).map_err(at(dir, "create"))?;
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let number = COUNT.fetch_add(1, Relaxed);
        let temp = target.with_file_name(format!(".{name}.{}-{number}.tmp", std::process::id()));
        let file =
            OpenOptions::new().write(true).create_new(true).open(&temp).map_err(at(&temp, "create"))?;
        self.staged.push((temp, target.to_owned()));
        self.open = Some(BufWriter::with_capacity(1 << 18, file));
        Ok(())
    }

    /// Writes to the present file.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        let Some(file) = &mut self.open else { return Ok(()) };
        let written = file.write_all(bytes);
        written.map_err(|source| self.failed("write", source))
    }

    /// Makes the present file whole and durable, under its temporary name.
    fn end(&mut self) -> Result<(), OutputError> {
        let Some(file) = self.open.take() else { return Ok(()) };
        let synced = file.into_inner().map_err(io::IntoInnerError::into_error).and_then(|f| f.sync_all());
        synced.map_err(|source| self.failed("write", source))
    }

    fn failed(&self, act: &'static str, source: io::Error) -> OutputError {
        let path = self.staged.last().map(|s| s.1.clone()).unwrap_or_default();
        OutputError { path, act, source }
    }

    /// Makes everything durable that was written; a commit afterwards only renames.
    pub fn finish(&mut self) -> Result<(), OutputError> {
        self.end()
    }

    /// Gives every file its name, replacing what had it.
    pub fn commit(mut self) -> Result<(), OutputError> {
        self.end()?;
        let mut dirs: Vec<PathBuf> = Vec::new();
        while let Some((temp, target)) = self.staged.pop() {
            if let Err(source) = fs::rename(&temp, &target) {
                let error = OutputError { path: target.clone(), act: "rename to", source };
                self.staged.push((temp, target));
                return Err(error);
            }
            let dir = target.parent().map(Path::to_owned).unwrap_or_default();
            if !dirs.contains(&dir) {
                dirs.push(dir);
            }
        }
        for dir in dirs {
            File::open(&dir).and_then(|d| d.sync_all()).map_err(at(&dir, "fsync"))?;
        }
        Ok(())
    }
}

impl Drop for OutputFiles {
    fn drop(&mut self) {
        self.open = None;
        for (temp, _) in &self.staged {
            // Nothing can be done about a failure, and no import reads the file.
            _ = fs::remove_file(temp);
        }
    }
}

fn at(path: &Path, act: &'static str) -> impl FnOnce(io::Error) -> OutputError {
    let path = path.to_owned();
    move |source| OutputError { path, act, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_appear_together_and_a_dropped_export_leaves_none() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("parts/b"));
        fs::write(&a, "old").unwrap();
        let mut files = OutputFiles::default();
        files.begin(&a).unwrap();
        files.write(b"new a").unwrap();
        files.begin(&b).unwrap();
        files.write(b"new b").unwrap();
        assert_eq!(fs::read(&a).unwrap(), b"old");
        drop(files);
        assert_eq!(fs::read(&a).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path().join("parts")).unwrap().count(), 0);
        let mut files = OutputFiles::default();
        files.begin(&a).unwrap();
        files.write(b"new a").unwrap();
        files.begin(&b).unwrap();
        files.commit().unwrap();
        assert_eq!((fs::read(&a).unwrap(), fs::read(&b).unwrap()), (b"new a".to_vec(), Vec::new()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
