//! Making and dropping indices on a live graph.
//!
//! An index is built over a snapshot while reads and writes go on. The commit that makes it known adds what
//! changed meanwhile; if the base was replaced meanwhile, the work begins again. Lock order: `reserved`,
//! then the graph's writer.

use super::data::IndexData;
use super::definition::{IndexDef, IndexError, IndexKind, IndexSpec};
use super::delta::DeltaPart;
use super::text::{Fault, TextIndex};
use crate::apply::ApplyError;
use crate::error::WriteError;
use crate::graph::Graph;
use crate::snapshot::Snapshot;
use gesso_core::{JobContext, Stop};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Names of indices that are being built.
#[derive(Debug, Default)]
pub(crate) struct IndexNames(Mutex<BTreeSet<String>>);

impl IndexNames {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Indices that may be built: their names are kept from others until this is dropped.
pub struct ReservedIndices {
    graph: Arc<Graph>,
    specs: Vec<IndexSpec>,
    most: usize,
}

/// Why an index was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateIndexError {
    /// The schema has changed since the request.
    #[error(transparent)]
    Refused(#[from] IndexError),
    /// The commit failed.
    #[error("{0}")]
    Write(String),
    /// The data can not be made.
    #[error("{0}")]
    Build(String),
    /// The job was stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl From<Fault> for CreateIndexError {
    fn from(fault: Fault) -> CreateIndexError {
        match fault {
            Fault::Stopped(stop) => CreateIndexError::Stopped(stop),
            Fault::Broken(reason) => CreateIndexError::Build(reason),
        }
    }
}

/// Why a commit of new indices does not go through.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("the base was replaced")]
    BaseReplaced,
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl Graph {
    /// Checks descriptions of indices and keeps their names. With them the graph has at most `most`.
    pub fn reserve_indices(
        self: &Arc<Graph>,
        specs: Vec<IndexSpec>,
        most: usize,
    ) -> Result<ReservedIndices, IndexError> {
        let mut reserved = self.index_names().lock();
        let snapshot = self.snapshot();
        let mut schema = snapshot.schema().as_ref().clone();
        let room = most.saturating_sub(reserved.len());
        for spec in &specs {
            schema = schema.with_index(spec, room)?.0;
            if reserved.contains(&spec.name) {
                return Err(IndexError::Exists(spec.name.clone()));
            }
        }
        reserved.extend(specs.iter().map(|s| s.name.clone()));
        Ok(ReservedIndices { graph: self.clone(), specs, most })
    }

    /// Drops an index: from the next version on no query uses it. Gives what [`Graph::free_index`] takes.
    pub fn drop_index(&self, name: &str) -> Result<Arc<IndexDef>, WriteError<IndexError>> {
        self.write(|tx| {
            let (schema, def) = tx.snapshot().schema().without_index(name)?;
            // A schema always applies.
            tx.set_schema(schema).map_err(|_| IndexError::NoIndex(name.to_owned()))?;
            Ok(def)
        })
    }
}

impl ReservedIndices {
    /// Upper bound of the bytes that building holds at a time.
    pub fn need_bytes(&self) -> u64 {
        let snapshot = self.graph.snapshot();
        let rows = snapshot.base.live_vertices.max(snapshot.base.edges);
        // Hash, row, sorted row, and for each bucket of four rows an offset and a count for each thread.
        let by_row = 8 + 4 + 4 + 4 + 8;
        let need = |spec: &IndexSpec| match spec.properties.as_deref() {
            None | Some([]) => 0,
            Some(names) if IndexKind::parse(&spec.kind).is_some_and(IndexKind::is_full_text) => {
                TextIndex::need_bytes(&snapshot.base, &snapshot.schema, names)
            }
            Some(_) => rows * by_row,
        };
        // One is built after the other, and is no longer the job's then.
        self.specs.iter().map(need).max().unwrap_or(0)
    }

    /// Builds the indices and commits them: all or none.
    pub fn build(&self, ctx: &JobContext) -> Result<(), CreateIndexError> {
        loop {
            let snapshot = self.graph.snapshot();
            let built = self.build_over(ctx, &snapshot)?;
            let mut made = Vec::new();
            let written = self.graph.write_in_job(ctx, |tx| {
                if !Arc::ptr_eq(&tx.snapshot().base, &snapshot.base) {
                    return Err(Refusal::BaseReplaced);
                }
                let mut schema = tx.snapshot().schema().as_ref().clone();
                for (spec, built) in self.specs.iter().zip(built) {
                    let (next, def) = schema.with_index(spec, self.most)?;
                    if let Some((data, mut part)) = built {
                        let between = (&snapshot.delta, &tx.snapshot().delta);
                        part.catch_up(Some(ctx), &next, &def, &snapshot.base, between)?;
                        tx.attach_to_index(def.id, part);
                        snapshot.indices.insert(def.id, data);
                        made.push(def.id);
                    }
                    schema = next;
                }
                Ok(tx.set_schema(schema)?)
            });
            let Err(error) = written else { return Ok(()) };
            for id in made {
                snapshot.indices.remove(id);
            }
            match error {
                WriteError::Refused(Refusal::BaseReplaced) => ctx.checkpoint()?,
                WriteError::Refused(Refusal::Index(e)) => return Err(e.into()),
                WriteError::Refused(Refusal::Stopped(stop)) | WriteError::Stopped(stop) => {
                    return Err(stop.into());
                }
                other => return Err(CreateIndexError::Write(other.to_string())),
            }
        }
    }

    fn build_over(
        &self,
        ctx: &JobContext,
        snapshot: &Snapshot,
    ) -> Result<Vec<Option<(IndexData, DeltaPart)>>, CreateIndexError> {
        let elements = snapshot.base.live_vertices + snapshot.base.edges;
        ctx.phase("build index", 1.0, elements);
        let mut built = Vec::with_capacity(self.specs.len());
        let mut schema = snapshot.schema().as_ref().clone();
        for spec in &self.specs {
            let (next, def) = schema.with_index(spec, self.most)?;
            // The layout of a base is enough for an index of labels.
            built.push(if def.is_of_labels() {
                None
            } else {
                let data = IndexData::build(ctx, &snapshot.base, &next, &def)?;
                Some((data, DeltaPart::of(Some(ctx), &next, &def, &snapshot.base, &snapshot.delta)?))
            });
            schema = next;
        }
        Ok(built)
    }
}

impl Drop for ReservedIndices {
    fn drop(&mut self) {
        let mut reserved = self.graph.index_names().lock();
        for spec in &self.specs {
            reserved.remove(&spec.name);
        }
    }
}
