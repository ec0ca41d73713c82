//! Ids are any non-empty text (spec 03, 4.4): whatever is written is read back, by every operation that names
//! a vertex.

use crate::harness::{TestGraph, TestServer, check, encoded};
use serde_json::json;

fn odd_ids() -> Vec<String> {
    let odd = [
        "a,b",
        "\"",
        "a\"b",
        "'",
        "/",
        "a/b/c",
        "..",
        ".",
        "a b",
        " ",
        " a ",
        "%",
        "%20",
        "%2F",
        "a%",
        "+",
        "a+b",
        "?",
        "#",
        "&",
        "=",
        "a&b=c",
        "\\",
        "\\n",
        "\n",
        "a\r\nb",
        "\t",
        "\u{1}",
        "\u{7f}",
        "\u{0}",
        ";",
        "[a]",
        "[\"a\"]",
        "{}",
        "null",
        "0",
        "-1",
        "1e5",
        "__DEFAULT__",
        "detail",
        "action",
        "properties",
        "labels",
        "é",
        "e\u{301}",
        "😀",
        "👩‍👩‍👧",
        "人",
        "\u{202e}abc",
        "\u{feff}",
        "\u{fffd}",
        "\u{10ffff}",
        "<b>",
        "`",
        "$x",
        "*",
        "~",
    ];
    let mut ids: Vec<String> = odd.iter().map(|id| (*id).to_owned()).collect();
    ids.push("x".repeat(4096));
    ids.push("é😀".repeat(682));
    ids
}

/// Every operation that reads a vertex must find exactly this one.
fn read_back(g: &TestGraph<'_>, id: &str) {
    let expected = json!({"id": id, "label": "__DEFAULT__", "properties": {}});
    assert_eq!(g.vertex(id), expected, "batch-query {id:?}");
    let one = g.get(&format!("/vertices/detail?vertexId={}", encoded(id))).expect(200);
    assert_eq!(one["data"]["vertices"], json!([expected]), "detail {id:?}");
    let array = json!([id]).to_string();
    let many = g.get(&format!("/vertices/detail?vertexIds={}", encoded(&array))).expect(200);
    assert_eq!(many["data"]["vertices"], json!([expected]), "details {id:?}");
}

#[test]
fn v03_37_odd_ids_are_written_and_read_back() {
    let s = TestServer::start();
    let g = s.graph("oddities");
    let ids = odd_ids();
    for (i, id) in ids.iter().enumerate() {
        let before = g.counts().0;
        g.post("/vertices", json!({"vertex": id})).expect(200);
        assert_eq!(before, i as u64, "{id:?}");
        read_back(&g, id);
        assert_eq!(
            check(g.post("/vertices", json!({"vertex": id})), 400, "GES.8000"),
            format!("vertex [{id}] already exists")
        );
    }
    let s = s.restart();
    let g = s.named("oddities");
    assert_eq!(g.counts().0, ids.len() as u64);
    for id in &ids {
        read_back(&g, id);
    }
}

#[test]
fn v03_37_odd_ids_are_told_apart_in_paths() {
    let s = TestServer::start();
    let g = s.graph("oddities");
    let ids = odd_ids();
    let vertices: Vec<_> = ids.iter().map(|id| json!({"vertex": id})).collect();
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices})).expect(200);
    g.post("/schema/labels", json!({"name": "odd", "properties": ["p"]})).expect(200);
    for id in &ids {
        let at = format!("/vertices/{}", encoded(id).replace("..", "%2E%2E"));
        g.post(&format!("{at}/labels"), json!({"label": "odd"})).expect(200);
        let properties = json!({"properties": {"p": id}});
        g.post(&format!("{at}/properties/action?action_id=update"), properties).expect(200);
        assert_eq!(g.vertex(id)["properties"]["p"], json!([id]), "{id:?}");
        g.delete(&format!("{at}/labels/odd")).expect(200);
    }
    for (i, id) in ids.iter().enumerate() {
        g.delete(&format!("/vertices/{}", encoded(id))).expect(200);
        assert!(g.vertex(id).is_null(), "{id:?}");
        assert_eq!(g.counts().0, (ids.len() - i - 1) as u64, "{id:?}");
    }
}

#[test]
fn v03_57_edges_between_odd_ids() {
    let s = TestServer::start();
    let g = s.graph("oddities");
    let ids = odd_ids();
    let pairs = ids.windows(2).map(|w| json!({"source": w[0], "target": w[1]}));
    let body = json!({"edges": pairs.collect::<Vec<_>>(), "createNotExists": true});
    g.post("/edges/action?action_id=batch-add", body).expect(200);
    assert_eq!(g.counts(), (ids.len() as u64, ids.len() as u64 - 1));
    for pair in ids.windows(2) {
        let ends = format!("source={}&target={}", encoded(&pair[0]), encoded(&pair[1]));
        let found = g.get(&format!("/edges/detail?{ends}")).expect(200);
        let edge = json!({"source": pair[0], "target": pair[1], "index": "0", "label": "__DEFAULT__", "properties": {}});
        assert_eq!(found["data"]["edges"], json!([edge]));
        g.delete(&format!("/edges?{ends}&index=0")).expect(200);
    }
    assert_eq!(g.counts().1, 0);
    let deleted = g.post("/vertices/action?action_id=batch-delete", json!({"vertices": ids}));
    deleted.expect(200);
    assert_eq!(g.counts(), (0, 0));
}

#[test]
fn v03_01_odd_ids_come_out_of_jobs() {
    let s = TestServer::start();
    let g = s.graph("oddities");
    let ids = odd_ids();
    let vertices: Vec<_> = ids.iter().map(|id| json!({"vertex": id})).collect();
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices})).expect(200);
    let query = json!({"labels": ["__DEFAULT__"], "limit": 1000});
    let outputs = g.outputs("/vertices/action?action_id=query", query);
    let found: Vec<&str> =
        outputs["vertices"].as_array().expect("vertices").iter().filter_map(|v| v["id"].as_str()).collect();
    assert_eq!(found, ids);
    let pagerank = json!({"algorithmName": "pagerank", "executionMode": "sync"});
    let answer = g.post("/action?action_id=execute-algorithm", pagerank).expect(200);
    let ranked = answer["data"]["outputs"]["pagerank"].as_array().expect("a list").clone();
    let mut ranked: Vec<&String> = ranked.iter().filter_map(|r| r.as_object()?.keys().next()).collect();
    let mut ids: Vec<&String> = ids.iter().collect();
    ranked.sort();
    ids.sort();
    assert_eq!(ranked, ids);
}
