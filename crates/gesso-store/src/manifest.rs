//! Small documents that change as a whole, such as the manifest of a graph.
//!
//! ```text
//! {"format": 1, "crc32": "9ae0daaf", "body": { … }}
//! ```
//! The checksum is that of `body` written without white space, so that a person may look at the file
//! with any JSON tool, and even indent it, but not change a value unnoticed.
//!
//! | crash here | this is found |
//! | --- | --- |
//! | anywhere in [`save_json`] before it returns | the old document or the new one, whole |
//! | after it returned | the new document |
//!
//! After [`StoreError::Unsure`] either is found. Whoever opens a directory and then lets go of what an old
//! document needs syncs the directory first ([`Disk::sync_dir`]), so that what is read is there to stay.

use crate::atomic::AtomicFile;
use crate::disk::Disk;
use crate::error::{StoreError, damaged, io_at};
use crate::version::{self, DOCUMENT_VERSION};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::Write;
use std::path::Path;

#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    crc32: String,
    body: Value,
}

/// Replaces the document at `path` atomically and durably.
pub fn save_json<T: Serialize>(path: &Path, document: &T) -> Result<(), StoreError> {
    save_json_on(&Disk::default(), path, document)
}

/// [`save_json`] on a disk.
pub fn save_json_on<T: Serialize>(disk: &Disk, path: &Path, document: &T) -> Result<(), StoreError> {
    save_bytes_on(disk, path, &encode_json(path, document)?)
}

/// [`save_json_on`] of a document that is encoded already.
pub(crate) fn save_bytes_on(disk: &Disk, path: &Path, text: &[u8]) -> Result<(), StoreError> {
    let mut file = AtomicFile::create_on(disk, path)?;
    file.write_all(text).map_err(io_at(path, "write"))?;
    file.commit()?;
    Ok(())
}

/// The bytes of a document; `path` is for messages.
pub fn encode_json<T: Serialize>(path: &Path, document: &T) -> Result<Vec<u8>, StoreError> {
    let wrong = |source| StoreError::Document { file: path.to_owned(), source };
    let body = serde_json::to_value(document).map_err(wrong)?;
    let crc32 = checksum(&body).map_err(wrong)?;
    serde_json::to_vec(&Document { format: DOCUMENT_VERSION, crc32, body }).map_err(wrong)
}

/// Reads the document at `path`; none if there is no such file.
pub fn load_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    load_json_on(&Disk::default(), path)
}

/// [`load_json`] on a disk.
pub fn load_json_on<T: DeserializeOwned>(disk: &Disk, path: &Path) -> Result<Option<T>, StoreError> {
    let Some(text) = disk.read_if_any(path)? else { return Ok(None) };
    decode_json(path, &text).map(Some)
}

/// Reads a document that lies in memory; `path` is for messages.
pub fn decode_json<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T, StoreError> {
    let document: Document = serde_json::from_slice(text)
        .map_err(|e| damaged(path, 0, format!("not a document of this program: {e}")))?;
    let wrong = |source| StoreError::Document { file: path.to_owned(), source };
    let found = checksum(&document.body).map_err(wrong)?;
    version::check_flipped(path, 0, (document.format, DOCUMENT_VERSION), found == document.crc32)?;
    version::check(path, document.format, DOCUMENT_VERSION)?;
    if found != document.crc32 {
        let reason = format!("checksum of the body is {found}, expected {}", document.crc32);
        return Err(damaged(path, 0, reason));
    }
    serde_json::from_value(document.body).map_err(wrong)
}

fn checksum(body: &Value) -> Result<String, serde_json::Error> {
    Ok(format!("{:08x}", crc32fast::hash(&serde_json::to_vec(body)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Doc {
        name: String,
        numbers: Vec<f64>,
        big: u64,
    }

    fn doc() -> Doc {
        Doc { name: "äö\n".to_owned(), numbers: vec![0.1, 1e300, -0.0, 1e-7], big: u64::MAX }
    }

    #[test]
    fn a_document_comes_back_also_when_indented() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m.json");
        assert_eq!(load_json::<Doc>(&path).unwrap(), None);
        save_json(&path, &doc()).unwrap();
        assert_eq!(load_json::<Doc>(&path).unwrap(), Some(doc()));
        let value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        fs::write(&path, serde_json::to_vec_pretty(&value).unwrap()).unwrap();
        assert_eq!(load_json::<Doc>(&path).unwrap(), Some(doc()));
    }

    #[test]
    fn a_changed_value_and_a_newer_format_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m.json");
        save_json(&path, &doc()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("0.1", "0.2")).unwrap();
        assert!(matches!(load_json::<Doc>(&path), Err(StoreError::Damaged { .. })));
        let newer = text.replace("\"format\":1", "\"format\":7");
        fs::write(&path, &newer).unwrap();
        let refused = load_json::<Doc>(&path).unwrap_err().to_string();
        assert!(
            refused.contains("version is 7, expected 1"),
            "with our checksum it is a flipped bit: {refused}"
        );
        let crc32 = serde_json::from_str::<Document>(&newer).unwrap().crc32;
        fs::write(&path, newer.replace(&crc32, "0badcafe")).unwrap();
        let refused = load_json::<Doc>(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::TooNew { found: 7, supported: DOCUMENT_VERSION, .. }),
            "{refused}"
        );
        for cut in 0..text.len() {
            fs::write(&path, &text[..text.floor_char_boundary(cut)]).unwrap();
            assert!(load_json::<Doc>(&path).is_err(), "cut at {cut}");
        }
    }
}
