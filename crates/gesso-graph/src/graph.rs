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

use crate::base::Base;
use crate::checkpoint::{Hold, Manifest, remove_stale_bases};
use crate::commit::{Begun, Commits};
use crate::error::{GraphError, WriteError};
use crate::index::{IndexNames, StoredIndices};
use crate::op::{self, Op};
use crate::persist;
use crate::projection::{Projection, ProjectionCache, ProjectionError, ProjectionSpec};
use crate::recovery::Recovery;
use crate::schema::Schema;
use crate::schema_json;
use crate::snapshot::Snapshot;
use crate::sort_key::SortKeyType;
use crate::transaction::Transaction;
use arc_swap::ArcSwap;
use gesso_core::{GraphVersion, JobContext, Lsn};
use gesso_store::{Disk, Log, LogOptions, StoreError, load_json_on, save_json_on};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::{SystemTime, UNIX_EPOCH};

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

/// How large the log of a graph may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLimits {
    /// Bytes from which a log that is larger than its base is worth a checkpoint.
    pub checkpoint_bytes: u64,
    /// Bytes at which writes are refused; a checkpoint begins at half of them. None for no limit.
    pub max_bytes: Option<u64>,
}

impl Default for LogLimits {
    fn default() -> LogLimits {
        LogLimits { checkpoint_bytes: 256 << 20, max_bytes: None }
    }
}

/// The value of [`GraphInfo::PRODUCT_TYPE`] for graphs of the database edition.
pub const PERSISTENCE: &str = "Persistence";

impl GraphInfo {
    /// The option that names the edition of the graph; without it, it is the memory edition.
    pub const PRODUCT_TYPE: &str = "productType";
    /// The option that names the type of sort keys.
    pub const SORT_KEY_TYPE: &str = "sortKeyType";

    /// The type of the sort keys of a graph of the database edition.
    pub fn sort_key(&self) -> Option<SortKeyType> {
        let option = |name: &str| self.options.get(name).and_then(serde_json::Value::as_str);
        option(GraphInfo::PRODUCT_TYPE).filter(|edition| *edition == PERSISTENCE)?;
        let named = option(GraphInfo::SORT_KEY_TYPE).and_then(SortKeyType::parse);
        Some(named.unwrap_or(SortKeyType::VarString))
    }
}

/// A graph that is open for reading and writing.
pub struct Graph {
    info: GraphInfo,
    pub(crate) disk: Disk,
    pub(crate) dir: PathBuf,
    pub(crate) log: Log,
    /// The newest durable version.
    pub(crate) current: ArcSwap<Snapshot>,
    writer: Mutex<Writer>,
    /// Versions whose commit is not durable yet, oldest first.
    pending: Mutex<VecDeque<(Lsn, Arc<Snapshot>)>>,
    pub(crate) commits: Commits,
    pub(crate) projections: ProjectionCache,
    /// Backups under way, and what waits for their end.
    pub(crate) hold: Mutex<Hold>,
    /// Why nothing is written any more. Set once, by the first failure.
    failure: OnceLock<String>,
    index_names: IndexNames,
    pub(crate) log_limits: LogLimits,
    /// Checkpoints that failed since the last one that did not. Relaxed: for reports only.
    pub(crate) failed_checkpoints: AtomicU64,
}

pub(crate) struct Writer {
    /// The newest version, durable or not.
    pub tip: Arc<Snapshot>,
    /// The log record that made `tip`.
    pub lsn: Lsn,
    /// What is on disk as the present base.
    pub manifest: Manifest,
    /// The highest number that a directory of a base was given.
    pub generation: u64,
    /// Time of the newest commit. Milliseconds since 1970.
    pub time_ms: u64,
    pub exclusive: Option<Exclusive>,
    /// Commits since a compaction took its snapshot.
    pub since: Option<Vec<Vec<Op>>>,
    /// The jobs that made the last commits of jobs, oldest first.
    pub jobs: VecDeque<Box<str>>,
}

/// Jobs that a graph remembers to have committed for. A job is asked for at the next start only, and no more
/// of them run at once.
const JOBS_MAX: usize = 256;

