//! Compressed files: spec 10, 1.2, and ids of a fixed length: 5.1.

use crate::fixture_files::{IMPORT, SCHEMA, VERTICES, lines, rejected};
use crate::harness::TestServer;
use serde_json::json;
use std::io::Write as _;

#[test]
fn d10_59_compressed_files_are_the_same_as_plain_ones() {
    let s = TestServer::start();
    s.object("in/schema.xml", SCHEMA);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(VERTICES.as_bytes()).expect("packed bytes");
    s.object("in/v/a.csv.gz", gzip.finish().expect("packed bytes"));
    s.object("in/v/b.csv.zst", zstd::encode_all("cy,person,3\n,bad\n".as_bytes(), 0).expect("packed bytes"));
    // What a file holds counts, not what it is called.
    s.object("in/e.csv", zstd::encode_all("ana,bo,knows\n".as_bytes(), 0).expect("packed bytes"));
    let g = s.graph("films");
    let outputs = g.outputs(
        IMPORT,
        json!({"schemaPath": "in/schema.xml", "vertexsetPath": "in/v", "edgesetPath": "in/e.csv"}),
    );
    assert_eq!(g.counts(), (3, 1));
    assert_eq!(g.vertex("ana")["properties"]["tags"], json!(["a", "b"]));
    assert_eq!((lines(&outputs["vertexset"][0]), lines(&outputs["vertexset"][1])), ((2, 2, 0), (2, 1, 1)));
    assert_eq!(rejected(&outputs["vertexset"][1]), ["2:E05"]);
}

#[test]
fn d10_59_a_broken_archive_fails_the_job_and_imports_nothing() {
    let s = TestServer::start();
    s.object("in/schema.xml", SCHEMA);
    let whole = zstd::encode_all("ana,person,1\n".repeat(10_000).as_bytes(), 0).expect("packed bytes");
    s.object("in/v.csv", &whole[..whole.len() - 3]);
    let g = s.graph("films");
    let status = g.job(IMPORT, json!({"schemaPath": "in/schema.xml", "vertexsetPath": "in/v.csv"}));
    assert_eq!((&status["state"], &status["errorCode"]), (&json!("failed"), &json!("GES.8013")));
    assert_eq!(g.counts(), (0, 0));
}

#[test]
fn d10_37_ids_longer_than_the_graph_allows_are_e05() {
    let s = TestServer::start();
    let body = json!({"graphName": "short", "idType": "fixedLengthString", "idLength": 4});
    s.post("/ges/v1.0/p1/graphs", body).expect(200);
    let g = s.named("short");
    s.object("in/v.csv", "abcd\nabcde\nää\nääx\n");
    s.object("in/e.csv", "abcd,long-target\nlong-source,abcd\nabcd,ok\n");
    let outputs = g.outputs(IMPORT, json!({"vertexsetPath": "in/v.csv", "edgesetPath": "in/e.csv"}));
    assert_eq!(rejected(&outputs["vertexset"][0]), ["2:E05", "4:E05"]);
    assert_eq!(rejected(&outputs["edgeset"][0]), ["1:E05", "2:E05"]);
    assert_eq!(g.counts(), (3, 1));
}
