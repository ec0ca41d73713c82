//! JSON Lines and Parquet files as input: spec 10, section 10.

use crate::fixture_files::{EDGES, IMPORT, SCHEMA, VERTICES, imported, lines, rejected};
use crate::harness::{TestServer, check};
use serde_json::json;

#[test]
fn d10_10_json_lines_are_vertices_and_edges() {
    let s = TestServer::start();
    let g = s.graph("films");
    s.object("in/schema.xml", SCHEMA);
    s.object("in/v/b.jsonl", "{\"id\":\"bo\",\"label\":\"person\"}\n{\"id\":\"x\",\"label\":\"robot\"}\n");
    s.object("in/v/a.jsonl", "{\"id\":\"ana\",\"label\":\"person\",\"age\":31,\"tags\":[\"a;b\",\"c\"]}\n");
    s.object("in/v/notes.csv", "not,read");
    s.object("in/e.jsonl", "{\"source\":\"ana\",\"target\":\"bo\",\"stars\":5}\n");
    let (accepted, status) = g.submitted(
        IMPORT,
        json!({"schemaPath": "in/schema.xml", "vertexsetPath": "in/v", "vertexsetFormat": "jsonl",
            "edgesetPath": "in/e.jsonl", "edgesetFormat": "JSONL", "edgesetDefaultLabel": "likes", "logDir": "log"}),
    );
    let outputs = &status["data"]["outputs"];
    assert_eq!((&status["state"], g.counts()), (&json!("complete"), (2, 1)), "{status}");
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [31], "tags": ["a;b", "c"]}));
    assert_eq!(
        (lines(&outputs["vertexset"][1]), rejected(&outputs["vertexset"][1])),
        ((2, 1, 1), vec!["2:E06".to_owned()])
    );
    let log = s.objects().join(format!("log/{}", accepted["jobId"].as_str().expect("a job id")));
    let rejected =
        std::fs::read_to_string(log.join("vertex/b.jsonl.rejected.jsonl")).expect("rejected lines");
    assert_eq!(rejected, "{\"id\":\"x\",\"label\":\"robot\"}\n");
}

#[test]
fn d10_10_exported_query_results_come_back_in_either_form() {
    let s = TestServer::start();
    let g = s.graph("films");
    imported(&s, &g, VERTICES, EDGES, json!({}));
    for ending in ["jsonl", "parquet"] {
        for (elements, filter) in
            [("vertices", json!({"labels": ["person"]})), ("edges", json!({"labels": ["knows"]}))]
        {
            let (accepted, status) = g.submitted(&format!("/{elements}/action?action_id=query"), filter);
            assert_eq!(status["state"], "complete", "{status}");
            let job = accepted["jobId"].as_str().expect("a job id");
            let to = json!({"exportPath": "out", "fileName": format!("{elements}.{ending}")});
            assert_eq!(
                g.job(&format!("/jobs/{job}/action?action_id=export-result"), to)["state"],
                "complete"
            );
        }
        let back = s.graph(&format!("back_{ending}"));
        let outputs = back.outputs(
            IMPORT,
            json!({"schemaPath": "films/schema.xml", "vertexsetPath": format!("out/vertices.{ending}"), "vertexsetFormat": ending,
                "edgesetPath": format!("out/edges.{ending}"), "edgesetFormat": ending}),
        );
        assert_eq!(lines(&outputs["vertexset"][0]), (2, 2, 0), "{outputs}");
        assert_eq!((back.counts(), back.vertex("ana")), (g.counts(), g.vertex("ana")));
    }
}

#[test]
fn d10_10_names_and_formats_must_agree_and_damage_fails_the_job() {
    let s = TestServer::start();
    let g = s.graph("films");
    s.object("in/v.json", "{\"id\":\"ana\"}\n");
    s.object("in/v.parquet", "PAR1 is no whole file PAR1");
    s.object("in/dir/v.csv", "ana\n");
    let refused = |path: &str, format: &str, operation: &str| {
        let body = json!({"vertexsetPath": path, "vertexsetFormat": format});
        check(g.post(operation, body), 400, "GES.8013")
    };
    assert!(refused("in/v.json", "jsonl", IMPORT).contains(".jsonl"));
    assert!(refused("in/v.json", "parquet", IMPORT).contains(".parquet"));
    assert!(refused("in/dir", "jsonl", IMPORT).contains("no usable file"));
    assert!(refused("in/v.json", "json", IMPORT).contains("[vertexsetFormat]"));
    let status = g.job(IMPORT, json!({"vertexsetPath": "in/v.parquet", "vertexsetFormat": "parquet"}));
    assert_eq!((&status["state"], &status["errorCode"]), (&json!("failed"), &json!("GES.8013")));
    assert!(status["errorMessage"].as_str().is_some_and(|m| m.contains("in/v.parquet")), "{status}");
    assert_eq!(g.counts(), (0, 0));
}
