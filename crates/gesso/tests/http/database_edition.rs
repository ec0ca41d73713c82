//! Graphs of the database edition: edges have sort keys and no index. Spec 03, 1.6 and 5; spec 04, 2.9, 3 and 5;
//! spec 06, section 4; spec 10, 5.2 and 7.2.

use crate::fixture_files::{IMPORT, rejected};
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

/// A graph of the database edition with labels `person`, `likes` (stars) and `knows`.
fn database<'s>(s: &'s TestServer, name: &str, sort_key: &str) -> TestGraph<'s> {
    let body =
        json!({"graphName": name, "idType": "hash", "sortKeyType": sort_key, "productType": "Persistence"});
    s.post("/ges/v1.0/p1/graphs", body).expect(200);
    let g = s.named(name);
    let labels = json!([
        {"name": "person", "type": "vertex", "properties": [{"name": "age", "dataType": "int"}]},
        {"name": "likes", "type": "edge", "properties": [{"name": "stars", "dataType": "int"}]},
        {"name": "knows"}]);
    g.post("/schema/labels/action?action_id=batch-add", json!({"labels": labels})).expect(200);
    g
}

fn edge(source: &str, target: &str, label: &str, key: Value, stars: u32) -> Value {
    let mut edge = json!({"source": source, "target": target, "label": label});
    if !key.is_null() {
        edge["sortKey"] = key;
    }
    if label == "likes" {
        edge["properties"] = json!({"stars": stars});
    }
    edge
}

fn add(g: &TestGraph<'_>, edges: Value) -> Value {
    g.post("/edges/action?action_id=batch-add", json!({"edges": edges})).expect(200)
}

fn details(g: &TestGraph<'_>, query: &str) -> Value {
    g.get(&format!("/edges/detail?{query}")).expect(200)["data"]["edges"].clone()
}

/// `likes` edges with the keys 1, 2 and none, and one `knows`, all from `ana` to `bo`.
fn several(g: &TestGraph<'_>) {
    add(
        g,
        json!([
            edge("ana", "bo", "likes", json!(1), 1),
            edge("ana", "bo", "likes", json!("2"), 2),
            edge("ana", "bo", "likes", Value::Null, 3),
            edge("ana", "bo", "knows", Value::Null, 0)
        ]),
    );
}

#[test]
fn m04_67_a_graph_is_of_the_database_edition_if_its_request_or_the_default_says_so() {
    let s = TestServer::start();
    database(&s, "films", "int");
    let list = s.get("/ges/v1.0/p1/graphs").expect(200);
    let entry = &list["graphs"][0];
    assert_eq!((&entry["productType"], &entry["sortKeyType"]), (&json!("Persistence"), &json!("int")));
    let refused = |body: Value| check(s.post("/ges/v1.0/p1/graphs", body), 400, "GES.8012");
    assert!(refused(json!({"graphName": "other", "productType": "Persistence"})).contains("[idType]"));
    assert!(refused(json!({"graphName": "other", "productType": "Disk"})).contains("Persistence"));
    s.post("/ges/v1.0/p1/graphs", json!({"graphName": "plain", "productType": "InMemory"})).expect(200);
    assert_eq!(s.get("/ges/v1.0/p1/graphs").expect(200)["graphs"][1].get("productType"), None);
    let s = TestServer::start_with(|settings| settings.http.is_persistence_default = true);
    s.post("/ges/v1.0/p1/graphs", json!({"graphName": "films", "idType": "hash"})).expect(200);
    assert!(s.named("films").get("/summary").expect(200)["jobId"].is_string());
}

