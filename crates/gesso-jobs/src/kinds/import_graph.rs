//! `import_graph`: schema and CSV files into a graph, all of it or nothing.

use super::Work;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::date::rfc3339_ms;
use gesso_core::{Code, JobContext, Outcome, Scalar, Stop, VertexIx};
use gesso_graph::{
    BulkLoad, EdgeChunk, Graph, GraphError, LabelDef, RepeatedEdges, SchemaError, VertexChunk,
};
use gesso_io::csv::LineError;
use gesso_io::import_log::{LogError, Summary};
use gesso_io::inputs::total_bytes;
use gesso_io::{CsvOptions, FileReport, ImportLog, ReadError, Sink, read_edges, read_vertices};
use gesso_store::OutputDir;
use gesso_store::objects::InputFile;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// What to import and how.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// Labels that a schema file describes, with the path as the request gave it.
    pub schema: Option<(String, Vec<LabelDef>)>,
    /// Vertex files in order.
    pub vertices: Vec<InputFile>,
    /// Edge files in order.
    pub edges: Vec<InputFile>,
    /// How vertex files are read.
    pub vertex_options: CsvOptions,
    /// How edge files are read.
    pub edge_options: CsvOptions,
    /// What becomes of repeated edges.
    pub repeated: RepeatedEdges,
    /// Where rejected lines and the summary are written: this directory and the job's id below it.
    pub log_dir: Option<OutputDir>,
    /// The request without secrets, for the summary.
    pub shown_options: serde_json::Value,
}

/// What an import read.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// One report a vertex file.
    pub vertices: Vec<FileReport>,
    /// One report an edge file.
    pub edges: Vec<FileReport>,
    /// The first rejected lines.
    pub first_errors: Vec<LineError>,
}

/// Why an import fails. Rejected lines are no failure.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file can not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The schema file and the graph's schema do not go together.
    #[error("schema: {0}")]
    Schema(#[from] SchemaError),
    /// Disk, or the graph is busy or gone.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The log of rejected lines can not be written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The job was stopped; nothing was imported.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl ImportError {
    fn stop(&self) -> Option<Stop> {
        match self {
            ImportError::Stopped(stop)
            | ImportError::Graph(GraphError::Stopped(stop))
            | ImportError::Read(ReadError::Stopped(stop))
            | ImportError::Log(LogError::Stopped(stop)) => Some(*stop),
            _ => None,
        }
    }
}

/// An import as a job. `done` learns how many lines were imported in how many milliseconds.
pub fn work(
    graph: Arc<Graph>,
    import: Import,
    job_id: Arc<Mutex<String>>,
    done: impl FnOnce(u64, u64) + Send + 'static,
) -> Work {
    Work::new(Kind::ImportGraph, 0, move |ctx| {
        let started = Instant::now();
        let id = job_id.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let imported = run(ctx, &graph, &import, &id).map_err(|e| match e.stop() {
            Some(stop) => stop.into(),
            None => Failure::new(Code::Import, e.to_string()),
        })?;
        let lines = imported.vertices.iter().chain(&imported.edges).map(|r| r.successful_lines).sum();
        done(lines, started.elapsed().as_millis() as u64);
        Ok(outcome(&import, &imported))
    })
}

/// Runs an import on the calling thread's job. `job_id` names the log's directory.
pub fn run(ctx: &JobContext, graph: &Graph, import: &Import, job_id: &str) -> Result<Imported, ImportError> {
    let begin_time = rfc3339_ms(now_ms());
    let mut log = ImportLog::new(import.log_dir.as_ref().map(|dir| dir.within(job_id)));
    log.prepare(ctx)?;
    let mut imported = Imported::default();
    let defs = import.schema.as_ref().map_or(&[][..], |s| &s.1);
    ctx.progress().scope(0.0, 0.8);
    let loaded = graph.load(
        ctx,
        import.repeated,
        |schema| Ok::<_, ImportError>(schema.merged(defs)?),
        |bulk| {
            ctx.phase("read files", 1.0, total_bytes(import.vertices.iter().chain(&import.edges)));
            fill(ctx, bulk, import, &mut log, &mut imported)?;
            ctx.progress().scope(0.8, 1.0);
            ctx.phase("build adjacency", 0.7, 0);
            Ok(())
        },
    );
    imported.first_errors = log.first_errors().to_vec();
    let summary = Summary {
        job_id: job_id.to_owned(),
        begin_time,
        end_time: rfc3339_ms(now_ms()),
        options: import.shown_options.clone(),
    };
    match loaded {
        Ok(()) => {
            // What was imported stays, so the job does not fail for its log any more.
            if let Err(error) = log.finish(ctx, &summary) {
                tracing::warn!(job = job_id, %error, "the log of an import can not be written");
            }
            Ok(imported)
        }
        Err(e) => {
            // The reason of the failure matters more than a log that could not be written, too.
            _ = log.finish_cancelled(&summary);
            Err(e)
        }
    }
}

fn fill(
    ctx: &JobContext,
    bulk: &mut BulkLoad<'_>,
    import: &Import,
    log: &mut ImportLog,
    imported: &mut Imported,
) -> Result<(), ImportError> {
    let defs = import.schema.as_ref().map_or(&[][..], |s| &s.1);
    let layout = bulk.schema().laid_out_as(defs);
    let mut sink = Loading(bulk);
    imported.vertices =
        read_vertices(ctx, &layout, &import.vertices, &import.vertex_options, log, &mut sink)?;
    imported.edges = read_edges(ctx, &layout, &import.edges, &import.edge_options, log, &mut sink)?;
    Ok(())
}

/// A bulk load as the reader of files sees it.
struct Loading<'a, 'b>(&'a mut BulkLoad<'b>);

impl Sink<VertexChunk> for Loading<'_, '_> {
    fn find(&self, id: &str) -> Option<VertexIx> {
        self.0.find(id)
    }

    fn add(&mut self, chunk: VertexChunk) -> Result<(), Stop> {
        self.0.add_vertices(chunk)
    }
}

impl Sink<EdgeChunk> for Loading<'_, '_> {
    fn find(&self, id: &str) -> Option<VertexIx> {
        self.0.find(id)
    }

    fn add(&mut self, chunk: EdgeChunk) -> Result<(), Stop> {
        self.0.add_edges(chunk)
    }
}

fn outcome(import: &Import, imported: &Imported) -> Outcome {
    let causes = |reports: &[FileReport]| {
        let entries = reports.iter().map(|r| {
            let mut entry = serde_json::json!({
                "path": r.path,
                "status": if r.failed_lines == 0 { "success" } else { "partFailed" },
                "totalLines": r.total_lines,
                "successfulLines": r.successful_lines,
                "failedLines": r.failed_lines,
            });
            if !r.first_errors.is_empty() {
                let causes: Vec<String> = r.first_errors.iter().map(ToString::to_string).collect();
                entry["cause"] = causes.join("\n").into();
            }
            entry
        });
        Scalar::Json(serde_json::Value::from(entries.collect::<Vec<_>>()).to_string())
    };
    let schema = import.schema.iter().map(|(path, _)| serde_json::json!({"path": path, "status": "success"}));
    let schema = serde_json::Value::from(schema.collect::<Vec<_>>()).to_string();
    Outcome::default()
        .with("vertexset", causes(&imported.vertices))
        .with("edgeset", causes(&imported.edges))
        .with("schema", Scalar::Json(schema))
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}
