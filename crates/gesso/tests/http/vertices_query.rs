//! Filtered queries and deletes over vertices: spec 03, sections 2, 4.1 and 4.13.

use crate::fixture::{films, property};
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const QUERY: &str = "/vertices/action?action_id=query";

fn ids(outputs: &Value) -> Vec<&str> {
    outputs["vertices"].as_array().expect("vertices").iter().filter_map(|v| v["id"].as_str()).collect()
}

/// A query must find these vertices in this order.
fn finds(g: &TestGraph<'_>, body: Value, expected: &[&str]) {
    let shown = body.to_string();
    let outputs = g.outputs(QUERY, body);
    assert_eq!(ids(&outputs), expected, "{shown}");
    assert_eq!(outputs["data_return_size"], expected.len(), "{shown}");
}

/// A query must be refused before it becomes a job.
fn refused(g: &TestGraph<'_>, body: Value, code: &str) -> String {
    check(g.post(QUERY, body), 400, code)
}

fn filter(property: &str, predicate: &str, values: &[&str]) -> Value {
    json!({"propertyName": property, "predicate": predicate, "values": values})
}

fn only(filter: Value) -> Value {
    json!({"vertexFilters": [filter]})
}

#[test]
fn v03_01_query_by_label_is_a_job_of_type_1() {
    let s = TestServer::start();
    let (accepted, status) = films(&s).submitted(QUERY, json!({"labels": ["person"]}));
    assert_eq!(accepted["jobType"], 1);
    assert_eq!(status["status"], "success");
    let outputs = &status["data"]["outputs"];
    assert_eq!(ids(outputs), ["ana", "bo", "cy"]);
    assert_eq!((&outputs["data_offset"], &outputs["data_total_size"]), (&json!(0), &json!(3)));
    let ana = json!({"id": "ana", "label": "person", "properties": {"age": [31], "city": ["Porto"]}});
    assert_eq!(outputs["vertices"][0], ana);
}

#[test]
fn v03_02_query_without_labels_and_filters_is_8203() {
    let s = TestServer::start();
    let g = films(&s);
    let expected = "Bad Request, parameter labels and vertexFilters cannot all be null";
    for body in [json!({}), json!({"labels": null}), json!({"labels": [], "vertexFilters": []})] {
        assert_eq!(refused(&g, body, "GES.8203"), expected);
    }
}

#[test]
fn v03_03_labels_may_be_one_string_or_text_of_an_array() {
    let s = TestServer::start();
    let g = films(&s);
    for labels in [json!("person"), json!("[\"person\"]")] {
        finds(&g, json!({"labels": labels}), &["ana", "bo", "cy"]);
    }
    refused(&g, json!({"labels": 7.5, "vertexFilters": 1}), "GES.8201");
    refused(&g, json!({"labels": {"a": 1}}), "GES.8201");
}

#[test]
fn v03_04_filters_may_be_text_of_an_array() {
    let s = TestServer::start();
    let text = r#"[{"propertyName":"age","predicate":">","values":["30"]}]"#;
    finds(&films(&s), json!({"vertexFilters": text}), &["ana", "cy"]);
}

#[test]
fn v03_05_range_includes_both_ends() {
    let s = TestServer::start();
    let g = films(&s);
    finds(&g, only(filter("age", "range", &["25", "31"])), &["ana", "bo"]);
    finds(&g, only(json!({"propertyName": "age", "predicate": "range", "values": [31, 40]})), &["ana", "cy"]);
}

#[test]
fn v03_06_or_joins_a_filter_to_those_before_it() {
    let s = TestServer::start();
    let mut second = filter("age", "=", &["40"]);
    second["type"] = "or".into();
    let filters = json!([filter("age", "=", &["25"]), second]);
    finds(&films(&s), json!({"vertexFilters": filters}), &["bo", "cy"]);
}

#[test]
fn v03_07_filters_are_joined_by_and_unless_told_otherwise() {
    let s = TestServer::start();
    let filters = json!([filter("age", "=", &["25"]), filter("age", "=", &["40"])]);
    let status = films(&s).job(QUERY, json!({"vertexFilters": filters}));
    assert_eq!(status["status"], "success");
    let outputs = &status["data"]["outputs"];
    assert_eq!((&outputs["vertices"], &outputs["data_total_size"]), (&json!([]), &json!(0)));
}

#[test]
fn v03_08_labels_and_filters_must_both_hold() {
    let s = TestServer::start();
    let g = films(&s);
    finds(&g, json!({"labels": ["film"], "vertexFilters": [filter("age", ">", &["0"])]}), &[]);
    finds(&g, json!({"labels": ["robot"]}), &[]);
}

#[test]
fn v03_09_has_and_has_not_ask_whether_a_property_is_set() {
    let s = TestServer::start();
    let g = films(&s);
    finds(&g, only(json!({"propertyName": "city", "predicate": "has"})), &["ana"]);
    let lacks = json!({"propertyName": "city", "predicate": "hasNot"});
    finds(&g, json!({"labels": ["person"], "vertexFilters": [lacks]}), &["bo", "cy"]);
    finds(&g, only(json!({"propertyName": "wings", "predicate": "has"})), &[]);
}

#[test]
fn v03_10_lists_and_sets_take_only_has_and_has_not() {
    let s = TestServer::start();
    let g = films(&s);
    refused(&g, only(filter("tags", "=", &["x"])), "GES.8202");
    finds(&g, only(json!({"propertyName": "tags", "predicate": "has"})), &[]);
}

