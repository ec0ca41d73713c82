//! Files of one job that are written out of sight and become visible at its end.
//!
//! ```text
//! local    <root>/.gesso-staging/<owner>/<n>   written, fsynced
//!                │ rename
//!                ▼
//!          <root>/bucket/key                   then the directory is fsynced
//! remote   parts of a multipart upload         sent, acknowledged
//!                │ complete
//!                ▼
//!          the object
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before [`OutputFile::publish`] | no file of that name, or the old one; what is staged is removed at the next start |
//! | during it | of each file all or nothing |
//! | after [`OutputDir::settle`] | all files |
//!
//! Unfinished uploads of a process that died stay in the remote store, unseen, until a lifecycle rule of
//! the bucket removes them.

use super::ObjectError;
use super::remote::{RemoteDir, Upload};
use crate::atomic::sync_dir;
use crate::discard;
use crate::disk::Disk;
use crate::error::{StoreError, io_at};
use crate::pace::Pace;
use gesso_core::{JobContext, Stop};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Name of the directory in which files are staged, below the object root and each allowed directory.
pub const STAGING_DIR: &str = ".gesso-staging";
/// Bytes written between two checkpoints.
const PIECE: usize = 256 << 10;

/// Why an output can not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The path or the store is not usable.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// The file system refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The job was stopped; nothing is to be seen of the file.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// A directory of the object root, or a prefix of a bucket, that files are written to.
#[derive(Clone, Debug)]
pub struct OutputDir(Place);

#[derive(Clone, Debug)]
enum Place {
    /// Without a place to stage files they are staged beside their names.
    Local {
        dir: PathBuf,
        staging: Option<PathBuf>,
    },
    Remote(RemoteDir),
}

/// A file that nobody sees yet. Dropped before [`OutputFile::publish`], it leaves no trace.
#[derive(Debug)]
pub struct OutputFile(Kind);

#[derive(Debug)]
enum Kind {
    Local(Staged),
    Remote(Upload),
}

#[derive(Debug)]
struct Staged {
    /// None once it is whole: there may be many files.
    file: Option<Arc<File>>,
    /// Where it is written; empty once it has its name.
    path: PathBuf,
    target: PathBuf,
    pace: Pace,
}

impl OutputDir {
    pub(super) fn local(dir: PathBuf, staging: PathBuf) -> OutputDir {
        OutputDir(Place::Local { dir, staging: Some(staging) })
    }

    /// A directory of this machine that need not be below any root.
    pub fn at(dir: PathBuf) -> OutputDir {
        OutputDir(Place::Local { dir, staging: None })
    }

    /// The directory of a name, which is one segment of a path, below this one.
    pub fn within(&self, name: &str) -> OutputDir {
        OutputDir(match &self.0 {
            Place::Local { dir, staging } => Place::Local { dir: dir.join(name), staging: staging.clone() },
            Place::Remote(dir) => Place::Remote(dir.within(name)),
        })
    }

    /// Makes the directory, where stores have such a thing.
    pub fn make(&self) -> Result<(), OutputError> {
        match &self.0 {
            Place::Local { dir, .. } => Ok(Disk::default().create_dir(dir)?),
            Place::Remote(_) => Ok(()),
        }
    }

    /// Writes a small file of a job that has been stopped, without waiting for a network.
    pub fn leave(&self, name: &str, bytes: Vec<u8>) -> Result<(), OutputError> {
        match &self.0 {
            Place::Remote(dir) => Ok(dir.leave(name, bytes)?),
            Place::Local { dir, .. } => {
                let mut file = self.stage(dir, name)?;
                file.append(&bytes)?;
                file.finish()?;
                OutputFile(Kind::Local(file)).publish()?;
                self.settle()
            }
        }
    }

    pub(super) fn remote(dir: RemoteDir) -> OutputDir {
        OutputDir(Place::Remote(dir))
    }

    /// Begins a file of that name, which is one segment of a path.
    pub fn begin(&self, ctx: &JobContext, name: &str) -> Result<OutputFile, OutputError> {
        match &self.0 {
            Place::Remote(dir) => Ok(OutputFile(Kind::Remote(dir.begin(ctx, name)?))),
            Place::Local { dir, .. } => Ok(OutputFile(Kind::Local(self.stage(dir, name)?))),
        }
    }

    fn stage(&self, dir: &Path, name: &str) -> Result<Staged, OutputError> {
        let target = dir.join(name);
        if target.is_dir() {
            let path = target.display().to_string();
            return Err(ObjectError::NotA { path, expected: "file" }.into());
        }
        // Relaxed: only uniqueness within the process matters; the directory is this process's own.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Relaxed);
        let (parent, staged) = match &self.0 {
            Place::Local { staging: Some(staging), .. } => (staging.as_path(), count.to_string()),
            // The process tells apart what several of them stage in one directory.
            _ => (dir, format!(".{name}.{}-{count}", std::process::id())),
        };
        fs::create_dir_all(parent).map_err(io_at(parent, "create"))?;
        let path = parent.join(staged);
        let file = File::create(&path).map_err(io_at(&path, "create"))?;
        Ok(Staged { file: Some(Arc::new(file)), path, target, pace: Pace::default() })
    }

