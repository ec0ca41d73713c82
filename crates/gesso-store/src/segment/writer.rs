//! Writing a segment.

use super::table::{self, ALIGN, Entry};
use crate::atomic::AtomicFile;
use crate::disk::Disk;
use crate::error::{StoreError, io_at};
use crate::pace::Pace;
use gesso_core::buf::bytes_of;
use gesso_core::{JobContext, Plain};
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes written between two checkpoints.
const PIECE: usize = 256 << 10;

/// A segment being written. Nothing is to be seen of it before [`SegmentWriter::finish`]; dropped
/// before, it leaves no trace.
#[derive(Debug)]
pub struct SegmentWriter {
    out: AtomicFile,
    at: u64,
    pace: Pace,
    entries: Vec<Entry>,
}

/// An array that is being written.
struct Array {
    offset: u64,
    count: u64,
    crc: crc32fast::Hasher,
}

/// A finished segment, for the manifest that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SegmentInfo {
    /// Size of the file.
    pub size_bytes: u64,
    /// Checksum of the footer, which holds the checksums of the arrays: it identifies the content.
    pub crc32: u32,
}

impl SegmentWriter {
    /// Begins a segment that will be at `path`, whose directory must exist.
    pub fn create(path: &Path) -> Result<SegmentWriter, StoreError> {
        SegmentWriter::create_on(&Disk::default(), path)
    }

    /// [`SegmentWriter::create`] on a disk.
    pub fn create_on(disk: &Disk, path: &Path) -> Result<SegmentWriter, StoreError> {
        let mut out = AtomicFile::create_on(disk, path)?;
        out.write_all(&table::header()).map_err(io_at(path, "write"))?;
        Ok(SegmentWriter { out, at: ALIGN, pace: Pace::default(), entries: Vec::new() })
    }

    /// Adds an array. Stops between pieces when the job is stopped.
    pub fn array<T: Plain>(&mut self, ctx: &JobContext, name: &str, values: &[T]) -> Result<(), StoreError> {
        self.parts(ctx, name, [values])
    }

    /// Adds bytes as an array of `u8`.
    pub fn bytes(&mut self, ctx: &JobContext, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.parts(ctx, name, [bytes])
    }

    /// Adds one array that comes in parts, in order.
    pub fn parts<'a, T: Plain>(
        &mut self,
        ctx: &JobContext,
        name: &str,
        parts: impl IntoIterator<Item = &'a [T]>,
    ) -> Result<(), StoreError> {
        let mut array = self.begin(ctx, name)?;
        for part in parts {
            self.add(ctx, &mut array, part)?;
        }
        self.end::<T>(name, array);
        Ok(())
    }

    /// Adds one array of `len` values that is made piece by piece: `fill` adds the values of a range, which follows
    /// the last one, to an empty vector.
    pub fn made<T: Plain>(
        &mut self,
        ctx: &JobContext,
        name: &str,
        len: usize,
        mut fill: impl FnMut(Range<usize>, &mut Vec<T>),
    ) -> Result<(), StoreError> {
        let mut array = self.begin(ctx, name)?;
        let step = PIECE / size_of::<T>();
        let mut piece = Vec::with_capacity(step.min(len));
        for start in (0..len).step_by(step) {
            fill(start..len.min(start + step), &mut piece);
            self.add(ctx, &mut array, &piece)?;
            piece.clear();
        }
        self.end::<T>(name, array);
        Ok(())
    }

    fn begin(&mut self, ctx: &JobContext, name: &str) -> Result<Array, StoreError> {
        if name.len() > usize::from(u16::MAX) || self.entries.iter().any(|e| *e.name == *name) {
            return Err(StoreError::ArrayName { file: self.path(), name: name.to_owned() });
        }
        self.pad(ctx)?;
        Ok(Array { offset: self.at, count: 0, crc: crc32fast::Hasher::new() })
    }

    fn add<T: Plain>(&mut self, ctx: &JobContext, array: &mut Array, values: &[T]) -> Result<(), StoreError> {
        array.count += values.len() as u64;
        for piece in bytes_of(values).chunks(PIECE) {
            ctx.checkpoint()?;
            array.crc.update(piece);
            self.write(ctx, piece)?;
        }
        Ok(())
    }

    fn end<T>(&mut self, name: &str, array: Array) {
        let Array { offset, count, crc } = array;
        let element_size = size_of::<T>() as u32;
        self.entries.push(Entry { name: name.into(), element_size, count, offset, crc32: crc.finalize() });
    }

    /// Writes the table of the arrays, makes everything durable and gives the file its name. Stops with the job.
    pub fn finish(mut self, ctx: &JobContext) -> Result<SegmentInfo, StoreError> {
        self.pad(ctx)?;
        let (footer, crc32) = table::encode(&self.entries, self.at);
        self.write(ctx, &footer)?;
        let size_bytes = self.at;
        self.out.commit_new(ctx)?;
        Ok(SegmentInfo { size_bytes, crc32 })
    }

    fn write(&mut self, ctx: &JobContext, bytes: &[u8]) -> Result<(), StoreError> {
        self.out.write_all(bytes).map_err(io_at(self.out.target(), "write"))?;
        self.at += bytes.len() as u64;
        self.pace.wrote(bytes.len(), || self.out.sync_data(ctx))
    }

    fn pad(&mut self, ctx: &JobContext) -> Result<(), StoreError> {
        let zeroes = [0; ALIGN as usize];
        let missing = self.at.next_multiple_of(ALIGN) - self.at;
        self.write(ctx, &zeroes[..missing as usize])
    }

    fn path(&self) -> PathBuf {
        self.out.target().to_owned()
    }
}
