//! A named graph: one writer at a time, readers who never wait, and what makes both durable.
//!
//! ```text
//! <graph>/graph.json            who it is; never changes
//! <graph>/manifest.json         which base is current, and the log record it includes
//! <graph>/base-…/               see `persist`
//! <graph>/log/                  commits after the base, see `op`
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before a commit's fsync | the graph without the commit, or with all of it |
//! | while a new base is written | the old base and the whole log; the new directory is removed |
//! | after the manifest names the new base | the new base and the log after it |
//!
//! Threads: none. Lock order: `writer`, then `pending`; the log's own locks come last. `writer` is not
//! held while a writer waits for its fsync, so that those who wait share one.

use crate::apply::ApplyError;
use crate::base::Base;
use crate::bulk::{BulkLoad, RepeatedEdges};
use crate::index::{BaseIndices, IndexNames};
use crate::op::{self, Op};
use crate::persist;
use crate::projection::{Projection, ProjectionCache, ProjectionError, ProjectionSpec};
use crate::schema::Schema;
use crate::schema_json;
use crate::snapshot::Snapshot;
use crate::transaction::Transaction;
use arc_swap::ArcSwap;
use gesso_core::{GraphVersion, JobContext, Lsn, Stop};
use gesso_store::{Log, LogOptions, SegmentInfo, StoreError, load_json, save_json};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who a graph is; fixed when it is created.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GraphInfo {
    /// Unique over the life of the data directory; also the directory's name.
    pub uid: String,
    /// The project it belongs to.
    pub project: String,
    /// Its name in the project.
    pub name: String,
    /// Milliseconds since 1970.
    pub created_ms: u64,
    /// What the request for it said beyond its name; kept and reported.
    #[serde(default)]
    pub options: BTreeMap<String, serde_json::Value>,
}

/// A graph that is open for reading and writing.
pub struct Graph {
    info: GraphInfo,
    dir: PathBuf,
    log: Log,
    /// The newest durable version.
    current: ArcSwap<Snapshot>,
    writer: Mutex<Writer>,
    /// Versions whose commit is not durable yet, oldest first.
    pending: Mutex<VecDeque<(Lsn, Arc<Snapshot>)>>,
    projections: ProjectionCache,
    index_names: IndexNames,
}

struct Writer {
    /// The newest version, durable or not.
    tip: Arc<Snapshot>,
    /// The log record that made `tip`.
    lsn: Lsn,
    generation: u64,
    exclusive: Option<Exclusive>,
    /// Commits since a compaction took its snapshot.
    since: Option<Vec<Vec<Op>>>,
}

/// What a graph is closed to writers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exclusive {
    Import,
    Deleted,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    generation: u64,
    /// None: the graph began empty and its log has everything.
    base: Option<String>,
    /// The last log record that the base includes.
    lsn: u64,
    schema: String,
    files: BTreeMap<String, SegmentInfo>,
}

/// Why a write did not happen. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError<E> {
    /// The caller's own reason.
    #[error("{0}")]
    Refused(E),
    /// An import has the graph to itself.
    #[error("graph [{0}] is importing")]
    Importing(String),
    /// The graph was deleted meanwhile.
    #[error("graph [{0}] is not found")]
    Deleted(String),
    /// The log did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The job was stopped before its commit.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Why a graph can not be opened, loaded or compacted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// Disk or format.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A log record that can not be read.
    #[error("graph log record {lsn}: {source}")]
    Record {
        /// Its number.
        lsn: u64,
        /// What is wrong with it.
        source: op::OpError,
    },
    /// A log record that does not fit what came before it.
    #[error("graph log record {lsn}: {source}")]
    Apply {
        /// Its number.
        lsn: u64,
        /// What is wrong with it.
        source: ApplyError,
    },
    /// `graph.json` or the manifest is missing or unreadable.
    #[error("`{}`: {reason}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another import has the graph.
    #[error("graph [{0}] is importing")]
    Importing(String),
    /// The graph was deleted meanwhile.
    #[error("graph [{0}] is not found")]
    Deleted(String),
    /// The job was stopped; the graph is as it was.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Changes in a delta from which a new base is worth its cost, at least.
const COMPACT_CHANGES_MIN: u64 = 200_000;

impl Graph {
    /// Makes an empty graph in a directory that does not exist yet.
    pub fn create(dir: &Path, info: GraphInfo, cache_bytes: u64) -> Result<Graph, GraphError> {
        std::fs::create_dir_all(dir).map_err(|e| manifest_error(dir, &e))?;
        let schema = schema_json::to_text(&Schema::default());
        let manifest = Manifest { generation: 0, base: None, lsn: 0, schema, files: BTreeMap::new() };
        save_json(&dir.join("manifest.json"), &manifest)?;
        save_json(&dir.join("graph.json"), &info)?;
        Graph::open(dir, cache_bytes)
    }

