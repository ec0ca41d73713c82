//! Background work: a new base for graphs on which changes have piled up, indices over bases that were just
//! opened, index data beside their bases, and changes of users.
//!
//! One thread, started by [`Maintenance::start`] and joined when it is dropped. It looks at everything once a second,
//! as age, retries and users that the command line has changed have nobody who could wake it.

mod retries;

use crate::app::App;
use gesso_core::{Budget, JobContext, Pool, Stop, panic_text};
use gesso_graph::{Graph, GraphError};
use retries::Retries;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Time between two looks at all graphs. A look costs one load a graph.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The background thread of a server.
pub struct Maintenance {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Waited for by the thread; notified when it is to end.
    wake: Condvar,
}

#[derive(Default)]
struct State {
    is_closed: bool,
    /// The gate of the work in progress.
    running: Option<Arc<gesso_core::Gate>>,
}

impl Maintenance {
    /// Starts the thread.
    pub fn start(app: App) -> std::io::Result<Maintenance> {
        let shared = Arc::new(Shared::default());
        let own = shared.clone();
        let thread = std::thread::Builder::new().name("gesso-maintain".to_owned());
        let thread = thread.spawn(move || own.run(&app))?;
        Ok(Maintenance { shared, thread: Some(thread) })
    }
}

impl Drop for Maintenance {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        if let Some(gate) = state.running.take() {
            gate.stop(Stop::Shutdown);
        }
        drop(state);
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, app: &App) {
        let (mut bases, mut indices) = (Retries::default(), Retries::default());
        loop {
            let state = self.lock();
            let waited = self.wake.wait_timeout_while(state, LOOK_EVERY, |s| !s.is_closed);
            if waited.unwrap_or_else(PoisonError::into_inner).0.is_closed {
                return;
            }
            // Users may have been changed from the command line.
            if let Err(error) = app.auth.refresh() {
                tracing::error!(%error, "users can not be read");
            }
            app.jobs.forget_old();
            for graph in app.catalogue.all() {
                let (uid, now) = (&graph.info().uid, Instant::now());
                if bases.is_due(uid, now) && graph.needs_compaction() {
                    self.compact(&graph, &mut bases);
                }
                if indices.is_due(uid, now) && graph.lacks_indices() {
                    self.build_indices(&graph, &mut indices);
                }
                if indices.is_due(uid, now)
                    && graph.has_unsaved_indices()
                    && let Ended::Panicked(error) = self.in_background(|ctx| graph.save_indices(ctx))
                {
                    indices.failed(uid, Instant::now());
                    tracing::error!(graph = &graph.info().name, error, "indices can not be saved");
                }
            }
        }
    }

    fn compact(&self, graph: &Graph, retries: &mut Retries) {
        let (name, uid) = (&graph.info().name, &graph.info().uid);
        let error = match self.in_background(|ctx| graph.compact(ctx)) {
            Ended::Closing | Ended::Done(Err(GraphError::Stopped(_))) => return,
            Ended::Done(Ok(())) => {
                retries.forget(uid);
                tracing::info!(graph = name, "compacted");
                return;
            }
            Ended::Done(Err(error)) => error.to_string(),
            Ended::Panicked(text) => text,
        };
        let retry_seconds = retries.failed(uid, Instant::now()).as_secs();
        tracing::error!(graph = name, error, retry_seconds, "compaction failed");
    }

    fn build_indices(&self, graph: &Graph, retries: &mut Retries) {
        let (name, uid) = (&graph.info().name, &graph.info().uid);
        let error = match self.in_background(|ctx| graph.build_missing_indices(ctx)) {
            Ended::Closing | Ended::Done(Err(_)) => return,
            // What could not be built is in the log already.
            Ended::Done(Ok(())) if graph.lacks_indices() => "some can not be built".to_owned(),
            Ended::Done(Ok(())) => {
                retries.forget(uid);
                tracing::info!(graph = name, "indices built");
                return;
            }
            Ended::Panicked(text) => text,
        };
        let retry_seconds = retries.failed(uid, Instant::now()).as_secs();
        tracing::error!(graph = name, error, retry_seconds, "indices are missing");
    }

    /// Runs work that ends with this thread. A panic ends that work alone.
    fn in_background<R>(&self, work: impl FnOnce(&JobContext) -> R) -> Ended<R> {
        // Such work needs memory of graph size that no job may be refused for; it is bounded by the graph.
        let Ok(account) = Budget::new(u64::MAX / 2).open(0) else { return Ended::Closing };
        let gate: Arc<gesso_core::Gate> = Arc::default();
        {
            let mut state = self.lock();
            if state.is_closed {
                return Ended::Closing;
            }
            state.running = Some(gate.clone());
        }
        let ctx = JobContext::new(gate, Arc::default(), account, Pool::new(0, || ()), 1);
        let done = catch_unwind(AssertUnwindSafe(|| work(&ctx)));
        self.lock().running = None;
        match done {
            Ok(done) => Ended::Done(done),
            Err(panic) => Ended::Panicked(format!("panicked: {}", panic_text(&*panic))),
        }
    }
}

/// What became of background work.
enum Ended<R> {
    Done(R),
    /// The server is about to stop.
    Closing,
    Panicked(String),
}
