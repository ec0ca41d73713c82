//! The results of complete jobs: stored before the job seals, mapped again when someone asks.
//!
//! Every reader gets the stored form, also right after the end: a result holds no memory of the job
//! that computed it, and what a restart will show is what is shown now.

use crate::error::{Failure, OutcomeError};
use crate::id::JobId;
use crate::job::Job;
use crate::outcome_file;
use crate::record::{Kept, StoredScalar};
use crate::shared::lock;
use gesso_core::{JobContext, Outcome};
use gesso_store::{Disk, StoreError};
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Results kept open at most; bounds the file maps of the process.
const OPEN_MAX: usize = 256;
/// Size up to which single values go into the record instead of a file.
const INLINE_BYTES_MAX: usize = 16 << 10;

/// The directory of the results, and the ones that were asked for lately.
#[derive(Debug)]
pub struct Results {
    dir: PathBuf,
    open: Mutex<VecDeque<(JobId, Arc<Outcome>)>>,
}

impl Results {
    /// Results in `dir`, which is made if there is none.
    pub fn open(dir: PathBuf) -> Result<Results, StoreError> {
        fs::create_dir_all(&dir).map_err(at(&dir, "create"))?;
        Ok(Results { dir, open: Mutex::default() })
    }

    /// A fifth of the disk that is free, and of the `kept_bytes` that results take already.
    pub fn share_of_disk(&self, kept_bytes: u64) -> Result<u64, StoreError> {
        let disk =
            rustix::fs::statvfs(&self.dir).map_err(|e| at(&self.dir, "look at the disk of")(e.into()))?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize).saturating_add(kept_bytes) / 5)
    }

    /// Makes a result durable, in a file if it has a list or a form of its own. Stops with the job.
    pub fn keep(&self, ctx: &JobContext, job: &Job, outcome: &Outcome) -> Result<Kept, Failure> {
        if outcome.list.is_none() && outcome.more.is_empty() && !outcome.is_data {
            let scalars: Vec<(String, StoredScalar)> =
                outcome.scalars.iter().map(|(name, value)| (name.clone(), value.into())).collect();
            match serde_json::to_vec(&scalars) {
                _ if scalars.is_empty() => return Ok(Kept::Nothing),
                Ok(text) if text.len() <= INLINE_BYTES_MAX => return Ok(Kept::Inline(scalars)),
                _ => {}
            }
        }
        match outcome_file::save(ctx, &self.path(job.id()), outcome) {
            Ok(info) => Ok(Kept::File { size_bytes: info.size_bytes }),
            Err(StoreError::Stopped(stop)) => Err(stop.into()),
            Err(e) => {
                tracing::error!(job = %job.id(), error = %e, "result cannot be stored");
                Err(Failure::new(job.kind().failure_code(), "result cannot be stored: see the server's log"))
            }
        }
    }

    /// The result of a complete job.
    pub fn load(&self, id: &JobId, kept: Kept) -> Result<Arc<Outcome>, OutcomeError> {
        match kept {
            Kept::Nothing => Ok(Arc::default()),
            Kept::Inline(scalars) => {
                let scalars = scalars.iter().map(|(name, value)| (name.clone(), value.into())).collect();
                Ok(Arc::new(Outcome { scalars, ..Outcome::default() }))
            }
            Kept::Expired => Err(OutcomeError::Expired),
            Kept::File { .. } => self.load_file(id),
        }
    }

    /// Drops the file of a result. Who reads it at the moment may go on.
    pub fn remove(&self, id: &JobId) {
        lock(&self.open).retain(|(open, _)| open != id);
        // Neither a cancel nor a job that makes room waits for the space of a large file.
        match Disk::default().remove_file(&self.path(id)) {
            Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            Err(e) => tracing::warn!(error = %e, "result cannot be removed"),
            Ok(()) => {}
        }
    }

    /// Removes everything that is not the result of a job in `is_kept`: what a crash left.
    pub fn sweep(&self, is_kept: impl Fn(&JobId) -> bool) -> Result<(), StoreError> {
        for entry in fs::read_dir(&self.dir).map_err(at(&self.dir, "list"))? {
            let entry = entry.map_err(at(&self.dir, "list"))?;
            let name = entry.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".seg")).and_then(JobId::parse);
            if !id.is_some_and(|id| is_kept(&id)) {
                fs::remove_file(entry.path()).map_err(at(&entry.path(), "remove"))?;
            }
        }
        Ok(())
    }

    fn load_file(&self, id: &JobId) -> Result<Arc<Outcome>, OutcomeError> {
        if let Some((_, outcome)) = lock(&self.open).iter().find(|(open, _)| open == id) {
            return Ok(outcome.clone());
        }
        let outcome = match outcome_file::load(&self.path(id)) {
            Ok(outcome) => Arc::new(outcome),
            Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(OutcomeError::Expired);
            }
            Err(e) => return Err(e.into()),
        };
        let mut open = lock(&self.open);
        let oldest = if open.len() >= OPEN_MAX { open.pop_front() } else { None };
        open.push_back((id.clone(), outcome.clone()));
        drop(open);
        drop(oldest);
        Ok(outcome)
    }

    fn path(&self, id: &JobId) -> PathBuf {
        self.dir.join(format!("{id}.seg"))
    }
}

fn at(path: &Path, act: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { path: path.to_owned(), act, source }
}
