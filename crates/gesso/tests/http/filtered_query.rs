//! Filtered queries: spec 07, section 3, the form of requests and answers.

use crate::harness::{TestServer, check};
use crate::jobs_stage::{Held, check_cancelled, kronecker, one_worker, started, submit};
use crate::vectors::list;
use crate::walk_stage::{FQ, data, graph_a, label, names, property};
use gesso_core::JobContext;
use gesso_jobs::Kind;
use serde_json::{Value, json};

fn hops(start: &str, operators: &[&str]) -> Value {
    let filters: Vec<Value> = operators.iter().map(|o| json!({"operator": o})).collect();
    json!({"vertices": [start], "filters": filters})
}

fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

#[test]
fn f07_03_without_a_mode_the_answer_comes_at_once() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let answer = g.post(FQ, hops("ana", &["outV"])).expect(200);
    assert_eq!(names(&answer["data"]["vertices"]), ["bo", "cy"]);
    assert!(answer.get("jobId").is_none() && answer["data"].get("data_total_size").is_none(), "{answer}");
}

#[test]
fn f07_04_05_a_job_has_the_same_result_in_pages() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let now = data(&g, hops("ana", &["outV"]));
    let (accepted, ended) = g.submitted(FQ, with(hops("ana", &["outV"]), "executionMode", "ASYNC"));
    assert_eq!(accepted["jobType"], 1);
    assert_eq!((&ended["status"], &ended["kind"]), (&json!("complete"), &json!("filtered_query")));
    assert_eq!(ended["data"]["outputs"]["vertices"], now["vertices"]);
    let id = accepted["jobId"].as_str().expect("an id");
    let page = g.get(&format!("/jobs/{id}/status?offset=1&limit=1")).expect(200);
    let outputs = &page["data"]["outputs"];
    assert_eq!(names(&outputs["vertices"]), ["cy"]);
    let sizes = ["data_return_size", "data_offset", "data_total_size"].map(|n| outputs[n].as_u64());
    assert_eq!(sizes, [Some(1), Some(1), Some(2)]);
}

#[test]
fn f07_05_paths_beside_a_page_are_whole() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let body = with(with(hops("ana", &["outV"]), "executionMode", "async"), "with_path", "true");
    let (accepted, _) = g.submitted(FQ, body);
    let id = accepted["jobId"].as_str().expect("an id");
    let page = g.get(&format!("/jobs/{id}/status?offset=1&limit=1")).expect(200);
    let outputs = &page["data"]["outputs"];
    assert_eq!((list(&outputs["vertices"]).len(), list(&outputs["paths"]).len()), (1, 3));
}

#[test]
fn f07_06_07_a_visualized_result_has_no_pages() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let body = with(hops("ana", &["outV"]), "executionMode", "async");
    let (accepted, _) = g.submitted(FQ, with(body.clone(), "visualized", "true"));
    let id = accepted["jobId"].as_str().expect("an id");
    let outputs = g.get(&format!("/jobs/{id}/status?limit=1")).expect(200)["data"]["outputs"].take();
    assert_eq!(names(&outputs["vertices"]), ["bo", "cy"]);
    for member in ["data_return_size", "data_offset", "data_total_size"] {
        assert!(outputs.get(member).is_none(), "{outputs}");
    }
    let outputs = g.outputs(FQ, with(body, "visulized", "false"));
    assert_eq!(outputs["data_total_size"], 2);
}

#[test]
fn f07_08_an_unknown_graph() {
    let s = TestServer::start();
    let message = check(s.named("nope").post(FQ, hops("ana", &["outV"])), 400, "GES.8806");
    assert_eq!(message, "graph [nope] is not found");
}

#[test]
fn f07_09_an_unknown_mode() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let message = check(g.post(FQ, with(hops("ana", &["outV"]), "executionMode", "now")), 400, "GES.8806");
    assert_eq!(message, "executionMode is not correct, it should be sync or async");
}

