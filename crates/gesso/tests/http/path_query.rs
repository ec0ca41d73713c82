//! Filtered query V2 and repeat query: spec 07, sections 4 and 5.1.

use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::{check_cancelled, kronecker, started, submit};
use crate::vectors::list;
use crate::walk_stage::{graph_a, label, names, property};
use serde_json::{Value, json};

const PQ: &str = "/action?action_id=path-query";
const REPEAT: &str = "/action?action_id=repeat-query";

/// `data` of a query from one vertex along `operator`, with more fields.
fn ask(g: &TestGraph<'_>, start: &str, operator: &str, more: Value) -> Value {
    g.post(PQ, body(start, operator, more)).expect(200)["data"].take()
}

fn body(start: &str, operator: &str, more: Value) -> Value {
    let mut body = json!({"vertices": [start], "repeat": [{"operator": operator}]});
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

fn shops() -> Value {
    json!([{"vertex_filter": label("=", json!("shop"))}])
}

fn refused(g: &TestGraph<'_>, body: Value) -> String {
    check(g.post(PQ, body), 400, "GES.8806")
}

#[test]
fn f07_34_two_hops_by_default() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    assert_eq!(names(&ask(&g, "ana", "outV", json!({}))["vertices"]), ["bo", "cy", "dee"]);
    assert_eq!(
        names(&ask(&g, "dee", "OUTV", json!({"times": "2"}))["vertices"]),
        ["dee", "eli", "flo", "gus"]
    );
    // From everywhere.
    let all = json!({"vertices": [], "repeat": [{"operator": "inV"}], "times": 1});
    assert_eq!(list(&g.post(PQ, all).expect(200)["data"]["vertices"]).len(), 10);
}

#[test]
fn f07_35_times_has_a_range() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    for times in [json!(0), json!(21), json!(-1), json!("x")] {
        assert!(refused(&g, body("ana", "outV", json!({"times": times}))).contains("[times]"));
    }
}

#[test]
fn f07_36_emit_gives_every_hop_once() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let found = ask(&g, "gus", "outV", json!({"times": 3, "emit": "true"}));
    // By hop, then in graph order: hop 1, hop 2, hop 3.
    assert_eq!(names(&found["vertices"]), ["hal", "ivy", "ana", "eli", "bo", "cy", "flo", "gus"]);
}

#[test]
fn f07_37_one_condition_alone() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let two = json!({"until": [{"vertex_filter": {}}, {"vertex_filter": {}}]});
    assert!(refused(&g, body("ana", "outV", two)).contains("[until] has 2 entries"));
    assert_eq!(names(&ask(&g, "ana", "outV", json!({"until": []}))["vertices"]), ["bo", "cy", "dee"]);
}

#[test]
fn f07_38_a_walk_ends_where_the_condition_holds() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let found = ask(&g, "eli", "outV", json!({"times": 3, "until": shops()}));
    assert_eq!(names(&found["vertices"]), ["gus"]);
    // `hal` and `ivy` are behind `gus` and are not reached.
    let found = ask(&g, "eli", "outV", json!({"times": 3, "until": shops(), "emit": true}));
    assert_eq!(names(&found["vertices"]), ["flo", "gus", "ana", "bo", "cy"]);
    // On the edge that was walked last: of two edges to `bo` one meets it, and the other goes on.
    let pays = json!([{"edge_filter": label("=", json!("pays"))}]);
    let found = ask(&g, "ana", "outV", json!({"times": 2, "until": pays}));
    assert_eq!(names(&found["vertices"]), ["bo", "cy"]);
}

#[test]
fn f07_39_limits() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let found = ask(&g, "gus", "outV", json!({"times": 3, "emit": true, "limit": "2"}));
    assert_eq!(names(&found["vertices"]), ["hal", "ivy"]);
    assert_eq!(found["limit_reached"], true);
    let all = ask(&g, "gus", "outV", json!({"times": 3, "emit": true}));
    assert!(all.get("limit_reached").is_none(), "{all}");
    assert!(refused(&g, body("ana", "outV", json!({"limit": 0}))).contains("[limit]"));
}

