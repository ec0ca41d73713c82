//! An append-only log of opaque records in a directory, with group commit.
//!
//! ```text
//! <dir>/log-0000000000000001.wal   records 1..420, trimmed
//! <dir>/log-00000000000001a5.wal   records 421.., being written, zeroes at its end
//! ```
//! `log/file.rs` has the life of a file, `log/frame.rs` its bytes, `log/recovery.rs` what is made of them.
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before [`Log::sync`] returns | the record, or not; with it all before it, never one after a gap |
//! | after it returned | the record |
//! | inside [`Log::rotate`] | the old file as the last one, or the new one without records |
//! | inside [`Log::drop_through`] | some of the oldest files are gone already |
//!
//! Threads: of those that wait in [`Log::sync`], one leads: it writes and fsyncs everything that is
//! buffered, the others wait for it at their [`Batch`]. Who leads hands over to one of the next batch. Lock order: `files` is taken only by the leader (the thread that
//! set `is_writing`) and by `drop_through`, and never while `state` is held.

mod batch;
mod file;
mod frame;
mod recovery;

use crate::atomic::remove_leftovers;
use crate::disk::Disk;
use crate::error::StoreError;
use batch::{Batch, Woken};
use file::{LogFile, file_name};
use gesso_core::Lsn;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use frame::PAYLOAD_MAX;
use recovery::Found;
pub use recovery::Recovery;

/// How a log uses its disk.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// Size from which a file is followed by a new one. Bytes.
    pub file_bytes: u64,
    /// Space taken ahead at once. Bytes.
    pub step_bytes: u64,
    /// Appended bytes from which the appending thread commits by itself.
    pub buffer_bytes: usize,
}

impl Default for LogOptions {
    fn default() -> LogOptions {
        LogOptions { file_bytes: 64 << 20, step_bytes: 1 << 20, buffer_bytes: 16 << 20 }
    }
}

/// An open log. Shared by reference; every method may be called from any thread.
#[derive(Debug)]
pub struct Log {
    disk: Disk,
    dir: PathBuf,
    options: LogOptions,
    state: Mutex<State>,
    /// Waited for in `wait_durable` and `rotate`; notified by the leader when it is done.
    written: Condvar,
    /// `State::durable`, for reading without its lock. Written under it.
    durable: AtomicU64,
    files: Mutex<Files>,
    /// Relaxed: for reports only, as is `commits`.
    size_bytes: AtomicU64,
    commits: AtomicU64,
}

#[derive(Debug)]
struct State {
    /// The number of the last record appended.
    last: Lsn,
    durable: Lsn,
    /// Records after `durable` that no leader has taken yet.
    buffer: Vec<u8>,
    /// The first record in `buffer`.
    batch: Lsn,
    /// Where those wait whose records are in `buffer`.
    next: Arc<Batch>,
    /// Where those wait whose records are being written, and the last of these.
    writing: (Arc<Batch>, Lsn),
    /// An empty buffer with room, to be the next one.
    spare: Vec<u8>,
    is_writing: bool,
    /// The first failure. Nothing is written after it.
    failure: Option<String>,
}

#[derive(Debug)]
struct Files {
    active: LogFile,
    /// Complete files, oldest first: first record and size.
    older: VecDeque<(Lsn, u64)>,
}

/// A log that has been read, and to which nothing is appended yet: see [`Log::find_on`].
#[derive(Debug)]
pub struct FoundLog {
    disk: Disk,
    dir: PathBuf,
    from: Lsn,
    found: Found,
}

impl FoundLog {
    /// Drops what an unfinished write left, and goes on behind the last record.
    pub fn open(self, options: LogOptions) -> Result<Log, StoreError> {
        let FoundLog { disk, dir, from, mut found } = self;
        if found.recovery.torn_bytes > 0 {
            tracing::warn!(
                dir = %dir.display(), bytes = found.recovery.torn_bytes, last = found.recovery.last.0,
                "dropped an unfinished write at the end of the log"
            );
        }
        let Some(last) = found.files.pop() else {
            return Log::create_on(&disk, &dir, options, from);
        };
        let active = LogFile::reopen(&disk, last, &found.last_batch, options.step_bytes)?;
        // A file that was made just before a crash may not have its name for good.
        disk.sync_dir(&dir)?;
        let older = found.files.iter().map(|f| (f.first, f.size_bytes)).collect();
        Ok(Log::over(&disk, &dir, options, found.recovery.last, Files { active, older }))
    }
}

impl Log {
    /// Opens the log of a directory, or makes an empty one where there is none and `from` is 0. Hands
    /// every record after `from`, in order, to `replay`. An unfinished last write is dropped and
    /// reported; damage is refused with [`StoreError::Damaged`] and nothing is changed.
    pub fn open<E: From<StoreError>>(
        dir: &Path,
        options: LogOptions,
        from: Lsn,
        replay: impl FnMut(Lsn, &[u8]) -> Result<(), E>,
    ) -> Result<(Log, Recovery), E> {
        Log::open_on(&Disk::default(), dir, options, from, replay)
    }

