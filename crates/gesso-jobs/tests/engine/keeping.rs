//! How long what is kept: counts, bytes, deleted graphs, and a journal that does not grow for ever.

use crate::stage::{LONG, config, end_of, endless, graph, held, open, quick, submit, table};
use gesso_core::{JobContext, Outcome};
use gesso_jobs::{EngineConfig, Filter, Kind, OutcomeError, State};
use std::fs;

#[test]
fn j02_50_only_the_newest_ended_jobs_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let limits = EngineConfig { keep_count: 3, ..config() };
    let engine = open(dir.path(), limits.clone());
    let jobs: Vec<_> = (0..5)
        .map(|_| {
            let job = submit(&engine, Kind::Algorithm, quick());
            assert_eq!(end_of(&job), State::Complete);
            job
        })
        .collect();
    let check = |engine: &gesso_jobs::Engine| {
        for (i, job) in jobs.iter().enumerate() {
            assert_eq!(engine.find(&graph("g"), job.id().as_str()).is_ok(), i >= 2, "job {i}");
        }
        assert_eq!(fs::read_dir(dir.path().join("results")).unwrap().count(), 3);
    };
    check(&engine);
    drop(engine);
    check(&open(dir.path(), limits));
}

#[test]
fn the_oldest_results_make_room_but_their_records_stay() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { result_bytes: Some(100_000), ..config() });
    let run = || {
        let job = submit(&engine, Kind::Algorithm, Box::new(|_: &JobContext| Ok(table(5000))));
        assert_eq!(end_of(&job), State::Complete);
        job
    };
    let (old, new) = (run(), run());
    assert!(engine.metrics().result_bytes < 100_000);
    assert!(old.status().is_expired && !new.status().is_expired);
    assert!(matches!(old.outcome(), Err(OutcomeError::Expired)));
    assert!(old.outcome().unwrap_err().to_string().contains("result expired"));
    assert_eq!(new.outcome().unwrap().list.as_ref().unwrap().1.len(), 5000);
    drop(engine);
    let engine = open(dir.path(), config());
    let again = engine.find(&graph("g"), old.id().as_str()).unwrap();
    assert_eq!((again.state(), again.status().is_expired), (State::Complete, true));
    fs::remove_file(dir.path().join("results").join(format!("{}.seg", new.id()))).unwrap();
    let again = engine.find(&graph("g"), new.id().as_str()).unwrap();
    assert!(matches!(again.outcome(), Err(OutcomeError::Expired)), "a lost file is an expired result");
}

#[test]
fn old_jobs_are_forgotten_when_another_ends() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { keep_seconds: 0, ..config() });
    let old = submit(&engine, Kind::Algorithm, quick());
    assert_eq!(end_of(&old), State::Complete);
    // The next millisecond.
    while old.status().end_ms == submit(&engine, Kind::Algorithm, endless()).status().end_ms {}
    let deadline = std::time::Instant::now() + LONG;
    while engine.find(&graph("g"), old.id().as_str()).is_ok() {
        assert!(std::time::Instant::now() < deadline);
        engine.cancel_all(&graph("g"), &[State::Queued, State::Running], &[]);
        submit(&engine, Kind::Algorithm, endless());
    }
}

#[test]
fn j02_35_a_deleted_graph_takes_its_jobs_along() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let ended = submit(&engine, Kind::Algorithm, quick());
    assert_eq!(end_of(&ended), State::Complete);
    let (hold, work) = held();
    let running = submit(&engine, Kind::DeleteVertices, work);
    hold.begun.recv().unwrap();
    let waiting: Vec<_> = (0..4).map(|_| submit(&engine, Kind::Algorithm, endless())).collect();
    for job in engine.delete_graph(&graph("g")) {
        assert!(job.wait_idle(LONG));
    }
    for job in waiting.iter().chain([&running]) {
        assert_eq!(job.state(), State::Failed);
        assert_eq!(job.status().error.unwrap().message, "graph [g] was deleted");
        assert!(job.wait_idle(LONG));
    }
    assert_eq!(engine.budget().used(), 0);
    assert_eq!(engine.list(&graph("g"), &Filter::default(), 0, 9).total, 0);
    assert!(engine.find(&graph("g"), ended.id().as_str()).is_err());
    drop(engine);
    let engine = open(dir.path(), config());
    assert_eq!(engine.list(&graph("g"), &Filter::default(), 0, 9).total, 0);
    assert_eq!(fs::read_dir(dir.path().join("results")).unwrap().count(), 0);
}

