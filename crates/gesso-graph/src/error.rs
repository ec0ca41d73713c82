//! Why graphs can not be opened, changed or backed up.

use crate::apply::ApplyError;
use crate::op;
use gesso_core::Stop;
use gesso_store::StoreError;
use std::convert::Infallible;
use std::path::PathBuf;

/// Why a write did not happen. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError<E> {
    /// The caller's own reason.
    #[error("{0}")]
    Refused(E),
    /// An import has the graph to itself.
    #[error("graph [{0}] is importing")]
    Importing(String),
    /// The graph was deleted meanwhile.
    #[error("graph [{0}] is not found")]
    Deleted(String),
    /// The disk has failed; nothing is written until the graph is opened again. Whether this write is there
    /// then is open, unless the graph was read-only before it.
    #[error("graph [{name}] is read-only since the disk failed: {cause}")]
    ReadOnly {
        /// The graph.
        name: String,
        /// The first failure.
        cause: String,
    },
    /// The commit is larger than a log record may be.
    #[error(transparent)]
    TooLarge(StoreError),
    /// The log has reached its limit; a checkpoint is needed first.
    #[error(
        "graph [{name}]: the log has {bytes} bytes, expected less than {limit}: writes go on after a checkpoint"
    )]
    LogFull {
        /// The graph.
        name: String,
        /// Bytes of the log on disk.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The job was stopped before its commit.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl WriteError<Infallible> {
    /// The same where callers have reasons of their own.
    pub fn widened<E>(self) -> WriteError<E> {
        match self {
            WriteError::Refused(never) => match never {},
            WriteError::Importing(name) => WriteError::Importing(name),
            WriteError::Deleted(name) => WriteError::Deleted(name),
            WriteError::ReadOnly { name, cause } => WriteError::ReadOnly { name, cause },
            WriteError::TooLarge(source) => WriteError::TooLarge(source),
            WriteError::LogFull { name, bytes, limit } => WriteError::LogFull { name, bytes, limit },
            WriteError::Stopped(stop) => WriteError::Stopped(stop),
        }
    }
}

/// Why a graph can not be opened, loaded or compacted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// Disk or format.
    #[error(transparent)]
    Store(StoreError),
    /// A log record that can not be read.
    #[error("graph log record {lsn}: {source}")]
    Record {
        /// Its number.
        lsn: u64,
        /// What is wrong with it.
        source: op::OpError,
    },
    /// A log record that does not fit what came before it.
    #[error("graph log record {lsn}: {source}")]
    Apply {
        /// Its number.
        lsn: u64,
        /// What is wrong with it.
        source: ApplyError,
    },
    /// `graph.json` or the manifest is missing or unreadable.
    #[error("`{}`: {reason}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk has failed; nothing is written until the graph is opened again.
    #[error("graph [{name}] is read-only since the disk failed: {cause}")]
    ReadOnly {
        /// The graph.
        name: String,
        /// The first failure.
        cause: String,
    },
    /// What is stored contradicts itself.
    #[error("`{}`: {reason}; nothing was changed; run `gesso restore` to go back to a backup", dir.display())]
    Inconsistent {
        /// The directory of the graph.
        dir: PathBuf,
        /// What contradicts what.
        reason: String,
    },
    /// An incremental backup on a backup of another graph.
    #[error("`{}` is a backup of graph [{name}], expected one of the same graph", dir.display())]
    OtherGraph {
        /// The earlier backup.
        dir: PathBuf,
        /// Whose it is.
        name: String,
    },
    /// A time before the checkpoint of a backup.
    #[error(
        "`{}` can be restored to times from {from_ms} on (milliseconds since 1970), not to {until_ms}: \
         use an earlier backup",
        dir.display()
    )]
    TooEarly {
        /// The backup.
        dir: PathBuf,
        /// The time asked for.
        until_ms: u64,
        /// The first time that it knows.
        from_ms: u64,
    },
    /// Another import has the graph.
    #[error("graph [{0}] is importing")]
    Importing(String),
    /// The graph was deleted meanwhile.
    #[error("graph [{0}] is not found")]
    Deleted(String),
    /// The job was stopped; the graph is as it was.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl From<StoreError> for GraphError {
    fn from(error: StoreError) -> GraphError {
        match error {
            // A stop is not an error of the disk.
            StoreError::Stopped(stop) => GraphError::Stopped(stop),
            other => GraphError::Store(other),
        }
    }
}
