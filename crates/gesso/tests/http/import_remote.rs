//! Files of an S3-compatible store as input: spec 10, sections 1 and 6. See [`crate::remote_store`].

use crate::fixture_files::{IMPORT, SCHEMA, VERTICES, lines, rejected};
use crate::harness::{TestServer, check};
use crate::jobs_stage::{check_cancelled, submit};
use crate::remote_store::{ACCESS, SECRET, Store, keys};
use serde_json::json;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

#[test]
fn d10_12_files_and_prefixes_of_a_remote_store_are_imported_and_logged_there() {
    let store = Store::start();
    store.put("films/schema.xml", SCHEMA);
    for (name, line) in
        [("b.csv", "ana,person,2\n,bad\n"), ("a.csv", VERTICES), ("_SUCCESS", ""), ("notes.md", "n")]
    {
        store.put(&format!("films/v/{name}"), line);
    }
    store.put("films/v/sub/c.csv", "sub");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(b"ana,bo,knows\nbo,cy,knows\n").expect("packed bytes");
    store.put("films/e.csv.gz", gzip.finish().expect("packed bytes"));
    let s = store.server(None);
    let g = s.graph("films");
    let (accepted, status) = g.submitted(
        IMPORT,
        json!({"schemaPath": "obs://bucket/films/schema.xml", "vertexsetPath": "bucket/films/v/",
            "edgesetPath": "s3a://bucket/films/e.csv.gz", "logDir": "bucket/log",
            "obsParameters": {"accessKey": ACCESS, "secretKey": SECRET}}),
    );
    assert_eq!(status["state"], "complete", "{status}");
    let outputs = &status["data"]["outputs"];
    let reports = outputs["vertexset"].as_array().expect("reports");
    let paths: Vec<_> = reports.iter().map(|r| &r["path"]).collect();
    assert_eq!(paths, ["bucket/films/v/a.csv", "bucket/films/v/b.csv"]);
    assert_eq!((lines(&reports[0]), lines(&reports[1])), ((2, 2, 0), (2, 1, 1)));
    assert_eq!(rejected(&reports[1]), ["2:E05"]);
    assert_eq!(outputs["edgeset"][0]["path"], "bucket/films/e.csv.gz");
    assert_eq!(g.counts(), (3, 2));
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [2]}));
    let log = format!("log/{}", accepted["jobId"].as_str().expect("a job id"));
    assert_eq!(store.text(&format!("{log}/vertex/b.csv.rejected.csv")), ",bad\n");
    let summary = store.text(&format!("{log}/summary.json"));
    for text in [summary, status.to_string(), g.get("/jobs/status").text()] {
        assert!(!text.contains(SECRET) && !text.contains(ACCESS), "{text}");
    }
    // Nothing went to the object root.
    assert!(!s.objects().join("bucket").exists());
}

#[test]
fn d10_52_a_graph_goes_to_a_remote_store_and_comes_back() {
    let store = Store::start();
    store.put("in/schema.xml", SCHEMA);
    store.put("in/v.csv", VERTICES.repeat(300));
    store.put(
        "in/e.csv",
        (0..500).fold(String::new(), |mut all, i| {
            _ = writeln!(all, "ana,v{i},likes,{i}");
            all
        }),
    );
    let s = store.server(Some(keys()));
    let g = s.graph("films");
    g.outputs(IMPORT, json!({"schemaPath": "bucket/in/schema.xml", "vertexsetPath": "bucket/in/v.csv", "edgesetPath": "bucket/in/e.csv"}));
    let whole = json!({"graphExportPath": "bucket/out", "vertexSetName": "v", "edgeSetName": "e", "schemaName": "schema.xml",
        "paginate": {"enable": true, "rowCountPerFile": 100}});
    assert_eq!(g.job("/action?action_id=export-graph", whole)["state"], "complete");
    let back = s.graph("back");
    back.outputs(IMPORT, json!({"schemaPath": "bucket/out/schema.xml", "vertexsetPath": "bucket/out/v/", "edgesetPath": "bucket/out/e/"}));
    assert_eq!(back.counts(), g.counts());
    assert_eq!(back.vertex("ana"), g.vertex("ana"));
}

#[test]
fn m04_58_changes_by_file_read_from_a_remote_store() {
    let store = Store::start();
    store.put("in/schema.xml", SCHEMA);
    store.put("in/v.csv", VERTICES);
    store.put("in/e.csv", "ana,bo,likes,1\nana,bo,likes,2\n");
    let s = store.server(Some(keys()));
    let g = s.graph("films");
    g.outputs(IMPORT, json!({"schemaPath": "bucket/in/schema.xml", "vertexsetPath": "bucket/in/v.csv", "edgesetPath": "bucket/in/e.csv"}));
    store.put("change/v.csv", "ana,person,44\n");
    let columns = json!([{"label": "person", "properties": ["age"]}]);
    g.outputs(
        "/action?action_id=import-properties",
        json!({"vertexsetPath": "bucket/change/v.csv", "vertexProperties": columns}),
    );
    assert_eq!(g.vertex("ana")["properties"]["age"], json!([44]));
    store.put("delete/e.csv", "ana,bo,likes,2\n");
    let target = json!([{"label": "likes", "properties": ["stars"]}]);
    g.outputs(
        "/action?action_id=delete-by-file",
        json!({"edgesetPath": "bucket/delete/", "targetProperties": target}),
    );
    assert_eq!(g.counts(), (2, 1));
}

