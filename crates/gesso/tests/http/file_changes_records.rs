//! Changes that files of JSON Lines and Parquet describe: spec 04, section 7, and spec 10, sections 8 and 10.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};
use std::io::Write as _;

const PROPERTIES: &str = "/action?action_id=import-properties";
const DELETE: &str = "/action?action_id=delete-by-file";

/// `success` and `failed` of a job.
fn counts(g: &TestGraph<'_>, tail: &str, body: Value) -> (i64, i64) {
    let outputs = g.outputs(tail, body);
    let count = |name: &str| outputs[name].as_i64().unwrap_or_else(|| panic!("no {name} in {outputs}"));
    (count("success"), count("failed"))
}

/// Writes what a query finds to a file of the object root.
fn exported(g: &TestGraph<'_>, elements: &str, label: &str, name: &str) {
    let (accepted, status) =
        g.submitted(&format!("/{elements}/action?action_id=query"), json!({"labels": [label]}));
    assert_eq!(status["state"], "complete", "{status}");
    let job = accepted["jobId"].as_str().expect("a job id");
    let to = json!({"exportPath": "out", "fileName": name});
    assert_eq!(g.job(&format!("/jobs/{job}/action?action_id=export-result"), to)["state"], "complete");
}

fn vertex_columns(body: Value) -> Value {
    let mut body = body;
    body["vertexProperties"] = json!([{"label": "person", "properties": ["tags", "age"]}]);
    body
}

#[test]
fn m04_58_objects_change_the_listed_properties() {
    let s = TestServer::start();
    let g = films(&s);
    let lines = concat!(
        "{\"id\":\"ana\",\"label\":\"person\",\"age\":44,\"tags\":[\"a;b\",\"\\\\c\",\"a;b\"],\"city\":\"Faro\"}\r\n",
        "\n",
        "{\"id\":\"bo\",\"label\":\"person\",\"age\":\"26\",\"tags\":\"x\"}\n",
        "{\"id\":\"cy\",\"label\":\"person\",\"age\":null}",
    );
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(lines.as_bytes()).expect("packed lines");
    s.object("in/v.jsonl.gz", packer.finish().expect("packed lines"));
    s.object("in/v.jsonl.zst", zstd::encode_all(lines.as_bytes(), 0).expect("packed lines"));
    for name in ["in/v.jsonl.gz", "in/v.jsonl.zst"] {
        let body = vertex_columns(json!({"vertexsetPath": name, "vertexsetFormat": "jsonl"}));
        assert_eq!(counts(&g, PROPERTIES, body), (3, 0));
        // What is not listed stays, also where the object has it.
        let ana = json!({"age": [44], "city": ["Porto"], "tags": ["a;b", "\\c"]});
        assert_eq!(g.vertex("ana")["properties"], ana);
        assert_eq!(g.vertex("bo")["properties"], json!({"age": [26], "tags": ["x"]}));
        assert_eq!(g.vertex("cy")["properties"], json!({}));
    }
}

#[test]
fn m04_59_objects_without_a_label_are_taken_by_their_own() {
    let s = TestServer::start();
    let g = films(&s);
    s.object("in/v.jsonl", "{\"id\":\"ana\",\"age\":44}\n{\"id\":\"f1\",\"age\":3}\n");
    let body = json!({"vertexsetPath": "in/v.jsonl", "vertexsetFormat": "jsonl", "vertexFileContainLabel": false,
        "vertexProperties": [{"label": "person", "properties": ["age"]}]});
    assert_eq!(counts(&g, PROPERTIES, body), (1, 1));
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [44], "city": ["Porto"]}));
}

