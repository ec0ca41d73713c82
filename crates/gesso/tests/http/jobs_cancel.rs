//! Cancelling jobs, one and many: spec 02, section 5.

use crate::fixture::films;
use crate::harness::{TestServer, check};
use crate::jobs_stage::{
    Held, PATIENCE, cancel, check_cancelled, check_ended, execute, key, kronecker, long_pagerank, one_worker,
    started, status, submit,
};
use gesso_jobs::Kind;
use serde_json::{Value, json};
use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::time::Duration;

#[test]
fn j02_17_a_running_algorithm_is_cancelled() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 16);
    let id = execute(&g, long_pagerank());
    assert_eq!(started(&g, &id), "running");
    let answer = cancel(&g, &id).expect(200);
    assert_eq!(answer["result"], "success");
    let reply = g.get(&format!("/jobs/{id}/status"));
    assert_eq!(reply.status, 200, "a cancel is no failure of the request");
    let status = reply.json();
    check_cancelled(&status);
    assert!(status["endTime"].is_string(), "{status}");
}

#[test]
fn j02_18_a_queued_job_that_is_cancelled_never_runs() {
    let s = one_worker();
    let g = films(&s);
    let first = Held::running(&s, "films", Kind::Algorithm);
    let id = execute(&g, json!({"algorithmName": "pagerank"}));
    assert_eq!(status(&g, &id)["status"], "pending");
    cancel(&g, &id).expect(200);
    first.release();
    assert_eq!(g.ended(&first.id)["state"], "complete");
    // A job submitted later has run, so the cancelled one's turn is past.
    g.outputs("/action?action_id=execute-algorithm", json!({"algorithmName": "pagerank"}));
    let status = g.ended(&id);
    check_cancelled(&status);
    assert!(status["startTime"].is_null(), "{status}");
}

#[test]
fn j02_19_cancel_unknown_id_is_8303() {
    let s = TestServer::start();
    let g = films(&s);
    s.graph("other");
    let foreign = Held::running(&s, "other", Kind::Algorithm);
    for id in ["nope", "00000000-0000-0000-0000-0000000000001", &foreign.id] {
        let message = check(cancel(&g, id), 400, "GES.8303");
        assert_eq!(message, format!("can not find job to cancel, id is {id}"));
    }
    assert_eq!(status(&s.named("other"), &foreign.id)["state"], "running");
}

#[test]
fn j02_20_a_complete_job_stays_as_it_is() {
    let s = TestServer::start();
    let g = films(&s);
    let id = execute(&g, json!({"algorithmName": "pagerank"}));
    let before = g.ended(&id);
    check_ended(&g, &id, "complete");
    assert_eq!(g.ended(&id), before);
}

#[test]
fn j02_21_a_failed_job_says_that_it_failed() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 14);
    let mut body = long_pagerank();
    body["timeout"] = json!(0.01);
    let id = execute(&g, body);
    assert_eq!(g.ended(&id)["state"], "failed");
    check_ended(&g, &id, "failed");
}

#[test]
fn j02_22_a_second_cancel_is_refused() {
    let s = one_worker();
    let g = films(&s);
    let running = Held::running(&s, "films", Kind::Algorithm);
    let queued = Held::submit(&s, "films", Kind::Algorithm);
    for id in [&queued.id, &running.id] {
        cancel(&g, id).expect(200);
        check_ended(&g, id, "cancelled");
        check_cancelled(&g.ended(id));
    }
}

#[test]
fn j02_23_a_running_filtered_delete_can_not_be_cancelled() {
    let s = TestServer::start();
    let g = films(&s);
    let (inner, (say, begun), (go, wait)) = (s.inner("films"), channel(), channel::<()>());
    std::thread::scope(|scope| {
        // Writers take turns: the delete waits for this one while it runs.
        scope.spawn(move || {
            let written = inner.write(|_| {
                say.send(()).expect("a test that waits");
                wait.recv_timeout(PATIENCE).map_err(|e| e.to_string())
            });
            written.expect("a write");
        });
        begun.recv_timeout(PATIENCE).expect("a write that begins");
        let id = submit(&g, "/vertices/action?action_id=delete", json!({"labels": ["person"]}));
        assert_eq!(started(&g, &id), "running");
        let message = check(cancel(&g, &id), 400, "GES.8303");
        let expected =
            format!("Unsupported Operation: job {id} of kind delete_vertices can not be cancelled");
        assert_eq!(message, expected);
        let swept = g.delete("/jobs?state=running").expect(200);
        assert_eq!((&swept["cancelled"], &swept["skipped"]), (&json!(0), &json!(1)));
        go.send(()).expect("a write that waits");
        assert_eq!(g.ended(&id)["status"], "success");
        assert_eq!(g.counts(), (2, 0));
        check_ended(&g, &id, "complete");
    });
}

