//! Backups in an S3-compatible store: spec 10, section 9.

use crate::fixture::films;
use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::{check_cancelled, kronecker, submit};
use crate::process::gesso;
use crate::remote_store::{ACCESS, SECRET, Store, keys};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use std::time::Duration;

const BACKUP: &str = "/action?action_id=backup";
const RESTORE: &str = "/action?action_id=restore";

fn bytes(outputs: &Value, name: &str) -> u64 {
    outputs[name].as_u64().unwrap_or_else(|| panic!("no {name}: {outputs}"))
}

fn message(status: &Value) -> &str {
    assert_eq!(status["state"], "failed", "{status}");
    status["errorMessage"].as_str().unwrap_or_default()
}

/// A new base, so that there is something to share.
fn compacted(s: &TestServer, g: &TestGraph<'_>, name: &str) {
    s.inner(name).compact(&gesso_core::JobContext::detached(1, 1 << 30)).expect("a base");
    g.post("/vertices", json!({"vertex": "later"})).expect(200);
}

#[test]
fn d10_a_backup_in_a_bucket_is_whole_and_shares_what_an_earlier_one_has() {
    let store = Store::start();
    let s = store.server(None);
    let g = films(&s);
    compacted(&s, &g, "films");
    let given = json!({"accessKey": ACCESS, "secretKey": SECRET});
    let with = |fields: Value| {
        let mut body = json!({"obsParameters": given});
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        body
    };
    let first = g.outputs(BACKUP, with(json!({"backupPath": "bucket/nightly/1"})));
    assert_eq!(first["sizeBytes"], first["copiedBytes"]);
    let then = g.counts();
    g.post("/vertices", json!({"vertex": "last"})).expect(200);
    let second = g.outputs(
        BACKUP,
        with(json!({"backupPath": "obs://bucket/nightly/2/", "earlierPath": "s3://bucket/nightly/1"})),
    );
    assert!(bytes(&second, "copiedBytes") < bytes(&second, "sizeBytes") / 2, "{second}");
    assert!(!s.objects().join("bucket").exists(), "nothing went to the object root");
    assert!(!g.get("/jobs/status").text().contains(SECRET));

    // The first one, and then the second one when the first one is gone.
    let copy = s.named("copy");
    copy.outputs(RESTORE, with(json!({"backupPath": "bucket/nightly/1"})));
    assert_eq!(copy.counts(), then);
    std::fs::remove_dir_all(store.dir.path().join("bucket/nightly/1")).expect("removed");
    let latest = s.named("latest");
    latest.outputs(RESTORE, with(json!({"backupPath": "bucket/nightly/2", "until": second["uptoTime"]})));
    assert_eq!(latest.counts(), g.counts());
    assert_eq!(latest.vertex("ana"), g.vertex("ana"));
    let s = s.restart();
    assert_eq!(s.named("latest").vertex("last")["id"], "last");
}

#[test]
fn d10_57_and_58_a_changed_or_missing_object_is_refused_by_name() {
    let store = Store::start();
    let s = store.server(Some(keys()));
    let g = films(&s);
    compacted(&s, &g, "films");
    g.outputs(BACKUP, json!({"backupPath": "bucket/b"}));
    let twice = g.job(BACKUP, json!({"backupPath": "bucket/b"}));
    assert!(message(&twice).contains("holds a backup already"), "{twice}");
    let new = s.named("fresh");
    let missing = new.job(RESTORE, json!({"backupPath": "bucket/none"}));
    assert!(message(&missing).contains("`bucket/none` is not a backup"), "{missing}");
    check(new.post(RESTORE, json!({"backupPath": "bucket/../b"})), 400, "GES.8000");

    for name in store.objects().iter().filter(|name| name.starts_with("b/segments/")) {
        let path = store.dir.path().join("bucket").join(name);
        let whole = std::fs::read(&path).expect("bytes");
        let mut changed = whole.clone();
        *changed.last_mut().expect("a byte") ^= 1;
        std::fs::write(&path, changed).expect("written");
        let status = new.job(RESTORE, json!({"backupPath": "bucket/b"}));
        assert!(message(&status).contains(name) && message(&status).contains("SHA-256"), "{status}");
        std::fs::remove_file(&path).expect("removed");
        let status = new.job(RESTORE, json!({"backupPath": "bucket/b"}));
        assert!(message(&status).contains(name), "{status}");
        std::fs::write(&path, whole).expect("written");
    }
    assert_eq!(new.get("/summary").status, 400, "nothing was made");
    new.outputs(RESTORE, json!({"backupPath": "bucket/b"}));
    assert_eq!(new.counts(), g.counts());
}

