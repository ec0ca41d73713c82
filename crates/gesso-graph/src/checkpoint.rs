//! New bases: after changes have piled up, and after a bulk load.
//!
//! ```text
//! base-….new files      written beside the present base; those that did not change are second names of its files
//! manifest.json         replaced: from here on the new base counts, with the log after its record
//! log/, base-old/       what the new base includes is removed
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before the manifest is replaced | the old base and all of its log; the new directory is removed |
//! | while it is replaced | either |
//! | after it | the new base and the log after it; what is left of the old is removed |
//!
//! If it stays open whether the manifest was replaced, both bases and the whole log stay, and the graph
//! takes no more writes until it is opened again.
//!
//! Writers wait for the last step only: replaying at most [`LAST_OPS`] operations, two or three fsyncs and
//! a swap.

use crate::base::Base;
use crate::bulk::{self, BulkLoad, RepeatedEdges};
use crate::error::GraphError;
use crate::graph::{Exclusive, Graph, Writer};
use crate::index::BaseIndices;
use crate::op;
use crate::persist::{self, Previous};
use crate::schema::Schema;
use crate::schema_json;
use crate::snapshot::Snapshot;
use gesso_core::{GraphVersion, JobContext, Lsn, Stop};
use gesso_store::{Disk, SegmentInfo, StoreError, save_json_on};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, MutexGuard, PoisonError};

/// Changes in a delta from which a new base is worth its cost, at least.
const COMPACT_CHANGES_MIN: u64 = 200_000;
/// Operations that may be left for the time in which writers wait. About a microsecond each.
const LAST_OPS: usize = 1000;
/// Rounds of catching up with writers, after which they wait however much is left.
const ROUNDS_MAX: usize = 64;

/// Which base is current.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub generation: u64,
    /// None: the graph began empty and its log has everything.
    pub base: Option<String>,
    /// The last log record that the base includes.
    pub lsn: u64,
    /// Time of that record. Milliseconds since 1970.
    #[serde(default)]
    pub time_ms: u64,
    /// Jobs that made commits up to that record, the last ones.
    #[serde(default)]
    pub jobs: Vec<String>,
    pub schema: String,
    pub files: BTreeMap<String, SegmentInfo>,
}

/// What a finished checkpoint leaves lying while backups read it.
#[derive(Default)]
pub(crate) struct Hold {
    pub backups: usize,
    pub waiting: Vec<(Lsn, Option<String>)>,
}

/// While changes are collected for a new base; its end, also by a panic, ends that.
struct Collecting<'a>(&'a Graph);

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        self.0.lock_writer().since = None;
    }
}

impl Graph {
    /// True if the changes since the last base are many enough for a new one.
    pub fn needs_compaction(&self) -> bool {
        if self.failure().is_some() {
            return false;
        }
        let snapshot = self.current.load();
        let size = snapshot.base.edges + snapshot.base.live_vertices;
        let memory = snapshot.base.memory();
        let base_bytes = memory.id_bytes + memory.vertex_bytes + memory.edge_bytes + memory.column_bytes;
        let limits = self.log_limits;
        let half = limits.max_bytes.map_or(u64::MAX, |most| most / 2);
        let log_bytes = base_bytes.max(limits.checkpoint_bytes).min(half);
        snapshot.delta.weight() > (size / 4).max(COMPACT_CHANGES_MIN)
            || (snapshot.delta.changes > 0 && self.log_bytes() > log_bytes)
    }

    /// Makes a new base of everything so far and writes it to disk; the log before it is dropped. Labels
    /// without changes are taken over as they are, in memory and on disk. Reads and writes go on meanwhile.
    pub fn compact(&self, ctx: &JobContext) -> Result<(), GraphError> {
        self.check_writable()?;
        let (tip, lsn, time_ms) = {
            let mut writer = self.lock_writer();
            if writer.exclusive.is_some() || writer.since.is_some() {
                return Ok(());
            }
            writer.since = Some(Vec::new());
            (writer.tip.clone(), writer.lsn, writer.time_ms)
        };
        let collecting = Collecting(self);
        let outcome = self.compact_from(ctx, &tip, (lsn, time_ms));
        drop(collecting);
        match &outcome {
            Ok(()) => self.failed_checkpoints.store(0, Relaxed),
            Err(GraphError::Stopped(_)) => {}
            Err(_) => _ = self.failed_checkpoints.fetch_add(1, Relaxed),
        }
        outcome
    }