#[test]
fn m04_60_an_object_tells_its_edge_apart_by_the_property_or_by_a_field_of_its_own() {
    let s = TestServer::start();
    let g = films(&s);
    let lines = concat!(
        "{\"source\":\"ana\",\"target\":\"f1\",\"label\":\"likes\",\"stars\":2,\"at\":\"2023-01-01\"}\n",
        "{\"source\":\"ana\",\"target\":\"f1\",\"label\":\"likes\",\"edgeIdValue\":4,\"at\":\"2024-01-01\"}\n",
        "{\"source\":\"ana\",\"target\":\"f1\",\"label\":\"likes\",\"at\":\"2024-01-01\"}\n",
    );
    s.object("in/e.jsonl", lines);
    let body = |changed: Value| {
        json!({"edgesetPath": "in/e.jsonl", "edgesetFormat": "jsonl",
            "edgeProperties": [{"label": "likes", "properties": changed}],
            "targetProperties": [{"label": "likes", "properties": ["stars"]}]})
    };
    assert_eq!(counts(&g, PROPERTIES, body(json!(["at"]))), (2, 1));
    let edges = g.edges("ana", "f1");
    assert_eq!(edges[0]["properties"], json!({"stars": [4], "at": ["2024-01-01"]}));
    assert_eq!(edges[1]["properties"], json!({"stars": [2], "at": ["2023-01-01"]}));
    // A value that is to be changed does not tell edges apart as well.
    let line = "{\"source\":\"ana\",\"target\":\"f1\",\"label\":\"likes\",\"edgeIdValue\":2,\"stars\":1}\n";
    s.object("in/e.jsonl", line.to_owned() + &line.replace("\"edgeIdValue\":2,", ""));
    assert_eq!(counts(&g, PROPERTIES, body(json!(["stars"]))), (1, 1));
    assert_eq!(g.edges("ana", "f1")[1]["properties"]["stars"], json!([1]));
}

#[test]
fn m04_58_exported_results_change_what_they_were_taken_from() {
    let s = TestServer::start();
    let g = films(&s);
    for ending in ["jsonl", "parquet"] {
        let (vertices, edges) = (format!("v.{ending}"), format!("e.{ending}"));
        exported(&g, "vertices", "person", &vertices);
        exported(&g, "edges", "likes", &edges);
        s.object("in/v.csv", "ana,person,99\nbo,person,99\n");
        let ages = json!([{"label": "person", "properties": ["age"]}]);
        g.outputs(PROPERTIES, json!({"vertexsetPath": "in/v.csv", "vertexProperties": ages}));
        let body = json!({"vertexsetPath": format!("out/{vertices}"), "vertexsetFormat": ending,
            "edgesetPath": format!("out/{edges}"), "edgesetFormat": ending,
            "vertexProperties": ages, "edgeProperties": [{"label": "likes", "properties": ["at"]}],
            "targetProperties": [{"label": "likes", "properties": ["stars"]}]});
        assert_eq!(counts(&g, PROPERTIES, body), (6, 0), "{ending}");
        assert_eq!(g.vertex("ana")["properties"], json!({"age": [31], "city": ["Porto"]}));
        assert_eq!(g.vertex("bo")["properties"], json!({"age": [25]}));
    }
}

#[test]
fn m04_63_m04_64_exported_results_are_deleted() {
    for ending in ["jsonl", "parquet"] {
        let s = TestServer::start();
        let g = films(&s);
        let (vertices, edges) = (format!("v.{ending}"), format!("e.{ending}"));
        exported(&g, "vertices", "film", &vertices);
        exported(&g, "edges", "likes", &edges);
        let likes = json!({"edgesetPath": format!("out/{edges}"), "edgesetFormat": ending,
            "targetProperties": [{"label": "likes", "properties": ["stars"]}]});
        assert_eq!((counts(&g, DELETE, likes), g.counts()), ((3, 0), (5, 1)), "{ending}");
        let films = json!({"vertexsetPath": format!("out/{vertices}"), "vertexsetFormat": ending});
        assert_eq!((counts(&g, DELETE, films.clone()), g.counts()), ((2, 0), (3, 1)), "{ending}");
        assert_eq!(counts(&g, DELETE, films), (0, 2));
    }
}