/// How often a writer looks whether another one is done before it sleeps. Some ten microseconds in all.
const WRITER_SPINS: u32 = 64;

/// What a graph is closed to writers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exclusive {
    Import,
    Deleted,
}

/// What a graph on disk is made of, read and checked but for its log.
pub(crate) struct Stored {
    pub info: GraphInfo,
    pub manifest: Manifest,
    /// The version of the base.
    pub tip: Snapshot,
}

impl Graph {
    /// Makes an empty graph in a directory that does not exist yet.
    pub fn create(dir: &Path, info: GraphInfo, cache_bytes: u64) -> Result<Graph, GraphError> {
        Graph::create_on(&Disk::default(), dir, info, cache_bytes)
    }

    /// [`Graph::create`] on a disk.
    pub fn create_on(
        disk: &Disk,
        dir: &Path,
        info: GraphInfo,
        cache_bytes: u64,
    ) -> Result<Graph, GraphError> {
        disk.create_dir(dir)?;
        let schema = info.sort_key().map_or_else(Schema::default, Schema::with_sort_keys);
        let schema = schema_json::to_text(&schema);
        let manifest = Manifest {
            generation: 0,
            base: None,
            lsn: 0,
            time_ms: 0,
            jobs: Vec::new(),
            schema,
            files: BTreeMap::new(),
        };
        save_json_on(disk, &dir.join("manifest.json"), &manifest)?;
        save_json_on(disk, &dir.join("graph.json"), &info)?;
        Graph::open_on(disk, dir, cache_bytes)
    }

    /// Opens a graph: checks and maps its base, and applies its log. Where something is damaged nothing is
    /// changed on disk.
    pub fn open(dir: &Path, cache_bytes: u64) -> Result<Graph, GraphError> {
        Graph::open_on(&Disk::default(), dir, cache_bytes)
    }

    /// [`Graph::open`] on a disk.
    pub fn open_on(disk: &Disk, dir: &Path, cache_bytes: u64) -> Result<Graph, GraphError> {
        // The manifest may be there by a rename whose sync failed: what is built on must be there to stay.
        disk.sync_dir(dir)?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let Stored { info, manifest, tip } =
            Graph::read_base(disk, dir, &JobContext::detached(threads, u64::MAX / 2))?;
        let mut recovery = Recovery::of(tip);
        let from = Lsn(manifest.lsn);
        let options = LogOptions::default();
        let mut time_ms = manifest.time_ms;
        let mut jobs: VecDeque<Box<str>> = manifest.jobs.iter().map(|job| job.as_str().into()).collect();
        let found = Log::find_on(disk, &dir.join("log"), from, |lsn, record| {
            let replayed = recovery.replay(lsn, record)?;
            time_ms = replayed.time_ms;
            jobs.extend(replayed.job);
            if jobs.len() > JOBS_MAX {
                jobs.pop_front();
            }
            Ok::<_, GraphError>(())
        })?;
        let tip = Arc::new(recovery.finish()?);
        // Nothing is damaged: from here on the disk is changed.
        let log = found.open(options)?;
        remove_stale_bases(disk, dir, manifest.base.as_deref())?;
        let generation = manifest.generation;
        let (lsn, exclusive, since) = (log.last(), None, None);
        let writer = Writer { tip: tip.clone(), lsn, manifest, generation, time_ms, exclusive, since, jobs };
        Ok(Graph {
            info,
            disk: disk.clone(),
            dir: dir.to_owned(),
            log,
            current: ArcSwap::new(tip),
            writer: Mutex::new(writer),
            pending: Mutex::default(),
            commits: Commits::default(),
            projections: ProjectionCache::new(cache_bytes),
            hold: Mutex::default(),
            failure: OnceLock::new(),
            index_names: IndexNames::default(),
            log_limits: LogLimits::default(),
            failed_checkpoints: AtomicU64::new(0),
        })
    }

