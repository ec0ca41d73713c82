//! Creating, listing and deleting graphs: spec 04, section 9.

use crate::harness::{PROJECT, TestServer, check};
use serde_json::{Value, json};

fn graphs() -> String {
    format!("/ges/v1.0/{PROJECT}/graphs")
}

fn listed(s: &TestServer) -> Value {
    let mut answer = s.get(&graphs()).expect(200);
    assert_eq!(answer["result"], "success");
    answer["graphs"].take()
}

/// A graph must be refused with `GES.8012` and `"result":"failed"`.
fn refused(s: &TestServer, body: Value) -> String {
    let before = listed(s);
    let reply = s.post(&graphs(), body);
    assert_eq!(reply.json()["result"], "failed");
    let message = check(reply, 400, "GES.8012");
    assert_eq!(listed(s), before);
    message
}

fn created(s: &TestServer, body: Value) {
    assert_eq!(s.post(&graphs(), body).expect(200), json!({"result": "success"}));
}

#[test]
fn m04_67_a_graph_is_created_once_and_listed() {
    let s = TestServer::start();
    assert_eq!(listed(&s), json!([]));
    let body = json!({"graphName": "films", "idType": "hash", "sortKeyType": "int"});
    created(&s, body.clone());
    let entry = json!({"graphName": "films", "averageImportRate": 0, "idType": "hash", "sortKeyType": "int"});
    assert_eq!(listed(&s), json!([entry]));
    assert_eq!(refused(&s, body), "graph [films] already exists");
    created(&s, json!({"graphName": "Films"}));
    s.post("/ges/v1.0/p2/graphs", json!({"graphName": "films"})).expect(200);
    assert_eq!(listed(&s).as_array().map(Vec::len), Some(2));
    assert_eq!(s.named("films").counts(), (0, 0));
    let s = s.restart();
    assert_eq!(listed(&s)[0], entry);
}

#[test]
fn m04_68_names_of_graphs_have_4_to_32_letters_digits_and_underscores() {
    let s = TestServer::start();
    for name in ["abc", &"a".repeat(33), "1film", "_film", "fil-ms", "fil ms", "fílms", "../films", ""] {
        refused(&s, json!({"graphName": name}));
    }
    refused(&s, json!({}));
    refused(&s, json!({"graphName": null}));
    created(&s, json!({"graphName": "a".repeat(32)}));
    created(&s, json!({"graphName": "a_1B"}));
}

#[test]
fn m04_69_fixed_length_ids_need_a_length_of_1_to_128() {
    let s = TestServer::start();
    let body =
        |length: Value| json!({"graphName": "films", "idType": "fixedLengthString", "idLength": length});
    for length in [Value::Null, json!(0), json!(129), json!(-1), json!("five")] {
        refused(&s, body(length));
    }
    refused(&s, json!({"graphName": "films", "idType": "number"}));
    refused(&s, json!({"graphName": "films", "sortKeyType": "date"}));
    created(&s, body(json!("128")));
    assert_eq!(listed(&s)[0]["idLength"], 128);
}

#[test]
fn m04_70_ids_longer_than_the_graph_allows_are_8000() {
    let s = TestServer::start();
    created(&s, json!({"graphName": "films", "idType": "fixedLengthString", "idLength": 5}));
    let g = s.named("films");
    let add = |id: &str| g.post("/vertices", json!({"vertex": id}));
    add("abcde").expect(200);
    for id in ["abcdef", "ééé"] {
        check(add(id), 400, "GES.8000");
        let batch = json!({"vertices": [{"vertex": "ok"}, {"vertex": id}]});
        check(g.post("/vertices/action?action_id=batch-add", batch), 400, "GES.8000");
        let edges = json!({"edges": [{"source": "abcde", "target": id}], "createNotExists": true});
        check(g.post("/edges/action?action_id=batch-add", edges), 400, "GES.8000");
    }
    assert_eq!(g.counts(), (1, 0));
}

#[test]
fn m04_71_without_sort_key_type_it_is_var_string() {
    let s = TestServer::start();
    created(&s, json!({"graphName": "films"}));
    assert_eq!(listed(&s)[0]["sortKeyType"], "varString");
}

#[test]
fn m04_72_a_deleted_graph_leaves_the_record_of_its_deletion() {
    let s = TestServer::start();
    let g = s.graph("films");
    g.post("/vertices", json!({"vertex": "ana"})).expect(200);
    let answer = g.delete("").expect(200);
    let id = answer["jobId"].as_str().expect("a job id").to_owned();
    assert_eq!(listed(&s), json!([]));
    check(g.get("/summary"), 400, "GES.8001");
    assert_eq!(g.ended(&id)["status"], "success");
    let message = check(g.delete(""), 400, "GES.8301");
    assert_eq!(message, "Graph [p1-films] does not exist, please check project_id and graph_name.");
    // Nothing of the old graph is in a new one of its name.
    let g = s.graph("films");
    assert_eq!(g.counts(), (0, 0));
    g.post("/vertices", json!({"vertex": "bo"})).expect(200);
    let s = s.restart();
    assert_eq!(s.named("films").counts(), (1, 0));
    assert!(s.named("films").vertex("ana").is_null());
}
