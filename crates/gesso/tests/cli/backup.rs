//! `gesso backup` and `gesso restore`: of a data directory, of a running server, up to a time.

use crate::import::{IMPORT, write_files};
use crate::run;
use crate::serving::Serving;

#[test]
fn a_data_directory_goes_into_a_backup_and_comes_out_of_it() {
    let dir = tempfile::tempdir().unwrap();
    write_files(dir.path());
    assert_eq!(run(dir.path(), IMPORT).code, 0);
    let first = run(dir.path(), &["backup", "--data-dir", "data", "--to", "one", "--json"]).json(0);
    assert_eq!(
        (&first["graphs"][0]["vertexNum"], &first["graphs"][0]["graph"]),
        (&2.into(), &"people".into())
    );
    let args = ["backup", "--data-dir", "data", "--to", "two", "--earlier", "one", "--json"];
    let second = run(dir.path(), &args).json(0);
    let written = |v: &serde_json::Value| v["graphs"][0]["copiedBytes"].as_u64().unwrap();
    assert!(written(&second) < written(&first), "{second}");
    std::fs::remove_dir_all(dir.path().join("one")).unwrap();
    let restored = run(dir.path(), &["restore", "--from", "two", "--data-dir", "new", "--json"]).json(0);
    assert_eq!(restored["graphs"][0]["edgeNum"], 1);
    assert_eq!(run(dir.path(), &["verify", "--data-dir", "new"]).code, 0);
    let again = run(dir.path(), &["restore", "--from", "two", "--data-dir", "new"]);
    assert!(again.code == 1 && again.err.contains("graph [people] already exists"), "{}", again.err);
    let renamed = ["restore", "--from", "two", "--data-dir", "new", "--graph", "twin"];
    assert_eq!(run(dir.path(), &renamed).code, 0);
}

#[test]
fn a_running_server_is_backed_up_below_its_object_root() {
    let dir = tempfile::tempdir().unwrap();
    write_files(dir.path());
    assert_eq!(run(dir.path(), IMPORT).code, 0);
    let server = Serving::start(dir.path(), &["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"]);
    let taken = run(dir.path(), &["backup", "--url", &server.url, "--graph", "people", "--to", "nightly/1"]);
    assert!(taken.code == 0 && taken.out.contains("complete"), "{}{}", taken.out, taken.err);
    server.end();
    let from = ["restore", "--from", "data/objects/nightly/1", "--data-dir", "new", "--json"];
    assert_eq!(run(dir.path(), &from).json(0)["graphs"][0]["vertexNum"], 2);
}

#[test]
fn wrong_places_and_times_are_usage_errors() {
    let dir = tempfile::tempdir().unwrap();
    write_files(dir.path());
    assert_eq!(run(dir.path(), IMPORT).code, 0);
    let s3 = run(dir.path(), &["backup", "--data-dir", "data", "--to", "s3://bucket/b"]);
    assert!(s3.code == 2 && s3.err.contains("objects.endpoint"), "{}", s3.err);
    let time = run(dir.path(), &["restore", "--from", "b", "--data-dir", "new", "--until", "soon"]);
    assert!(time.code == 2 && time.err.contains("--until soon"), "{}", time.err);
    let none = run(dir.path(), &["restore", "--from", "data", "--data-dir", "new"]);
    assert!(none.code == 1 && none.err.contains("is not a backup"), "{}", none.err);
    assert_eq!(run(dir.path(), &["backup", "--data-dir", "no", "--to", "b"]).code, 1);
    assert!(!dir.path().join("no").exists());
    assert_eq!(run(dir.path(), &["backup", "--to", "b"]).code, 2, "a server needs a graph's name");
}
