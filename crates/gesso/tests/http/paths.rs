//! Path details, subgraphs and custom operations: spec 04, sections 4, 6.1 and 8.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const DETAIL: &str = "/paths/action?action_id=query-detail";
const SUBGRAPH: &str = "/subgraphs/action?action_id=query";
const OPERATION: &str = "/action?action_id=execute-operation";

fn path(g: &TestGraph<'_>, body: Value) -> Value {
    let mut answer = g.post(DETAIL, body).expect(200);
    answer["data"]["outputs"]["paths"][0].take()
}

#[test]
fn m04_42_a_path_alternates_vertices_and_all_edges_between_them() {
    let s = TestServer::start();
    let g = films(&s);
    let found = path(&g, json!({"paths": [["ana", "f1"]]}));
    assert_eq!(found.as_array().map(Vec::len), Some(3));
    assert_eq!(found[0], g.vertex("ana"));
    assert_eq!(found[1]["edges"], Value::from(g.edges("ana", "f1")));
    assert_eq!(found[2], g.vertex("f1"));
    assert_eq!(path(&g, json!({"paths": "[[\"bo\"]]"})), json!([g.vertex("bo")]));
    assert_eq!(
        g.post(DETAIL, json!({"paths": [[], []]})).expect(200)["data"]["outputs"]["paths"],
        json!([[], []])
    );
}

#[test]
fn m04_43_edges_count_both_ways_unless_directed() {
    let s = TestServer::start();
    let g = films(&s);
    let edges =
        |directed: Value| path(&g, json!({"paths": [["f1", "ana"]], "directed": directed}))[1].clone();
    assert_eq!(edges(Value::Null)["edges"], Value::from(g.edges("ana", "f1")));
    assert_eq!(edges(json!("false"))["edges"].as_array().map(Vec::len), Some(2));
    assert_eq!(edges(json!(true)), json!({"edges": []}));
    g.post("/edges", json!({"source": "ana", "target": "ana", "label": "knows"})).expect(200);
    assert_eq!(path(&g, json!({"paths": [["ana", "ana"]]}))[1]["edges"].as_array().map(Vec::len), Some(1));
}

#[test]
fn m04_44_an_unknown_vertex_is_an_empty_object_without_edges() {
    let s = TestServer::start();
    let g = films(&s);
    let found = path(&g, json!({"paths": [["ana", "nobody", "f1"]]}));
    assert_eq!((&found[1], &found[2], &found[3]), (&json!({"edges": []}), &json!({}), &json!({"edges": []})));
    assert_eq!(found[4], g.vertex("f1"));
}

#[test]
fn m04_45_paths_must_be_arrays_of_arrays() {
    let s = TestServer::start();
    let g = films(&s);
    for body in [json!({}), json!({"paths": "x"}), json!({"paths": ["ana"]}), json!({"paths": [[{}]]})] {
        check(g.post(DETAIL, body), 400, "GES.8610");
    }
    check(g.post(DETAIL, json!({"paths": [], "directed": "maybe"})), 400, "GES.8609");
    check(s.named("nowhere").post(DETAIL, json!({"paths": []})), 400, "GES.8107");
}

#[test]
fn m04_53_a_subgraph_has_the_edges_among_its_vertices() {
    let s = TestServer::start();
    let g = films(&s);
    let sizes = |vertices: Value| {
        let data = g.post(SUBGRAPH, json!({"vertices": vertices})).expect(200)["data"].take();
        (data["vertices"].as_array().map(Vec::len), data["edges"].as_array().map(Vec::len))
    };
    assert_eq!(sizes(json!(["ana", "bo", "f1"])), (Some(3), Some(4)));
    assert_eq!(sizes(json!(["ana", "f2"])), (Some(2), Some(0)));
    assert_eq!(sizes(json!(["bo", "ana", "nobody", "bo"])), (Some(2), Some(1)));
    let data = g.post(SUBGRAPH, json!({"vertices": ["ana", "f1"]})).expect(200)["data"].take();
    assert_eq!(data["edges"], Value::from(g.edges("ana", "f1")));
    assert_eq!(data["vertices"], json!([g.vertex("ana"), g.vertex("f1")]));
}

#[test]
fn m04_54_a_subgraph_needs_at_most_100_000_vertices() {
    let s = TestServer::start();
    let g = films(&s);
    let message = check(g.post(SUBGRAPH, json!({})), 400, "GES.8214");
    assert_eq!(message, " Bad Request, parameter vertices cannot be null");
    let ids: Vec<String> = (0..100_001).map(|i| i.to_string()).collect();
    check(g.post(SUBGRAPH, json!({"vertices": ids})), 400, "GES.8000");
    g.post(SUBGRAPH, json!({"vertices": ids[1..]})).expect(200);
    check(s.named("nowhere").post(SUBGRAPH, json!({"vertices": []})), 400, "GES.8209");
}

