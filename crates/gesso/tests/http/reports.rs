//! Schema structure, data assets and label details: spec 04, 2.8, 2.9 and 5.1.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

fn built(g: &TestGraph<'_>) {
    let (accepted, status) = g.submitted("/schema/structure/build", json!({}));
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(1), &json!("success")));
}

fn weight(structure: &Value, label: &str) -> Value {
    let vertices = structure["schema"]["vertices"].as_array().expect("a list");
    vertices.iter().find(|v| v["vertex"] == label).map_or(Value::Null, |v| v["weight"].clone())
}

#[test]
fn m04_19_before_any_build_the_structure_is_empty() {
    let s = TestServer::start();
    let empty = json!({"schema": {"vertices": [], "edges": []}});
    let g = films(&s);
    assert_eq!(g.get("/schema/structure").expect(200), empty);
    let none = s.graph("none");
    built(&none);
    assert_eq!(none.get("/schema/structure?detail=FULL").expect(200), empty);
}

#[test]
fn m04_20_the_structure_counts_labels_and_relations() {
    let s = TestServer::start();
    let g = films(&s);
    built(&g);
    let structure = g.get("/schema/structure?detail=FULL").expect(200);
    assert_eq!((weight(&structure, "person"), weight(&structure, "film")), (json!(3), json!(2)));
    assert_eq!(weight(&structure, "__DEFAULT__"), Value::Null);
    let edges = structure["schema"]["edges"].as_array().expect("a list");
    assert_eq!(edges.len(), 2);
    let likes = json!({"source": "person", "target": "film", "relation": "likes", "weight": 3});
    let knows = json!({"source": "person", "target": "person", "relation": "knows", "weight": 1});
    assert!(edges.contains(&likes) && edges.contains(&knows), "{structure}");
}

#[test]
fn m04_21_both_spellings_of_detail_and_the_old_path_are_accepted() {
    let s = TestServer::start();
    let g = films(&s);
    built(&g);
    let full = g.get("/schema/structure?detail=FULL").expect(200);
    for tail in ["?details=simple", "?detail=Simple", "", "/structure?detail=full"] {
        assert_eq!(g.get(&format!("/schema/structure{tail}")).expect(200), full, "{tail}");
    }
    check(g.get("/schema/structure?detail=some"), 400, "GES.8000");
    let unknown = "Not found. Please check the input parameters.";
    assert_eq!(check(s.named("nowhere").get("/schema/structure"), 400, "GES.8000"), unknown);
    assert_eq!(
        check(s.named("nowhere").post("/schema/structure/build", json!({})), 400, "GES.8000"),
        unknown
    );
}

#[test]
fn m04_22_the_structure_is_that_of_the_last_build() {
    let s = TestServer::start();
    let g = films(&s);
    built(&g);
    g.post("/vertices", json!({"vertex": "di", "label": "person"})).expect(200);
    assert_eq!(weight(&g.get("/schema/structure").expect(200), "person"), json!(3));
    let s = s.restart();
    let g = s.named("films");
    assert_eq!(weight(&g.get("/schema/structure").expect(200), "person"), json!(3));
    built(&g);
    assert_eq!(weight(&g.get("/schema/structure").expect(200), "person"), json!(4));
}

#[test]
fn m04_23_before_generation_there_are_no_data_assets() {
    let s = TestServer::start();
    assert_eq!(films(&s).get("/schema/data-assets").expect(200), json!({}));
    check(s.named("nowhere").get("/schema/data-assets"), 400, "GES.8000");
}

#[test]
fn m04_24_data_assets_count_elements_by_label() {
    let s = TestServer::start();
    let g = films(&s);
    let (accepted, status) = g.submitted("/schema/data-assets", json!({}));
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(1), &json!("success")));
    let assets = g.get("/schema/data-assets").expect(200);
    assert_eq!(assets["generating"], false);
    let expected = json!({"vertex": {"person": 3, "film": 2}, "edge": {"likes": 3, "knows": 1}});
    assert_eq!(assets["data_assets"], expected);
    let time = assets["last_generate_time"].as_str().expect("a time");
    assert!(time.starts_with("20") && time.len() >= 17 && time.contains(' '), "{time}");
    check(s.named("nowhere").post("/schema/data-assets", json!({})), 400, "GES.8000");
}

/// The counts that a summary tells must follow every kind of change.
#[test]
fn m04_49_label_counts_follow_every_change() {
    let s = TestServer::start_with(|settings| settings.http.label_counts_need_index = false);
    let g = films(&s);
    let details =
        |g: &TestGraph<'_>| g.get("/summary?label_details=true").expect(200)["data"]["labelDetails"].take();
    let vertices = |g: &TestGraph<'_>| details(g)["labelInVertex"].take();
    assert_eq!(
        details(&g),
        json!({"labelInVertex": {"person": 3, "film": 2}, "labelInEdge": {"likes": 3, "knows": 1}})
    );
    g.post("/vertices/bo/labels", json!({"label": "film"})).expect(200);
    assert_eq!(vertices(&g), json!({"person": 3, "film": 3}));
    g.delete("/vertices/bo/labels/person").expect(200);
    assert_eq!(vertices(&g), json!({"person": 2, "film": 3}));
    let override_edge =
        json!({"source": "ana", "target": "f1", "label": "knows", "parallelEdge": "override"});
    g.post("/edges", override_edge).expect(200);
    assert_eq!(details(&g)["labelInEdge"], json!({"likes": 2, "knows": 2}));
    g.delete("/vertices/f1").expect(200);
    let rest = json!({"labelInVertex": {"person": 2, "film": 2}, "labelInEdge": {"knows": 1}});
    assert_eq!(details(&g), rest);
    s.inner("films").compact(&gesso_core::JobContext::detached(1, 1 << 30)).expect("a new base");
    assert_eq!(details(&g), rest);
    g.delete("/vertices/ana").expect(200);
    g.post("/vertices", json!({"vertex": "ana"})).expect(200);
    assert_eq!(details(&g)["labelInVertex"], json!({"__DEFAULT__": 1, "person": 1, "film": 2}));
    assert_eq!(details(&s.restart().named("films"))["labelInEdge"], json!({}));
}
