//! `gesso config`: precedence, and what is unknown.

use crate::{gesso, ran, run};

#[test]
fn the_last_of_default_file_variable_and_flag_wins() {
    let dir = tempfile::tempdir().unwrap();
    let file = "listen = '127.0.0.1:1'\nobject_root = '/srv/objects'\n[jobs]\nthreads = 3\nrunning = 4\n";
    std::fs::write(dir.path().join("gesso.toml"), file).unwrap();
    let mut command = gesso(dir.path(), &["config", "--json", "--listen", "127.0.0.1:2"]);
    let shown = ran(command.env("GESSO_JOBS_RUNNING", "5").env("GESSO_SHARED", "/nowhere")).json(0);
    let check = |key: &str, value: serde_json::Value, source: &str| {
        assert_eq!(shown[key]["value"], value, "{key}");
        assert_eq!(shown[key]["source"], source, "{key}");
    };
    check("listen", "127.0.0.1:2".into(), "flag");
    check("jobs.running", 5.into(), "env GESSO_JOBS_RUNNING");
    check("jobs.threads", 3.into(), "file gesso.toml");
    check("object_root", "/srv/objects".into(), "file gesso.toml");
    check("api_version", "2.3.18".into(), "default");
    check("batch_max_items", serde_json::Value::Null, "default");
}

#[test]
fn unknown_keys_and_variables_are_wrong_usage_and_name_the_nearest() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("other.toml"), "[jobs]\nqueue_totl = 3\n").unwrap();
    let file = run(dir.path(), &["config", "--config", "other.toml"]);
    assert_eq!(file.code, 2);
    assert!(
        file.err.contains("`jobs.queue_totl`") && file.err.contains("`jobs.queue_total`"),
        "{}",
        file.err
    );
    let variable = ran(gesso(dir.path(), &["serve"]).env("GESSO_DATADIR", "x"));
    assert_eq!(variable.code, 2);
    assert!(variable.err.contains("`GESSO_DATA_DIR`"), "{}", variable.err);
    let missing = run(dir.path(), &["config", "--config", "missing.toml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("missing.toml"), "{}", missing.err);
    assert_eq!(run(dir.path(), &["config", "--no-such-flag"]).code, 2);
}
