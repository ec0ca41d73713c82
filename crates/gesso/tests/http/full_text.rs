//! Full-text predicates: spec 03, 2.4.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::PATIENCE;
use gesso_core::JobContext;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const QUERY: &str = "/vertices/action?action_id=query";
const EDGE_QUERY: &str = "/edges/action?action_id=query";

fn title(predicate: &str, value: &str) -> Value {
    json!({"propertyName": "title", "predicate": predicate, "values": [value]})
}

fn indexed(g: &TestGraph<'_>, properties: &[&str]) {
    let body = json!({"indexName": "words", "indexType": "FullTextIndex", "indexProperty": properties});
    let (accepted, status) = g.submitted("/indices", body);
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(8), &json!("success")), "{status}");
}

/// Ids of the vertices that a filter finds, in order, through the index.
fn found(g: &TestGraph<'_>, filter: Value) -> Vec<String> {
    let outputs = g.outputs(QUERY, json!({"vertexFilters": [filter]}));
    assert_eq!((&outputs["plan"]["access"], &outputs["plan"]["index"]), (&json!("index"), &json!("words")));
    let vertices = outputs["vertices"].as_array().expect("a list of vertices").iter();
    vertices.map(|v| v["id"].as_str().expect("an id").to_owned()).collect()
}

fn film(g: &TestGraph<'_>, id: &str, title: &str) {
    g.post("/vertices", json!({"vertex": id, "label": "film", "properties": {"title": [title]}})).expect(200);
}

fn retitle(g: &TestGraph<'_>, id: &str, title: &str) {
    let body = json!({"properties": {"title": [title]}});
    g.post(&format!("/vertices/{id}/properties/action?action_id=update"), body).expect(200);
}

#[test]
fn v03_21_full_text_and_labels_exclude_each_other() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"labels": ["film"], "vertexFilters": [title("full_text_match", "harbour")]});
    check(g.post(QUERY, body), 400, "GES.8202");
    let body = json!({"labels": ["likes"], "edgeFilters": [title("full_text_match", "harbour")]});
    check(g.post(EDGE_QUERY, body), 400, "GES.8101");
}

#[test]
fn v03_22_a_full_text_filter_stands_alone() {
    let s = TestServer::start();
    let g = films(&s);
    let two = [title("full_text_match", "harbour"), title("=", "x")];
    check(g.post(QUERY, json!({"vertexFilters": two})), 400, "GES.8202");
    check(g.post(EDGE_QUERY, json!({"edgeFilters": two})), 400, "GES.8101");
}

#[test]
fn v03_23_without_a_full_text_index_there_is_no_match() {
    let s = TestServer::start();
    let g = films(&s);
    let pairs = json!([{"propertyName": "title", "value": "harbour"}]);
    let combination = json!({"propertyName": "x", "predicate": "full_text_combination", "values": pairs});
    check(g.post(QUERY, json!({"vertexFilters": [combination]})), 400, "GES.8204");
    for predicate in ["match", "prefix", "wildcard", "regexp", "fuzzy"] {
        let filter = title(&format!("full_text_{predicate}"), "harbour");
        let message = check(g.post(QUERY, json!({"vertexFilters": [filter]})), 400, "GES.8204");
        assert_eq!(message, "full text index on property [title] is not found");
        check(g.post(EDGE_QUERY, json!({"edgeFilters": [filter]})), 400, "GES.8105");
    }
    check(g.post(QUERY, json!({"vertexFilters": [title("full_text_magic", "x")]})), 400, "GES.8202");
}

#[test]
fn v03_24_a_prefix_finds_a_title_at_once() {
    let s = TestServer::start();
    let g = films(&s);
    indexed(&g, &["title"]);
    assert_eq!(found(&g, title("full_text_prefix", "harb")), ["f1"]);
    film(&g, "f3", "harbinger");
    assert_eq!(found(&g, title("full_text_prefix", "Harb")), ["f1", "f3"]);
    retitle(&g, "f1", "Quiet Lights");
    assert_eq!(found(&g, title("full_text_prefix", "harb")), ["f3"]);
    g.delete("/vertices/f3").expect(200);
    assert_eq!(found(&g, title("full_text_prefix", "harb")), Vec::<String>::new());
}