    /// [`Log::open`] on a disk.
    pub fn open_on<E: From<StoreError>>(
        disk: &Disk,
        dir: &Path,
        options: LogOptions,
        from: Lsn,
        replay: impl FnMut(Lsn, &[u8]) -> Result<(), E>,
    ) -> Result<(Log, Recovery), E> {
        let found = Log::find_on(disk, dir, from, replay)?;
        let recovery = found.found.recovery;
        Ok((found.open(options)?, recovery))
    }

    /// The first half of [`Log::open_on`]: reads everything, and leaves the log as it is.
    pub fn find_on<E: From<StoreError>>(
        disk: &Disk,
        dir: &Path,
        from: Lsn,
        replay: impl FnMut(Lsn, &[u8]) -> Result<(), E>,
    ) -> Result<FoundLog, E> {
        disk.create_dir(dir)?;
        remove_leftovers(disk, dir)?;
        let found = recovery::read_log(disk, dir, from, replay)?;
        Ok(FoundLog { disk: disk.clone(), dir: dir.to_owned(), from, found })
    }

    /// Makes an empty log whose first record will be the one after `after`, in a directory that has none.
    pub fn create(dir: &Path, options: LogOptions, after: Lsn) -> Result<Log, StoreError> {
        Log::create_on(&Disk::default(), dir, options, after)
    }

    /// [`Log::create`] on a disk.
    pub fn create_on(disk: &Disk, dir: &Path, options: LogOptions, after: Lsn) -> Result<Log, StoreError> {
        disk.create_dir(dir)?;
        let active = LogFile::create(disk, dir, Lsn(after.0 + 1), options.step_bytes)?;
        Ok(Log::over(disk, dir, options, after, Files { active, older: VecDeque::new() }))
    }

    /// Reads a log to its end without changing it; fails where [`Log::open`] would.
    pub fn verify(dir: &Path, from: Lsn) -> Result<Recovery, StoreError> {
        Log::read_on(&Disk::default(), dir, from, |_, _| Ok(()))
    }

    /// Reads a log to its end without changing it, handing over what [`Log::open`] would.
    pub fn read_on<E: From<StoreError>>(
        disk: &Disk,
        dir: &Path,
        from: Lsn,
        replay: impl FnMut(Lsn, &[u8]) -> Result<(), E>,
    ) -> Result<Recovery, E> {
        recovery::read_log(disk, dir, from, replay).map(|found| found.recovery)
    }

    fn over(disk: &Disk, dir: &Path, options: LogOptions, last: Lsn, files: Files) -> Log {
        let size_bytes = files.active.end() + files.older.iter().map(|(_, size)| size).sum::<u64>();
        let state = State {
            last,
            durable: last,
            buffer: Vec::new(),
            batch: last,
            next: Arc::default(),
            writing: (Arc::default(), last),
            spare: Vec::new(),
            is_writing: false,
            failure: None,
        };
        Log {
            disk: disk.clone(),
            dir: dir.to_owned(),
            options,
            state: Mutex::new(state),
            written: Condvar::new(),
            durable: AtomicU64::new(last.0),
            files: Mutex::new(files),
            size_bytes: AtomicU64::new(size_bytes),
            commits: AtomicU64::new(0),
        }
    }

    /// Gives a record the next number and keeps it for the next commit. Durable once [`Log::sync`] has
    /// returned for its number.
    pub fn append(&self, payload: &[u8]) -> Result<Lsn, StoreError> {
        if payload.len() > PAYLOAD_MAX {
            return Err(StoreError::RecordTooLarge { size_bytes: payload.len(), limit_bytes: PAYLOAD_MAX });
        }
        let mut state = lock(&self.state);
        self.check(&state)?;
        let lsn = Lsn(state.last.0 + 1);
        if state.buffer.is_empty() {
            state.batch = lsn;
        }
        let batch = state.batch;
        frame::push_record(&mut state.buffer, lsn, batch, payload);
        state.last = lsn;
        let is_full = state.buffer.len() >= self.options.buffer_bytes;
        drop(state);
        if is_full {
            self.sync(lsn)?;
        }
        Ok(lsn)
    }

    /// Returns when the record `upto`, and with it every earlier one, is durable.
    pub fn sync(&self, upto: Lsn) -> Result<(), StoreError> {
        let mut state = lock(&self.state);
        let upto = upto.min(state.last);
        loop {
            if state.durable >= upto {
                return Ok(());
            }
            self.check(&state)?;
            if !state.is_writing {
                state = self.lead(state, false)?;
                continue;
            }
            let is_writing = upto <= state.writing.1;
            let batch = if is_writing { state.writing.0.clone() } else { state.next.clone() };
            drop(state);
            if batch.wait() == Woken::Durable {
                return Ok(());
            }
            state = lock(&self.state);
        }
    }

    /// Waits, no longer than `timeout`, for others to make the record `upto` durable. True if it is.
    pub fn wait_durable(&self, upto: Lsn, timeout: Duration) -> bool {
        let is_open = |state: &mut State| state.durable < upto && state.failure.is_none();
        let waited = self.written.wait_timeout_while(lock(&self.state), timeout, is_open);
        waited.unwrap_or_else(PoisonError::into_inner).0.durable >= upto
    }

