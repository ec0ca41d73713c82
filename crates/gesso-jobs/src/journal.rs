//! What survives of jobs: a log of events, and now and then a snapshot that lets its files go.
//!
//! ```text
//! jobs.json                   {"lsn": L, "last_seq": n}        atomic: names the snapshot
//! records-<L, 16 hex>.seg     array "records": one JSON record a line
//! log/log-….wal               events after L, each a JSON object such as {"submit": {…}}
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before a submission is durable | no job, and no client has its id |
//! | after it, before its end is durable | a job that was queued or running: it has failed |
//! | after the end is durable | the end, with its result |
//! | while a snapshot is written | the snapshot before, and all events since |
//! | after `jobs.json` is replaced | the new snapshot; older files are removed at the next one |
//!
//! A change shows in the [`Job`]s before its event is appended, so that a snapshot that is
//! taken after reading `L` holds every event up to `L`, maybe more; applying an event twice changes
//! nothing.

use crate::error::JobError;
use crate::id::JobId;
use crate::job::Job;
use crate::record::{End, Kept, Record, Spec};
use crate::shared::lock;
use gesso_core::{JobContext, Lsn, json};
use gesso_store::{Log, LogOptions, Segment, SegmentWriter, StoreError, load_json, save_json};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Size of the log from which a snapshot may be worth it.
const COMPACT_BYTES_MIN: u64 = 8 << 20;
/// A snapshot is taken when the log is larger than the last one by this factor.
const COMPACT_FACTOR: u64 = 4;

/// One thing that happened.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The engine was opened: jobs after this run under a process that has not been shut down.
    Open,
    /// The engine was shut down: jobs that are queued here may be started again.
    Shutdown,
    Submit(Spec),
    Start {
        id: JobId,
        start_ms: u64,
    },
    End {
        id: JobId,
        end: End,
    },
    /// Results were dropped.
    Expire {
        ids: Vec<JobId>,
    },
    /// Jobs were forgotten.
    Forget {
        ids: Vec<JobId>,
    },
}

/// What was found.
#[derive(Debug, Default)]
pub struct Replayed {
    /// In the order of submission.
    pub records: Vec<Record>,
    pub last_seq: u64,
    /// The last process that worked here shut down.
    pub was_shut_down: bool,
}

impl Replayed {
    /// Bytes of the results that ended jobs left in files.
    pub fn kept_bytes(&self) -> u64 {
        let kept = self.records.iter().filter_map(|record| record.end.as_ref()).map(|end| &end.kept);
        kept.map(|kept| if let Kept::File { size_bytes } = kept { *size_bytes } else { 0 }).sum()
    }
}

/// The journal of one engine.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    log: Log,
    wanted: Mutex<Wanted>,
    /// Waited for by the recorder; notified when there is something to do, or to close.
    wake: Condvar,
}

#[derive(Debug)]
struct Wanted {
    /// Events up to here are to be made durable by the recorder.
    upto: Lsn,
    /// Size of the last snapshot.
    snapshot_bytes: u64,
    /// Size of the log below which no snapshot is tried, after one failed.
    compact_from: u64,
    closed: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct Manifest {
    lsn: u64,
    last_seq: u64,
}

impl Journal {
    /// Opens the journal of a directory, or begins one.
    pub fn open(dir: &Path) -> Result<(Journal, Replayed), JobError> {
        fs::create_dir_all(dir).map_err(|source| StoreError::Io {
            path: dir.to_owned(),
            act: "create",
            source,
        })?;
        let manifest: Option<Manifest> = load_json(&dir.join("jobs.json"))?;
        let manifest = manifest.unwrap_or_default();
        let mut state = HashMap::new();
        let mut snapshot_bytes = 0;
        if manifest.lsn > 0 {
            snapshot_bytes = read_snapshot(&snapshot_path(dir, manifest.lsn), &mut state)?;
        }
        let mut replayed = Replayed { last_seq: manifest.last_seq, ..Replayed::default() };
        // Whoever appends holds locks that a cancel needs, and must not wait for the disk; a sync always follows.
        let options = LogOptions { file_bytes: 4 << 20, buffer_bytes: usize::MAX, ..LogOptions::default() };
        let (log, _) = Log::open(&dir.join("log"), options, Lsn(manifest.lsn), |lsn, payload| {
            let event: Event =
                json::stored(payload).map_err(|source| JobError::Record { lsn: lsn.0, source })?;
            apply(&mut state, &mut replayed, event);
            Ok::<_, JobError>(())
        })?;
        replayed.records = state.into_values().collect();
        replayed.records.sort_unstable_by_key(|record| record.spec.seq);
        remove_old_snapshots(dir, manifest.lsn)?;
        let wanted = Wanted { upto: Lsn(0), snapshot_bytes, compact_from: 0, closed: false };
        Ok((Journal { dir: dir.to_owned(), log, wanted: Mutex::new(wanted), wake: Condvar::new() }, replayed))
    }