#[test]
fn v03_45_adding_a_vertex_that_exists_fails_and_adds_none() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    let batch =
        |vertices: Value| g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices}));
    batch(json!([{"vertex": "ana", "label": "person", "properties": {"age": 31}}])).expect(200);
    let reply = batch(json!([{"vertex": "bo", "label": "person"}, {"vertex": "ana", "label": "person"}]));
    assert_eq!(reply.json()["result"], "failed");
    assert!(check(reply, 400, "GES.8000").contains("vertex [ana] already exists"));
    check(
        batch(json!([{"vertex": "cy", "label": "person"}, {"vertex": "cy", "label": "person"}])),
        400,
        "GES.8000",
    );
    assert_eq!(
        g.get("/vertices/detail?vertexIds=ana,bo,cy").expect(200)["data"]["vertices"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let replaced = json!({"vertices": [{"vertex": "ana", "label": "person"}], "overrideExists": true});
    g.post("/vertices/action?action_id=batch-add", replaced).expect(200);
    assert_eq!(g.vertex("ana")["properties"], json!({}));
    // What an edge made as its end has not been added yet.
    add(&g, json!([edge("ana", "dee", "knows", Value::Null, 0)]));
    batch(json!([{"vertex": "dee", "label": "person"}])).expect(200);
    assert_eq!(g.vertex("dee")["label"], "person");
}

#[test]
fn v03_66_edges_are_added_whether_or_not_their_ends_exist() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    let answer = add(&g, json!([edge("ana", "bo", "knows", Value::Null, 0)]));
    assert_eq!(answer, json!({"result": "success", "data": {"edges": [{"source": "ana", "target": "bo"}]}}));
    let create = json!({"edges": [edge("x", "y", "knows", Value::Null, 0)], "createNotExists": true});
    let reply = g.post("/edges/action?action_id=batch-add", create);
    assert_eq!(reply.json()["result"], "failed");
    assert!(check(reply, 400, "GES.8000").contains("[createNotExists]"));
    assert_eq!(
        details(&g, "source=ana&target=bo"),
        json!([{"source": "ana", "target": "bo", "label": "knows", "properties": {}}])
    );
}

#[test]
fn v03_67_an_edge_of_equal_ends_label_and_sort_key_is_the_same_edge() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    several(&g);
    add(&g, json!([edge("ana", "bo", "likes", json!(1), 5)]));
    let ignored = json!({"edges": [edge("ana", "bo", "likes", json!(2), 9), edge("ana", "bo", "likes", Value::Null, 9)], "parallelEdge": "ignore"});
    g.post("/edges/action?action_id=batch-add", ignored).expect(200);
    let likes = details(&g, "source=ana&target=bo&label=likes");
    let pairs: Vec<(Value, Value)> = likes
        .as_array()
        .expect("edges")
        .iter()
        .map(|e| (e.get("sortKey").cloned().unwrap_or_default(), e["properties"]["stars"][0].clone()))
        .collect();
    assert_eq!(pairs, [(json!(1), json!(5)), (json!(2), json!(2)), (Value::Null, json!(3))]);
    assert_eq!(
        likes[0],
        json!({"source": "ana", "target": "bo", "label": "likes", "sortKey": 1, "properties": {"stars": [5]}})
    );
    for wrong in [
        json!("allow"),
        json!({"action": "allow"}),
        json!({"action": "override", "ignoreLabel": true}),
        json!({"action": "merge"}),
    ] {
        let body = json!({"edges": [edge("ana", "bo", "knows", Value::Null, 0)], "parallelEdge": wrong});
        check(g.post("/edges/action?action_id=batch-add", body), 400, "GES.8000");
    }
    g.post("/edges", edge("ana", "bo", "knows", Value::Null, 0)).expect(200);
    assert_eq!(details(&g, "source=ana&target=bo").as_array().map(Vec::len), Some(4));
}

#[test]
fn v03_54_sort_keys_choose_among_edges_and_must_be_of_the_type_of_the_graph() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    several(&g);
    let count = |query: &str| details(&g, &format!("source=ana&target=bo&{query}")).as_array().map(Vec::len);
    assert_eq!(count("index=77"), Some(4));
    assert_eq!(count("label=likes"), Some(3));
    assert_eq!(count("label=likes&sortKey=2&sortKeyType=int"), Some(1));
    assert_eq!(count("label=likes&sortKey=2&sortKeyType=Integer"), Some(1));
    assert_eq!(count("label=likes&sortKeyType=null"), Some(1));
    assert_eq!(count("label=likes&sortKey=9&sortKeyType=int"), Some(0));
    assert_eq!(g.get("/edges/detail?source=ana&target=bo").expect(200)["result"], "success");
    for wrong in [
        "label=likes&sortKey=2",
        "label=likes&sortKey=2&sortKeyType=string",
        "sortKey=2&sortKeyType=int",
        "label=likes&sortKey=x&sortKeyType=int",
        "label=likes&sortKey=2&sortKeyType=date",
    ] {
        check(g.get(&format!("/edges/detail?source=ana&target=bo&{wrong}")), 400, "GES.8000");
    }
    let query = |edges: Value| g.post("/edges/action?action_id=batch-query", json!({"edges": edges}));
    let found = query(json!([{"source": "ana", "target": "bo", "label": "likes", "sortKey": 2}])).expect(200);
    assert_eq!(found["data"]["edges"][0]["properties"]["stars"], json!([2]));
    check(query(json!([{"source": "ana", "target": "bo", "sortKey": 2}])), 400, "GES.8000");
    check(
        query(json!([{"source": "ana", "target": "bo", "label": "likes", "sortKey": "x"}])),
        400,
        "GES.8000",
    );
    // The memory edition takes sort keys without looking at them.
    let m = s.graph("plain");
    m.post(
        "/edges/action?action_id=batch-add",
        json!({"edges": [{"source": "a", "target": "b", "sortKey": {}}], "createNotExists": true}),
    )
    .expect(200);
    assert_eq!(details(&m, "source=a&target=b&sortKey=1")[0]["index"], "0");
}

