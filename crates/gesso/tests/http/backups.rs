//! Backups and restores as jobs: spec 10, section 9.

use crate::fixture::films;
use crate::harness::{TestServer, check};
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
