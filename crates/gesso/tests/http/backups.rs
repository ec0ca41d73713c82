//! Backups and restores as jobs: spec 10, section 9.

use crate::fixture::films;
use crate::harness::{PROJECT, TestGraph, TestServer, check};
use serde_json::{Value, json};

const BACKUP: &str = "/action?action_id=backup";
const RESTORE: &str = "/action?action_id=restore";

#[test]
fn d10_a_backup_is_restored_under_another_name_while_the_graph_goes_on() {
    let s = TestServer::start();
    let g = films(&s);
    let before = g.counts();
    let outputs = g.outputs(BACKUP, json!({"backupPath": "backups/one"}));
    assert_eq!((&outputs["vertexNum"], &outputs["edgeNum"]), (&before.0.into(), &before.1.into()));
    assert_eq!(outputs["sizeBytes"], outputs["copiedBytes"]);
    g.post("/vertices", json!({"vertex": "later"})).expect(200);
    let second = g.outputs(BACKUP, json!({"backupPath": "backups/two/", "earlierPath": "backups/one"}));
    let bytes = |v: &Value| v.as_u64().expect("a number");
    assert!(bytes(&second["copiedBytes"]) < bytes(&second["sizeBytes"]), "{second}");

    let copy = s.named("copy");
    assert_eq!(copy.outputs(RESTORE, json!({"backupPath": "backups/one"}))["vertexNum"], before.0);
    assert_eq!((copy.counts(), g.counts()), (before, (before.0 + 1, before.1)));
    assert_eq!(copy.vertex("ana"), g.vertex("ana"));
    let latest = s.named("latest");
    latest.outputs(RESTORE, json!({"backupPath": "backups/two", "until": second["uptoTime"]}));
    assert_eq!(latest.counts(), g.counts());
    copy.post("/vertices", json!({"vertex": "mine"})).expect(200);
    let s = s.restart();
    assert_eq!(s.named("copy").counts(), (before.0 + 1, before.1));
    assert_eq!(s.named("latest").vertex("later")["id"], "later");
}

/// What the list of graphs says of one, but for its name.
fn described(s: &TestServer, name: &str) -> Value {
    let list = s.get(&format!("/ges/v1.0/{PROJECT}/graphs")).expect(200);
    let entries = list["graphs"].as_array().expect("graphs");
    let mut entry = entries.iter().find(|e| e["graphName"] == name).expect("the graph").clone();
    entry.as_object_mut().expect("an object").remove("graphName");
    entry
}

#[test]
fn d10_a_restored_graph_has_the_schema_the_indices_and_what_it_was_created_with() {
    let s = TestServer::start();
    let body =
        json!({"graphName": "keyed", "idType": "fixedLengthString", "idLength": 20, "sortKeyType": "int"});
    s.post(&format!("/ges/v1.0/{PROJECT}/graphs"), body).expect(200);
    let g = s.named("keyed");
    let person = json!({"name": "person", "properties": [{"name": "age", "dataType": "int"}]});
    g.post("/schema/labels", person).expect(200);
    let index =
        json!({"indexName": "byAge", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age"]});
    assert_eq!(g.job("/indices", index)["state"], "complete");
    for (id, age) in [("ana", 31), ("bo", 25)] {
        g.post("/vertices", json!({"vertex": id, "label": "person", "properties": {"age": age}})).expect(200);
        // One in the checkpoint, one in the log.
        s.inner("keyed").compact(&gesso_core::JobContext::detached(1, 1 << 30)).expect("a checkpoint");
    }
    g.post("/vertices", json!({"vertex": "cy", "label": "person", "properties": {"age": 31}})).expect(200);
    g.outputs(BACKUP, json!({"backupPath": "b"}));
    let copy = s.named("copy");
    copy.outputs(RESTORE, json!({"backupPath": "b"}));
    let s = s.restart();
    let (g, copy) = (s.named("keyed"), s.named("copy"));
    assert_eq!(described(&s, "copy"), described(&s, "keyed"));
    for tail in ["/schema", "/indices"] {
        assert_eq!(copy.get(tail).expect(200), g.get(tail).expect(200));
    }
    let query = json!({"vertexFilters": [{"propertyName": "age", "predicate": "=", "values": ["31"]}]});
    let found =
        |g: &TestGraph<'_>| g.outputs("/vertices/action?action_id=query", query.clone())["vertices"].take();
    assert_eq!(found(&copy), found(&g));
    assert_eq!(found(&copy).as_array().map(Vec::len), Some(2));
}

#[test]
fn d10_what_can_not_be_backed_up_or_restored_is_refused_by_name() {
    let s = TestServer::start();
    let g = films(&s);
    g.outputs(BACKUP, json!({"backupPath": "b"}));
    let text = |reply| check(reply, 400, "GES.8000");
    assert!(text(g.post(BACKUP, json!({}))).contains("backupPath"));
    assert!(text(g.post(BACKUP, json!({"backupPath": "../b"}))).contains("[backupPath]"));
    assert!(text(g.post(BACKUP, json!({"backupPath": "c", "earlierPath": "no"}))).contains("[earlierPath]"));
    let new = s.named("fresh");
    assert!(text(new.post(RESTORE, json!({"backupPath": "no"}))).contains("[backupPath]"));
    assert!(text(new.post(RESTORE, json!({"backupPath": "b", "until": "soon"}))).contains("[until]"));
    assert!(check(g.post(RESTORE, json!({"backupPath": "b"})), 400, "GES.8012").contains("already exists"));

    let twice = g.job(BACKUP, json!({"backupPath": "b"}));
    assert!(twice["errorMessage"].as_str().is_some_and(|m| m.contains("holds a backup already")), "{twice}");
    let early = new.job(RESTORE, json!({"backupPath": "b", "until": "1999-01-01T00:00:00Z"}));
    assert_eq!(early["state"], "complete", "a backup without a checkpoint knows every time: {early}");
    assert_eq!(new.counts(), (0, 0));

    // A changed byte: spec 10, item 57.
    let log = s.objects().join("b/segments/log");
    let file = std::fs::read_dir(&log).expect("a log").next().expect("a file").expect("a file").path();
    let mut bytes = std::fs::read(&file).expect("bytes");
    bytes[40] ^= 1;
    std::fs::write(&file, bytes).expect("written");
    let damaged = s.named("other");
    let status = damaged.job(RESTORE, json!({"backupPath": "b"}));
    let name = file.file_name().and_then(|n| n.to_str()).expect("a name");
    let message = status["errorMessage"].as_str().unwrap_or_default();
    assert!(message.contains(name) && message.contains("SHA-256"), "{status}");
    assert_eq!(damaged.get("/summary").status, 400, "nothing was made");
}

#[test]
fn d10_58_a_directory_without_backup_json_is_no_backup() {
    let s = TestServer::start();
    films(&s).outputs(BACKUP, json!({"backupPath": "b"}));
    std::fs::remove_file(s.objects().join("b/backup.json")).expect("a file that was there");
    let new = s.named("fresh");
    let reply = new.post(RESTORE, json!({"backupPath": "b"}));
    let refused = match reply.status {
        200 => new.ended(reply.expect(200)["jobId"].as_str().expect("a job id")),
        _ => reply.json(),
    };
    assert!(refused["errorMessage"].as_str().is_some_and(|m| m.contains("backup")), "{refused}");
    assert_eq!(new.get("/summary").status, 400, "nothing was made");
}
