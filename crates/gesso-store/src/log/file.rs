//! The file that the log is writing.
//!
//! Space is taken ahead in steps and filled with zeroes, so that a commit overwrites blocks that the
//! file has already: its fdatasync then writes data and no metadata.
//!
//! | crash here | this is found |
//! | --- | --- |
//! | while a file is created | a `.tmp` that the next start removes; the older file is the last one |
//! | while space is taken ahead | zeroes at the end, or a shorter file |
//! | while a batch is written | the batch's first records, maybe others with holes: a torn tail |
//! | between trimming a full file and creating the next | a last file without zeroes at its end |

use super::frame::{FILE_HEADER, file_header};
use super::recovery::FileSpan;
use crate::atomic::AtomicFile;
use crate::disk::{Disk, DiskFile};
use crate::error::{StoreError, io_at};
use gesso_core::Lsn;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The one file that is written.
#[derive(Debug)]
pub struct LogFile {
    file: Arc<dyn DiskFile>,
    path: PathBuf,
    first: Lsn,
    /// Bytes that hold records.
    end: u64,
    /// Bytes that the file has space for.
    reserved: u64,
    step: u64,
}

/// The name of the file whose first record is `first`.
pub fn file_name(first: Lsn) -> String {
    format!("log-{:016x}.wal", first.0)
}

/// The first record of a file, by its name.
pub fn first_of_name(name: &str) -> Option<Lsn> {
    let hex = name.strip_prefix("log-")?.strip_suffix(".wal")?;
    (hex.len() == 16).then(|| u64::from_str_radix(hex, 16).ok().map(Lsn)).flatten()
}

impl LogFile {
    /// A new durable file without records. `step` is how many bytes are taken ahead at once.
    pub fn create(disk: &Disk, dir: &Path, first: Lsn, step: u64) -> Result<LogFile, StoreError> {
        let path = dir.join(file_name(first));
        let mut temp = AtomicFile::create_on(disk, &path)?;
        temp.write_all(&file_header(first)).map_err(io_at(&path, "write"))?;
        let file = temp.commit()?;
        let end = FILE_HEADER as u64;
        Ok(LogFile { file, path, first, end, reserved: end, step })
    }

    /// Goes on behind the bytes that recovery found good in a file; what follows them is cut off durably,
    /// and `last_batch`, which stands before their end, is written once more (see `recovery::Found`).
    pub fn reopen(disk: &Disk, found: FileSpan, last_batch: &[u8], step: u64) -> Result<LogFile, StoreError> {
        let FileSpan { path, first, size_bytes: end } = found;
        let file: Arc<dyn DiskFile> = disk.open(&path)?.into();
        let start = end.saturating_sub(last_batch.len() as u64);
        file.write_all_at(last_batch, start).map_err(io_at(&path, "write"))?;
        file.set_size(end).and_then(|()| file.sync_all()).map_err(io_at(&path, "truncate"))?;
        Ok(LogFile { file, path, first, end, reserved: end, step })
    }

    /// The first record that the file holds, or will hold.
    pub fn first(&self) -> Lsn {
        self.first
    }

    /// Bytes in use.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// True without records.
    pub fn is_empty(&self) -> bool {
        self.end == FILE_HEADER as u64
    }

    /// Writes whole records and returns when they are durable.
    pub fn commit(&mut self, records: &[u8]) -> Result<(), StoreError> {
        let end = self.end + records.len() as u64;
        if end > self.reserved {
            self.extend(end)?;
        }
        self.file.write_all_at(records, self.end).map_err(io_at(&self.path, "write"))?;
        self.file.sync_data().map_err(io_at(&self.path, "fsync"))?;
        self.end = end;
        Ok(())
    }

    /// Gives back the space taken ahead; the file is complete.
    pub fn trim(&mut self) -> Result<(), StoreError> {
        self.file
            .set_size(self.end)
            .and_then(|()| self.file.sync_all())
            .map_err(io_at(&self.path, "trim"))?;
        self.reserved = self.end;
        Ok(())
    }

    fn extend(&mut self, end: u64) -> Result<(), StoreError> {
        let upto = end.next_multiple_of(self.step.max(1));
        match self.file.reserve(self.reserved, upto - self.reserved) {
            Ok(()) => {}
            Err(e) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(e) => return Err(io_at(&self.path, "reserve space for")(e)),
        }
        // Blocks that are only reserved become real at their first write, which is metadata: without the
        // zeroes a small commit measures two fdatasyncs instead of one (ext4).
        self.zero(end.max(self.reserved), upto).map_err(io_at(&self.path, "reserve space for"))?;
        self.reserved = upto;
        Ok(())
    }

    fn zero(&self, from: u64, upto: u64) -> io::Result<()> {
        static ZEROES: [u8; 64 << 10] = [0; 64 << 10];
        let mut at = from;
        while at < upto {
            let part = (upto - at).min(ZEROES.len() as u64);
            self.file.write_all_at(&ZEROES[..part as usize], at)?;
            at += part;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_first_records_belong_together() {
        assert_eq!(first_of_name(&file_name(Lsn(0x1a5))), Some(Lsn(0x1a5)));
        for other in ["log-1.wal", "log-00000000000001a5.wal.tmp", "log-000000000000zzzz.wal", "lock"] {
            assert_eq!(first_of_name(other), None, "{other}");
        }
    }
}
