//! What `import_properties` and `delete_by_file` share: records that name elements which exist, read first and
//! applied then in one commit.

use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::date::rfc3339_ms;
use gesso_core::{JobContext, LabelId, Outcome, PropId, Scalar, Value, VertexIx};
use gesso_graph::schema::{Label, Property};
use gesso_graph::{EdgeName, Snapshot};
use gesso_io::csv::{Dataset, ErrorCode, Record, TakeRecord, Taken};
use gesso_io::import_log::Summary;
use gesso_io::inputs::total_bytes;
use gesso_io::{CsvOptions, FileReport, ImportLog, ReadError, read_records};
use gesso_store::OutputDir;
use gesso_store::objects::{Format, InputFile};

/// Which files hold the lines and how they are read.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Vertex files in order.
    pub vertices: Vec<InputFile>,
    /// Edge files in order.
    pub edges: Vec<InputFile>,
    /// The format of the vertex files.
    pub vertex_format: Format,
    /// The format of the edge files.
    pub edge_format: Format,
    /// How lines of delimited text are read.
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

/// Reads the files of a request under one log. `vertex` and `edge` take a record each.
pub fn read(
    ctx: &JobContext,
    files: &Files,
    job_id: &str,
    vertex: &mut TakeRecord<'_>,
    edge: &mut TakeRecord<'_>,
) -> Result<(Vec<FileReport>, ImportLog, String), ReadError> {
    let begin_time = rfc3339_ms(crate::record::now_ms());
    let mut log = ImportLog::new(files.log_dir.as_ref().map(|dir| dir.within(job_id)));
    log.prepare(ctx)?;
    ctx.phase("read files", 1.0, total_bytes(files.vertices.iter().chain(&files.edges)));
    let options = |format| CsvOptions { format, ..files.options.clone() };
    let of_vertices = options(files.vertex_format);
    let mut reports = read_records(ctx, Dataset::Vertex, &files.vertices, &of_vertices, &mut log, vertex)?;
    let of_edges = options(files.edge_format);
    reports.extend(read_records(ctx, Dataset::Edge, &files.edges, &of_edges, &mut log, edge)?);
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

/// The names of ids and labels in records that name their fields.
const ID: &str = "id";
const SOURCE: &str = "source";
const TARGET: &str = "target";
const LABEL: &str = "label";
/// The field that tells parallel edges apart, if it is not the property's own.
const EDGE_ID_VALUE: &str = "edgeIdValue";

/// The vertex that a record names, or why there is none.
pub fn vertex_of(snapshot: &Snapshot, record: &Record<'_>) -> Result<VertexIx, Taken> {
    find_vertex(snapshot, record, 0, ID)
}

/// The ends of the edges that a record names.
pub fn ends_of(snapshot: &Snapshot, record: &Record<'_>) -> Result<(VertexIx, VertexIx), Taken> {
    Ok((find_vertex(snapshot, record, 0, SOURCE)?, find_vertex(snapshot, record, 1, TARGET)?))
}

fn find_vertex(snapshot: &Snapshot, record: &Record<'_>, at: usize, name: &str) -> Result<VertexIx, Taken> {
    let refused = |message| Taken::Rejected(at as u32 + 1, ErrorCode::Id, message);
    let id = record.text(at, name)?;
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| refused(format!("{name} [] is empty")))?;
    let found = snapshot.find(&id);
    found.ok_or_else(|| {
        refused(format!("vertex [{}] does not exist", id.chars().take(80).collect::<String>()))
    })
}

/// True if a record names a label in the column at `at`.
pub fn names_label(record: &Record<'_>, at: usize) -> Result<bool, Taken> {
    Ok(record.text(at, LABEL)?.is_some())
}

/// The label that a record names in the column at `at`, or why there is none.
pub fn label_of<'s>(snapshot: &'s Snapshot, record: &Record<'_>, at: usize) -> Result<&'s Label, Taken> {
    let name = record.text(at, LABEL)?.unwrap_or_default();
    let shown: String = name.chars().take(80).collect();
    let label = snapshot.schema().get(&name).map(AsRef::as_ref);
    label.ok_or_else(|| {
        Taken::Rejected(at as u32 + 1, ErrorCode::Label, format!("label [{shown}] does not exist"))
    })
}

/// Whether a record has a value that tells an edge apart, which stands in the column at `at`.
pub fn has_key(record: &Record<'_>, at: usize, key: &Property) -> bool {
    match record {
        Record::Line(fields) => fields.len() > at,
        Record::Named(fields) => fields.has(EDGE_ID_VALUE) || fields.has(&key.name),
    }
}

/// The value that tells an edge apart: in the column at `at`, in the field of that name, or, unless it is to
/// be `changed`, in the field of the property.
pub fn key_of(record: &Record<'_>, at: usize, key: &Property, changed: &[Property]) -> Result<Value, Taken> {
    let is_changed = changed.iter().any(|property| property.id == key.id);
    let name = match record {
        Record::Named(fields) if !is_changed && !fields.has(EDGE_ID_VALUE) => &*key.name,
        _ => EDGE_ID_VALUE,
    };
    let column = at as u32 + 1;
    match (record.value(at, name, key, false)?, record) {
        (Some(value), _) => Ok(value),
        // An empty field is the empty text, where there is such a value.
        (None, Record::Line(_)) => {
            let wrong = |e| Taken::Rejected(column, ErrorCode::Value, key.value_error("", e));
            key.data_type.parse("").map_err(wrong)
        }
        (None, Record::Named(_)) => {
            let message = format!("[{name}] is missing, expected a value of property [{}]", key.name);
            Err(Taken::Rejected(column, ErrorCode::TooFew, message))
        }
    }
}

/// The values of the properties that a record changes, in the columns from the `first`-th on. Unset fields
/// have none. Of a record that names its fields, others of the label are passed over.
pub fn values_of(
    record: &Record<'_>,
    first: usize,
    label: &Label,
    properties: &[Property],
    list_escape: bool,
) -> Result<Vec<(PropId, Option<Value>)>, Taken> {
    check_surplus(record, first + properties.len(), label)?;
    let value = |(i, property): (usize, &Property)| {
        Ok((property.id, record.value(first + i, &property.name, property, list_escape)?))
    };
    properties.iter().enumerate().map(value).collect()
}

fn check_surplus(record: &Record<'_>, end: usize, label: &Label) -> Result<(), Taken> {
    let refused = |column: usize, message| Err(Taken::Rejected(column as u32, ErrorCode::TooMany, message));
    match record {
        Record::Line(fields) => {
            let surplus = fields.get(end..).unwrap_or_default();
            if surplus.len() > 1 || surplus.iter().any(Option::is_some) {
                let message = format!("line has {} columns, expected at most {end}", fields.len());
                return refused(end + 1, message);
            }
        }
        Record::Named(fields) => {
            let is_known = |name: &str| {
                [ID, SOURCE, TARGET, LABEL, EDGE_ID_VALUE].contains(&name) || label.property(name).is_some()
            };
            if let Some(name) = fields.unknown(&is_known) {
                let shown: String = name.chars().take(80).collect();
                return refused(0, format!("property [{shown}] does not exist in label [{}]", label.name));
            }
        }
    }
    Ok(())
}
