//! Reading and extending the schema: spec 04, sections 1 and 2.

use crate::fixture::{films, property};
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const LABELS: &str = "/schema/labels";
const BATCH: &str = "/schema/labels/action?action_id=batch-add";
const PERSON: &str = "/schema/labels/person/properties";

/// The entry of a label in the schema; null if it has none.
fn label(g: &TestGraph<'_>, name: &str) -> Value {
    let mut schema = g.get("/schema").expect(200);
    let entries = schema["data"]["schema"].as_array_mut().expect("a list of labels");
    entries.iter_mut().find(|l| l["label"] == name).map_or(Value::Null, Value::take)
}

/// The names of a label's properties, in order.
fn columns(g: &TestGraph<'_>, name: &str) -> Vec<String> {
    let entry = label(g, name);
    let properties = entry["properties"].as_array().cloned().unwrap_or_default();
    properties.iter().filter_map(|p| p["name"].as_str().map(str::to_owned)).collect()
}

fn added(g: &TestGraph<'_>, body: Value) {
    assert_eq!(g.post(LABELS, body).expect(200), json!({"result": "success"}));
}

/// A change must be refused, and the schema stay as it was.
fn refused(g: &TestGraph<'_>, tail: &str, body: Value) -> String {
    let before = g.get("/schema").expect(200);
    let message = check(g.post(tail, body), 400, "GES.8801");
    assert_eq!(g.get("/schema").expect(200), before);
    message
}

#[test]
fn m04_01_labels_come_with_the_default_one_first() {
    let s = TestServer::start();
    let schema = films(&s).get("/schema").expect(200);
    let entries = schema["data"]["schema"].as_array().expect("a list of labels");
    assert_eq!(entries[0], json!({"label": "__DEFAULT__"}));
    let names: Vec<&str> = entries.iter().filter_map(|l| l["label"].as_str()).collect();
    assert_eq!(names, ["__DEFAULT__", "person", "film", "likes", "knows"]);
    assert_eq!(entries[4], json!({"label": "knows", "type": "edge"}));
}

#[test]
fn m04_02_properties_have_name_type_and_cardinality() {
    let s = TestServer::start();
    let g = films(&s);
    let tags = json!({"name": "tags", "type": "string", "cardinality": "set"});
    assert_eq!(label(&g, "person")["properties"][2], tags);
    let kind = json!({"name": "kind", "type": "enum", "cardinality": "single", "probableValue": ["", "drama", "comedy"]});
    assert_eq!(label(&g, "film")["properties"][1], kind);
}

#[test]
fn m04_03_schema_of_an_unknown_graph_is_8003() {
    let s = TestServer::start();
    assert_eq!(check(s.named("nowhere").get("/schema"), 400, "GES.8003"), "graph [nowhere] is not found");
}

#[test]
fn m04_04_one_label() {
    let s = TestServer::start();
    let g = films(&s);
    let likes = json!({"type": "edge", "properties": [
        {"name": "stars", "type": "int", "cardinality": "single"}, {"name": "at", "type": "date", "cardinality": "single"}]});
    assert_eq!(g.get("/schema?label=likes").expect(200), json!({"data": likes, "result": "success"}));
    assert_eq!(check(g.get("/schema?label=robot"), 400, "GES.8803"), "label [robot] does not exist");
    check(s.named("nowhere").get("/schema?label=likes"), 400, "GES.8204");
}

#[test]
fn m04_05_a_label_is_added_once() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"name": "studio", "properties": [property("founded", "date", "single")]});
    added(&g, body.clone());
    let founded = json!([{"name": "founded", "type": "date", "cardinality": "single"}]);
    assert_eq!(label(&g, "studio"), json!({"label": "studio", "type": "all", "properties": founded}));
    assert_eq!(refused(&g, LABELS, body), "label already exists");
    refused(&g, LABELS, json!({"properties": []}));
    refused(&g, LABELS, json!({"name": "__DEFAULT__"}));
    refused(&g, LABELS, json!({"name": "x", "type": "both"}));
    added(&g, json!({"name": "bare"}));
}

