//! Background work: a new base for graphs on which changes have piled up, indices over bases that were just
//! opened, index data beside their bases, and changes of users.
//!
//! One thread, started by [`Maintenance::start`] and joined when it is dropped. It sleeps until somebody
//! nudges it; writers do so after they have changed a graph.

mod retries;

use crate::app::App;
use gesso_core::{Budget, JobContext, Pool, Stop};
use gesso_graph::GraphError;
use retries::Retries;
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
        let mut retries = Retries::default();
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
                if retries.is_due(&graph.info().uid, Instant::now()) && graph.needs_compaction() {
                    self.compact(&graph, &mut retries);
                }
                if graph.lacks_indices() {
                    self.build_indices(&graph);
                }
                if graph.has_unsaved_indices() {
                    self.in_background(|ctx| graph.save_indices(ctx));
                }
            }
        }
    }

    fn compact(&self, graph: &gesso_graph::Graph, retries: &mut Retries) {
        let (name, uid) = (&graph.info().name, &graph.info().uid);
        match self.in_background(|ctx| graph.compact(ctx)) {
            None | Some(Err(GraphError::Stopped(_))) => {}
            Some(Ok(())) => {
                retries.forget(uid);
                tracing::info!(graph = name, "compacted");
            }
            Some(Err(error)) => {
                let retry_seconds = retries.failed(uid, Instant::now()).as_secs();
                tracing::error!(graph = name, %error, retry_seconds, "compaction failed");
            }
        }
    }

    fn build_indices(&self, graph: &gesso_graph::Graph) {
        let name = &graph.info().name;
        if let Some(Ok(())) = self.in_background(|ctx| graph.build_missing_indices(ctx)) {
            tracing::info!(graph = name, "indices built");
        }
    }

    /// Runs work that ends with this thread. None if the thread is about to end.
    fn in_background<R>(&self, work: impl FnOnce(&JobContext) -> R) -> Option<R> {
        // Such work needs memory of graph size that no job may be refused for; it is bounded by the graph.
        let account = Budget::new(u64::MAX / 2).open(0).ok()?;
        let gate: Arc<gesso_core::Gate> = Arc::default();
        {
            let mut state = self.lock();
            if state.is_closed {
                return None;
            }
            state.running = Some(gate.clone());
        }
        let ctx = JobContext::new(gate, Arc::default(), account, Pool::new(0, || ()), 1);
        let done = work(&ctx);
        self.lock().running = None;
        Some(done)
    }
}
