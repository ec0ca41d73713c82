//! What can go wrong with stored bytes.

use crate::objects::ObjectError;
use gesso_core::Stop;
use std::io;
use std::path::{Path, PathBuf};

/// An error of the log, a segment, a document or the data directory's lock.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused an act on a file or directory.
    #[error("`{}`: cannot {act}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried, such as `read` or `fsync`.
        act: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// Bytes that were written once are not what they were.
    #[error(
        "`{}` is damaged at byte {offset}: {reason}; nothing was changed; run `gesso verify` to see the \
         extent or `gesso restore` to go back to a backup",
        file.display()
    )]
    Damaged {
        /// The damaged file.
        file: PathBuf,
        /// Bytes from its start.
        offset: u64,
        /// What was found instead of what was expected.
        reason: String,
    },
    /// The file was written by a newer program.
    #[error(
        "`{}` has format version {found}; this program reads up to {supported}: use a newer release",
        file.display()
    )]
    TooNew {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that this program reads.
        supported: u32,
    },
    /// The file was written by a program that was never released.
    #[error("`{}` has format version {found}; this program reads from {oldest} on", file.display())]
    TooOld {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: u32,
        /// The oldest version that this program reads.
        oldest: u32,
    },
    /// An earlier write or fsync of this log failed; nothing is written to it until it is opened again.
    #[error("log `{}` is read-only since a write failed: {cause}", dir.display())]
    ReadOnly {
        /// The log's directory.
        dir: PathBuf,
        /// The message of the first failure.
        cause: String,
    },
    /// A file has been replaced, but whether the old one or the new one is found after a crash is open.
    #[error("`{}` was replaced, but not durably: {cause}", file.display())]
    Unsure {
        /// The file.
        file: PathBuf,
        /// Why.
        cause: String,
    },
    /// A directory that is to take a backup holds one.
    #[error("`{}` holds a backup already; name another directory", dir.display())]
    BackupExists {
        /// The directory.
        dir: PathBuf,
    },
    /// A directory that is named as a backup is none, or one that was never finished.
    #[error("`{}` is not a backup: it has no backup.json", dir.display())]
    NoBackup {
        /// The directory.
        dir: PathBuf,
    },
    /// The remote store refused, or can not be reached.
    #[error("`{path}`: {reason}")]
    Remote {
        /// The path as its user wrote it.
        path: String,
        /// What the store, or the way to it, said.
        reason: String,
    },
    /// Another process works on the data directory.
    #[error(
        "data directory `{}` is in use by {}: stop that process or name another directory",
        dir.display(),
        holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        /// The data directory.
        dir: PathBuf,
        /// The process id that the holder wrote down, if it is readable.
        holder: Option<u32>,
    },
    /// A record is larger than a log takes.
    #[error("record of {size_bytes} bytes is larger than the {limit_bytes} bytes that a log takes")]
    RecordTooLarge {
        /// The size of the record's payload.
        size_bytes: usize,
        /// The largest payload.
        limit_bytes: usize,
    },
    /// A segment holds no array of that name.
    #[error("`{}` holds no array `{name}`", file.display())]
    NoArray {
        /// The segment file.
        file: PathBuf,
        /// The name asked for.
        name: String,
    },
    /// An array was asked for with elements of another size than it was written with.
    #[error("`{}`: array `{name}` has elements of {found} bytes, not of {expected}", file.display())]
    ElementSize {
        /// The segment file.
        file: PathBuf,
        /// The array.
        name: String,
        /// Bytes an element in the file.
        found: u32,
        /// Bytes an element of the type asked for.
        expected: u32,
    },
    /// An array's name is longer than 65,535 bytes, or was given to an earlier array of the segment.
    #[error("`{}`: array name `{name}` is used twice or too long", file.display())]
    ArrayName {
        /// The segment file.
        file: PathBuf,
        /// The name.
        name: String,
    },
    /// A document cannot be turned into JSON, or its JSON is not the expected document.
    #[error("`{}`: {source}", file.display())]
    Document {
        /// The document's file.
        file: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The job on whose behalf bytes were moved was stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl StoreError {
    /// What an object path met with.
    pub(crate) fn of_object(shown: &str, error: &ObjectError) -> StoreError {
        let reason = match error {
            ObjectError::Remote { reason, .. } => reason.clone(),
            other => other.to_string(),
        };
        StoreError::Remote { path: shown.to_owned(), reason }
    }
}

/// Names file and act of an error of the operating system.
pub(crate) fn io_at(path: &Path, act: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { path: path.to_owned(), act, source }
}

/// A damage at a place.
pub(crate) fn damaged(file: &Path, offset: u64, reason: impl Into<String>) -> StoreError {
    StoreError::Damaged { file: file.to_owned(), offset, reason: reason.into() }
}