#[test]
fn v03_25_a_combination_matches_every_pair() {
    let s = TestServer::start();
    let g = films(&s);
    let combination = |pairs: &[(&str, &str)]| {
        let pairs: Vec<Value> = pairs.iter().map(|(p, v)| json!({"propertyName": p, "value": v})).collect();
        json!({"propertyName": "propertyName", "predicate": "full_text_combination", "values": pairs})
    };
    indexed(&g, &["title", "kind"]);
    film(&g, "f3", "Harbour");
    assert_eq!(found(&g, combination(&[("title", "harbour"), ("kind", "drama")])), ["f1"]);
    assert_eq!(found(&g, combination(&[("title", "harbour")])), ["f3", "f1"]);
    assert_eq!(found(&g, combination(&[("title", "hill"), ("kind", "drama")])), Vec::<String>::new());
    // A second index for a property that the first lacks.
    let body = json!({"indexName": "ages", "indexType": "FullTextIndex", "indexProperty": ["age", "city"]});
    g.job("/indices", body);
    g.post("/vertices/f1/labels", json!({"label": "person"})).expect(200);
    g.post("/vertices/f1/properties/action?action_id=update", json!({"properties": {"city": ["Porto"]}}))
        .expect(200);
    assert_eq!(found(&g, combination(&[("title", "harbour"), ("city", "porto lisbon")])), ["f1"]);
    for values in [json!([]), json!(["harbour"]), json!([{"propertyName": "title"}]), json!([{"value": "x"}])]
    {
        let filter = json!({"propertyName": "x", "predicate": "full_text_combination", "values": values});
        check(g.post(QUERY, json!({"vertexFilters": [filter]})), 400, "GES.8202");
    }
    let unknown = combination(&[("title", "harbour"), ("tags", "x")]);
    let message = check(g.post(QUERY, json!({"vertexFilters": [unknown]})), 400, "GES.8204");
    assert_eq!(message, "full text index on property [tags] is not found");
}

#[test]
fn v03_2_4_predicates_look_at_whole_words() {
    let s = TestServer::start();
    let g = films(&s);
    indexed(&g, &["title"]);
    film(&g, "f3", "海港之光 über Harbor");
    for (predicate, value, expected) in [
        ("match", "LIGHTS nowhere", &["f1"][..]),
        ("match", "light", &[]),
        ("match", "光", &["f3"]),
        ("match", "ÜBER", &["f3"]),
        ("match", "!", &[]),
        ("wildcard", "h*b?*r", &["f1", "f3"]),
        ("wildcard", "Hil?", &["f2"]),
        ("wildcard", "il", &[]),
        ("regexp", "(quiet|light)s?", &["f1", "f2"]),
        ("regexp", "Quiet", &[]),
        ("fuzzy", "Harbuor", &["f1", "f3"]),
        ("fuzzy", "hi", &[]),
        ("fuzzy", "hall", &["f2"]),
    ] {
        let filter = title(&format!("full_text_{predicate}"), value);
        assert_eq!(found(&g, filter), expected, "{predicate} {value}");
    }
    for filter in [
        title("full_text_regexp", "(quiet"),
        title("full_text_fuzzy", &"x".repeat(257)),
        json!({"propertyName": "title", "predicate": "full_text_match"}),
        json!({"propertyName": "title", "predicate": "full_text_match", "values": []}),
        json!({"predicate": "full_text_match", "values": ["x"]}),
    ] {
        check(g.post(QUERY, json!({"vertexFilters": [filter]})), 400, "GES.8202");
    }
}

