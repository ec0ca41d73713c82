//! Analyses of dynamic graphs: spec 07, section 6.

use crate::fixture::property;
use crate::harness::{TestGraph, TestServer, check};
use crate::vectors::{file, is_close, list, load};
use crate::walk_stage::names;
use serde_json::{Value, json};

const ANALYSIS: &str = "/dynamicgraphs/action?action_id=execute-analysis";

fn graph_b(s: &TestServer) -> Option<TestGraph<'_>> {
    Some(load(s, "dynamic", &file("paths-graph-b.json")?))
}

fn range() -> Value {
    json!({"start": 100, "end": 600, "time_props": {"stime": "startTime", "etime": "endTime"}})
}

fn body(name: &str, parameters: Value) -> Value {
    json!({"algorithmName": name, "dynamicRange": range(), "parameters": parameters})
}

fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

/// Edges by source and index; ids of graph b rise in graph order.
fn by_source(edges: &Value) -> Value {
    let mut edges = list(edges).to_vec();
    edges.sort_by_key(|e| (e["source"].to_string(), e["index"].to_string()));
    edges.into()
}

/// A case must have its answer in every mode.
fn check_case(g: &TestGraph<'_>, case: &Value) {
    let request = &case["request"];
    let modes = [request.clone(), with(request.clone(), "executionMode", "sync")];
    let mut answers: Vec<Value> = modes.into_iter().map(|r| g.post(ANALYSIS, r).expect(200)).collect();
    answers.push(g.job(ANALYSIS, with(request.clone(), "executionMode", "async")));
    for answer in &answers {
        assert_eq!(answer["status"], "complete", "{answer}");
        let check = |got: &Value, expected: &Value| {
            for (name, expected) in expected.as_object().into_iter().flatten() {
                // The file lists edges as they were inserted; the order of answers is that of section 3.3.
                let order = if name == "edges" { by_source } else { Value::clone };
                let (got, expected) = (order(&got[name]), order(expected));
                assert!(is_close(&got, &expected, 0.0), "{}: {got}, expected {expected}", case["name"]);
            }
        };
        check(&answer["data"]["outputs"], &case["expect"]);
        check(&answer["data"], &case["expectData"]);
    }
}

#[test]
fn f07_02_temporal_vectors() {
    let Some(vectors) = file("paths-temporal.json") else { return };
    let s = TestServer::start();
    let Some(g) = graph_b(&s) else { return };
    let (cases, errors) = (list(&vectors["cases"]), list(&vectors["errors"]));
    assert!(cases.len() >= 16 && errors.len() >= 6, "{} cases, {} errors", cases.len(), errors.len());
    for case in cases {
        check_case(&g, case);
    }
    for case in errors {
        let code = case["expectError"]["errorCode"].as_str().expect("a code");
        check(g.post(ANALYSIS, case["request"].clone()), 400, code);
    }
}

#[test]
fn f07_46_47_the_source_is_first_and_the_job_says_the_same() {
    let s = TestServer::start();
    let Some(g) = graph_b(&s) else { return };
    let answer = g.post(ANALYSIS, body("Temporal-BFS", json!({"source": "p1"}))).expect(200);
    let outputs = &answer["data"]["outputs"];
    assert_eq!(outputs["temporal_bfs"][0], json!({"p1": {"arrive": 100, "dist": 0, "predecessor": ""}}));
    assert!(outputs["runtime"].is_number() && outputs["data_total_size"] == 8, "{outputs}");
    assert_eq!(answer["jobType"], 1);
    let id = answer["jobId"].as_str().expect("an id");
    assert_eq!(g.ended(id)["data"], answer["data"]);
    let page = g.get(&format!("/jobs/{id}/status?offset=1&limit=2")).expect(200);
    assert_eq!(list(&page["data"]["outputs"]["temporal_bfs"]).len(), 2);
    let sync = g.post(ANALYSIS, with(body("temporal_bfs", json!({"source": "p1"})), "executionMode", "sync"));
    assert!(sync.expect(200).get("jobId").is_none());
}

#[test]
fn f07_48_50_52_what_is_refused() {
    let s = TestServer::start();
    let Some(g) = graph_b(&s) else { return };
    let bfs = || body("temporal_bfs", json!({"source": "p1"}));
    let mut reversed = bfs();
    reversed["dynamicRange"]["start"] = json!(700);
    let mut unnamed = bfs();
    unnamed["dynamicRange"]["time_props"] = Value::Null;
    let mut undeclared = bfs();
    undeclared["dynamicRange"]["time_props"]["stime"] = json!("nothing");
    let paths = |strategy: &str| {
        body("temporal_paths", json!({"source": "p1", "targets": "p5", "strategy": strategy}))
    };
    let cases = [
        (reversed, "start must not be later"),
        (unnamed, "[dynamicRange.time_props] is required"),
        (undeclared, "[dynamicRange.time_props.stime] is invalid"),
        (with(bfs(), "dynamicRange", Value::Null), "[dynamicRange] is required"),
        (with(bfs(), "parameters", Value::Null), "[parameters] is required"),
        (body("temporal_bfs", json!({})), "[source] is required"),
        (body("temporal_bfs", json!({"source": "p1", "k": 101})), "[k] is invalid"),
        (body("temporal_bfs", json!({"source": "nobody"})), "vertex [nobody] does not exist"),
        (
            body("temporal_paths", json!({"source": "p1", "targets": ["nobody"]})),
            "vertex [nobody] does not exist",
        ),
        (body("temporal_graph", json!({"source": "nobody"})), "vertex [nobody] does not exist"),
        (paths("fastest"), "strategy [fastest] is not supported"),
        (body("pagerank", json!({})), "algorithm is not supported"),
    ];
    for (request, part) in cases {
        let message = check(g.post(ANALYSIS, request), 400, "GES.8402");
        assert!(message.starts_with("Running algorithm [") && message.contains(part), "{message}");
    }
    check(g.post(ANALYSIS, with(bfs(), "algorithmName", "")), 400, "GES.8401");
    check(g.post(ANALYSIS, with(bfs(), "executionMode", "later")), 400, "GES.8404");
    let message = check(s.named("nope").post(ANALYSIS, bfs()), 400, "GES.8402");
    assert_eq!(message, "graph [nope] is not found");
}