    fn compact_from(&self, ctx: &JobContext, tip: &Arc<Snapshot>, at: (Lsn, u64)) -> Result<(), GraphError> {
        let lsn = at.0;
        // What the new base includes lies in files of its own, to be dropped as a whole.
        self.log.sync(lsn).and_then(|()| self.log.rotate()).map_err(|e| self.broken(&e))?;
        let base = bulk::rebuild(ctx, tip)?;
        let indices = Arc::new(BaseIndices::of(ctx, &base, &tip.schema)?);
        let staged = self.stage(ctx, &base, tip)?;
        let mut next = Snapshot::of_base(tip.version, tip.schema.clone(), Arc::new(base));
        next.indices = indices;
        let mut writer = self.catch_up(ctx, &mut next)?;
        if !Arc::ptr_eq(&writer.tip.base, &tip.base) || writer.exclusive == Some(Exclusive::Deleted) {
            // An import was faster: its base has everything.
            return Ok(());
        }
        next.version = writer.tip.version;
        self.log.sync(writer.lsn).map_err(|e| self.broken(&e))?;
        ctx.seal()?;
        let next = Arc::new(next);
        let old = self.switch(&mut writer, staged, next, at, &tip.schema)?;
        drop(writer);
        self.drop_old(lsn, old);
        Ok(())
    }