    /// Appends an event, for a later [`Journal::sync`].
    pub fn append(&self, event: &Event) -> Result<Lsn, StoreError> {
        self.log.append(&self.encode(event)?)
    }

    /// An event as it is stored.
    pub fn encode(&self, event: &Event) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(event)
            .map_err(|source| StoreError::Document { file: self.dir.join("log"), source })
    }

    /// Appends events that were encoded before, at least one, for a later [`Journal::sync`] of the last. Does not
    /// wait for the disk.
    pub fn append_all(&self, events: &[Vec<u8>]) -> Result<Lsn, StoreError> {
        events.iter().try_fold(Lsn(0), |_, event| self.log.append(event))
    }

    /// Returns when the event is durable.
    pub fn sync(&self, lsn: Lsn) -> Result<(), StoreError> {
        self.log.sync(lsn)
    }

    /// Appends an event and returns when it is durable.
    pub fn commit(&self, event: &Event) -> Result<(), StoreError> {
        let lsn = self.append(event)?;
        self.sync(lsn)
    }

    /// Appends an event that the recorder makes durable soon. Nobody waits for it, so that a failure is
    /// only reported: the log has failed by then, and everyone who must be told will be.
    pub fn note(&self, event: &Event) -> Option<Lsn> {
        match self.append(event) {
            Ok(lsn) => {
                let mut wanted = lock(&self.wanted);
                wanted.upto = wanted.upto.max(lsn);
                drop(wanted);
                self.wake.notify_one();
                Some(lsn)
            }
            Err(e) => {
                tracing::error!(error = %e, "job event cannot be recorded");
                None
            }
        }
    }

    /// Waits for the recorder to make noted events durable, but no longer than `timeout`.
    pub fn wait_noted(&self, timeout: Duration) {
        let upto = lock(&self.wanted).upto;
        if !self.log.wait_durable(upto, timeout) {
            tracing::warn!(lsn = upto.0, "job events are not durable yet: the disk is slow or has failed");
        }
    }

