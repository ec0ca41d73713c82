//! The footer of a segment file: which arrays there are and where.
//!
//! ```text
//! u32 count
//! count × { u16 name length, name, u32 element size, u64 element count, u64 offset, u32 crc32 }
//! u64 footer offset, u32 footer size, u32 footer crc32, u32 version, u32 0, "GESSOSEG"     trailer, 32 bytes
//! ```

use crate::error::{StoreError, damaged};
use crate::version::{self, SEGMENT_VERSION};
use std::path::Path;

/// How a segment file begins and ends.
pub const MAGIC: &[u8; 8] = b"GESSOSEG";
/// Size of the header; also what every array is aligned to.
pub const ALIGN: u64 = 64;
/// Size of the trailer.
pub const TRAILER: usize = 32;
/// Where the version lies in it.
const VERSION_AT: u64 = 16;

/// One array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: Box<str>,
    pub element_size: u32,
    pub count: u64,
    pub offset: u64,
    pub crc32: u32,
}

impl Entry {
    /// Bytes of the array; none if the numbers are impossible.
    pub fn size_bytes(&self) -> Option<u64> {
        self.count.checked_mul(u64::from(self.element_size))
    }
}

/// The first bytes of a segment file.
pub fn header() -> [u8; ALIGN as usize] {
    let mut header = [0; ALIGN as usize];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&SEGMENT_VERSION.to_le_bytes());
    header
}

/// Footer and trailer of a file whose footer begins at `offset`, and the footer's checksum.
pub fn encode(entries: &[Entry], offset: u64) -> (Vec<u8>, u32) {
    let mut out = Vec::with_capacity(64 * (entries.len() + 1));
    out.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    for entry in entries {
        out.extend_from_slice(&(entry.name.len() as u16).to_le_bytes());
        out.extend_from_slice(entry.name.as_bytes());
        out.extend_from_slice(&entry.element_size.to_le_bytes());
        out.extend_from_slice(&entry.count.to_le_bytes());
        out.extend_from_slice(&entry.offset.to_le_bytes());
        out.extend_from_slice(&entry.crc32.to_le_bytes());
    }
    let (size, crc) = (out.len() as u32, crc32fast::hash(&out));
    out.extend_from_slice(&offset.to_le_bytes());
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(&SEGMENT_VERSION.to_le_bytes());
    out.extend_from_slice(&0u32.to_le_bytes());
    out.extend_from_slice(MAGIC);
    (out, crc)
}

/// Reads and checks header, trailer and footer of a whole file; gives the arrays and the footer's checksum.
pub fn decode(file: &Path, bytes: &[u8]) -> Result<(Vec<Entry>, u32), StoreError> {
    let end = bytes.len().saturating_sub(TRAILER);
    let (Some(header), Some(trailer)) = (bytes.get(..ALIGN as usize), bytes.get(end..)) else {
        return Err(damaged(file, 0, format!("file of {} bytes is too short for a segment", bytes.len())));
    };
    if !header.starts_with(MAGIC) {
        return Err(damaged(file, 0, "does not begin like a segment"));
    }
    let cut_off = || damaged(file, end as u64, "does not end like a segment: it is cut off or overwritten");
    let mut fields = Fields(trailer);
    let (offset, size, crc) = (fields.u64(), fields.u32(), fields.u32());
    let (version, is_ended) = (fields.u32(), trailer.ends_with(MAGIC));
    let (Some(offset), Some(size), Some(crc), Some(version), true) = (offset, size, crc, version, is_ended)
    else {
        return Err(cut_off());
    };
    let is_whole = offset.checked_add(u64::from(size)) == Some(end as u64);
    let footer = bytes.get(offset as usize..end).filter(|_| is_whole);
    let is_ours = footer.is_some_and(|footer| crc32fast::hash(footer) == crc);
    version::check_flipped(file, end as u64 + VERSION_AT, (version, SEGMENT_VERSION), is_ours)?;
    version::check(file, version, SEGMENT_VERSION)?;
    let footer = footer.ok_or_else(cut_off)?;
    if !is_ours {
        return Err(damaged(file, offset, "checksum of the footer is wrong"));
    }
    let entries = Fields(footer).entries();
    let entries = entries.ok_or_else(|| damaged(file, offset, "the footer is not a table of arrays"))?;
    for entry in &entries {
        let upto = entry.size_bytes().and_then(|size| size.checked_add(entry.offset));
        if entry.offset < ALIGN || entry.offset % ALIGN != 0 || upto.is_none_or(|upto| upto > offset) {
            return Err(damaged(file, offset, format!("array `{}` lies outside the file", entry.name)));
        }
    }
    Ok((entries, crc))
}

/// Reads numbers from the front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>()?;
        self.0 = tail;
        Some(*head)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn name(&mut self) -> Option<Box<str>> {
        let len = u16::from_le_bytes(self.take()?);
        let (name, tail) = self.0.split_at_checked(usize::from(len))?;
        self.0 = tail;
        std::str::from_utf8(name).ok().map(Box::from)
    }

    fn entries(mut self) -> Option<Vec<Entry>> {
        let count = self.u32()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(Entry {
                name: self.name()?,
                element_size: self.u32()?,
                count: self.u64()?,
                offset: self.u64()?,
                crc32: self.u32()?,
            });
        }
        self.0.is_empty().then_some(entries)
    }
}
