//! Copies of files in another directory, with checksums: the bytes of a backup.
//!
//! ```text
//! <backup>/segments/…     the files, under the names that their owner gave
//! <backup>/backup.json    written last: what the files are, their sizes and SHA-256
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before `backup.json` is there | a directory that is no backup, which [`BackupWriter::create`] takes over |
//! | after it | the whole backup |
//!
//! A file that an earlier backup has already gets a second name there where the file system can; each
//! backup is whole in itself, and any may be removed.

use crate::disk::{Disk, DiskFile, parent_of};
use crate::error::{StoreError, damaged, io_at};
use crate::manifest::{load_json_on, save_json_on};
use crate::pace::Pace;
use gesso_core::JobContext;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// Version of the layout of a backup.
pub const BACKUP_VERSION: u32 = 1;
/// Bytes copied between two checkpoints.
const PIECE: usize = 1 << 20;
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

/// A backup being written. Dropped before [`BackupWriter::finish`], it leaves files without `backup.json`.
#[derive(Debug)]
pub struct BackupWriter {
    disk: Disk,
    dir: PathBuf,
    earlier: Option<(PathBuf, HashMap<String, BackupFile>)>,
    files: Vec<BackupFile>,
    dirs: BTreeSet<PathBuf>,
    copied_bytes: u64,
}

impl BackupWriter {
    /// Begins a backup in a directory that holds none. With `earlier`, files of that backup are shared.
    pub fn create(disk: &Disk, dir: &Path, earlier: Option<&Path>) -> Result<BackupWriter, StoreError> {
        if disk.read_if_any(&dir.join(DOCUMENT))?.is_some() {
            return Err(StoreError::BackupExists { dir: dir.to_owned() });
        }
        let earlier = match earlier {
            None => None,
            Some(dir) => {
                let backup: Backup<serde::de::IgnoredAny> = read_backup(disk, dir)?;
                let known = backup.files.into_iter().filter_map(|f| Some((f.identity.clone()?, f)));
                Some((dir.join(FILES), known.collect()))
            }
        };
        if disk.is_dir(&dir.join(FILES)) {
            // An attempt that came to no end.
            disk.remove_dir(&dir.join(FILES))?;
        }
        disk.create_dir(&dir.join(FILES))?;
        let (disk, dir, files, dirs) = (disk.clone(), dir.to_owned(), Vec::new(), BTreeSet::new());
        Ok(BackupWriter { disk, dir, earlier, files, dirs, copied_bytes: 0 })
    }

    /// Adds a file that does not change any more. Stops between pieces when the job is stopped.
    pub fn copy(
        &mut self,
        ctx: &JobContext,
        path: &str,
        source: &Path,
        identity: Option<String>,
    ) -> Result<(), StoreError> {
        let target = self.place(path)?;
        if let Some((dir, known)) = &self.earlier
            && let Some(old) = identity.as_ref().and_then(|identity| known.get(identity))
            && self.disk.link(&dir.join(&old.path), &target)?
        {
            self.files.push(BackupFile { path: path.to_owned(), ..old.clone() });
            return Ok(());
        }
        let from = self.disk.open_read(source)?;
        let (size_bytes, sha256) = copy_bytes(ctx, &*from, source, Some((&self.disk, &target)))?;
        self.copied_bytes += size_bytes;
        self.files.push(BackupFile { path: path.to_owned(), size_bytes, sha256, identity });
        Ok(())
    }

    /// Adds a file of these bytes.
    pub fn write(&mut self, path: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let target = self.place(path)?;
        let file = self.disk.create(&target)?;
        file.write_all_at(bytes, 0).map_err(io_at(&target, "write"))?;
        file.sync_all().map_err(io_at(&target, "fsync"))?;
        let (size_bytes, sha256) = (bytes.len() as u64, hex(&Sha256::digest(bytes)));
        self.copied_bytes += size_bytes;
        self.files.push(BackupFile { path: path.to_owned(), size_bytes, sha256, identity: None });
        Ok(())
    }

