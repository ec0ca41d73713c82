//! All graphs of a data directory.
//!
//! ```text
//! <data>/graphs/<uid>/     one graph each, see `graph`
//! <data>/graphs/.new-…     a graph being made: removed when the directory is opened
//! <data>/graphs/.old-…     a graph being deleted: likewise
//! ```
//! Creating and deleting are one rename each, so that a crash leaves a whole graph or none.
//!
//! A graph that can not be opened is set aside: it keeps its directory, of which nothing is changed, and its
//! name, and the other graphs are served. It is taken out by [`Catalogue::remove_set_aside`] alone.

use crate::error::GraphError;
use crate::graph::{Graph, GraphInfo, LogLimits};
use crate::set_aside::SetAside;
use gesso_core::JobContext;
use gesso_store::backup::BackupPlace;
use gesso_store::{Disk, StoreError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

/// The graphs that are open, in order of creation.
pub struct Catalogue {
    disk: Disk,
    dir: PathBuf,
    cache_bytes: u64,
    log_limits: LogLimits,
    graphs: RwLock<Vec<Arc<Graph>>>,
    /// Graphs that could not be opened, by directory.
    set_aside: RwLock<Vec<Arc<SetAside>>>,
    /// Held while a graph is made or deleted. Taken before `graphs`.
    changing: Mutex<()>,
}

/// Why a graph was not created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The project has one of this name.
    #[error("graph [{0}] already exists")]
    Exists(String),
    /// The project has one of this name that could not be opened.
    #[error("{0}; it keeps its name until it is deleted")]
    SetAside(Arc<SetAside>),
    /// Disk or format.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// Why there is no graph of a name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// The project has none.
    #[error("graph [{0}] is not found")]
    Unknown(String),
    /// It is there, but could not be opened.
    #[error("{0}")]
    SetAside(Arc<SetAside>),
}

impl Catalogue {
    /// Opens every graph below `<data>/graphs`. Each graph's projections may take `cache_bytes`. Graphs that
    /// can not be opened are set aside; only those of a newer program are refused with the whole directory.
    pub fn open(data: &Path, cache_bytes: u64) -> Result<Catalogue, GraphError> {
        Catalogue::open_on(&Disk::default(), data, cache_bytes, LogLimits::default())
    }

    /// [`Catalogue::open`] on a disk, with limits of the logs.
    pub fn open_on(
        disk: &Disk,
        data: &Path,
        cache_bytes: u64,
        log_limits: LogLimits,
    ) -> Result<Catalogue, GraphError> {
        let dir = data.join("graphs");
        disk.create_dir(&dir)?;
        // A rename whose sync failed before a restart must not be taken back by a crash after it.
        disk.sync_dir(&dir)?;
        let (mut graphs, mut set_aside) = (Vec::new(), Vec::new());
        for entry in disk.list(&dir)?.into_iter().filter(|e| e.is_dir) {
            let path = dir.join(&entry.name);
            if entry.name.starts_with('.') {
                disk.remove_dir(&path)?;
                continue;
            }
            match Graph::open_on(disk, &path, cache_bytes) {
                Ok(graph) => graphs.push(Arc::new(graph.with_log_limits(log_limits))),
                Err(e @ GraphError::Store(StoreError::TooNew { .. })) => return Err(e),
                Err(e) => set_aside.push(Arc::new(SetAside::new(disk, &path, &e))),
            }
        }
        graphs.sort_by_key(|g| (g.info().created_ms, g.info().uid.clone()));
        Ok(Catalogue {
            disk: disk.clone(),
            dir,
            cache_bytes,
            log_limits,
            graphs: RwLock::new(graphs),
            set_aside: RwLock::new(set_aside),
            changing: Mutex::default(),
        })
    }

    /// Makes an empty graph. `info.uid` must be new.
    pub fn create(&self, info: GraphInfo) -> Result<Arc<Graph>, CreateError> {
        self.make(&info.clone(), |dir| Graph::create_on(&self.disk, dir, info, 0).map(drop))
    }

    /// Makes a graph of a backup; see [`Graph::restore`]. `info.uid` must be new.
    pub fn restore(
        &self,
        ctx: &JobContext,
        backup: &BackupPlace,
        info: GraphInfo,
        until_ms: Option<u64>,
    ) -> Result<Arc<Graph>, CreateError> {
        self.make(&info, |dir| {
            Graph::restore(ctx, &self.disk, backup, dir, &info, until_ms)?;
            // From here on it is a graph.
            Ok(ctx.seal()?)
        })
    }

