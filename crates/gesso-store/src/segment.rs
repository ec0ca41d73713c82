//! Immutable files of named arrays, read where they lie.
//!
//! ```text
//! 0    "GESSOSEG"  u32 version  0…                    header, 64 bytes
//! 64   array, padded with zeroes to 64 bytes
//! …    more arrays
//! …    table of the arrays, trailer                   see `table`
//! ```
//!
//! | crash here | this is found |
//! | --- | --- |
//! | before [`SegmentWriter::finish`] returns | no file of that name, or the whole one |
//! | after it returned | the whole file |
//!
//! Opening reads header and table only, whatever the size; [`Segment::verify`] reads the arrays.

mod table;
mod writer;

pub use writer::{SegmentInfo, SegmentWriter};

use crate::disk::Disk;
use crate::error::{StoreError, damaged, io_at};
use gesso_core::{JobContext, Plain, Slab, Stop};
use memmap2::Mmap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::Entry;

/// Bytes checked between two checkpoints.
const PIECE: usize = 1 << 20;

/// An open segment. Its arrays stay readable after it is dropped, and after its file is removed.
#[derive(Debug)]
pub struct Segment {
    path: PathBuf,
    map: Arc<Mmap>,
    entries: Vec<Entry>,
    footer_crc32: u32,
}

impl Segment {
    /// Maps a segment file and checks its header, table and size, but not the arrays.
    pub fn open(path: &Path) -> Result<Segment, StoreError> {
        Segment::open_on(&Disk::default(), path)
    }

    /// [`Segment::open`] on a disk.
    pub fn open_on(disk: &Disk, path: &Path) -> Result<Segment, StoreError> {
        let size_bytes = disk.open_read(path)?.size().map_err(io_at(path, "read"))?;
        if size_bytes == 0 {
            return Err(damaged(path, 0, "file is empty"));
        }
        let map = disk.map(path)?;
        let (entries, footer_crc32) = table::decode(path, &map)?;
        Ok(Segment { path: path.to_owned(), map, entries, footer_crc32 })
    }

    /// The array `name`, which must have been written with elements of T's size.
    pub fn array<T: Plain>(&self, name: &str) -> Result<Slab<T>, StoreError> {
        let entry = self.entries.iter().find(|e| *e.name == *name);
        let entry =
            entry.ok_or_else(|| StoreError::NoArray { file: self.path.clone(), name: name.to_owned() })?;
        let expected = size_of::<T>() as u32;
        if entry.element_size != expected {
            let (file, found) = (self.path.clone(), entry.element_size);
            return Err(StoreError::ElementSize { file, name: name.to_owned(), found, expected });
        }
        Slab::of_file(&self.map, entry.offset as usize, entry.count as usize)
            .map_err(|e| damaged(&self.path, entry.offset, format!("array `{name}`: {e}")))
    }

    /// True if there is an array `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.iter().any(|e| *e.name == *name)
    }

    /// The names of the arrays, in the order in which they were written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|e| &*e.name)
    }

    /// Size of the file.
    pub fn size_bytes(&self) -> u64 {
        self.map.len() as u64
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Size and content of the file, as [`SegmentWriter::finish`] gave them.
    pub fn info(&self) -> SegmentInfo {
        SegmentInfo { size_bytes: self.size_bytes(), crc32: self.footer_crc32 }
    }

    /// Reads every array, on all threads of the job, and compares its checksum.
    pub fn verify(&self, ctx: &JobContext) -> Result<(), StoreError> {
        self.entries.iter().try_for_each(|entry| self.verify_array(ctx, entry))
    }

    fn verify_array(&self, ctx: &JobContext, entry: &Entry) -> Result<(), StoreError> {
        let start = entry.offset as usize;
        let size = entry.size_bytes().unwrap_or(u64::MAX) as usize;
        let bytes = self.map.get(start..).and_then(|rest| rest.get(..size));
        let outside = || damaged(&self.path, entry.offset, format!("array `{}` is cut off", entry.name));
        let bytes = bytes.ok_or_else(outside)?;
        let piece_crc = |piece: usize| {
            let mut crc = crc32fast::Hasher::new();
            crc.update(bytes.get(piece * PIECE..bytes.len().min((piece + 1) * PIECE)).unwrap_or_default());
            crc
        };
        let pieces = ctx.par_map(size.div_ceil(PIECE), |piece, _| Ok::<_, Stop>(piece_crc(piece)))?;
        let mut crc = crc32fast::Hasher::new();
        for piece in &pieces {
            crc.combine(piece);
        }
        if crc.finalize() == entry.crc32 {
            return Ok(());
        }
        let reason = format!("checksum of array `{}` is wrong", entry.name);
        Err(damaged(&self.path, entry.offset, reason))
    }
}