#[test]
fn v03_74_changes_and_deletes_by_sort_key() {
    let s = TestServer::start();
    let g = database(&s, "films", "string");
    let key = |k: &str| json!(k);
    add(
        &g,
        json!([
            edge("ana", "bo", "likes", key("a"), 1),
            edge("ana", "bo", "likes", key("b"), 2),
            edge("ana", "bo", "likes", Value::Null, 3)
        ]),
    );
    let stars = || {
        let edges = details(&g, "source=ana&target=bo");
        edges
            .as_array()
            .expect("edges")
            .iter()
            .map(|e| e["properties"]["stars"][0].as_i64().unwrap_or(-1))
            .collect::<Vec<_>>()
    };
    let update =
        |edge: Value| g.post("/edges/properties/action?action_id=batch-update", json!({"edges": [edge]}));
    update(json!({"source": "ana", "target": "bo", "label": "likes", "sortKey": "b", "properties": {"stars": 20}})).expect(200);
    assert_eq!(stars(), [1, 20, 3]);
    update(json!({"source": "ana", "target": "bo", "label": "likes", "properties": {"stars": 30}}))
        .expect(200);
    assert_eq!(stars(), [1, 20, 30]);
    check(
        update(
            json!({"source": "ana", "target": "bo", "label": "likes", "sortKey": "z", "properties": {"stars": 1}}),
        ),
        400,
        "GES.8221",
    );
    update(json!({"source": "ana", "target": "bo", "properties": {"stars": 7}})).expect(200);
    assert_eq!(stars(), [7, 7, 7]);
    let one = "/edges/properties/action?action_id=update&source=ana&target=bo&label=likes&sortKey=a&sortKeyType=string";
    g.post(one, json!({"properties": {"stars": 1}})).expect(200);
    assert_eq!(stars(), [1, 7, 7]);
    // The keys are still there.
    assert_eq!(
        details(&g, "source=ana&target=bo&label=likes&sortKey=b&sortKeyType=string")[0]["sortKey"],
        "b"
    );
    let delete = |edge: Value| g.post("/edges/action?action_id=batch-delete", json!({"edges": [edge]}));
    delete(json!({"source": "ana", "target": "bo", "label": "likes", "sortKey": "b"})).expect(200);
    assert_eq!(stars(), [1, 7]);
    check(
        delete(json!({"source": "ana", "target": "bo", "label": "likes", "sortKey": "b"})),
        400,
        "GES.8000",
    );
    g.delete("/edges?source=ana&target=bo&label=likes&sortKeyType=null").expect(200);
    assert_eq!(stars(), [1]);
    delete(json!({"source": "ana", "target": "bo"})).expect(200);
    assert!(stars().is_empty());
    let long = "x".repeat(41);
    let body = json!({"edges": [edge("ana", "bo", "likes", json!(long), 1)]});
    assert!(check(g.post("/edges/action?action_id=batch-add", body), 400, "GES.8000").contains("40 bytes"));
}

#[test]
fn m04_25_data_assets_need_label_indices() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    assert_eq!(g.get("/schema/data-assets").expect(200), json!({"result": "success"}));
    let message = check(g.post("/schema/data-assets", json!({})), 400, "GES.8301");
    assert_eq!(message, "Label index in vertices or edges is not found, please build the index first.");
    for (name, kind) in [("v", "GlobalCompositeVertexIndex"), ("e", "GlobalCompositeEdgeIndex")] {
        g.job("/indices", json!({"indexName": name, "indexType": kind, "hasLabel": true}));
    }
    assert_eq!(g.job("/schema/data-assets", json!({}))["state"], "complete");
}

