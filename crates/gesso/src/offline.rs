//! Work on a data directory without a server: making graphs, importing files.

use gesso_core::{JobContext, Stop};
use gesso_graph::{Catalogue, CreateError, Graph, GraphError, GraphInfo, LabelDef};
use gesso_io::inputs::InputError;
use gesso_io::schema_xml::FILE_BYTES_MAX;
use gesso_io::{SchemaFileError, inputs, parse_schema};
use gesso_jobs::kinds::import_graph::{Import, ImportError, Imported, run};
use gesso_store::StoreError;
use gesso_store::objects::InputFile;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Why work on a data directory fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfflineError {
    /// The data directory is in use, or can not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A graph can not be opened or loaded.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A graph can not be made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// An input path names nothing to read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file can not be read or written.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The schema file is refused.
    #[error("`{}`: {source}", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: SchemaFileError,
    },
    /// The import failed as a whole.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The work was stopped, or has no memory left.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// The graph of a name, made if the project has none.
pub fn find_or_create(catalogue: &Catalogue, project: &str, name: &str) -> Result<Arc<Graph>, CreateError> {
    match catalogue.get(project, name) {
        Some(graph) => Ok(graph),
        None => catalogue.create(new_info(project, name)),
    }
}

/// A new graph's description.
pub fn new_info(project: &str, name: &str) -> GraphInfo {
    GraphInfo {
        uid: uuid::Uuid::new_v4().to_string(),
        project: project.to_owned(),
        name: name.to_owned(),
        created_ms: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64),
        options: BTreeMap::new(),
    }
}

/// Which files to import.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Schema XML.
    pub schema: Option<PathBuf>,
    /// Vertex files, or directories of them.
    pub vertices: Vec<PathBuf>,
    /// Edge files, or directories of them.
    pub edges: Vec<PathBuf>,
}

impl Files {
    /// An import of these files with default options. Nothing but the schema file is read yet.
    pub fn import(&self) -> Result<Import, OfflineError> {
        let mut import =
            Import { vertices: listed(&self.vertices)?, edges: listed(&self.edges)?, ..Import::default() };
        if let Some(path) = &self.schema {
            let (labels, list_escape) = read_schema(path)?;
            import.vertex_options.list_escape = list_escape;
            import.edge_options.list_escape = list_escape;
            import.schema = Some((path.to_string_lossy().into_owned(), labels));
        }
        Ok(import)
    }
}

/// Runs an import into a graph; `name` stands for the job's id in its log.
pub fn import(
    ctx: &JobContext,
    graph: &Graph,
    import: &Import,
    name: &str,
) -> Result<Imported, OfflineError> {
    Ok(run(ctx, graph, import, name)?)
}

fn listed(paths: &[PathBuf]) -> Result<Vec<InputFile>, InputError> {
    let mut files = Vec::new();
    for path in paths {
        files.extend(inputs::list_inputs(path)?);
    }
    Ok(files)
}

fn read_schema(path: &Path) -> Result<(Vec<LabelDef>, bool), OfflineError> {
    let mut bytes = Vec::new();
    // One byte more than allowed is enough to refuse the file.
    std::fs::File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
        .map_err(|source| OfflineError::Io { path: path.to_owned(), source })?;
    let schema =
        parse_schema(&bytes).map_err(|source| OfflineError::Schema { path: path.to_owned(), source })?;
    Ok((schema.labels, schema.list_escape))
}
