//! Indices: spec 04, section 3.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::PATIENCE;
use serde_json::{Value, json};
use std::time::Instant;

const INDICES: &str = "/indices";
const QUERY: &str = "/vertices/action?action_id=query";
const EDGE_QUERY: &str = "/edges/action?action_id=query";

fn composite(name: &str, property: &str) -> Value {
    json!({"indexName": name, "indexType": "GlobalCompositeVertexIndex", "indexProperty": [property]})
}

fn listed(g: &TestGraph<'_>) -> Value {
    g.get(INDICES).expect(200)["data"]["indices"].take()
}

fn created(g: &TestGraph<'_>, body: Value) {
    let (accepted, status) = g.submitted(INDICES, body);
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(8), &json!("success")), "{status}");
}

fn equal(property: &str, value: Value) -> Value {
    json!({"vertexFilters": [{"propertyName": property, "predicate": "=", "values": [value]}]})
}

/// Ids of the vertices that a query finds, and how it found them.
fn found(g: &TestGraph<'_>, body: &Value) -> (Vec<String>, String) {
    let outputs = g.outputs(QUERY, body.clone());
    let vertices = outputs["vertices"].as_array().expect("a list of vertices");
    let ids = vertices.iter().map(|v| v["id"].as_str().expect("an id").to_owned());
    (ids.collect(), outputs["plan"]["access"].as_str().expect("a plan").to_owned())
}

fn refused(g: &TestGraph<'_>, body: Value) -> String {
    check(g.post(INDICES, body), 400, "GES.8603")
}

#[test]
fn m04_26_a_created_index_is_listed_and_used() {
    let s = TestServer::start();
    let g = films(&s);
    assert_eq!(found(&g, &equal("age", json!("31"))), (vec!["ana".to_owned()], "full scan".to_owned()));
    for (name, has_label) in [("personAge", json!("true")), ("again", json!(true)), ("third", Value::Null)] {
        let mut body = composite(name, "age");
        body["hasLabel"] = has_label;
        created(&g, body);
    }
    let expected = |name: &str, has_label: &str| json!({"indexType": "GlobalCompositeVertexIndex", "indexName": name, "indexProperty": ["age"], "hasLabel": has_label});
    assert_eq!(
        listed(&g),
        json!([expected("personAge", "true"), expected("again", "true"), expected("third", "false")])
    );
    assert_eq!(found(&g, &equal("age", json!("31"))), (vec!["ana".to_owned()], "index".to_owned()));
}

#[test]
fn m04_26_an_edge_index_is_used() {
    let s = TestServer::start();
    let g = films(&s);
    let index =
        json!({"indexName": "stars", "indexType": "GlobalCompositeEdgeIndex", "indexProperty": ["stars"]});
    created(&g, index);
    g.post("/edges", json!({"source": "cy", "target": "f2", "label": "likes", "properties": {"stars": [4]}}))
        .expect(200);
    let filter = json!({"edgeFilters": [{"propertyName": "stars", "predicate": "=", "values": ["4"]}]});
    let outputs = g.outputs(EDGE_QUERY, filter);
    assert_eq!(outputs["plan"]["index"], "stars");
    let sources: Vec<&Value> =
        outputs["edges"].as_array().expect("a list").iter().map(|e| &e["source"]).collect();
    assert_eq!(sources, ["ana", "cy"]);
}

#[test]
fn m04_28_names_have_1_to_63_letters_digits_hyphens_and_underscores() {
    let s = TestServer::start();
    let g = films(&s);
    for name in ["a.b", "", "ä", "a b", &"x".repeat(64)] {
        refused(&g, composite(name, "age"));
    }
    created(&g, composite(&"x".repeat(63), "age"));
    created(&g, composite("-_9", "age"));
}

#[test]
fn m04_30_an_index_without_labels_needs_properties() {
    let s = TestServer::start();
    let g = films(&s);
    let index = |has_label: Value| json!({"indexName": "i", "indexType": "GlobalCompositeVertexIndex", "hasLabel": has_label});
    refused(&g, index(json!(false)));
    refused(&g, index(Value::Null));
    let mut empty = index(json!("FALSE"));
    empty["indexProperty"] = json!([]);
    refused(&g, empty);
    created(&g, index(json!(true)));
    assert_eq!(listed(&g)[0]["indexProperty"], json!([]));
}

#[test]
fn m04_31_kinds_are_spelled_as_documented() {
    let s = TestServer::start();
    let g = films(&s);
    for kind in ["globalCompositeVertexIndex", "Index", "VectorIndex", ""] {
        let mut body = composite("i", "age");
        body["indexType"] = json!(kind);
        refused(&g, body);
    }
    let mut body = composite("i", "age");
    body["elementType"] = json!("edge");
    refused(&g, body.clone());
    body["elementType"] = json!("VERTEX");
    created(&g, body);
}

