//! Reading a log after a start: which records there are, and where the next one goes.
//!
//! | found | means | done |
//! | --- | --- | --- |
//! | zeroes up to the end of the last file | a clean end | nothing |
//! | a bad record in the last file, no good one behind it, its end or a whole sector of it never written | the last write was cut off | dropped, reported |
//! | a bad record in the last file that was written to its end | damage | refused |
//! | a bad record, good ones behind it from the *same* batch, and a sector between them that was never written | power was lost while a batch was written | all from the bad record on dropped, reported: none was acknowledged |
//! | a bad record, any other good one behind it | damage | refused |
//! | a bad record, or zeroes, in a file that is not the last | damage | refused |
//! | a record or a file is missing | damage | refused |

use super::file::first_of_name;
use super::frame::{Bad, FILE_HEADER, Frame, Look, RECORD_HEADER, look, lsn_at, read_file_header};
use crate::disk::Disk;
use crate::error::{StoreError, damaged};
use gesso_core::Lsn;
use std::path::{Path, PathBuf};

/// The unit in which a disk writes all or nothing.
const SECTOR: usize = 512;

/// What was found in a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Records handed to the replay.
    pub records: u64,
    /// The last whole record, 0 if there is none.
    pub last: Lsn,
    /// Bytes of an unfinished write that were dropped.
    pub torn_bytes: u64,
}

/// One file of the log.
#[derive(Debug)]
pub struct FileSpan {
    pub path: PathBuf,
    pub first: Lsn,
    pub size_bytes: u64,
}

/// A log as it was found. The last of `files` is the one to go on with.
#[derive(Debug)]
pub struct Found {
    pub files: Vec<FileSpan>,
    pub recovery: Recovery,
    /// The bytes of the last batch, at the end of the last file. If the fsync of that batch failed, they may
    /// stand in the system's cache and not on the disk, so whoever goes on has to write them again.
    pub last_batch: Vec<u8>,
}

/// Hands every record after `from` to `replay`, in order. Changes nothing on disk.
pub fn read_log<E: From<StoreError>>(
    disk: &Disk,
    dir: &Path,
    from: Lsn,
    mut replay: impl FnMut(Lsn, &[u8]) -> Result<(), E>,
) -> Result<Found, E> {
    let mut files = list(disk, dir)?;
    let mut recovery = Recovery { last: from, ..Recovery::default() };
    let mut last_batch = Vec::new();
    check_first(dir, &files, from)?;
    let mut expected = files.first().map(|f| f.first);
    for at in 0..files.len() {
        let next = files.get(at + 1).map(|f| f.first);
        let Some(file) = files.get_mut(at) else { break };
        check_order(file, expected)?;
        // Everything in it is older than `from`: the checkpoint has it.
        if let Some(next) = next
            && next.0 <= from.0 + 1
        {
            expected = Some(next);
            continue;
        }
        let bytes = disk.read(&file.path)?;
        let end = scan(file, &bytes, next.is_none(), |frame| {
            if frame.lsn > from {
                recovery.records += 1;
                replay(frame.lsn, frame.payload)?;
            }
            Ok::<(), E>(())
        })?;
        file.size_bytes = end.size_bytes;
        recovery.torn_bytes = end.torn_bytes;
        recovery.last = end.last;
        expected = Some(Lsn(end.last.0 + 1));
        last_batch = bytes.get(end.batch_at..end.size_bytes as usize).unwrap_or_default().to_vec();
    }
    if recovery.last < from {
        let reason =
            format!("the log ends at record {}, but the checkpoint holds up to {from}", recovery.last);
        return Err(damaged(dir, 0, reason).into());
    }
    Ok(Found { files, recovery, last_batch })
}

struct End {
    last: Lsn,
    size_bytes: u64,
    torn_bytes: u64,
    /// Where the last batch begins.
    batch_at: usize,
}

