//! What `import_properties` and `delete_by_file` share: lines that name elements which exist, read first and
//! applied then in one commit.

use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::date::rfc3339_ms;
use gesso_core::{JobContext, LabelId, Outcome, PropId, Scalar, Stop, Value, VertexIx};
use gesso_graph::schema::{Label, Property};
use gesso_graph::{EdgeName, Snapshot};
use gesso_io::csv::{Dataset, ErrorCode, Record, Taken};
use gesso_io::import_log::Summary;
use gesso_io::inputs::total_bytes;
use gesso_io::{CsvOptions, FileReport, ImportLog, ReadError, read_records};
use gesso_store::OutputDir;
use gesso_store::objects::InputFile;

/// Which files hold the lines and how they are read.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Vertex files in order.
    pub vertices: Vec<InputFile>,
    /// Edge files in order.
    pub edges: Vec<InputFile>,
    /// How both are read.
    pub options: CsvOptions,
    /// Where rejected lines and the summary are written: this directory and the job's id below it.
    pub log_dir: Option<OutputDir>,
    /// The request without secrets, for the summary.
    pub shown_options: serde_json::Value,
}

/// A property of each label that is meant by its lines, in the order of their columns.
pub type Columns = Vec<(LabelId, Vec<Property>)>;

/// Edges that a line names: all between two vertices, of a label, with a value.
#[derive(Clone, Debug)]
pub struct NamedEdges {
    /// Where they start.
    pub source: VertexIx,
    /// Where they end.
    pub target: VertexIx,
    /// Their label; none for any.
    pub label: Option<LabelId>,
    /// A value that they have; none for any.
    pub value: Option<(PropId, Value)>,
}

impl NamedEdges {
    /// The edges of a version that are meant.
    pub fn among(&self, snapshot: &Snapshot) -> Vec<EdgeName> {
        let edges = snapshot.edges_between(self.source, self.target);
        let is_meant = |e: &&gesso_graph::EdgeRef| {
            self.label.is_none_or(|l| l == e.label)
                && self.value.as_ref().is_none_or(|(p, v)| snapshot.edge_property(e, *p).as_ref() == Some(v))
        };
        edges.iter().filter(is_meant).map(gesso_graph::EdgeRef::name).collect()
    }
}

/// The columns of a label.
pub fn columns_of(columns: &Columns, label: LabelId) -> Option<&[Property]> {
    columns.iter().find(|c| c.0 == label).map(|c| c.1.as_slice())
}

/// Reads the files of a request under one log. `vertex` and `edge` take a line each.
pub fn read(
    ctx: &JobContext,
    files: &Files,
    job_id: &str,
    vertex: &mut dyn FnMut(&Record) -> Result<Taken, Stop>,
    edge: &mut dyn FnMut(&Record) -> Result<Taken, Stop>,
) -> Result<(Vec<FileReport>, ImportLog, String), ReadError> {
    let begin_time = rfc3339_ms(crate::record::now_ms());
    let mut log = ImportLog::new(files.log_dir.as_ref().map(|dir| dir.within(job_id)));
    log.prepare(ctx)?;
    ctx.phase("read files", 1.0, total_bytes(files.vertices.iter().chain(&files.edges)));
    let (options, log_ref) = (&files.options, &mut log);
    let mut reports = read_records(ctx, Dataset::Vertex, &files.vertices, options, log_ref, vertex)?;
    reports.extend(read_records(ctx, Dataset::Edge, &files.edges, options, log_ref, edge)?);
    Ok((reports, log, begin_time))
}

/// Ends the log after the commit; what was changed stays, so a log that can not be written fails nothing.
pub fn finish_log(ctx: &JobContext, log: ImportLog, files: &Files, job_id: &str, begin_time: String) {
    let summary = Summary {
        job_id: job_id.to_owned(),
        begin_time,
        end_time: rfc3339_ms(crate::record::now_ms()),
        options: files.shown_options.clone(),
    };
    if let Err(error) = log.finish(ctx, &summary) {
        tracing::warn!(job = job_id, %error, "the log of a job can not be written");
    }
}

/// `success` and `failed`: lines that were applied, and that were skipped.
pub fn outcome(reports: &[FileReport], applied: u64) -> Outcome {
    let total: u64 = reports.iter().map(|r| r.total_lines).sum();
    let causes: Vec<String> =
        reports.iter().flat_map(|r| &r.first_errors).take(20).map(ToString::to_string).collect();
    let outcome = Outcome::default()
        .with("success", Scalar::Int(applied as i64))
        .with("failed", Scalar::Int(total.saturating_sub(applied) as i64));
    if causes.is_empty() { outcome } else { outcome.with("cause", Scalar::Text(causes.join("\n"))) }
}

/// A failed read as the failure of a job.
pub fn read_failure(kind: Kind, error: ReadError) -> Failure {
    match error {
        ReadError::Stopped(stop) => stop.into(),
        other => Failure::new(kind.failure_code(), other.to_string()),
    }
}

/// A field of a record.
pub fn field(record: &Record, i: usize) -> Option<&str> {
    record.get(i)?.as_deref()
}

/// A vertex that a field names, or why there is none.
pub fn vertex_of(snapshot: &Snapshot, record: &Record, i: usize) -> Result<VertexIx, Taken> {
    let column = i as u32 + 1;
    let id = field(record, i).filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Taken::Rejected(column, ErrorCode::Id, "id [] is empty".to_owned()))?;
    let shown = || id.chars().take(80).collect::<String>();
    snapshot
        .find(id)
        .ok_or_else(|| Taken::Rejected(column, ErrorCode::Id, format!("vertex [{}] does not exist", shown())))
}

/// The label that a field names, or why there is none.
pub fn label_of<'s>(snapshot: &'s Snapshot, record: &Record, i: usize) -> Result<&'s Label, Taken> {
    let name = field(record, i).unwrap_or_default();
    let shown: String = name.chars().take(80).collect();
    let label = snapshot.schema().get(name).map(AsRef::as_ref);
    label.ok_or_else(|| {
        Taken::Rejected(i as u32 + 1, ErrorCode::Label, format!("label [{shown}] does not exist"))
    })
}

/// The values of a record's columns from the `first`-th on. Unset fields have none.
pub fn values_of(
    record: &Record,
    first: usize,
    properties: &[Property],
    list_escape: bool,
) -> Result<Vec<(PropId, Option<Value>)>, Taken> {
    let surplus = record.get(first + properties.len()..).unwrap_or_default();
    if surplus.len() > 1 || surplus.iter().any(Option::is_some) {
        let column = (first + properties.len()) as u32 + 1;
        let message = format!("line has {} columns, expected at most {}", record.len(), column - 1);
        return Err(Taken::Rejected(column, ErrorCode::TooMany, message));
    }
    let value = |(i, property): (usize, &Property)| {
        let Some(text) = field(record, first + i) else { return Ok((property.id, None)) };
        let parsed = property.parse_field(text, list_escape);
        let wrong =
            |e| Taken::Rejected((first + i) as u32 + 1, ErrorCode::Value, property.value_error(text, e));
        Ok((property.id, Some(parsed.map_err(wrong)?)))
    };
    properties.iter().enumerate().map(value).collect()
}
