//! What a restart finds, after a crash and after a clean shutdown.

use crate::stage::{
    LONG, config, crash_copy, end_of, endless, error_of, graph, held, open, quick, submit, table,
};
use gesso_core::{Cells, JobContext, Rows};
use gesso_jobs::{Engine, EngineConfig, Filter, Kind, Rebuilt, State};
use std::fs;

#[test]
fn j02_47_a_crash_fails_what_was_queued_or_running() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { running: 1, ..config() });
    let (hold, work) = held();
    let running = submit(&engine, Kind::ImportGraph, work);
    hold.begun.recv().unwrap();
    let queued = submit(&engine, Kind::Algorithm, quick());
    // The submission above was committed behind the start of the first job.
    let copy = crash_copy(dir.path());
    for _ in 0..2 {
        let engine = open(copy.path(), config());
        for (job, was, code) in [(&running, "running", "GES.8013"), (&queued, "queued", "GES.8402")] {
            let job = engine.find(&graph("g"), job.id().as_str()).unwrap();
            assert_eq!(job.state(), State::Failed);
            let message = format!("server restarted while the job was {was}");
            assert_eq!(error_of(&job), (code.to_owned(), message));
            assert!(job.wait_idle(LONG));
        }
    }
}

#[test]
fn a_crash_between_commit_and_record_leaves_a_complete_job() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let (hold, work) = held();
    let import = submit(&engine, Kind::ImportGraph, work);
    hold.begun.recv().unwrap();
    let (hold, work) = held();
    let algorithm = submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    let writer = submit(&engine, Kind::DeleteVertices, quick());
    let reader = submit(&engine, Kind::Algorithm, quick());
    let copy = crash_copy(dir.path());
    // The graph has all of them, as far as it is asked.
    let again = Engine::open_parked(copy.path(), config(), &|_| true).unwrap();
    let state = |id: &gesso_jobs::JobId| again.find(&graph("g"), id.as_str()).unwrap().state();
    // The start of a job is not waited for, so that one which is queued by its record may have its commit.
    assert_eq!((state(import.id()), state(writer.id())), (State::Complete, State::Complete));
    // What only reads has no commit.
    assert_eq!((state(algorithm.id()), state(reader.id())), (State::Failed, State::Failed));
    let found = again.find(&graph("g"), import.id().as_str()).unwrap();
    assert!(found.status().is_expired && found.outcome().is_err());
}

#[test]
fn a_result_that_no_end_names_goes_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let (hold, work) = held();
    let running = submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    let complete = submit(&engine, Kind::Algorithm, quick());
    assert_eq!(end_of(&complete), State::Complete);
    let copy = crash_copy(dir.path());
    // The crash comes between the result and the end.
    let file = |job: &gesso_jobs::Job| copy.path().join(format!("results/{}.seg", job.id()));
    fs::copy(file(&complete), file(&running)).unwrap();
    let again = open(copy.path(), config());
    assert_eq!(again.find(&graph("g"), running.id().as_str()).unwrap().state(), State::Failed);
    assert!(!file(&running).exists() && file(&complete).exists());
}

#[test]
fn j02_48_a_crash_keeps_ends_and_results() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let complete = submit(&engine, Kind::Algorithm, Box::new(|_: &JobContext| Ok(table(100_000))));
    assert_eq!(end_of(&complete), State::Complete);
    let cancelled = submit(&engine, Kind::Algorithm, endless());
    cancelled.cancel().unwrap();
    // A cancel is durable when it returns unless the disk stalls; this commit is behind it in any case.
    assert_eq!(end_of(&submit(&engine, Kind::Algorithm, quick())), State::Complete);
    let copy = crash_copy(dir.path());
    fs::write(copy.path().join("results/.left.seg.1-1.tmp"), "half").unwrap();
    let again = open(copy.path(), config());
    for job in [&complete, &cancelled] {
        let found = again.find(&graph("g"), job.id().as_str()).unwrap();
        let (old, new) = (job.status(), found.status());
        assert_eq!((old.state, old.error, old.end_ms), (new.state, new.error, new.end_ms));
        assert_eq!(found.record(), job.record());
    }
    let found = again.find(&graph("g"), complete.id().as_str()).unwrap();
    let outcome = found.outcome().unwrap();
    let (name, rows) = outcome.list.as_ref().unwrap();
    assert_eq!((name.as_str(), rows.len()), ("values", 100_000));
    let Rows::PerVertex { cells: Cells::Int(cells), .. } = rows else { panic!("{rows:?}") };
    assert_eq!(cells[99_999], 999_990);
    assert!(!copy.path().join("results/.left.seg.1-1.tmp").exists());
}

#[test]
fn j02_49_after_a_clean_shutdown_queued_readers_run_again() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { running: 1, ..config() });
    let (hold, work) = held();
    let running = submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    let reader = submit(&engine, Kind::Algorithm, quick());
    let lost = submit(&engine, Kind::QueryEdges, quick());
    let writer = submit(&engine, Kind::ImportGraph, quick());
    engine.shutdown();
    assert_eq!(reader.state(), State::Queued);
    for job in [&running, &writer] {
        assert_eq!(job.state(), State::Failed);
        assert_eq!(error_of(job).1, "server is shutting down");
    }
    drop(engine);

    let rebuild = |record: &gesso_jobs::Record| {
        let is_known = record.spec.kind == Kind::Algorithm;
        is_known.then(|| Rebuilt { work: quick(), need_bytes: 100, erases: None })
    };
    let engine = Engine::open(dir.path(), config(), &rebuild).unwrap();
    let job = engine.find(&graph("g"), reader.id().as_str()).unwrap();
    assert_eq!(end_of(&job), State::Complete);
    assert_eq!(job.outcome().unwrap().list.as_ref().unwrap().1.len(), 7);
    for job in [&running, &writer, &lost] {
        let job = engine.find(&graph("g"), job.id().as_str()).unwrap();
        assert_eq!((job.state(), error_of(&job).1.as_str()), (State::Failed, "server is shutting down"));
    }
    let order: Vec<_> = engine.list(&graph("g"), &Filter::default(), 0, 9).jobs;
    let ids: Vec<_> = order.iter().map(|job| job.id().clone()).collect();
    assert_eq!(ids, [&writer, &lost, &reader, &running].map(|job| job.id().clone()));
    assert!(submit(&engine, Kind::Algorithm, quick()).spec().seq > writer.spec().seq);
}

#[test]
fn a_crash_after_a_shutdown_and_start_is_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { running: 1, ..config() });
    let (hold, work) = held();
    submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    let reader = submit(&engine, Kind::Algorithm, quick());
    drop(engine);
    // Started again, the job waits behind nothing, but this process dies at once.
    let rebuild = |_: &gesso_jobs::Record| Some(Rebuilt { work: endless(), need_bytes: 0, erases: None });
    let engine = Engine::open(dir.path(), config(), &rebuild).unwrap();
    let copy = crash_copy(dir.path());
    let again = open(copy.path(), config());
    let job = again.find(&graph("g"), reader.id().as_str()).unwrap();
    assert_eq!(job.state(), State::Failed);
    assert!(error_of(&job).1.starts_with("server restarted while the job was "));
    drop(engine);
}

#[test]
fn nothing_is_admitted_after_a_shutdown() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    engine.shutdown();
    engine.shutdown();
    let refused = engine.submit(crate::stage::submission(Kind::Algorithm, quick())).unwrap_err();
    assert_eq!(refused.to_string(), "server is shutting down");
    drop(engine);
    assert_eq!(open(dir.path(), config()).list(&graph("g"), &Filter::default(), 0, 9).total, 0);
}