/// The ids of each row, by the names of its columns.
fn rows(found: &Value) -> Vec<Vec<(String, String)>> {
    let cells = |row: &Value| {
        let row = row.as_object().expect("a row").iter();
        row.map(|(name, v)| (name.clone(), v["id"].as_str().expect("an id").to_owned())).collect()
    };
    list(&found["select"]).iter().map(cells).collect()
}

fn row(cells: &[(&str, &str)]) -> Vec<(String, String)> {
    cells.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned())).collect()
}

#[test]
fn f07_40_rows_of_walks() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let select = |by: Value| body("ana", "outV", json!({"select": ["v0", "v2"], "by": by}));
    assert!(refused(&g, select(json!([{"id": true}]))).contains("[by] has 1 entries, expected 2"));
    let found = g.post(PQ, select(json!([{"id": true}, {"id": true, "label": true}]))).expect(200);
    let expected =
        ["bo", "cy", "dee"].map(|id| json!({"v0": {"id": "ana"}, "v2": {"id": id, "label": "person"}}));
    assert_eq!(found["data"], json!({"select": expected}));
    assert!(refused(&g, body("ana", "outV", json!({"select": ["v3"]}))).contains("[select] value [v3]"));
    assert!(refused(&g, body("ana", "outV", json!({"select": ["v01"]}))).contains("[select] value [v01]"));
    assert!(refused(&g, body("ana", "outV", json!({"select": ["v0", "v0"]}))).contains("once"));
    assert!(
        refused(&g, body("ana", "outV", json!({"select": ["v0"], "queryType": "Tree"}))).contains("[select]")
    );
}

#[test]
fn rows_name_the_last_hop_of_an_element() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let ask = |times: u32| {
        let repeat = json!([{"operator": "outV", "as": "a"}, {"operator": "outV", "as": "b"}]);
        let body = json!({"vertices": ["ana"], "repeat": repeat, "times": times, "select": ["a", "b"]});
        rows(&g.post(PQ, body).expect(200)["data"])
    };
    let two = [("bo", "cy"), ("bo", "dee"), ("cy", "bo"), ("cy", "dee")];
    assert_eq!(ask(2), two.map(|(a, b)| row(&[("a", a), ("b", b)])));
    // Sorted by hop: `b` is hop 2, `a` hop 3.
    let three = [("bo", "cy"), ("bo", "dee"), ("cy", "bo"), ("cy", "dee"), ("dee", "dee"), ("dee", "eli")];
    assert_eq!(ask(3), three.map(|(b, a)| row(&[("a", a), ("b", b)])));
}

#[test]
fn rows_of_shorter_walks_lack_names() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let until =
        |select: Value| ask(&g, "ana", "outV", json!({"times": 5, "until": shops(), "select": select}));
    let found = rows(&until(json!(["v1", "v4"])));
    let expected = [("bo", "gus"), ("cy", "gus"), ("bo", "eli"), ("cy", "eli")];
    assert_eq!(found, expected.map(|(a, b)| row(&[("v1", a), ("v4", b)])));
    let found = rows(&until(json!(["v0", "v5"])));
    assert_eq!(found, [row(&[("v0", "ana")]), row(&[("v0", "ana"), ("v5", "gus")])]);
    // Without a condition, `kim` has nothing before it and is no complete walk.
    let emitted = ask(&g, "ana", "inV", json!({"select": ["v1", "v2"], "emit": true}));
    let short = [("flo", None), ("ivy", None), ("kim", None), ("flo", Some("eli")), ("ivy", Some("gus"))];
    let expected = short.map(|(a, b)| match b {
        None => row(&[("v1", a)]),
        Some(b) => row(&[("v1", a), ("v2", b)]),
    });
    assert_eq!(rows(&emitted), expected);
    let complete = ask(&g, "ana", "inV", json!({"select": ["v1", "v2"], "limit": 1}));
    assert_eq!(rows(&complete), [row(&[("v1", "flo"), ("v2", "eli")])]);
}