#[test]
fn j02_27_a_cancelled_backup_leaves_no_object_and_the_next_one_takes_the_place() {
    let store = Store::start();
    let s = store.server(Some(keys()));
    let g = kronecker(&s, "krone", 14);
    s.inner("krone").compact(&gesso_core::JobContext::detached(1, 1 << 30)).expect("a base");
    g.outputs(BACKUP, json!({"backupPath": "bucket/first"}));
    let before = store.objects();
    let mut cancelled = 0;
    for moment in 0..30u64 {
        let backup = submit(&g, BACKUP, json!({"backupPath": "bucket/b", "earlierPath": "bucket/first"}));
        std::thread::sleep(Duration::from_millis(2 * moment));
        let reply = g.delete(&format!("/jobs/{backup}?wait=true"));
        let ended = g.ended(&backup);
        if reply.status != 200 {
            assert_eq!(ended["state"], "complete", "{ended}");
            break;
        }
        cancelled += 1;
        check_cancelled(&ended);
        // What the store was asked to remove goes without anybody waiting for it.
        for _ in 0..500 {
            if store.objects() == before {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(store.objects(), before, "after {moment}");
    }
    assert!(cancelled > 0, "no cancel came in time");
    if !store.objects().contains(&"b/backup.json".to_owned()) {
        g.outputs(BACKUP, json!({"backupPath": "bucket/b"}));
    }
    let copy = s.named("copy");
    copy.outputs(RESTORE, json!({"backupPath": "bucket/b"}));
    assert_eq!(copy.counts(), g.counts());
}

/// The binary, configured for the store.
fn command(store: &Store, dir: &Path, args: &[&str]) -> Output {
    let mut command = gesso();
    command.current_dir(dir).env("GESSO_OBJECTS_ENDPOINT", &store.url);
    command.env("GESSO_OBJECTS_ACCESS_KEY", ACCESS).env("GESSO_OBJECTS_SECRET_KEY", SECRET);
    command.args(args).output().expect("a process")
}

fn done(output: &Output) -> Value {
    let shown =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {shown}"))
}

#[test]
fn d10_the_command_line_backs_up_to_a_bucket_and_restores_from_it() {
    let store = Store::start();
    let s = TestServer::start();
    let counts = films(&s).counts();
    s.graph("other").post("/vertices", json!({"vertex": "x"})).expect(200);
    let s = s.restart_after(|data| {
        let data = data.to_string_lossy().into_owned();
        let dir = tempfile::tempdir().expect("a directory");
        let run = |args: &[&str]| command(&store, dir.path(), args);
        let all = ["backup", "--data-dir", &data, "--json", "--to", "s3://bucket/all"];
        assert_eq!(done(&run(&all))["graphs"].as_array().map(Vec::len), Some(2));
        let more = [
            "backup",
            "--data-dir",
            &data,
            "--json",
            "--to",
            "s3://bucket/more",
            "--earlier",
            "s3://bucket/all",
        ];
        done(&run(&more));
        let restored = done(&run(&["restore", "--from", "s3://bucket/more", "--data-dir", "new", "--json"]));
        assert_eq!(restored["graphs"].as_array().map(Vec::len), Some(2));
        assert!(run(&["verify", "--data-dir", "new"]).status.success());
        let one = [
            "restore",
            "--from",
            "obs://bucket/all/p1/films",
            "--data-dir",
            "new",
            "--graph",
            "twin",
            "--json",
        ];
        assert_eq!(done(&run(&one))["graphs"][0]["vertexNum"], counts.0);
        let none = run(&["restore", "--from", "s3://bucket/nothing", "--data-dir", "new"]);
        assert!(String::from_utf8_lossy(&none.stderr).contains("s3://bucket/nothing"));
        assert_eq!(none.status.code(), Some(1));
    });
    assert_eq!(s.named("films").counts(), counts);
}
