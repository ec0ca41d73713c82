//! Reading vertices by id: spec 03, sections 4.2 and 4.3.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check, encoded};
use serde_json::{Value, json};

const BATCH: &str = "/vertices/action?action_id=batch-query";

/// The details of a query string must be these vertices.
fn finds(g: &TestGraph<'_>, query: &str, expected: &[&str]) {
    let answer = g.get(&format!("/vertices/detail?{query}")).expect(200);
    assert_eq!(ids(&answer), expected, "{query}");
}

fn ids(answer: &Value) -> Vec<&str> {
    let vertices = answer["data"]["vertices"].as_array().expect("vertices");
    vertices.iter().filter_map(|v| v["id"].as_str()).collect()
}

#[test]
fn v03_27_ids_are_split_at_commas_encoded_or_not() {
    let s = TestServer::start();
    let g = films(&s);
    finds(&g, "vertexIds=ana,bo", &["ana", "bo"]);
    finds(&g, "vertexIds=bo%2Cana%2Cbo", &["bo", "ana"]);
    finds(&g, &format!("vertexIds={}", encoded(r#"["ana","f1"]"#)), &["ana", "f1"]);
    let answer = g.get("/vertices/detail?vertexIds=ana").expect(200);
    let ana = json!({"id": "ana", "label": "person", "properties": {"age": [31], "city": ["Porto"]}});
    assert_eq!(answer, json!({"data": {"vertices": [ana]}}));
}

#[test]
fn v03_28_unknown_ids_are_left_out() {
    let s = TestServer::start();
    let answer = films(&s).get("/vertices/detail?vertexIds=nobody").expect(200);
    assert_eq!(answer, json!({"data": {"vertices": []}}));
}

#[test]
fn v03_29_exactly_one_form_of_ids_must_be_given() {
    let s = TestServer::start();
    let g = films(&s);
    let refused = |query: &str, code: &str| check(g.get(&format!("/vertices/detail{query}")), 400, code);
    refused("", "GES.8207");
    refused("?vertexId=ana&vertexIds=bo", "GES.8206");
    refused("?vertexIds=%5B1%2C%5D", "GES.8208");
    finds(&g, "vertexId=ana", &["ana"]);
    finds(&g, "vertexId=ana,bo", &[]);
    let unknown = s.named("nowhere").get("/vertices/detail?vertexIds=ana");
    assert_eq!(check(unknown, 400, "GES.8204"), "graph [nowhere] is not found");
}

#[test]
fn v03_30_batch_query_leaves_unknown_ids_out() {
    let s = TestServer::start();
    let g = films(&s);
    let answer = g.post(BATCH, json!({"vertices": ["ana", "nobody"]})).expect(200);
    assert_eq!(ids(&answer), ["ana"]);
    assert_eq!(answer["result"], "success");
    let nothing = g.post(BATCH, json!({"vertices": []})).expect(200);
    assert_eq!(nothing, json!({"data": {"vertices": []}, "result": "success"}));
}

#[test]
fn v03_31_batch_query_without_vertices_is_8214() {
    let s = TestServer::start();
    let g = films(&s);
    for body in [json!({}), json!({"vertices": null})] {
        let message = check(g.post(BATCH, body), 400, "GES.8214");
        assert_eq!(message, " Bad Request, parameter vertices cannot be null");
    }
    check(s.named("nowhere").post(BATCH, json!({"vertices": ["ana"]})), 400, "GES.8209");
}
