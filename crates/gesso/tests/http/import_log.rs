//! Rejected lines, their log, and imports that are stopped: spec 10, section 6.

use crate::fixture_files::{EDGES, IMPORT, SCHEMA, imported, lines, written};
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// Names of all files below a directory, relative to it, in order.
fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(files(&entry.path()).iter().map(|f| format!("{name}/{f}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

const BAD: &str = "ana,person,31\nbo,person,old\n\"c,\ny\",robot\r\ndee,person,1,M,2,3,4\neve,person";

#[test]
fn d10_39_the_log_has_the_rejected_lines_byte_for_byte() {
    let s = TestServer::start();
    let g = s.graph("films");
    let (accepted, status) = g.submitted(IMPORT, written(&s, BAD, EDGES, json!({"logDir": "films/log/"})));
    assert_eq!(status["state"], "complete", "{status}");
    let dir = s.objects().join("films/log").join(accepted["jobId"].as_str().expect("a job id"));
    assert_eq!(files(&dir), ["summary.json", "vertex/v.csv.errors.log", "vertex/v.csv.rejected.csv"]);
    let text = |name: &str| std::fs::read_to_string(dir.join(name)).expect("a readable file");
    let bad = "bo,person,old\n\"c,\ny\",robot\r\ndee,person,1,M,2,3,4\n";
    assert_eq!(text("vertex/v.csv.rejected.csv"), bad);
    let errors = text("vertex/v.csv.errors.log");
    let parts: Vec<Vec<&str>> = errors.lines().map(|l| l.splitn(4, '\t').collect()).collect();
    let heads: Vec<_> = parts.iter().map(|p| (p[0], p[1], p[2])).collect();
    assert_eq!(heads, [("2", "3", "E07"), ("3", "2", "E06"), ("5", "7", "E04")]);
    assert!(parts[0][3].contains("[old]"), "{errors}");
    check_summary(&serde_json::from_str(&text("summary.json")).expect("JSON"), &accepted);
}

fn check_summary(summary: &Value, accepted: &Value) {
    assert_eq!(summary["jobId"], accepted["jobId"]);
    assert_eq!(summary["options"]["logDir"], "films/log/");
    assert!(summary["beginTime"].as_str() <= summary["endTime"].as_str(), "{summary}");
    let vertices = &summary["files"][0];
    assert_eq!(lines(vertices), (5, 2, 3));
    assert_eq!(vertices["codes"], json!({"E04": 1, "E06": 1, "E07": 1}));
    assert!(vertices["path"].as_str().is_some_and(|p| p.ends_with("films/v.csv")), "{summary}");
    assert_eq!(lines(&summary["files"][1]), (2, 2, 0));
}

#[test]
fn d10_39_without_log_directory_the_job_has_the_first_twenty_errors() {
    let s = TestServer::start();
    let g = s.graph("films");
    let text = (0..30).fold(String::new(), |mut text, i| {
        _ = writeln!(text, "v{i},person,old");
        text
    });
    let outputs = imported(&s, &g, &text, "", json!({}));
    let report = &outputs["vertexset"][0];
    assert_eq!(lines(report), (30, 0, 30));
    let cause = report["cause"].as_str().expect("a cause");
    assert_eq!((cause.lines().count(), g.counts()), (20, (0, 0)));
}

#[test]
fn d10_40_corrected_lines_import_as_they_are() {
    let s = TestServer::start();
    let g = s.graph("films");
    let (accepted, _) = g.submitted(IMPORT, written(&s, BAD, "", json!({"logDir": "films/log"})));
    assert_eq!(g.counts(), (2, 0));
    let log =
        format!("films/log/{}/vertex/v.csv.rejected.csv", accepted["jobId"].as_str().expect("a job id"));
    let rejected = std::fs::read_to_string(s.objects().join(&log)).expect("rejected lines");
    let corrected = rejected.replace("old", "32").replace("robot", "film").replace(",3,4", ",3");
    s.object(&log, corrected);
    let outputs = g.outputs(IMPORT, json!({"vertexsetPath": log}));
    assert_eq!(lines(&outputs["vertexset"][0]), (3, 3, 0));
    assert_eq!((g.counts(), g.vertex("bo")["properties"].take()), ((5, 0), json!({"age": [32]})));
    assert_eq!(g.vertex("c,\ny")["label"], "film");
}

/// Starts an import that takes long enough to be met, and waits until it reads. Gives the job's id.
fn long_import(s: &TestServer, g: &TestGraph<'_>) -> String {
    s.object("films/schema.xml", SCHEMA);
    let text = (0..1_000_000).fold(String::new(), |mut text, i| {
        _ = writeln!(text, "v{i},person,{},M,10115,a;b;{i}", i % 100);
        text
    });
    s.object("films/v.csv", text);
    s.object("films/e.csv", EDGES);
    let paths = json!({"schemaPath": "films/schema.xml", "vertexsetPath": "films/v.csv", "edgesetPath": "films/e.csv",
        "logDir": "films/log/"});
    let accepted = g.post(IMPORT, paths).expect(200);
    let id = accepted["jobId"].as_str().expect("a job id").to_owned();
    loop {
        let status = g.get(&format!("/jobs/{id}/status")).expect(200);
        assert!(matches!(status["state"].as_str(), Some("queued" | "running")), "{status}");
        if status["progress"].as_f64().is_some_and(|p| p > 0.0) {
            return id;
        }
        std::thread::yield_now();
    }
}

#[test]
fn d10_41_a_cancelled_import_leaves_nothing_but_its_summary() {
    let s = TestServer::start();
    let g = s.graph("films");
    g.post("/vertices", json!({"vertex": "old"})).expect(200);
    let before = files(s.data_dir().join("graphs").as_path());
    let id = long_import(&s, &g);
    let answer = g.delete(&format!("/jobs/{id}?wait=true")).expect(200);
    assert!(answer["stoppedAfterMs"].is_number(), "{answer}");
    assert_eq!(g.ended(&id)["state"], "cancelled");
    assert_eq!(g.counts(), (1, 0));
    assert_eq!(files(&s.objects().join("films/log")), [format!("{id}/summary.json")]);
    assert_eq!(files(s.data_dir().join("graphs").as_path()), before);
    let schema = g.get("/schema").expect(200);
    assert_eq!(schema["data"]["schema"], json!([{"label": "__DEFAULT__"}]));
    g.post("/vertices", json!({"vertex": "new"})).expect(200);
    assert_eq!(s.restart().named("films").counts(), (2, 0));
}

#[test]
fn d10_43_during_an_import_reads_succeed_and_writes_are_refused() {
    let s = TestServer::start();
    let g = s.graph("films");
    g.post("/vertices", json!({"vertex": "old"})).expect(200);
    let id = long_import(&s, &g);
    let read = g.vertex("old");
    let written = g.post("/vertices", json!({"vertex": "new"}));
    let second = g.post("/schema/labels", json!({"name": "new"}));
    let state = g.get(&format!("/jobs/{id}/status")).expect(200)["state"].take();
    assert_eq!((read["id"].as_str(), state.as_str()), (Some("old"), Some("running")));
    assert_eq!(check(written, 400, "GES.8000"), "graph [films] is importing");
    check(second, 400, "GES.8801");
    g.delete(&format!("/jobs/{id}?wait=true")).expect(200);
}
