//! What tests of filtered queries need: the graph of the checklist, and short words for filters.

use crate::harness::{TestGraph, TestServer};
use crate::vectors::{file, list, load};
use serde_json::{Value, json};

/// The path of filtered queries.
pub const FQ: &str = "/action?action_id=filtered-query";

/// Graph a of chapter 07; none where the specification is absent.
pub fn graph_a(s: &TestServer) -> Option<TestGraph<'_>> {
    Some(load(s, "paths", &file("paths-graph-a.json")?))
}

/// A filter on the left side given.
pub fn on(left: Value, predicate: &str, right: Value) -> Value {
    json!({"property_filter": {"leftvalue": left, "predicate": predicate, "rightvalue": {"value": right}}})
}

/// A filter on a property.
pub fn property(name: &str, predicate: &str, right: Value) -> Value {
    on(json!({"property_name": name}), predicate, right)
}

/// A filter on the label.
pub fn label(predicate: &str, right: Value) -> Value {
    on(json!({"label_name": "labelName"}), predicate, right)
}

/// `data` of a query that answers at once.
pub fn data(g: &TestGraph<'_>, body: Value) -> Value {
    g.post(FQ, body).expect(200)["data"].take()
}

/// The ids of vertices, or the ends and indexes of edges.
pub fn names(elements: &Value) -> Vec<String> {
    let name = |e: &Value| match e["id"].as_str() {
        Some(id) => id.to_owned(),
        None => ["source", "target", "index"].map(|part| e[part].as_str().unwrap_or("?")).join(" "),
    };
    list(elements).iter().map(name).collect()
}

/// The ids of the vertices that pass a filter.
pub fn passing(g: &TestGraph<'_>, filter: Value) -> Vec<String> {
    let body = json!({"vertices": [], "filters": [{"operator": "vertex", "vertex_filter": filter}]});
    names(&data(g, body)["vertices"])
}
