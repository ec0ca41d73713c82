//! Algorithms on subgraphs: spec 04, 6.2.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use crate::path_fixture::{filter, labelled};
use serde_json::{Value, json};

const EXECUTE_ON: &str = "/subgraphs/action?action_id=execute-algorithm";

fn request(name: &str, filters: Value) -> Value {
    json!({"algorithmName": name, "parameters": {"num_thread": 2}, "subgraphCreator": {"name": "filtered", "parameters": filters}})
}

/// The component of each vertex that has one.
fn components(g: &TestGraph<'_>, request: Value) -> Vec<(String, String)> {
    let outputs = g.outputs(EXECUTE_ON, request);
    let rows = outputs["community"].as_array().expect("a list of vertices").iter();
    let pairs = rows.flat_map(|row| row.as_object().expect("an object").clone());
    pairs.map(|(id, component)| (id, component.to_string())).collect()
}

fn are_together(components: &[(String, String)], ids: [&str; 2]) -> bool {
    let of = |id: &str| components.iter().find(|c| c.0 == id).map(|c| &c.1);
    of(ids[0]).is_some() && of(ids[0]) == of(ids[1])
}

#[test]
fn m04_56_an_edge_filter_takes_edges_out_of_the_subgraph() {
    let s = TestServer::start();
    let g = films(&s);
    let all = components(&g, request("connected_component", json!({})));
    assert!(are_together(&all, ["ana", "f1"]) && are_together(&all, ["ana", "bo"]), "{all:?}");
    let known = components(&g, request("connected_component", json!({"edge_filter": labelled("knows")})));
    assert!(!are_together(&known, ["ana", "f1"]) && are_together(&known, ["ana", "bo"]), "{known:?}");
    // Filters may be texts, and so may the objects around them; the name may be missing.
    let text = json!({"edge_filter": labelled("knows").to_string()}).to_string();
    let body = json!({"algorithmName": "Connected_Component", "parameters": "{}", "subgraphCreator": {"parameters": text}});
    assert_eq!(components(&g, body), known);
    let filters = json!({"edge_filter": labelled("knows")});
    let mut on_part = request("kcore", filters.clone());
    on_part["parameters"] = json!({"k": 1});
    let (accepted, mut status) = g.submitted(EXECUTE_ON, on_part);
    let body =
        json!({"algorithmName": "kcore", "parameters": {"k": 1}, "edge_filter": filters["edge_filter"]});
    let (whole, mut of_whole) = g.submitted("/action?action_id=execute-algorithm", body);
    assert_eq!(accepted["jobType"], whole["jobType"]);
    let (found, expected) = (&mut status["data"]["outputs"], &mut of_whole["data"]["outputs"]);
    for outputs in [&mut *found, &mut *expected] {
        outputs.as_object_mut().expect("outputs").shift_remove("runtime");
    }
    assert_eq!(found, expected);
}

#[test]
fn m04_56_a_vertex_filter_takes_vertices_and_their_edges() {
    let s = TestServer::start();
    let g = films(&s);
    let young = filter(json!({"property_name": "age"}), "<", json!(40));
    let found = components(&g, request("connected_component", json!({"vertex_filter": young})));
    let mut ids: Vec<&str> = found.iter().map(|c| &*c.0).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["ana", "bo"]);
    assert!(are_together(&found, ["ana", "bo"]));
}

#[test]
fn m04_57_other_algorithms_and_bad_filters_are_8402() {
    let s = TestServer::start();
    let g = films(&s);
    for name in ["pagerank", "nothing"] {
        let message = check(g.post(EXECUTE_ON, request(name, json!({}))), 400, "GES.8402");
        assert!(message.contains(name), "{message}");
    }
    check(
        g.post(EXECUTE_ON, json!({"parameters": {}, "subgraphCreator": {"parameters": {}}})),
        400,
        "GES.8401",
    );
    let name = "connected_component";
    for body in [
        json!({"algorithmName": name, "subgraphCreator": {"parameters": {}}}),
        json!({"algorithmName": name, "parameters": {}}),
        json!({"algorithmName": name, "parameters": {}, "subgraphCreator": {}}),
        json!({"algorithmName": name, "parameters": {}, "subgraphCreator": {"name": "sampled", "parameters": {}}}),
        json!({"algorithmName": name, "parameters": {"nothing": 1, "num_thread": "x"}, "subgraphCreator": 5}),
        request(name, json!({"edge_filter": {"property_filter": {"predicate": "="}}})),
        request(name, json!({"vertex_filter": "{"})),
        json!({"algorithmName": name, "parameters": {"edge_filter": labelled("likes")},
            "subgraphCreator": {"parameters": {"edge_filter": labelled("knows")}}}),
    ] {
        let message = check(g.post(EXECUTE_ON, body.clone()), 400, "GES.8402");
        assert!(!message.is_empty(), "{body}");
    }
}
