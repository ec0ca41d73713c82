//! The stream of job changes: spec 02, section 4.

use crate::harness::{TestServer, check};
use crate::jobs_stage::{
    EXECUTE, Held, PATIENCE, cancel, execute, kronecker, long_pagerank, one_worker, started,
};
use gesso_jobs::Kind;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, channel};

/// A stream being read on a thread of its own, which ends with the stream.
struct Events(Receiver<Value>);

impl Events {
    fn open(s: &TestServer, path: &str) -> Events {
        let answer = ureq::get(format!("{}{path}", s.url())).call().expect("a stream");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let (out, events) = channel();
        std::thread::spawn(move || {
            let reader = BufReader::new(answer.into_body().into_with_config().limit(u64::MAX).reader());
            let mut is_job = false;
            for line in reader.lines().map_while(Result::ok) {
                if let Some(data) = line.strip_prefix("data: ") {
                    assert!(is_job, "data without an event");
                    if out.send(serde_json::from_str(data).expect("JSON")).is_err() {
                        return;
                    }
                }
                is_job = line == "event: job";
            }
        });
        Events(events)
    }

    fn next(&self) -> Value {
        self.0.recv_timeout(PATIENCE).expect("an event")
    }

    /// The states of a job until it ends, progress left out.
    fn states(&self, id: &str) -> Vec<String> {
        let mut states: Vec<String> = Vec::new();
        loop {
            let event = self.next();
            let state = event["state"].as_str().expect("a state").to_owned();
            if event["jobId"] != id || (state == "running" && states.last() == Some(&state)) {
                continue;
            }
            states.push(state.clone());
            if ["complete", "failed", "cancelled"].contains(&state.as_str()) {
                return states;
            }
        }
    }

    /// True when the server has ended the stream.
    fn is_over(&self) -> bool {
        loop {
            match self.0.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return true,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

#[test]
fn j02_16_queued_running_and_cancelled_are_told_in_this_order_each_once() {
    let s = one_worker();
    let g = kronecker(&s, "krone", 8);
    let before = execute(&g, long_pagerank());
    let events = Events::open(&s, &g.path("/jobs/events"));
    // The stream begins with what is there.
    assert_eq!(events.next()["jobId"], before.as_str());
    let id = execute(&g, long_pagerank());
    cancel(&g, &before).expect(200);
    started(&g, &id);
    cancel(&g, &id).expect(200);
    assert_eq!(events.states(&id), ["queued", "running", "cancelled"]);
    let event = Events::open(&s, &g.path(&format!("/jobs/events?job={id}"))).next();
    assert_eq!((&event["state"], &event["status"]), (&"cancelled".into(), &"failed".into()));
    assert_eq!(event["request"]["command"], "execute_algorithm");
}

#[test]
fn a_stream_of_one_job_tells_of_no_other_and_of_progress() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 12);
    let held = Held::running(&s, "krone", Kind::QueryVertices);
    let events = Events::open(&s, &g.path(&format!("/jobs/events?job={}", held.id)));
    assert_eq!(events.next()["state"], "running");
    g.outputs(EXECUTE, serde_json::json!({"algorithmName": "kcore", "parameters": {"k": 1}}));
    let id = held.id.clone();
    held.release();
    let last = events.next();
    assert_eq!((&last["jobId"], &last["state"]), (&Value::from(id), &"complete".into()));
    let id = execute(&g, long_pagerank());
    let events = Events::open(&s, &g.path(&format!("/jobs/events?job={id}")));
    let mut seen: Vec<f64> = Vec::new();
    while seen.len() < 3 {
        let event = events.next();
        assert_eq!(event["jobId"], id.as_str());
        if event["state"] == "running" {
            seen.extend(event["progress"].as_f64());
        }
    }
    cancel(&g, &id).expect(200);
    assert!(seen.is_sorted(), "{seen:?}");
}

#[test]
fn streams_end_with_the_graph_and_with_the_server() {
    let s = TestServer::start();
    let (g, other) = (s.graph("gone"), s.graph("stays"));
    let gone = Events::open(&s, &g.path("/jobs/events"));
    let stays = Events::open(&s, &other.path("/jobs/events"));
    s.delete(&g.path("")).expect(200);
    assert!(gone.is_over());
    drop(s);
    assert!(stays.is_over());
}

#[test]
fn unknown_graphs_and_jobs_have_no_stream() {
    let s = TestServer::start();
    let g = s.graph("films");
    check(g.get("/jobs/events?job=nobody"), 400, "GES.8301");
    check(s.named("nowhere").get("/jobs/events"), 400, "GES.8301");
}
