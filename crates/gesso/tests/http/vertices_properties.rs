//! Changing properties and labels of vertices: spec 03, sections 4.6, 4.7, 4.11 and 4.12.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const BATCH_UPDATE: &str = "/vertices/properties/action?action_id=batch-update";

/// Changes properties of `ana`, and gives those that she then has.
fn changed(g: &TestGraph<'_>, action: &str, properties: Value) -> Value {
    let tail = format!("/vertices/ana/properties/action?action_id={action}");
    assert_eq!(g.post(&tail, json!({"properties": properties})).expect(200), json!({"result": "success"}));
    g.vertex("ana")["properties"].take()
}

/// A change of a vertex must be refused.
fn refused(g: &TestGraph<'_>, id: &str, body: Value) -> String {
    check(g.post(&format!("/vertices/{id}/properties/action?action_id=update"), body), 400, "GES.8220")
}

#[test]
fn v03_38_update_keeps_what_it_does_not_mention() {
    let s = TestServer::start();
    let g = films(&s);
    assert_eq!(changed(&g, "update", json!({"age": [32]})), json!({"age": [32], "city": ["Porto"]}));
}

#[test]
fn v03_39_add_update_and_delete_of_set_values() {
    let s = TestServer::start();
    let g = films(&s);
    changed(&g, "add", json!({"tags": ["x"]}));
    assert_eq!(changed(&g, "add", json!({"tags": ["y", "x"]}))["tags"], json!(["x", "y"]));
    assert_eq!(changed(&g, "update", json!({"tags": ["z"]}))["tags"], json!(["z"]));
    let left = changed(&g, "del", json!({"tags": ["z"]}));
    assert!(left["tags"].is_null() || left["tags"] == json!([]), "{left}");
    changed(&g, "add", json!({"tags": ["p", "q"]}));
    assert_eq!(changed(&g, "del", json!({"tags": ["p"]}))["tags"], json!(["q"]));
    assert!(changed(&g, "del", json!({"tags": []}))["tags"].is_null());
    assert!(changed(&g, "del", json!({"tags": ["p"], "city": "any"}))["city"].is_null());
}

#[test]
fn v03_40_add_replaces_a_single_value_and_actions_have_no_case() {
    let s = TestServer::start();
    let g = films(&s);
    assert_eq!(changed(&g, "add", json!({"age": [33]}))["age"], json!([33]));
    assert_eq!(changed(&g, "UPDATE", json!({"age": [34]}))["age"], json!([34]));
}

#[test]
fn v03_41_update_of_an_unknown_vertex_is_8220() {
    let s = TestServer::start();
    let g = films(&s);
    let age = json!({"properties": {"age": 1}});
    assert_eq!(refused(&g, "nobody", age.clone()), "vertex [nobody] does not exist");
    refused(&g, "ana", json!({}));
    refused(&g, "ana", json!({"properties": {"wings": 2}}));
    refused(&g, "ana", json!({"properties": {"age": "old"}}));
    refused(&g, "ana", json!({"properties": {"age": 1}, "label": "film"}));
    refused(&s.named("nowhere"), "ana", age.clone());
    check(g.post("/vertices/ana/properties/action?action_id=swap", age), 400, "GES.8000");
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [31], "city": ["Porto"]}));
}

#[test]
fn v03_42_batch_update_is_all_or_nothing_unless_errors_are_ignored() {
    let s = TestServer::start();
    let g = films(&s);
    let vertices = json!([
        {"vertex": "ana", "properties": {"age": 50}},
        {"vertex": "nobody", "properties": {"age": 51}},
        {"vertex": "bo", "label": "person", "properties": {"age": 52}}]);
    let age = |id: &str| g.vertex(id)["properties"]["age"][0].clone();
    let refused = check(g.post(BATCH_UPDATE, json!({"vertices": vertices})), 400, "GES.8220");
    assert_eq!(refused, "vertex [nobody] does not exist");
    assert_eq!((age("ana"), age("bo")), (json!(31), json!(25)));
    g.post(BATCH_UPDATE, json!({"vertices": vertices, "ignoreError": true})).expect(200);
    assert_eq!((age("ana"), age("bo")), (json!(50), json!(52)));
    check(g.post(BATCH_UPDATE, json!({})), 400, "GES.8214");
}

