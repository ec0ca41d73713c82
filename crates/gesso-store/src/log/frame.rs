//! The bytes of a log file.
//!
//! ```text
//! log-00000000000001a5.wal
//! 0   "GESSOLOG"  u32 version  u32 crc32  u64 first lsn  u64 0                              file header, 32 bytes
//! 32  u32 len  u32 crc32 of the header  u64 lsn  u64 batch  u32 crc32 of the payload  MARK  record header
//! 64  payload  END  0…                                                                      padded to 8 bytes
//! …   the same, lsn + 1
//! …   zeroes up to the end of the preallocated part
//! ```
//! Numbers are little-endian. The file header's checksum is over version and first lsn; a record header's is
//! over everything in it but itself. `batch` is the lsn of the first record that was written in the same
//! piece: all before it was durable by then. `MARK` and `END` are not zero, and stand where a write that was
//! cut off has left zeroes: recovery tells by them a loss of power from damage.

use crate::error::{StoreError, damaged};
use crate::version::{self, LOG_VERSION};
use gesso_core::Lsn;
use std::path::Path;

/// Size of the header of a file.
pub const FILE_HEADER: usize = 32;
/// Size of the header of a record.
pub const RECORD_HEADER: usize = 32;
/// Largest payload.
pub const PAYLOAD_MAX: usize = 256 << 20;

const MAGIC: &[u8; 8] = b"GESSOLOG";
/// Ends the header of a record.
const MARK: &[u8; 4] = b"REC>";
/// Follows the payload of a record.
const END: u8 = b'<';

/// One whole record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    pub lsn: Lsn,
    /// First record of the piece it was written in.
    pub batch: Lsn,
    pub payload: &'a [u8],
    /// Bytes in the file, padding included.
    pub size: usize,
}

/// What lies at a place where a record may begin.
#[derive(Debug, PartialEq, Eq)]
pub enum Look<'a> {
    Record(Frame<'a>),
    /// Nothing was written here.
    Blank,
    /// Neither a record nor nothing.
    Bad(Bad),
}

/// What is wrong with a record, and how far it reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bad {
    pub reason: &'static str,
    /// Bytes that a write of it would have written, as far as its header can be believed.
    pub size: usize,
    /// The last of these is there: the write was not cut off before it.
    pub is_ended: bool,
}

/// The header of a file whose first record will be `first`.
pub fn file_header(first: Lsn) -> [u8; FILE_HEADER] {
    let mut header = [0; FILE_HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&LOG_VERSION.to_le_bytes());
    header[16..24].copy_from_slice(&first.0.to_le_bytes());
    let crc = header_crc(LOG_VERSION, first.0);
    header[12..16].copy_from_slice(&crc.to_le_bytes());
    header
}

/// Reads the header of a file and returns the number of its first record.
pub fn read_file_header(file: &Path, bytes: &[u8]) -> Result<Lsn, StoreError> {
    let header = bytes.get(..FILE_HEADER).unwrap_or_default();
    let fields = || Some((header.get(..8)?, u32_at(header, 8)?, u32_at(header, 12)?, u64_at(header, 16)?));
    let Some((magic, version, crc, first)) = fields() else {
        return Err(damaged(file, 0, format!("file of {} bytes is too short for a log", bytes.len())));
    };
    if magic != MAGIC {
        return Err(damaged(file, 0, "does not begin like a log file"));
    }
    version::check_flipped(file, 8, (version, LOG_VERSION), crc == header_crc(LOG_VERSION, first))?;
    version::check(file, version, LOG_VERSION)?;
    if crc != header_crc(version, first) {
        return Err(damaged(file, 8, "checksum of the file header is wrong"));
    }
    version::check_oldest(file, version, LOG_VERSION)?;
    Ok(Lsn(first))
}

/// Appends a record to a buffer.
pub fn push_record(buffer: &mut Vec<u8>, lsn: Lsn, batch: Lsn, payload: &[u8]) {
    // Lossless: `Log::append` has checked the payload against PAYLOAD_MAX.
    let header = record_header(payload.len() as u32, lsn.0, batch.0, crc32fast::hash(payload));
    buffer.extend_from_slice(&header);
    buffer.extend_from_slice(payload);
    buffer.push(END);
    buffer.resize(buffer.len().next_multiple_of(8), 0);
}

