//! `gesso import`: files into a data directory that no server uses, with a report of what was rejected.

use super::{CommandError, Verdict};
use crate::bars::Following;
use crate::machine;
use crate::offline::{self, Files};
use crate::output::{self, Table, grouped};
use gesso_core::JobContext;
use gesso_graph::{Catalogue, Graph};
use gesso_io::FileReport;
use gesso_jobs::kinds::import_graph::Imported;
use gesso_store::{DirLock, OutputDir};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Instant;

/// Flags of `gesso import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The data directory; made if there is none
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
    /// Name of the graph; made if there is none
    #[arg(long)]
    graph: String,
    /// Project of the graph
    #[arg(long, default_value = "default")]
    project: String,
    /// Schema XML; the graph's own schema if missing
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// Vertex files, or directories of them
    #[arg(long, value_name = "PATH", num_args = 1..)]
    vertices: Vec<PathBuf>,
    /// Edge files, or directories of them
    #[arg(long, value_name = "PATH", num_args = 1..)]
    edges: Vec<PathBuf>,
    /// Label of vertex lines without one
    #[arg(long, value_name = "LABEL")]
    vertex_label: Option<String>,
    /// Label of edge lines without one
    #[arg(long, value_name = "LABEL")]
    edge_label: Option<String>,
    /// Directory for all rejected lines, byte for byte
    #[arg(long, value_name = "DIR")]
    log_dir: Option<PathBuf>,
    /// Threads that read and build
    #[arg(long)]
    threads: Option<usize>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Imports all of the files, or nothing.
pub fn run(args: &Args) -> Result<Verdict, CommandError> {
    let files =
        Files { schema: args.schema.clone(), vertices: args.vertices.clone(), edges: args.edges.clone() };
    let mut import = files.import()?;
    import.vertex_options.default_label.clone_from(&args.vertex_label);
    import.edge_options.default_label.clone_from(&args.edge_label);
    import.log_dir = args.log_dir.clone().map(OutputDir::at);
    let _lock = DirLock::acquire(&args.data_dir)?;
    let catalogue = Catalogue::open(&args.data_dir, 0)?;
    let graph = offline::find_or_create(&catalogue, &args.project, &args.graph)?;
    let threads = args.threads.unwrap_or_else(machine::cores);
    let ctx = JobContext::detached(threads, machine::memory_share_bytes());
    let started = Instant::now();
    let bar = Following::new("import", ctx.progress().clone());
    let imported = offline::import(&ctx, &graph, &import, "import")?;
    drop(bar);
    let seconds = started.elapsed().as_secs_f64();
    if args.json {
        output::json(&report(&graph, &imported, seconds))?;
    } else {
        print(&graph, &imported, seconds)?;
    }
    Ok(Verdict::Done)
}

fn files(imported: &Imported) -> impl Iterator<Item = &FileReport> {
    imported.vertices.iter().chain(&imported.edges)
}

fn report(graph: &Graph, imported: &Imported, seconds: f64) -> Value {
    let file = |report: &FileReport| {
        let codes = report.codes.iter().map(|(code, count)| (code.to_string(), count.into()));
        let errors = report.first_errors.iter().map(
            |e| json!({"line": e.line, "column": e.column, "code": e.code.text(), "message": e.message}),
        );
        json!({
            "path": report.path,
            "dataset": report.dataset.name(),
            "totalLines": report.total_lines,
            "successfulLines": report.successful_lines,
            "failedLines": report.failed_lines,
            "codes": codes.collect::<serde_json::Map<_, Value>>(),
            "firstErrors": errors.collect::<Vec<_>>(),
        })
    };
    let snapshot = graph.snapshot();
    json!({
        "graph": graph.info().name,
        "files": files(imported).map(file).collect::<Vec<_>>(),
        "vertexNum": snapshot.vertex_count(),
        "edgeNum": snapshot.edge_count(),
        "seconds": seconds,
    })
}

fn print(graph: &Graph, imported: &Imported, seconds: f64) -> Result<(), CommandError> {
    let mut table = Table::new(&["file", "lines", "imported", "rejected"]);
    let mut lines = 0;
    for file in files(imported) {
        lines += file.total_lines;
        let counts = [file.total_lines, file.successful_lines, file.failed_lines].map(grouped);
        table.push(std::iter::once(file.path.clone()).chain(counts));
    }
    table.print()?;
    for file in files(imported) {
        for error in &file.first_errors {
            output::line(format!("{}: {error}", file.path))?;
        }
        let shown = file.first_errors.len() as u64;
        if file.failed_lines > shown {
            let more = file.failed_lines - shown;
            output::line(format!("{}: {more} more; --log-dir keeps all of them", file.path))?;
        }
    }
    let (snapshot, name) = (graph.snapshot(), &graph.info().name);
    let (vertices, edges) = (grouped(snapshot.vertex_count()), grouped(snapshot.edge_count()));
    let rate = grouped((lines as f64 / seconds.max(1e-6)) as u64);
    output::line(format!(
        "graph {name} has {vertices} vertices and {edges} edges; {seconds:.2} s, {rate} lines/s"
    ))?;
    Ok(())
}
