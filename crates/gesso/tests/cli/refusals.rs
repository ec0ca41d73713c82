//! Data directories that a server must not touch: in use, damaged, from a newer program, not to be written.

use crate::import::{IMPORT, write_files};
use crate::run;
use crate::serving::Serving;
use std::path::{Path, PathBuf};

const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"];

#[test]
fn a_second_process_is_refused_and_told_who_holds_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let first = Serving::start(dir.path(), SERVE);
    for args in [SERVE, &["verify", "--data-dir", "data"], &["backup", "--data-dir", "data", "--to", "b"]] {
        let second = run(dir.path(), args);
        assert_eq!(second.code, 1, "{}", second.err);
        let text = &second.err;
        assert!(
            text.contains("`data` is in use by process ") && text.contains("stop that process"),
            "{text}"
        );
    }
    first.end();
    Serving::start(dir.path(), SERVE).end();
}

/// The only graph's file of a name.
fn graph_file(dir: &Path, name: &str) -> PathBuf {
    let mut graphs = std::fs::read_dir(dir.join("data/graphs")).unwrap();
    graphs.next().unwrap().unwrap().path().join(name)
}

#[test]
fn a_newer_format_is_refused_with_both_versions_and_nothing_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    write_files(dir.path());
    assert_eq!(run(dir.path(), IMPORT).code, 0);
    let manifest = graph_file(dir.path(), "manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    assert!(text.contains("\"format\":1"), "{text}");
    // A newer program has another checksum, too; a flipped bit would not.
    let newer = text.replace("\"format\":1", "\"format\":99").replace("\"crc32\":\"", "\"crc32\":\"0");
    std::fs::write(&manifest, newer).unwrap();
    let refused = run(dir.path(), SERVE);
    assert_eq!(refused.code, 1);
    for part in ["manifest.json", "version 99", "up to 1", "newer release"] {
        assert!(refused.err.contains(part), "{}", refused.err);
    }
    std::fs::write(&manifest, text).unwrap();
    Serving::start(dir.path(), SERVE).end();
}

#[test]
fn a_damaged_segment_is_named_with_its_offset_by_every_command_and_nothing_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    write_files(dir.path());
    assert_eq!(run(dir.path(), IMPORT).code, 0);
    let segment = graph_file(dir.path(), "base-0000000000000001/vertices.seg");
    let whole = std::fs::read(&segment).unwrap();
    let mut bytes = whole.clone();
    bytes[64] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();
    let backup = &["backup", "--data-dir", "data", "--to", "b"];
    for args in [IMPORT, &["verify", "--data-dir", "data"], backup] {
        let refused = run(dir.path(), args);
        assert_eq!(refused.code, 1);
        for part in ["vertices.seg", "is damaged at byte 64", "nothing was changed", "gesso restore"] {
            assert!(
                refused.err.contains(part) || refused.out.contains(part),
                "{} {}",
                refused.err,
                refused.out
            );
        }
    }
    // The server serves the others: see tests/http/damaged.rs.
    Serving::start(dir.path(), SERVE).end();
    assert_eq!(std::fs::read(&segment).unwrap(), bytes);
    std::fs::write(&segment, &whole).unwrap();
    Serving::start(dir.path(), SERVE).end();
}

#[test]
fn a_place_that_can_not_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    // Not even root can make a directory in these.
    for (place, named) in
        [("file/data", "`file`"), ("/proc/data", "`/proc/data`"), ("/sys/data", "`/sys/data`")]
    {
        let refused = run(dir.path(), &["serve", "--listen", "127.0.0.1:0", "--data-dir", place]);
        assert_eq!(refused.code, 1, "{}", refused.err);
        assert!(refused.err.contains(named) && refused.err.contains("cannot create"), "{}", refused.err);
    }
}