#[test]
fn m04_27_indices_are_listed_with_booleans_and_may_be_many() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    let index = |i: usize| json!({"indexName": format!("i{i}"), "indexType": "GlobalCompositeVertexIndex", "hasLabel": true, "indexProperty": ["age"]});
    let all: Vec<Value> = (0..12).map(index).collect();
    assert_eq!(g.job("/indices/action?action_id=batch-build", json!({"indices": all}))["state"], "complete");
    let list = g.get("/indices").expect(200);
    assert_eq!((&list["result"], list["data"].get("result")), (&json!("success"), None));
    assert_eq!(list["data"]["indices"].as_array().map(Vec::len), Some(12));
    assert_eq!(list["data"]["indices"][0]["hasLabel"], true);
}

#[test]
fn m04_50_the_summary_is_a_job() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    several(&g);
    g.post("/vertices/ana/labels", json!({"label": "person"})).expect(200);
    g.post("/vertices/ana/labels", json!({"label": "knows"})).expect(200);
    let accepted = g.get("/summary?label_details=true").expect(200);
    let status = g.ended(accepted["jobId"].as_str().expect("a job id"));
    let data = &status["data"];
    // A vertex counts once for each of its labels.
    assert_eq!((&data["vertexNum"], &data["edgeNum"]), (&json!(3), &json!(4)), "{status}");
    assert_eq!(data["labelDetails"]["errorCode"], "GES.8017");
    assert_eq!(data["outputs"]["vertexNum"], 3);
    assert_eq!(g.get("/schema").expect(200)["result"], "success");
    assert_eq!(g.get("/version").expect(200)["version"], "2.3.18");
}

#[test]
fn d10_34_the_last_column_is_the_sort_key_and_comes_back() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    s.object("in/e.csv", "a,b,knows,1\na,b,knows,\na,b,knows\na,b,likes,5,7\na,b,likes,6,7\na,b,likes,,\n");
    let by_column = json!({"edgesetPath": "in/e.csv", "parallelEdge": {"sortKeyColumn": "lastColumn"}});
    g.outputs(IMPORT, by_column);
    let keys = |g: &TestGraph<'_>| {
        let edges = details(g, "source=a&target=b");
        let key = |e: &Value| {
            (e["label"].clone(), e.get("sortKey").cloned().unwrap_or_default(), e["properties"].clone())
        };
        let mut keys: Vec<_> = edges.as_array().expect("edges").iter().map(key).collect();
        keys.sort_by_key(|k| format!("{k:?}"));
        keys
    };
    let expected = [
        (json!("knows"), Value::Null, json!({})),
        (json!("knows"), json!(1), json!({})),
        (json!("likes"), Value::Null, json!({})),
        (json!("likes"), json!(7), json!({"stars": [6]})),
    ];
    assert_eq!(keys(&g), expected);
    // Repeated lines are the same edges, also against what is there.
    let ignored = json!({"edgesetPath": "in/e.csv", "parallelEdge": {"action": "ignore", "sortKeyColumn": "lastColumn"}});
    g.outputs(IMPORT, ignored);
    assert_eq!(keys(&g), expected);
    let whole = json!({"graphExportPath": "out", "vertexSetName": "v.csv", "edgeSetName": "e.csv", "schemaName": "schema.xml", "paginate": {"enable": false}});
    let outputs = g.outputs("/action?action_id=export-graph", whole);
    assert_eq!(outputs["sortKeyColumn"], "lastColumn");
    let text = std::fs::read_to_string(s.objects().join("out/e.csv")).expect("a file");
    assert!(text.lines().any(|l| l == "a,b,likes,6,7") && text.lines().any(|l| l == "a,b,knows,"), "{text}");
    let s = s.restart();
    let back = database(&s, "back", "int");
    back.outputs(IMPORT, json!({"vertexsetPath": "out/v.csv", "edgesetPath": "out/e.csv", "parallelEdge": {"sortKeyColumn": "lastColumn"}}));
    assert_eq!((keys(&back), keys(&s.named("films"))), (expected.to_vec(), expected.to_vec()));
    s.object("in/e.jsonl", "{\"source\":\"a\",\"target\":\"b\",\"label\":\"knows\",\"sortKey\":1}\n{\"source\":\"a\",\"target\":\"c\",\"sortKey\":\"x\"}\n");
    let outputs = back.outputs(IMPORT, json!({"edgesetPath": "in/e.jsonl", "edgesetFormat": "jsonl"}));
    assert_eq!(rejected(&outputs["edgeset"][0]), ["2:E10"]);
    assert_eq!(keys(&back), expected);
}

