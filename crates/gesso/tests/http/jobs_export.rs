//! Exporting the result of a job: spec 02, section 6.

use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::{
    EXECUTE, Held, check_cancelled, execute, key, kronecker, long_pagerank, one_worker, started,
};
use gesso_jobs::Kind;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, RowAccessor};
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;

/// A graph of five vertices: a path and a vertex whose id has to be quoted.
fn five(s: &TestServer) -> TestGraph<'_> {
    let g = s.graph("five");
    for id in ["a", "b", "c", "d", "e, \"f\""] {
        g.post("/vertices", json!({"vertex": id})).expect(200);
    }
    for (source, target) in [("a", "b"), ("b", "c"), ("c", "d")] {
        g.post("/edges", json!({"source": source, "target": target})).expect(200);
    }
    g
}

fn pagerank(g: &TestGraph<'_>) -> String {
    let id = execute(g, json!({"algorithmName": "pagerank"}));
    assert_eq!(g.ended(&id)["state"], "complete");
    id
}

fn export_tail(id: &str) -> String {
    format!("/jobs/{id}/action?action_id=export-result")
}

/// Exports, and gives the outputs of the export.
fn export(g: &TestGraph<'_>, id: &str, body: Value) -> Value {
    g.outputs(&export_tail(id), body)
}

fn rows_of(g: &TestGraph<'_>, id: &str, list: &str) -> Vec<Value> {
    let mut outputs = g.get(&format!("/jobs/{id}/status")).expect(200)["data"]["outputs"].take();
    match outputs[list].take() {
        Value::Array(rows) => rows,
        other => panic!("no list {list}: {other}"),
    }
}

/// Every name below a directory, but what is staged by nobody.
fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut names = Vec::new();
    for entry in entries.map(|e| e.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            names.extend(names_below(&entry.path(), &name));
        } else {
            names.push(name);
        }
    }
    names.sort_unstable();
    names
}

fn names_below(dir: &Path, prefix: &str) -> Vec<String> {
    names(dir).into_iter().map(|name| format!("{prefix}/{name}")).collect()
}

#[test]
fn j02_41_a_pagerank_becomes_a_csv_file_and_the_job_is_erased() {
    let s = TestServer::start();
    let g = five(&s);
    let id = pagerank(&g);
    let rows = rows_of(&g, &id, "pagerank");
    let outputs = export(&g, &id, json!({"exportPath": "out/ranks"}));
    assert_eq!(
        outputs,
        json!({"files": [format!("{id}.csv")], "rows": 5, "sizeBytes": outputs["sizeBytes"]})
    );
    let text = std::fs::read_to_string(s.objects().join(format!("out/ranks/{id}.csv"))).expect("a file");
    assert_eq!(outputs["sizeBytes"], text.len());
    let (head, lines): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('#'));
    assert!(head[0].starts_with("#runtime: ") && head[0].ends_with(','), "{head:?}");
    assert_eq!(head[1], "#data_total_size: 5,");
    assert_eq!(head.last(), Some(&"#pagerank:"));
    let expected: Vec<String> = rows
        .iter()
        .flat_map(|row| row.as_object().expect("an object"))
        .map(|(id, rank)| match id.as_str() {
            "e, \"f\"" => format!("\"e, \"\"f\"\"\",{rank}"),
            plain => format!("{plain},{rank}"),
        })
        .collect();
    assert_eq!(lines, expected);
    let message = check(g.get(&format!("/jobs/{id}/status")), 400, "GES.8301");
    assert!(message.contains("can not find job"), "{message}");
}

#[test]
fn j02_42_an_export_keeps_the_job_when_asked_and_cuts_files() {
    let s = TestServer::start();
    let g = five(&s);
    let id = pagerank(&g);
    let rows = rows_of(&g, &id, "pagerank");
    let paginate = json!({"enable": true, "rowCountPerFile": "2", "numThread": 2});
    let body = json!({"exportPath": "out/", "fileName": "r.csv", "erase": "false", "paginate": paginate});
    let outputs = export(&g, &id, body);
    assert_eq!(outputs["files"], json!(["r_0.csv", "r_1.csv", "r_2.csv"]));
    let lines = |i: usize| {
        let text = std::fs::read_to_string(s.objects().join(format!("out/r_{i}.csv"))).expect("a file");
        text.lines().filter(|line| !line.starts_with('#')).count()
    };
    assert_eq!([lines(0), lines(1), lines(2)], [2, 2, 1]);
    assert_eq!(rows_of(&g, &id, "pagerank"), rows);
    // By size: a file has one row at least.
    let paginate = json!({"enable": true, "maxSizePerFile": 1});
    let body = json!({"exportPath": "out", "fileName": "s", "erase": false, "paginate": paginate});
    assert_eq!(
        export(&g, &id, body)["files"],
        json!(["s_0.csv", "s_1.csv", "s_2.csv", "s_3.csv", "s_4.csv"])
    );
    // A second export takes the place of the first.
    let body = json!({"exportPath": "out", "fileName": "s_0.csv", "erase": false});
    export(&g, &id, body);
    let text = std::fs::read_to_string(s.objects().join("out/s_0.csv")).expect("a file");
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 5);
}

