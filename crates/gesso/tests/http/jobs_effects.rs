//! What a stopped job leaves behind, and what else stops jobs: spec 02, sections 5.2 to 5.5.

use crate::fixture::films;
use crate::harness::{JSON, PROJECT, TestGraph, TestServer, check};
use crate::jobs_stage::{
    EXECUTE, Held, PATIENCE, cancel, check_cancelled, check_ended, execute, key, kronecker, long_pagerank,
    one_at_a_time, started, status, submit,
};
use gesso_graph::GraphInfo;
use gesso_jobs::Kind;
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

const SCHEMA: &str = "<PMML><labels><label name=\"road\"><properties><property name=\"km\" dataType=\"int\"/>\
    </properties></label></labels></PMML>";

/// Lines of the edge file, each with ends of its own.
const LINES: u64 = 150_000;

fn write_input(s: &TestServer) -> Value {
    let lines = (0..LINES).map(|i| format!("a{i},b{i},road,{i}\n")).collect::<Vec<_>>().concat();
    s.object("in/schema.xml", SCHEMA);
    s.object("in/e.csv", lines);
    json!({"schemaPath": "in/schema.xml", "edgesetPath": "in/e.csv"})
}

/// Waits until a job has made this much progress, or has ended.
fn wait_progress(g: &TestGraph<'_>, id: &str, progress: f64) {
    loop {
        let now = status(g, id);
        let is_over = ["complete", "failed", "cancelled"].iter().any(|s| now["state"] == *s);
        if is_over || now["progress"].as_f64().is_some_and(|p| p >= progress) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn entries(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).expect("a directory").map(|e| e.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|n| n.to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

/// Imports and cancels at a point of progress. True if the cancel came in time.
fn import_cancelled(s: &TestServer, name: &str, body: &Value, progress: f64) -> bool {
    let g = s.named(name);
    let (counts, schema) = (g.counts(), g.get("/schema").expect(200));
    let dir = s.inner(name).dir().to_owned();
    let files = entries(&dir);
    let id = submit(&g, "/action?action_id=import-graph", body.clone());
    wait_progress(&g, &id, progress);
    let reply = g.delete(&format!("/jobs/{id}?wait=true"));
    if reply.status != 200 {
        assert_eq!(g.ended(&id)["state"], "complete");
        assert_eq!(g.counts(), (counts.0 + 2 * LINES, counts.1 + LINES));
        return false;
    }
    check_cancelled(&g.ended(&id));
    assert_eq!((g.counts(), g.get("/schema").expect(200)), (counts, schema), "at {progress}");
    assert_eq!(entries(&dir), files, "files are left over");
    assert_eq!(s.app().jobs.budget().used(), 0);
    g.post("/vertices", json!({"vertex": "later"})).expect(200);
    g.delete("/vertices/later").expect(200);
    true
}

#[test]
fn j02_26_a_cancelled_import_leaves_the_graph_as_it_was() {
    let s = TestServer::start();
    let body = write_input(&s);
    films(&s);
    let mut cancelled = 0;
    for (i, progress) in [0.0, 0.3, 0.7, 0.85].into_iter().enumerate() {
        let empty = format!("empty{i}");
        s.graph(&empty);
        cancelled += u32::from(import_cancelled(&s, &empty, &body, progress));
    }
    for progress in [0.1, 0.6] {
        cancelled += u32::from(import_cancelled(&s, "films", &body, progress));
    }
    assert!(cancelled >= 3, "only {cancelled} cancels came in time");
}

#[test]
fn j02_26_an_import_that_can_not_write_its_log_imports_nothing() {
    let s = TestServer::start();
    let g = films(&s);
    s.object("in/v.csv", "x,person\n");
    s.object("taken", "a file where the log's directory would be");
    let body = json!({"vertexsetPath": "in/v.csv", "logDir": "taken"});
    let reply = g.post("/action?action_id=import-graph", body);
    if reply.status == 200 {
        let status = g.ended(reply.json()["jobId"].as_str().expect("a job id"));
        assert_eq!(
            (&status["state"], &status["errorCode"]),
            (&json!("failed"), &json!("GES.8013")),
            "{status}"
        );
    } else {
        check(reply, 400, "GES.8013");
    }
    assert_eq!(g.counts(), (5, 4));
}

#[test]
fn j02_29_another_project_can_not_cancel() {
    let s = TestServer::start();
    let g = films(&s);
    let held = Held::running(&s, "films", Kind::Algorithm);
    let foreign = format!("/ges/v1.0/p2/graphs/films/jobs/{}", held.id);
    assert_eq!(check(s.delete(&foreign), 400, "GES.8303"), "graph [films] is not found");
    s.post("/ges/v1.0/p2/graphs", json!({"graphName": "films"})).expect(200);
    let message = check(s.delete(&foreign), 400, "GES.8303");
    assert_eq!(message, format!("can not find job to cancel, id is {}", held.id));
    assert_eq!(status(&g, &held.id)["state"], "running");
}

#[test]
fn j02_29_without_a_token_nobody_cancels() {
    let s = TestServer::start_with(|settings| settings.auth = true);
    let info = GraphInfo {
        uid: "films-1".to_owned(),
        project: PROJECT.to_owned(),
        name: "films".to_owned(),
        created_ms: 0,
        options: std::collections::BTreeMap::new(),
    };
    s.app().catalogue.create(info).expect("a graph");
    let held = Held::running(&s, "films", Kind::Algorithm);
    check(cancel(&s.named("films"), &held.id), 401, "GES.8007");
    let job = s.app().jobs.find(&key(&s, "films"), &held.id).expect("the job");
    assert_eq!(job.state().name(), "running");
}

#[test]
fn j02_34_a_full_queue_delays_no_cancel() {
    let s = TestServer::start_with(|settings| {
        one_at_a_time(settings);
        settings.jobs.queue_per_graph = 2;
    });
    let g = films(&s);
    let running = Held::running(&s, "films", Kind::Algorithm);
    let queued = [0; 2].map(|_| Held::submit(&s, "films", Kind::Algorithm));
    check(g.post(EXECUTE, json!({"algorithmName": "pagerank"})), 503, "GES.8602");
    cancel(&g, &queued[1].id).expect(200);
    execute(&g, json!({"algorithmName": "pagerank"}));
    check(g.post(EXECUTE, json!({"algorithmName": "pagerank"})), 503, "GES.8602");
    cancel(&g, &running.id).expect(200);
    check_cancelled(&g.ended(&running.id));
    queued[0].wait_begun();
}

#[test]
fn j02_35_deleting_a_graph_stops_its_jobs() {
    let s = one_worker_and_graph();
    let g = s.named("krone");
    let running = execute(&g, long_pagerank());
    let queued = execute(&g, long_pagerank());
    assert_eq!(started(&g, &running), "running");
    let jobs = [&running, &queued].map(|id| s.app().jobs.find(&key(&s, "krone"), id).expect("a job"));
    g.delete("").expect(200);
    for job in jobs {
        assert!(job.wait_idle(PATIENCE));
        let message = job.status().error.expect("a reason").message;
        assert_eq!((job.state().name(), message.as_str()), ("failed", "graph [krone] was deleted"));
    }
    assert_eq!(s.app().jobs.budget().used(), 0);
    check(g.get(&format!("/jobs/{running}/status")), 400, "GES.8301");
    check(g.get("/jobs/status"), 400, "GES.8000");
    let g = s.graph("krone");
    check(g.get(&format!("/jobs/{running}/status")), 400, "GES.8301");
    g.outputs(EXECUTE, json!({"algorithmName": "pagerank"}));
}

#[test]
fn a_deletion_that_was_made_is_a_complete_job_also_when_nothing_can_run() {
    let s = TestServer::start_with(|settings| {
        one_at_a_time(settings);
        settings.jobs.queue_total = 1;
    });
    let g = films(&s);
    let index =
        json!({"indexName": "age", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age"]});
    g.job("/indices", index);
    let _other = s.graph("other");
    let _running = Held::running(&s, "other", Kind::Algorithm);
    let _queued = Held::submit(&s, "other", Kind::Algorithm);
    check(g.post(EXECUTE, json!({"algorithmName": "pagerank"})), 503, "GES.8602");
    let accepted = g.delete("/indices/age").expect(200);
    let id = accepted["jobId"].as_str().expect("a job");
    let status = status(&g, id);
    assert_eq!((&status["state"], &status["status"]), (&json!("complete"), &json!("success")), "{status}");
    check_ended(&g, id, "complete");
    assert_eq!(g.get("/indices").expect(200)["data"]["indices"], json!([]));
    let accepted = g.delete("").expect(200);
    let id = accepted["jobId"].as_str().expect("a job");
    let job = s.app().jobs.find_in_project(PROJECT, id).expect("a job");
    assert_eq!(job.state().name(), "complete");
    check(g.get("/jobs/status"), 400, "GES.8000");
}

fn one_worker_and_graph() -> TestServer {
    let s = TestServer::start_with(one_at_a_time);
    kronecker(&s, "krone", 14);
    s
}

#[test]
fn a_synchronous_request_leaves_no_job() {
    let s = TestServer::start_with(|settings| settings.jobs.keep_count = 1);
    let g = films(&s);
    let id = execute(&g, json!({"algorithmName": "pagerank"}));
    g.ended(&id);
    for name in ["degree", "pagerank", "bridges"] {
        g.post(EXECUTE, json!({"algorithmName": name, "executionMode": "sync"})).expect(200);
    }
    let fails = json!({"algorithmName": "sssp", "executionMode": "sync", "parameters": {"source": "nobody"}});
    check(g.post(EXECUTE, fails), 400, "GES.8402");
    let query = json!({"executionMode": "sync", "filters": [{"operator": "out"}], "vertices": ["ana"]});
    g.post("/action?action_id=filtered-query", query).expect(200);
    let list = g.get("/jobs/status").expect(200);
    assert_eq!(list["totalCount"], 1, "{list}");
    assert_eq!(status(&g, &id)["state"], "complete", "only jobs take the place of a job");
}

#[test]
fn j02_53_a_client_that_goes_takes_its_job_along() {
    let s = one_worker_and_graph();
    let g = s.named("krone");
    let mut body = long_pagerank();
    body["executionMode"] = json!("sync");
    let body = body.to_string();
    let host = s.url().trim_start_matches("http://");
    let mut client = TcpStream::connect(host).expect("a connection");
    let (path, (name, value)) = (g.path(EXECUTE), JSON);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{name}: {value}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    client.write_all((head + &body).as_bytes()).expect("a sent request");
    let id = loop {
        let jobs = g.get("/jobs/status?state=running").expect(200);
        if let Some(id) = jobs["jobs"][0]["jobId"].as_str() {
            break id.to_owned();
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    drop(client);
    let status = g.ended(&id);
    assert_eq!(status["state"], "failed", "{status}");
    assert!(status["errorMessage"].as_str().is_some_and(|m| m.contains("client disconnected")), "{status}");
    let job = s.app().jobs.find(&key(&s, "krone"), &id).expect("the job");
    assert!(job.wait_idle(PATIENCE));
    assert_eq!(s.app().jobs.budget().used(), 0);
}