#[test]
fn f07_41_trees() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let leaf = |id: &str| json!({"id": id});
    let node = |id: &str, children: Value| json!({"id": id, "children": children});
    let tree = |more: Value| {
        let mut more = more;
        more["queryType"] = json!("tree");
        more["by"] = json!([{"id": true}]);
        ask(&g, "ana", "inV", more)["tree"].take()
    };
    let (flo, ivy) = (node("flo", json!([leaf("eli")])), node("ivy", json!([leaf("gus")])));
    assert_eq!(tree(json!({})), json!([node("ana", json!([flo, ivy]))]));
    assert_eq!(tree(json!({"emit": true})), json!([node("ana", json!([flo, ivy, leaf("kim")]))]));
    assert_eq!(tree(json!({"limit": 1})), json!([node("ana", json!([flo]))]));
    // One list of walks from each start that has any; all fields without `by`.
    let body = json!({"vertices": ["gus", "zed", "hal"], "repeat": [{"operator": "outV"}], "times": 1, "queryType": "Tree"});
    let roots = g.post(PQ, body).expect(200)["data"]["tree"].take();
    assert_eq!(names(&roots), ["gus", "hal"]);
    assert_eq!(names(&roots[0]["children"]), ["hal", "ivy"]);
    assert_eq!(roots[1]["children"][0], g.vertex("eli"));
}

#[test]
fn f07_42_modes_and_aliases() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let request = body("ana", "outV", json!({"executionMode": "async"}));
    let (accepted, ended) = g.submitted(PQ, request);
    assert_eq!((&accepted["jobType"], &ended["kind"]), (&json!(1), &json!("path_query")));
    let outputs = &ended["data"]["outputs"];
    assert_eq!((names(&outputs["vertices"]).len(), &outputs["data_total_size"]), (3, &json!(3)));
    for alias in ["filtered-query-v2", "filtered-query-V2"] {
        let answer =
            g.post(&format!("/action?action_id={alias}"), body("ana", "outV", json!({}))).expect(200);
        assert_eq!(answer["data"], ask(&g, "ana", "outV", json!({})));
    }
    check(s.named("nope").post(PQ, body("ana", "outV", json!({}))), 400, "GES.8806");
}

#[test]
fn edges_come_from_the_last_hop_alone() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let found = ask(&g, "eli", "out", json!({}));
    assert_eq!(names(&found["edges"]), ["flo ana 0", "gus hal 0", "gus ivy 1"]);
    assert!(found.get("vertices").is_none(), "{found}");
    let found = ask(&g, "eli", "out", json!({"emit": true}));
    assert_eq!(
        (names(&found["edges"]).len(), names(&found["vertices"])),
        (3, vec!["flo".to_owned(), "gus".into()])
    );
    let found = ask(&g, "eli", "out", json!({"until": shops()}));
    assert_eq!(names(&found["vertices"]), ["gus"]);
    let mut request = body("eli", "out", json!({"times": 1}));
    request["repeat"][0]["vertex_filter"] = label("=", json!("shop"));
    assert_eq!(names(&g.post(PQ, request).expect(200)["data"]["edges"]), ["eli gus 1"]);
}

#[test]
fn what_is_not_understood_is_refused() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    for request in [
        json!({"repeat": [{"operator": "outV"}]}),
        json!({"vertices": ["ana"]}),
        json!({"vertices": ["ana"], "repeat": []}),
        json!({"vertices": ["ana"], "repeat": [{}]}),
        body("ana", "vertex", json!({})),
        body("ana", "outV", json!({"queryType": "Path"})),
        body("ana", "outV", json!({"until": [{"vertex_filter": property("nothing", "=", json!(1))}]})),
        body("nobody", "outV", json!({})),
    ] {
        refused(&g, request);
    }
    assert_eq!(ask(&g, "nobody", "outV", json!({"restricted": false})), json!({"vertices": []}));
}

#[test]
fn f07_43_repeat_query_is_a_job_of_five_hops() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let (accepted, ended) = g.submitted(REPEAT, body("ana", "outV", json!({})));
    assert_eq!((&accepted["jobType"], &ended["state"]), (&json!(1), &json!("complete")));
    let outputs = &ended["data"]["outputs"];
    // Hops 1 to 5, each vertex at its first.
    assert_eq!(names(&outputs["vertices"]), ["bo", "cy", "dee", "eli", "flo", "gus", "ana", "hal", "ivy"]);
    let last = g.outputs(REPEAT, body("ana", "outV", json!({"emit": false, "times": 1})));
    assert_eq!(names(&last["vertices"]), ["bo", "cy"]);
}