/// Reads the records of one file.
fn scan<E: From<StoreError>>(
    file: &FileSpan,
    bytes: &[u8],
    is_last: bool,
    mut take: impl FnMut(Frame<'_>) -> Result<(), E>,
) -> Result<End, E> {
    let first = read_file_header(&file.path, bytes)?;
    if first != file.first {
        let reason =
            format!("header says that the first record is {first}, the file's name says {}", file.first);
        return Err(damaged(&file.path, 16, reason).into());
    }
    let (mut at, mut expected) = (FILE_HEADER, first);
    let (mut batch_at, mut batch) = (FILE_HEADER, None);
    while at < bytes.len() {
        let Look::Record(frame) = look(bytes, at) else { break };
        if frame.lsn != expected {
            let reason = format!("found record {}, expected record {expected}", frame.lsn);
            return Err(damaged(&file.path, at as u64, reason).into());
        }
        if batch != Some(frame.batch) {
            (batch_at, batch) = (at, Some(frame.batch));
        }
        take(frame)?;
        at += frame.size;
        expected = Lsn(expected.0 + 1);
    }
    let torn_bytes = judge_rest(&file.path, bytes, at, expected, is_last)?;
    Ok(End { last: Lsn(expected.0 - 1), size_bytes: at as u64, torn_bytes, batch_at })
}

/// Decides about what lies behind the last good record: the size of a torn write, or damage.
fn judge_rest(file: &Path, bytes: &[u8], at: usize, expected: Lsn, is_last: bool) -> Result<u64, StoreError> {
    let rest = bytes.get(at..).unwrap_or_default();
    let bad = match look(bytes, at) {
        _ if rest.is_empty() => return Ok(0),
        Look::Bad(bad) => bad,
        _ => Bad { reason: "a record is missing", size: 0, is_ended: false },
    };
    let reason = bad.reason;
    if !is_last || (bad.is_ended && !has_unwritten_sector(bytes, at, at + bad.size)) {
        return Err(damaged(file, at as u64, reason));
    }
    let torn = rest.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1);
    let mut hole_upto = None;
    for (next, frame) in later_records(bytes, at, expected) {
        let upto = *hole_upto.get_or_insert(next);
        if frame.batch > expected || !has_unwritten_sector(bytes, at, upto) {
            let reason = format!("{reason}; record {} behind it is whole", frame.lsn);
            return Err(damaged(file, at as u64, reason));
        }
    }
    Ok(torn as u64)
}

/// Whole records behind `at` whose number comes after `expected`.
fn later_records(bytes: &[u8], at: usize, expected: Lsn) -> impl Iterator<Item = (usize, Frame<'_>)> {
    // More records than fit cannot follow, which keeps chance hits rare and the checksums few.
    let highest = Lsn(expected.0 + (bytes.len() / RECORD_HEADER) as u64);
    let mut at = at + 8;
    std::iter::from_fn(move || {
        while at + RECORD_HEADER <= bytes.len() {
            let here = at;
            let plausible = lsn_at(bytes, here).is_some_and(|lsn| lsn > expected && lsn <= highest);
            if plausible && let Look::Record(frame) = look(bytes, here) {
                at += frame.size;
                return Some((here, frame));
            }
            at += 8;
        }
        None
    })
}

/// True if some sector's part of `from..upto` holds nothing but zeroes: it was never written.
fn has_unwritten_sector(bytes: &[u8], from: usize, upto: usize) -> bool {
    let mut start = from;
    while start < upto {
        let end = (start + 1).next_multiple_of(SECTOR).min(upto);
        if bytes.get(start..end).is_some_and(|part| part.iter().all(|b| *b == 0)) {
            return true;
        }
        start = end;
    }
    false
}

fn list(disk: &Disk, dir: &Path) -> Result<Vec<FileSpan>, StoreError> {
    let mut files = Vec::new();
    for entry in disk.list(dir)? {
        if let Some(first) = first_of_name(&entry.name) {
            files.push(FileSpan { path: dir.join(entry.name), first, size_bytes: entry.size_bytes });
        }
    }
    files.sort_by_key(|f| f.first);
    Ok(files)
}

fn check_first(dir: &Path, files: &[FileSpan], from: Lsn) -> Result<(), StoreError> {
    match files.first() {
        Some(file) if file.first.0 > from.0 + 1 => {
            let reason = format!("records {} to {} are missing", from.0 + 1, file.first.0 - 1);
            Err(damaged(&file.path, 0, reason))
        }
        None if from.0 > 0 => {
            Err(damaged(dir, 0, format!("the log is missing; the checkpoint holds up to record {from}")))
        }
        _ => Ok(()),
    }
}

fn check_order(file: &FileSpan, expected: Option<Lsn>) -> Result<(), StoreError> {
    match expected {
        Some(expected) if expected != file.first => {
            let reason = format!("file begins at record {}, expected record {expected}", file.first);
            Err(damaged(&file.path, 0, reason))
        }
        _ => Ok(()),
    }
}