#[test]
fn j02_43_json_lines_and_parquet_hold_the_same_rows() {
    let s = TestServer::start();
    let g = five(&s);
    let id = pagerank(&g);
    let expected: Vec<(String, f64)> = rows_of(&g, &id, "pagerank")
        .iter()
        .flat_map(|row| row.as_object().expect("an object").clone())
        .map(|(id, rank)| (id, rank.as_f64().expect("a number")))
        .collect();
    export(&g, &id, json!({"exportPath": "out", "fileName": "r.JSONL", "erase": false}));
    let text = std::fs::read_to_string(s.objects().join("out/r.jsonl")).expect("a file");
    let lines: Vec<(String, f64)> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|row| (row["id"].as_str().expect("an id").into(), row["pagerank"].as_f64().expect("a number")))
        .collect();
    assert_eq!(lines, expected);
    export(&g, &id, json!({"exportPath": "out", "fileName": "r.parquet"}));
    let file = File::open(s.objects().join("out/r.parquet")).expect("a file");
    let reader = SerializedFileReader::new(file).expect("Parquet");
    let rows: Vec<(String, f64)> = reader
        .get_row_iter(None)
        .expect("rows")
        .map(|row| row.expect("a row"))
        .map(|row| (row.get_string(0).expect("an id").clone(), row.get_double(1).expect("a number")))
        .collect();
    assert_eq!(rows, expected);
    let metadata = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    assert!(metadata.iter().any(|kv| kv.key == "runtime"));
}

#[test]
fn j02_43_elements_and_lists_keep_their_columns() {
    let s = TestServer::start();
    let g = five(&s);
    let body = json!({"labels": ["__DEFAULT__"], "limit": 10});
    let id = crate::jobs_stage::submit(&g, "/vertices/action?action_id=query", body);
    assert_eq!(g.ended(&id)["state"], "complete");
    let rows = rows_of(&g, &id, "vertices");
    export(&g, &id, json!({"exportPath": "out", "fileName": "v.jsonl", "erase": false}));
    let text = std::fs::read_to_string(s.objects().join("out/v.jsonl")).expect("a file");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines, rows);
    export(&g, &id, json!({"exportPath": "out", "fileName": "v.parquet"}));
    let file = File::open(s.objects().join("out/v.parquet")).expect("a file");
    let reader = SerializedFileReader::new(file).expect("Parquet");
    let first = reader.get_row_iter(None).expect("rows").next().expect("a row").expect("a row");
    let columns: Vec<(&String, &Field)> = first.get_column_iter().collect();
    assert_eq!(columns[0], (&"id".to_owned(), &Field::Str("a".into())));
    assert_eq!(columns[1], (&"label".to_owned(), &Field::Str("__DEFAULT__".into())));
    // A result without a list: its single values in one row.
    let id = execute(&g, json!({"algorithmName": "triangle_count"}));
    g.ended(&id);
    export(&g, &id, json!({"exportPath": "out", "fileName": "t.jsonl", "erase": false}));
    let text = std::fs::read_to_string(s.objects().join("out/t.jsonl")).expect("a file");
    assert_eq!(serde_json::from_str::<Value>(&text).expect("one line")["triangle_count"], 0);
    export(&g, &id, json!({"exportPath": "out", "fileName": "t.csv"}));
    let text = std::fs::read_to_string(s.objects().join("out/t.csv")).expect("a file");
    assert!(
        text.contains("#triangle_count: 0,\n") && text.lines().all(|line| line.starts_with('#')),
        "{text}"
    );
}

#[test]
fn j02_44_what_has_no_result_is_refused() {
    let s = one_worker();
    let g = kronecker(&s, "krone", 6);
    let running = execute(&g, long_pagerank());
    started(&g, &running);
    let body = json!({"exportPath": "out"});
    let message = check(g.post(&export_tail(&running), body.clone()), 400, "GES.8011");
    assert!(message.contains("job is running, not complete"), "{message}");
    g.delete(&format!("/jobs/{running}")).expect(200);
    check(g.post(&export_tail(&running), body.clone()), 400, "GES.8011");
    check(g.post(&export_tail("nobody"), body.clone()), 400, "GES.8011");
    let message = check(s.named("nowhere").post(&export_tail(&running), body), 400, "GES.8011");
    assert_eq!(message, "graph [nowhere] is not found");
    assert!(names(&s.objects()).is_empty());
}