#[test]
fn j02_24_a_queued_filtered_delete_is_cancelled() {
    let s = one_worker();
    let g = films(&s);
    let first = Held::running(&s, "films", Kind::Algorithm);
    let vertices = submit(&g, "/vertices/action?action_id=delete", json!({"labels": ["person"]}));
    let edges = submit(&g, "/edges/action?action_id=delete", json!({"labels": ["likes"]}));
    for id in [&vertices, &edges] {
        cancel(&g, id).expect(200);
    }
    first.release();
    g.outputs("/action?action_id=execute-algorithm", json!({"algorithmName": "pagerank"}));
    for id in [&vertices, &edges] {
        check_cancelled(&g.ended(id));
    }
    assert_eq!(g.counts(), (5, 4));
}

#[test]
fn j02_31_of_two_cancels_at_once_one_wins() {
    let s = TestServer::start();
    let g = films(&s);
    for _ in 0..30 {
        let job = Held::running(&s, "films", Kind::Algorithm);
        let start = Barrier::new(2);
        let ask = || {
            start.wait();
            cancel(&g, &job.id).status
        };
        let mut answers = std::thread::scope(|scope| {
            [scope.spawn(ask), scope.spawn(ask)].map(|thread| thread.join().expect("an answer"))
        });
        answers.sort_unstable();
        assert_eq!(answers, [200, 400]);
        check_cancelled(&g.ended(&job.id));
    }
}

#[test]
fn j02_32_with_wait_the_answer_comes_when_memory_is_back() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 16);
    let id = execute(&g, long_pagerank());
    assert_eq!(started(&g, &id), "running");
    let answer = g.delete(&format!("/jobs/{id}?wait=true")).expect(200);
    assert!(answer["stoppedAfterMs"].as_f64().is_some_and(|ms| ms > 0.0), "{answer}");
    assert_eq!(s.app().jobs.budget().used(), 0);
    let job = s.app().jobs.find(&key(&s, "krone"), &id).expect("the job");
    assert!(job.wait_idle(Duration::ZERO), "a thread still works for it");
    check_cancelled(&g.ended(&id));
}

#[test]
fn j02_33_many_jobs_are_cancelled_at_once() {
    let s = one_worker();
    let g = films(&s);
    s.graph("other");
    let states =
        |ids: &[&Held]| ids.iter().map(|j| status(&g, &j.id)["state"].clone()).collect::<Vec<Value>>();
    let running = Held::running(&s, "films", Kind::Algorithm);
    let queued = [0; 3].map(|_| Held::submit(&s, "films", Kind::Algorithm));
    let elsewhere = Held::submit(&s, "other", Kind::Algorithm);
    let answer = g.delete("/jobs").expect(200);
    assert_eq!((&answer["result"], &answer["cancelled"]), (&json!("success"), &json!(3)));
    assert_eq!(states(&[&queued[0], &queued[1], &queued[2]]), ["cancelled"; 3]);
    assert_eq!(states(&[&running]), ["running"]);
    let more = [0; 3].map(|_| Held::submit(&s, "films", Kind::Algorithm));
    let answer = g.delete("/jobs?state=queued,running").expect(200);
    assert_eq!(answer["cancelled"], 4);
    assert_eq!(states(&[&more[0], &more[1], &more[2], &running]), ["cancelled"; 4]);
    assert_eq!(g.delete("/jobs?state=queued,running&kind=algorithm").expect(200)["cancelled"], 0);
    elsewhere.wait_begun();
    check(g.delete("/jobs?state=nonsense"), 400, "GES.8303");
    check(s.named("nowhere").delete("/jobs"), 400, "GES.8303");
}