#[test]
fn m04_64_without_a_value_all_edges_of_a_label_go() {
    for (line, left) in [
        ("{\"source\":\"ana\",\"target\":\"f1\"}", 2),
        ("{\"source\":\"ana\",\"target\":\"f1\",\"label\":\"likes\"}", 2),
        ("{\"source\":\"ana\",\"target\":\"f1\",\"label\":\"likes\",\"stars\":2}", 3),
        ("{\"source\":\"ana\",\"target\":\"f1\",\"label\":\"likes\",\"edgeIdValue\":4,\"stars\":2}", 3),
        ("{\"source\":\"ana\",\"target\":\"f1\",\"label\":\"knows\"}", 4),
    ] {
        let s = TestServer::start();
        let g = films(&s);
        s.object("in/e.jsonl", line);
        let body = json!({"edgesetPath": "in/e.jsonl", "edgesetFormat": "jsonl",
            "targetProperties": [{"label": "likes", "properties": ["stars"]}]});
        g.outputs(DELETE, body);
        assert_eq!(g.counts(), (5, left), "{line}");
    }
}

#[test]
fn d10_39_rejected_records_of_a_change_have_the_codes_of_an_import() {
    let s = TestServer::start();
    let g = films(&s);
    let lines: [(&str, &str); 10] = [
        ("{\"id\":", "0 E02"),
        ("[1]", "0 E02"),
        ("{\"label\":\"person\"}", "1 E05"),
        ("{\"id\":[1],\"label\":\"person\"}", "1 E05"),
        ("{\"id\":\"nobody\",\"label\":\"person\"}", "1 E05"),
        ("{\"id\":\"ana\",\"label\":\"robot\"}", "2 E06"),
        ("{\"id\":\"ana\",\"label\":\"film\"}", "2 E06"),
        ("{\"id\":\"ana\",\"label\":\"person\",\"age\":1.5}", "4 E07"),
        ("{\"id\":\"ana\",\"label\":\"person\",\"age\":[1,2]}", "4 E07"),
        ("{\"id\":\"ana\",\"label\":\"person\",\"colour\":1}", "0 E04"),
    ];
    let text = lines.map(|(line, _)| line).join("\n") + "\n";
    s.object("in/v.jsonl", &text);
    let body =
        vertex_columns(json!({"vertexsetPath": "in/v.jsonl", "vertexsetFormat": "jsonl", "logDir": "logs"}));
    let (accepted, status) = g.submitted(PROPERTIES, body);
    let outputs = &status["data"]["outputs"];
    assert_eq!((&outputs["success"], &outputs["failed"]), (&json!(0), &json!(10)), "{status}");
    let dir = s.objects().join("logs").join(accepted["jobId"].as_str().expect("an id"));
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(read("vertex/v.jsonl.rejected.jsonl"), text);
    let errors = read("vertex/v.jsonl.errors.log");
    let starts = errors.lines().map(|line| line.split('\t').skip(1).take(2).collect::<Vec<_>>().join(" "));
    assert_eq!(starts.collect::<Vec<_>>(), lines.map(|(_, error)| error.to_owned()));
}

#[test]
fn d10_10_names_formats_and_damage_of_changes() {
    let s = TestServer::start();
    let g = films(&s);
    s.object("in/v.json", "{\"id\":\"ana\"}\n");
    s.object("in/v.parquet", "PAR1 is no whole file PAR1");
    let body = |path: &str, format: &str| json!({"vertexsetPath": path, "vertexsetFormat": format});
    assert!(check(g.post(DELETE, body("in/v.json", "jsonl")), 400, "GES.8013").contains(".jsonl"));
    assert!(check(g.post(DELETE, body("in/v.json", "json")), 400, "GES.8013").contains("[vertexsetFormat]"));
    let status = g.job(DELETE, body("in/v.parquet", "parquet"));
    assert_eq!((&status["state"], &status["errorCode"]), (&json!("failed"), &json!("GES.8013")));
    assert!(status["errorMessage"].as_str().is_some_and(|m| m.contains("in/v.parquet")), "{status}");
    assert_eq!(g.counts(), (5, 4));
}
