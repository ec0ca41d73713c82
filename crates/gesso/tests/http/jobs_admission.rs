//! What is admitted, in which order it runs, and how jobs fail: spec 02, sections 3, 5.5 and 7.

use crate::fixture::films;
use crate::harness::{TestServer, check};
use crate::jobs_stage::{
    EXECUTE, Held, PATIENCE, execute, kronecker, long_pagerank, one_at_a_time, one_worker, submit,
    submit_work,
};
use gesso_core::date::parse_rfc3339_ms;
use gesso_core::{JobContext, Outcome};
use gesso_graph::{GraphError, RepeatedEdges};
use gesso_jobs::{Failure, Kind, State};
use serde_json::{Value, json};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

#[test]
fn j02_11_a_failed_algorithm_is_400_and_8301() {
    let s = TestServer::start();
    let g = films(&s);
    let work = |ctx: &JobContext| -> Result<Outcome, Failure> {
        let _held = ctx.reserve(u64::MAX / 4)?;
        Ok(Outcome::default())
    };
    let id = submit_work(&s, "films", Kind::Algorithm, Box::new(work));
    g.ended(&id);
    let reply = g.get(&format!("/jobs/{id}/status"));
    let body = reply.json();
    let message = check(reply, 400, "GES.8301");
    assert!(message.starts_with("Running algorithm ["), "{message}");
    assert!(message.contains("memory account exceeded: needs"), "{message}");
    assert_eq!(
        (&body["status"], &body["state"], &body["jobId"]),
        (&json!("failed"), &json!("failed"), &json!(id))
    );
    assert!(body["endTime"].is_string() && body.get("data").is_none(), "{body}");
}

#[test]
fn j02_11_a_failed_import_is_200_with_its_code() {
    let s = TestServer::start();
    let g = films(&s);
    s.object("in/v.csv", "x,person\n");
    let (inner, (say, begun), (go, wait)) = (s.inner("films"), channel(), channel::<()>());
    std::thread::scope(|scope| {
        // A load has the graph to itself until the import has failed for it.
        scope.spawn(move || {
            let ctx = JobContext::detached(1, 1 << 30);
            let fill = |_: &mut gesso_graph::BulkLoad<'_>| {
                say.send(()).expect("a test that waits");
                wait.recv_timeout(PATIENCE).expect("a test that goes on");
                Ok::<_, GraphError>(())
            };
            inner.load(&ctx, RepeatedEdges::default(), |schema| Ok(schema.clone()), fill).expect("a load");
        });
        begun.recv_timeout(PATIENCE).expect("a load that begins");
        let id = submit(&g, "/action?action_id=import-graph", json!({"vertexsetPath": "in/v.csv"}));
        let status = g.ended(&id);
        go.send(()).expect("a load that waits");
        assert_eq!(g.get(&format!("/jobs/{id}/status")).status, 200);
        assert_eq!(
            (&status["status"], &status["errorCode"]),
            (&json!("failed"), &json!("GES.8013")),
            "{status}"
        );
        assert_eq!(status["errorMessage"], "graph [films] is importing");
    });
    assert_eq!(g.counts(), (5, 4));
}

#[test]
fn j02_36_a_full_queue_is_503_and_records_nothing() {
    let s = TestServer::start_with(|settings| {
        one_at_a_time(settings);
        settings.jobs.queue_per_graph = 2;
    });
    let g = films(&s);
    let other = s.graph("other");
    let running = Held::running(&s, "films", Kind::Algorithm);
    let queued = [0; 2].map(|_| execute(&g, json!({"algorithmName": "pagerank"})));
    for mode in ["sync", "async"] {
        let reply = g.post(EXECUTE, json!({"algorithmName": "pagerank", "executionMode": mode}));
        assert!(reply.headers.contains_key("Retry-After"));
        let message = check(reply, 503, "GES.8602");
        assert!(message.contains("at most 2 jobs"), "{message}");
    }
    let reply = g.post("/vertices/action?action_id=query", json!({"labels": ["film"]}));
    check(reply, 503, "GES.8602");
    assert_eq!(g.get("/jobs/status").expect(200)["totalCount"], 3);
    // The limit is the graph's: another one still has room.
    let elsewhere = execute(&other, json!({"algorithmName": "pagerank"}));
    running.release();
    for id in &queued {
        assert_eq!(g.ended(id)["state"], "complete");
    }
    assert_eq!(other.ended(&elsewhere)["state"], "complete");
}

