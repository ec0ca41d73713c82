//! Where the index library keeps its files: in memory that the job pays for while it builds, so that a
//! stopped job or one without memory ends at its next write.

use gesso_core::{Gate, JobContext, Reservation};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use tantivy::Directory;
use tantivy::directory::error::{DeleteError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, FileHandle, OwnedBytes, TerminatingWrite, WatchCallback, WatchHandle, WritePtr,
};

/// Named files that never change once they are written.
#[derive(Clone, Default)]
pub(super) struct Files {
    files: Arc<RwLock<BTreeMap<PathBuf, OwnedBytes>>>,
    /// Who pays, as long as it is being written.
    payer: Option<Arc<Payer>>,
}

struct Payer {
    gate: Arc<Gate>,
    held: Mutex<Reservation>,
}

impl Payer {
    /// Fails when the job was stopped or has no memory left; its gate knows why.
    fn pay(&self, size_bytes: u64) -> io::Result<()> {
        self.gate.check().map_err(io::Error::other)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.grow(size_bytes).map_err(|e| {
            self.gate.stop(gesso_core::Stop::Memory);
            io::Error::other(e)
        })
    }
}

impl Files {
    /// No files yet, written by a job.
    pub fn of_job(ctx: &JobContext) -> Result<Files, gesso_core::Stop> {
        let payer = Payer { gate: ctx.gate().clone(), held: Mutex::new(ctx.reserve(0)?) };
        Ok(Files { files: Arc::default(), payer: Some(Arc::new(payer)) })
    }

    /// Files that were read back.
    pub fn of_stored(files: BTreeMap<PathBuf, OwnedBytes>) -> Files {
        Files { files: Arc::new(RwLock::new(files)), payer: None }
    }

    /// The same files, which nobody pays for any more.
    pub fn released(&self) -> Files {
        Files { files: self.files.clone(), payer: None }
    }

    /// All files, in the order of their names.
    pub fn all(&self) -> Vec<(PathBuf, OwnedBytes)> {
        self.read().iter().map(|(path, content)| (path.clone(), content.clone())).collect()
    }

    pub fn size_bytes(&self) -> usize {
        self.read().values().map(OwnedBytes::len).sum()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<PathBuf, OwnedBytes>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, path: &Path, content: Vec<u8>) {
        let mut files = self.files.write().unwrap_or_else(PoisonError::into_inner);
        files.insert(path.to_owned(), OwnedBytes::new(content));
    }

    fn pay(&self, size_bytes: usize) -> io::Result<()> {
        self.payer.as_ref().map_or(Ok(()), |payer| payer.pay(size_bytes as u64))
    }
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.read().keys()).finish()
    }
}

impl Directory for Files {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let found = self.read().get(path).cloned();
        match found {
            Some(bytes) => Ok(Arc::new(bytes)),
            None => Err(OpenReadError::FileDoesNotExist(path.to_owned())),
        }
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        let removed = self.files.write().unwrap_or_else(PoisonError::into_inner).remove(path);
        removed.map(drop).ok_or_else(|| DeleteError::FileDoesNotExist(path.to_owned()))
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.read().contains_key(path))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let file = NewFile { files: self.clone(), path: path.to_owned(), content: Vec::new() };
        Ok(io::BufWriter::new(Box::new(file)))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        let found = self.read().get(path).map(|bytes| bytes.as_slice().to_vec());
        found.ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        self.pay(data.len())?;
        self.put(path, data.to_vec());
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        // Nobody is told: the files of a piece never change.
        Ok(WatchHandle::empty())
    }
}

/// A file that is there once it is whole.
struct NewFile {
    files: Files,
    path: PathBuf,
    content: Vec<u8>,
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.files.pay(bytes.len())?;
        self.content.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for NewFile {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        let mut content = std::mem::take(&mut self.content);
        content.shrink_to_fit();
        self.files.put(&self.path, content);
        Ok(())
    }
}
