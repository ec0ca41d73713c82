//! Why something is refused, and why a job fails.

use crate::record::State;
use gesso_core::{Code, Stop};
use gesso_store::StoreError;

/// The engine cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The journal or a result cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record of the journal is whole, but not one of this program.
    #[error("record {lsn} of the job journal cannot be read: {source}")]
    Record {
        /// The record's number.
        lsn: u64,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The system gives no further thread.
    #[error("cannot start the thread `{name}`: {source}")]
    Thread {
        /// What the thread is for.
        name: String,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// A submission is refused; nothing is recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// No room in the queue; trying again later may help.
    #[error("job queue is full: at most {limit} jobs may wait{}", if *per_graph { " for one graph" } else { "" })]
    QueueFull {
        /// The limit that is reached.
        limit: usize,
        /// True if it is the limit of the graph.
        per_graph: bool,
    },
    /// The stated need exceeds what all jobs together may hold.
    #[error("needs {need} bytes of memory, the budget of all jobs is {budget} bytes")]
    TooLarge {
        /// Bytes needed.
        need: u64,
        /// Bytes in all.
        budget: u64,
    },
    /// The server is shutting down.
    #[error("server is shutting down")]
    ShuttingDown,
    /// The record cannot be made durable.
    #[error("job cannot be recorded: {0}")]
    Store(#[from] StoreError),
}

/// A cancel is refused: spec 02, section 5.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefusal {
    /// The job has ended.
    #[error("it is {}", .0.name())]
    AlreadyEnded(State),
    /// The job has passed its point of no return and ends within moments.
    #[error("it is complete")]
    Sealed,
    /// The job runs, and its kind cannot be cancelled then.
    #[error("jobs of this kind can not be cancelled while they run")]
    Unsupported,
}

/// No job of that id belongs to the graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("can not find job, jobId is {id}")]
pub struct UnknownJob {
    /// The id as it was given.
    pub id: String,
}

/// Why the result of a job cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutcomeError {
    /// The job is not complete.
    #[error("job is {}, not complete", .0.name())]
    NotComplete(State),
    /// The result was dropped to make room, or its file is gone.
    #[error("result expired")]
    Expired,
    /// The result's file cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine has been dropped.
    #[error("job engine is closed")]
    Closed,
}

/// Why the work of a job did not succeed. When the job was stopped, the reason that its gate holds is
/// what counts, and a failure that the stop caused on the way up is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The code for clients.
    pub code: Code,
    /// The sentence for clients.
    pub message: String,
}

impl Failure {
    /// A failure with a code and a sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into() }
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Failure {
        Failure::new(Code::JobCancel, stop.to_string())
    }
}
