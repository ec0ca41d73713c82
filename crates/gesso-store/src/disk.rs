//! The file system as the store uses it: a small trait, so that everything above can be driven against a
//! twin that tears, loses, reorders and refuses.
//!
//! [`Disk`] is what the rest of the store holds: it names file and act of each error, repeats short reads
//! and writes, and makes new directories durable. `real` is the operating system, [`sim`] the twin.
//!
//! What is relied on, and no more: a synced file keeps its bytes; a synced directory keeps its names; a
//! rename within a directory happens whole or not at all; 512 bytes are written all or none, and a write that
//! succeeds in part ends at a border of 512 bytes, as those of page caches do. Nothing is assumed of the order in which unsynced writes, sizes and names reach the disk.

mod real;
pub mod sim;

use crate::error::{StoreError, io_at};
use memmap2::Mmap;
use real::RealFs;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What a file system does. Paths are whole; nothing is synced unless asked for.
pub trait FileSystem: fmt::Debug + Send + Sync {
    /// A new or emptied file, for reading and writing.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// An existing file, for reading and writing.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// An existing file, for reading.
    fn open_read(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// The bytes of a file that is never written again and not empty.
    fn map(&self, path: &Path) -> io::Result<Arc<Mmap>>;
    /// What a directory holds, in no order.
    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>>;
    /// A new directory in an existing one.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// True if there is such a directory.
    fn is_dir(&self, dir: &Path) -> bool;
    /// Gives a file or directory another name in the same directory, replacing a file that has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory with everything in it.
    fn remove_dir(&self, dir: &Path) -> io::Result<()>;
    /// Removes a directory that holds nothing.
    fn remove_empty_dir(&self, dir: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// An open file. Reads and writes may be short, as those of the operating system.
pub trait DiskFile: fmt::Debug + Send + Sync {
    /// Reads from a place; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize>;
    /// Writes at a place.
    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize>;
    /// Bytes in the file.
    fn size(&self) -> io::Result<u64>;
    /// Cuts the file, or fills it up with zeroes.
    fn set_size(&self, size_bytes: u64) -> io::Result<()>;
    /// Takes space for a part of the file where the file system can; [`io::ErrorKind::Unsupported`] where
    /// it can not.
    fn reserve(&self, from: u64, len: u64) -> io::Result<()>;
    /// Makes bytes, and the size that is needed to read them, durable.
    fn sync_data(&self) -> io::Result<()>;
    /// Makes bytes and all metadata durable.
    fn sync_all(&self) -> io::Result<()>;
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// The name; names that are not UTF-8 are none of ours, and left out.
    pub name: String,
    /// True for a directory.
    pub is_dir: bool,
    /// Bytes of a file.
    pub size_bytes: u64,
}

/// A file system with errors that name file and act. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Disk(Arc<dyn FileSystem>);

impl Default for Disk {
    /// The operating system's.
    fn default() -> Disk {
        Disk(Arc::new(RealFs))
    }
}

impl Disk {
    /// Another file system.
    pub fn of(fs: Arc<dyn FileSystem>) -> Disk {
        Disk(fs)
    }

    /// See [`FileSystem::create`].
    pub fn create(&self, path: &Path) -> Result<Box<dyn DiskFile>, StoreError> {
        self.0.create(path).map_err(io_at(path, "create"))
    }

    /// See [`FileSystem::open`].
    pub fn open(&self, path: &Path) -> Result<Box<dyn DiskFile>, StoreError> {
        self.0.open(path).map_err(io_at(path, "open"))
    }

    /// See [`FileSystem::open_read`].
    pub fn open_read(&self, path: &Path) -> Result<Box<dyn DiskFile>, StoreError> {
        self.0.open_read(path).map_err(io_at(path, "open"))
    }

    /// All bytes of a file; none if there is no such file.
    pub fn read_if_any(&self, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.0.open_read(path).and_then(|file| read_all(&*file));
        match read {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(io_at(path, "read")(e)),
        }
    }

    /// All bytes of a file.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, StoreError> {
        let missing = || io_at(path, "read")(io::ErrorKind::NotFound.into());
        self.read_if_any(path)?.ok_or_else(missing)
    }

    /// See [`FileSystem::map`].
    pub fn map(&self, path: &Path) -> Result<Arc<Mmap>, StoreError> {
        self.0.map(path).map_err(io_at(path, "map"))
    }

    /// What a directory holds, by name.
    pub fn list(&self, dir: &Path) -> Result<Vec<DirEntry>, StoreError> {
        let mut entries = self.0.list(dir).map_err(io_at(dir, "list"))?;
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Makes a directory and those above it, each durably; one that exists is fine.
    pub fn create_dir(&self, dir: &Path) -> Result<(), StoreError> {
        if dir.as_os_str().is_empty() || self.0.is_dir(dir) {
            return Ok(());
        }
        let parent = parent_of(dir);
        if parent != dir {
            self.create_dir(parent)?;
        }
        match self.0.create_dir(dir) {
            Ok(()) => {}
            // Another thread was faster, and may not have synced it yet.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && self.0.is_dir(dir) => {}
            Err(e) => return Err(io_at(dir, "create")(e)),
        }
        self.sync_dir(parent).inspect_err(|_| {
            // Else the next attempt would find the directory, and take it for durable.
            _ = self.0.remove_empty_dir(dir);
        })
    }

    /// True if there is such a directory.
    pub fn is_dir(&self, dir: &Path) -> bool {
        self.0.is_dir(dir)
    }

    /// See [`FileSystem::rename`]. Durable only after [`Disk::sync_dir`].
    pub fn rename(&self, from: &Path, to: &Path) -> Result<(), StoreError> {
        self.0.rename(from, to).map_err(io_at(to, "rename to"))
    }

    /// Gives a file a second name. False where that is not possible: between two file systems, on one that
    /// knows no second names, or if the file is gone.
    pub fn link(&self, from: &Path, to: &Path) -> Result<bool, StoreError> {
        use io::ErrorKind::{CrossesDevices, NotFound, PermissionDenied, TooManyLinks, Unsupported};
        match self.0.link(from, to) {
            Ok(()) => Ok(true),
            Err(e)
                if matches!(
                    e.kind(),
                    CrossesDevices | NotFound | PermissionDenied | TooManyLinks | Unsupported
                ) =>
            {
                Ok(false)
            }
            Err(e) => Err(io_at(to, "link to")(e)),
        }
    }

    /// Removes a file.
    pub fn remove_file(&self, path: &Path) -> Result<(), StoreError> {
        self.0.remove_file(path).map_err(io_at(path, "remove"))
    }

    /// Removes a directory with everything in it.
    pub fn remove_dir(&self, dir: &Path) -> Result<(), StoreError> {
        self.0.remove_dir(dir).map_err(io_at(dir, "remove"))
    }

    /// See [`FileSystem::remove_empty_dir`].
    pub fn remove_empty_dir(&self, dir: &Path) -> Result<(), StoreError> {
        self.0.remove_empty_dir(dir).map_err(io_at(dir, "remove"))
    }

    /// Makes the names in a directory durable.
    pub fn sync_dir(&self, dir: &Path) -> Result<(), StoreError> {
        self.0.sync_dir(dir).map_err(io_at(dir, "fsync directory"))
    }
}

impl dyn DiskFile + '_ {
    /// Writes all bytes at a place.
    pub fn write_all_at(&self, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write_at(bytes, at) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    bytes = bytes.get(written..).unwrap_or_default();
                    at += written as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Reads bytes at a place until the buffer is full or the file ends; gives how many.
    pub fn read_full_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read_at(rest, at + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(filled)
    }
}

fn read_all(file: &dyn DiskFile) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(file.size()?).map_err(|_| io::ErrorKind::FileTooLarge)?];
    let read = file.read_full_at(&mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}

/// The directory that a path is in.
pub fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        Some(_) => Path::new("."),
        None => path,
    }
}
