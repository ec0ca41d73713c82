//! Backups of a graph that is in use, and graphs made of them.
//!
//! A backup holds the files of the present checkpoint and the log after it. Taking one rotates the log, so
//! that everything to be copied is complete and does not change; until the end nothing of it is removed.
//! Readers and writers go on, but for the fsyncs of the rotation.
//!
//! A backup can be restored up to any time between its checkpoint and its end: commits carry their time.

use crate::checkpoint::Manifest;
use crate::error::GraphError;
use crate::graph::{Graph, GraphInfo};
use crate::op;
use gesso_core::{JobContext, Lsn};
use gesso_store::backup::{Backup, BackupPlace, BackupWriter, DiskSource};
use gesso_store::{Disk, Log, LogOptions, StoreError, decode_json, save_json_on};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::PoisonError;

const GRAPH: &str = "graph.json";
const MANIFEST: &str = "manifest.json";
const LOG: &str = "log";
/// Where the log of a backup lies for as long as commits are chosen from it.
const WHOLE_LOG: &str = "whole-log";

/// What a backup is of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackupAbout {
    /// The graph.
    pub graph: GraphInfo,
    /// The program that wrote it.
    pub program: String,
    /// The first time to which it can be restored: that of its checkpoint. Milliseconds since 1970.
    pub from_ms: u64,
    /// Time of its newest commit. Milliseconds since 1970.
    pub upto_ms: u64,
    /// Number of its newest commit.
    pub lsn: u64,
    /// Vertices in it.
    pub vertices: u64,
    /// Edges in it.
    pub edges: u64,
}

/// What taking a backup did.
#[derive(Clone, Debug)]
pub struct BackupReport {
    /// What it is of.
    pub about: BackupAbout,
    /// Size of all of its files.
    pub size_bytes: u64,
    /// Bytes written; the rest is shared with an earlier backup.
    pub copied_bytes: u64,
}

