//! The process is killed while jobs of many kinds run: every job that was acknowledged is known afterwards, has
//! exactly one end, and the graph agrees with it. Spec 02, sections 2 and 8.

use crate::harness::{JSON, TestGraph, agent};
use crate::jobs_stage::EXECUTE;
use crate::process::{Process, check_verified};
use gesso_core::rng::Rng;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// Kills in the ordinary run; `GESSO_JOB_KILLS` asks for more.
const KILLS: u64 = 6;
/// Edges of the file that is imported.
const EDGES: u64 = 60_000;

fn kills() -> u64 {
    std::env::var("GESSO_JOB_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS)
}

/// A job that the server has acknowledged.
struct Known {
    id: String,
    graph: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Import,
    Delete,
    Algorithm,
    Query,
    Export,
}

fn write_edges(dir: &Path) {
    let lines = (0..EDGES).map(|i| format!("a{i},a{}\n", (i * 7 + 1) % EDGES)).collect::<Vec<_>>().concat();
    std::fs::create_dir_all(dir.join("objects/in")).expect("a directory");
    std::fs::write(dir.join("objects/in/e.csv"), lines).expect("a written file");
}

fn import() -> Value {
    json!({"edgesetPath": "in/e.csv", "edgesetHasLabel": false, "edgesetDefaultLabel": "__DEFAULT__"})
}

/// Submits jobs until the server does not answer any more.
fn submit_until_killed(url: &str, round: u64, done: &str) -> Vec<Known> {
    let agent = agent();
    let mut known = Vec::new();
    let base = format!("{url}/ges/v1.0/p1/graphs");
    let post = |path: &str, body: &Value| -> Option<Value> {
        let sent = agent.post(format!("{base}{path}")).header(JSON.0, JSON.1).send(body.to_string());
        serde_json::from_str(&sent.ok()?.body_mut().read_to_string().ok()?).ok()
    };
    let mut add = |graph: &str, kind: Kind, tail: &str, body: &Value| -> Option<()> {
        let answer = post(&format!("/{graph}{tail}"), body)?;
        let id = answer["jobId"].as_str().unwrap_or_else(|| panic!("{kind:?}: {answer}")).to_owned();
        known.push(Known { id, graph: graph.to_owned(), kind });
        Some(())
    };
    for i in 0u64.. {
        let graph = format!("new{round}_{i}");
        let submitted = (|| {
            post("", &json!({"graphName": graph}))?;
            add(&graph, Kind::Import, "/action?action_id=import-graph", &import())?;
            add(
                "base",
                Kind::Algorithm,
                EXECUTE,
                &json!({"algorithmName": "pagerank", "parameters": {"max_iterations": 50}}),
            )?;
            let query = json!({"labels": ["__DEFAULT__"], "limit": 20_000, "sorts": [{"key": "id", "orderValue": "decr"}]});
            add("base", Kind::Query, "/vertices/action?action_id=query", &query)?;
            let body = json!({"exportPath": format!("out/{round}_{i}"), "fileName": "r.csv", "erase": false});
            add("base", Kind::Export, &format!("/jobs/{done}/action?action_id=export-result"), &body)?;
            add(
                &graph,
                Kind::Delete,
                "/vertices/action?action_id=delete",
                &json!({"labels": ["__DEFAULT__"]}),
            )
        })();
        if submitted.is_none() {
            break;
        }
    }
    known
}

/// Every job has one end, which the graph and the disk agree with. Gives how many were complete.
fn check(p: &Process, dir: &Path, jobs: &[Known]) -> usize {
    let mut complete = 0;
    for (at, job) in jobs.iter().enumerate() {
        let g = p.named(&job.graph);
        let status = g.get(&format!("/jobs/{}/status", job.id)).json();
        let (state, message) = (status["state"].as_str().unwrap_or_default(), &status["errorMessage"]);
        assert!(["complete", "failed"].contains(&state), "{:?} {}: {status}", job.kind, job.id);
        if state == "failed" {
            let text = message.as_str().unwrap_or_default();
            // A delete may come before the import has ended.
            let is_told =
                text.contains("server restarted while the job was") || text.ends_with("is importing");
            assert!(is_told, "{:?}: {status}", job.kind);
        }
        complete += usize::from(state == "complete");
        check_effect(&g, dir, jobs, at, &status);
    }
    complete
}

fn check_effect(g: &TestGraph<'_>, dir: &Path, jobs: &[Known], at: usize, status: &Value) {
    let job = &jobs[at];
    let is_complete = status["state"] == "complete";
    let total = &status["data"]["outputs"]["data_total_size"];
    match job.kind {
        Kind::Algorithm if is_complete => assert_eq!(*total, EDGES),
        Kind::Query if is_complete => assert_eq!(*total, 20_000),
        Kind::Import => {
            let delete = jobs.iter().find(|other| other.kind == Kind::Delete && other.graph == job.graph);
            let is_deleted = delete.is_some_and(|delete| {
                g.get(&format!("/jobs/{}/status?limit=0", delete.id)).json()["state"] == "complete"
            });
            // The delete waits for the import: if both are complete, nothing is left.
            let expected = if is_complete && !is_deleted { (EDGES, EDGES) } else { (0, 0) };
            assert_eq!(g.counts(), expected, "import {is_complete}, delete {is_deleted}: {status}");
        }
        Kind::Export if is_complete => {
            let files = std::fs::read_dir(dir.join("objects/out")).expect("exports").count();
            assert!(files > 0);
        }
        _ => {}
    }
}

#[test]
fn j02_47_48_jobs_and_graphs_agree_after_a_kill_at_any_moment() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    write_edges(dir.path());
    let mut p = Process::start(dir.path());
    let base = p.graph("base");
    base.outputs("/action?action_id=import-graph", import());
    let done = crate::jobs_stage::execute(&base, json!({"algorithmName": "pagerank"}));
    assert_eq!(base.ended(&done)["state"], "complete");
    let mut rng = Rng::new(47, 48);
    let (mut complete, mut total) = (0, 0);
    for round in 0..kills() {
        let url = p.url().to_owned();
        let pause = Duration::from_millis(rng.below(1500));
        let jobs = std::thread::scope(|scope| {
            let done = &done;
            let submitter = scope.spawn(move || submit_until_killed(&url, round, done));
            std::thread::sleep(pause);
            p.kill();
            submitter.join().expect("a submitter")
        });
        check_verified(dir.path());
        p = Process::start(dir.path());
        complete += check(&p, dir.path(), &jobs);
        total += jobs.len();
        // So that the last round starts as fast as the first.
        for graph in
            jobs.iter().map(|job| &job.graph).filter(|graph| *graph != "base").collect::<BTreeSet<_>>()
        {
            p.delete(&format!("/ges/v1.0/p1/graphs/{graph}")).expect(200);
        }
        // Nothing that nobody was told of runs either.
        for state in ["queued", "running"] {
            let left = p.named("base").get(&format!("/jobs/status?state={state}&limit=0")).expect(200);
            assert_eq!(left["totalCount"], 0, "{state} after a restart");
        }
    }
    println!("{} kills, {total} jobs acknowledged, {complete} of them complete", kills());
    assert!(complete > 0 && complete < total, "{complete} of {total} jobs were complete: no kill met one");
}

#[test]
fn d10_42_an_import_that_is_killed_leaves_the_graph_as_it_was() {
    let dir = tempfile::tempdir().expect("a directory");
    write_edges(dir.path());
    for wait_ms in [0, 5, 20, 60] {
        let mut p = Process::start(dir.path());
        let graph = format!("killed{wait_ms}");
        p.post("/ges/v1.0/p1/graphs", json!({"graphName": graph})).expect(200);
        p.named(&graph).post("/vertices", json!({"vertex": "before"})).expect(200);
        p.named(&graph).post("/action?action_id=import-graph", import()).expect(200);
        std::thread::sleep(Duration::from_millis(wait_ms));
        p.kill();
        let p = Process::start(dir.path());
        let (vertices, edges) = p.named(&graph).counts();
        // Or it had ended before the kill.
        assert!((vertices, edges) == (1, 0) || (vertices, edges) == (EDGES + 1, EDGES), "{vertices} {edges}");
    }
    check_verified(dir.path());
}
