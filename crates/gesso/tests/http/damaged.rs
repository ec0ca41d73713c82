//! A graph that is damaged on disk: spec 01, section 4 (503). The others are served, and nothing of it is changed.

use crate::fixture::films;
use crate::harness::{PROJECT, TestGraph, TestServer, check};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const BACKUP: &str = "/action?action_id=backup";
const RESTORE: &str = "/action?action_id=restore";

/// A server with a backup `b` of the sound graph `films`, which is then damaged by `damage`, and `other`.
fn damaged(damage: impl FnOnce(&Path)) -> (TestServer, PathBuf) {
    let s = TestServer::start();
    let g = films(&s);
    g.outputs(BACKUP, json!({"backupPath": "b"}));
    let dir = s.inner("films").dir().to_owned();
    let place = dir.clone();
    s.graph("other").post("/vertices", json!({"vertex": "x"})).expect(200);
    (s.restart_after(move |_| damage(&place)), dir)
}

/// Changes one byte of the largest file of the log.
fn flip(dir: &Path) {
    let log = std::fs::read_dir(dir.join("log")).expect("a directory").flatten().map(|e| e.path());
    let file = log.max_by_key(|path| path.metadata().map_or(0, |m| m.len())).expect("a file");
    let mut bytes = std::fs::read(&file).expect("bytes");
    bytes[100] ^= 1;
    std::fs::write(file, bytes).expect("written");
}

fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.insert(entry.path(), std::fs::read(entry.path()).expect("bytes"));
        }
    }
    found
}

fn listed(s: &TestServer) -> Vec<Value> {
    let list = s.get(&format!("/ges/v1.0/{PROJECT}/graphs")).expect(200);
    list["graphs"].as_array().expect("graphs").clone()
}

/// Every kind of request must be answered with 503, and a message that says where and what to do.
fn check_refused(g: &TestGraph<'_>) {
    for reply in [
        g.get("/summary"),
        g.get("/schema"),
        g.get("/schema?label=person"),
        g.get("/jobs/status"),
        g.post("/vertices", json!({"vertex": "x"})),
        g.post("/vertices/action?action_id=query", json!({"labels": ["person"]})),
        g.post("/edges/action?action_id=batch-delete", json!({"edges": []})),
        g.post("/action?action_id=execute-algorithm", json!({"algorithmName": "pagerank"})),
        g.post("/action?action_id=clear-graph", json!({})),
        g.post(BACKUP, json!({"backupPath": "c"})),
    ] {
        assert!(reply.headers.contains_key("Retry-After"), "{}", reply.text());
        let message = check(reply, 503, "GES.8602");
        for part in ["graph [films] can not be opened", ".wal", "at byte", "gesso verify", "gesso restore"] {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn c01_a_damaged_graph_is_set_aside_and_the_others_are_served() {
    let (s, dir) = damaged(flip);
    let before = files(&dir);
    let g = s.named("films");
    check_refused(&g);
    let other = s.named("other");
    other.post("/vertices", json!({"vertex": "y"})).expect(200);
    assert_eq!(other.counts(), (2, 0));

    let list = listed(&s);
    let entry = list.iter().find(|e| e["graphName"] == "films").expect("the damaged graph");
    assert_eq!((&entry["errorCode"], list.len()), (&json!("GES.8602"), 2));
    assert!(entry["errorMessage"].as_str().is_some_and(|m| m.contains(".wal")), "{entry}");
    assert!(list.iter().any(|e| e["graphName"] == "other" && e.get("errorCode").is_none()));
    assert_eq!(s.get("/health/ready").expect(200), json!({"status": "ready", "damagedGraphs": 1}));
    assert!(s.get("/metrics").text().contains("gesso_graphs_damaged 1"));

    // Its name is taken, by requests of every kind.
    let create = s.post(&format!("/ges/v1.0/{PROJECT}/graphs"), json!({"graphName": "films"}));
    assert!(check(create, 400, "GES.8012").contains("keeps its name until it is deleted"));
    let restore = g.post(RESTORE, json!({"backupPath": "b"}));
    assert!(check(restore, 400, "GES.8012").contains("keeps its name until it is deleted"));
    let s = s.restart();
    check_refused(&s.named("films"));
    assert_eq!(files(&dir), before, "nothing of it was changed");
}

#[test]
fn c01_a_damaged_graph_is_deleted_and_restored_as_documented() {
    let (s, dir) = damaged(flip);
    // First another name, to see what the backup holds.
    let copy = s.named("copy");
    copy.outputs(RESTORE, json!({"backupPath": "b"}));
    let g = s.named("films");
    let job = g.delete("").expect(200);
    assert_eq!(g.ended(job["jobId"].as_str().expect("a job"))["state"], "complete");
    assert!(!dir.exists());
    assert_eq!(s.get("/health/ready").expect(200), json!({"status": "ready"}));
    check(g.get("/summary"), 400, "GES.8001");
    g.outputs(RESTORE, json!({"backupPath": "b"}));
    assert_eq!(g.counts(), copy.counts());
    let s = s.restart();
    assert_eq!(s.named("films").counts(), s.named("copy").counts());
}

#[test]
fn c01_a_graph_whose_name_is_damaged_is_counted_and_keeps_nobody_from_starting() {
    let (s, dir) = damaged(|dir| {
        let path = dir.join("graph.json");
        let text = std::fs::read_to_string(&path).expect("text");
        std::fs::write(path, text.replace("films", "filns")).expect("written");
    });
    assert_eq!(listed(&s).len(), 1);
    assert_eq!(s.get("/health/ready").expect(200)["damagedGraphs"], 1);
    assert_eq!(s.named("other").counts(), (1, 0));
    assert!(dir.exists());
}

#[test]
fn c01_a_flipped_bit_in_a_version_is_damage_of_one_graph_and_no_newer_program() {
    let flip = |path: &Path, from: &[u8], to: &[u8]| {
        let mut bytes = std::fs::read(path).expect("bytes");
        let at = bytes.windows(from.len()).rposition(|w| w == from).expect("a version");
        bytes[at..at + to.len()].copy_from_slice(to);
        std::fs::write(path, bytes).expect("written");
    };
    for name in ["manifest.json", "vertices.seg"] {
        let s = TestServer::start();
        s.object("e.csv", "ana,bo\n");
        let import =
            json!({"edgesetPath": "e.csv", "edgesetHasLabel": false, "edgesetDefaultLabel": "__DEFAULT__"});
        s.graph("films").outputs("/action?action_id=import-graph", import);
        s.graph("other").post("/vertices", json!({"vertex": "x"})).expect(200);
        let dir = s.inner("films").dir().to_owned();
        let s = s.restart_after(move |_| {
            let path = files(&dir).into_keys().rfind(|path| path.ends_with(name)).expect("a file");
            match name {
                "manifest.json" => flip(&path, b"\"format\":1", b"\"format\":3"),
                // Version, nothing, and the magic bytes end a segment.
                _ => flip(&path, b"\x01\0\0\0\0\0\0\0GESSOSEG", b"\x03"),
            }
        });
        let message = check(s.named("films").get("/summary"), 503, "GES.8602");
        assert!(message.contains("its version is 3, expected 1") && message.contains(name), "{message}");
        assert_eq!(s.named("other").counts(), (1, 0));
    }
}
