//! The import log on disk: spec 10, section 6.2.

use gesso_core::JobContext;
use gesso_graph::Schema;
use gesso_io::import_log::{LogLimits, Summary};
use gesso_io::{CsvOptions, ImportLog, SinkOf, read_edges, read_vertices};
use gesso_store::OutputDir;
use gesso_store::objects::InputFile;
use std::fs;
use std::path::Path;

const VERTICES: &[u8] = b"a\n,x\r\nb,\xff\n\"c\"d\n\"e\nf";

fn import(dir: &Path, log: &mut ImportLog) {
    let (ctx, schema, options) = (JobContext::detached(1, 1 << 30), Schema::default(), CsvOptions::default());
    let write = |name: &str, bytes: &[u8]| -> InputFile {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        InputFile::local(path)
    };
    let files = [write("v.csv", VERTICES), write("more/v.csv", b",\n"), write("good.csv", b"g\n")];
    let mut sink = SinkOf { find: |_: &str| None, add: |_| Ok(()) };
    read_vertices(&ctx, &schema, &files, &options, log, &mut sink).unwrap();
    let files = [write("e.csv", b"a\n")];
    let mut sink = SinkOf { find: |_: &str| None, add: |_| Ok(()) };
    read_edges(&ctx, &schema, &files, &options, log, &mut sink).unwrap();
}

fn summary() -> Summary {
    Summary {
        job_id: "j1".into(),
        begin_time: "2026-01-01T00:00:00".into(),
        end_time: "2026-01-01T00:00:01".into(),
        options: serde_json::json!({"offline": false}),
    }
}

/// All files below a directory, as paths relative to it.
fn files_in(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(dir).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn df10_39_rejected_lines_byte_for_byte_errors_and_summary() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("log/j1");
    let mut log = ImportLog::new(Some(OutputDir::at(out.clone())));
    import(dir.path(), &mut log);
    log.finish(&JobContext::detached(1, 1 << 20), &summary()).unwrap();
    let expected = [
        "edge/e.csv.errors.log",
        "edge/e.csv.rejected.csv",
        "summary.json",
        "vertex/v.csv.2.errors.log",
        "vertex/v.csv.2.rejected.csv",
        "vertex/v.csv.errors.log",
        "vertex/v.csv.rejected.csv",
    ];
    assert_eq!(files_in(&out), expected);
    assert_eq!(fs::read(out.join("vertex/v.csv.rejected.csv")).unwrap(), &VERTICES[2..]);
    let errors = fs::read_to_string(out.join("vertex/v.csv.errors.log")).unwrap();
    let starts: Vec<_> = errors.lines().map(|l| l.rsplit_once('\t').unwrap().0).collect();
    assert_eq!(starts, ["2\t1\tE05", "3\t0\tE01", "4\t1\tE02", "5\t1\tE02"]);
    let text = fs::read_to_string(out.join("summary.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&json["jobId"], &json["options"]["offline"]), (&"j1".into(), &false.into()));
    let file = &json["files"][0];
    assert_eq!(
        (&file["totalLines"], &file["failedLines"], &file["codes"]["E02"]),
        (&5.into(), &4.into(), &2.into())
    );
}

#[test]
fn df10_41_a_cancelled_import_leaves_the_summary_and_a_dropped_one_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("log");
    let mut log = ImportLog::new(Some(OutputDir::at(out.clone())));
    import(dir.path(), &mut log);
    drop(log);
    assert!(files_in(&out).is_empty());
    let mut log = ImportLog::new(Some(OutputDir::at(out.clone())));
    import(dir.path(), &mut log);
    log.finish_cancelled(&summary()).unwrap();
    assert_eq!(files_in(&out), ["summary.json"]);
}

#[test]
fn limits_end_a_log_with_a_last_line() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("log");
    let mut log =
        ImportLog::with_limits(Some(OutputDir::at(out.clone())), LogLimits { lines: 2, size_bytes: 1 << 20 });
    import(dir.path(), &mut log);
    log.finish(&JobContext::detached(1, 1 << 20), &summary()).unwrap();
    let errors = fs::read_to_string(out.join("vertex/v.csv.errors.log")).unwrap();
    assert_eq!((errors.lines().count(), errors.lines().last()), (3, Some("... truncated")));
    let rejected = fs::read(out.join("vertex/v.csv.rejected.csv")).unwrap();
    assert!(rejected.ends_with(b"b,\xff\n... truncated\n"));
}

#[test]
fn without_a_directory_only_the_first_errors_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = ImportLog::new(None);
    import(dir.path(), &mut log);
    assert_eq!(log.first_errors().len(), 6);
    log.finish(&JobContext::detached(1, 1 << 20), &summary()).unwrap();
}
