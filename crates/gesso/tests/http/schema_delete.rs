//! Replacing and deleting labels: spec 04, 2.6 and 2.7.

use crate::fixture::{films, property};
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const REPLACE_PERSON: &str = "/schema?label=person";

fn person_columns(g: &TestGraph<'_>) -> Vec<Value> {
    let label = g.get(REPLACE_PERSON).expect(200);
    let properties = label["data"]["properties"].as_array().expect("a list of properties");
    properties.iter().map(|p| p["name"].clone()).collect()
}

fn old_list() -> Vec<Value> {
    vec![
        property("age", "int", "single"),
        property("city", "string", "single"),
        property("tags", "string", "set"),
    ]
}

#[test]
fn m04_16_the_whole_list_and_one_more_replaces_a_label() {
    let s = TestServer::start();
    let g = films(&s);
    let before = g.vertex("ana");
    let list = [old_list(), vec![property("email", "string", "single")]].concat();
    let body = json!({"type": "vertex", "properties": list});
    assert_eq!(g.post(REPLACE_PERSON, body).expect(200), json!({"result": "success"}));
    assert_eq!(person_columns(&g), ["age", "city", "tags", "email"]);
    assert_eq!(g.vertex("ana"), before);
    let body = json!({"type": "vertex", "properties": [property("city", "string", "single"), property("x", "int", "single")]});
    g.post(REPLACE_PERSON, body).expect(200);
    assert_eq!(person_columns(&g), ["city", "x"]);
    assert_eq!(g.vertex("ana")["properties"], json!({"city": ["Porto"]}));
}

#[test]
fn m04_16_names_that_are_all_new_are_appended() {
    let s = TestServer::start();
    let g = films(&s);
    g.post(REPLACE_PERSON, json!({"type": "vertex", "properties": [property("email", "string", "single")]}))
        .expect(200);
    assert_eq!(person_columns(&g), ["age", "city", "tags", "email"]);
}

#[test]
fn m04_16_what_can_not_replace_a_label_is_8801() {
    let s = TestServer::start();
    let g = films(&s);
    check(g.post("/schema?label=robot", json!({"properties": []})), 400, "GES.8801");
    check(g.post("/schema?label=__DEFAULT__", json!({"properties": []})), 400, "GES.8801");
    check(g.post("/schema", json!({"properties": []})), 400, "GES.8801");
    check(g.post(REPLACE_PERSON, json!({})), 400, "GES.8801");
    // Persons are vertices; as a label of edges it would hide them.
    check(g.post(REPLACE_PERSON, json!({"type": "edge", "properties": old_list()})), 400, "GES.8801");
    check(s.named("nowhere").post(REPLACE_PERSON, json!({"properties": []})), 400, "GES.8801");
    assert_eq!(person_columns(&g), ["age", "city", "tags"]);
}

#[test]
fn m04_17_a_deleted_label_takes_its_elements_along() {
    let s = TestServer::start();
    let g = films(&s);
    g.post("/vertices/bo/labels", json!({"label": "film"})).expect(200);
    g.post("/vertices/bo/properties/action?action_id=update", json!({"properties": {"title": "Bo"}}))
        .expect(200);
    let answer = g.delete("/schema/labels/film").expect(200);
    assert_eq!(answer["jobType"], 3);
    // Two films, and bo, who is a person as well and loses the label alone.
    assert_eq!((&answer["data"]["outputs"], &answer["status"]), (&json!(3), &json!("success")));
    let status = g.ended(answer["jobId"].as_str().expect("an id"));
    assert_eq!((&status["status"], &status["data"]["outputs"]), (&json!("success"), &json!(3)));
    assert_eq!(g.counts(), (3, 1));
    assert_eq!(g.vertex("bo"), json!({"id": "bo", "label": "person", "properties": {"age": [25]}}));
    let labels = g.get("/schema").expect(200)["data"]["schema"].to_string();
    assert!(!labels.contains("film"), "{labels}");
    // Its name and its elements do not come back with it, also after a restart.
    g.post("/schema/labels", json!({"name": "film", "properties": [property("title", "int", "single")]}))
        .expect(200);
    let s = s.restart();
    let g = s.named("films");
    assert_eq!(g.counts(), (3, 1));
    g.post("/vertices", json!({"vertex": "f9", "label": "film", "properties": {"title": [9]}})).expect(200);
    let found = g.outputs("/vertices/action?action_id=query", json!({"labels": ["film"]}));
    assert_eq!(found["vertices"][0]["properties"], json!({"title": [9]}));
    assert_eq!(found["data_total_size"], 1);
}

#[test]
fn m04_17_a_deleted_edge_label_leaves_the_vertices() {
    let s = TestServer::start();
    let g = films(&s);
    assert_eq!(g.delete("/schema/labels/likes").expect(200)["data"]["outputs"], 3);
    assert_eq!(g.counts(), (5, 1));
}

#[test]
fn m04_18_unknown_labels_and_the_default_one_are_8005() {
    let s = TestServer::start();
    let g = films(&s);
    for label in ["nolabel", "__DEFAULT__"] {
        let message = check(g.delete(&format!("/schema/labels/{label}")), 400, "GES.8005");
        assert_eq!(message, "Parameter error!");
    }
    check(s.named("nowhere").delete("/schema/labels/film"), 400, "GES.8003");
    assert_eq!(g.counts(), (5, 4));
}