impl Graph {
    /// Writes a backup of the newest version into a place that holds none. With `earlier`, a backup of
    /// the same graph, only what is new since then is written. A job seals just before the backup is whole;
    /// one that ends before that leaves nothing.
    pub fn backup(
        &self,
        ctx: &JobContext,
        place: &BackupPlace,
        earlier: Option<&BackupPlace>,
    ) -> Result<BackupReport, GraphError> {
        if let Some(earlier) = earlier {
            let of: Backup<BackupAbout> = earlier.read(ctx)?;
            if of.about.graph.uid != self.info().uid {
                return Err(GraphError::OtherGraph { dir: earlier.shown(), name: of.about.graph.name });
            }
        }
        let mut out = BackupWriter::create(ctx, place, earlier)?;
        let _held = Held::new(self);
        let (manifest, snapshot, upto_ms) = self.pin()?;
        let logs = self.log.complete_files(Lsn(manifest.lsn));
        let total: u64 = manifest.files.values().map(|f| f.size_bytes).chain(logs.iter().map(|l| l.2)).sum();
        ctx.phase("copy", 1.0, total);
        out.copy(ctx, GRAPH, &document(self.info())?.as_slice(), None)?;
        out.copy(ctx, MANIFEST, &document(&manifest)?.as_slice(), None)?;
        for (name, info) in &manifest.files {
            let base = manifest.base.as_deref().unwrap_or_default();
            let identity = format!("{name} {} {:08x}", info.size_bytes, info.crc32);
            let source = DiskSource::open(&self.disk, &self.dir.join(base).join(name))?;
            out.copy(ctx, &format!("{base}/{name}"), &source, Some(identity))?;
        }
        for (first, path, size) in logs {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let identity = format!("{LOG} {first} {size}");
            let source = DiskSource::open(&self.disk, &path)?;
            out.copy(ctx, &format!("{LOG}/{name}"), &source, Some(identity))?;
        }
        let about = BackupAbout {
            graph: self.info().clone(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            from_ms: manifest.time_ms,
            upto_ms,
            lsn: snapshot.version().0,
            vertices: snapshot.vertex_count(),
            edges: snapshot.edge_count(),
        };
        ctx.seal()?;
        let copied_bytes = out.copied_bytes();
        let Backup { about, files, .. } = out.finish(about)?;
        let size_bytes = files.iter().map(|f| f.size_bytes).sum();
        Ok(BackupReport { about, size_bytes, copied_bytes })
    }

    /// The present checkpoint, the newest version with a log that ends right there, and its time.
    fn pin(&self) -> Result<(Manifest, std::sync::Arc<crate::Snapshot>, u64), GraphError> {
        // Writers wait for the rotation: the log then ends with this version.
        let writer = self.lock_writer();
        let rotated = self.log.sync(writer.lsn).and_then(|()| self.log.rotate());
        rotated.map_err(|e| self.broken(&e))?;
        Ok((writer.manifest.clone(), writer.tip.clone(), writer.time_ms))
    }

    /// Makes a graph directory of a backup, after every byte of the backup is found to be as it was. `info`
    /// says who the new graph is; what the old one was created with holds for it, too. With `until_ms`, commits after that time are left out. `dir` must not
    /// exist; after an error what is there of it is the caller's to remove.
    pub fn restore(
        ctx: &JobContext,
        disk: &Disk,
        backup: &BackupPlace,
        dir: &Path,
        info: &GraphInfo,
        until_ms: Option<u64>,
    ) -> Result<(), GraphError> {
        let found: Backup<BackupAbout> = backup.read(ctx)?;
        let from_ms = found.about.from_ms;
        if let Some(until_ms) = until_ms.filter(|until| *until < from_ms) {
            return Err(GraphError::TooEarly { dir: backup.shown(), until_ms, from_ms });
        }
        ctx.phase("copy", 0.8, found.files.iter().map(|f| f.size_bytes).sum());
        disk.create_dir(dir)?;
        for file in &found.files {
            let path = match Path::new(&file.path).strip_prefix(LOG) {
                Ok(name) if until_ms.is_some() => Path::new(WHOLE_LOG).join(name),
                _ => file.path.clone().into(),
            };
            let target = dir.join(path);
            disk.create_dir(gesso_store::disk::parent_of(&target))?;
            let target = if file.path == GRAPH { None } else { Some((disk, target.as_path())) };
            backup.restore_file(ctx, file, target)?;
        }
        let path = dir.join(MANIFEST);
        let manifest: Manifest = decode_json(&path, &disk.read(&path)?)?;
        let log = dir.join(LOG);
        if let Some(until_ms) = until_ms {
            let whole = dir.join(WHOLE_LOG);
            copy_log_until(ctx, disk, &whole, &log, Lsn(manifest.lsn), until_ms)?;
            if disk.is_dir(&whole) {
                disk.remove_dir(&whole)?;
            }
        } else if !disk.is_dir(&log) {
            Log::create_on(disk, &log, LogOptions::default(), Lsn(manifest.lsn))?;
        }
        for made in [log.as_path(), &dir.join(manifest.base.as_deref().unwrap_or_default())] {
            disk.sync_dir(made)?;
        }
        let info = GraphInfo { options: found.about.graph.options, ..info.clone() };
        save_json_on(disk, &dir.join(GRAPH), &info)?;
        // The backup may be of a damaged graph: better to learn it now.
        Graph::verify_on(disk, dir, ctx)?;
        Ok(())
    }
}

/// Makes a log of the records of another one that were made up to a time.
fn copy_log_until(
    ctx: &JobContext,
    disk: &Disk,
    source: &Path,
    target: &Path,
    from: Lsn,
    until_ms: u64,
) -> Result<(), GraphError> {
    let log = Log::create_on(disk, target, LogOptions::default(), from)?;
    if disk.is_dir(source) {
        let mut is_over = false;
        Log::read_on(disk, source, from, |lsn, record| {
            ctx.checkpoint()?;
            let time_ms = op::time_ms(record).map_err(|source| GraphError::Record { lsn: lsn.0, source })?;
            is_over |= time_ms > until_ms;
            if !is_over {
                log.append(record)?;
            }
            Ok::<_, GraphError>(())
        })?;
    }
    Ok(log.sync(log.last())?)
}

/// Keeps checkpoints from removing what a backup reads.
struct Held<'a>(&'a Graph);

impl<'a> Held<'a> {
    fn new(graph: &'a Graph) -> Held<'a> {
        graph.hold.lock().unwrap_or_else(PoisonError::into_inner).backups += 1;
        Held(graph)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut hold = self.0.hold.lock().unwrap_or_else(PoisonError::into_inner);
        hold.backups -= 1;
        let waiting = if hold.backups == 0 { std::mem::take(&mut hold.waiting) } else { Vec::new() };
        drop(hold);
        for (lsn, base) in waiting {
            self.0.remove_old(lsn, base);
        }
    }
}

fn document<T: Serialize>(of: &T) -> Result<Vec<u8>, StoreError> {
    gesso_store::manifest::encode_json(Path::new(MANIFEST), of)
}