#[test]
fn a_forgotten_job_is_unknown_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let running = submit(&engine, Kind::Algorithm, endless());
    assert!(!engine.forget(&running), "it has not ended");
    let job = submit(&engine, Kind::Algorithm, quick());
    assert_eq!(end_of(&job), State::Complete);
    assert!(engine.forget(&job) && !engine.forget(&job));
    drop(engine);
    let engine = open(dir.path(), config());
    assert!(engine.find(&graph("g"), job.id().as_str()).is_err());
    assert!(engine.find(&graph("g"), running.id().as_str()).is_ok());
}

#[test]
fn the_journal_is_cut_when_it_outgrows_what_it_says() {
    let dir = tempfile::tempdir().unwrap();
    let limits = EngineConfig { keep_count: 100, ..config() };
    let engine = open(dir.path(), limits.clone());
    let body = serde_json::Value::String("x".repeat(200_000));
    let mut last = None;
    for _ in 0..120 {
        let mut submission = crate::stage::submission(
            Kind::Algorithm,
            Box::new(|_: &JobContext| Ok(Outcome::default().with("n", gesso_core::Scalar::Int(4)))),
        );
        submission.request.body = body.clone();
        let job = engine.submit(submission).unwrap();
        assert_eq!(end_of(&job), State::Complete);
        last = Some(job);
    }
    drop(engine);
    let size: u64 =
        fs::read_dir(dir.path().join("log")).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
    assert!(size < 20 << 20, "{size} bytes of events are left of 24 MB");
    assert!(dir.path().join("jobs.json").exists());
    let engine = open(dir.path(), limits);
    let page = engine.list(&graph("g"), &Filter::default(), 0, 200);
    assert_eq!((page.total, page.jobs[0].id()), (100, last.unwrap().id()));
    assert!(page.jobs.iter().all(|job| job.state() == State::Complete && job.request().body == body));
    assert_eq!(page.jobs[0].outcome().unwrap().scalars.len(), 1);
    assert_eq!(submit(&engine, Kind::Algorithm, quick()).spec().seq, 121);
}

#[test]
fn jobs_go_on_where_the_journal_can_not_be_cut() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    // A directory that is not empty can not be replaced by a file.
    fs::create_dir_all(dir.path().join("jobs.json/in the way")).unwrap();
    for _ in 0..60 {
        let mut submission = crate::stage::submission(Kind::Algorithm, quick());
        submission.request.body = serde_json::Value::String("x".repeat(200_000));
        assert_eq!(end_of(&engine.submit(submission).unwrap()), State::Complete);
    }
    // Durable when it returns, unless the disk takes longer: that of a cancel is noted, and then the recorder's.
    let cancelled = submit(&engine, Kind::Algorithm, endless());
    cancelled.cancel().unwrap();
    engine.shutdown();
    drop(engine);
    fs::remove_dir_all(dir.path().join("jobs.json")).unwrap();
    let engine = open(dir.path(), config());
    assert_eq!(engine.find(&graph("g"), cancelled.id().as_str()).unwrap().state(), State::Cancelled);
    assert_eq!(engine.list(&graph("g"), &Filter::default(), 0, 0).total, 61);
}

#[test]
fn the_job_of_a_request_takes_no_place_unless_it_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { keep_count: 1, ..config() });
    let of_request = || {
        let submission = crate::stage::submission(Kind::Algorithm, quick());
        let job = engine.submit(gesso_jobs::Submission { of_request: true, ..submission }).unwrap();
        assert_eq!(end_of(&job), State::Complete);
        job
    };
    let known = |job: &gesso_jobs::Job| engine.find(&graph("g"), job.id().as_str()).is_ok();
    let first = submit(&engine, Kind::Algorithm, quick());
    assert_eq!(end_of(&first), State::Complete);
    let second = of_request();
    assert!(known(&first) && known(&second));
    assert_eq!(second.outcome().unwrap().list.as_ref().unwrap().1.len(), 7);
    assert!(engine.forget(&second) && !known(&second) && known(&first));
    assert!(second.outcome().is_err(), "its result is gone with it");
    let third = of_request();
    engine.keep(&third);
    engine.keep(&third);
    assert!(known(&third) && !known(&first));
    assert_eq!(
        engine.metrics().result_bytes,
        fs::metadata(dir.path().join(format!("results/{}.seg", third.id()))).unwrap().len()
    );
}
