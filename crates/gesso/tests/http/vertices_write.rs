//! Adding and deleting vertices: spec 03, sections 4.4, 4.5, 4.8 and 4.9.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check, encoded};
use serde_json::{Value, json};

const BATCH_ADD: &str = "/vertices/action?action_id=batch-add";
const BATCH_DELETE: &str = "/vertices/action?action_id=batch-delete";

/// A vertex must be refused with this message, and the graph stay as it was.
fn refused(g: &TestGraph<'_>, tail: &str, body: Value, message: &str) {
    let before = g.counts();
    assert_eq!(check(g.post(tail, body), 400, "GES.8000"), message);
    assert_eq!(g.counts(), before);
}

#[test]
fn v03_32_add_vertex_twice_is_8000() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"vertex": "dee", "label": "person", "properties": {"age": 7, "tags": ["x", "y", "x"]}});
    assert_eq!(g.post("/vertices", body.clone()).expect(200), json!({"result": "success"}));
    refused(&g, "/vertices", body, "vertex [dee] already exists");
    let dee = json!({"id": "dee", "label": "person", "properties": {"age": [7], "tags": ["x", "y"]}});
    assert_eq!(g.vertex("dee"), dee);
}

#[test]
fn v03_33_unknown_label_is_8000() {
    let s = TestServer::start();
    let g = films(&s);
    refused(&g, "/vertices", json!({"vertex": "r2", "label": "robot"}), "label [robot] does not exist");
    for body in
        [json!({"label": "person"}), json!({"vertex": "", "label": "person"}), json!({"vertex": null})]
    {
        check(g.post("/vertices", body), 400, "GES.8000");
    }
}

#[test]
fn v03_33_bad_properties_are_8000() {
    let s = TestServer::start();
    let g = films(&s);
    let person = |properties: Value| json!({"vertex": "dee", "label": "person", "properties": properties});
    refused(
        &g,
        "/vertices",
        person(json!({"wings": [2]})),
        "property [wings] does not exist in label [person]",
    );
    for properties in [json!({"age": ["old"]}), json!({"age": [1, 2]}), json!({"age": [2147483648_u64]})] {
        check(g.post("/vertices", person(properties)), 400, "GES.8000");
    }
    let film = json!({"vertex": "f9", "label": "film", "properties": {"kind": "western"}});
    check(g.post("/vertices", film), 400, "GES.8000");
    assert_eq!(g.counts(), (5, 4));
    g.post("/vertices", person(json!({"age": null, "city": [null], "tags": []}))).expect(200);
    assert_eq!(g.vertex("dee")["properties"], json!({}));
}

#[test]
fn v03_34_vertex_without_label_has_the_default_one() {
    let s = TestServer::start();
    let g = films(&s);
    for (id, body) in [("x", json!({"vertex": "x"})), ("y", json!({"vertex": "y", "label": ""}))] {
        g.post("/vertices", body).expect(200);
        assert_eq!(g.vertex(id), json!({"id": id, "label": "__DEFAULT__", "properties": {}}));
    }
}

#[test]
fn v03_35_numeric_text_is_stored_as_a_number() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"vertex": "dee", "label": "person", "properties": {"age": ["33"], "city": 12}});
    g.post("/vertices", body).expect(200);
    assert_eq!(g.vertex("dee")["properties"], json!({"age": [33], "city": ["12"]}));
}

#[test]
fn v03_36_delete_takes_the_edges_along() {
    let s = TestServer::start();
    let g = films(&s);
    assert_eq!(g.delete("/vertices/ana").expect(200), json!({"result": "success"}));
    assert_eq!(g.counts(), (4, 1));
    assert!(g.vertex("ana").is_null());
    assert!(g.edges("ana", "f1").is_empty() && g.edges("ana", "bo").is_empty());
    assert_eq!(check(g.delete("/vertices/ana"), 400, "GES.8000"), "vertex [ana] does not exist");
}

#[test]
fn v03_37_delete_decodes_the_id_once() {
    let s = TestServer::start();
    let g = films(&s);
    for id in ["a b/c", "a b", "a%20b%2Fc"] {
        g.post("/vertices", json!({"vertex": id})).expect(200);
    }
    g.delete(&format!("/vertices/{}", encoded("a b/c"))).expect(200);
    assert!(g.vertex("a b/c").is_null());
    g.delete("/vertices/a%20b").expect(200);
    assert!(g.vertex("a b").is_null());
    assert_eq!(g.vertex("a%20b%2Fc")["id"], "a%20b%2Fc");
}

#[test]
fn v03_43_batch_add_skips_existing_vertices() {
    let s = TestServer::start();
    let g = films(&s);
    let vertices = json!([
        {"vertex": "ana", "label": "person", "properties": {"age": 99}},
        {"vertex": "dee", "label": "person", "properties": {"age": 1}},
        {"vertex": "dee", "label": "person", "properties": {"age": 2}},
        {"vertex": "eve", "label": "film"}]);
    let answer = g.post(BATCH_ADD, json!({"vertices": vertices})).expect(200);
    assert_eq!(answer, json!({"result": "success"}));
    assert_eq!(g.vertex("ana")["properties"]["age"], json!([31]));
    assert_eq!(g.vertex("dee")["properties"]["age"], json!([1]));
    assert_eq!(g.counts(), (7, 4));
    check(g.post(BATCH_ADD, json!({})), 400, "GES.8214");
}

#[test]
fn v03_44_batch_add_with_override_replaces_label_and_properties() {
    let s = TestServer::start();
    let g = films(&s);
    let vertices = json!([
        {"vertex": "ana", "label": "film", "properties": {"title": "A"}},
        {"vertex": "ana", "label": "film", "properties": {"kind": "drama"}}]);
    g.post(BATCH_ADD, json!({"vertices": vertices, "overrideExists": "TRUE"})).expect(200);
    let ana = json!({"id": "ana", "label": "film", "properties": {"kind": ["drama"]}});
    assert_eq!(g.vertex("ana"), ana);
    assert_eq!((g.counts(), g.edges("ana", "f1").len()), ((5, 4), 2));
}

#[test]
fn v03_46_batch_add_is_all_or_nothing() {
    let s = TestServer::start();
    let g = films(&s);
    let vertices = json!([{"vertex": "dee", "label": "person"}, {"vertex": "r2", "label": "robot"}]);
    refused(&g, BATCH_ADD, json!({"vertices": vertices}), "label [robot] does not exist");
    assert!(g.vertex("dee").is_null());
}

#[test]
fn v03_47_batch_delete_is_all_or_nothing_unless_errors_are_ignored() {
    let s = TestServer::start();
    let g = films(&s);
    let vertices = json!(["f2", "nobody", "ana", "ana"]);
    refused(&g, BATCH_DELETE, json!({"vertices": vertices}), "vertex [nobody] does not exist");
    let answer = g.post(BATCH_DELETE, json!({"vertices": vertices, "ignoreError": true})).expect(200);
    assert_eq!(answer, json!({"result": "success"}));
    assert_eq!(g.counts(), (3, 1));
    check(g.post(BATCH_DELETE, json!({"ignoreError": true})), 400, "GES.8214");
}
