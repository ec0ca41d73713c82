//! Jobs across a restart in good order: spec 02, section 8.

use crate::harness::TestServer;
use crate::jobs_stage::{Held, execute, one_worker, submit};
use gesso_jobs::Kind;
use serde_json::json;

fn two_vertices(s: &TestServer) {
    let g = s.graph("duo_graph");
    g.post("/vertices", json!({"vertex": "a"})).expect(200);
    g.post("/vertices", json!({"vertex": "b"})).expect(200);
}

#[test]
fn j02_49_queued_reads_run_after_a_restart_and_complete() {
    let s = one_worker();
    two_vertices(&s);
    let g = s.named("duo_graph");
    let done = execute(&g, json!({"algorithmName": "pagerank"}));
    g.ended(&done);
    let held = Held::running(&s, "duo_graph", Kind::Algorithm);
    let algorithm =
        execute(&g, json!({"algorithmName": "PageRank", "priority": 7, "parameters": {"alpha": "0.5"}}));
    let query =
        submit(&g, "/vertices/action?action_id=query", json!({"labels": ["__DEFAULT__"], "limit": 5}));
    let export = submit(
        &g,
        &format!("/jobs/{done}/action?action_id=export-result"),
        json!({"exportPath": "out", "fileName": "r.csv"}),
    );
    let keys = json!({"accessKey": "a", "secretKey": "b"});
    let secret = submit(
        &g,
        &format!("/jobs/{done}/action?action_id=export-result"),
        json!({"exportPath": "out", "fileName": "s.csv", "obsParameters": keys}),
    );
    let delete = submit(&g, "/vertices/action?action_id=delete", json!({"labels": ["__DEFAULT__"]}));
    let s = s.restart();
    let g = s.named("duo_graph");
    let status = g.ended(&algorithm);
    assert_eq!(status["state"], "complete", "{status}");
    assert_eq!(status["data"]["outputs"]["data_total_size"], 2);
    assert_eq!(g.ended(&query)["data"]["outputs"]["data_total_size"], 2);
    assert_eq!(g.ended(&export)["state"], "complete");
    assert!(s.objects().join("out/r.csv").is_file());
    // The one that ran, one that writes, and one whose keys are not recorded.
    for (id, what) in [(&held.id, "running"), (&delete, "a delete"), (&secret, "with keys")] {
        let status = g.ended(id);
        assert_eq!(
            (&status["state"], &status["errorMessage"]),
            (&json!("failed"), &json!("server is shutting down")),
            "{what}"
        );
    }
    assert_eq!(g.counts().0, 2);
    // The export has erased its original, as it would have without the restart.
    assert_eq!(g.get(&format!("/jobs/{done}/status")).status, 400);
}

#[test]
fn a_queued_job_of_a_deleted_graph_does_not_come_back() {
    let s = one_worker();
    two_vertices(&s);
    let held = Held::running(&s, "duo_graph", Kind::Algorithm);
    let id = execute(&s.named("duo_graph"), json!({"algorithmName": "pagerank"}));
    s.delete(&s.named("duo_graph").path("")).expect(200);
    let s = s.restart();
    s.graph("duo_graph");
    assert_eq!(s.named("duo_graph").get(&format!("/jobs/{id}/status")).status, 400);
    assert_eq!(s.named("duo_graph").get(&format!("/jobs/{}/status", held.id)).status, 400);
}
