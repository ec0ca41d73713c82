//! Changing properties of edges: spec 03, sections 5.8 and 5.9.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

const BATCH: &str = "/edges/properties/action?action_id=batch-update";

/// Changes an edge `ana->f1`, and gives the properties of both.
fn changed(g: &TestGraph<'_>, query: &str, body: Value) -> Vec<Value> {
    g.post(&tail(query), body).expect(200);
    properties(g)
}

fn tail(query: &str) -> String {
    format!("/edges/properties/action?source=ana&target=f1&{query}")
}

fn properties(g: &TestGraph<'_>) -> Vec<Value> {
    g.edges("ana", "f1").into_iter().map(|mut e| e["properties"].take()).collect()
}

#[test]
fn v03_71_without_index_the_first_edge_is_changed() {
    let s = TestServer::start();
    let g = films(&s);
    let seen = changed(&g, "action_id=update", json!({"properties": {"stars": [1], "at": ["2020-02-02"]}}));
    assert_eq!(seen, [json!({"stars": [1], "at": ["2020-02-02"]}), json!({"stars": [2]})]);
    let seen = changed(&g, "action_id=add&index=1", json!({"properties": {"stars": 3}}));
    assert_eq!(seen[1], json!({"stars": [3]}));
    let seen = changed(&g, "action_id=del&index=0", json!({"properties": {"at": []}}));
    assert_eq!(seen[0], json!({"stars": [1]}));
}

#[test]
fn v03_72_a_missing_edge_is_8221() {
    let s = TestServer::start();
    let g = films(&s);
    let stars = json!({"properties": {"stars": 1}});
    let message = check(g.post(&tail("action_id=update&index=99"), stars.clone()), 400, "GES.8221");
    assert_eq!(message, "edge [ana-f1-99] does not exist");
    let refused = [json!({}), json!({"properties": {"wings": 2}}), json!({"properties": {"stars": "many"}})];
    for body in refused {
        check(g.post(&tail("action_id=update"), body), 400, "GES.8221");
    }
    let labelled = json!({"properties": {"stars": 1}, "label": "knows"});
    check(g.post(&tail("action_id=update"), labelled), 400, "GES.8221");
    check(g.post("/edges/properties/action?action_id=update&source=ana", stars.clone()), 400, "GES.8221");
    check(g.post(&tail("action_id=swap"), stars.clone()), 400, "GES.8000");
    check(s.named("nowhere").post(&tail("action_id=update"), stars), 400, "GES.8221");
    assert_eq!(properties(&g), [json!({"stars": [4]}), json!({"stars": [2]})]);
}

#[test]
fn v03_73_target_properties_choose_the_edge_by_value() {
    let s = TestServer::start();
    let g = films(&s);
    let chosen = json!([{"label": "likes", "properties": ["stars"]}]);
    let body = |stars: &str| json!({"properties": {"stars": [stars], "at": ["2022-01-01"]}, "targetProperties": chosen});
    let seen = changed(&g, "action_id=update&index=0", body("2"));
    assert_eq!(seen, [json!({"stars": [4]}), json!({"stars": [2], "at": ["2022-01-01"]})]);
    check(g.post(&tail("action_id=update"), body("9")), 400, "GES.8221");
    // The property that chooses the edge is not changed itself.
    let seen = changed(&g, "action_id=del", body("2"));
    assert_eq!(seen, [json!({"stars": [4]}), json!({"stars": [2]})]);
    // The listed property is not sent: the edge is chosen as without it.
    let body = json!({"properties": {"at": ["2023-01-01"]}, "targetProperties": chosen});
    assert_eq!(changed(&g, "action_id=update", body)[0], json!({"stars": [4], "at": ["2023-01-01"]}));
}

#[test]
fn v03_74_batch_update_is_all_or_nothing_unless_errors_are_ignored() {
    let s = TestServer::start();
    let g = films(&s);
    let entry = |source: &str, index: Value, stars: i32| json!({"source": source, "target": "f1", "index": index, "properties": {"stars": stars}});
    let good = [entry("ana", json!("1"), 8), entry("ana", Value::Null, 9)];
    let bad = [entry("ana", json!(7), 1), entry("nobody", Value::Null, 1)];
    for one in &bad {
        let edges = [&good[..], std::slice::from_ref(one)].concat();
        check(g.post(BATCH, json!({"edges": edges})), 400, "GES.8221");
        assert_eq!(properties(&g), [json!({"stars": [4]}), json!({"stars": [2]})]);
    }
    let edges = [&bad[..], &good[..]].concat();
    g.post(BATCH, json!({"edges": edges, "ignoreError": true})).expect(200);
    assert_eq!(properties(&g), [json!({"stars": [9]}), json!({"stars": [8]})]);
    check(g.post(BATCH, json!({})), 400, "GES.8110");
}