#[test]
fn m04_32_a_local_index_needs_labels_that_declare_its_properties() {
    let s = TestServer::start();
    let g = films(&s);
    let local = |labels: Value| json!({"indexName": "i", "indexType": "CompositeVertexIndex", "indexProperty": ["age"], "indexLabel": labels});
    for labels in [Value::Null, json!([]), json!(["robot"]), json!(["film"]), json!(["likes"])] {
        refused(&g, local(labels));
    }
    created(&g, local(json!(["person"])));
    assert_eq!(listed(&g)[0]["indexLabel"], json!(["person"]));
    // It serves queries over its label, and no others.
    let mut query = equal("age", json!(31));
    assert_eq!(found(&g, &query).1, "index");
    g.post(
        "/schema/labels",
        json!({"name": "dog", "properties": [crate::fixture::property("age", "int", "single")]}),
    )
    .expect(200);
    g.post("/vertices", json!({"vertex": "rex", "label": "dog", "properties": {"age": [31]}})).expect(200);
    assert_eq!(found(&g, &query), (vec!["ana".to_owned(), "rex".to_owned()], "full scan".to_owned()));
    query["labels"] = json!(["person"]);
    assert_eq!(found(&g, &query), (vec!["ana".to_owned()], "index".to_owned()));
}

#[test]
fn m04_33_only_single_values_of_comparable_types_are_indexed() {
    let s = TestServer::start();
    let g = films(&s);
    refused(&g, composite("i", "tags"));
    refused(&g, composite("i", "nothing"));
    refused(
        &g,
        json!({"indexName": "i", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age", "age"]}),
    );
    refused(
        &g,
        json!({"indexName": "i", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age", "title"]}),
    );
    for value in [0, 257] {
        let mut body = composite("i", "age");
        body["strLength"] = json!(value);
        refused(&g, body);
    }
    let properties: Vec<Value> =
        ["int", "float", "double", "long", "date", "char array", "string", "char", "bool"]
            .iter()
            .map(|t| crate::fixture::property(&t.replace(' ', "_"), t, "single"))
            .collect();
    g.post("/schema/labels", json!({"name": "all", "properties": properties})).expect(200);
    for name in ["int", "float", "double", "long", "date", "char_array", "string"] {
        created(&g, composite(name, name));
    }
    refused(&g, composite("char", "char"));
    refused(&g, composite("bool", "bool"));
}

#[test]
fn m04_34_a_graph_has_at_most_ten_indices() {
    let s = TestServer::start();
    let g = films(&s);
    for i in 0..10 {
        created(&g, composite(&format!("i{i}"), "age"));
    }
    refused(&g, composite("eleventh", "age"));
    g.ended(g.delete("/indices/i3").expect(200)["jobId"].as_str().expect("an id"));
    created(&g, composite("eleventh", "age"));
}

#[test]
fn m04_35_an_index_changes_no_answer() {
    let s = TestServer::start();
    let g = films(&s);
    let long = "x".repeat(40);
    let people: Vec<Value> = (0..400)
        .map(|i| {
            let city = format!("{long}{}", i % 7);
            json!({"vertex": format!("p{i}"), "label": "person", "properties": {"age": [i % 50], "city": [city]}})
        })
        .collect();
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": people})).expect(200);
    // Half of it in a base, the rest changed since; some vertices have two labels.
    s.inner("films").compact(&gesso_core::JobContext::detached(1, 1 << 30)).expect("a new base");
    for i in 0..20 {
        let body = json!({"properties": {"age": [31], "city": [format!("{long}3")]}});
        g.post(&format!("/vertices/p{i}/properties/action?action_id=update"), body).expect(200);
        g.post(&format!("/vertices/p{}/labels", 100 + i), json!({"label": "film"})).expect(200);
        g.delete(&format!("/vertices/p{}", 200 + i)).expect(200);
    }
    let one = |name: &str, value: Value| json!({"propertyName": name, "predicate": "=", "values": value});
    let queries = [
        json!({"limit": 1000, "vertexFilters": [one("age", json!([31]))]}),
        json!({"limit": 1000, "vertexFilters": [one("age", json!(["31", 7, 8]))]}),
        json!({"limit": 1000, "vertexFilters": [one("city", json!([format!("{long}3")]))]}),
        json!({"limit": 1000, "vertexFilters": [one("city", json!([format!("{long}9")]))]}),
        json!({"limit": 1000, "vertexFilters": [one("age", json!([31])), one("city", json!([format!("{long}3")]))]}),
        json!({"limit": 5, "offset": 2, "vertexFilters": [one("age", json!([31]))], "sorts": [{"key": "id", "orderValue": "decr"}]}),
        json!({"limit": 1000, "labels": ["film"], "vertexFilters": [one("age", json!([31]))]}),
        json!({"limit": 1000, "labels": ["film", "person"], "vertexFilters": [one("title", json!(["Quiet Hill"]))]}),
    ];
    let before: Vec<_> = queries.iter().map(|q| found(&g, q).0).collect();
    created(&g, composite("age", "age"));
    created(&g, composite("city", "city"));
    created(
        &g,
        json!({"indexName": "both", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["city", "age"]}),
    );
    created(&g, composite("title", "title"));
    let after = || queries.iter().map(|q| found(&g, q)).collect::<Vec<_>>();
    assert_eq!(after().iter().map(|a| a.0.clone()).collect::<Vec<_>>(), before);
    assert!(after().iter().all(|a| a.1 == "index"), "{:?}", after());
    s.inner("films").compact(&gesso_core::JobContext::detached(1, 1 << 30)).expect("a new base");
    assert_eq!(after().iter().map(|a| a.0.clone()).collect::<Vec<_>>(), before);
    assert!(after().iter().all(|a| a.1 == "index"));
}

#[test]
fn m04_36_writes_after_an_index_are_found_through_it() {
    let s = TestServer::start();
    let g = films(&s);
    created(&g, composite("age", "age"));
    let query = equal("age", json!(31));
    let ids = |expected: &[&str]| {
        let (ids, access) = found(&g, &query);
        assert_eq!((ids, access.as_str()), (expected.iter().map(|i| (*i).to_owned()).collect(), "index"));
    };
    g.post("/vertices", json!({"vertex": "di", "label": "person", "properties": {"age": [31]}})).expect(200);
    ids(&["ana", "di"]);
    g.post("/vertices/cy/properties/action?action_id=update", json!({"properties": {"age": [31]}}))
        .expect(200);
    ids(&["ana", "cy", "di"]);
    g.post("/vertices/ana/properties/action?action_id=update", json!({"properties": {"age": [32]}}))
        .expect(200);
    ids(&["cy", "di"]);
    g.post("/vertices/ana/properties/action?action_id=update", json!({"properties": {"age": [31]}}))
        .expect(200);
    ids(&["ana", "cy", "di"]);
    g.delete("/vertices/di").expect(200);
    ids(&["ana", "cy"]);
}

/// A restart finds the definition again, and the data soon after; answers are right all the time.
#[test]
fn m04_36_an_index_survives_a_restart() {
    let s = TestServer::start();
    let g = films(&s);
    s.inner("films").compact(&gesso_core::JobContext::detached(1, 1 << 30)).expect("a base");
    created(&g, composite("age", "age"));
    g.post("/vertices", json!({"vertex": "di", "label": "person", "properties": {"age": [31]}})).expect(200);
    let s = s.restart();
    let g = s.named("films");
    assert_eq!(listed(&g)[0]["indexName"], "age");
    let began = Instant::now();
    loop {
        let (ids, access) = found(&g, &equal("age", json!(31)));
        assert_eq!(ids, ["ana", "di"]);
        if access == "index" {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "the index is not used again");
    }
}

#[test]
fn m04_36_an_import_keeps_indices_current() {
    let s = TestServer::start();
    let g = films(&s);
    created(&g, composite("age", "age"));
    s.object("in/v.csv", "di,person,31\nana,person,30\n");
    g.outputs("/action?action_id=import-graph", json!({"vertexsetPath": "in/v.csv"}));
    assert_eq!(found(&g, &equal("age", json!(31))), (vec!["di".to_owned()], "index".to_owned()));
}

#[test]
fn m04_15_a_property_that_an_index_uses_stays() {
    let s = TestServer::start();
    let g = films(&s);
    created(&g, composite("age", "age"));
    let without =
        json!({"properties": [crate::fixture::property("city", "string", "single")], "override": true});
    let message = check(g.post("/schema/labels/person/properties", without.clone()), 400, "GES.8801");
    assert!(message.contains("[age]"), "{message}");
    g.delete("/indices/age").expect(200);
    g.post("/schema/labels/person/properties", without).expect(200);
}

#[test]
fn m04_38_a_deleted_index_is_gone_at_once() {
    let s = TestServer::start();
    let g = films(&s);
    created(&g, composite("age", "age"));
    let answer = g.delete("/indices/age").expect(200);
    assert_eq!(answer["jobType"], 9);
    assert_eq!(listed(&g), json!([]));
    assert_eq!(g.ended(answer["jobId"].as_str().expect("an id"))["status"], "success");
    check(g.delete("/indices/age"), 400, "GES.8604");
    check(s.named("nowhere").delete("/indices/age"), 400, "GES.8604");
    assert_eq!(found(&g, &equal("age", json!(31))).1, "full scan");
}

#[test]
fn m04_39_without_indices_the_list_is_empty() {
    let s = TestServer::start();
    let g = films(&s);
    assert_eq!(
        g.get(INDICES).expect(200),
        json!({"data": {"result": "success", "indices": []}, "result": "success"})
    );
    check(s.named("nowhere").get(INDICES), 400, "GES.8605");
    check(s.named("nowhere").post(INDICES, composite("i", "age")), 400, "GES.8603");
}

#[test]
fn m04_40_a_batch_of_indices_is_all_or_none() {
    const BATCH: &str = "/indices/action?action_id=batch-build";
    let s = TestServer::start();
    let g = films(&s);
    let bad = json!({"indices": [composite("a", "age"), composite("b", "tags")]});
    check(g.post(BATCH, bad), 400, "GES.8603");
    check(
        g.post(BATCH, json!({"indices": [composite("a", "age"), composite("a", "city")]})),
        400,
        "GES.8603",
    );
    for body in [json!({}), json!({"indices": []}), json!({"indices": ["a"]})] {
        check(g.post(BATCH, body), 400, "GES.8603");
    }
    let eleven: Vec<Value> = (0..11).map(|i| composite(&format!("i{i}"), "age")).collect();
    check(g.post(BATCH, json!({"indices": eleven})), 400, "GES.8603");
    assert_eq!(listed(&g), json!([]));
    let (accepted, status) =
        g.submitted(BATCH, json!({"indices": [composite("a", "age"), composite("b", "city")]}));
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(8), &json!("success")));
    assert_eq!(listed(&g).as_array().map(Vec::len), Some(2));
    assert_eq!(found(&g, &equal("city", json!("Porto"))), (vec!["ana".to_owned()], "index".to_owned()));
}

#[test]
fn m04_48_label_details_come_with_label_indices() {
    let s = TestServer::start();
    let g = films(&s);
    let details =
        |g: &TestGraph<'_>| g.get("/summary?label_details=true").expect(200)["data"]["labelDetails"].take();
    created(&g, json!({"indexName": "v", "indexType": "GlobalCompositeVertexIndex", "hasLabel": "true"}));
    let vertices = json!({"person": 3, "film": 2});
    assert_eq!(
        details(&g),
        json!({"labelInVertex": vertices, "errorCode": "GES.8017", "errorMessage": "Label index in edges is not found."})
    );
    created(&g, json!({"indexName": "e", "indexType": "GlobalCompositeEdgeIndex", "hasLabel": true}));
    assert_eq!(details(&g), json!({"labelInVertex": vertices, "labelInEdge": {"likes": 3, "knows": 1}}));
    let outputs = g.outputs(QUERY, json!({"labels": ["film"]}));
    assert_eq!(outputs["plan"], json!({"access": "label scan", "index": "v", "rows": 2}));
}

#[test]
fn m04_41_a_full_text_index_is_listed_without_labels() {
    let s = TestServer::start();
    let g = films(&s);
    let index = |properties: Value| json!({"indexName": "words", "indexType": "FullTextIndex", "hasLabel": true, "indexProperty": properties, "elementType": "edge"});
    for properties in
        [Value::Null, json!([]), json!(["tags"]), json!(["title", "nothing"]), json!(["title", "title"])]
    {
        refused(&g, index(properties));
    }
    let mut wrong = index(json!(["title"]));
    wrong["elementType"] = json!("both");
    refused(&g, wrong);
    // Properties of different labels, and of edges.
    created(&g, index(json!(["title", "age", "stars"])));
    let expected = json!({"indexType": "FullTextIndex", "indexName": "words", "indexProperty": ["title", "age", "stars"], "hasLabel": "false"});
    assert_eq!(listed(&g), json!([expected]));
    let search = |property: &str, word: &str| {
        found(
            &g,
            &json!({"vertexFilters": [{"propertyName": property, "predicate": "full_text_match", "values": [word]}]}),
        )
    };
    assert_eq!(search("title", "hill"), (vec!["f2".to_owned()], "index".to_owned()));
    assert_eq!(search("age", "31"), (vec!["ana".to_owned()], "index".to_owned()));
    assert_eq!(search("stars", "4").0, Vec::<String>::new());
    // It is no index of equality, and what it uses stays.
    assert_eq!(found(&g, &equal("age", json!(31))).1, "full scan");
    let without =
        json!({"properties": [crate::fixture::property("city", "string", "single")], "override": true});
    check(g.post("/schema/labels/person/properties", without), 400, "GES.8801");
    assert_eq!(
        g.ended(g.delete("/indices/words").expect(200)["jobId"].as_str().expect("an id"))["status"],
        "success"
    );
    let gone = json!({"vertexFilters": [{"propertyName": "title", "predicate": "full_text_match", "values": ["hill"]}]});
    check(g.post(QUERY, gone), 400, "GES.8204");
}
