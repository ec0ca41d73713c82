//! Adding edges and the rule for repeated ones: spec 03, sections 5.4 to 5.6.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const BATCH: &str = "/edges/action?action_id=batch-add";

/// Adds `ana-likes->f1` under a rule, and gives the index of the answer.
fn liked(g: &TestGraph<'_>, stars: Value, rule: Value) -> String {
    let body =
        json!({"source": "ana", "target": "f1", "label": "likes", "properties": stars, "parallelEdge": rule});
    index(&g.post("/edges", body).expect(200))
}

fn index(answer: &Value) -> String {
    assert_eq!(answer["result"], "success", "{answer}");
    answer["data"]["index"].as_str().expect("an index as text").to_owned()
}

/// (index, label, stars) of the edges `ana->f1`.
fn seen(g: &TestGraph<'_>) -> Vec<(String, String, Value)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let edges = g.edges("ana", "f1").into_iter();
    edges.map(|e| (text(&e["index"]), text(&e["label"]), e["properties"]["stars"][0].clone())).collect()
}

fn expected(edges: &[(&str, &str, Value)]) -> Vec<(String, String, Value)> {
    edges.iter().map(|(i, l, s)| ((*i).to_owned(), (*l).to_owned(), s.clone())).collect()
}

#[test]
fn v03_57_an_added_edge_is_found_by_its_index() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"source": "bo", "target": "f2", "label": "likes", "properties": {"stars": [3], "at": "2021-03-04 05:06:07"}});
    let index = index(&g.post("/edges", body).expect(200));
    let found = g.get(&format!("/edges/detail?source=bo&target=f2&index={index}")).expect(200);
    let edge = json!({"source": "bo", "target": "f2", "index": index, "label": "likes",
        "properties": {"stars": [3], "at": ["2021-03-04 05:06:07"]}});
    assert_eq!(found["data"]["edges"], json!([edge]));
}

#[test]
fn v03_57_loops_and_edges_without_label() {
    let s = TestServer::start();
    let g = films(&s);
    index(&g.post("/edges", json!({"source": "cy", "target": "cy"})).expect(200));
    let edge =
        json!({"source": "cy", "target": "cy", "index": "0", "label": "__DEFAULT__", "properties": {}});
    assert_eq!(g.edges("cy", "cy"), [edge]);
}

#[test]
fn v03_58_unknown_ends_labels_and_properties_are_8000() {
    let s = TestServer::start();
    let g = films(&s);
    let refused = |body: Value| check(g.post("/edges", body), 400, "GES.8000");
    let message = refused(json!({"source": "nobody", "target": "f1", "label": "likes"}));
    assert_eq!(message, "Edge source vertex [nobody] does not exist");
    let message = refused(json!({"source": "ana", "target": "nobody", "label": "likes"}));
    assert_eq!(message, "Edge target vertex [nobody] does not exist");
    let message = refused(json!({"source": "ana", "target": "bo", "label": "hates"}));
    assert_eq!(message, "label [hates] does not exist");
    refused(json!({"source": "ana", "target": "bo", "label": "person"}));
    refused(json!({"source": "ana", "target": "bo", "label": "knows", "properties": {"stars": 1}}));
    refused(json!({"source": "ana", "label": "knows"}));
    assert_eq!(g.counts(), (5, 4));
}

#[test]
fn v03_59_ignore_keeps_the_edge_that_is_there() {
    let s = TestServer::start();
    let g = films(&s);
    assert_eq!(liked(&g, json!({"stars": 1}), json!("ignore")), "0");
    assert_eq!(seen(&g), expected(&[("0", "likes", json!(4)), ("1", "likes", json!(2))]));
}

#[test]
fn v03_60_override_changes_the_edge_with_the_lowest_index() {
    let s = TestServer::start();
    let g = films(&s);
    let rule = json!({"action": "override", "ignoreLabel": false});
    assert_eq!(liked(&g, json!({"stars": 1}), rule.clone()), "0");
    assert_eq!(seen(&g), expected(&[("0", "likes", json!(1)), ("1", "likes", json!(2))]));
    liked(&g, json!({}), rule);
    assert_eq!(seen(&g)[0].2, Value::Null);
}

