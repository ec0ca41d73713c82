//! `export_result`: the result of a complete job, as files.
//!
//! Files are written out of sight. The job seals when all of them are whole; what is left then is to give
//! them their names.

use super::Work;
use crate::error::{Failure, OutcomeError};
use crate::job::Job;
use crate::kind::Kind;
use gesso_core::{JobContext, Outcome, Scalar};
use gesso_graph::Graph;
use gesso_io::result_file::{Format, ResultFileError, Split, Table, Written, write_result};
use gesso_store::{OutputDir, OutputError};
use std::sync::Arc;

/// What to export and how.
#[derive(Debug)]
pub struct Export {
    /// The job whose result is exported.
    pub job: Arc<Job>,
    /// Where to.
    pub dir: OutputDir,
    /// The file's name without extension.
    pub stem: String,
    /// The form of the file.
    pub format: Format,
    /// Where files end; none for one file.
    pub split: Option<Split>,
    /// Threads that format rows.
    pub threads: usize,
    /// True: the exported job is forgotten after the export.
    pub is_erasing: bool,
}

/// An export as a job. Fails at once if there is no result.
pub fn work(graph: Arc<Graph>, export: Export) -> Result<Work, OutcomeError> {
    // Held from here on, so that it can be written even if the job is forgotten meanwhile.
    let outcome = export.job.outcome()?;
    let erased = export.is_erasing.then(|| export.job.clone());
    let mut work = Work::new(Kind::ExportResult, 0, move |ctx| {
        run(ctx, &graph, &export, &outcome).map_err(|e| match e {
            ResultFileError::Stopped(stop) | ResultFileError::Output(OutputError::Stopped(stop)) => {
                stop.into()
            }
            other => Failure::new(Kind::ExportResult.failure_code(), other.to_string()),
        })
    });
    work.erases = erased;
    Ok(work)
}

fn run(
    ctx: &JobContext,
    graph: &Graph,
    export: &Export,
    outcome: &Outcome,
) -> Result<Outcome, ResultFileError> {
    let snapshot = graph.snapshot();
    ctx.phase("read result", 0.05, 0);
    let table = Table::of(ctx, outcome, &snapshot)?;
    let mut written = write(ctx, export, &table, &export.stem)?;
    // Further lists are files of their own, named after them.
    for list in &outcome.more {
        let outcome = Outcome::of_list(&list.name, list.rows.clone());
        let table = Table::of(ctx, &outcome, &snapshot)?;
        let more = write(ctx, export, &table, &format!("{}_{}", export.stem, list.name))?;
        written.files.extend(more.files);
        written.size_bytes += more.size_bytes;
    }
    ctx.phase("publish", 1.0, 1);
    ctx.seal()?;
    let mut names = Vec::with_capacity(written.files.len());
    for (name, file) in written.files {
        file.publish()?;
        names.push(name);
    }
    export.dir.settle()?;
    Ok(Outcome::default()
        .with("files", Scalar::Json(serde_json::Value::from(names).to_string()))
        .with("rows", Scalar::Int(table.len() as i64))
        .with("sizeBytes", Scalar::Int(written.size_bytes as i64)))
}

fn write(
    ctx: &JobContext,
    export: &Export,
    table: &Table<'_>,
    stem: &str,
) -> Result<Written, ResultFileError> {
    write_result(ctx, table, &export.dir, (stem, export.format), export.split, export.threads)
}