    /// Names of the files that are there, in no order.
    pub fn names(&self, ctx: &JobContext) -> Result<Vec<String>, OutputError> {
        match &self.0 {
            Place::Remote(dir) => dir.names(ctx),
            Place::Local { dir, .. } => match fs::read_dir(dir) {
                Ok(entries) => {
                    Ok(entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect())
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
                Err(e) => Err(io_at(dir, "list")(e).into()),
            },
        }
    }

    /// Removes a file. The job has sealed, so that nothing stops this.
    pub fn remove(&self, name: &str) -> Result<(), OutputError> {
        match &self.0 {
            Place::Local { dir, .. } => {
                let path = dir.join(name);
                Ok(discard::remove_file(&path).map_err(io_at(&path, "remove"))?)
            }
            Place::Remote(dir) => Ok(dir.remove(name)?),
        }
    }

    /// Makes the names of published files durable.
    pub fn settle(&self) -> Result<(), OutputError> {
        match &self.0 {
            Place::Local { dir, .. } => Ok(sync_dir(dir)?),
            Place::Remote(_) => Ok(()),
        }
    }
}

impl OutputFile {
    /// Appends bytes. Stops between pieces when the job is stopped.
    pub fn write(&mut self, ctx: &JobContext, bytes: &[u8]) -> Result<(), OutputError> {
        for piece in bytes.chunks(PIECE) {
            ctx.checkpoint()?;
            match &mut self.0 {
                Kind::Local(file) => file.write(ctx, piece)?,
                Kind::Remote(upload) => upload.write(ctx, piece)?,
            }
        }
        Ok(())
    }

    /// Brings every byte to where it will stay, still unseen. What is left then takes moments.
    pub fn prepare(&mut self, ctx: &JobContext) -> Result<(), OutputError> {
        ctx.checkpoint()?;
        match &mut self.0 {
            Kind::Local(file) => file.prepare(ctx)?,
            Kind::Remote(upload) => upload.flush(ctx)?,
        }
        Ok(())
    }

    /// Makes a prepared file visible, in place of what had its name.
    pub fn publish(self) -> Result<(), OutputError> {
        match self.0 {
            Kind::Local(mut file) => {
                if let Some(dir) = file.target.parent() {
                    // With its name made durable: what is settled later is the directory's content.
                    Disk::default().create_dir(dir)?;
                }
                fs::rename(&file.path, &file.target).map_err(io_at(&file.target, "rename to"))?;
                file.path = PathBuf::new();
                Ok(())
            }
            Kind::Remote(upload) => Ok(upload.complete()?),
        }
    }
}

impl Staged {
    fn append(&self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file
            .as_deref()
            .map_or(Ok(()), |mut file| file.write_all(bytes))
            .map_err(io_at(&self.target, "write"))
    }

    fn write(&mut self, ctx: &JobContext, bytes: &[u8]) -> Result<(), OutputError> {
        self.append(bytes)?;
        let Some(file) = &self.file else { return Ok(()) };
        self.pace.wrote(bytes.len(), || {
            let file = file.clone();
            Ok(ctx.aside(move || file.sync_data())?.map_err(io_at(&self.target, "fsync"))?)
        })
    }

    /// Makes the bytes durable and closes the file. Stops with the job.
    fn prepare(&mut self, ctx: &JobContext) -> Result<(), OutputError> {
        let Some(file) = self.file.take() else { return Ok(()) };
        Ok(ctx.aside(move || file.sync_all())?.map_err(io_at(&self.path, "fsync"))?)
    }

    /// Makes the bytes durable and closes the file.
    fn finish(&mut self) -> Result<(), StoreError> {
        match self.file.take() {
            Some(file) => file.sync_all().map_err(io_at(&self.path, "fsync")),
            None => Ok(()),
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            self.file = None;
            // Nothing can be done about a failure; the next start tries again.
            _ = discard::remove_file(&self.path);
        }
    }
}

/// Removes what an earlier process of this owner has staged below a base directory.
pub(super) fn clear_staging(base: &Path, owner: &str) -> Result<(), StoreError> {
    let staging = base.join(STAGING_DIR);
    let own = staging.join(owner);
    match fs::remove_dir_all(&own) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(io_at(&own, "remove")(e)),
        _ => {
            // Fails while another owner has something in it, and where there is none.
            _ = fs::remove_dir(&staging);
            Ok(())
        }
    }
}
