//! Clearing a graph: spec 10, 7.3, and spec 09, 5.3.

use crate::fixture::films;
use crate::harness::{TestServer, check};
use serde_json::json;

const CLEAR: &str = "/action?action_id=clear-graph";

#[test]
fn d10_56_a_cleared_graph_keeps_its_schema_unless_told_otherwise() {
    let s = TestServer::start();
    let g = films(&s);
    let index =
        json!({"indexName": "byAge", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age"]});
    g.job("/indices", index);
    let (accepted, status) = g.submitted(CLEAR, json!({}));
    assert_eq!((&accepted["jobType"], &status["state"]), (&json!(0), &json!("complete")));
    assert_eq!(g.counts(), (0, 0));
    assert_eq!(g.vertex("ana"), json!(null));
    assert!(g.get("/schema").expect(200).to_string().contains("person"));
    assert!(g.get("/indices").expect(200).to_string().contains("byAge"));
    let s = s.restart();
    let g = s.named("films");
    assert_eq!(g.counts(), (0, 0));
    g.post("/vertices", json!({"vertex": "ana", "label": "person", "properties": {"age": [1]}})).expect(200);
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [1]}));
    g.job(&format!("{CLEAR}&clear-metadata=true"), json!({}));
    assert_eq!(g.get("/schema").expect(200)["data"]["schema"], json!([{"label": "__DEFAULT__"}]));
    assert_eq!(g.get("/indices").expect(200)["data"]["indices"], json!([]));
    assert_eq!(g.counts(), (0, 0));
}

#[test]
fn d10_56_results_of_a_cleared_graph_keep_their_names() {
    let s = TestServer::start();
    let g = films(&s);
    let (accepted, before) =
        g.submitted("/action?action_id=execute-algorithm", json!({"algorithmName": "connected_component"}));
    g.job(CLEAR, json!({}));
    g.post("/vertices", json!({"vertex": "zoe"})).expect(200);
    let after = g.ended(accepted["jobId"].as_str().expect("an id"));
    assert_eq!(after["data"], before["data"]);
}

#[test]
fn d10_56_clearing_an_unknown_graph_is_8012() {
    let s = TestServer::start();
    check(s.named("nowhere").post(CLEAR, json!({})), 400, "GES.8012");
    check(s.graph("films").post(&format!("{CLEAR}&clear-metadata=maybe"), json!({})), 400, "GES.8012");
}