#[test]
fn v03_61_labels_count_when_they_are_not_ignored() {
    let s = TestServer::start();
    let g = films(&s);
    let knows = |rule: Value| {
        let body = json!({"source": "ana", "target": "f1", "label": "knows", "parallelEdge": rule});
        index(&g.post("/edges", body).expect(200))
    };
    assert_eq!(knows(json!({"action": "IGNORE"})), "0");
    assert_eq!(seen(&g).len(), 2);
    assert_eq!(knows(json!({"action": "ignore", "ignoreLabel": false})), "3");
    assert_eq!(seen(&g).len(), 3);
    assert_eq!(knows(json!("override")), "0");
    assert_eq!(seen(&g)[0], ("0".into(), "knows".into(), Value::Null));
}

#[test]
fn v03_62_target_properties_tell_repeated_edges_apart() {
    let s = TestServer::start();
    let g = films(&s);
    let rule = json!({"action": "override", "targetProperties": [{"label": "likes", "properties": ["stars", "at"]}]});
    assert_eq!(liked(&g, json!({"stars": [2], "at": ["2022-01-01"]}), rule.clone()), "1");
    assert_eq!(g.edges("ana", "f1")[1]["properties"], json!({"stars": [2], "at": ["2022-01-01"]}));
    assert_eq!(liked(&g, json!({"stars": [9]}), rule.clone()), "3");
    let all = [("0", "likes", json!(4)), ("1", "likes", json!(2)), ("3", "likes", json!(9))];
    assert_eq!(seen(&g), expected(&all));
    assert_eq!(liked(&g, json!({"at": "2023-01-01"}), rule), "0");
}

#[test]
fn v03_63_an_unknown_rule_is_8000() {
    let s = TestServer::start();
    let g = films(&s);
    for rule in [
        json!({"action": "merge"}),
        json!("merge"),
        json!(7),
        json!({"action": "ignore", "ignoreLabel": "maybe"}),
    ] {
        let body = json!({"source": "ana", "target": "f1", "label": "likes", "parallelEdge": rule});
        let message = check(g.post("/edges", body), 400, "GES.8000");
        assert!(message.contains("parallelEdge") || message.contains("ignoreLabel"), "{message}");
    }
    assert_eq!(g.counts(), (5, 4));
}

#[test]
fn v03_64_batch_add_answers_with_the_index_of_each_edge() {
    let s = TestServer::start();
    let g = films(&s);
    let edge = |source: &str, target: &str| json!({"source": source, "target": target, "label": "likes"});
    let edges = json!([edge("ana", "f2"), edge("bo", "f2"), edge("ana", "f2"), edge("ana", "f1")]);
    let answer = g.post(BATCH, json!({"edges": edges})).expect(200);
    let with =
        |source: &str, target: &str, index: &str| json!({"source": source, "target": target, "index": index});
    let added = json!([
        with("ana", "f2", "3"),
        with("bo", "f2", "1"),
        with("ana", "f2", "4"),
        with("ana", "f1", "5")
    ]);
    assert_eq!(answer, json!({"result": "success", "data": {"edges": added}}));
    let answer = g.post(BATCH, json!({"edges": edges, "parallelEdge": {"action": "ignore"}})).expect(200);
    let indexes: Vec<&Value> =
        answer["data"]["edges"].as_array().expect("edges").iter().map(|e| &e["index"]).collect();
    assert_eq!(indexes, ["3", "1", "3", "0"]);
    assert_eq!(g.counts(), (5, 8));
    check(g.post(BATCH, json!({})), 400, "GES.8110");
}

#[test]
fn v03_65_batch_add_makes_unknown_ends_only_when_told() {
    let s = TestServer::start();
    let g = films(&s);
    let edges = json!([
        {"source": "ana", "target": "f2", "label": "likes"},
        {"source": "ana", "target": "new", "label": "knows"},
        {"source": "new", "target": "newer", "label": "knows"}]);
    let message = check(g.post(BATCH, json!({"edges": edges})), 400, "GES.8000");
    assert_eq!(message, "Edge target vertex [new] does not exist");
    assert_eq!(g.counts(), (5, 4));
    g.post(BATCH, json!({"edges": edges, "createNotExists": true})).expect(200);
    assert_eq!(g.vertex("new"), json!({"id": "new", "label": "__DEFAULT__", "properties": {}}));
    assert_eq!(g.counts(), (7, 7));
    let bad = json!([{"source": "one", "target": "two", "label": "hates"}]);
    check(g.post(BATCH, json!({"edges": bad, "createNotExists": true})), 400, "GES.8000");
    assert_eq!(g.counts(), (7, 7));
}
