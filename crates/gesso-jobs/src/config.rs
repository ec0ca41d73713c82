//! What an engine may use and keep.

use crate::job::Job;
use std::fmt;
use std::sync::Arc;

/// Limits of an engine: spec 02, section 8.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Most jobs that wait for one graph.
    pub queue_per_graph: usize,
    /// Most jobs that wait in all.
    pub queue_total: usize,
    /// Most jobs that run at once, at least 1.
    pub running: usize,
    /// Threads that the loops of one job may use, its own included.
    pub threads: usize,
    /// Bytes that all running jobs together may hold.
    pub memory_bytes: u64,
    /// Age in seconds from which ended jobs are forgotten.
    pub keep_seconds: u64,
    /// Most ended jobs that are remembered for one graph.
    pub keep_count: usize,
    /// Bytes that the results of all ended jobs together may take on disk; 20 % of what is free at the
    /// start if none is given, results that are there already counted as free.
    pub result_bytes: Option<u64>,
    /// Most paths of a result whose request sets no bound.
    pub paths_max: usize,
    /// Called at named points of a job's life; for tests that hold a job there.
    pub probe: Option<Probe>,
}

impl Default for EngineConfig {
    fn default() -> EngineConfig {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        EngineConfig {
            queue_per_graph: 1_000,
            queue_total: 4_000,
            running: cores,
            threads: cores,
            memory_bytes: 1 << 30,
            keep_seconds: 7 * 24 * 3600,
            keep_count: 100_000,
            result_bytes: None,
            paths_max: gesso_core::ctx::PATHS_MAX,
            probe: None,
        }
    }
}

/// A named point of a running job's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// The work has returned and its result is stored; the gate is still open, unless the work sealed it.
    BeforeSeal,
    /// The gate is sealed; the end is not recorded yet.
    Sealed,
    /// The end is durable; readers do not see it yet.
    Recorded,
}

/// A function that is called, on the job's thread, at each [`Point`].
#[derive(Clone)]
pub struct Probe(Arc<ProbeFn>);

type ProbeFn = dyn Fn(Point, &Job) + Send + Sync;

impl Probe {
    /// A probe that calls `at_point`.
    pub fn new(at_point: impl Fn(Point, &Job) + Send + Sync + 'static) -> Probe {
        Probe(Arc::new(at_point))
    }

    pub(crate) fn call(&self, point: Point, job: &Job) {
        (self.0)(point, job);
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}
