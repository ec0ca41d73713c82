//! `import_properties`: properties of elements that exist, from files, in one commit.

use super::Work;
use super::delete_filtered::write_failure;
use super::file_lines::{
    Columns, Files, NamedEdges, columns_of, ends_of, finish_log, key_of, label_of, outcome, read,
    read_failure, values_of, vertex_of,
};
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{JobContext, LabelId, Outcome, PropId, Stop, Value, VertexIx};
use gesso_graph::schema::Property;
use gesso_graph::{ApplyError, Graph, Snapshot, Transaction};
use gesso_io::csv::{ErrorCode, Record, Taken};
use std::sync::{Arc, Mutex, PoisonError};

/// What to change.
#[derive(Clone, Debug, Default)]
pub struct PropertyImport {
    /// Where the lines are.
    pub files: Files,
    /// Properties of vertices by label, in the order of the columns.
    pub vertex_properties: Columns,
    /// Properties of edges by label, in the order of the columns.
    pub edge_properties: Columns,
    /// The property that tells parallel edges of a label apart.
    pub target_properties: Vec<(LabelId, Property)>,
    /// Whether vertex lines name a label.
    pub vertices_have_label: bool,
}

/// New values of an element; none unsets.
type Values = Vec<(PropId, Option<Value>)>;

enum Change {
    Vertex(VertexIx, LabelId, Values),
    Edges(NamedEdges, Values),
}

/// Reads the files, then changes everything in one commit. `job_id` names the log's directory.
pub fn work(graph: Arc<Graph>, import: PropertyImport, job_id: Arc<Mutex<String>>) -> Work {
    Work::new(Kind::ImportProperties, 0, move |ctx| {
        let id = job_id.lock().unwrap_or_else(PoisonError::into_inner).clone();
        run(ctx, &graph, &import, &id)
    })
}

fn run(ctx: &JobContext, graph: &Graph, import: &PropertyImport, id: &str) -> Result<Outcome, Failure> {
    let kind = Kind::ImportProperties;
    let snapshot = graph.snapshot();
    let changes = Mutex::new((Vec::new(), ctx.reserve(0)?));
    let keep = |change: Result<Change, Taken>| {
        let change = match change {
            Ok(change) => change,
            Err(rejected) => return Ok(rejected),
        };
        let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
        ctx.grow(&mut changes.1, change.size_bytes())?;
        changes.0.push(change);
        Ok::<_, Stop>(Taken::Applied)
    };
    ctx.progress().scope(0.0, 0.7);
    let (reports, log, begin) = read(
        ctx,
        &import.files,
        id,
        &mut |record| keep(vertex_line(&snapshot, import, record)),
        &mut |record| keep(edge_line(&snapshot, import, record)),
    )
    .map_err(|e| read_failure(kind, e))?;
    let (changes, _held) = changes.into_inner().unwrap_or_else(PoisonError::into_inner);
    ctx.progress().scope(0.7, 1.0);
    ctx.phase("change elements", 1.0, changes.len() as u64);
    let written = graph.write_in_job(ctx, |tx| {
        let (mut applied, mut tick) = (0, ctx.tick());
        for change in changes {
            tick.spend(64)?;
            ctx.advance(1);
            let done = change.apply(tx);
            applied += u64::from(done.map_err(|e| Failure::new(kind.failure_code(), e.to_string()))?);
        }
        Ok::<u64, Failure>(applied)
    });
    let applied = written.map_err(|e| write_failure(kind, e))?;
    finish_log(ctx, log, &import.files, id, begin);
    Ok(outcome(&reports, applied))
}

impl Change {
    fn size_bytes(&self) -> u64 {
        let (Change::Vertex(_, _, values) | Change::Edges(_, values)) = self;
        let heap: usize = values.iter().filter_map(|v| v.1.as_ref()).map(Value::heap_bytes).sum();
        (size_of::<Change>() + values.len() * size_of::<(PropId, Option<Value>)>() + heap) as u64
    }

    /// False if what was meant is gone since the line was read.
    fn apply(self, tx: &mut Transaction) -> Result<bool, ApplyError> {
        match self {
            Change::Vertex(v, label, values) => {
                let labels = tx.snapshot().labels_of(v);
                if !labels.contains(&label) {
                    return Ok(false);
                }
                let mut row = tx.snapshot().vertex_properties(v);
                row.retain(|(l, p, _)| *l != label || !values.iter().any(|(changed, _)| changed == p));
                row.extend(values.into_iter().filter_map(|(p, v)| Some((label, p, v?))));
                tx.set_vertex(v, labels, row).map(|()| true)
            }
            Change::Edges(named, values) => {
                let edges = named.among(tx.snapshot());
                for name in &edges {
                    let snapshot = tx.snapshot();
                    let between = snapshot.edges_between(name.source, name.target);
                    let Some(edge) = between.iter().find(|e| e.name() == *name) else { continue };
                    let mut row = snapshot.edge_properties(edge);
                    row.retain(|(p, _)| !values.iter().any(|(changed, _)| changed == p));
                    row.extend(values.iter().filter_map(|(p, v)| Some((*p, v.clone()?))));
                    tx.set_edge(*name, row)?;
                }
                Ok(!edges.is_empty())
            }
        }
    }
}

fn vertex_line(snapshot: &Snapshot, import: &PropertyImport, record: &Record<'_>) -> Result<Change, Taken> {
    let v = vertex_of(snapshot, record)?;
    let own = snapshot.labels_of(v);
    let (label, first) = if import.vertices_have_label {
        let label = label_of(snapshot, record, 1)?;
        let has = own.contains(&label.id) && columns_of(&import.vertex_properties, label.id).is_some();
        (has.then_some(label.id), 2)
    } else {
        (own.into_iter().find(|l| columns_of(&import.vertex_properties, *l).is_some()), 1)
    };
    let none = || {
        let message = "vertex does not have a label of [vertexProperties]".to_owned();
        Taken::Rejected(first as u32, ErrorCode::Label, message)
    };
    let label = label.and_then(|label| snapshot.schema().label(label)).ok_or_else(none)?;
    let properties = columns_of(&import.vertex_properties, label.id).unwrap_or_default();
    let values = values_of(record, first, label, properties, import.files.options.list_escape)?;
    Ok(Change::Vertex(v, label.id, values))
}

fn edge_line(snapshot: &Snapshot, import: &PropertyImport, record: &Record<'_>) -> Result<Change, Taken> {
    let (source, target) = ends_of(snapshot, record)?;
    let label = label_of(snapshot, record, 2)?;
    let told = import.target_properties.iter().find(|t| t.0 == label.id);
    let (Some((_, key)), Some(properties)) = (told, columns_of(&import.edge_properties, label.id)) else {
        let message = "label is not in [edgeProperties] and [targetProperties]".to_owned();
        return Err(Taken::Rejected(3, ErrorCode::Label, message));
    };
    let value = key_of(record, 3, key, properties)?;
    let named = NamedEdges { source, target, label: Some(label.id), value: Some((key.id, value)) };
    let values = values_of(record, 4, label, properties, import.files.options.list_escape)?;
    if named.among(snapshot).is_empty() {
        return Err(Taken::Rejected(0, ErrorCode::Id, "no such edge".to_owned()));
    }
    Ok(Change::Edges(named, values))
}
