//! Files as memory.
//!
//! `unsafe` is allowed here, and only to map a file: arrays of graph size are read where they lie,
//! without a copy. A map is sound as long as nobody changes the bytes behind it, which is the store's
//! first rule for segment files: they are published whole by a rename and never written again.
//! Deleting one is fine, the map keeps its bytes. Tests: `segment`.
#![expect(unsafe_code, reason = "mapping a file is unsafe by nature; segment files never change")]

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// Maps a whole file that is never written again. The file must not be empty.
pub fn map_file(file: &File) -> io::Result<Arc<Mmap>> {
    // SAFETY: callers map published segment files only; those are immutable.
    unsafe { Mmap::map(file) }.map(Arc::new)
}