#[test]
fn f07_49_strategies_differ() {
    let s = TestServer::start();
    let Some(g) = graph_b(&s) else { return };
    let path = |strategy: &str| {
        let parameters =
            json!({"source": "p1", "targets": "p5,p1,p5,p6", "k": 5, "strategy": strategy}).to_string();
        let request = with(body("temporal_paths", json!(parameters)), "dynamicRange", range().to_string());
        g.post(ANALYSIS, request).expect(200)["data"]["outputs"].take()
    };
    let (shortest, foremost) = (path("SHORTEST"), path("foremost"));
    assert_eq!(shortest["paths"][0], json!(["p1", "p5"]));
    assert_eq!(foremost["paths"][0], json!(["p1", "x1", "p2", "p5"]));
    // The source is left out, and a repeated target counts once.
    assert_eq!((list(&shortest["paths"]).len(), &shortest["paths_number"]), (2, &json!(2)));
    let request =
        with(body("temporal_paths", json!({"source": "p1", "targets": "p5,p6"})), "executionMode", "async");
    let (accepted, _) = g.submitted(ANALYSIS, request);
    let id = accepted["jobId"].as_str().expect("an id");
    let page = g.get(&format!("/jobs/{id}/status?offset=1&limit=1")).expect(200)["data"]["outputs"].take();
    assert_eq!((list(&page["paths"]).len(), list(&page["temporal_paths"]).len()), (1, 1));
    assert_eq!((&page["temporal_paths"][0]["target"], &page["data_total_size"]), (&json!("p6"), &json!(2)));
}

#[test]
fn f07_51_the_graph_of_a_group_is_the_data_itself() {
    let s = TestServer::start();
    let Some(g) = graph_b(&s) else { return };
    let answer = g.post(ANALYSIS, body("temporal_graph", json!({"sources": ["p1", "p3"]}))).expect(200);
    assert_eq!(names(&answer["data"]["vertices"]), ["p1", "p3"]);
    assert_eq!(names(&answer["data"]["edges"]), ["p1 p3 1"]);
    assert!(answer["data"].get("outputs").is_none(), "{answer}");
    assert_eq!(g.ended(answer["jobId"].as_str().expect("an id"))["data"], answer["data"]);
}

#[test]
fn dates_and_times_of_vertices() {
    let s = TestServer::start();
    let g = s.graph("dated");
    let times = [property("from", "date", "single"), property("to", "date", "single")];
    g.post("/schema/labels", json!({"name": "thing", "type": "all", "properties": times})).expect(200);
    let vertex =
        |id: &str, from: Value| json!({"vertex": id, "label": "thing", "properties": {"from": from}});
    let vertices = [
        vertex("a", json!("1970-01-01 00:01:40")),
        vertex("b", json!("1971-01-01")),
        vertex("c", Value::Null),
    ];
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices})).expect(200);
    let edge = |source: &str, target: &str| {
        let times = json!({"from": "1970-01-01 00:02:00", "to": "1970-01-01 00:03:00"});
        json!({"source": source, "target": target, "label": "thing", "properties": times})
    };
    let edges = [edge("a", "b"), edge("a", "a"), edge("b", "c")];
    g.post("/edges/action?action_id=batch-add", json!({"edges": edges})).expect(200);
    let range = json!({"start": 100, "end": 600, "time_props": {"stime": "from", "etime": "to"}});
    let ask = |name: &str, parameters: Value| {
        let request = json!({"algorithmName": name, "dynamic_range": range, "parameters": parameters});
        g.post(ANALYSIS, request).expect(200)["data"].take()
    };
    let found = ask("temporal_bfs", json!({"source": "a"}));
    assert_eq!(
        found["outputs"]["temporal_bfs"][2],
        json!({"c": {"arrive": 120, "dist": 2, "predecessor": "b"}})
    );
    // Only `a` holds itself.
    let found = ask("temporal_graph", json!({"source": "a,b,c", "temporal_vertex": true}));
    assert_eq!(
        (names(&found["vertices"]), names(&found["edges"])),
        (vec!["a".to_owned()], vec!["a a 1".to_owned()])
    );
}