    /// Reads everything but the log, and every byte of it. Changes nothing.
    pub(crate) fn read_base(disk: &Disk, dir: &Path, ctx: &JobContext) -> Result<Stored, GraphError> {
        let info: GraphInfo = required(disk, &dir.join("graph.json"))?;
        let manifest: Manifest = required(disk, &dir.join("manifest.json"))?;
        let base = match &manifest.base {
            Some(name) => persist::load(ctx, disk, &dir.join(name), &manifest.files)?,
            None => Base::default(),
        };
        let schema = schema_json::of_text(&manifest.schema)
            .map_err(|e| GraphError::Manifest { path: dir.join("manifest.json"), reason: e.to_string() })?;
        let tip = Snapshot::of_base(GraphVersion(manifest.lsn), Arc::new(schema), Arc::new(base));
        Ok(Stored { info, manifest, tip })
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

    /// Why the graph takes no more writes, if the disk has failed.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Closes the graph to writers after a failure that leaves open what is on disk.
    pub(crate) fn fail(&self, cause: &StoreError) -> String {
        let cause = self.failure.get_or_init(|| {
            tracing::error!(graph = self.info.name, error = %cause, "the graph is read-only from here on");
            cause.to_string()
        });
        cause.clone()
    }

    /// True if the last commits include one of this job: then what it set out to do is done, even if nobody
    /// was told.
    pub fn has_committed(&self, job: &str) -> bool {
        self.lock_writer().jobs.iter().any(|known| **known == *job)
    }

    /// Names of indices under construction.
    pub(crate) fn index_names(&self) -> &IndexNames {
        &self.index_names
    }

    /// With other limits of the log.
    pub fn with_log_limits(self, log_limits: LogLimits) -> Graph {
        Graph { log_limits, ..self }
    }

    /// Bytes of the log on disk.
    pub fn log_bytes(&self) -> u64 {
        self.log.size_bytes()
    }

    /// Checkpoints that failed since the last one that did not.
    pub fn failed_checkpoints(&self) -> u64 {
        self.failed_checkpoints.load(Relaxed)
    }

    fn check_log<E>(&self) -> Result<(), WriteError<E>> {
        let bytes = self.log_bytes();
        match self.log_limits.max_bytes {
            Some(limit) if bytes >= limit => {
                Err(WriteError::LogFull { name: self.info.name.clone(), bytes, limit })
            }
            _ => Ok(()),
        }
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
        let Begun { answer, commit } = self.change(self.lock_writer(), ctx, change)?;
        if let Some(commit) = commit {
            self.settle(commit)?;
        }
        Ok(answer)
    }

    /// Applies a change and logs it: everything but waiting for its fsync.
    pub(crate) fn change<R, E>(
        &self,
        mut writer: MutexGuard<'_, Writer>,
        ctx: Option<&JobContext>,
        change: impl FnOnce(&mut Transaction) -> Result<R, E>,
    ) -> Result<Begun<R>, WriteError<E>> {
        match writer.exclusive {
            Some(Exclusive::Import) => return Err(WriteError::Importing(self.info.name.clone())),
            Some(Exclusive::Deleted) => return Err(WriteError::Deleted(self.info.name.clone())),
            None => {}
        }
        if let Some(cause) = self.failure() {
            return Err(WriteError::ReadOnly { name: self.info.name.clone(), cause: cause.to_owned() });
        }
        self.check_log()?;
        let mut transaction = Transaction::on(&writer.tip);
        let answer = change(&mut transaction).map_err(WriteError::Refused)?;
        let (mut next, mut ops) = transaction.into_parts();
        if let Some(ctx) = ctx {
            ctx.seal()?;
        }
        if ops.is_empty() {
            return Ok(Begun { answer, commit: None });
        }
        let job = ctx.and_then(JobContext::job);
        ops.extend(job.map(|job| Op::ByJob(job.into())));
        let lsn = self.log.append(&op::encode(writer.tick(), &ops)).map_err(|e| self.refused(e))?;
        if let Some(job) = job {
            writer.note_job(job);
        }
        next.version = GraphVersion(lsn.0);
        let next = Arc::new(next);
        writer.tip = next.clone();
        writer.lsn = lsn;
        if let Some(since) = &mut writer.since {
            since.push(ops);
        }
        self.lock_pending().push_back((lsn, next));
        Ok(Begun { answer, commit: Some(lsn) })
    }

    /// Waits until a commit is durable, and makes it visible.
    pub(crate) fn settle<E>(&self, commit: Lsn) -> Result<(), WriteError<E>> {
        self.log.sync(commit).map_err(|e| self.refused(e))?;
        // Of those who shared the fsync, the first publishes for all.
        if self.current.load().version.0 < commit.0 {
            self.publish();
        }
        Ok(())
    }

    fn refused<E>(&self, error: StoreError) -> WriteError<E> {
        match error {
            StoreError::RecordTooLarge { .. } => WriteError::TooLarge(error),
            other => WriteError::ReadOnly { name: self.info.name.clone(), cause: self.fail(&other) },
        }
    }

    /// Makes the newest version visible whose commit is durable.
    pub(crate) fn publish(&self) {
        let durable = self.log.durable();
        let mut passed = Vec::new();
        let mut pending = self.lock_pending();
        while let Some((_, version)) = pending.pop_front_if(|(lsn, _)| *lsn <= durable) {
            passed.push(version);
        }
        if let Some(version) = passed.pop() {
            passed.push(self.current.swap(version));
        }
        drop(pending);
        // Freeing old versions takes longer than all of the above: writers, who need the lock, don't wait for it.
        drop(passed);
    }

    /// Closes the graph for good: every later write is refused. Its files are the caller's to remove.
    pub fn retire(&self) {
        self.lock_writer().exclusive = Some(Exclusive::Deleted);
        self.projections.clear();
    }

    /// Reads everything on disk and checks it; changes nothing. `Err` names the first damage.
    pub fn verify(dir: &Path, ctx: &JobContext) -> Result<crate::verify::Report, GraphError> {
        Graph::verify_on(&Disk::default(), dir, ctx)
    }

    /// [`Graph::verify`] on a disk.
    pub fn verify_on(disk: &Disk, dir: &Path, ctx: &JobContext) -> Result<crate::verify::Report, GraphError> {
        let Stored { manifest, tip, .. } = Graph::read_base(disk, dir, ctx)?;
        let mut recovery = Recovery::of(tip);
        let log = Log::read_on(disk, &dir.join("log"), Lsn(manifest.lsn), |lsn, record| {
            ctx.checkpoint()?;
            recovery.replay(lsn, record).map(drop)
        })?;
        let tip = recovery.finish()?;
        let bytes = manifest.files.values().map(|f| f.size_bytes).sum();
        let base_dir = manifest.base.as_ref().map(|name| dir.join(name));
        let indices = StoredIndices::look(ctx, disk, base_dir.as_deref(), &tip)?;
        crate::verify::check(ctx, dir, &tip, bytes, log.records, indices)
    }

    pub(crate) fn lock_writer(&self) -> MutexGuard<'_, Writer> {
        let at_once = self.try_lock_writer();
        at_once.unwrap_or_else(|| self.writer.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The lock, if it is free or soon will be.
    pub(crate) fn try_lock_writer(&self) -> Option<MutexGuard<'_, Writer>> {
        // Most writers are done with it in less time than it takes to sleep and be woken.
        for _ in 0..WRITER_SPINS {
            match self.writer.try_lock() {
                Ok(writer) => return Some(writer),
                Err(TryLockError::Poisoned(writer)) => return Some(writer.into_inner()),
                Err(TryLockError::WouldBlock) => (0..4).for_each(|_| std::hint::spin_loop()),
            }
        }
        None
    }

    pub(crate) fn lock_pending(&self) -> MutexGuard<'_, VecDeque<(Lsn, Arc<Snapshot>)>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// The time for a new commit: the clock's, unless that went back.
    pub fn tick(&mut self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64);
        self.time_ms = self.time_ms.max(now);
        self.time_ms
    }

    /// Remembers a job whose commit is about to be made; forgets the oldest.
    pub fn note_job(&mut self, job: &str) {
        self.jobs.push_back(job.into());
        let excess = self.jobs.len().saturating_sub(JOBS_MAX);
        self.jobs.drain(..excess);
    }
}

fn required<T: serde::de::DeserializeOwned>(disk: &Disk, path: &Path) -> Result<T, GraphError> {
    let missing = || GraphError::Manifest { path: path.to_owned(), reason: "file is missing".to_owned() };
    load_json_on(disk, path)?.ok_or_else(missing)
}