#[test]
fn m04_06_properties_need_no_wrapping() {
    let s = TestServer::start();
    let g = films(&s);
    let properties = json!([{"name": "a", "dataType": "Integer"}, "b", {"name": "c", "dataType": "boolean", "cardinality": "LIST"}]);
    added(&g, json!({"name": "studio", "properties": properties}));
    let seen = label(&g, "studio")["properties"].take();
    let property = |name: &str, kind: &str, cardinality: &str| json!({"name": name, "type": kind, "cardinality": cardinality});
    let expected =
        [property("a", "int", "single"), property("b", "string", "single"), property("c", "bool", "list")];
    assert_eq!(seen, json!(expected));
}

#[test]
fn m04_07_names_of_labels_have_1_to_256_allowed_characters() {
    let s = TestServer::start();
    let g = films(&s);
    let message = refused(&g, LABELS, json!({"name": "bad/name"}));
    assert!(message.starts_with("label name is invalid "), "{message}");
    refused(&g, LABELS, json!({"name": "x".repeat(257)}));
    refused(&g, LABELS, json!({"name": ""}));
    for name in ["x".repeat(256), "人".repeat(256), "a %@#$:?*.+-_ 9".to_owned()] {
        added(&g, json!({"name": name}));
        assert_eq!(label(&g, &name)["type"], "all");
    }
}

#[test]
fn m04_08_names_of_properties_are_unique_and_checked() {
    let s = TestServer::start();
    let g = films(&s);
    let twice = [property("a", "int", "single"), property("a", "long", "single")];
    refused(&g, LABELS, json!({"name": "studio", "properties": twice}));
    for name in ["a<b", "a>b", "a&b", "a\u{e}", "a\u{f}", "a\u{1e}", "", &"x".repeat(257)] {
        refused(&g, LABELS, json!({"name": "studio", "properties": [property(name, "int", "single")]}));
    }
    refused(&g, LABELS, json!({"name": "studio", "properties": [property("a", "integers", "single")]}));
    refused(&g, LABELS, json!({"name": "studio", "properties": [property("a", "int", "many")]}));
    added(&g, json!({"name": "studio", "properties": [property(&"é".repeat(256), "int", "single")]}));
}

#[test]
fn m04_09_enums_need_their_names() {
    let s = TestServer::start();
    let g = films(&s);
    let bare = json!({"name": "size", "dataType": "enum"});
    refused(&g, LABELS, json!({"name": "studio", "properties": [bare]}));
    let short = json!({"name": "size", "dataType": "enum", "typeNameCount": 2, "typeName1": "S"});
    refused(&g, LABELS, json!({"name": "studio", "properties": [short]}));
    let huge = json!({"name": "size", "dataType": "enum", "typeNameCount": 65536, "typeName1": "S"});
    refused(&g, LABELS, json!({"name": "studio", "properties": [huge]}));
    let good =
        json!({"name": "size", "dataType": "enum", "typeNameCount": 2, "typeName1": "S", "typeName2": "M"});
    added(&g, json!({"name": "studio", "properties": [good]}));
    assert_eq!(label(&g, "studio")["properties"][0]["probableValue"], json!(["", "S", "M"]));
}

#[test]
fn m04_10_char_arrays_are_single() {
    let s = TestServer::start();
    let g = films(&s);
    for cardinality in ["list", "set"] {
        refused(
            &g,
            LABELS,
            json!({"name": "studio", "properties": [property("zip", "char array", cardinality)]}),
        );
    }
    let zip = json!({"name": "zip", "dataType": "char array", "maxDataSize": "3"});
    added(&g, json!({"name": "studio", "properties": [zip, property("code", "char array", "single")]}));
    let seen = label(&g, "studio")["properties"].take();
    assert_eq!((&seen[0]["maxDataSize"], &seen[1]["maxDataSize"]), (&json!("3"), &json!("256")));
    let body = |zip: &str| json!({"vertex": "x", "label": "studio", "properties": {"zip": [zip]}});
    check(g.post("/vertices", body("1234")), 400, "GES.8000");
    g.post("/vertices", body("é人3")).expect(200);
}

