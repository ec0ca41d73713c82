//! The versions of what is on disk. A version rises when a reader of the old one would misread. The checksum of a
//! new version must differ from that of the old one over the same content, as with the version among what it is
//! taken of: so that a flipped bit in a version is told from a file of a newer program.

use crate::error::{StoreError, damaged};
use std::path::Path;

/// Log files. 1 had no marks that tell a torn record from a damaged one; no release wrote it.
pub const LOG_VERSION: u32 = 2;
/// Segment files.
pub const SEGMENT_VERSION: u32 = 1;
/// JSON documents.
pub const DOCUMENT_VERSION: u32 = 1;

/// Refuses a version newer than `supported`.
pub fn check(file: &Path, found: u32, supported: u32) -> Result<(), StoreError> {
    if found > supported {
        return Err(StoreError::TooNew { file: file.to_owned(), found, supported });
    }
    Ok(())
}

/// Refuses as damaged, at `offset`, a version that is not `expected` beside a checksum that only `expected` has.
pub fn check_flipped(
    file: &Path,
    offset: u64,
    (found, expected): (u32, u32),
    is_checksum_of_expected: bool,
) -> Result<(), StoreError> {
    if found != expected && is_checksum_of_expected {
        return Err(damaged(file, offset, format!("its version is {found}, expected {expected}")));
    }
    Ok(())
}

/// Refuses a version older than `oldest`.
pub fn check_oldest(file: &Path, found: u32, oldest: u32) -> Result<(), StoreError> {
    if found < oldest {
        return Err(StoreError::TooOld { file: file.to_owned(), found, oldest });
    }
    Ok(())
}