    /// Bytes written so far; what is shared with an earlier backup is not among them.
    pub fn copied_bytes(&self) -> u64 {
        self.copied_bytes
    }

    /// Makes it a backup, durably.
    pub fn finish<M: Serialize>(self, about: M) -> Result<Backup<M>, StoreError> {
        for dir in &self.dirs {
            self.disk.sync_dir(dir)?;
        }
        let backup = Backup { version: BACKUP_VERSION, about, files: self.files };
        save_json_on(&self.disk, &self.dir.join(DOCUMENT), &backup)?;
        Ok(backup)
    }

    fn place(&mut self, path: &str) -> Result<PathBuf, StoreError> {
        let target = self.dir.join(FILES).join(path);
        let dir = parent_of(&target).to_owned();
        self.disk.create_dir(&dir)?;
        self.dirs.insert(dir);
        Ok(target)
    }
}

/// Reads what a backup says of itself; none of its files.
pub fn read_backup<M: DeserializeOwned>(disk: &Disk, dir: &Path) -> Result<Backup<M>, StoreError> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let path = dir.join(DOCUMENT);
    let missing = || StoreError::NoBackup { dir: dir.to_owned() };
    let Version { version } = load_json_on(disk, &path)?.ok_or_else(missing)?;
    crate::version::check(&path, version, BACKUP_VERSION)?;
    let backup: Backup<M> = load_json_on(disk, &path)?.ok_or_else(missing)?;
    for file in &backup.files {
        // A path is joined to a directory: it must not lead out of it.
        let is_inside = Path::new(&file.path).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_inside || file.path.is_empty() {
            return Err(damaged(&path, 0, format!("file `{}` is outside the backup", file.path)));
        }
    }
    Ok(backup)
}

/// Where a file of a backup lies.
pub fn backed_up(dir: &Path, path: &str) -> PathBuf {
    dir.join(FILES).join(path)
}

/// Copies a file of a backup to a place, or nowhere, just to check it. Fails if it is not what it was.
pub fn restore_file(
    ctx: &JobContext,
    disk: &Disk,
    dir: &Path,
    file: &BackupFile,
    target: Option<&Path>,
) -> Result<(), StoreError> {
    let source = backed_up(dir, &file.path);
    let from = disk.open_read(&source)?;
    let (size_bytes, sha256) = copy_bytes(ctx, &*from, &source, target.map(|target| (disk, target)))?;
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

/// Reads a file to its end, and writes what it reads; gives size and SHA-256.
fn copy_bytes(
    ctx: &JobContext,
    from: &dyn DiskFile,
    source: &Path,
    target: Option<(&Disk, &Path)>,
) -> Result<(u64, String), StoreError> {
    let to = target.map(|(disk, path)| Ok::<_, StoreError>((disk.create(path)?, path))).transpose()?;
    let (mut at, mut pace, mut hash) = (0u64, Pace::default(), Sha256::new());
    let mut piece = vec![0; PIECE];
    loop {
        ctx.checkpoint()?;
        let read = from.read_full_at(&mut piece, at).map_err(io_at(source, "read"))?;
        let bytes = piece.get(..read).unwrap_or_default();
        hash.update(bytes);
        if let Some((file, path)) = &to {
            file.write_all_at(bytes, at).map_err(io_at(path, "write"))?;
            pace.wrote(read, || file.sync_data().map_err(io_at(path, "fsync")))?;
        }
        at += read as u64;
        ctx.advance(read as u64);
        if read < PIECE {
            break;
        }
    }
    if let Some((file, path)) = &to {
        file.sync_all().map_err(io_at(path, "fsync"))?;
    }
    Ok((at, hex(&hash.finalize())))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a text does not fail.
        _ = write!(text, "{byte:02x}");
    }
    text
}