    /// Applies what was committed meanwhile, and comes back with the writers' lock when nothing is left.
    fn catch_up(&self, ctx: &JobContext, next: &mut Snapshot) -> Result<MutexGuard<'_, Writer>, GraphError> {
        let mut tick = ctx.tick();
        for round in 0.. {
            let mut writer = self.lock_writer();
            let since = writer.since.replace(Vec::new()).unwrap_or_default();
            let is_last = round == ROUNDS_MAX || since.iter().map(Vec::len).sum::<usize>() <= LAST_OPS;
            let kept = if is_last { Some(writer) } else { None };
            for op in since.iter().flatten() {
                if kept.is_none() {
                    tick.spend(64)?;
                }
                next.apply(op).map_err(|source| GraphError::Apply { lsn: next.version.0, source })?;
            }
            if let Some(writer) = kept {
                return Ok(writer);
            }
        }
        unreachable!("the last round returns")
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
        self.check_writable()?;
        let (tip, lsn) = self.begin_load()?;
        let open = Reopen(self);
        self.log.sync(lsn).map_err(|e| self.broken(&e))?;
        self.publish();
        let schema = Arc::new(extend(&tip.schema)?);
        let mut bulk = BulkLoad::over(ctx, &tip, schema.clone(), repeated)?;
        fill(&mut bulk)?;
        let base = bulk.finish()?;
        let indices = BaseIndices::of(ctx, &base, &schema)?;
        self.replace(ctx, &tip, base, indices, &schema)?;
        drop(open);
        Ok(())
    }

    /// Removes every vertex and edge, and with `with_schema` every label and index. Numbers of vertices are
    /// not given again.
    pub fn clear(&self, ctx: &JobContext, with_schema: bool) -> Result<(), GraphError> {
        self.check_writable()?;
        let (tip, lsn) = self.begin_load()?;
        let open = Reopen(self);
        self.log.sync(lsn).map_err(|e| self.broken(&e))?;
        self.publish();
        let schema = if with_schema { Arc::new(tip.schema.emptied()) } else { tip.schema.clone() };
        let base = BulkLoad::emptied(ctx, &tip, schema.clone())?.finish()?;
        let indices = BaseIndices::of(ctx, &base, &schema)?;
        self.replace(ctx, &tip, base, indices, &schema)?;
        drop(open);
        Ok(())
    }

    /// Commits a base that takes the place of a version to which writers were refused meanwhile.
    fn replace(
        &self,
        ctx: &JobContext,
        tip: &Arc<Snapshot>,
        base: Base,
        indices: BaseIndices,
        schema: &Arc<Schema>,
    ) -> Result<(), GraphError> {
        let staged = self.stage(ctx, &base, tip)?;
        let mut writer = self.lock_writer();
        if writer.exclusive == Some(Exclusive::Deleted) {
            return Err(GraphError::Deleted(self.info().name.clone()));
        }
        ctx.seal()?;
        // An empty commit, so that the version grows: a replay of it on the old base changes nothing.
        let time_ms = writer.tick();
        let after = self.log.commit(&op::encode(time_ms, &[])).map_err(|e| self.broken(&e))?;
        // Not in the record: what counts is the manifest, which is written behind it.
        if let Some(job) = ctx.job() {
            writer.note_job(job);
        }
        writer.lsn = after;
        let mut next = Snapshot::of_base(GraphVersion(after.0), schema.clone(), Arc::new(base));
        next.indices = Arc::new(indices);
        let old = self.switch(&mut writer, staged, Arc::new(next), (after, time_ms), schema)?;
        drop(writer);
        if let Err(e) = self.log.rotate() {
            // The load is durable; whoever writes next learns of it.
            self.fail(&e);
        }
        self.drop_old(after, old);
        Ok(())
    }

    fn begin_load(&self) -> Result<(Arc<Snapshot>, Lsn), GraphError> {
        let mut writer = self.lock_writer();
        match writer.exclusive {
            Some(Exclusive::Import) => Err(GraphError::Importing(self.info().name.clone())),
            Some(Exclusive::Deleted) => Err(GraphError::Deleted(self.info().name.clone())),
            None => {
                writer.exclusive = Some(Exclusive::Import);
                Ok((writer.tip.clone(), writer.lsn))
            }
        }
    }

    /// Writes a base beside the present one, whose unchanged files it shares.
    fn stage(&self, ctx: &JobContext, base: &Base, tip: &Snapshot) -> Result<Staged, GraphError> {
        let (generation, manifest) = {
            let mut writer = self.lock_writer();
            // Never given twice: a compaction and an import may be under way at once.
            writer.generation += 1;
            let is_current = Arc::ptr_eq(&writer.tip.base, &tip.base);
            (writer.generation, is_current.then(|| writer.manifest.clone()))
        };
        let dir = self.dir.join(format!("base-{generation:016x}"));
        if self.disk.is_dir(&dir) {
            // Left over from before a restart.
            self.disk.remove_dir(&dir)?;
        }
        self.disk.create_dir(&dir)?;
        let mut staged =
            Staged { disk: self.disk.clone(), dir, generation, files: BTreeMap::new(), is_kept: false };
        let old = manifest.and_then(|m| Some((self.dir.join(m.base?), m.files)));
        let previous = old.as_ref().map(|(dir, files)| Previous { dir, files, base: &tip.base });
        staged.files = persist::save(ctx, &self.disk, &staged.dir, base, previous.as_ref())?;
        Ok(staged)
    }

    /// Makes a staged base the current one: the manifest first, then memory. Gives the base before it.
    fn switch(
        &self,
        writer: &mut MutexGuard<'_, Writer>,
        mut staged: Staged,
        next: Arc<Snapshot>,
        (lsn, time_ms): (Lsn, u64),
        schema: &Schema,
    ) -> Result<Option<String>, GraphError> {
        let manifest = Manifest {
            generation: staged.generation,
            base: staged.dir.file_name().map(|n| n.to_string_lossy().into_owned()),
            lsn: lsn.0,
            time_ms,
            jobs: writer.jobs.iter().map(ToString::to_string).collect(),
            schema: schema_json::to_text(schema),
            files: std::mem::take(&mut staged.files),
        };
        match save_json_on(&self.disk, &self.dir.join("manifest.json"), &manifest) {
            Ok(()) => staged.is_kept = true,
            Err(e @ StoreError::Unsure { .. }) => {
                staged.is_kept = true;
                return Err(self.broken(&e));
            }
            Err(e) => return Err(e.into()),
        }
        let old = std::mem::replace(&mut writer.manifest, manifest).base;
        writer.tip = next.clone();
        self.lock_pending().clear();
        self.current.store(next);
        self.projections.clear();
        Ok(old)
    }

    /// Removes what the present base has made superfluous, at once or when the last backup under way has
    /// ended. What can not be removed only takes space, until the graph is opened again.
    fn drop_old(&self, lsn: Lsn, base: Option<String>) {
        let mut hold = self.hold.lock().unwrap_or_else(PoisonError::into_inner);
        if hold.backups > 0 {
            hold.waiting.push((lsn, base));
        } else {
            drop(hold);
            self.remove_old(lsn, base);
        }
    }

    pub(crate) fn remove_old(&self, lsn: Lsn, base: Option<String>) {
        // Mapped files stay readable for snapshots that still use them.
        let dropped = self.log.drop_through(lsn);
        let removed = base.map_or(Ok(()), |name| self.disk.remove_dir(&self.dir.join(name)));
        if let Err(error) = dropped.and(removed) {
            tracing::warn!(graph = self.info().name, %error, "an old checkpoint can not be removed");
        }
    }

    fn check_writable(&self) -> Result<(), GraphError> {
        match self.failure() {
            None => Ok(()),
            Some(cause) => {
                Err(GraphError::ReadOnly { name: self.info().name.clone(), cause: cause.to_owned() })
            }
        }
    }

    pub(crate) fn broken(&self, error: &StoreError) -> GraphError {
        GraphError::ReadOnly { name: self.info().name.clone(), cause: self.fail(error) }
    }
}

/// A base on disk that no manifest names yet; removed unless it comes to that.
struct Staged {
    disk: Disk,
    dir: PathBuf,
    generation: u64,
    files: BTreeMap<String, SegmentInfo>,
    /// A manifest names it, or may do so.
    is_kept: bool,
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_kept {
            // It is removed at the next start if it can not be now.
            _ = self.disk.remove_dir(&self.dir);
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

/// Removes every base but the one that counts. Only where no other one is being written.
pub(crate) fn remove_stale_bases(disk: &Disk, dir: &Path, live: Option<&str>) -> Result<(), GraphError> {
    for entry in disk.list(dir)? {
        if entry.is_dir && entry.name.starts_with("base-") && live != Some(&entry.name) {
            // Mapped files stay readable for snapshots that still use them.
            disk.remove_dir(&dir.join(entry.name))?;
        }
    }
    Ok(())
}
