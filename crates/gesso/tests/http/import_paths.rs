//! Which files a request names: spec 10, sections 1 and 7.1.

use crate::fixture_files::{EDGES, IMPORT, SCHEMA, VERTICES, imported, written};
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

/// An import must be refused before it becomes a job, and the graph stay empty.
fn refused(g: &TestGraph<'_>, body: Value) -> String {
    let message = check(g.post(IMPORT, body), 400, "GES.8013");
    assert_eq!(g.counts(), (0, 0));
    message
}

#[test]
fn d10_06_only_a_schema() {
    let s = TestServer::start();
    let g = s.graph("films");
    s.object("films/schema.xml", SCHEMA);
    g.outputs(IMPORT, json!({"schemaPath": "films/schema.xml"}));
    let schema = g.get("/schema").expect(200);
    let labels = schema["data"]["schema"].as_array().expect("labels");
    let names: Vec<&Value> = labels.iter().map(|l| &l["label"]).collect();
    assert_eq!(names, ["__DEFAULT__", "person", "film", "knows", "likes"]);
    assert_eq!(labels[1]["properties"].as_array().map(Vec::len), Some(4));
    assert_eq!(g.counts(), (0, 0));
}

#[test]
fn d10_07_no_path_is_8013() {
    let s = TestServer::start();
    let g = s.graph("films");
    for body in [json!({}), json!({"schemaPath": "", "vertexsetPath": null}), json!({"logDir": "films/log"})]
    {
        let message = refused(&g, body);
        assert!(message.contains("[schemaPath], [vertexsetPath], [edgesetPath]"), "{message}");
    }
    check(s.named("nowhere").post(IMPORT, json!({"vertexsetPath": "v.csv"})), 400, "GES.8013");
    refused(&g, written(&s, VERTICES, EDGES, json!({"vertexsetFormat": "xlsx"})));
}

#[test]
fn d10_08_a_directory_stands_for_its_usable_files_in_order() {
    let s = TestServer::start();
    let g = s.graph("films");
    s.object("films/schema.xml", SCHEMA);
    for (name, line) in [
        ("b.csv", "ana,person,2"),
        ("a.csv", "ana,person,1"),
        ("_SUCCESS", ""),
        ("notes.md", "n"),
        (".hidden.csv", "h"),
        ("part-00000", "bo,person,7"),
        ("sub.csv/c.csv", "sub"),
    ] {
        s.object(&format!("films/v/{name}"), line);
    }
    for path in ["films/v/", "films/v"] {
        let outputs = g.outputs(IMPORT, json!({"schemaPath": "films/schema.xml", "vertexsetPath": path}));
        let reports = outputs["vertexset"].as_array().expect("reports");
        let paths: Vec<&Value> = reports.iter().map(|r| &r["path"]).collect();
        assert_eq!(paths, ["films/v/a.csv", "films/v/b.csv", "films/v/part-00000"]);
        assert_eq!(g.vertex("ana")["properties"], json!({"age": [2]}));
        assert_eq!(g.counts(), (2, 0));
    }
}

#[test]
fn d10_09_a_directory_without_usable_file_is_named() {
    let s = TestServer::start();
    let g = s.graph("films");
    s.object("films/empty/notes.md", "n");
    for path in ["films/empty/", "films/missing/", "films/missing.csv", "films/empty/notes.md/"] {
        let message = refused(&g, json!({"vertexsetPath": path}));
        assert!(message.contains(path) && message.contains("[vertexsetPath]"), "{message}");
    }
}