#[test]
fn m04_11_labels_of_edges_are_not_for_vertices() {
    let s = TestServer::start();
    let g = films(&s);
    added(&g, json!({"name": "rates", "type": "edge"}));
    added(&g, json!({"name": "studio", "type": "vertex"}));
    check(g.post("/vertices", json!({"vertex": "x", "label": "rates"})), 400, "GES.8000");
    check(g.post("/edges", json!({"source": "ana", "target": "bo", "label": "studio"})), 400, "GES.8000");
}

#[test]
fn m04_12_batch_add_takes_each_label_on_its_own() {
    let s = TestServer::start();
    let g = films(&s);
    let labels =
        |names: &[&str]| json!({"labels": names.iter().map(|n| json!({"name": n})).collect::<Vec<_>>()});
    assert_eq!(g.post(BATCH, labels(&["one", "two"])).expect(200), json!({"result": "success"}));
    let answer = g.post(BATCH, labels(&["three", "bad/name", "three"])).expect(200);
    assert_eq!(answer["result"], "partial success");
    let failed = &answer["data"]["failed"];
    assert_eq!((&failed[0]["labelName"], &failed[1]["labelName"]), (&json!("bad/name"), &json!("three")));
    assert!(failed[0]["cause"].as_str().is_some_and(|c| c.starts_with("label name is invalid ")));
    assert_eq!(label(&g, "three")["label"], "three");
    let answer = g.post(BATCH, labels(&["one", "bad/name"])).expect(400);
    assert_eq!((&answer["errorCode"], &answer["result"]), (&json!("GES.8801"), &json!("failed")));
    assert_eq!(answer["errorMessage"], "label already exists");
    assert_eq!(answer["data"]["failed"].as_array().map(Vec::len), Some(2));
    refused(&g, BATCH, json!({}));
}

#[test]
fn m04_13_a_property_is_appended_last() {
    let s = TestServer::start();
    let g = films(&s);
    let before = g.vertex("ana");
    let answer = g.post(PERSON, json!({"properties": [property("email", "string", "single")]})).expect(200);
    assert_eq!(answer, json!({"result": "success"}));
    assert_eq!(columns(&g, "person"), ["age", "city", "tags", "email"]);
    assert_eq!(g.vertex("ana"), before);
    let body = json!({"properties": {"email": "a@x"}});
    g.post("/vertices/ana/properties/action?action_id=update", body).expect(200);
    assert_eq!(g.vertex("ana")["properties"]["email"], json!(["a@x"]));
}

#[test]
fn m04_14_appending_an_existing_property_is_8801() {
    let s = TestServer::start();
    let g = films(&s);
    let age =
        json!({"properties": [property("email", "string", "single"), property("age", "int", "single")]});
    refused(&g, PERSON, age.clone());
    refused(&g, "/schema/labels/robot/properties", age.clone());
    refused(&g, "/schema/labels/__DEFAULT__/properties", age.clone());
    refused(&g, PERSON, json!({}));
    check(s.named("nowhere").post(PERSON, age), 400, "GES.8801");
}

#[test]
fn m04_15_override_keeps_the_values_of_what_stays() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"properties": [property("age", "int", "single")], "override": true});
    g.post(PERSON, body).expect(200);
    assert_eq!(columns(&g, "person"), ["age"]);
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [31]}));
    // What comes back under the name of what was removed has no old values.
    g.post(PERSON, json!({"properties": [property("city", "string", "single")]})).expect(200);
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [31]}));
    // Nor does a property of another type.
    let body = json!({"properties": [property("age", "string", "single")], "override": true});
    g.post(PERSON, body).expect(200);
    assert_eq!(g.vertex("ana")["properties"], json!({}));
}

#[test]
fn m04_15_a_changed_schema_survives_a_restart() {
    let s = TestServer::start();
    films(&s)
        .post(PERSON, json!({"properties": [property("age", "int", "single")], "override": true}))
        .expect(200);
    let s = s.restart();
    let g = s.named("films");
    assert_eq!(columns(&g, "person"), ["age"]);
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [31]}));
    assert_eq!(g.counts(), (5, 4));
}
