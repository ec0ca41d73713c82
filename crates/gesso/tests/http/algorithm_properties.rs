//! Names of properties and labels in parameters of algorithms: spec 05, section 2, and 06, 2.4 and 2.5.

use crate::fixture::{films, property};
use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::EXECUTE;
use serde_json::{Value, json};

/// Three persons along two roads, with properties of one name and two types, and others that one side has alone.
fn roads(s: &TestServer) -> TestGraph<'_> {
    let g = s.graph("roads");
    let both = |weight, group, since| {
        ["weight", "grp", "since"]
            .into_iter()
            .zip([weight, group, since])
            .map(|(n, t)| property(n, t, "single"))
    };
    let person: Vec<Value> =
        both("string", "string", "string").chain([property("age", "int", "single")]).collect();
    let road: Vec<Value> =
        both("double", "int", "date").chain([property("note", "string", "single")]).collect();
    let labels = json!([{"name": "person", "type": "vertex", "properties": person},
        {"name": "road", "type": "edge", "properties": road}]);
    g.post("/schema/labels/action?action_id=batch-add", json!({"labels": labels})).expect(200);
    let vertex = |id, group| json!({"vertex": id, "label": "person", "properties": {"grp": [group], "weight": ["heavy"], "age": [7]}});
    let vertices = [vertex("a", "x"), vertex("b", "x"), vertex("c", "y")];
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices})).expect(200);
    let edge = |source, target, weight: f64| {
        let properties =
            json!({"weight": [weight], "grp": [1], "since": ["2021-01-01 00:00:00"], "note": ["n"]});
        json!({"source": source, "target": target, "label": "road", "properties": properties})
    };
    let edges = [edge("a", "b", 2.5), edge("b", "c", 4.0)];
    g.post("/edges/action?action_id=batch-add", json!({"edges": edges})).expect(200);
    g
}

fn run(g: &TestGraph<'_>, name: &str, parameters: Value) -> Value {
    g.outputs(EXECUTE, json!({"algorithmName": name, "parameters": parameters}))
}

#[test]
fn p06_a_name_means_the_property_of_edges_or_of_vertices_by_what_it_is_for() {
    let s = TestServer::start();
    let g = roads(&s);
    let far = run(&g, "sssp", json!({"source": "a", "weight": "weight"}));
    assert_eq!(far["distance"], json!([{"a": 0.0}, {"b": 2.5}, {"c": 6.5}]));
    assert_eq!(run(&g, "louvain", json!({}))["community"].as_array().map(Vec::len), Some(3));
    let parts = run(&g, "modularity", json!({"property": "grp"}));
    assert_eq!(parts["community_num"], 2);
    run(&g, "conductance", json!({"property": "grp"}));
    // With a group for each vertex nothing is left to propagate, which the job finds out.
    let accepted = json!({"algorithmName": "label_propagation", "parameters": {"initial": "grp"}});
    g.post(EXECUTE, accepted).expect(200);
    let window =
        json!({"filterName": "since", "filterType": "E", "startTime": "2020-01-01", "endTime": "2022-01-01"});
    let path = run(&g, "shortest_path", json!({"source": "a", "target": "c", "timeWindow": window}));
    assert_eq!(path["path"], json!(["a", "b", "c"]));
}

#[test]
fn p06_a_property_of_the_other_kind_is_refused() {
    let s = TestServer::start();
    let g = roads(&s);
    let window =
        |name: &str, of: &str| json!({"filterName": name, "filterType": of, "startTime": "2020-01-01"});
    for (name, parameters, named) in [
        ("sssp", json!({"source": "a", "weight": "age"}), "[age]"),
        ("louvain", json!({"weight": "age"}), "[age]"),
        ("modularity", json!({"property": "note"}), "[property]"),
        ("label_propagation", json!({"initial": "note"}), "[initial]"),
        (
            "shortest_path",
            json!({"source": "a", "target": "c", "timeWindow": window("since", "V")}),
            "filterName",
        ),
        (
            "shortest_path",
            json!({"source": "a", "target": "c", "timeWindow": window("age", "E")}),
            "filterName",
        ),
    ] {
        let body = json!({"algorithmName": name, "parameters": parameters});
        let message = check(g.post(EXECUTE, body), 400, "GES.8402");
        assert!(message.contains(named), "{name}: {message}");
    }
}

#[test]
fn p06_a_label_of_no_kind_is_of_the_kind_of_its_elements() {
    let s = TestServer::start();
    let g = s.graph("things");
    let label = |name: &str, property_name: &str| json!({"name": name, "properties": [property(property_name, "int", "single")]});
    let labels = json!([label("thing", "size"), label("link", "length"), label("spare", "width")]);
    g.post("/schema/labels/action?action_id=batch-add", json!({"labels": labels})).expect(200);
    let vertices = ["a", "b"].map(|id| json!({"vertex": id, "label": "thing", "properties": {"size": [7]}}));
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices})).expect(200);
    let edge = json!({"source": "a", "target": "b", "label": "link", "properties": {"length": [3]}});
    g.post("/edges/action?action_id=batch-add", json!({"edges": [edge]})).expect(200);
    let sssp =
        |weight: &str| json!({"algorithmName": "sssp", "parameters": {"source": "a", "weight": weight}});
    let message = check(g.post(EXECUTE, sssp("size")), 400, "GES.8402");
    assert!(message.contains("weight [size] is invalid"), "{message}");
    assert_eq!(g.outputs(EXECUTE, sssp("length"))["distance"][1]["b"], 3.0);
    // A label that nothing has yet may come to be one of edges.
    assert_eq!(g.outputs(EXECUTE, sssp("width"))["distance"][1]["b"], 1.0);
}

#[test]
fn labels_of_algorithms_may_come_as_a_text() {
    let s = TestServer::start();
    let g = films(&s);
    for labels in [json!(["knows"]), json!("[\"knows\"]"), json!("knows")] {
        let degrees = run(&g, "degree", json!({"labels": labels}));
        let of_bo = degrees["degree"].as_array().expect("a list").iter().find_map(|row| row.get("bo"));
        assert_eq!(of_bo, Some(&json!(1)), "{labels}: {degrees}");
    }
}
