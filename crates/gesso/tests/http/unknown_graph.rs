//! The code of each operation on a graph that does not exist: spec 01, section 5.

use crate::harness::{TestServer, check};
use serde_json::{Value, json};

/// A request and the code that it must get. The body is well-formed, so that only the graph is missing.
type Row = (&'static str, &'static str, Value, &'static str);

fn rows() -> Vec<Row> {
    let none = Value::Null;
    let (vertices, edges) = (json!({"vertices": ["a"]}), json!({"edges": [{"source": "a", "target": "b"}]}));
    let (vertex_filter, edge_filter) = (json!({"labels": ["x"]}), json!({"labels": ["x"]}));
    let properties = json!({"label": "x", "properties": {"p": ["1"]}});
    let full_vertices = json!({"vertices": [{"vertex": "a", "label": "x", "properties": {"p": ["1"]}}]});
    let label = json!({"name": "x", "properties": []});
    let index = json!({"indexName": "i", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["p"]});
    let run = json!({"algorithmName": "pagerank"});
    let import = json!({"vertexsetPath": "in/v.csv"});
    let asynchronous = json!({"edges": [{"source": "a", "target": "b"}], "executionMode": "async"});
    vec![
        ("GET", "/summary", none.clone(), "GES.8001"),
        ("GET", "/version", none.clone(), "GES.8001"),
        ("GET", "/schema", none.clone(), "GES.8003"),
        ("POST", "/vertices/action?action_id=query", vertex_filter.clone(), "GES.8204"),
        ("GET", "/vertices/detail?vertexIds=a", none.clone(), "GES.8204"),
        ("POST", "/vertices/action?action_id=delete", vertex_filter, "GES.8204"),
        ("POST", "/vertices/action?action_id=batch-query", vertices.clone(), "GES.8209"),
        ("DELETE", "/vertices/a/labels/x", none.clone(), "GES.8212"),
        ("POST", "/vertices/a/labels", json!({"label": "x"}), "GES.8213"),
        ("POST", "/vertices/a/properties/action?action_id=update", properties.clone(), "GES.8220"),
        ("POST", "/vertices/properties/action?action_id=batch-update", full_vertices.clone(), "GES.8220"),
        ("POST", "/edges/properties/action?action_id=update&source=a&target=b", properties, "GES.8221"),
        ("POST", "/edges/properties/action?action_id=batch-update", edges.clone(), "GES.8221"),
        ("POST", "/edges/action?action_id=query", edge_filter.clone(), "GES.8105"),
        ("POST", "/edges/action?action_id=delete", edge_filter, "GES.8105"),
        ("GET", "/edges/detail?source=a&target=b", none.clone(), "GES.8107"),
        ("POST", "/edges/action?action_id=batch-query", edges.clone(), "GES.8107"),
        ("POST", "/action?action_id=execute-algorithm", run, "GES.8402"),
        ("POST", "/edges/action?action_id=batch-delete", asynchronous, "GES.8402"),
        ("POST", "/schema/labels", label.clone(), "GES.8801"),
        ("POST", "/action?action_id=import-graph", import, "GES.8013"),
        ("GET", "/jobs/x/status", none.clone(), "GES.8301"),
        ("DELETE", "/jobs/x", none.clone(), "GES.8303"),
        ("POST", "/vertices", json!({"vertex": "a"}), "GES.8000"),
        ("DELETE", "/vertices/a", none.clone(), "GES.8000"),
        ("POST", "/vertices/action?action_id=batch-add", full_vertices, "GES.8000"),
        ("POST", "/vertices/action?action_id=batch-delete", vertices, "GES.8000"),
        ("POST", "/edges", json!({"source": "a", "target": "b"}), "GES.8000"),
        ("DELETE", "/edges?source=a&target=b", none.clone(), "GES.8000"),
        ("POST", "/edges/action?action_id=batch-add", edges.clone(), "GES.8000"),
        ("POST", "/edges/action?action_id=batch-delete", edges, "GES.8000"),
        ("POST", "/schema?label=x", json!({"properties": []}), "GES.8801"),
        ("DELETE", "/schema/labels/x", none.clone(), "GES.8003"),
        ("POST", "/indices", index.clone(), "GES.8603"),
        ("POST", "/indices/action?action_id=batch-build", json!({"indices": [index]}), "GES.8603"),
        ("DELETE", "/indices/x", none.clone(), "GES.8604"),
        ("GET", "/indices", none.clone(), "GES.8605"),
        ("POST", "/paths/action?action_id=query-detail", json!({"paths": []}), "GES.8107"),
        (
            "POST",
            "/subgraphs/action?action_id=execute-algorithm",
            json!({"algorithmName": "kcore"}),
            "GES.8402",
        ),
        ("POST", "/subgraphs/action?action_id=query", json!({"vertices": []}), "GES.8209"),
        (
            "POST",
            "/vertices/action?action_id=export",
            json!({"labels": ["x"], "exportPath": "o"}),
            "GES.8204",
        ),
        ("POST", "/edges/action?action_id=export", json!({"labels": ["x"], "exportPath": "o"}), "GES.8105"),
        ("POST", "/action?action_id=export-graph", json!({"graphExportPath": "o"}), "GES.8011"),
        ("POST", "/action?action_id=import-properties", json!({"vertexsetPath": "v.csv"}), "GES.8013"),
        ("POST", "/action?action_id=delete-by-file", json!({"vertexsetPath": "v.csv"}), "GES.8013"),
        ("POST", "/action?action_id=clear-graph", json!({}), "GES.8012"),
        (
            "POST",
            "/action?action_id=execute-operation",
            json!({"api": "algorithm", "command": "{}"}),
            "GES.8000",
        ),
        ("GET", "/jobs/status", none, "GES.8000"),
    ]
}

#[test]
fn c01_12_every_operation_has_its_code_for_an_unknown_graph() {
    let s = TestServer::start();
    s.graph("films");
    for (method, tail, body, code) in rows() {
        for (project, name) in [("p1", "nowhere"), ("p2", "films"), ("p1", "Films")] {
            let path = format!("/ges/v1.0/{project}/graphs/{name}{tail}");
            let reply = match method {
                "GET" => s.get(&path),
                "POST" => s.post(&path, body.clone()),
                _ => s.delete(&path),
            };
            assert_eq!(check(reply, 400, code), format!("graph [{name}] is not found"), "{method} {tail}");
        }
    }
}