    /// Opens a graph: maps its base and applies its log.
    pub fn open(dir: &Path, cache_bytes: u64) -> Result<Graph, GraphError> {
        let info: GraphInfo = required(&dir.join("graph.json"))?;
        let manifest: Manifest = required(&dir.join("manifest.json"))?;
        remove_stale_bases(dir, manifest.base.as_deref())?;
        let base = match &manifest.base {
            Some(name) => persist::load(&dir.join(name), &manifest.files)?,
            None => Base::default(),
        };
        let schema = schema_json::of_text(&manifest.schema)
            .map_err(|e| GraphError::Manifest { path: dir.join("manifest.json"), reason: e.to_string() })?;
        let mut tip = Snapshot::of_base(GraphVersion(manifest.lsn), Arc::new(schema), Arc::new(base));
        let from = Lsn(manifest.lsn);
        let (log, _) =
            Log::open::<GraphError>(&dir.join("log"), LogOptions::default(), from, |lsn, record| {
                let ops = op::decode(record).map_err(|source| GraphError::Record { lsn: lsn.0, source })?;
                let mut apply = || ops.iter().try_for_each(|op| tip.apply(op));
                apply().map_err(|source| GraphError::Apply { lsn: lsn.0, source })?;
                tip.version = GraphVersion(lsn.0);
                Ok(())
            })?;
        let tip = Arc::new(tip);
        let writer = Writer {
            tip: tip.clone(),
            lsn: log.last(),
            generation: manifest.generation,
            exclusive: None,
            since: None,
        };
        Ok(Graph {
            info,
            dir: dir.to_owned(),
            log,
            current: ArcSwap::new(tip),
            writer: Mutex::new(writer),
            pending: Mutex::default(),
            projections: ProjectionCache::new(cache_bytes),
            index_names: IndexNames::default(),
        })
    }