#[test]
fn f07_11_vertex_without_a_start_means_all() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let all = json!({"vertices": [], "filters": [{"operator": "VERTEX"}]});
    assert_eq!(list(&data(&g, all)["vertices"]).len(), 11);
    let edges =
        json!({"edges": [], "filters": [{"operator": "edge", "edge_filter": label("=", json!("pays"))}]});
    let found = names(&data(&g, edges)["edges"]);
    assert_eq!(found, ["ana bo 2", "bo cy 1", "cy bo 1", "eli gus 1", "gus hal 0", "gus ivy 1", "hal eli 0"]);
    assert_eq!(data(&g, json!({"vertices": [], "filters": []})), json!({"vertices": []}));
}

#[test]
fn f07_12_from_edges_to_their_ends() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let ends = |operator: &str| {
        let body =
            json!({"edges": [{"source": "eli", "target": "gus"}], "filters": [{"operator": operator}]});
        names(&data(&g, body)["vertices"])
    };
    assert_eq!(ends("inV"), ["gus"]);
    assert_eq!(ends("outV"), ["eli"]);
    assert_eq!(ends("bothV"), ["eli", "gus"]);
}

#[test]
fn f07_13_start_edges_are_filtered() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let edges = json!([{"source": "ana", "target": "bo"}, {"source": "ana", "target": "cy", "index": "1"}]);
    let found = |filters: Value| names(&data(&g, json!({"edges": edges, "filters": filters}))["edges"]);
    assert_eq!(found(json!([])), ["ana bo 0", "ana cy 1", "ana bo 2"]);
    let knows = json!([{"operator": "edge", "edge_filter": label("=", json!("knows"))}]);
    assert_eq!(found(knows), ["ana bo 0", "ana cy 1"]);
    let one = json!({"edges": [{"source": "ana", "target": "bo", "index": 2}], "filters": []});
    assert_eq!(names(&data(&g, one)["edges"]), ["ana bo 2"]);
}

#[test]
fn f07_14_15_operators_that_do_not_fit() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let start = json!([{"source": "eli", "target": "gus"}]);
    let cases = [
        hops("ana", &["out", "in"]),
        hops("ana", &["outV", "vertex"]),
        hops("ana", &["outV", "edge"]),
        hops("ana", &["edge"]),
        json!({"edges": start, "filters": [{"operator": "vertex"}]}),
        json!({"edges": start, "filters": [{"operator": "out"}]}),
        json!({"vertices": ["ana"], "edges": start, "filters": []}),
        json!({"vertices": [], "filters": [{"operator": "outV"}]}),
        json!({"filters": [{"operator": "vertex"}]}),
        json!({"vertices": ["ana"], "filters": "x"}),
        json!({"vertices": ["ana"], "filters": [3]}),
        json!({"vertices": ["ana"], "filters": [{"operator": "out", "vertex_filter": label("=", json!("shop"))}]}),
        with(hops("ana", &["outV"]), "query_type", "Everything"),
        with(hops("ana", &["outV"]), "by", json!([3])),
    ];
    for body in cases {
        check(g.post(FQ, body), 400, "GES.8806");
    }
    // Without an operator: along the edges.
    assert_eq!(names(&data(&g, json!({"vertices": ["ana"], "filters": [{}]}))["vertices"]), ["bo", "cy"]);
}

#[test]
fn f07_16_unknown_start_elements() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let body = json!({"vertices": ["ana", "nobody"], "filters": [{"operator": "outV"}]});
    let message = check(g.post(FQ, body.clone()), 400, "GES.8806");
    assert_eq!(message, "vertex [nobody] does not exist");
    check(g.post(FQ, with(body.clone(), "executionMode", "async")), 400, "GES.8806");
    assert_eq!(names(&data(&g, with(body, "restricted", "false"))["vertices"]), ["bo", "cy"]);
    let body = json!({"edges": [{"source": "ana", "target": "bo", "index": 7}], "filters": []});
    assert!(check(g.post(FQ, body.clone()), 400, "GES.8806").contains("from [ana] to [bo] with index [7]"));
    assert_eq!(data(&g, with(body, "restricted", false)), json!({"edges": []}));
}

