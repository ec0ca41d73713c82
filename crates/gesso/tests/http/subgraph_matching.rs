//! Subgraph matching: spec 07, section 7.

use crate::harness::{TestServer, check};
use crate::jobs_stage::{EXECUTE, check_cancelled, kronecker, started, submit};
use crate::vectors::list;
use crate::walk_stage::graph_a;
use serde_json::{Value, json};

fn body(edges: &str, vertices: &str) -> Value {
    json!({"algorithmName": "subgraph_matching", "parameters": {"edges": edges, "vertices": vertices}})
}

const PATH: (&str, &str) = ("1,2\n2,3", "1,person\n2,person\n3,person");

#[test]
fn f07_53_a_list_is_short_and_the_count_is_whole() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let mut request = body(PATH.0, PATH.1);
    request["parameters"]["n"] = json!(2);
    let outputs = g.outputs(EXECUTE, request.clone());
    assert!(outputs.get("subgraph_number").is_none(), "{outputs}");
    request["parameters"]["statistics"] = json!("true");
    let (accepted, ended) = g.submitted(EXECUTE, request);
    let outputs = &ended["data"]["outputs"];
    assert_eq!(outputs["subgraphs"], json!([["ana", "bo", "cy"], ["ana", "bo", "dee"]]));
    assert_eq!(
        (&outputs["subgraph_number"], &outputs["pattern_graph"]),
        (&json!(16), &json!(["1", "2", "3"]))
    );
    let id = accepted["jobId"].as_str().expect("an id");
    let page = g.get(&format!("/jobs/{id}/status?offset=1&limit=1")).expect(200)["data"]["outputs"].take();
    assert_eq!((&page["subgraphs"], &page["data_total_size"]), (&json!([["ana", "bo", "dee"]]), &json!(2)));
}

#[test]
fn f07_54_patterns_that_are_refused() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    for (edges, vertices) in [
        ("x,2", "x,person\n2,shop"),
        ("1,2", "1,person"),
        ("1,1", "1,person\n2,shop"),
        ("1,2,3", "1,person\n2,shop"),
        ("", "1,person"),
        ("1,2", ""),
    ] {
        check(g.post(EXECUTE, body(edges, vertices)), 400, "GES.8402");
    }
    for (name, value) in
        [("n", json!(0)), ("n", json!(100_001)), ("batch_number", json!(0)), ("edges", Value::Null)]
    {
        let mut request = body(PATH.0, PATH.1);
        request["parameters"][name] = value;
        check(g.post(EXECUTE, request), 400, "GES.8402");
    }
}

#[test]
fn line_breaks_repeats_loops_and_unknown_labels() {
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let ask = |edges: &str, vertices: &str| {
        let mut request = body(edges, vertices);
        request["executionMode"] = json!("sync");
        g.post(EXECUTE, request).expect(200)["data"]["outputs"]["subgraphs"].take()
    };
    assert_eq!(ask("1,2\r\n1,2\r\n", "1,person\r\n2,shop\r\n"), json!([["eli", "gus"]]));
    assert_eq!(ask("1,1\n1,2", "1,person\n2,person"), json!([["dee", "eli"]]));
    assert_eq!(ask("1,2", "1,person\n2,nothing"), json!([]));
}

#[test]
fn a_pattern_with_many_matches_is_cancelled() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 12);
    let mut request = body(
        "1,2\n2,3\n3,4\n4,5",
        "1,__DEFAULT__\n2,__DEFAULT__\n3,__DEFAULT__\n4,__DEFAULT__\n5,__DEFAULT__",
    );
    request["parameters"]["statistics"] = json!(true);
    let id = submit(&g, EXECUTE, request.clone());
    assert_eq!(started(&g, &id), "running");
    assert!(g.delete(&format!("/jobs/{id}?wait=true")).expect(200)["stoppedAfterMs"].is_number());
    check_cancelled(&g.ended(&id));
    // The first ones alone come at once.
    request["parameters"]["statistics"] = json!(false);
    request["parameters"]["n"] = json!(5);
    assert_eq!(list(&g.outputs(EXECUTE, request)["subgraphs"]).len(), 5);
}
