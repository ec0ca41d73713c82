//! Where a backup lies, and what can be read there.

use super::{BACKUP_VERSION, Backup, BackupFile, DOCUMENT, hex, stored};
use crate::disk::{Disk, DiskFile};
use crate::error::{StoreError, damaged, io_at};
use crate::manifest::decode_json;
use crate::objects::RemoteDir;
use crate::objects::RemoteFile;
use crate::pace::Pace;
use gesso_core::JobContext;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Bytes copied between two checkpoints.
const PIECE: usize = 256 << 10;
/// Bytes that `backup.json` may have; it takes some 200 a file.
const DOCUMENT_BYTES_MAX: u64 = 256 << 20;

/// Where a backup lies.
#[derive(Clone, Debug)]
pub enum BackupPlace {
    /// A directory.
    Dir(Disk, PathBuf),
    /// A prefix of a bucket.
    Bucket(RemoteDir),
}

/// Bytes that can be read from any place of them.
pub trait Source {
    /// Reads until the buffer is full or the bytes end; gives how many.
    fn read_full(&self, ctx: &JobContext, buffer: &mut [u8], at: u64) -> Result<usize, StoreError>;
}

/// A file of a disk.
pub struct DiskSource {
    file: Box<dyn DiskFile>,
    path: PathBuf,
}

impl DiskSource {
    /// Opens it.
    pub fn open(disk: &Disk, path: &Path) -> Result<DiskSource, StoreError> {
        Ok(DiskSource { file: disk.open_read(path)?, path: path.to_owned() })
    }
}

impl Source for DiskSource {
    fn read_full(&self, _: &JobContext, buffer: &mut [u8], at: u64) -> Result<usize, StoreError> {
        self.file.read_full_at(buffer, at).map_err(io_at(&self.path, "read"))
    }
}

impl Source for &[u8] {
    fn read_full(&self, _: &JobContext, buffer: &mut [u8], at: u64) -> Result<usize, StoreError> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let Some((to, from)) = buffer.get_mut(..count).zip(rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }
}

impl Source for RemoteFile {
    fn read_full(&self, ctx: &JobContext, buffer: &mut [u8], at: u64) -> Result<usize, StoreError> {
        self.read(ctx, buffer, at)
    }
}

impl BackupPlace {
    /// The place as messages name it.
    pub fn shown(&self) -> PathBuf {
        match self {
            BackupPlace::Dir(_, dir) => dir.clone(),
            BackupPlace::Bucket(dir) => dir.shown().into(),
        }
    }

    /// The place of a name below this one.
    pub fn join(&self, name: &str) -> BackupPlace {
        match self {
            BackupPlace::Dir(disk, dir) => BackupPlace::Dir(disk.clone(), dir.join(name)),
            BackupPlace::Bucket(dir) => BackupPlace::Bucket(dir.below(name)),
        }
    }

    /// Names of the places directly below, in order.
    pub fn names(&self, ctx: &JobContext) -> Result<Vec<String>, StoreError> {
        match self {
            BackupPlace::Dir(disk, dir) => {
                Ok(disk.list(dir)?.into_iter().filter(|e| e.is_dir).map(|e| e.name).collect())
            }
            BackupPlace::Bucket(dir) => dir.dirs(ctx),
        }
    }

    /// True if a whole backup is there.
    pub fn holds_backup(&self, ctx: &JobContext) -> Result<bool, StoreError> {
        Ok(self.document(ctx)?.is_some())
    }

    /// Reads what a backup says of itself; none of its files.
    pub fn read<M: DeserializeOwned>(&self, ctx: &JobContext) -> Result<Backup<M>, StoreError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let path = self.shown().join(DOCUMENT);
        let text = self.document(ctx)?.ok_or_else(|| StoreError::NoBackup { dir: self.shown() })?;
        let Version { version } = decode_json(&path, &text)?;
        crate::version::check(&path, version, BACKUP_VERSION)?;
        let backup: Backup<M> = decode_json(&path, &text)?;
        for file in &backup.files {
            // A path is joined to a directory: it must not lead out of it.
            let mut parts = Path::new(&file.path).components();
            if file.path.is_empty() || !parts.all(|part| matches!(part, Component::Normal(_))) {
                return Err(damaged(&path, 0, format!("file `{}` is outside the backup", file.path)));
            }
        }
        Ok(backup)
    }

    /// Copies a file of the backup to a disk, or nowhere, just to check it. Fails if it is not what it was.
    pub fn restore_file(
        &self,
        ctx: &JobContext,
        file: &BackupFile,
        target: Option<(&Disk, &Path)>,
    ) -> Result<(), StoreError> {
        let source = self.shown().join(stored(&file.path));
        let from: Box<dyn Source> = match self {
            BackupPlace::Dir(disk, _) => Box::new(DiskSource::open(disk, &source)?),
            BackupPlace::Bucket(dir) => Box::new(dir.open(ctx, &stored(&file.path))?),
        };
        let (size_bytes, sha256) = match target {
            Some((disk, path)) => copy_to_disk(ctx, &*from, disk, path)?,
            None => pump(ctx, &*from, |_, _| Ok(()))?,
        };
        if size_bytes != file.size_bytes {
            let reason = format!("{size_bytes} bytes, expected {}", file.size_bytes);
            return Err(damaged(&source, size_bytes.min(file.size_bytes), reason));
        }
        if sha256 != file.sha256 {
            let reason = format!("SHA-256 of the file is {sha256}, expected {}", file.sha256);
            return Err(damaged(&source, 0, reason));
        }
        Ok(())
    }

    fn document(&self, ctx: &JobContext) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            BackupPlace::Dir(disk, dir) => disk.read_if_any(&dir.join(DOCUMENT)),
            BackupPlace::Bucket(dir) => dir.read_small(ctx, DOCUMENT, DOCUMENT_BYTES_MAX),
        }
    }
}

/// Writes what a source has into a new file, durably but for its name; gives size and SHA-256.
pub(super) fn copy_to_disk(
    ctx: &JobContext,
    from: &dyn Source,
    disk: &Disk,
    path: &Path,
) -> Result<(u64, String), StoreError> {
    let (file, mut pace): (Arc<dyn DiskFile>, _) = (disk.create(path)?.into(), Pace::default());
    let copied = pump(ctx, from, |bytes, at| {
        file.write_all_at(bytes, at).map_err(io_at(path, "write"))?;
        pace.wrote(bytes.len(), || {
            let file = file.clone();
            ctx.aside(move || file.sync_data())?.map_err(io_at(path, "fsync"))
        })
    })?;
    ctx.aside(move || file.sync_all())?.map_err(io_at(path, "fsync"))?;
    Ok(copied)
}

/// Reads a source to its end and hands the pieces on, each with its place; gives size and SHA-256.
pub(super) fn pump(
    ctx: &JobContext,
    from: &dyn Source,
    mut to: impl FnMut(&[u8], u64) -> Result<(), StoreError>,
) -> Result<(u64, String), StoreError> {
    let (mut at, mut hash, mut piece) = (0u64, Sha256::new(), vec![0; PIECE]);
    loop {
        ctx.checkpoint()?;
        let read = from.read_full(ctx, &mut piece, at)?;
        let bytes = piece.get(..read).unwrap_or_default();
        hash.update(bytes);
        to(bytes, at)?;
        at += read as u64;
        ctx.advance(read as u64);
        if read < PIECE {
            return Ok((at, hex(&hash.finalize())));
        }
    }
}
