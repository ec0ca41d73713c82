//! Deleting edges: spec 03, sections 5.7 and 5.10.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const BATCH: &str = "/edges/action?action_id=batch-delete";

/// A delete of `ana->f1` narrowed by `rest` must leave the edges with these stars.
fn leaves(rest: &str, stars: &[i64]) {
    let s = TestServer::start();
    let g = films(&s);
    let answer = g.delete(&format!("/edges?source=ana&target=f1{rest}")).expect(200);
    assert_eq!(answer, json!({"result": "success"}));
    assert_eq!(left(&g), stars, "{rest}");
    assert_eq!(g.counts(), (5, 2 + stars.len() as u64), "{rest}");
}

/// The stars of the edges `ana->f1`.
fn left(g: &TestGraph<'_>) -> Vec<i64> {
    g.edges("ana", "f1").iter().filter_map(|e| e["properties"]["stars"][0].as_i64()).collect()
}

/// A delete must be refused and change nothing.
fn refused(g: &TestGraph<'_>, query: &str) -> String {
    let message = check(g.delete(&format!("/edges{query}")), 400, "GES.8000");
    assert_eq!(g.counts(), (5, 4), "{query}");
    message
}

fn deleted(g: &TestGraph<'_>, edge: Value) {
    assert_eq!(g.post(BATCH, json!({"edges": [edge]})).expect(200), json!({"result": "success"}));
}

#[test]
fn v03_68_property_and_value_decide_whatever_the_index() {
    leaves("&property=stars&value=2&index=0", &[4]);
    leaves("&property=stars&value=2&label=likes", &[4]);
    leaves("&index=0", &[2]);
}

#[test]
fn v03_69_without_index_all_edges_between_two_are_deleted() {
    leaves("", &[]);
}

#[test]
fn v03_70_a_label_alone_is_refused() {
    let s = TestServer::start();
    let g = films(&s);
    refused(&g, "?source=ana&target=f1&label=likes");
    refused(&g, "?source=ana&target=f1&property=stars");
    refused(&g, "?source=ana&target=f1&value=2");
    refused(&g, "?source=ana");
}

#[test]
fn v03_70_missing_edges_and_vertices_are_named() {
    let s = TestServer::start();
    let g = films(&s);
    let cases = [
        ("?source=nobody&target=f1", "edge source vertex [nobody] does not exist"),
        ("?source=ana&target=nobody", "edge target vertex [nobody] does not exist"),
        ("?source=ana&target=f1&index=9", "edge [ana-f1-9] does not exist"),
        ("?source=f1&target=ana", "edge [f1-ana] does not exist"),
        ("?source=ana&target=f1&property=stars&value=9", "edge [ana-f1] does not exist"),
        ("?source=ana&target=f1&property=stars&value=2&label=knows", "edge [ana-f1] does not exist"),
    ];
    for (query, message) in cases {
        assert_eq!(refused(&g, query), message);
    }
}

#[test]
fn v03_75_batch_delete_by_label_takes_one_edge() {
    let s = TestServer::start();
    let g = films(&s);
    deleted(&g, json!({"source": "ana", "target": "f1", "label": "likes"}));
    assert_eq!((left(&g), g.counts()), (vec![2], (5, 3)));
}

#[test]
fn v03_76_batch_delete_by_index_ignores_the_label() {
    let s = TestServer::start();
    let g = films(&s);
    deleted(&g, json!({"source": "ana", "target": "f1", "index": "1", "label": "knows"}));
    assert_eq!((left(&g), g.counts()), (vec![4], (5, 3)));
    deleted(&g, json!({"source": "ana", "target": "bo"}));
    assert_eq!(g.counts(), (5, 2));
}

#[test]
fn v03_77_batch_delete_is_all_or_nothing_unless_errors_are_ignored() {
    let s = TestServer::start();
    let g = films(&s);
    let there = json!({"source": "ana", "target": "f1"});
    let missing = [
        json!({"source": "f1", "target": "ana"}),
        json!({"source": "ana", "target": "f1", "index": 9}),
        json!({"source": "nobody", "target": "ana"}),
        json!({"source": "ana", "target": "f1", "label": "robot"}),
    ];
    for one in &missing {
        check(g.post(BATCH, json!({"edges": [there, one]})), 400, "GES.8000");
        assert_eq!(g.counts(), (5, 4));
    }
    let edges = [std::slice::from_ref(&there), &missing].concat();
    g.post(BATCH, json!({"edges": edges, "ignoreError": "true"})).expect(200);
    assert_eq!(g.counts(), (5, 2));
    check(g.post(BATCH, json!({})), 400, "GES.8110");
    let message = check(g.post(BATCH, json!({"edges": [{"target": "f1"}]})), 400, "GES.8000");
    assert_eq!(message, "parameter does not contain 'source'");
}

#[test]
fn v03_78_batch_delete_as_a_job_of_type_3() {
    let s = TestServer::start();
    let g = films(&s);
    let body = |mode: &str| json!({"edges": [{"source": "ana", "target": "f1"}], "executionMode": mode});
    let message = check(g.post(BATCH, body("later")), 400, "GES.8000");
    assert_eq!(message, "executionMode is not correct, it should be sync or async");
    let (accepted, status) = g.submitted(BATCH, body("async"));
    assert_eq!(accepted["jobType"], 3);
    assert_eq!(status["state"], "complete", "{status}");
    assert_eq!(g.counts(), (5, 2));
    let failed = g.job(BATCH, body("async"));
    assert_eq!((&failed["state"], g.counts()), (&json!("failed"), (5, 2)));
    assert_eq!(failed["errorMessage"], "edge [ana-f1] does not exist");
    check(s.named("nowhere").post(BATCH, body("async")), 400, "GES.8402");
    check(s.named("nowhere").post(BATCH, body("sync")), 400, "GES.8000");
}