#[test]
fn d10_35_parallel_edges_of_other_rules_are_refused() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    s.object("in/e.csv", "a,b,knows,1\n");
    for rule in [json!({"sortKeyColumn": "first"}), json!({"action": "allow"}), json!({"ignoreLabel": true})]
    {
        check(g.post(IMPORT, json!({"edgesetPath": "in/e.csv", "parallelEdge": rule})), 400, "GES.8013");
    }
}

#[test]
fn d10_36_sort_keys_of_another_type_are_e10() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    s.object("in/e.csv", "a,b,knows,x\na,b,likes,5,1.5\na,b,knows,3\n");
    let outputs = g
        .outputs(IMPORT, json!({"edgesetPath": "in/e.csv", "parallelEdge": {"sortKeyColumn": "lastColumn"}}));
    let report = &outputs["edgeset"][0];
    assert_eq!(rejected(report), ["1:E10", "2:E10"]);
    assert!(report["cause"].as_str().is_some_and(|c| c.contains("sort key [x]")), "{report}");
}

#[test]
fn p06_native_algorithms_answer_at_once_and_results_name_edges_by_label() {
    let s = TestServer::start();
    let g = database(&s, "films", "int");
    add(
        &g,
        json!([
            edge("a", "b", "knows", json!(1), 0),
            edge("b", "c", "knows", json!(1), 0),
            edge("c", "a", "likes", json!(4), 1)
        ]),
    );
    let run = |body: Value| g.post("/action?action_id=execute-algorithm", body);
    let found = run(json!({"algorithmName": "shortest_path", "parameters": {"source": "a", "target": "c"}}))
        .expect(200);
    assert_eq!(found["data"]["outputs"]["path"], json!(["a", "b", "c"]), "{found}");
    let both = json!({"algorithmName": "shortest_path", "parameters": {"source": "a", "target": "c", "directed": false}});
    assert_eq!(run(both).expect(200)["data"]["outputs"]["path"], json!(["a", "c"]));
    let sets = |directed: Option<bool>| {
        let mut parameters = json!({"sources": "a", "targets": "c", "restricted": false});
        if let Some(directed) = directed {
            parameters["directed"] = directed.into();
        }
        let body = json!({"algorithmName": "common_neighbors_of_vertex_sets", "parameters": parameters});
        run(body).expect(200)["data"]["outputs"]["vertices"].clone()
    };
    // Edges lead from a to b and from c to a; the other way round b is near both.
    assert_eq!((sets(None), sets(Some(true)), sets(Some(false))), (json!([]), json!([]), json!(["b"])));
    assert!(run(json!({"algorithmName": "pagerank"})).expect(200)["jobId"].is_string());
    let circles = |format: &str| {
        let parameters = json!({"sources": "a", "n": 10, "output_format": format});
        let layers = json!([{}, {"operator": "out", "times": 3}]);
        let body = json!({"algorithmName": "filtered_circle_detection", "parameters": parameters, "filters": layers, "executionMode": "sync"});
        run(body).expect(200)["data"]["outputs"]["circles"].clone()
    };
    assert_eq!(circles("edgeId"), json!([["a-b-knows", "b-c-knows", "c-a-likes"]]));
    assert_eq!(circles("edgeObject")[0][2], json!({"source": "c", "target": "a", "label": "likes"}));
    let (_, status) = g.submitted("/edges/action?action_id=query", json!({"labels": ["likes"]}));
    let edge =
        json!({"source": "c", "target": "a", "label": "likes", "sortKey": 4, "properties": {"stars": [1]}});
    assert_eq!(status["data"]["outputs"]["edges"], json!([edge]));
    let paths = g.post("/paths/action?action_id=query-detail", json!({"paths": [["c", "a"]]})).expect(200);
    assert_eq!(paths["data"]["outputs"]["paths"][0][1]["edges"], json!([edge]));
    // Files of results name edges as pages do.
    let accepted = run(json!({"algorithmName": "edge_betweenness"})).expect(200);
    let job = accepted["jobId"].as_str().expect("a job id");
    assert_eq!(g.ended(job)["state"], "complete");
    let to = json!({"exportPath": "out", "fileName": "edges.jsonl"});
    g.outputs(&format!("/jobs/{job}/action?action_id=export-result"), to);
    let text = std::fs::read_to_string(s.objects().join("out/edges.jsonl")).expect("a file");
    assert!(text.contains("\"source\":\"c\",\"target\":\"a\",\"label\":\"likes\""), "{text}");
    assert!(!text.contains("\"index\""), "{text}");
}