    /// Who the graph is.
    pub fn info(&self) -> &GraphInfo {
        &self.info
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The newest durable version.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// A projection of a version, from the cache where it has one.
    pub fn projection(
        &self,
        ctx: &JobContext,
        snapshot: &Arc<Snapshot>,
        spec: &ProjectionSpec,
    ) -> Result<Arc<Projection>, ProjectionError> {
        self.projections.get(ctx, snapshot, spec)
    }

    /// The cache of projections.
    pub fn projections(&self) -> &ProjectionCache {
        &self.projections
    }

    /// Names of indices under construction.
    pub(crate) fn index_names(&self) -> &IndexNames {
        &self.index_names
    }

    /// Bytes of the log on disk.
    pub fn log_bytes(&self) -> u64 {
        self.log.size_bytes()
    }

    /// Changes the graph: all that `change` does, or nothing. Returns when the commit is durable; readers
    /// see it from then on. `change` may be long but holds up other writers, not readers.
    pub fn write<R, E>(
        &self,
        change: impl FnOnce(&mut Transaction) -> Result<R, E>,
    ) -> Result<R, WriteError<E>> {
        self.write_sealing(None, change)
    }

    /// [`Graph::write`] by a job, whose gate is sealed just before the commit.
    pub fn write_in_job<R, E>(
        &self,
        ctx: &JobContext,
        change: impl FnOnce(&mut Transaction) -> Result<R, E>,
    ) -> Result<R, WriteError<E>> {
        self.write_sealing(Some(ctx), change)
    }

    fn write_sealing<R, E>(
        &self,
        ctx: Option<&JobContext>,
        change: impl FnOnce(&mut Transaction) -> Result<R, E>,
    ) -> Result<R, WriteError<E>> {
        let mut writer = self.lock_writer();
        match writer.exclusive {
            Some(Exclusive::Import) => return Err(WriteError::Importing(self.info.name.clone())),
            Some(Exclusive::Deleted) => return Err(WriteError::Deleted(self.info.name.clone())),
            None => {}
        }
        let mut transaction = Transaction::on(&writer.tip);
        let answer = change(&mut transaction).map_err(WriteError::Refused)?;
        let (mut next, ops) = transaction.into_parts();
        if let Some(ctx) = ctx {
            ctx.seal()?;
        }
        if ops.is_empty() {
            return Ok(answer);
        }
        let lsn = self.log.append(&op::encode(&ops))?;
        next.version = GraphVersion(lsn.0);
        let next = Arc::new(next);
        writer.tip = next.clone();
        writer.lsn = lsn;
        if let Some(since) = &mut writer.since {
            since.push(ops);
        }
        self.lock_pending().push_back((lsn, next));
        drop(writer);
        self.log.sync(lsn)?;
        self.publish();
        Ok(answer)
    }

    /// Makes the newest version visible whose commit is durable.
    fn publish(&self) {
        let durable = self.log.durable();
        let mut pending = self.lock_pending();
        let mut newest = None;
        while let Some((_, version)) = pending.pop_front_if(|(lsn, _)| *lsn <= durable) {
            newest = Some(version);
        }
        if let Some(version) = newest {
            self.current.store(version);
        }
    }

    /// True if the changes since the last base are many enough for a new one.
    pub fn needs_compaction(&self) -> bool {
        let snapshot = self.current.load();
        let size = snapshot.base.edges + snapshot.base.live_vertices;
        snapshot.delta.changes > (size / 4).max(COMPACT_CHANGES_MIN)
    }

    /// Makes a new base of everything so far and writes it to disk; the log before it is dropped. Reads
    /// and writes go on meanwhile.
    pub fn compact(&self, ctx: &JobContext) -> Result<(), GraphError> {
        let (tip, lsn) = {
            let mut writer = self.lock_writer();
            if writer.exclusive.is_some() || writer.since.is_some() {
                return Ok(());
            }
            writer.since = Some(Vec::new());
            (writer.tip.clone(), writer.lsn)
        };
        let outcome = self.compact_from(ctx, &tip, lsn);
        self.lock_writer().since = None;
        outcome
    }

    fn compact_from(&self, ctx: &JobContext, tip: &Arc<Snapshot>, lsn: Lsn) -> Result<(), GraphError> {
        self.log.sync(lsn)?;
        let schema = tip.schema.clone();
        let base = BulkLoad::over(ctx, tip, schema.clone(), RepeatedEdges::default())?.finish()?;
        let indices = Arc::new(BaseIndices::of(ctx, &base, &schema)?);
        let staged = self.stage(ctx, &base)?;
        let mut writer = self.lock_writer();
        let mut next = Snapshot::of_base(writer.tip.version, schema.clone(), Arc::new(base));
        next.indices = indices;
        for ops in writer.since.take().unwrap_or_default() {
            let applied = ops.iter().try_for_each(|op| next.apply(op));
            applied.map_err(|source| GraphError::Apply { lsn: writer.lsn.0, source })?;
        }
        self.log.sync(writer.lsn)?;
        ctx.seal()?;
        self.switch(&mut writer, staged, Arc::new(next), lsn, &schema)
    }

    /// Adds many rows at once: all of what `fill` loads, or nothing. Readers go on; writers are refused
    /// until it ends.
    pub fn load<E: From<GraphError> + From<Stop>>(
        &self,
        ctx: &JobContext,
        repeated: RepeatedEdges,
        extend: impl FnOnce(&Schema) -> Result<Schema, E>,
        fill: impl FnOnce(&mut BulkLoad<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (tip, lsn) = self.begin_load()?;
        let open = Reopen(self);
        self.log.sync(lsn).map_err(GraphError::from)?;
        self.publish();
        let schema = Arc::new(extend(&tip.schema)?);
        let mut bulk = BulkLoad::over(ctx, &tip, schema.clone(), repeated)?;
        fill(&mut bulk)?;
        let base = bulk.finish()?;
        let indices = BaseIndices::of(ctx, &base, &schema)?;
        let staged = self.stage(ctx, &base)?;
        self.finish_load(ctx, staged, base, indices, &schema)?;
        drop(open);
        Ok(())
    }

    /// Commits what a load has staged.
    fn finish_load(
        &self,
        ctx: &JobContext,
        staged: Staged,
        base: Base,
        indices: BaseIndices,
        schema: &Arc<Schema>,
    ) -> Result<(), GraphError> {
        let mut writer = self.lock_writer();
        if writer.exclusive == Some(Exclusive::Deleted) {
            return Err(GraphError::Deleted(self.info.name.clone()));
        }
        ctx.seal()?;
        // An empty commit, so that the version grows: a replay of it on the old base changes nothing.
        let after = self.log.commit(&op::encode(&[]))?;
        writer.lsn = after;
        let mut next = Snapshot::of_base(GraphVersion(after.0), schema.clone(), Arc::new(base));
        next.indices = Arc::new(indices);
        self.switch(&mut writer, staged, Arc::new(next), after, schema)
    }

    /// Removes every vertex and edge, and with `with_schema` every label and index. Numbers of vertices are
    /// not given again.
    pub fn clear(&self, ctx: &JobContext, with_schema: bool) -> Result<(), GraphError> {
        let (tip, lsn) = self.begin_load()?;
        let open = Reopen(self);
        self.log.sync(lsn)?;
        self.publish();
        let schema = if with_schema { Arc::new(tip.schema.emptied()) } else { tip.schema.clone() };
        let base = BulkLoad::emptied(ctx, &tip, schema.clone())?.finish()?;
        let staged = self.stage(ctx, &base)?;
        self.finish_load(ctx, staged, base, BaseIndices::default(), &schema)?;
        drop(open);
        Ok(())
    }

    fn begin_load(&self) -> Result<(Arc<Snapshot>, Lsn), GraphError> {
        let mut writer = self.lock_writer();
        match writer.exclusive {
            Some(Exclusive::Import) => Err(GraphError::Importing(self.info.name.clone())),
            Some(Exclusive::Deleted) => Err(GraphError::Deleted(self.info.name.clone())),
            None => {
                writer.exclusive = Some(Exclusive::Import);
                Ok((writer.tip.clone(), writer.lsn))
            }
        }
    }

    /// Writes a base beside the present one.
    fn stage(&self, ctx: &JobContext, base: &Base) -> Result<Staged, GraphError> {
        let generation = self.lock_writer().generation + 1;
        let dir = self.dir.join(format!("base-{generation:016x}"));
        // Left over from an attempt in this process that failed.
        _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir(&dir).map_err(|e| manifest_error(&dir, &e))?;
        let mut staged = Staged { dir, generation, files: BTreeMap::new(), is_live: false };
        staged.files = persist::save(ctx, &staged.dir, base)?;
        gesso_store::sync_dir(&self.dir)?;
        Ok(staged)
    }

    /// Makes a staged base the current one: the manifest first, then memory, then the old files go.
    fn switch(
        &self,
        writer: &mut MutexGuard<'_, Writer>,
        mut staged: Staged,
        next: Arc<Snapshot>,
        lsn: Lsn,
        schema: &Schema,
    ) -> Result<(), GraphError> {
        let manifest = Manifest {
            generation: staged.generation,
            base: staged.dir.file_name().map(|n| n.to_string_lossy().into_owned()),
            lsn: lsn.0,
            schema: schema_json::to_text(schema),
            files: std::mem::take(&mut staged.files),
        };
        save_json(&self.dir.join("manifest.json"), &manifest)?;
        staged.is_live = true;
        writer.generation = staged.generation;
        writer.tip = next.clone();
        self.lock_pending().clear();
        self.current.store(next);
        self.projections.clear();
        self.log.rotate()?;
        self.log.drop_through(lsn)?;
        remove_stale_bases(&self.dir, manifest.base.as_deref())
    }

    /// Closes the graph for good: every later write is refused. Its files are the caller's to remove.
    pub fn retire(&self) {
        self.lock_writer().exclusive = Some(Exclusive::Deleted);
        self.projections.clear();
    }

    /// Reads everything on disk and checks it. `Err` names the first damage.
    pub fn verify(dir: &Path, ctx: &JobContext) -> Result<crate::verify::Report, GraphError> {
        let manifest: Manifest = required(&dir.join("manifest.json"))?;
        let mut bytes = 0;
        if let Some(name) = &manifest.base {
            for file in manifest.files.keys() {
                let segment = gesso_store::Segment::open(&dir.join(name).join(file))?;
                segment.verify(ctx)?;
                bytes += segment.size_bytes();
            }
        }
        let log = Log::verify(&dir.join("log"), Lsn(manifest.lsn))?;
        let graph = Graph::open(dir, 0)?;
        crate::verify::check(ctx, &graph.snapshot(), bytes, log.records)
    }

    fn lock_writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_pending(&self) -> MutexGuard<'_, VecDeque<(Lsn, Arc<Snapshot>)>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A base on disk that no manifest names yet; removed unless it comes to that.
struct Staged {
    dir: PathBuf,
    generation: u64,
    files: BTreeMap<String, SegmentInfo>,
    is_live: bool,
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_live {
            _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// Lets writers in again when a load ends, however it ends.
struct Reopen<'a>(&'a Graph);

impl Drop for Reopen<'_> {
    fn drop(&mut self) {
        let mut writer = self.0.lock_writer();
        if writer.exclusive == Some(Exclusive::Import) {
            writer.exclusive = None;
        }
    }
}

fn required<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, GraphError> {
    let missing = || GraphError::Manifest { path: path.to_owned(), reason: "file is missing".to_owned() };
    load_json(path)?.ok_or_else(missing)
}

fn remove_stale_bases(dir: &Path, live: Option<&str>) -> Result<(), GraphError> {
    let entries = std::fs::read_dir(dir).map_err(|e| manifest_error(dir, &e))?;
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("base-") && live != Some(&name) {
            // Mapped files stay readable for snapshots that still use them.
            std::fs::remove_dir_all(entry.path()).map_err(|e| manifest_error(&entry.path(), &e))?;
        }
    }
    Ok(())
}

fn manifest_error(path: &Path, e: &std::io::Error) -> GraphError {
    GraphError::Manifest { path: path.to_owned(), reason: e.to_string() }
}
