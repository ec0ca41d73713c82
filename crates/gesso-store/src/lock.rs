//! One process a data directory.
//!
//! ```text
//! <dir>/lock   "<pid>\n", locked exclusively (flock) for as long as the process works here
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | anywhere | a file that nobody holds: the system drops the lock with its process |

use crate::disk::Disk;
use crate::error::{StoreError, io_at};
use rustix::fs::FlockOperation;
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// The exclusive lock of a data directory; given back on drop.
#[derive(Debug)]
pub struct DirLock {
    file: File,
}

impl Drop for DirLock {
    fn drop(&mut self) {
        // Closing is not enough: a process that is being started holds a copy of the file until it has begun.
        _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
    }
}

impl DirLock {
    /// Takes the lock, making the directory if there is none. Fails with [`StoreError::Locked`] at once
    /// when another process, or another part of this one, has it.
    pub fn acquire(dir: &Path) -> Result<DirLock, StoreError> {
        Disk::default().create_dir(dir)?;
        DirLock::acquire_existing(dir)
    }

    /// [`DirLock::acquire`] of a directory that must exist.
    pub fn acquire_existing(dir: &Path) -> Result<DirLock, StoreError> {
        let path = dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io_at(&path, "open"))?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let holder = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
                return Err(StoreError::Locked { dir: dir.to_owned(), holder });
            }
            Err(e) => return Err(io_at(&path, "lock")(e.into())),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(io_at(&path, "write"))?;
        Ok(DirLock { file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_and_told_who_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let held = DirLock::acquire(dir.path()).unwrap();
        let refused = DirLock::acquire(dir.path()).unwrap_err();
        assert!(matches!(refused, StoreError::Locked { holder: Some(pid), .. } if pid == std::process::id()));
        assert!(refused.to_string().contains(&dir.path().display().to_string()));
        drop(held);
        DirLock::acquire(dir.path()).unwrap();
    }
}