#[test]
fn f07_44_repeat_query_shows_whole_walks() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let ask = |kind: &str, more: Value| {
        let mut request = body("eli", "outV", more);
        request["executionMode"] = json!("sync");
        request["query_type"] = json!(kind);
        g.post(REPEAT, request).expect(200)["data"].take()
    };
    let found = ask("SimpleSubgraph", json!({"times": 1}));
    let vertices =
        [("eli", "person"), ("flo", "person"), ("gus", "shop")].map(|(id, l)| json!({"id": id, "label": l}));
    assert_eq!(found["vertices"], json!(vertices));
    assert_eq!(names(&found["edges"]), ["eli flo 0", "eli gus 1"]);
    assert!(found["edges"][0].get("properties").is_none() && found["edges"][0]["label"] == "knows");
    let found = ask("SimpleEdges", json!({"times": 2}));
    assert_eq!(names(&found["edges"]), ["eli flo 0", "eli gus 1", "flo ana 0", "gus hal 0", "gus ivy 1"]);
    let found = ask("Path", json!({"times": 3, "until": shops()}));
    assert_eq!(list(&found["paths"]).iter().map(names).collect::<Vec<_>>(), [["eli gus 1"]]);
    let found = ask("Path", json!({"times": 2, "limit": 2}));
    let two = [["eli flo 0", "flo ana 0"], ["eli gus 1", "gus hal 0"]];
    assert_eq!(list(&found["paths"]).iter().map(names).collect::<Vec<_>>(), two);
    let found = ask("Path", json!({"times": 2, "full_path": true, "until": shops()}));
    assert_eq!(
        list(&found["paths"]).iter().map(names).collect::<Vec<_>>(),
        [vec!["eli gus 1"], two[0].to_vec()]
    );
}

#[test]
fn repeat_query_starts_at_the_targets_of_edges_and_has_a_condition_for_each_hop() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let any = json!({"vertex_filter": label("=", json!("nothing"))});
    let request = |until: Value| {
        json!({"edges": [{"source": "dee", "target": "eli"}], "times": 2, "emit": false, "until": until,
            "repeat": [{"operator": "outV"}, {"operator": "outV"}]})
    };
    let found =
        g.outputs(REPEAT, request(json!([any, {"vertex_filter": property("city", "=", json!("Porto"))}])));
    assert_eq!(names(&found["vertices"]), ["ana", "ivy"]);
    let found = g.outputs(REPEAT, request(shops()));
    assert_eq!(names(&found["vertices"]), ["gus"]);
    let message = check(g.post(REPEAT, request(json!([any, any, any]))), 400, "GES.8806");
    assert!(message.contains("[until] has 3 entries, expected 1 or 2"), "{message}");
}

#[test]
fn rows_and_trees_that_explode_are_cancelled() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 10);
    let all: Vec<String> = (0..=20).map(|n| format!("v{n}")).collect();
    for more in [json!({"select": all}), json!({"queryType": "Tree"})] {
        // Vertices 0 and 1 have no edges at this scale.
        let mut request = body("2", "bothV", more);
        request["executionMode"] = json!("async");
        request["times"] = json!(20);
        request["limit"] = json!(1_000_000_000);
        let id = submit(&g, PQ, request.clone());
        assert_eq!(started(&g, &id), "running");
        assert!(g.delete(&format!("/jobs/{id}?wait=true")).expect(200)["stoppedAfterMs"].is_number());
        check_cancelled(&g.ended(&id));
        // The first ones of as many come at once.
        request["executionMode"] = json!("sync");
        request["limit"] = json!(1000);
        request["by"] = if request.get("select").is_some() {
            json!(vec![json!({"id": true}); 21])
        } else {
            json!([{"id": true}])
        };
        g.post(PQ, request).expect(200);
    }
    assert_eq!(s.app().jobs.budget().used(), 0);
}