#[test]
fn j02_37_a_deadline_ends_a_job() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 16);
    let mut body = long_pagerank();
    body["timeout"] = json!("1");
    let id = execute(&g, body);
    let status = g.ended(&id);
    assert_eq!(status["state"], "failed");
    assert_eq!(status["errorCode"], "GES.8301", "{status}");
    assert!(
        status["errorMessage"].as_str().is_some_and(|m| m.contains("deadline of 1 s exceeded")),
        "{status}"
    );
    let at = |name: &str| status[name].as_str().and_then(parse_rfc3339_ms).expect("a time");
    assert!(at("endTime") >= at("startTime") + 999, "{status}");
    for timeout in [json!(-1), json!("soon"), json!([])] {
        let body = json!({"algorithmName": "pagerank", "timeout": timeout});
        assert!(check(g.post(EXECUTE, body), 400, "GES.8000").contains("[timeout]"));
    }
}

#[test]
fn j02_38_a_job_beyond_the_budget_is_refused_with_the_numbers() {
    const BUDGET: u64 = 1 << 20;
    let s = TestServer::start_with(|settings| settings.jobs.memory_bytes = BUDGET);
    let (large, small) = (kronecker(&s, "krone", 14), films(&s));
    let message = check(large.post(EXECUTE, long_pagerank()), 400, "GES.8402");
    assert!(message.contains(&format!("budget of all jobs is {BUDGET} bytes")), "{message}");
    let need = message.split_whitespace().find_map(|w| w.parse::<u64>().ok());
    assert!(need.is_some_and(|n| n > BUDGET), "{message}");
    assert_eq!(large.get("/jobs/status").expect(200)["totalCount"], 0);
    small.outputs(EXECUTE, json!({"algorithmName": "pagerank"}));
}

/// The ids of the jobs that start from here on, in their order.
fn order_of_starts(s: &TestServer) -> Arc<Mutex<Vec<String>>> {
    let order: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = order.clone();
    s.app().jobs.on_change(move |job, change| {
        // A job also says when its thread is done with it.
        if change.state == State::Running && !change.is_idle {
            noted.lock().expect("a list").push(job.id().to_string());
        }
    });
    order
}

#[test]
fn j02_39_a_higher_priority_runs_next() {
    let s = one_worker();
    let g = films(&s);
    let order = order_of_starts(&s);
    let first = Held::running(&s, "films", Kind::Algorithm);
    let with = |priority: Value| execute(&g, json!({"algorithmName": "pagerank", "priority": priority}));
    let usual: Vec<String> = (0..10).map(|_| with(json!(5))).collect();
    let (urgent, idle) = (with(json!("9")), with(json!(0)));
    first.release();
    let mut expected = vec![first.id.clone(), urgent];
    expected.extend(usual);
    expected.push(idle);
    for id in &expected {
        assert_eq!(g.ended(id)["state"], "complete");
    }
    assert_eq!(*order.lock().expect("a list"), expected);
    for priority in [json!(10), json!(-1), json!("high")] {
        let body = json!({"algorithmName": "pagerank", "priority": priority});
        assert!(check(g.post(EXECUTE, body), 400, "GES.8000").contains("[priority]"));
    }
}

#[test]
fn j02_40_a_flooded_graph_does_not_hold_up_another() {
    let s = one_worker();
    let (flooded, other) = (films(&s), s.graph("other"));
    let order = order_of_starts(&s);
    let first = Held::running(&s, "films", Kind::Algorithm);
    let flood: Vec<String> =
        (0..50).map(|_| execute(&flooded, json!({"algorithmName": "pagerank"}))).collect();
    let id = execute(&other, json!({"algorithmName": "pagerank"}));
    first.release();
    assert_eq!(other.ended(&id)["state"], "complete");
    let started = order.lock().expect("a list").iter().position(|started| *started == id);
    assert!(started.is_some_and(|place| place <= 2), "started as number {started:?}");
    assert_eq!(flooded.ended(&flood[49])["state"], "complete");
}

#[test]
fn j02_51_a_panic_fails_its_job_alone() {
    let s = one_worker();
    let g = films(&s);
    let (algorithm, query) = [Kind::Algorithm, Kind::QueryVertices]
        .map(|kind| submit_work(&s, "films", kind, Box::new(|_| panic!("a bug"))))
        .into();
    let after = execute(&g, json!({"algorithmName": "pagerank"}));
    for (id, http, code) in [(algorithm, 400, "GES.8301"), (query, 200, "GES.8204")] {
        g.ended(&id);
        let reply = g.get(&format!("/jobs/{id}/status"));
        assert_eq!(reply.status, http);
        let status = reply.json();
        assert_eq!((&status["state"], &status["errorCode"]), (&json!("failed"), &json!(code)), "{status}");
        let message = status["errorMessage"].as_str().expect("a message");
        let is_id = |word: &str| word.len() == 36 && word.matches('-').count() == 4;
        assert!(message.split([' ', ':', '!']).any(is_id) && !message.contains("a bug"), "{message}");
    }
    assert_eq!(g.ended(&after)["state"], "complete");
    assert_eq!(s.app().jobs.budget().used(), 0);
    s.get("/health/ready").expect(200);
}
