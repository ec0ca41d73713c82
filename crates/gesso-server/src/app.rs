//! What every request shares.

use crate::auth::Auth;
use crate::error::ApiError;
use crate::metrics::HttpMetrics;
use crate::watchers::Watchers;
use gesso_core::Code;
use gesso_graph::Catalogue;
use gesso_jobs::Engine;
use gesso_store::ObjectRoot;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Acquire, Ordering::Release};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The shared state of a server; cheap to clone.
pub type App = Arc<AppState>;

/// See [`App`].
pub struct AppState {
    /// The graphs.
    pub catalogue: Catalogue,
    /// The jobs.
    pub jobs: Arc<Engine>,
    /// Where object paths lead.
    pub objects: ObjectRoot,
    /// Who may ask for what.
    pub auth: Auth,
    /// Settings of the HTTP surface.
    pub config: ServerConfig,
    /// Counters of requests.
    pub metrics: HttpMetrics,
    /// Who hears of changes of jobs.
    pub watchers: Arc<Watchers>,
    is_stopping: AtomicBool,
    /// Lines per second of the last import, by graph.
    import_rates: Mutex<HashMap<String, u64>>,
}

/// Settings of the HTTP surface.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Deadline of a synchronous request. Seconds.
    pub request_seconds: u64,
    /// Deadline of a job whose request gives none; 0 for none. Seconds.
    pub job_timeout_seconds: f64,
    /// What `GET version` answers: the API version that this server is compatible with.
    pub api_version: String,
    /// Most elements in a batch request; none for no limit.
    pub batch_max_items: Option<usize>,
    /// Most indices of a graph; none for 10, and 500 in the database edition.
    pub max_indexes: Option<usize>,
    /// Graphs are of the database edition unless their request says otherwise.
    pub is_persistence_default: bool,
    /// True: numbers by label are told only where a label index promises them, as GES does.
    pub label_counts_need_index: bool,
    /// True: `/metrics` and `/docs` need a token, too.
    pub protect_meta: bool,
}

impl Default for ServerConfig {
    fn default() -> ServerConfig {
        ServerConfig {
            request_seconds: 60,
            job_timeout_seconds: 0.0,
            api_version: "2.3.18".to_owned(),
            batch_max_items: None,
            max_indexes: None,
            is_persistence_default: false,
            label_counts_need_index: true,
            protect_meta: false,
        }
    }
}

impl AppState {
    /// The state of a server over these parts.
    pub fn new(
        catalogue: Catalogue,
        jobs: Arc<Engine>,
        objects: ObjectRoot,
        auth: Auth,
        config: ServerConfig,
    ) -> App {
        let watchers: Arc<Watchers> = Arc::default();
        let told = watchers.clone();
        jobs.on_change(move |job, change| told.tell(job, change));
        Arc::new(AppState {
            watchers,
            catalogue,
            jobs,
            objects,
            auth,
            config,
            metrics: HttpMetrics::default(),
            is_stopping: AtomicBool::new(false),
            import_rates: Mutex::default(),
        })
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
    }

    /// From here on every request is answered with 503.
    pub fn stop(&self) {
        self.is_stopping.store(true, Release);
        self.watchers.close();
    }

    /// True once [`AppState::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Acquire)
    }

    /// Lines per second of the last import into a graph since the start, 0 if there was none.
    pub fn import_rate(&self, uid: &str) -> u64 {
        self.import_rates.lock().unwrap_or_else(PoisonError::into_inner).get(uid).copied().unwrap_or(0)
    }

    /// Notes the size and duration of an import.
    pub fn note_import(&self, uid: &str, lines: u64, elapsed_ms: u64) {
        let rate = lines * 1000 / elapsed_ms.max(1);
        self.import_rates.lock().unwrap_or_else(PoisonError::into_inner).insert(uid.to_owned(), rate);
    }

    /// Refuses a batch with more elements than the configuration allows.
    pub fn check_batch(&self, len: usize, field: &str) -> Result<(), ApiError> {
        match self.config.batch_max_items {
            Some(most) if len > most => {
                let text = format!("parameter [{field}] has {len} entries, expected at most {most}");
                Err(ApiError::new(Code::Malformed, text))
            }
            _ => Ok(()),
        }
    }
}
