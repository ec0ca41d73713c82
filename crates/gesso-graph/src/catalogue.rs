//! All graphs of a data directory.
//!
//! ```text
//! <data>/graphs/<uid>/     one graph each, see `graph`
//! <data>/graphs/.new-…     a graph being made: removed when the directory is opened
//! <data>/graphs/.old-…     a graph being deleted: likewise
//! ```
//! Creating and deleting are one rename each, so that a crash leaves a whole graph or none.

use crate::graph::{Graph, GraphError, GraphInfo};
use gesso_core::JobContext;
use gesso_store::Disk;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

/// The graphs that are open, in order of creation.
pub struct Catalogue {
    disk: Disk,
    dir: PathBuf,
    cache_bytes: u64,
    graphs: RwLock<Vec<Arc<Graph>>>,
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
    /// Disk or format.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

impl Catalogue {
    /// Opens every graph below `<data>/graphs`. Each graph's projections may take `cache_bytes`.
    pub fn open(data: &Path, cache_bytes: u64) -> Result<Catalogue, GraphError> {
        Catalogue::open_on(&Disk::default(), data, cache_bytes)
    }

    /// [`Catalogue::open`] on a disk.
    pub fn open_on(disk: &Disk, data: &Path, cache_bytes: u64) -> Result<Catalogue, GraphError> {
        let dir = data.join("graphs");
        disk.create_dir(&dir)?;
        // A rename whose sync failed before a restart must not be taken back by a crash after it.
        disk.sync_dir(&dir)?;
        let mut graphs = Vec::new();
        for entry in disk.list(&dir)?.into_iter().filter(|e| e.is_dir) {
            let path = dir.join(&entry.name);
            if entry.name.starts_with('.') {
                disk.remove_dir(&path)?;
            } else {
                graphs.push(Arc::new(Graph::open_on(disk, &path, cache_bytes)?));
            }
        }
        graphs.sort_by_key(|g| (g.info().created_ms, g.info().uid.clone()));
        let disk = disk.clone();
        Ok(Catalogue { disk, dir, cache_bytes, graphs: RwLock::new(graphs), changing: Mutex::new(()) })
    }

    /// Makes an empty graph. `info.uid` must be new.
    pub fn create(&self, info: GraphInfo) -> Result<Arc<Graph>, CreateError> {
        self.make(&info.clone(), |dir| Graph::create_on(&self.disk, dir, info, 0).map(drop))
    }

    /// Makes a graph of a backup; see [`Graph::restore`]. `info.uid` must be new.
    pub fn restore(
        &self,
        ctx: &JobContext,
        backup: &Path,
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
        let exists = || CreateError::Exists(info.name.clone());
        if self.get(&info.project, &info.name).is_some() {
            return Err(exists());
        }
        let (made, last) = (self.dir.join(format!(".new-{}", info.uid)), self.dir.join(&info.uid));
        if let Err(e) = fill(&made) {
            // What can not be removed now is removed at the next start.
            _ = self.disk.remove_dir(&made);
            return Err(e.into());
        }
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.get(&info.project, &info.name).is_some() {
            _ = self.disk.remove_dir(&made);
            return Err(exists());
        }
        self.disk.rename(&made, &last).map_err(GraphError::from)?;
        self.disk.sync_dir(&self.dir).map_err(|e| {
            // Nobody is told of this graph, so that it should not be found later, beside another of its name.
            _ = self.disk.rename(&last, &made);
            GraphError::from(e)
        })?;
        let graph = Arc::new(Graph::open_on(&self.disk, &last, self.cache_bytes)?);
        self.graphs.write().unwrap_or_else(PoisonError::into_inner).push(graph.clone());
        Ok(graph)
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

    /// Takes a graph out of the catalogue and removes its files. Durable when it returns.
    pub fn remove(&self, graph: &Graph) -> Result<(), GraphError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let uid = &graph.info().uid;
        let old = self.dir.join(format!(".old-{uid}"));
        self.graphs.write().unwrap_or_else(PoisonError::into_inner).retain(|g| g.info().uid != *uid);
        graph.retire();
        self.disk.rename(&self.dir.join(uid), &old)?;
        self.disk.sync_dir(&self.dir)?;
        Ok(self.disk.remove_dir(&old)?)
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<Graph>>> {
        self.graphs.read().unwrap_or_else(PoisonError::into_inner)
    }
}
