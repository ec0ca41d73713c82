//! All graphs of a data directory.
//!
//! ```text
//! <data>/graphs/<uid>/     one graph each, see `graph`
//! <data>/graphs/.new-…     a graph being made: removed when the directory is opened
//! <data>/graphs/.old-…     a graph being deleted: likewise
//! ```
//! Creating and deleting are one rename each, so that a crash leaves a whole graph or none.

use crate::graph::{Graph, GraphError, GraphInfo};
use gesso_store::sync_dir;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

/// The graphs that are open, in order of creation.
pub struct Catalogue {
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
        let dir = data.join("graphs");
        std::fs::create_dir_all(&dir).map_err(|e| io_error(&dir, &e))?;
        let mut graphs = Vec::new();
        for entry in std::fs::read_dir(&dir).map_err(|e| io_error(&dir, &e))?.flatten() {
            if entry.file_name().to_string_lossy().starts_with('.') {
                std::fs::remove_dir_all(entry.path()).map_err(|e| io_error(&entry.path(), &e))?;
            } else {
                graphs.push(Arc::new(Graph::open(&entry.path(), cache_bytes)?));
            }
        }
        graphs.sort_by_key(|g| (g.info().created_ms, g.info().uid.clone()));
        Ok(Catalogue { dir, cache_bytes, graphs: RwLock::new(graphs), changing: Mutex::new(()) })
    }

    /// Makes an empty graph. `info.uid` must be new.
    pub fn create(&self, info: GraphInfo) -> Result<Arc<Graph>, CreateError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.get(&info.project, &info.name).is_some() {
            return Err(CreateError::Exists(info.name));
        }
        let (made, last) = (self.dir.join(format!(".new-{}", info.uid)), self.dir.join(&info.uid));
        drop(Graph::create(&made, info, 0)?);
        let renamed = std::fs::rename(&made, &last).map_err(|e| io_error(&last, &e));
        renamed.and_then(|()| Ok(sync_dir(&self.dir)?)).map_err(CreateError::Graph)?;
        let graph = Arc::new(Graph::open(&last, self.cache_bytes)?);
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
        std::fs::rename(self.dir.join(uid), &old).map_err(|e| io_error(&old, &e))?;
        sync_dir(&self.dir)?;
        std::fs::remove_dir_all(&old).map_err(|e| io_error(&old, &e))
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Arc<Graph>>> {
        self.graphs.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn io_error(path: &Path, e: &std::io::Error) -> GraphError {
    GraphError::Manifest { path: path.to_owned(), reason: e.to_string() }
}
