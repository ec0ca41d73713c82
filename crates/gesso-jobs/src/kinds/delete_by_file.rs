//! `delete_by_file`: elements that files list, in one commit.

use super::Work;
use super::delete_filtered::write_failure;
use super::file_lines::{
    Files, NamedEdges, ends_of, finish_log, has_key, key_of, label_of, names_label, outcome, read,
    read_failure, vertex_of,
};
use crate::error::Failure;
use crate::kind::Kind;
use gesso_core::{JobContext, LabelId, Outcome, Stop, VertexIx};
use gesso_graph::schema::Property;
use gesso_graph::{ApplyError, Graph, Snapshot, Transaction};
use gesso_io::csv::{ErrorCode, Record, Taken};
use std::sync::{Arc, Mutex, PoisonError};

/// What to delete.
#[derive(Clone, Debug, Default)]
pub struct FileDelete {
    /// Where the lines are.
    pub files: Files,
    /// The property that tells parallel edges of a label apart.
    pub target_properties: Vec<(LabelId, Property)>,
}

enum Listed {
    Vertex(VertexIx),
    Edges(NamedEdges),
}

/// Reads the files, then deletes everything in one commit. `job_id` names the log's directory.
pub fn work(graph: Arc<Graph>, delete: FileDelete, job_id: Arc<Mutex<String>>) -> Work {
    Work::new(Kind::DeleteByFile, 0, move |ctx| {
        let id = job_id.lock().unwrap_or_else(PoisonError::into_inner).clone();
        run(ctx, &graph, &delete, &id)
    })
}

fn run(ctx: &JobContext, graph: &Graph, delete: &FileDelete, id: &str) -> Result<Outcome, Failure> {
    let kind = Kind::DeleteByFile;
    let snapshot = graph.snapshot();
    let listed = Mutex::new((Vec::new(), ctx.reserve(0)?));
    let keep = |line: Result<Listed, Taken>| {
        let line = match line {
            Ok(line) => line,
            Err(rejected) => return Ok(rejected),
        };
        let mut listed = listed.lock().unwrap_or_else(PoisonError::into_inner);
        ctx.grow(&mut listed.1, size_of::<Listed>() as u64)?;
        listed.0.push(line);
        Ok::<_, Stop>(Taken::Applied)
    };
    ctx.progress().scope(0.0, 0.7);
    let (reports, log, begin) = read(
        ctx,
        &delete.files,
        id,
        &mut |record| keep(vertex_of(&snapshot, record).map(Listed::Vertex)),
        &mut |record| keep(edge_line(&snapshot, delete, record).map(Listed::Edges)),
    )
    .map_err(|e| read_failure(kind, e))?;
    let (listed, _held) = listed.into_inner().unwrap_or_else(PoisonError::into_inner);
    ctx.progress().scope(0.7, 1.0);
    ctx.phase("delete elements", 1.0, listed.len() as u64);
    let written = graph.write_in_job(ctx, |tx| {
        let (mut applied, mut tick) = (0, ctx.tick());
        for line in listed {
            tick.spend(64)?;
            ctx.advance(1);
            let done = line.delete(tx).map_err(|e| Failure::new(kind.failure_code(), e.to_string()))?;
            applied += u64::from(done);
        }
        Ok::<u64, Failure>(applied)
    });
    let applied = written.map_err(|e| write_failure(kind, e))?;
    finish_log(ctx, log, &delete.files, id, begin);
    Ok(outcome(&reports, applied))
}

impl Listed {
    /// False if there is nothing left to delete.
    fn delete(&self, tx: &mut Transaction) -> Result<bool, ApplyError> {
        match self {
            Listed::Vertex(v) if !tx.snapshot().is_alive(*v) => Ok(false),
            Listed::Vertex(v) => tx.delete_vertex(*v).map(|()| true),
            Listed::Edges(named) => {
                let edges = named.among(tx.snapshot());
                edges.iter().try_for_each(|e| tx.delete_edge(*e))?;
                Ok(!edges.is_empty())
            }
        }
    }
}

fn edge_line(snapshot: &Snapshot, delete: &FileDelete, record: &Record<'_>) -> Result<NamedEdges, Taken> {
    let (source, target) = ends_of(snapshot, record)?;
    let mut named = NamedEdges { source, target, label: None, value: None };
    if names_label(record, 2)? {
        let label = label_of(snapshot, record, 2)?;
        named.label = Some(label.id);
        let told = delete.target_properties.iter().find(|t| t.0 == label.id);
        // Without a value, or without a property for it, all edges of the label are meant.
        if let Some((_, key)) = told.filter(|(_, key)| has_key(record, 3, key)) {
            named.value = Some((key.id, key_of(record, 3, key, &[])?));
        }
    }
    if named.among(snapshot).is_empty() {
        return Err(Taken::Rejected(0, ErrorCode::Id, "no such edge".to_owned()));
    }
    Ok(named)
}
