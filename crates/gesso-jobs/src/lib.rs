//! Jobs: admission, states, cancel, deadlines, results, and what of them survives a restart.
//!
//! A job is a closure over a [`gesso_core::JobContext`]. One gate decides between stopping it and
//! finishing it, so that it ends once and truthfully; whoever wins the gate writes the record.
//!
//! Deliberately absent: HTTP, and what the kinds of jobs do. Threads, all started by
//! [`Engine::open`] and joined by [`Engine::shutdown`] or when the engine is dropped: `running` workers
//! and the helpers of their loops (both at lower priority), one timer for all deadlines, and one
//! recorder that makes the journal durable where nobody waits for it and keeps it short.
//!
//! Lock order: the index (`index.rs`) or the queue (`queue.rs`), never both, before the life of a job
//! (`job.rs`) or the journal's own locks. Every other lock is taken alone, and listeners and wakers are
//! called with none held.

pub mod config;
pub mod engine;
pub mod error;
pub mod id;
mod index;
pub mod job;
#[cfg(all(test, feature = "model"))]
mod job_model;
mod journal;
pub mod kind;
pub mod kinds;
pub mod metrics;
mod outcome_file;
mod priority;
mod queue;
pub mod record;
pub mod restart;
mod results;
mod shared;
pub mod status;
mod timer;
pub mod watch;
mod worker;

pub use config::{EngineConfig, Point, Probe};
pub use engine::{Engine, Filter, Page, Submission, Swept, Work};
pub use error::{CancelRefusal, Failure, JobError, OutcomeError, SubmitError, UnknownJob};
pub use id::JobId;
pub use job::Job;
pub use kind::{Cancel, Effect, Family, Kind};
pub use metrics::Metrics;
pub use record::{GraphKey, Record, Request, State};
pub use restart::{Rebuilder, Rebuilt};
pub use status::Status;
pub use watch::{Change, Waiting};