    /// [`Log::append`] and [`Log::sync`] of one record.
    pub fn commit(&self, payload: &[u8]) -> Result<Lsn, StoreError> {
        let lsn = self.append(payload)?;
        self.sync(lsn)?;
        Ok(lsn)
    }

    /// Commits what is buffered and begins a new file, unless the present one is empty.
    pub fn rotate(&self) -> Result<(), StoreError> {
        let mut state = lock(&self.state);
        while state.is_writing {
            state = self.wait(state);
        }
        self.check(&state)?;
        self.lead(state, true).map(drop)
    }

    /// Removes the files that hold nothing after `lsn`; the one being written stays.
    pub fn drop_through(&self, lsn: Lsn) -> Result<(), StoreError> {
        let mut old = Vec::new();
        {
            let mut files = lock(&self.files);
            while let Some((first, size)) = files.older.front().copied() {
                let next = files.older.get(1).map_or(files.active.first(), |(first, _)| *first);
                if next.0 > lsn.0 + 1 {
                    break;
                }
                files.older.pop_front();
                old.push((first, size));
            }
        }
        // Without the lock, which commits need: removing a large file takes its time. What can not be removed
        // is found, and passed over, at the next start.
        for (first, size) in &old {
            self.disk.remove_file(&self.dir.join(file_name(*first)))?;
            self.size_bytes.fetch_sub(*size, Relaxed);
        }
        if old.is_empty() { Ok(()) } else { self.disk.sync_dir(&self.dir) }
    }

    /// The complete files that hold records after `after`, oldest first: number of the first record, path, and
    /// size. They do not change, but [`Log::drop_through`] removes them.
    pub fn complete_files(&self, after: Lsn) -> Vec<(Lsn, PathBuf, u64)> {
        let files = lock(&self.files);
        let firsts = files.older.iter().skip(1).map(|(first, _)| *first).chain([files.active.first()]);
        let needed = files.older.iter().zip(firsts).filter(|(_, next)| next.0 > after.0 + 1);
        needed.map(|((first, size), _)| (*first, self.dir.join(file_name(*first)), *size)).collect()
    }

    /// Bytes of the records on disk.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes.load(Relaxed)
    }

    /// The number of the last record appended, durable or not; 0 if there was none.
    pub fn last(&self) -> Lsn {
        lock(&self.state).last
    }

    /// The number of the last durable record.
    pub fn durable(&self) -> Lsn {
        // Acquire pairs with the leader's Release: what is durable was appended before.
        Lsn(self.durable.load(Acquire))
    }

    /// How often a batch was written and fsynced since the log was opened.
    pub fn commits(&self) -> u64 {
        self.commits.load(Relaxed)
    }

    fn check(&self, state: &State) -> Result<(), StoreError> {
        match &state.failure {
            Some(cause) => Err(StoreError::ReadOnly { dir: self.dir.clone(), cause: cause.clone() }),
            None => Ok(()),
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.written.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes everything that is buffered. Only for the thread that found `is_writing` false.
    fn lead<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        rotate: bool,
    ) -> Result<MutexGuard<'a, State>, StoreError> {
        state.is_writing = true;
        let spare = std::mem::take(&mut state.spare);
        let mut batch = std::mem::replace(&mut state.buffer, spare);
        let last = state.last;
        let mine = std::mem::take(&mut state.next);
        state.writing = (mine.clone(), last);
        drop(state);
        let outcome = self.write(&batch, last, rotate);
        batch.clear();
        batch.shrink_to(1 << 20);
        let mut state = lock(&self.state);
        state.spare = batch;
        state.is_writing = false;
        match &outcome {
            Ok(()) => {
                state.durable = last;
                self.durable.store(last.0, Release);
            }
            Err(e) => {
                tracing::error!(dir = %self.dir.display(), error = %e, "the log is read-only from here on");
                state.failure = Some(e.to_string());
            }
        }
        // First the one who writes next, so that the disk is not left waiting.
        match &outcome {
            Ok(()) if state.last > last => state.next.hand_over(),
            Ok(()) => {}
            Err(_) => state.next.finish(false),
        }
        mine.finish(outcome.is_ok());
        self.written.notify_all();
        outcome.map(|()| state)
    }

    fn write(&self, batch: &[u8], last: Lsn, rotate: bool) -> Result<(), StoreError> {
        let mut files = lock(&self.files);
        if !batch.is_empty() {
            files.active.commit(batch)?;
            self.commits.fetch_add(1, Relaxed);
            self.size_bytes.fetch_add(batch.len() as u64, Relaxed);
        }
        let is_full = files.active.end() >= self.options.file_bytes;
        if (rotate || is_full) && !files.active.is_empty() {
            files.active.trim()?;
            let next = LogFile::create(&self.disk, &self.dir, Lsn(last.0 + 1), self.options.step_bytes)?;
            self.size_bytes.fetch_add(next.end(), Relaxed);
            let full = std::mem::replace(&mut files.active, next);
            files.older.push_back((full.first(), full.end()));
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
