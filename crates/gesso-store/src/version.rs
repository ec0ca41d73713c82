//! The versions of what is on disk. A version rises when a reader of the old one would misread.

use crate::error::StoreError;
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

/// Refuses a version older than `oldest`.
pub fn check_oldest(file: &Path, found: u32, oldest: u32) -> Result<(), StoreError> {
    if found < oldest {
        return Err(StoreError::TooOld { file: file.to_owned(), found, oldest });
    }
    Ok(())
}