#[test]
fn v03_2_4_the_most_relevant_come_first_and_sorts_win() {
    let s = TestServer::start();
    let g = films(&s);
    indexed(&g, &["title"]);
    for i in 0..12 {
        film(&g, &format!("x{i}"), "a harbour among many other words that make it long");
    }
    film(&g, "best", "harbour harbour");
    let filter = title("full_text_match", "harbour");
    let first = found(&g, filter.clone());
    assert_eq!((&*first[0], &*first[1], first.len()), ("best", "f1", 10));
    let ids = |body: Value| {
        let outputs = g.outputs(QUERY, body);
        let vertices = outputs["vertices"].as_array().expect("a list").iter();
        vertices.map(|v| v["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(json!({"vertexFilters": [filter], "offset": 1, "limit": 3})), ["f1", "x0", "x1"]);
    let sorts = json!([{"key": "id", "orderValue": "decr"}]);
    assert_eq!(ids(json!({"vertexFilters": [filter], "sorts": sorts, "limit": 2})), ["x9", "x8"]);
}

#[test]
fn v03_2_4_edges_are_searched_too() {
    let s = TestServer::start();
    let g = films(&s);
    indexed(&g, &["stars", "at"]);
    let search = |property: &str, value: &str| {
        let filter = json!({"propertyName": property, "predicate": "full_text_match", "values": [value]});
        let outputs = g.outputs(EDGE_QUERY, json!({"edgeFilters": [filter]}));
        assert_eq!(outputs["plan"]["access"], "index");
        let edges = outputs["edges"].as_array().expect("a list of edges").iter();
        edges.map(|e| format!("{} {}", e["source"], e["index"]).replace('"', "")).collect::<Vec<_>>()
    };
    assert_eq!(search("stars", "4 5"), ["ana 0", "bo 0"]);
    let body = json!({"source": "cy", "target": "f2", "label": "likes", "properties": {"stars": [4], "at": ["2023-01-02"]}});
    g.post("/edges", body).expect(200);
    assert_eq!(search("stars", "4"), ["ana 0", "cy 0"]);
    assert_eq!(search("at", "2023"), ["cy 0"]);
    g.delete("/vertices/ana").expect(200);
    assert_eq!(search("stars", "4 2"), ["cy 0"]);
}

/// Every way in which elements come and go; each answer is right at once, and again after a new base.
#[test]
fn v03_24_an_index_follows_every_write() {
    let s = TestServer::start();
    let g = films(&s);
    indexed(&g, &["title", "city"]);
    let query = || {
        let now = found(&g, title("full_text_match", "harbour hill"));
        s.inner("films").compact(&JobContext::detached(1, 1 << 30)).expect("a base");
        assert_eq!(found(&g, title("full_text_match", "harbour hill")), now);
        now
    };
    assert_eq!(query(), ["f1", "f2"]);
    s.object("in/v.csv", "f3,film,Harbour,drama\nf2,film,Quiet Valley,drama\n");
    g.outputs("/action?action_id=import-graph", json!({"vertexsetPath": "in/v.csv"}));
    assert_eq!(query(), ["f3", "f1"]);
    g.post("/vertices/ana/labels", json!({"label": "film"})).expect(200);
    retitle(&g, "ana", "Harbour");
    assert_eq!(query(), ["ana", "f3", "f1"]);
    g.delete("/vertices/ana/labels/film").expect(200);
    assert_eq!(query(), ["f3", "f1"]);
    let filter = json!({"vertexFilters": [title("full_text_match", "lights")]});
    assert_eq!(g.job("/vertices/action?action_id=delete", filter)["status"], "success");
    assert_eq!(query(), ["f3"]);
    let accepted = g.delete("/schema/labels/film").expect(200);
    g.ended(accepted["jobId"].as_str().expect("an id"));
    let none = json!({"vertexFilters": [title("full_text_match", "harbour")]});
    assert_eq!(g.outputs(QUERY, none)["vertices"], json!([]));
    g.outputs("/action?action_id=clear-graph", json!({}));
    assert_eq!(g.get("/indices").expect(200)["data"]["indices"][0]["indexName"], "words");
    g.post("/vertices", json!({"vertex": "eve", "label": "person", "properties": {"city": ["New Harbour"]}}))
        .expect(200);
    let city = json!({"propertyName": "city", "predicate": "full_text_match", "values": ["harbour"]});
    assert_eq!(found(&g, city), ["eve"]);
}

/// A restart finds the definition again, and the data soon after; answers are right all the time.
#[test]
fn v03_24_an_index_survives_a_restart() {
    let s = TestServer::start();
    let g = films(&s);
    indexed(&g, &["title"]);
    s.inner("films").compact(&JobContext::detached(1, 1 << 30)).expect("a base");
    film(&g, "f3", "Harbour");
    found_again(&g);
    let s = s.restart();
    found_again(&s.named("films"));
}

/// The data are stored soon after they are in use. Damaged, they are made again and stored again.
#[test]
fn v03_24_stored_data_are_made_again_when_damaged() {
    let mut s = TestServer::start();
    let g = films(&s);
    indexed(&g, &["title"]);
    s.inner("films").compact(&JobContext::detached(1, 1 << 30)).expect("a base");
    film(&g, "f3", "Harbour");
    let file = stored_data(&s);
    let whole = std::fs::read(&file).expect("index data");
    s = s.restart();
    found_again(&s.named("films"));
    assert!(!s.inner("films").has_unsaved_indices(), "the data were not read back");
    for at in [0, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&file, damaged).expect("a damaged file");
        s = s.restart();
        found_again(&s.named("films"));
        assert_eq!(std::fs::read(stored_data(&s)).expect("index data").len(), whole.len());
    }
}

/// Asks until the index is used.
fn found_again(g: &TestGraph<'_>) {
    let began = Instant::now();
    loop {
        let body = json!({"vertexFilters": [title("full_text_match", "harbour")]});
        let outputs = g.outputs(QUERY, body);
        assert_eq!(
            (&outputs["vertices"][0]["id"], &outputs["vertices"][1]["id"]),
            (&json!("f3"), &json!("f1"))
        );
        if outputs["plan"]["access"] == "index" {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "the index is not used again");
    }
}

/// The file of the only index, once it is there and nothing waits to be stored.
fn stored_data(s: &TestServer) -> PathBuf {
    let began = Instant::now();
    let graph = s.inner("films");
    while graph.has_unsaved_indices() {
        assert!(began.elapsed() < PATIENCE, "the data are not stored");
        std::thread::sleep(Duration::from_millis(20));
    }
    let bases = std::fs::read_dir(graph.dir()).expect("a directory of the graph").flatten();
    let mut files = bases.map(|base| base.path().join("index-00000000.seg"));
    files.find(|file| file.exists()).expect("a file of index data")
}
