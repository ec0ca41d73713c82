//! Summary and version: spec 04, section 5.

use crate::fixture::films;
use crate::harness::{TestServer, check};
use serde_json::{Value, json};

/// A summary of the films must be this.
fn summary(query: &str, expected: Value) {
    let s = TestServer::start();
    assert_eq!(films(&s).get(&format!("/summary{query}")).expect(200), json!({"data": expected}), "{query}");
}

#[test]
fn m04_46_summary_counts_vertices_and_edges() {
    for query in ["", "?label_details=false", "?labelDetails=FALSE"] {
        summary(query, json!({"vertexNum": 5, "edgeNum": 4}));
    }
}

#[test]
fn m04_47_label_details_need_label_indexes() {
    let missing = json!({"errorCode": "GES.8017",
        "errorMessage": "Label index in vertices is not found.Label index in edges is not found."});
    for query in ["?label_details=true", "?labelDetails=true"] {
        summary(query, json!({"vertexNum": 5, "edgeNum": 4, "labelDetails": missing}));
    }
}

#[test]
fn m04_51_summary_of_an_unknown_graph_is_8001() {
    let s = TestServer::start();
    assert_eq!(check(s.named("nowhere").get("/summary"), 400, "GES.8001"), "graph [nowhere] is not found");
}

#[test]
fn m04_52_version_is_three_numbers() {
    let s = TestServer::start();
    let answer = s.graph("films").get("/version").expect(200);
    let version = answer["version"].as_str().expect("a text");
    assert!(version.split('.').filter(|n| n.parse::<u32>().is_ok()).count() == 3, "{version}");
    assert_eq!(version.split('.').count(), 3);
    check(s.named("nowhere").get("/version"), 400, "GES.8001");
}
