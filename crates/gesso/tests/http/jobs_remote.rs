//! Exports to an S3-compatible store: see [`crate::remote_store`].

use crate::harness::{TestGraph, check};
use crate::jobs_stage::{check_cancelled, execute, kronecker, submit};
use crate::remote_store::{ACCESS, SECRET, Store, keys};
use serde_json::{Value, json};
use std::time::Duration;

fn export(g: &TestGraph<'_>, id: &str, body: Value) -> Value {
    g.job(&format!("/jobs/{id}/action?action_id=export-result"), body)
}

#[test]
fn j02_41_results_go_to_a_remote_store_with_the_keys_of_the_request_or_of_the_server() {
    let store = Store::start();
    let s = store.server(None);
    let g = kronecker(&s, "krone", 16);
    let id = execute(&g, json!({"algorithmName": "pagerank"}));
    let total = g.ended(&id)["data"]["outputs"]["data_total_size"].as_u64().expect("a total");
    let given = json!({"accessKey": ACCESS, "secretKey": SECRET});
    for (path, name) in
        [("bucket/out", "a.csv"), ("obs://bucket/out", "b.jsonl"), ("s3://bucket", "c.parquet")]
    {
        let body = json!({"exportPath": path, "fileName": name, "erase": false, "obsParameters": given});
        let status = export(&g, &id, body);
        assert_eq!(
            (&status["state"], &status["data"]["outputs"]["files"]),
            (&json!("complete"), &json!([name])),
            "{status}"
        );
    }
    assert_eq!(store.objects(), ["c.parquet", "out/a.csv", "out/b.jsonl"]);
    let text = std::fs::read_to_string(store.bucket().join("out/a.csv")).expect("an object");
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count() as u64, total);
    let list = g.get("/jobs/status").text();
    assert!(!list.contains(SECRET) && !list.contains(ACCESS), "{list}");
    // Nothing went to the object root.
    assert!(!s.objects().join("bucket").exists());
    let s = store.server(Some(keys()));
    let g = kronecker(&s, "krone", 6);
    let id = execute(&g, json!({"algorithmName": "pagerank"}));
    g.ended(&id);
    let status = export(&g, &id, json!({"exportPath": "bucket/own", "fileName": "d.csv"}));
    assert_eq!(status["state"], "complete", "{status}");
    assert!(store.objects().contains(&"own/d.csv".to_owned()));
}

#[test]
fn d10_51_graphs_and_elements_go_to_a_remote_store_and_old_parts_leave_it() {
    let store = Store::start();
    let s = store.server(Some(keys()));
    let g = kronecker(&s, "krone", 6);
    let (vertices, edges) = g.counts();
    let whole = |rows: u64| {
        json!({"graphExportPath": "bucket/g", "vertexSetName": "v", "edgeSetName": "e.csv", "schemaName": "schema.xml",
            "paginate": {"enable": rows > 0, "rowCountPerFile": rows.max(1)}})
    };
    let export = |rows| {
        let status = g.job("/action?action_id=export-graph", whole(rows));
        assert_eq!(status["state"], "complete", "{status}");
        store.objects()
    };
    let parts =
        |dir: &str, count: u64| (0..count).map(|i| format!("g/{dir}/part-{i:05}.csv")).collect::<Vec<_>>();
    let expected = |rows: u64| {
        let mut all = parts("e.csv", edges.div_ceil(rows));
        all.push("g/schema.xml".to_owned());
        all.extend(parts("v", vertices.div_ceil(rows)));
        all
    };
    assert_eq!(export(20), expected(20));
    assert_eq!(export(50), expected(50));
    let lines = expected(50)
        .into_iter()
        .filter(|name| name.contains("/v/"))
        .map(|name| std::fs::read_to_string(store.bucket().join(name)).expect("an object").lines().count());
    assert_eq!(lines.sum::<usize>() as u64, vertices);
    let some = json!({"labels": ["__DEFAULT__"], "exportPath": "obs://bucket", "fileName": "some.csv"});
    assert_eq!(g.job("/edges/action?action_id=export", some)["state"], "complete");
    let text = std::fs::read_to_string(store.bucket().join("some.csv")).expect("an object");
    assert_eq!(text.lines().count() as u64, edges);
    assert!(!s.objects().join("bucket").exists());
}

#[test]
fn a_store_that_refuses_fails_the_export_and_says_why() {
    let store = Store::start();
    let s = store.server(None);
    let g = kronecker(&s, "krone", 6);
    let id = execute(&g, json!({"algorithmName": "pagerank"}));
    g.ended(&id);
    let refused = |g: &TestGraph<'_>, keys: Value| {
        let body = json!({"exportPath": "bucket/out", "fileName": "a.csv", "obsParameters": keys});
        let status = export(g, &id, body);
        assert_eq!(
            (&status["state"], &status["errorCode"]),
            (&json!("failed"), &json!("GES.8011")),
            "{status}"
        );
        let message = status["errorMessage"].as_str().expect("a message");
        assert!(message.contains("bucket/out") && !message.contains("wrong"), "{message}");
    };
    refused(&g, json!({"accessKey": ACCESS, "secretKey": "wrong"}));
    refused(&g, json!({"accessKey": "nobody", "secretKey": SECRET}));
    refused(&g, Value::Null);
    assert!(store.objects().is_empty());
    // The original stays when its export fails.
    assert_eq!(g.get(&format!("/jobs/{id}/status")).expect(200)["state"], "complete");
    let tail = format!("/jobs/{id}/action?action_id=export-result");
    check(g.post(&tail, json!({"exportPath": "bucket/../x"})), 400, "GES.8011");
}

#[test]
fn j02_27_a_cancelled_export_leaves_no_object() {
    let store = Store::start();
    let s = store.server(Some(keys()));
    let g = kronecker(&s, "krone", 14);
    let id = execute(&g, json!({"algorithmName": "pagerank"}));
    g.ended(&id);
    let mut cancelled = 0;
    for moment in 0..20u64 {
        let paginate = json!({"enable": true, "rowCountPerFile": 1000});
        let body = json!({"exportPath": format!("bucket/{moment}"), "erase": false, "paginate": paginate});
        let export = submit(&g, &format!("/jobs/{id}/action?action_id=export-result"), body);
        std::thread::sleep(Duration::from_millis(2 * moment));
        let reply = g.delete(&format!("/jobs/{export}?wait=true"));
        // A cancel that comes too late is refused before the last object is complete.
        let ended = g.ended(&export);
        let left = store.objects().into_iter().filter(|name| name.starts_with(&format!("{moment}/"))).count();
        if reply.status == 200 {
            cancelled += 1;
            check_cancelled(&ended);
            assert_eq!(left, 0);
        } else {
            assert_eq!(ended["state"], "complete");
            assert_eq!(left, 17);
        }
    }
    assert!(cancelled > 0, "no cancel came in time");
}