#[test]
fn d10_10_paths_out_of_the_root_are_refused() {
    let s = TestServer::start();
    let g = s.graph("films");
    let outside = s.data_dir().join("outside.csv");
    std::fs::write(&outside, "secret\n").expect("a file outside the root");
    s.object("films/v/a.csv", "ana\n");
    std::os::unix::fs::symlink(&outside, s.objects().join("films/link.csv")).expect("a link");
    std::os::unix::fs::symlink(s.data_dir(), s.objects().join("films/linked")).expect("a link");
    let file_url = format!("file://{}", outside.display());
    let paths = [
        "x/../../etc/passwd",
        "../outside.csv",
        "films/./v/a.csv",
        "films//v/a.csv",
        "films/link.csv",
        "films/linked/outside.csv",
        "file:///etc/passwd",
        "file://etc/passwd",
        "/etc/passwd",
        &file_url,
    ];
    for path in paths {
        for field in ["schemaPath", "vertexsetPath", "edgesetPath"] {
            let message = refused(&g, json!({field: path}));
            assert!(message.contains(&format!("[{field}]")), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
    // A link among the files of a directory is not followed out of the root either.
    std::os::unix::fs::symlink(&outside, s.objects().join("films/v/b.csv")).expect("a link");
    refused(&g, json!({"vertexsetPath": "films/v/"}));
    refused(&g, json!({"vertexsetPath": "films/v/a.csv", "logDir": "../log"}));
    refused(&g, json!({"vertexsetPath": "films/v/a.csv", "logDir": "films/linked/log"}));
    let inside = format!("file://{}", s.objects().join("films/v/a.csv").display());
    g.outputs(IMPORT, json!({"vertexsetPath": inside}));
    assert_eq!(g.counts(), (1, 0));
}

#[test]
fn d10_11_characters_of_paths() {
    let s = TestServer::start();
    let g = s.graph("films");
    for path in ["films/a b.csv", "films/$x.csv", "films/a\\b.csv", "films/a\nb.csv", "films/a%20b.csv"] {
        s.object(path, "ana\n");
        let message = refused(&g, json!({"vertexsetPath": path}));
        assert!(message.contains("not allowed"), "{message}");
    }
    s.object("films/电影(1)!.csv", "ana\n");
    g.outputs(IMPORT, json!({"vertexsetPath": "films/电影(1)!.csv"}));
    assert_eq!(g.counts(), (1, 0));
}

#[test]
fn d10_12_forms_of_one_path() {
    let s = TestServer::start();
    let g = s.graph("films");
    s.object("films/v.csv", "ana\n");
    for path in ["films/v.csv", "/films/v.csv", "obs://films/v.csv", "s3://films/v.csv", "s3a://films/v.csv"]
    {
        let outputs = g.outputs(IMPORT, json!({"vertexsetPath": path}));
        assert_eq!(outputs["vertexset"][0]["path"], "films/v.csv", "{path}");
    }
    assert_eq!(g.counts(), (1, 0));
}

#[test]
fn d10_13_keys_of_an_object_store_are_optional_and_never_shown() {
    let s = TestServer::start();
    let g = s.graph("films");
    imported(&s, &g, VERTICES, EDGES, json!({}));
    let keys = json!({"accessKey": "AKID-visible", "secretKey": "hush-hush"});
    for keys in [keys.clone(), json!(keys.to_string())] {
        let outputs =
            imported(&s, &g, VERTICES, EDGES, json!({"obsParameters": keys, "logDir": "films/log/"}));
        assert!(!shows_keys(&outputs.to_string()));
    }
    let jobs = g.get("/jobs/status").expect(200);
    assert!(jobs.to_string().contains("obsParameters") && !shows_keys(&jobs.to_string()), "{jobs}");
    assert_eq!(files_with_keys(&s.objects()) + files_with_keys(s.data_dir()), 0);
    let s = s.restart();
    assert!(!shows_keys(&s.named("films").get("/jobs/status").expect(200).to_string()));
    check(
        s.named("films").post(IMPORT, json!({"vertexsetPath": "films/v.csv", "obsParameters": 7})),
        400,
        "GES.8013",
    );
}

fn shows_keys(text: &str) -> bool {
    text.contains("AKID-visible") || text.contains("hush-hush")
}

/// Files below a directory that hold one of the keys.
fn files_with_keys(dir: &std::path::Path) -> usize {
    let paths = std::fs::read_dir(dir).expect("a readable directory").flatten().map(|e| e.path());
    let count = |path: std::path::PathBuf| {
        if path.is_dir() {
            return files_with_keys(&path);
        }
        let bytes = std::fs::read(&path).expect("a readable file");
        usize::from(shows_keys(&String::from_utf8_lossy(&bytes)))
    };
    paths.map(count).sum()
}

#[test]
fn d10_39_one_log_directory_takes_several_imports() {
    let s = TestServer::start();
    let g = s.graph("films");
    for _ in 0..2 {
        for dir in ["films/log", "films/log/", "deep/er/log"] {
            imported(&s, &g, VERTICES, EDGES, json!({"logDir": dir}));
        }
    }
    let logs = std::fs::read_dir(s.objects().join("films/log")).expect("a log directory");
    assert_eq!(logs.count(), 4);
}
