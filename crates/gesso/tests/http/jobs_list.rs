//! Waiting for jobs, and lists of them: spec 02, sections 3 and 4.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::{EXECUTE, Held, cancel, execute, kronecker, request_for, status, submit};
use gesso_algo::{Demand, Entry, registry};
use gesso_jobs::Kind;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The list's entries under a query.
fn listed(g: &TestGraph<'_>, query: &str) -> (Vec<Value>, u64) {
    let mut answer = g.get(&format!("/jobs/status{query}")).expect(200);
    assert_eq!(answer["result"], "success");
    let total = answer["totalCount"].as_u64().expect("a count");
    match answer["jobs"].take() {
        Value::Array(jobs) => (jobs, total),
        other => panic!("no list: {other}"),
    }
}

fn ids(jobs: &[Value]) -> Vec<&str> {
    jobs.iter().filter_map(|j| j["jobId"].as_str()).collect()
}

#[test]
fn j02_10_wait_answers_at_the_end_or_when_the_time_is_over() {
    let s = TestServer::start();
    let g = films(&s);
    let held = Held::running(&s, "films", Kind::Algorithm);
    let asked = Instant::now();
    let answer = g.get(&format!("/jobs/{}/status?wait=0.3", held.id)).expect(200);
    assert_eq!(answer["status"], "running");
    assert!(asked.elapsed() >= Duration::from_millis(300), "answered before the time was over");
    std::thread::scope(|scope| {
        // Sixty seconds pass only if the end of the job wakes nobody.
        let waiting = scope.spawn(|| g.get(&format!("/jobs/{}/status?wait=60", held.id)).expect(200));
        held.release();
        assert_eq!(waiting.join().expect("an answer")["state"], "complete");
    });
}

#[test]
fn j02_12_the_list_has_every_job_of_its_graph_alone() {
    let s = TestServer::start();
    let (g, other) = (films(&s), s.graph("other"));
    let body = json!({"algorithmName": "pagerank", "parameters": {"directed": "TRUE"}});
    let rank = execute(&g, body.clone());
    let query = submit(&g, "/edges/action?action_id=query", json!({"labels": ["likes"]}));
    let foreign = execute(&other, body.clone());
    for id in [&rank, &query] {
        g.ended(id);
    }
    let (jobs, total) = listed(&g, "");
    assert_eq!((ids(&jobs), total), (vec![query.as_str(), &rank], 2));
    let entry = &jobs[1];
    assert_eq!((&entry["status"], &entry["state"]), (&json!("complete"), &json!("complete")));
    assert_eq!((&entry["kind"], &entry["jobType"]), (&json!("algorithm"), &json!(1)));
    assert_eq!(entry["request"]["command"], "execute_algorithm");
    assert_eq!(entry["request"]["url"], g.path(EXECUTE));
    assert_eq!(entry["request"]["body"], body);
    assert!(["createTime", "startTime", "endTime"].iter().all(|t| entry[*t].is_string()), "{entry}");
    assert_eq!(
        (&jobs[0]["status"], &jobs[0]["request"]["command"]),
        (&json!("success"), &json!("query_edges"))
    );
    assert_eq!(ids(&listed(&other, "").0), [foreign]);
    let refused = s.named("nowhere").get("/jobs/status");
    assert_eq!(refused.json()["result"], "failed");
    check(refused, 400, "GES.8000");
}

#[test]
fn j02_13_the_list_is_paged_newest_first() {
    let s = TestServer::start();
    let g = films(&s);
    let made: Vec<String> = (0..5).map(|_| execute(&g, json!({"algorithmName": "pagerank"}))).collect();
    let (jobs, total) = listed(&g, "?limit=2&offset=1");
    assert_eq!((ids(&jobs), total), (vec![made[3].as_str(), &made[2]], 5));
    assert_eq!(listed(&g, "?offset=9"), (vec![], 5));
    for query in ["?limit=x", "?offset=-1"] {
        check(g.get(&format!("/jobs/status{query}")), 400, "GES.8301");
    }
}

#[test]
fn j02_14_the_list_shows_no_keys() {
    let s = TestServer::start();
    let g = films(&s);
    s.object("in/v.csv", "x,person\n");
    let keys = json!({"accessKey": "AK-visible", "secretKey": "SK-visible"});
    let id = submit(
        &g,
        "/action?action_id=import-graph",
        json!({"vertexsetPath": "in/v.csv", "obsParameters": keys}),
    );
    g.ended(&id);
    let text = g.get("/jobs/status").text();
    assert!(text.contains("\"***\"") && !text.contains("visible"), "{text}");
}

#[test]
fn j02_15_the_list_is_filtered_by_state_and_kind() {
    let s = TestServer::start();
    let g = films(&s);
    let complete = execute(&g, json!({"algorithmName": "pagerank"}));
    g.ended(&complete);
    let held = Held::running(&s, "films", Kind::Cypher);
    cancel(&g, &held.id).expect(200);
    let query = submit(&g, "/vertices/action?action_id=query", json!({"labels": ["film"]}));
    g.ended(&query);
    let of = |query: &str| listed(&g, query).0.iter().map(|j| j["jobId"].clone()).collect::<Vec<_>>();
    assert_eq!(of("?state=cancelled"), [held.id.as_str()]);
    assert_eq!(of("?kind=algorithm"), [complete.as_str()]);
    assert_eq!(of("?kind=algorithm,cypher"), [held.id.as_str(), &complete]);
    assert_eq!(of("?state=complete,cancelled&kind=query_vertices"), [query.as_str()]);
    assert!(of("?state=queued").is_empty() && of("?since=2100-01-01T00:00:00Z").is_empty());
    assert_eq!(of("?since=2000-01-01T00:00:00Z").len(), 3);
    for query in ["?state=nonsense", "?kind=nonsense", "?state=complete,nonsense", "?since=yesterday"] {
        check(g.get(&format!("/jobs/status{query}")), 400, "GES.8301");
    }
}

#[test]
fn j02_50_the_oldest_ended_jobs_are_forgotten() {
    let s = TestServer::start_with(|settings| settings.jobs.keep_count = 3);
    let g = films(&s);
    let made: Vec<String> = (0..5)
        .map(|_| {
            let id = execute(&g, json!({"algorithmName": "pagerank"}));
            g.ended(&id);
            id
        })
        .collect();
    let kept = |g: &TestGraph<'_>| {
        for id in &made[..2] {
            check(g.get(&format!("/jobs/{id}/status")), 400, "GES.8301");
            check(cancel(g, id), 400, "GES.8303");
        }
        assert_eq!(ids(&listed(g, "").0), [&made[4], &made[3], &made[2]]);
        assert_eq!(g.ended(&made[2])["data"]["outputs"]["data_total_size"], 5);
    };
    kept(&g);
    kept(&s.restart().named("films"));
}

#[test]
fn j02_52_progress_never_falls_and_is_1_only_at_the_end() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 14);
    for info in registry::all().iter().map(Entry::info).filter(|info| info.demand == Demand::Any) {
        let id = execute(&g, request_for(info));
        let (mut last, mut looks) = (0.0, 0u32);
        loop {
            let now = status(&g, &id);
            let progress = now["progress"].as_f64().unwrap_or(0.0);
            assert!(progress >= last, "{}: {progress} after {last}", info.name);
            assert!((progress >= 1.0) == (now["state"] == "complete"), "{}: {now}", info.name);
            (last, looks) = (progress, looks + 1);
            if now["state"] == "complete" {
                break;
            }
        }
        assert!(looks > 0, "{} ended unseen", info.name);
    }
}