#[test]
fn d10_13_a_store_that_refuses_is_told_before_there_is_a_job() {
    let store = Store::start();
    store.put("in/v.csv", VERTICES);
    let s = store.server(None);
    let g = s.graph("films");
    let refused = |path: &str, keys: serde_json::Value| {
        let message =
            check(g.post(IMPORT, json!({"vertexsetPath": path, "obsParameters": keys})), 400, "GES.8013");
        assert!(
            message.contains(path) && !message.contains("wrong") && !message.contains(SECRET),
            "{message}"
        );
        message
    };
    let own = json!({"accessKey": ACCESS, "secretKey": SECRET});
    assert!(refused("bucket/none.csv", own.clone()).contains("does not exist"));
    assert!(refused("bucket/none/", own.clone()).contains("does not exist"));
    store.put("empty/notes.md", "n");
    assert!(refused("bucket/empty/", own.clone()).contains("no usable file"));
    refused("nobucket/v.csv", own.clone());
    refused("bucket/../v.csv", own);
    refused("bucket/in/v.csv", json!({"accessKey": ACCESS, "secretKey": "wrong"}));
    refused("bucket/in/v.csv", serde_json::Value::Null);
    assert_eq!(g.counts(), (0, 0));
}

/// Enough lines for several blocks of a remote object.
fn many_lines() -> String {
    (0..900_000).fold(String::new(), |mut all, i| {
        _ = writeln!(all, "vertex-of-some-length-{i}");
        all
    })
}

#[test]
fn d10_41_an_import_that_waits_for_a_store_is_cancelled_at_once() {
    let store = Store::start();
    store.put("in/v.csv", many_lines());
    let s = store.server(Some(keys()));
    let g = s.graph("films");
    let body = json!({"vertexsetPath": "bucket/in/v.csv", "logDir": "bucket/log"});
    store.hold_reads(true);
    let job = submit(&g, IMPORT, body.clone());
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    g.delete(&format!("/jobs/{job}?wait=true")).expect(200);
    // The store would have kept it for minutes.
    assert!(asked.elapsed() < Duration::from_secs(5));
    check_cancelled(&g.ended(&job));
    assert_eq!(g.counts(), (0, 0));
    store.hold_reads(false);
    let status = g.job(IMPORT, body);
    assert_eq!((&status["state"], g.counts()), (&json!("complete"), (900_000, 0)), "{status}");
}

#[test]
fn small_objects_are_asked_for_ahead_and_taken_in_order() {
    let store = Store::start();
    (0..20).for_each(|i| store.put(&format!("in/{i:02}.csv"), format!("v{i}\n")));
    let s = store.server(Some(keys()));
    let g = s.graph("films");
    store.hold_reads(true);
    let job = submit(&g, IMPORT, json!({"vertexsetPath": "bucket/in/"}));
    // The one that is read, and eight beside it.
    store.wait_for_reads(9);
    store.hold_reads(false);
    let status = g.ended(&job);
    let reports = status["data"]["outputs"]["vertexset"].as_array().expect("reports");
    let paths: Vec<_> = reports.iter().map(|r| r["path"].as_str().expect("a path").to_owned()).collect();
    assert_eq!(paths, (0..20).map(|i| format!("bucket/in/{i:02}.csv")).collect::<Vec<_>>());
    assert_eq!(g.counts(), (20, 0));
}

#[test]
fn an_object_that_changes_while_it_is_read_fails_the_import() {
    let store = Store::start();
    store.put("in/v.csv", many_lines());
    let s: TestServer = store.server(Some(keys()));
    let g = s.graph("films");
    store.hold_reads(true);
    let job = submit(&g, IMPORT, json!({"vertexsetPath": "bucket/in/v.csv"}));
    store.put("in/v.csv", many_lines() + "one-more\n");
    store.hold_reads(false);
    let status = g.ended(&job);
    let message = status["errorMessage"].as_str().expect("a message");
    assert_eq!((&status["state"], &status["errorCode"]), (&json!("failed"), &json!("GES.8013")), "{status}");
    assert!(message.contains("bucket/in/v.csv") && message.contains("changed"), "{message}");
    assert_eq!(g.counts(), (0, 0));
}

/// How long imports of the same files take from a disk and from a store, near and far; prints seconds.
#[test]
#[ignore = "a measurement"]
fn speed_of_a_remote_import() {
    let store = Store::start();
    let (near, far) = (TestServer::start(), store.server(Some(keys())));
    let lines = |from: u32, count: u32| {
        (from..from + count).fold(String::new(), |mut text, i| {
            _ = writeln!(text, "v{},v{},likes,{i}", i % 9_973, i % 7_919);
            text
        })
    };
    let put = |key: &str, text: String| {
        store.put(key, &text);
        near.object(key, text);
    };
    put("in/schema.xml", SCHEMA.to_owned());
    put("in/one/e.csv", lines(0, 3_200_000));
    (0..128).for_each(|i| put(&format!("in/many/{i:03}.csv"), lines(i * 25_000, 25_000)));
    for delay_ms in [0, 20, 100] {
        store.delay_reads(Duration::from_millis(delay_ms));
        for set in ["one/e.csv", "many/"] {
            for (name, s, root) in [("disk", &near, ""), ("store", &far, "bucket/")] {
                let g = s.graph("films");
                let body = json!({"schemaPath": format!("{root}in/schema.xml"), "edgesetPath": format!("{root}in/{set}")});
                let started = Instant::now();
                g.outputs(IMPORT, body);
                println!(
                    "{set} from {name}, answers after {delay_ms} ms: {:.2} s",
                    started.elapsed().as_secs_f64()
                );
                g.delete("").expect(200);
            }
        }
    }
}