#[test]
fn m04_55_a_subgraph_has_at_most_100_000_edges() {
    let s = TestServer::start();
    let g = films(&s);
    let edge = json!({"source": "cy", "target": "bo", "label": "knows"});
    for size in [100_000, 1] {
        g.post("/edges/action?action_id=batch-add", json!({"edges": vec![edge.clone(); size]})).expect(200);
        if size > 1 {
            let data = g.post(SUBGRAPH, json!({"vertices": ["cy", "bo"]})).expect(200)["data"].take();
            assert_eq!(data["edges"].as_array().map(Vec::len), Some(100_000));
        }
    }
    check(g.post(SUBGRAPH, json!({"vertices": ["cy", "bo"]})), 400, "GES.8000");
    check(g.post(SUBGRAPH, json!({"vertices": ["cy", "bo", "cy"]})), 400, "GES.8000");
}

/// What a subgraph algorithm says of each vertex.
fn on_subgraph(g: &TestGraph<'_>, name: &str, filters: &Value) -> Vec<(String, u64)> {
    let parameters = if name == "kcore" { json!({"k": 1}) } else { json!({}) };
    let body = json!({"algorithmName": name, "parameters": parameters, "subgraphCreator": {"name": "filtered", "parameters": filters}});
    let (accepted, status) = g.submitted("/subgraphs/action?action_id=execute-algorithm", body);
    assert_eq!((&accepted["jobType"], &status["state"]), (&json!(1), &json!("complete")), "{status}");
    let list =
        status["data"]["outputs"].as_object().and_then(|o| o.values().find_map(Value::as_array)).cloned();
    let mut rows: Vec<(String, u64)> = list
        .unwrap_or_default()
        .iter()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(id, v)| (id.clone(), v.as_u64().or_else(|| v.as_f64().map(|v| v as u64)).unwrap_or(0)))
        .collect();
    rows.sort();
    rows
}

fn label_is(name: &str) -> Value {
    json!({"property_filter": {"leftvalue": {"label_name": "labelName"}, "predicate": "=", "rightvalue": {"value": name}}})
}

#[test]
fn m04_56_algorithms_run_on_what_filters_leave() {
    let s = TestServer::start();
    let g = films(&s);
    let all = on_subgraph(&g, "connected_component", &json!({}));
    assert_eq!(all.len(), 5);
    let ids: Vec<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["ana", "bo", "cy", "f1", "f2"]);
    let core = on_subgraph(&g, "kcore", &json!({"edge_filter": label_is("knows")}));
    assert_eq!(core, [("ana".to_owned(), 1), ("bo".to_owned(), 1)]);
    // Only persons, and as a text.
    let persons =
        on_subgraph(&g, "connected_component", &json!({"vertex_filter": label_is("person").to_string()}));
    assert_eq!(persons.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["ana", "bo", "cy"]);
}

#[test]
fn m04_57_other_algorithms_and_bad_filters_are_8402() {
    let s = TestServer::start();
    let g = films(&s);
    let run = |body: Value| g.post("/subgraphs/action?action_id=execute-algorithm", body);
    let creator = json!({"parameters": {}});
    check(run(json!({"algorithmName": "pagerank", "subgraphCreator": creator})), 400, "GES.8402");
    check(run(json!({"subgraphCreator": creator})), 400, "GES.8401");
    check(run(json!({"algorithmName": "kcore"})), 400, "GES.8402");
    check(
        run(json!({"algorithmName": "kcore", "subgraphCreator": {"name": "random", "parameters": {}}})),
        400,
        "GES.8402",
    );
    let bad =
        json!({"name": "filtered", "parameters": {"edge_filter": {"property_filter": {"predicate": "~"}}}});
    check(run(json!({"algorithmName": "kcore", "subgraphCreator": bad})), 400, "GES.8402");
    check(
        s.named("nowhere")
            .post("/subgraphs/action?action_id=execute-algorithm", json!({"algorithmName": "kcore"})),
        400,
        "GES.8402",
    );
}

#[test]
fn m04_65_custom_operations_know_four_names() {
    let s = TestServer::start();
    let g = films(&s);
    assert_eq!(
        check(g.post(OPERATION, json!({"api": "sql", "command": "{}"})), 400, "GES.8814"),
        "Unsupported API."
    );
    for body in
        [json!({"command": "{}"}), json!({"api": "algorithm"}), json!({"api": "algorithm", "command": "x"})]
    {
        check(g.post(OPERATION, body), 400, "GES.8000");
    }
    let (accepted, status) =
        g.submitted(OPERATION, json!({"api": "Algorithm", "command": "{\"algorithmName\": \"pagerank\"}"}));
    assert_eq!((&accepted["jobType"], &status["state"]), (&json!(1), &json!("complete")));
    let unnamed = json!({"api": "algorithm", "command": {"algorithmName": ""}});
    check(g.post(OPERATION, unnamed), 400, "GES.8401");
    check(s.named("nowhere").post(OPERATION, json!({"api": "algorithm", "command": "{}"})), 400, "GES.8000");
}

#[test]
fn m04_66_a_custom_path_query_answers_like_the_operation_itself() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"paths": [["ana", "f1"]]});
    let custom = json!({"api": "path_query", "command": body.to_string()});
    assert_eq!(g.post(OPERATION, custom).expect(200), g.post(DETAIL, body).expect(200));
}
