//! The status of a job and the pages of its result: spec 02, section 3.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::{STAR, execute, kronecker, submit};
use gesso_core::JobContext;
use serde_json::{Value, json};

/// Seven vertices in a ring.
fn ring(s: &TestServer) -> TestGraph<'_> {
    let g = s.graph("ring");
    let edges: Vec<Value> =
        (0..7).map(|i| json!({"source": format!("v{i}"), "target": format!("v{}", (i + 1) % 7)})).collect();
    let body = json!({"edges": edges, "createNotExists": true});
    g.post("/edges/action?action_id=batch-add", body).expect(200);
    g
}

/// A complete PageRank.
fn ranked(g: &TestGraph<'_>) -> String {
    let id = execute(g, json!({"algorithmName": "pagerank"}));
    assert_eq!(g.ended(&id)["state"], "complete");
    id
}

/// `data.outputs` of a complete job.
fn page(g: &TestGraph<'_>, id: &str, query: &str) -> Value {
    g.get(&format!("/jobs/{id}/status{query}")).expect(200)["data"]["outputs"].take()
}

/// The outputs' list must have so many rows, and the outputs must say so.
fn check_sizes(outputs: &Value, list: &str, offset: u64, size: usize, total: u64) {
    assert_eq!(outputs[list].as_array().map(Vec::len), Some(size));
    assert_eq!(outputs["data_offset"], offset);
    assert_eq!(outputs["data_return_size"], size);
    assert_eq!(outputs["data_total_size"], total);
}

#[test]
fn j02_01_a_filtered_query_ends_with_success_and_vertices() {
    let s = TestServer::start();
    let g = films(&s);
    let accepted = g.post("/vertices/action?action_id=query", json!({"labels": ["person"]})).expect(200);
    assert_eq!(accepted["jobType"], 1);
    let id = accepted["jobId"].as_str().expect("a job id");
    let first = g.get(&format!("/jobs/{id}/status")).expect(200);
    assert!(["pending", "running", "success"].contains(&first["status"].as_str().unwrap_or("")), "{first}");
    let status = g.ended(id);
    assert_eq!((&status["status"], &status["state"]), (&json!("success"), &json!("complete")), "{status}");
    assert_eq!(status["kind"], "query_vertices");
    assert_eq!(status["data"]["outputs"]["vertices"].as_array().map(Vec::len), Some(3), "{status}");
}

#[test]
fn j02_02_an_algorithm_ends_with_complete_and_a_runtime() {
    let s = TestServer::start();
    let g = films(&s);
    let (accepted, status) =
        g.submitted("/action?action_id=execute-algorithm", json!({"algorithmName": "pagerank"}));
    assert_eq!(accepted["jobType"], 1);
    assert_eq!((&status["status"], &status["state"]), (&json!("complete"), &json!("complete")), "{status}");
    assert!(status["data"]["outputs"]["runtime"].as_f64().is_some_and(|t| t >= 0.0), "{status}");
    assert_eq!((&status["progress"], &status["phase"]), (&json!(1.0), &json!("done")), "{status}");
    assert_eq!((&status["jobId"], &status["jobType"]), (&accepted["jobId"], &json!(1)));
    for name in ["createTime", "startTime", "endTime"] {
        let time = status[name].as_str().unwrap_or("");
        assert!(time.ends_with('Z') && time.contains('T'), "{name}: {status}");
    }
    assert!(status["peakMemoryBytes"].is_u64() && status["result"] == "success", "{status}");
}

#[test]
fn j02_03_an_unknown_id_is_8301() {
    let s = TestServer::start();
    let g = films(&s);
    let known = ranked(&g);
    let cut = known[..known.len() - 1].to_owned();
    for id in
        ["nope", "00000000-0000-0000-0000-0000000000001", "..", "%C3%A9", "a%2Fb", &"f".repeat(200), &cut]
    {
        let message = check(g.get(&format!("/jobs/{id}/status")), 400, "GES.8301");
        let shown = id.replace("%C3%A9", "é").replace("%2F", "/");
        assert!(message.contains("can not find job, jobId is") && message.contains(&shown), "{message}");
    }
    check(s.named("nowhere").get("/jobs/nope/status"), 400, "GES.8301");
}

#[test]
fn j02_04_a_job_of_another_graph_is_unknown() {
    let s = TestServer::start();
    let (a, b) = (films(&s), ring(&s));
    let id = ranked(&a);
    let message = check(b.get(&format!("/jobs/{id}/status")), 400, "GES.8301");
    assert_eq!(message, format!("can not find job, jobId is {id}"));
    // The same name in another project is another graph.
    s.post("/ges/v1.0/p2/graphs", json!({"graphName": "films"})).expect(200);
    let other = s.get(&format!("/ges/v1.0/p2/graphs/films/jobs/{id}/status"));
    assert_eq!(check(other, 400, "GES.8301"), message);
}