fn record_header(len: u32, lsn: u64, batch: u64, payload_crc: u32) -> [u8; RECORD_HEADER] {
    let mut header = [0; RECORD_HEADER];
    header[..4].copy_from_slice(&len.to_le_bytes());
    header[8..16].copy_from_slice(&lsn.to_le_bytes());
    header[16..24].copy_from_slice(&batch.to_le_bytes());
    header[24..28].copy_from_slice(&payload_crc.to_le_bytes());
    header[28..].copy_from_slice(MARK);
    let mut crc = crc32fast::Hasher::new();
    crc.update(&header[..4]);
    crc.update(&header[8..]);
    header[4..8].copy_from_slice(&crc.finalize().to_le_bytes());
    header
}

/// Looks at what begins at `at`.
pub fn look(bytes: &[u8], at: usize) -> Look<'_> {
    let Some(header) = bytes.get(at..at + RECORD_HEADER) else {
        let left = bytes.len().saturating_sub(at);
        return Look::Bad(Bad { reason: "record header is cut off", size: left, is_ended: false });
    };
    if header.iter().all(|b| *b == 0) {
        return Look::Blank;
    }
    let bad = |reason, size, is_ended| Look::Bad(Bad { reason, size, is_ended });
    let fields = (u32_at(header, 0), u64_at(header, 8), u64_at(header, 16), u32_at(header, 24));
    let (Some(len), Some(lsn), Some(batch), Some(crc)) = fields else {
        return bad("record header is cut off", RECORD_HEADER, false);
    };
    if *header != record_header(len, lsn, batch, crc) {
        return bad("checksum of a record's header is wrong", RECORD_HEADER, !header.ends_with(&[0]));
    }
    let len = len as usize;
    if len > PAYLOAD_MAX {
        return bad("record length is impossible", RECORD_HEADER, true);
    }
    let start = at + RECORD_HEADER;
    let size = (RECORD_HEADER + len + 1).next_multiple_of(8);
    let Some(payload) = bytes.get(start..start + len).filter(|_| at + size <= bytes.len()) else {
        return bad("record is cut off", bytes.len() - at, false);
    };
    let end = bytes.get(start + len).copied().unwrap_or(0);
    if crc32fast::hash(payload) != crc || end != END {
        return bad("checksum of a record is wrong", RECORD_HEADER + len + 1, end != 0);
    }
    Look::Record(Frame { lsn: Lsn(lsn), batch: Lsn(batch), payload, size })
}

/// The number that a record at `at` would have; for telling at little cost what cannot be one.
pub fn lsn_at(bytes: &[u8], at: usize) -> Option<Lsn> {
    u64_at(bytes, at + 8).map(Lsn)
}

fn header_crc(version: u32, first: u64) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&version.to_le_bytes());
    crc.update(&first.to_le_bytes());
    crc.finalize()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_every_small_length_come_back() {
        for len in 0..40usize {
            let payload = vec![7u8; len];
            let mut buffer = Vec::new();
            push_record(&mut buffer, Lsn(9), Lsn(8), &payload);
            assert_eq!(buffer.len() % 8, 0);
            let Look::Record(frame) = look(&buffer, 0) else { panic!("length {len}") };
            assert_eq!((frame.lsn, frame.batch, frame.payload), (Lsn(9), Lsn(8), &payload[..]));
            assert_eq!(frame.size, buffer.len());
        }
    }

    #[test]
    fn any_flipped_bit_of_a_record_is_noticed() {
        let mut buffer = Vec::new();
        push_record(&mut buffer, Lsn(9), Lsn(8), b"1234567");
        for bit in 0..buffer.len() * 8 {
            let mut copy = buffer.clone();
            copy[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(look(&copy, 0), Look::Bad(Bad { is_ended: true, .. })), "bit {bit}");
        }
    }

    #[test]
    fn a_header_names_its_first_record_and_refuses_newer_versions() {
        let path = Path::new("x");
        let mut header = file_header(Lsn(77));
        assert_eq!(read_file_header(path, &header).unwrap(), Lsn(77));
        header[16] ^= 1;
        assert!(matches!(read_file_header(path, &header), Err(StoreError::Damaged { offset: 8, .. })));
        header[8] = 200;
        assert!(matches!(read_file_header(path, &header), Err(StoreError::TooNew { found: 200, .. })));
        header[16] ^= 1;
        assert!(
            matches!(read_file_header(path, &header), Err(StoreError::Damaged { offset: 8, .. })),
            "the version alone is wrong: damage, not a newer file"
        );
        header[16] ^= 1;
        assert!(read_file_header(path, &header[..10]).is_err());
    }
}