#[test]
fn j02_45_paths_and_names_outside_the_root_are_refused() {
    let s = TestServer::start();
    let g = five(&s);
    let id = pagerank(&g);
    for (body, field) in [
        (json!({"exportPath": "../x"}), "exportPath"),
        (json!({"exportPath": "file:///etc"}), "exportPath"),
        (json!({"exportPath": "out/$x"}), "exportPath"),
        (json!({}), "exportPath"),
        (json!({"exportPath": "out", "fileName": "../r.csv"}), "fileName"),
        (json!({"exportPath": "out", "fileName": "r.xml"}), "fileName"),
        (json!({"exportPath": "out", "fileName": ".csv"}), "fileName"),
        (json!({"exportPath": "out", "paginate": {"enable": true, "rowCountPerFile": 0}}), "rowCountPerFile"),
        (json!({"exportPath": "out", "paginate": 7}), "paginate"),
        (json!({"exportPath": "out", "erase": "maybe"}), "erase"),
        (json!({"exportPath": "out", "obsParameters": {"accessKey": "a"}}), "obsParameters"),
        (json!({"exportPath": "out", "obsParameters": {"accessKey": [], "secretKey": "b"}}), "obsParameters"),
    ] {
        let message = check(g.post(&export_tail(&id), body.clone()), 400, "GES.8011");
        assert!(message.contains(field), "{body}: {message}");
    }
    assert!(names(&s.objects()).is_empty());
    assert_eq!(g.get(&format!("/jobs/{id}/status")).expect(200)["state"], "complete");
}

#[test]
fn j02_14_the_keys_of_an_export_appear_nowhere() {
    let s = TestServer::start();
    let g = five(&s);
    let id = pagerank(&g);
    let keys = json!({"accessKey": "AKHIDDEN", "secretKey": "SKHIDDEN"});
    export(&g, &id, json!({"exportPath": "out", "erase": false, "obsParameters": keys}));
    let list = g.get("/jobs/status").text();
    assert!(list.contains(r#""secretKey":"***""#) && !list.contains("HIDDEN"), "{list}");
}

#[test]
fn j02_27_a_cancelled_export_leaves_no_file() {
    let s = one_worker();
    let g = kronecker(&s, "krone", 14);
    let id = pagerank(&g);
    let mut cancelled = 0;
    for moment in 0..20u64 {
        let paginate = json!({"enable": true, "rowCountPerFile": 500});
        let body = json!({"exportPath": format!("out/{moment}"), "erase": false, "paginate": paginate});
        let export = crate::jobs_stage::submit(&g, &export_tail(&id), body);
        std::thread::sleep(std::time::Duration::from_millis(moment));
        let reply = g.delete(&format!("/jobs/{export}?wait=true"));
        // A cancel that comes too late is refused before the last file has its name.
        let ended = g.ended(&export);
        let left = names(&s.objects().join(format!("out/{moment}")));
        if reply.status == 200 {
            cancelled += 1;
            check_cancelled(&ended);
            assert!(left.is_empty(), "{left:?}");
        } else {
            assert_eq!(ended["state"], "complete");
            assert_eq!(left.len(), 33);
        }
        let staged = names(&s.objects().join(".gesso-staging"));
        assert!(staged.is_empty(), "{staged:?}");
    }
    assert!(cancelled > 0, "no cancel came in time");
}

#[test]
fn j02_41_the_original_stays_until_the_export_is_complete() {
    let s = one_worker();
    let g = five(&s);
    let id = pagerank(&g);
    let held = Held::running(&s, "five", Kind::Algorithm);
    let export = crate::jobs_stage::submit(&g, &export_tail(&id), json!({"exportPath": "out"}));
    assert_eq!(g.get(&format!("/jobs/{id}/status")).expect(200)["state"], "complete");
    g.delete(&format!("/jobs/{export}")).expect(200);
    held.release();
    assert_eq!(g.get(&format!("/jobs/{id}/status")).expect(200)["state"], "complete");
    assert!(s.app().jobs.find(&key(&s, "five"), &id).is_ok());
    assert_eq!(g.outputs(EXECUTE, json!({"algorithmName": "pagerank"}))["data_total_size"], 5);
}