#[test]
fn j02_05_and_06_a_page_is_where_it_is_asked_for() {
    let s = TestServer::start();
    let g = ring(&s);
    let id = ranked(&g);
    let all = page(&g, &id, "");
    check_sizes(&all, "pagerank", 0, 7, 7);
    let some = page(&g, &id, "?offset=2&limit=3");
    check_sizes(&some, "pagerank", 2, 3, 7);
    assert_eq!(some["pagerank"], Value::from(&all["pagerank"].as_array().expect("rows")[2..5]));
    assert_eq!(some["runtime"], all["runtime"]);
    check_sizes(&page(&g, &id, "?offset=100"), "pagerank", 100, 0, 7);
    check_sizes(&page(&g, &id, "?offset=5&limit=9"), "pagerank", 5, 2, 7);
    check_sizes(&page(&g, &id, "?limit=0"), "pagerank", 0, 0, 7);
    check_sizes(&page(&g, &id, "?offset=18446744073709551615"), "pagerank", u64::MAX, 0, 7);
}

#[test]
fn j02_07_and_c01_14_a_page_has_at_most_100_000_rows() {
    const ROWS: usize = 100_001;
    let s = TestServer::start();
    let g = s.graph("many");
    let lines = (0..ROWS).map(|i| format!("v{i}\n")).collect::<Vec<_>>().concat();
    s.object("in/v.csv", lines);
    let import = json!({"vertexsetPath": "in/v.csv", "vertexsetHasLabel": false,
        "vertexsetDefaultLabel": "__DEFAULT__"});
    g.outputs("/action?action_id=import-graph", import);
    let id = ranked(&g);
    for query in ["", "?limit=200000", "?limit=1000000", "?limit=18446744073709551615"] {
        check_sizes(&page(&g, &id, query), "pagerank", 0, 100_000, ROWS as u64);
    }
    check_sizes(&page(&g, &id, "?offset=99999&limit=1000000"), "pagerank", 99_999, 2, ROWS as u64);
    let sync = json!({"algorithmName": "pagerank", "executionMode": "sync", "limit": 1_000_000});
    let answer = g.post("/action?action_id=execute-algorithm", sync).expect(200);
    check_sizes(&answer["data"]["outputs"], "pagerank", 0, 100_000, ROWS as u64);
    let jobs = g.get("/jobs/status?limit=1000000").expect(200);
    assert_eq!(jobs["totalCount"], 2);
}

#[test]
fn j02_08_parameters_that_are_no_counts_are_8301_by_name() {
    let s = TestServer::start();
    let g = ring(&s);
    let id = ranked(&g);
    for (name, value) in [
        ("limit", "-1"),
        ("limit", "x"),
        ("limit", ""),
        ("offset", "1.5"),
        ("offset", "-1"),
        ("offset", "1e3"),
    ] {
        let message = check(g.get(&format!("/jobs/{id}/status?{name}={value}")), 400, "GES.8301");
        assert!(
            message.contains(&format!("[{name}]")) && message.contains(&format!("[{value}]")),
            "{message}"
        );
    }
    for value in ["-1", "x", "61", "nan", "inf"] {
        let message = check(g.get(&format!("/jobs/{id}/status?wait={value}")), 400, "GES.8301");
        assert!(message.contains("[wait]"), "{message}");
    }
}

/// All pages of a result, one after another.
fn in_pages(g: &TestGraph<'_>, id: &str, list: &str, total: u64) -> Vec<Value> {
    let mut rows = Vec::new();
    for offset in (0..total).step_by(100) {
        let mut outputs = page(g, id, &format!("?offset={offset}&limit=100"));
        match outputs[list].take() {
            Value::Array(page) => rows.extend(page),
            other => panic!("no list: {other}"),
        }
    }
    rows
}

#[test]
fn j02_09_pages_make_up_the_result_whatever_happens_to_the_graph() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 10);
    let algorithm = ranked(&g);
    let query =
        submit(&g, "/vertices/action?action_id=query", json!({"labels": ["__DEFAULT__"], "limit": 1000}));
    let queried = g.ended(&query)["data"]["outputs"]["vertices"].take();
    let ranks = page(&g, &algorithm, "")["pagerank"].take();
    let same = |g: &TestGraph<'_>, when: &str| {
        assert_eq!(Value::from(in_pages(g, &algorithm, "pagerank", 1024 + u64::from(STAR))), ranks, "{when}");
        assert_eq!(page(g, &algorithm, "")["pagerank"], ranks, "{when}");
        assert_eq!(Value::from(in_pages(g, &query, "vertices", 1000)), queried, "{when}");
    };
    same(&g, "at first");
    g.post("/edges", json!({"source": "1", "target": "2"})).expect(200);
    g.post("/vertices", json!({"vertex": "new"})).expect(200);
    same(&g, "after inserts");
    g.post("/vertices/action?action_id=batch-delete", json!({"vertices": ["0", "17", "1023"]})).expect(200);
    same(&g, "after deletes");
    g.post("/vertices", json!({"vertex": "17"})).expect(200);
    s.inner("krone").compact(&JobContext::detached(2, 1 << 30)).expect("a compaction");
    same(&g, "after a compaction");
    let s = s.restart();
    same(&s.named("krone"), "after a restart");
}
