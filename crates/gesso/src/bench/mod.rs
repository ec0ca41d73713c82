//! Reproducible measurements: what is measured is generated from a seed, and every report says on which
//! machine.
//!
//! Threads: `batch`, `indices`, `read` and `write` start one a client, `limits` one a part; all are joined before
//! the measurement returns.

pub mod algo;
pub mod batch;
pub mod cancel;
mod cancel_jobs;
mod checks;
mod edge_file;
pub mod import;
pub mod indices;
pub mod jobs;
pub mod limits;
pub mod path;
pub mod read;
mod report;
mod social;
mod stats;
pub mod write;

pub use report::{Cell, Report};
pub use stats::Samples;

use crate::client::ClientError;
use crate::kronecker::Kronecker;
use crate::local::{LocalError, LocalServer};
use crate::{machine, offline, sample};
use gesso_core::JobContext;
use gesso_graph::Graph;
use gesso_jobs::EngineConfig;
use gesso_server::Settings;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// What every measurement is told.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The generated graph.
    pub kronecker: Kronecker,
    /// Threads of one job.
    pub threads: usize,
    /// Where temporary data directories are made.
    pub temp: PathBuf,
}

/// What can go wrong beside requests, disk and graphs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// A client thread panicked.
    #[error("a client thread panicked")]
    Panicked,
    /// A job that had to complete did not.
    #[error("job {name} is {state}: {message}")]
    Job {
        /// What it was.
        name: String,
        /// The state it ended in.
        state: String,
        /// The server's words.
        message: String,
    },
    /// A job was refused.
    #[error("a job was refused: {0}")]
    Submit(String),
    /// An answer is not whole.
    #[error("unexpected answer: {0}")]
    Answer(String),
    /// A request of a client thread failed.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Name of the generated graph.
pub const GRAPH: &str = "kronecker";

impl Plan {
    /// A directory for the data of one measurement, removed with the value.
    fn dir(&self) -> std::io::Result<TempDir> {
        tempfile::Builder::new().prefix("gesso-bench-").tempdir_in(&self.temp)
    }

    /// A server on that directory, with one job at a time on `threads` threads.
    fn server(&self, dir: &TempDir) -> Result<LocalServer, LocalError> {
        self.server_in(dir.path())
    }

    /// [`Plan::server`] on a directory by its path.
    fn server_in(&self, data_dir: &Path) -> Result<LocalServer, LocalError> {
        let defaults = EngineConfig::default();
        let memory_bytes = machine::memory_share_bytes();
        LocalServer::start(Settings {
            data_dir: data_dir.to_owned(),
            jobs: EngineConfig { threads: self.threads, memory_bytes, ..defaults },
            ..Settings::default()
        })
    }

    /// The generated graph in a server's catalogue.
    fn load(&self, server: &LocalServer) -> Result<Arc<Graph>, offline::OfflineError> {
        let graph = offline::find_or_create(&server.app().catalogue, sample::PROJECT, GRAPH)?;
        self.kronecker.load(&context(self.threads), &graph, None)?;
        Ok(graph)
    }
}

/// A context for work beside the server.
fn context(threads: usize) -> JobContext {
    JobContext::detached(threads, machine::memory_share_bytes())
}

/// Runs `client` on so many threads at once and puts their samples together.
fn at_once(
    threads: usize,
    client: impl Fn(usize) -> Result<Samples, BenchError> + Sync,
) -> Result<Samples, BenchError> {
    std::thread::scope(|scope| {
        let client = &client;
        let running: Vec<_> = (0..threads).map(|i| scope.spawn(move || client(i))).collect();
        let mut all = Samples::default();
        for thread in running {
            all.extend(thread.join().map_err(|_| BenchError::Panicked)??);
        }
        Ok(all)
    })
}
