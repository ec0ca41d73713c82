//! A graph directory that an earlier version wrote must open, and hold what it held.
//!
//! `GESSO_WRITE_FIXTURE=0.1 cargo test -p gesso-graph --test graph upgrade` writes `tests/upgrade/0.1`: once for
//! each release whose format differs, never again for an old one.

use crate::damage::{dump, make};
use gesso_core::JobContext;
use gesso_graph::Graph;
use gesso_store::Disk;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrade")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|e| e.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Cuts the zeroes behind the records of logs: they say nothing, and would be a megabyte in the repository.
fn trim(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
        let bytes = std::fs::read(&entry).unwrap();
        let used = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1).next_multiple_of(8);
        std::fs::write(&entry, &bytes[..used.min(bytes.len())]).unwrap();
    }
}

/// Without the first line: how a schema is written as text may change.
fn rows(dump: &str) -> &str {
    dump.split_once('\n').map_or("", |(_, rows)| rows)
}

fn write(version: &str) {
    let dir = fixtures().join(version);
    assert!(!dir.exists(), "{} is there: a fixture is never written again", dir.display());
    make(&Disk::default(), &dir.join("graph"));
    trim(&dir.join("graph/log"));
    let graph = Graph::open(&dir.join("graph"), 0).unwrap();
    std::fs::write(dir.join("expected.txt"), dump(&graph.snapshot())).unwrap();
    drop(graph);
    trim(&dir.join("graph/log"));
}

#[test]
fn graphs_of_earlier_versions_open_and_hold_what_they_held() {
    if let Ok(version) = std::env::var("GESSO_WRITE_FIXTURE") {
        write(&version);
    }
    let mut seen = 0;
    for version in std::fs::read_dir(fixtures()).unwrap().map(|e| e.unwrap().path()) {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("graph");
        copy(&version.join("graph"), &place);
        let expected = std::fs::read_to_string(version.join("expected.txt")).unwrap();
        Graph::verify(&place, &JobContext::detached(1, 1 << 30)).unwrap();
        for _ in 0..2 {
            let graph = Graph::open(&place, 0).unwrap();
            assert!(rows(&dump(&graph.snapshot())) == rows(&expected), "{}", version.display());
            // Written anew by this version, it is the same.
            graph.compact(&JobContext::detached(1, 1 << 30)).unwrap();
        }
        seen += 1;
    }
    assert!(seen > 0, "no fixture");
}
