//! The graph that most items of the checklists start from: persons who like films.

use crate::harness::{TestGraph, TestServer};
use serde_json::{Value, json};

/// Labels `person`, `film`, `likes`, `knows`; five vertices; four edges, of which `ana` has the indexes 0 and
/// 1 (likes `f1`, 4 and 2 stars) and 2 (knows `bo`), and `bo` the index 0 (likes `f1`, 5 stars).
pub fn films(server: &TestServer) -> TestGraph<'_> {
    let g = server.graph("films");
    g.post("/schema/labels/action?action_id=batch-add", json!({"labels": labels()})).expect(200);
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices()})).expect(200);
    g.post("/edges/action?action_id=batch-add", json!({"edges": edges()})).expect(200);
    g
}

/// A property as requests describe it.
pub fn property(name: &str, data_type: &str, cardinality: &str) -> Value {
    json!({"property": {"name": name, "dataType": data_type, "cardinality": cardinality}})
}

fn labels() -> Value {
    let kind = json!({"property": {"name": "kind", "dataType": "enum", "typeNameCount": "2", "typeName1": "drama", "typeName2": "comedy"}});
    json!([
        {"name": "person", "type": "vertex", "properties": [
            property("age", "int", "single"), property("city", "string", "single"), property("tags", "string", "set")]},
        {"name": "film", "type": "vertex", "properties": [property("title", "string", "single"), kind]},
        {"name": "likes", "type": "edge", "properties": [
            property("stars", "int", "single"), property("at", "date", "single")]},
        {"name": "knows", "type": "edge"},
    ])
}

fn vertices() -> Value {
    json!([
        {"vertex": "ana", "label": "person", "properties": {"age": [31], "city": ["Porto"]}},
        {"vertex": "bo", "label": "person", "properties": {"age": [25]}},
        {"vertex": "cy", "label": "person", "properties": {"age": [40]}},
        {"vertex": "f1", "label": "film", "properties": {"title": ["Harbour Lights"], "kind": ["drama"]}},
        {"vertex": "f2", "label": "film", "properties": {"title": ["Quiet Hill"], "kind": ["comedy"]}},
    ])
}

fn edges() -> Value {
    json!([
        {"source": "ana", "target": "f1", "label": "likes", "properties": {"stars": [4]}},
        {"source": "ana", "target": "f1", "label": "likes", "properties": {"stars": [2]}},
        {"source": "bo", "target": "f1", "label": "likes", "properties": {"stars": [5]}},
        {"source": "ana", "target": "bo", "label": "knows"},
    ])
}
