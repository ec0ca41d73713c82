//! Reading edges by their ends: spec 03, sections 5.2 and 5.3.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const BATCH: &str = "/edges/action?action_id=batch-query";

/// The details of a query string must be edges with these indexes.
fn finds(g: &TestGraph<'_>, query: &str, expected: &[&str]) {
    let answer = g.get(&format!("/edges/detail?{query}")).expect(200);
    assert_eq!(indexes(&answer), expected, "{query}");
}

fn indexes(answer: &Value) -> Vec<&str> {
    let edges = answer["data"]["edges"].as_array().expect("edges");
    edges.iter().map(|e| e["index"].as_str().expect("an index as text")).collect()
}

#[test]
fn v03_54_details_of_all_edges_between_two_or_of_one() {
    let s = TestServer::start();
    let g = films(&s);
    finds(&g, "source=ana&target=f1", &["0", "1"]);
    finds(&g, "sourceVertex=ana&targetVertex=f1", &["0", "1"]);
    finds(&g, "source=ana&target=f1&index=1", &["1"]);
    finds(&g, "source=ana&target=f1&index=2", &[]);
    finds(&g, "source=ana&target=bo&label=knows", &["2"]);
    finds(&g, "source=ana&target=bo&label=likes", &[]);
    let answer = g.get("/edges/detail?source=ana&target=f1&index=1").expect(200);
    let edge = json!({"source": "ana", "target": "f1", "index": "1", "label": "likes", "properties": {"stars": [2]}});
    assert_eq!(answer, json!({"data": {"edges": [edge]}}));
}

#[test]
fn v03_55_details_need_both_ends() {
    let s = TestServer::start();
    let g = films(&s);
    for query in ["source=ana", "target=ana", "source=ana&target=", ""] {
        check(g.get(&format!("/edges/detail?{query}")), 400, "GES.8106");
    }
    finds(&g, "source=f1&target=ana", &[]);
    finds(&g, "source=nobody&target=ana", &[]);
    check(g.get("/edges/detail?source=ana&target=f1&index=first"), 400, "GES.8107");
    check(s.named("nowhere").get("/edges/detail?source=ana&target=f1"), 400, "GES.8107");
}

#[test]
fn v03_56_batch_query_of_edges() {
    let s = TestServer::start();
    let g = films(&s);
    let ends = |source: &str, target: &str| json!({"source": source, "target": target});
    let answer = g.post(BATCH, json!({"edges": [ends("ana", "f1")]})).expect(200);
    assert_eq!((indexes(&answer), &answer["result"]), (vec!["0", "1"], &json!("success")));
    let some = json!([ends("f1", "ana"), {"source": "ana", "target": "f1", "index": 1}, ends("ana", "bo")]);
    assert_eq!(indexes(&g.post(BATCH, json!({"edges": some})).expect(200)), ["1", "2"]);
    let message = check(g.post(BATCH, json!({"edges": [{"target": "f1"}]})), 400, "GES.8000");
    assert_eq!(message, "parameter does not contain 'source'");
    let message = check(g.post(BATCH, json!({"edges": [{"source": "f1"}]})), 400, "GES.8000");
    assert_eq!(message, "parameter does not contain 'target'");
    let message = check(g.post(BATCH, json!({})), 400, "GES.8110");
    assert_eq!(message, "Parameter edges cannot be left blank");
    check(s.named("nowhere").post(BATCH, json!({"edges": []})), 400, "GES.8107");
}
