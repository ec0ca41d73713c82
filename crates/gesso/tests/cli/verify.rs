//! `gesso verify`: sound and damaged data directories.

use crate::import::{IMPORT, write_files};
use crate::run;
use std::path::{Path, PathBuf};

#[test]
fn a_sound_directory_is_sound_and_a_flipped_byte_is_found() {
    let dir = tempfile::tempdir().unwrap();
    write_files(dir.path());
    assert_eq!(run(dir.path(), IMPORT).code, 0);
    let verify = &["verify", "--data-dir", "data", "--json"];
    let sound = run(dir.path(), verify).json(0);
    assert_eq!((&sound["damaged"], &sound["graphs"][0]["vertexNum"]), (&0.into(), &2.into()));

    let segment = segments(&dir.path().join("data/graphs")).pop().expect("a segment");
    let mut bytes = std::fs::read(&segment).unwrap();
    // The first array lies behind the header of 64 bytes.
    bytes[64] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let damaged = run(dir.path(), verify).json(1);
    assert_eq!(damaged["damaged"], 1);
    let damage = damaged["graphs"][0]["damage"].as_str().unwrap();
    let name = segment.file_name().unwrap().to_str().unwrap();
    assert!(damage.contains(name) && damage.contains("checksum"), "{damage}");
    let text = run(dir.path(), &verify[..3]);
    assert!(text.code == 1 && text.out.contains("DAMAGED"), "{}", text.out);
}

#[test]
fn what_is_no_data_directory_is_refused_and_not_made() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(run(dir.path(), &["verify", "--data-dir", "nothing"]).code, 1);
    assert!(!dir.path().join("nothing").exists());
}

/// Files of segments below a directory.
fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(segments(&path));
        } else if std::fs::read(&path).unwrap().starts_with(b"GESSOSEG") {
            found.push(path);
        }
    }
    found.sort();
    found
}
