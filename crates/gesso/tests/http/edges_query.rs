//! Filtered queries and deletes over edges: spec 03, sections 5.1 and 5.12.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const QUERY: &str = "/edges/action?action_id=query";

/// A query must be refused before it becomes a job.
fn refused(g: &TestGraph<'_>, body: Value, code: &str) -> String {
    check(g.post(QUERY, body), 400, code)
}

/// `source-target-index` of each edge that a query finds.
fn found(g: &TestGraph<'_>, body: Value) -> Vec<String> {
    let outputs = g.outputs(QUERY, body);
    let text = |e: &Value, name: &str| e[name].as_str().unwrap_or("no text").to_owned();
    let edges = outputs["edges"].as_array().expect("edges");
    edges.iter().map(|e| [text(e, "source"), text(e, "target"), text(e, "index")].join("-")).collect()
}

#[test]
fn v03_15_an_unknown_order_is_8104() {
    let s = TestServer::start();
    let g = films(&s);
    let sorts = json!([{"key": "label", "orderValue": "down"}]);
    refused(&g, json!({"labels": ["likes"], "sorts": sorts}), "GES.8104");
}

#[test]
fn v03_16_edges_are_not_ordered_by_id() {
    let s = TestServer::start();
    let g = films(&s);
    let message = refused(&g, json!({"labels": ["likes"], "sorts": [{"key": "id"}]}), "GES.8104");
    assert!(message.contains("[key] value [id]"), "{message}");
    let by_stars = json!([{"key": "property", "propertyName": "stars", "orderValue": "decr"}]);
    let edges = found(&g, json!({"labels": ["likes", "knows"], "sorts": by_stars, "limit": "3"}));
    assert_eq!(edges, ["bo-f1-0", "ana-f1-0", "ana-f1-1"]);
}

#[test]
fn v03_18_all_edges_unless_a_limit_says_otherwise() {
    let s = TestServer::start();
    let g = films(&s);
    let many = vec![json!({"source": "bo", "target": "cy", "label": "knows"}); 14];
    g.post("/edges/action?action_id=batch-add", json!({"edges": many})).expect(200);
    assert_eq!(found(&g, json!({"labels": ["knows"]})).len(), 15);
    assert_eq!(found(&g, json!({"labels": ["knows"], "offset": 2, "limit": 4})).len(), 4);
}

#[test]
fn v03_19_query_by_property_is_a_job_of_type_0() {
    let s = TestServer::start();
    let g = films(&s);
    let filter = json!({"propertyName": "stars", "predicate": ">=", "values": ["4"]});
    let (accepted, status) = g.submitted(QUERY, json!({"edgeFilters": [filter]}));
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(0), &json!("success")));
    let edge = |source: &str, stars: i32| json!({"source": source, "target": "f1", "index": "0", "label": "likes", "properties": {"stars": [stars]}});
    let outputs = &status["data"]["outputs"];
    assert_eq!(outputs["edges"], json!([edge("ana", 4), edge("bo", 5)]));
    assert_eq!(outputs["data_total_size"], 2);
}

#[test]
fn v03_20_query_without_labels_and_filters_is_8103() {
    let s = TestServer::start();
    let g = films(&s);
    let message = refused(&g, json!({}), "GES.8103");
    assert_eq!(message, "Bad Request, parameter labels and edgeFilters cannot all be null");
    let wrong = json!({"propertyName": "stars", "predicate": "<", "values": ["many"]});
    refused(&g, json!({"edgeFilters": [wrong]}), "GES.8101");
    refused(&g, json!({"labels": {"a": 1}}), "GES.8102");
    refused(&s.named("nowhere"), json!({"labels": ["likes"]}), "GES.8105");
}

#[test]
fn v03_53_delete_by_property_takes_only_what_matches() {
    let s = TestServer::start();
    let g = films(&s);
    let filter = json!({"propertyName": "stars", "predicate": "<", "values": ["3"]});
    let (accepted, status) = g.submitted("/edges/action?action_id=delete", json!({"edgeFilters": [filter]}));
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(0), &json!("success")));
    assert_eq!(status["data"]["outputs"]["deletedNum"], 1);
    assert_eq!(g.counts(), (5, 3));
    assert_eq!(found(&g, json!({"labels": ["likes"]})), ["ana-f1-0", "bo-f1-0"]);
}
