//! A server from its settings to its end.

use crate::app::{App, AppState, ServerConfig};
use crate::auth::{Auth, AuthError, AuthSettings};
use crate::ges::replay;
use crate::http::dispatch;
use crate::maintenance::Maintenance;
use gesso_graph::{Catalogue, GraphError, LogLimits};
use gesso_jobs::{Engine, EngineConfig, JobError, Kind};
use gesso_store::{DirLock, Disk, ObjectRoot, Remote, RemoteConfig, StoreError, load_json_on, save_json_on};
use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Everything that a server can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where graphs, jobs and users are kept.
    pub data_dir: PathBuf,
    /// The file system that graphs are kept on.
    pub disk: Disk,
    /// Where object paths lead; none for `objects` in the data directory.
    pub object_root: Option<PathBuf>,
    /// Further directories that `file:` paths may name.
    pub allowed_paths: Vec<PathBuf>,
    /// A remote object store for every path but `file:` ones; none for the object root alone.
    pub remote: Option<RemoteConfig>,
    /// Whether requests need a token.
    pub auth: bool,
    /// Life of a token. Seconds.
    pub token_seconds: u64,
    /// Limits of the job engine.
    pub jobs: EngineConfig,
    /// Bytes of projections that each graph may keep.
    pub cache_bytes: u64,
    /// How large the log of each graph may become.
    pub log_limits: LogLimits,
    /// Settings of the HTTP surface.
    pub http: ServerConfig,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            data_dir: "gesso-data".into(),
            disk: Disk::default(),
            object_root: None,
            allowed_paths: Vec::new(),
            remote: None,
            auth: false,
            token_seconds: 86_400,
            jobs: EngineConfig::default(),
            cache_bytes: 2 << 30,
            log_limits: LogLimits::default(),
            http: ServerConfig::default(),
        }
    }
}

/// Why a server can not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The data directory is in use, or not accessible.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A graph can not be opened.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The jobs can not be opened.
    #[error(transparent)]
    Jobs(#[from] JobError),
    /// Users or tokens can not be opened.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// A directory can not be made, or a thread not be started.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// What tells a data directory from others that share an object root with it; made at its first start.
fn owner(disk: &Disk, data_dir: &Path) -> Result<String, StoreError> {
    let path = data_dir.join("objects-owner.json");
    if let Some(owner) = load_json_on(disk, &path)? {
        return Ok(owner);
    }
    let owner = uuid::Uuid::new_v4().to_string();
    save_json_on(disk, &path, &owner)?;
    Ok(owner)
}

/// An open server. Several may listen for it.
pub struct Server {
    app: App,
    maintenance: Option<Maintenance>,
    first_password: Option<String>,
    _lock: DirLock,
}

impl Server {
    /// Opens the data directory, with all graphs and jobs.
    pub fn open(settings: Settings) -> Result<Server, OpenError> {
        let dir = &settings.data_dir;
        let objects = settings.object_root.clone().unwrap_or_else(|| dir.join("objects"));
        let lock = DirLock::acquire(dir)?;
        for path in [&objects, &dir.join("jobs"), &dir.join("jobs/results")] {
            Disk::default().create_dir(path)?;
        }
        let catalogue = Catalogue::open_on(&settings.disk, dir, settings.cache_bytes, settings.log_limits)?;
        let auth = if settings.auth {
            Auth::open(
                &dir.join("auth"),
                AuthSettings { token_seconds: settings.token_seconds, ..AuthSettings::default() },
            )?
        } else {
            Auth::off()
        };
        let first_password = auth.first_password();
        let jobs = Engine::open_parked(&dir.join("jobs"), settings.jobs, &|record| {
            let key = &record.spec.graph;
            let graph = catalogue.get(&key.project, &key.name).filter(|graph| graph.info().uid == key.uid);
            // That there is a graph is the commit of the job that restored it.
            graph.is_some_and(|graph| {
                record.spec.kind == Kind::Restore || graph.has_committed(record.spec.id.as_str())
            })
        })?;
        let mut objects =
            ObjectRoot::new(objects, settings.allowed_paths).owned_by(&owner(&settings.disk, dir)?)?;
        if let Some(remote) = settings.remote {
            let remote = Remote::new(remote).map_err(|source| OpenError::Io { path: dir.clone(), source })?;
            objects = objects.with_remote(remote);
        }
        let app = AppState::new(catalogue, jobs, objects, auth, settings.http);
        app.jobs.resume(&|record| replay::rebuild(&app, record));
        let maintenance = Maintenance::start(app.clone());
        let maintenance = maintenance.map_err(|source| OpenError::Io { path: dir.clone(), source })?;
        Ok(Server { app, maintenance: Some(maintenance), first_password, _lock: lock })
    }

    /// The state that requests share.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The password of the user `admin`, if this start made it.
    pub fn first_password(&self) -> Option<String> {
        self.first_password.clone()
    }

    /// Answers requests until `stop` completes. Then new requests get 503, and those under way are
    /// waited for.
    pub async fn serve(
        &self,
        listener: tokio::net::TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let app = self.app.clone();
        let router = dispatch::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let stop = async move {
            stop.await;
            app.stop();
            // Requests that wait for a job are answered when it is stopped; the join of its threads is not
            // for this thread.
            let jobs = app.jobs.clone();
            _ = tokio::task::spawn_blocking(move || jobs.shutdown()).await;
        };
        axum::serve(listener, router).with_graceful_shutdown(stop).await
    }

    /// Stops all jobs and waits for every thread.
    pub fn close(mut self) {
        self.app.stop();
        self.app.jobs.shutdown();
        drop(self.maintenance.take());
    }
}
