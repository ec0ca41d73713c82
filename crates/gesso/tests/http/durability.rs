//! Acknowledged writes are there after a restart, and look the same: spec 03, section 6; spec 10, section 6.1.

use crate::fixture::films;
use crate::fixture_files::{EDGES, VERTICES, imported};
use crate::harness::{TestGraph, TestServer};
use serde_json::{Value, json};

/// Everything that a graph holds, as its own operations tell it.
fn dump(g: &TestGraph<'_>) -> (Value, Value, Value) {
    let schema = g.get("/schema").expect(200);
    let names = schema["data"]["schema"].as_array().expect("labels").iter();
    let labels: Vec<&Value> = names.map(|l| &l["label"]).collect();
    let query = json!({"labels": labels, "limit": 100_000});
    let vertices = g.outputs("/vertices/action?action_id=query", query.clone())["vertices"].take();
    let edges = g.outputs("/edges/action?action_id=query", query)["edges"].take();
    assert_eq!(g.counts(), (count(&vertices), count(&edges)));
    (schema, sorted(vertices), sorted(edges))
}

fn count(list: &Value) -> u64 {
    list.as_array().map_or(0, |l| l.len() as u64)
}

/// A list in an order that does not depend on where its elements are stored.
fn sorted(mut list: Value) -> Value {
    if let Some(items) = list.as_array_mut() {
        items.sort_by_key(ToString::to_string);
    }
    list
}

/// After a restart, and after another one, the graph must be as it was.
fn survives(s: TestServer) {
    let before = dump(&s.named("films"));
    let s = s.restart();
    assert_eq!(dump(&s.named("films")), before);
    let s = s.restart();
    assert_eq!(dump(&s.named("films")), before);
}

fn update(g: &TestGraph<'_>, tail: &str, properties: Value) {
    g.post(tail, json!({"properties": properties})).expect(200);
}

#[test]
fn v03_32_every_kind_of_write_survives_a_restart() {
    let s = TestServer::start();
    let g = films(&s);
    g.post("/vertices", json!({"vertex": "dee", "label": "person", "properties": {"tags": ["x", "y"]}}))
        .expect(200);
    update(&g, "/vertices/ana/properties/action?action_id=update", json!({"age": 32}));
    update(&g, "/vertices/ana/properties/action?action_id=del", json!({"city": []}));
    update(
        &g,
        "/edges/properties/action?action_id=update&source=ana&target=f1&index=1",
        json!({"at": "2022-01-01"}),
    );
    g.post("/vertices/bo/labels", json!({"label": "film"})).expect(200);
    g.delete("/vertices/bo/labels/person").expect(200);
    g.delete("/vertices/cy").expect(200);
    g.post("/edges", json!({"source": "dee", "target": "dee", "label": "knows"})).expect(200);
    g.delete("/edges?source=ana&target=bo").expect(200);
    let replaced = json!([{"vertex": "f2", "label": "person", "properties": {"age": 3}}]);
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": replaced, "overrideExists": true}))
        .expect(200);
    let rule = json!({"source": "ana", "target": "f1", "label": "knows", "parallelEdge": "override"});
    g.post("/edges", rule).expect(200);
    let filter = json!({"propertyName": "stars", "predicate": "=", "values": [5]});
    g.outputs("/edges/action?action_id=delete", json!({"edgeFilters": [filter]}));
    survives(s);
}

#[test]
fn d10_01_an_import_and_writes_after_it_survive_a_restart() {
    let s = TestServer::start();
    let g = s.graph("films");
    g.post("/vertices", json!({"vertex": "cy"})).expect(200);
    imported(&s, &g, VERTICES, EDGES, json!({}));
    update(&g, "/vertices/ana/properties/action?action_id=add", json!({"tags": "c", "age": 1}));
    g.delete("/edges?source=ana&target=bo&index=0").expect(200);
    g.post("/edges", json!({"source": "cy", "target": "ana", "label": "likes", "properties": {"stars": 2}}))
        .expect(200);
    let more = "dee,person,4,S\nana,film,Ana\n";
    imported(&s, &g, more, "ana,bo,likes,5\ndee,ana\n", json!({"parallelEdge": {"action": "override"}}));
    assert_eq!(g.counts(), (4, 3));
    g.delete("/vertices/bo").expect(200);
    assert_eq!(g.counts(), (3, 2));
    survives(s);
}

#[test]
fn v03_57_indexes_are_not_used_again() {
    let s = TestServer::start();
    let g = films(&s);
    let add = |g: &TestGraph<'_>| {
        let answer = g.post("/edges", json!({"source": "ana", "target": "f2", "label": "likes"})).expect(200);
        answer["data"]["index"].as_str().and_then(|i| i.parse::<u32>().ok()).expect("an index as text")
    };
    assert_eq!((add(&g), add(&g)), (3, 4));
    g.delete("/edges?source=ana&target=f2&index=4").expect(200);
    assert_eq!(add(&g), 5);
    g.delete("/edges?source=ana&target=f2&index=3").expect(200);
    let kept: Vec<Value> = g.edges("ana", "f2").into_iter().map(|mut e| e["index"].take()).collect();
    assert_eq!(kept, ["5"]);
    let s = s.restart();
    assert_eq!(s.named("films").edges("ana", "f2")[0]["index"], "5");
    assert_eq!(add(&s.named("films")), 6);
}

#[test]
fn v03_36_a_vertex_that_comes_back_has_none_of_its_old_edges() {
    let s = TestServer::start();
    let g = films(&s);
    g.post("/edges", json!({"source": "ana", "target": "ana", "label": "knows"})).expect(200);
    g.delete("/vertices/ana").expect(200);
    assert_eq!(g.counts(), (4, 1));
    g.post("/vertices", json!({"vertex": "ana", "label": "film"})).expect(200);
    assert_eq!(g.vertex("ana"), json!({"id": "ana", "label": "film", "properties": {}}));
    for target in ["f1", "bo", "ana"] {
        assert!(g.edges("ana", target).is_empty(), "{target}");
    }
    assert_eq!(g.counts(), (5, 1));
    survives(s);
}

#[test]
fn v03_64_writers_side_by_side_lose_nothing() {
    const WRITERS: u64 = 8;
    const EACH: u64 = 25;
    let s = TestServer::start();
    let g = films(&s);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let g = &g;
            scope.spawn(move || {
                for i in 0..EACH {
                    g.post("/vertices", json!({"vertex": format!("w{writer}-{i}")})).expect(200);
                    g.post("/edges", json!({"source": "cy", "target": "f2", "label": "likes"})).expect(200);
                }
            });
        }
    });
    assert_eq!(g.counts(), (5 + WRITERS * EACH, 4 + WRITERS * EACH));
    let edges = g.edges("cy", "f2");
    let indexes: Vec<u64> = edges.iter().filter_map(|e| e["index"].as_str()?.parse().ok()).collect();
    assert_eq!(indexes, (0..WRITERS * EACH).collect::<Vec<_>>());
    survives(s);
}