#[test]
fn f07_28_simple_edges() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let found = data(&g, with(hops("dee", &["bothV", "out"]), "query_type", "simpleedges"));
    let edges = list(&found["edges"]);
    for edge in edges {
        assert!(edge["index"].is_string() && edge["label"].is_string() && edge.get("properties").is_none());
    }
    let expected =
        ["bo dee 0", "bo cy 1", "cy dee 0", "cy bo 1", "dee eli 0", "dee dee 1", "eli flo 0", "eli gus 1"];
    assert_eq!(names(&found["edges"]), expected);
}

#[test]
fn f07_29_30_paths() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let one = json!([[{"source": "eli", "target": "flo", "index": "0", "label": "knows"},
        {"source": "flo", "target": "ana", "index": "0", "label": "knows"}]]);
    let knows = json!({"operator": "outV", "edge_filter": label("=", json!("knows"))});
    let body = json!({"vertices": ["eli"], "filters": [knows, {"operator": "outV"}]});
    assert_eq!(data(&g, with(body.clone(), "query_type", "PATH")), json!({"paths": one}));
    let found = data(&g, with(body, "with_path", true));
    assert_eq!((names(&found["vertices"]), &found["paths"]), (vec!["ana".to_owned()], &one));
}

/// The edges of each path as `source target index`.
fn paths(found: &Value) -> Vec<Vec<String>> {
    list(&found["paths"]).iter().map(names).collect()
}

#[test]
fn paths_are_sequences_of_edges() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let path = |body: Value| paths(&data(&g, with(body, "query_type", "Path")));
    // One edge, walked from both of its ends: one sequence, two vertices to go on from.
    let both = json!({"vertices": ["gus", "hal"], "filters": [
        {"operator": "bothV", "edge_filter": property("w", "=", json!(2))}, {"operator": "outV"}]});
    let ways =
        [vec!["gus hal 0", "gus hal 0"], vec!["gus hal 0", "gus ivy 1"], vec!["gus hal 0", "hal eli 0"]];
    assert_eq!(path(both), ways);
    // A start edge is walked; going on from it to its ends adds nothing.
    let edge = json!({"edges": [{"source": "gus", "target": "hal"}], "filters": [{"operator": "bothV"}]});
    assert_eq!(path(edge.clone()), [["gus hal 0"]]);
    assert_eq!(
        path(with(edge, "filters", json!([{"operator": "inV"}, {"operator": "out"}]))),
        [["gus hal 0", "hal eli 0"]]
    );
    assert!(path(json!({"vertices": ["ana"], "filters": [{"operator": "vertex"}]})).is_empty());
    assert!(path(hops("zed", &["bothV"])).is_empty());
    assert_eq!(path(hops("dee", &["out"])), [["dee eli 0"], ["dee dee 1"]]);
}

#[test]
fn f07_31_full_paths_end_where_nothing_follows() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let shops = json!({"operator": "outV", "vertex_filter": label("=", json!("shop"))});
    let body =
        json!({"vertices": ["ana", "dee"], "filters": [{"operator": "outV"}, shops, {"operator": "outV"}]});
    let full = with(with(body.clone(), "query_type", "Path"), "full_path", true);
    let found = paths(&data(&g, full));
    let short = [vec!["ana bo 0"], vec!["ana cy 1"], vec!["ana bo 2"], vec!["dee dee 1"]];
    let long = ["dee eli 0", "eli gus 1"];
    let long = [vec![long[0], long[1], "gus hal 0"], vec![long[0], long[1], "gus ivy 1"]];
    assert_eq!(found, short.into_iter().chain(long.clone()).collect::<Vec<_>>());
    assert_eq!(paths(&data(&g, with(body, "query_type", "Path"))), long);
}

