//! Query tree: spec 07, section 5.2.

use crate::harness::{TestGraph, TestServer, check};
use crate::walk_stage::{graph_a, names};
use serde_json::{Value, json};

const TREE: &str = "/action?action_id=query-tree";

fn body(more: Value) -> Value {
    let mut body = json!({"executionMode": "sync", "rootId": "ana", "maxDepth": 2, "direction": "out"});
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

fn ask(g: &TestGraph<'_>, more: Value) -> Value {
    g.post(TREE, body(more)).expect(200)["data"].take()
}

#[test]
fn f07_45_the_breadth_first_tree() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let found = ask(&g, json!({}));
    assert_eq!(names(&found["vertices"]), ["ana", "bo", "cy", "dee"]);
    assert_eq!(found["vertices"][0], g.vertex("ana"));
    assert_eq!(names(&found["edges"]), ["ana bo 0", "ana cy 1", "bo dee 0"]);
    assert_eq!(found["paths"], json!([["ana", "cy"], ["ana", "bo", "dee"]]));
    assert!(ask(&g, json!({"withEdge": false})).get("edges").is_none());
    assert!(ask(&g, json!({"withVertex": "false"})).get("vertices").is_none());
    let alone = ask(&g, json!({"rootId": "zed", "direction": "BOTH"}));
    assert_eq!((names(&alone["vertices"]), &alone["edges"]), (vec!["zed".to_owned()], &json!([])));
}

#[test]
fn f07_45_what_is_out_of_range_is_refused() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    for (more, part) in [
        (json!({"maxDepth": 21}), "[maxDepth] value [21]"),
        (json!({"maxDepth": null}), "[maxDepth] is required"),
        (json!({"direction": "up"}), "[direction] value [up]"),
        (json!({"direction": null}), "[direction] is required"),
        (json!({"rootId": null}), "[rootId] is required"),
        (json!({"rootId": "nobody"}), "vertex [nobody] does not exist"),
        (json!({"maxVertices": 200_001}), "[maxVertices] value [200001]"),
        (json!({"maxEdges": 0}), "[maxEdges] value [0]"),
    ] {
        let message = check(g.post(TREE, body(more)), 400, "GES.8806");
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn maxima_and_labels() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let cut = ask(&g, json!({"maxVertices": 3}));
    assert_eq!(
        (names(&cut["vertices"]), &cut["limit_reached"]),
        (["ana", "bo", "cy"].map(String::from).to_vec(), &json!(true))
    );
    assert!(ask(&g, json!({"maxVertices": 4})).get("limit_reached").is_none());
    assert_eq!(names(&ask(&g, json!({"maxEdges": 1}))["edges"]), ["ana bo 0"]);
    assert_eq!(names(&ask(&g, json!({"labelFilters": ["pays"]}))["edges"]), ["ana bo 2", "bo cy 1"]);
    assert_eq!(names(&ask(&g, json!({"labelFilters": ["nothing"]}))["vertices"]), ["ana"]);
    // `ana` has three edges out, more than two.
    assert_eq!(names(&ask(&g, json!({"maxDegree": 2}))["vertices"]), ["ana"]);
    assert_eq!(names(&ask(&g, json!({"rootId": "flo", "maxDegree": 2}))["vertices"]), ["flo", "ana"]);
    let both = ask(&g, json!({"rootId": "ivy", "direction": "both", "maxDepth": 1}));
    assert_eq!(
        (names(&both["vertices"]), names(&both["edges"])),
        (
            vec!["ivy".to_owned(), "gus".into(), "ana".into()],
            vec!["gus ivy 1".to_owned(), "ivy ana 0".into()],
        )
    );
}

#[test]
fn f07_45_as_a_job_one_list_has_pages_and_two_have_none() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let both = g.outputs(TREE, body(json!({"executionMode": null})));
    assert!(both.get("data_total_size").is_none() && both["edges"].is_array(), "{both}");
    let one = g.outputs(TREE, body(json!({"executionMode": "async", "withEdge": false})));
    assert_eq!((&one["data_total_size"], names(&one["vertices"]).len()), (&json!(4), 4));
}

#[test]
fn an_export_of_several_lists_has_a_file_for_each() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let accepted = g.post(TREE, body(json!({"executionMode": "async"}))).expect(200);
    let id = accepted["jobId"].as_str().expect("a job id");
    g.ended(id);
    let tail = format!("/jobs/{id}/action?action_id=export-result");
    let done = g.outputs(&tail, json!({"exportPath": "out", "fileName": "tree.jsonl"}));
    let mut files: Vec<_> =
        done["files"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    files.sort_unstable();
    assert_eq!(files, ["tree.jsonl", "tree_edges.jsonl", "tree_paths.jsonl"]);
    let lines = |name: &str| {
        let text = std::fs::read_to_string(s.objects().join("out").join(name)).expect("an exported file");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<Value>>()
    };
    assert_eq!(names(&lines("tree.jsonl").into()), ["ana", "bo", "cy", "dee"]);
    assert_eq!(names(&lines("tree_edges.jsonl").into()), ["ana bo 0", "ana cy 1", "bo dee 0"]);
    assert_eq!(lines("tree_paths.jsonl")[1]["paths"], json!(["ana", "bo", "dee"]));
}
