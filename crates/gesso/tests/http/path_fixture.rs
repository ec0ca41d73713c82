//! The graph that tests of path algorithms ask about: persons and shops who know and pay each other. Parallel edges
//! ana→bo, an opposite pair bo↔cy, a loop at dee, zed alone, kim without edges to it, one edge without weight and
//! one without time.

use crate::harness::{Reply, TestGraph, TestServer};
use crate::jobs_stage::EXECUTE;
use serde_json::{Value, json};

/// Id, age, city, day of joining; shops have a city only.
const VERTICES: [(&str, u32, &str, &str); 11] = [
    ("ana", 31, "Porto", "2020-01-01"),
    ("bo", 25, "Lyon", "2020-12-01"),
    ("cy", 40, "Porto", "2020-03-01"),
    ("dee", 19, "Turin", "2020-04-01"),
    ("eli", 52, "Lyon", "2020-05-01"),
    ("flo", 33, "Turin", "2020-06-01"),
    ("gus", 0, "Porto", ""),
    ("hal", 0, "Lyon", ""),
    ("ivy", 28, "Porto", "2020-07-01"),
    ("zed", 60, "Turin", "2020-08-01"),
    ("kim", 22, "Turin", "2020-09-01"),
];

/// Source, target, label, weight, day; 0 and the empty text for none.
const EDGES: [(&str, &str, &str, f64, &str); 17] = [
    ("ana", "bo", "knows", 1.0, "2021-01-10"),
    ("ana", "cy", "knows", 4.0, "2021-01-20"),
    ("bo", "dee", "knows", 5.0, "2021-02-10"),
    ("cy", "dee", "knows", 1.0, "2021-02-20"),
    ("dee", "eli", "knows", 1.0, "2021-03-10"),
    ("eli", "flo", "knows", 2.0, "2021-04-10"),
    ("flo", "ana", "knows", 3.0, "2021-05-10"),
    ("bo", "cy", "pays", 1.5, "2021-06-10"),
    ("cy", "bo", "pays", 1.5, "2021-06-11"),
    ("dee", "dee", "knows", 1.0, "2021-06-12"),
    ("ana", "bo", "pays", 0.5, "2021-07-10"),
    ("eli", "gus", "pays", 0.0, "2021-08-10"),
    ("gus", "hal", "pays", 2.0, "2021-08-11"),
    ("hal", "eli", "pays", 1.0, "2021-08-12"),
    ("ivy", "ana", "knows", 1.0, ""),
    ("gus", "ivy", "pays", 10.0, "2021-09-10"),
    ("kim", "ana", "knows", 2.0, "2021-10-10"),
];

/// The graph, named `people`.
pub fn people(s: &TestServer) -> TestGraph<'_> {
    let g = s.graph("people");
    let property = |(name, data_type): (&str, &str)| json!({"property": {"name": name, "dataType": data_type, "cardinality": "single"}});
    let own = [("age", "int"), ("city", "string"), ("joined", "date")];
    for (label, kind, properties) in [
        ("person", "vertex", &own[..]),
        ("shop", "vertex", &own[1..2]),
        ("knows", "edge", &[("w", "double"), ("at", "date")]),
        ("pays", "edge", &[("w", "double"), ("at", "date")]),
    ] {
        let properties: Vec<Value> = properties.iter().map(|p| property(*p)).collect();
        let body = json!({"name": label, "type": kind, "properties": properties});
        g.post("/schema/labels", body).expect(200);
    }
    let vertex = |(id, age, city, joined): (&str, u32, &str, &str)| match joined {
        "" => json!({"vertex": id, "label": "shop", "properties": {"city": [city]}}),
        day => json!({"vertex": id, "label": "person", "properties":
            {"age": [age], "city": [city], "joined": [format!("{day} 00:00:00")]}}),
    };
    let vertices: Vec<Value> = VERTICES.into_iter().map(vertex).collect();
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices})).expect(200);
    let edge = |(source, target, label, w, day): (&str, &str, &str, f64, &str)| {
        let mut properties = json!({});
        if w > 0.0 {
            properties["w"] = json!([w]);
        }
        if !day.is_empty() {
            properties["at"] = json!([format!("{day} 00:00:00")]);
        }
        json!({"source": source, "target": target, "label": label, "properties": properties})
    };
    let edges: Vec<Value> = EDGES.into_iter().map(edge).collect();
    g.post("/edges/action?action_id=batch-add", json!({"edges": edges})).expect(200);
    g
}

/// The request for an algorithm whose answer is waited for.
pub fn request(name: &str, parameters: Value) -> Value {
    json!({"algorithmName": name, "parameters": parameters, "executionMode": "sync"})
}

/// The outputs of an algorithm.
pub fn outputs(g: &TestGraph<'_>, request: Value) -> Value {
    let mut answer = g.post(EXECUTE, request).expect(200);
    assert_eq!(answer["status"], "complete", "{answer}");
    answer["data"]["outputs"].take()
}

/// [`outputs`] of an algorithm by its name and parameters.
pub fn run(g: &TestGraph<'_>, name: &str, parameters: Value) -> Value {
    outputs(g, request(name, parameters))
}

/// The answer to an algorithm that is waited for.
pub fn ask(g: &TestGraph<'_>, name: &str, parameters: Value) -> Reply {
    g.post(EXECUTE, request(name, parameters))
}

/// A condition of the grammar.
pub fn filter(left: Value, predicate: &str, right: Value) -> Value {
    json!({"property_filter": {"leftvalue": left, "predicate": predicate, "rightvalue": {"value": right}}})
}

/// Edges of a label.
pub fn labelled(name: &str) -> Value {
    filter(json!({"label_name": "labelName"}), "=", json!(name))
}