    /// The recorder: makes noted events durable and the log short, until the journal is closed.
    /// `jobs` gives all jobs and the number of the last submission.
    pub fn run(&self, jobs: impl Fn() -> (Vec<Arc<Job>>, u64)) {
        let mut wanted = lock(&self.wanted);
        loop {
            let upto = wanted.upto;
            if upto <= self.log.durable() {
                if wanted.closed {
                    return;
                }
                wanted = self.wake.wait(wanted).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let least =
                COMPACT_BYTES_MIN.max(COMPACT_FACTOR * wanted.snapshot_bytes).max(wanted.compact_from);
            let size_bytes = self.log.size_bytes();
            drop(wanted);
            if let Err(e) = self.log.sync(upto) {
                tracing::error!(error = %e, "job journal cannot be written");
                return;
            }
            if size_bytes > least
                && let Err(e) = self.compact(&jobs)
            {
                // The log is whole without it: tried again when it has become much longer.
                tracing::error!(error = %e, "job journal cannot be shortened");
                lock(&self.wanted).compact_from = 2 * size_bytes;
            }
            wanted = lock(&self.wanted);
        }
    }

    /// Ends [`Journal::run`] when all that was noted is durable.
    pub fn close(&self) {
        lock(&self.wanted).closed = true;
        self.wake.notify_one();
    }

    /// Writes a snapshot and lets the log's older files go. Events may be appended meanwhile.
    pub fn compact(&self, jobs: &impl Fn() -> (Vec<Arc<Job>>, u64)) -> Result<(), StoreError> {
        self.log.rotate()?;
        let lsn = self.log.last();
        let (jobs, last_seq) = jobs();
        self.log.sync(lsn)?;
        let path = snapshot_path(&self.dir, lsn.0);
        let snapshot_bytes = write_snapshot(&path, &jobs)?;
        save_json(&self.dir.join("jobs.json"), &Manifest { lsn: lsn.0, last_seq })?;
        self.log.drop_through(lsn)?;
        remove_old_snapshots(&self.dir, lsn.0)?;
        let mut wanted = lock(&self.wanted);
        (wanted.snapshot_bytes, wanted.compact_from) = (snapshot_bytes, 0);
        Ok(())
    }
}

fn apply(state: &mut HashMap<JobId, Record>, replayed: &mut Replayed, event: Event) {
    replayed.was_shut_down = matches!(event, Event::Shutdown);
    match event {
        Event::Open | Event::Shutdown => {}
        Event::Submit(spec) => {
            replayed.last_seq = replayed.last_seq.max(spec.seq);
            let id = spec.id.clone();
            state.entry(id).or_insert(Record { spec, start_ms: None, end: None });
        }
        Event::Start { id, start_ms } => {
            if let Some(record) = state.get_mut(&id) {
                record.start_ms.get_or_insert(start_ms);
            }
        }
        Event::End { id, end } => {
            if let Some(record) = state.get_mut(&id) {
                record.end.get_or_insert(end);
            }
        }
        Event::Expire { ids } => {
            for id in ids {
                if let Some(end) = state.get_mut(&id).and_then(|record| record.end.as_mut()) {
                    end.kept = crate::record::Kept::Expired;
                }
            }
        }
        Event::Forget { ids } => {
            for id in ids {
                state.remove(&id);
            }
        }
    }
}

fn snapshot_path(dir: &Path, lsn: u64) -> PathBuf {
    dir.join(format!("records-{lsn:016x}.seg"))
}

fn write_snapshot(path: &Path, jobs: &[Arc<Job>]) -> Result<u64, StoreError> {
    // Nobody cancels a snapshot: the recorder is joined when the engine shuts down.
    let ctx = JobContext::detached(1, 0);
    let mut lines = Vec::new();
    for job in jobs {
        serde_json::to_writer(&mut lines, &job.record())
            .map_err(|source| StoreError::Document { file: path.to_owned(), source })?;
        lines.push(b'\n');
    }
    let mut out = SegmentWriter::create(path)?;
    out.bytes(&ctx, "records", &lines)?;
    Ok(out.finish(&ctx)?.size_bytes)
}

fn read_snapshot(path: &Path, state: &mut HashMap<JobId, Record>) -> Result<u64, StoreError> {
    let file = Segment::open(path)?;
    file.verify(&JobContext::detached(1, 0))?;
    for line in file.array::<u8>("records")?.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        let record: Record =
            json::stored(line).map_err(|source| StoreError::Document { file: path.to_owned(), source })?;
        state.insert(record.spec.id.clone(), record);
    }
    Ok(file.size_bytes())
}

fn remove_old_snapshots(dir: &Path, lsn: u64) -> Result<(), StoreError> {
    let at = |path: &Path, act| {
        let path = path.to_owned();
        move |source| StoreError::Io { path, act, source }
    };
    let current = snapshot_path(dir, lsn);
    for entry in fs::read_dir(dir).map_err(at(dir, "list"))? {
        let path = entry.map_err(at(dir, "list"))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_ours =
            name.starts_with("records-") || name.starts_with(".records-") || name.starts_with(".jobs.json");
        if is_ours && path != current {
            fs::remove_file(&path).map_err(at(&path, "remove"))?;
        }
    }
    Ok(())
}