#[test]
fn f07_32_by_chooses_fields() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let by = |operator: &str, by: Value| data(&g, with(hops("eli", &[operator]), "by", by));
    let labels = json!({"vertices": [{"label": "person"}, {"label": "shop"}]});
    assert_eq!(by("outV", json!([{"label": true}])), labels);
    assert_eq!(by("outV", json!([{}])), json!({"vertices": [{}, {}]}));
    assert_eq!(by("outV", json!("[{\"label\":\"true\"}]")), labels);
    let ends = json!({"edges": [
        {"source": "eli", "target": "flo", "index": "0", "properties": {"w": [2.0]}},
        {"source": "eli", "target": "gus", "index": "1", "properties": {}}]});
    assert_eq!(by("out", json!([{"id": true, "properties": true, "selectedProperties": ["w"]}])), ends);
}

#[test]
fn f07_33_a_large_result_needs_a_job() {
    let s = TestServer::start();
    let g = s.graph("wide");
    let ctx = JobContext::detached(1, 1 << 30);
    s.inner("wide")
        .write(|tx| {
            for v in 0..100_001 {
                tx.new_vertex(&v.to_string(), vec![gesso_core::LabelId::DEFAULT], vec![])?;
            }
            Ok::<_, gesso_graph::ApplyError>(())
        })
        .expect("vertices");
    s.inner("wide").compact(&ctx).expect("a base");
    let all = json!({"vertices": [], "filters": [{"operator": "vertex"}]});
    let message = check(g.post(FQ, all.clone()), 400, "GES.8806");
    assert_eq!(message, "the number of results exceeds 100000, use executionMode async");
    let outputs = g.outputs(FQ, with(all, "executionMode", "async"));
    assert_eq!((list(&outputs["vertices"]).len(), &outputs["data_total_size"]), (100_000, &json!(100_001)));
}

#[test]
fn more_paths_than_a_synchronous_answer_holds_are_refused_at_once() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 8);
    let body = with(hops("0", &["outV"; 20]), "query_type", "Path");
    let message = check(g.post(FQ, body), 400, "GES.8806");
    assert_eq!(message, "the number of results exceeds 100000, use executionMode async");
}

#[test]
fn an_exploding_enumeration_is_cancelled() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 10);
    // Vertices 0 and 1 have no edges at this scale.
    let body = with(with(hops("2", &["bothV"; 12]), "query_type", "Path"), "executionMode", "async");
    let id = submit(&g, FQ, body);
    assert_eq!(started(&g, &id), "running");
    assert!(g.delete(&format!("/jobs/{id}?wait=true")).expect(200)["stoppedAfterMs"].is_number());
    check_cancelled(&g.ended(&id));
    assert_eq!(s.app().jobs.budget().used(), 0);
}

#[test]
fn queued_walks_run_after_a_restart() {
    let s = one_worker();
    let Some(g) = graph_a(&s) else { return };
    let _held = Held::running(&s, "paths", Kind::Algorithm);
    let range = json!({"start": 0, "end": 9, "time_props": {"stime": "at", "etime": "at"}});
    let queued = [
        (FQ, hops("ana", &["outV"])),
        ("/action?action_id=path-query", json!({"vertices": ["ana"], "repeat": [{"operator": "outV"}]})),
        ("/action?action_id=repeat-query", json!({"vertices": ["ana"], "repeat": [{"operator": "outV"}]})),
        ("/action?action_id=query-tree", json!({"rootId": "ana", "maxDepth": 2, "direction": "out"})),
        (
            "/dynamicgraphs/action?action_id=execute-analysis",
            json!({"algorithmName": "temporal_bfs", "dynamicRange": range, "parameters": {"source": "ana"}}),
        ),
    ];
    let ids = queued.map(|(path, body)| submit(&g, path, with(body, "executionMode", "async")));
    let s = s.restart();
    for id in ids {
        let status = s.named("paths").ended(&id);
        assert_eq!(status["state"], "complete", "{status}");
        assert!(status["data"]["outputs"].is_object(), "{status}");
    }
}