    fn make(
        &self,
        info: &GraphInfo,
        fill: impl FnOnce(&Path) -> Result<(), GraphError>,
    ) -> Result<Arc<Graph>, CreateError> {
        self.check_new(info)?;
        let (made, last) = (self.dir.join(format!(".new-{}", info.uid)), self.dir.join(&info.uid));
        if let Err(e) = fill(&made) {
            // What can not be removed now is removed at the next start.
            _ = self.disk.remove_dir(&made);
            return Err(e.into());
        }
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(e) = self.check_new(info) {
            _ = self.disk.remove_dir(&made);
            return Err(e);
        }
        self.disk.rename(&made, &last).map_err(GraphError::from)?;
        let opened = self.disk.sync_dir(&self.dir).map_err(GraphError::from);
        let opened = opened.and_then(|()| Graph::open_on(&self.disk, &last, self.cache_bytes));
        let graph = opened.inspect_err(|_| {
            // Nobody is told of this graph, so that it should not be found later, beside another of its name.
            _ = self.disk.rename(&last, &made);
            _ = self.disk.sync_dir(&self.dir);
        })?;
        let graph = Arc::new(graph.with_log_limits(self.log_limits));
        self.graphs.write().unwrap_or_else(PoisonError::into_inner).push(graph.clone());
        Ok(graph)
    }

    fn check_new(&self, info: &GraphInfo) -> Result<(), CreateError> {
        match self.find(&info.project, &info.name) {
            Err(FindError::Unknown(_)) => Ok(()),
            Err(FindError::SetAside(graph)) => Err(CreateError::SetAside(graph)),
            Ok(_) => Err(CreateError::Exists(info.name.clone())),
        }
    }

    /// The graph of a name in a project, or why there is none.
    pub fn find(&self, project: &str, name: &str) -> Result<Arc<Graph>, FindError> {
        let unknown = || FindError::Unknown(name.to_owned());
        self.get(project, name).ok_or_else(|| {
            let set_aside = self.set_aside_of(project).into_iter().find(|g| g.name() == Some(name));
            set_aside.map_or_else(unknown, FindError::SetAside)
        })
    }

    /// The graph of a name in a project.
    pub fn get(&self, project: &str, name: &str) -> Option<Arc<Graph>> {
        self.read().iter().find(|g| g.info().project == project && g.info().name == name).cloned()
    }

    /// The graphs of a project in order of creation.
    pub fn of_project(&self, project: &str) -> Vec<Arc<Graph>> {
        self.read().iter().filter(|g| g.info().project == project).cloned().collect()
    }

    /// All graphs in order of creation.
    pub fn all(&self) -> Vec<Arc<Graph>> {
        self.read().clone()
    }

    /// The graphs of a project that could not be opened.
    pub fn set_aside_of(&self, project: &str) -> Vec<Arc<SetAside>> {
        self.set_aside()
            .into_iter()
            .filter(|g| g.info.as_ref().is_some_and(|i| i.project == project))
            .collect()
    }

    /// All graphs that could not be opened.
    pub fn set_aside(&self) -> Vec<Arc<SetAside>> {
        self.set_aside.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes a graph out of the catalogue and removes its files. Durable when it returns.
    pub fn remove(&self, graph: &Graph) -> Result<(), GraphError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let uid = &graph.info().uid;
        let old = self.set_dir_aside(uid)?;
        // Gone, whatever comes next: the directory has no name that a start looks for.
        self.graphs.write().unwrap_or_else(PoisonError::into_inner).retain(|g| g.info().uid != *uid);
        graph.retire();
        self.remove_old(&old)
    }

    /// Removes the files of a graph that could not be opened. Durable when it returns.
    pub fn remove_set_aside(&self, graph: &SetAside) -> Result<(), GraphError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let removed = self.set_dir_aside(&graph.uid).and_then(|old| self.remove_old(&old));
        if !self.disk.is_dir(&graph.dir) {
            let mut set_aside = self.set_aside.write().unwrap_or_else(PoisonError::into_inner);
            set_aside.retain(|g| g.uid != graph.uid);
        }
        removed
    }

    /// Takes the name from the directory of a graph. Returns the name that it has instead.
    fn set_dir_aside(&self, uid: &str) -> Result<PathBuf, GraphError> {
        let old = self.dir.join(format!(".old-{uid}"));
        self.disk.rename(&self.dir.join(uid), &old)?;
        Ok(old)
    }

    fn remove_old(&self, old: &Path) -> Result<(), GraphError> {
        self.disk.sync_dir(&self.dir)?;
        Ok(self.disk.remove_dir(old)?)
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<Graph>>> {
        self.graphs.read().unwrap_or_else(PoisonError::into_inner)
    }
}