#[test]
fn v03_42_batch_add_and_batch_del_work_in_order() {
    let s = TestServer::start();
    let g = films(&s);
    let entry = |tags: Value| json!({"vertex": "ana", "properties": {"tags": tags}});
    let add = json!({"vertices": [entry(json!(["x"])), entry(json!(["y"])), entry(json!(["z"]))]});
    g.post("/vertices/properties/action?action_id=batch-add", add).expect(200);
    assert_eq!(g.vertex("ana")["properties"]["tags"], json!(["x", "y", "z"]));
    let delete = json!({"vertices": [entry(json!(["x"])), entry(json!(["z"]))]});
    g.post("/vertices/properties/action?action_id=batch-del", delete).expect(200);
    assert_eq!(g.vertex("ana")["properties"]["tags"], json!(["y"]));
}

#[test]
fn v03_48_a_label_is_added_once() {
    let s = TestServer::start();
    let g = films(&s);
    let add = |id: &str, label: &str| g.post(&format!("/vertices/{id}/labels"), json!({"label": label}));
    assert_eq!(add("bo", "film").expect(200), json!({}));
    assert_eq!(check(add("bo", "film"), 400, "GES.8213"), "Same label [film] already exists");
    let bo = g.vertex("bo");
    assert_eq!((&bo["label"], &bo["labels"]), (&json!("person"), &json!(["person", "film"])));
    assert_eq!(bo["properties"], json!({"age": [25]}));
    assert_eq!(check(add("nobody", "film"), 400, "GES.8213"), "vertex [nobody] does not exist");
    check(add("bo", "robot"), 400, "GES.8213");
    check(g.post("/vertices/bo/labels", json!({})), 400, "GES.8213");
    check(s.named("nowhere").post("/vertices/bo/labels", json!({"label": "film"})), 400, "GES.8213");
}

#[test]
fn v03_48_the_first_real_label_replaces_the_default_one() {
    let s = TestServer::start();
    let g = films(&s);
    g.post("/vertices", json!({"vertex": "x"})).expect(200);
    g.post("/vertices/x/labels", json!({"label": "film"})).expect(200);
    assert_eq!(g.vertex("x"), json!({"id": "x", "label": "film", "properties": {}}));
}

#[test]
fn v03_49_deleting_a_label_that_the_vertex_lacks_is_8182() {
    let s = TestServer::start();
    let g = films(&s);
    for label in ["likes", "film", "robot"] {
        let message = check(g.delete(&format!("/vertices/bo/labels/{label}")), 400, "GES.8182");
        assert_eq!(message, format!("Vertex [bo] does not have label [{label}]"));
    }
    check(g.delete("/vertices/nobody/labels/person"), 400, "GES.8212");
}

#[test]
fn v03_49_a_deleted_label_takes_its_properties_along() {
    let s = TestServer::start();
    let g = films(&s);
    g.post("/vertices/ana/labels", json!({"label": "film"})).expect(200);
    changed(&g, "update", json!({"title": "Ana"}));
    assert_eq!(g.delete("/vertices/ana/labels/person").expect(200), json!({}));
    assert_eq!(g.vertex("ana"), json!({"id": "ana", "label": "film", "properties": {"title": ["Ana"]}}));
    g.delete("/vertices/ana/labels/film").expect(200);
    assert_eq!(g.vertex("ana"), json!({"id": "ana", "label": "__DEFAULT__", "properties": {}}));
    // A label that comes back does not bring its old values.
    g.post("/vertices/ana/labels", json!({"label": "person"})).expect(200);
    assert_eq!(g.vertex("ana"), json!({"id": "ana", "label": "person", "properties": {}}));
}