#[test]
fn v03_11_an_operand_of_another_type_is_8202() {
    let s = TestServer::start();
    let g = films(&s);
    refused(&g, only(filter("age", "=", &["old"])), "GES.8202");
    refused(&g, only(filter("wings", "=", &["2"])), "GES.8202");
    refused(&g, only(filter("age", "=", &[])), "GES.8202");
    refused(&g, only(filter("age", "range", &["1"])), "GES.8202");
    refused(&g, json!({"labels": ["person"], "limit": -1}), "GES.8202");
}

#[test]
fn v03_12_an_unknown_predicate_or_join_is_8202() {
    let s = TestServer::start();
    let g = films(&s);
    let message = refused(&g, only(filter("age", "~", &["1"])), "GES.8202");
    assert!(message.contains("[predicate] value [~]"), "{message}");
    let mut strange = filter("age", "=", &["1"]);
    strange["type"] = "xor".into();
    refused(&g, only(strange), "GES.8202");
    refused(&g, only(filter("", "=", &["1"])), "GES.8202");
}

#[test]
fn v03_13_the_window_is_applied_after_the_order() {
    let s = TestServer::start();
    let g = films(&s);
    let sorts = json!([{"key": "id", "orderValue": "decr"}]);
    finds(&g, json!({"labels": ["person"], "sorts": sorts, "limit": 2}), &["cy", "bo"]);
    finds(&g, json!({"labels": ["person"], "sorts": sorts, "offset": "1", "limit": 2}), &["bo", "ana"]);
}

#[test]
fn v03_14_order_by_a_property_puts_unset_values_last() {
    let s = TestServer::start();
    let g = films(&s);
    finds(&g, json!({"labels": ["person"], "sorts": [{"propertyName": "age"}]}), &["bo", "ana", "cy"]);
    for order in ["incr", "decr"] {
        let sorts = json!([{"key": "property", "propertyName": "city", "orderValue": order}, {"key": "id", "orderValue": "decr"}]);
        finds(&g, json!({"labels": ["person"], "sorts": sorts}), &["ana", "cy", "bo"]);
    }
}

#[test]
fn v03_15_an_unknown_order_is_8205() {
    let s = TestServer::start();
    let g = films(&s);
    let sorts = [
        json!([{"key": "id", "orderValue": "down"}]),
        json!([{"key": "colour"}]),
        json!([{"orderValue": "incr"}]),
        json!([{"propertyName": "tags"}]),
    ];
    for sorts in sorts {
        refused(&g, json!({"labels": ["person"], "sorts": sorts}), "GES.8205");
    }
}

#[test]
fn v03_17_ten_vertices_unless_a_limit_says_otherwise() {
    let s = TestServer::start();
    let g = films(&s);
    let many: Vec<Value> = (0..15).map(|i| json!({"vertex": format!("x{i}")})).collect();
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": many})).expect(200);
    let found = |body: Value| g.outputs(QUERY, body)["data_total_size"].clone();
    assert_eq!(found(json!({"labels": ["__DEFAULT__"]})), 10);
    assert_eq!(found(json!({"labels": ["__DEFAULT__"], "limit": "12"})), 12);
    assert_eq!(found(json!({"labels": ["__DEFAULT__"], "limit": 0})), 0);
}

#[test]
fn v03_26_query_of_an_unknown_graph_is_8204() {
    let s = TestServer::start();
    let message = refused(&s.named("nowhere"), json!({"labels": ["person"]}), "GES.8204");
    assert_eq!(message, "graph [nowhere] is not found");
}

#[test]
fn v03_52_delete_by_label_takes_the_edges_along() {
    let s = TestServer::start();
    let g = films(&s);
    let (accepted, status) = g.submitted("/vertices/action?action_id=delete", json!({"labels": ["film"]}));
    assert_eq!(accepted["jobType"], 1);
    assert_eq!(status["status"], "success");
    assert_eq!(status["data"]["outputs"]["deletedNum"], 2);
    assert_eq!(g.counts(), (3, 1));
    assert!(g.vertex("f1").is_null());
    assert_eq!(g.edges("ana", "bo").len(), 1);
}

/// Spec 03, 2.3: enums compare by the place of their name in the declaration, dates by instant.
#[test]
fn v03_05_comparison_follows_the_type() {
    let s = TestServer::start();
    let g = s.graph("shops");
    let size = json!({"name": "size", "dataType": "enum", "typeNameCount": 3, "typeName1": "S", "typeName2": "M", "typeName3": "L"});
    let properties = json!([size, property("since", "date", "single"), property("open", "bool", "single")]);
    g.post("/schema/labels", json!({"name": "shop", "properties": properties})).expect(200);
    for (id, size, since) in
        [("a", "L", "2020-01-01"), ("b", "S", "2020-01-01 00:00:01"), ("c", "M", "2019-12-31")]
    {
        let properties = json!({"size": [size], "since": [since], "open": [true]});
        g.post("/vertices", json!({"vertex": id, "label": "shop", "properties": properties})).expect(200);
    }
    finds(&g, only(filter("size", "range", &["S", "M"])), &["b", "c"]);
    finds(&g, only(filter("since", ">", &["2020-01-01"])), &["b"]);
    finds(&g, only(filter("since", "<=", &["2020-01-01 00:00:00"])), &["a", "c"]);
    finds(&g, only(filter("open", "=", &["true"])), &["a", "b", "c"]);
    refused(&g, only(filter("open", "<", &["true"])), "GES.8202");
}
