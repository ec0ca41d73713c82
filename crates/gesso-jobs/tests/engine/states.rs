//! One job: every way from queued to its end.

use crate::stage::{
    LONG, barrier, config, crash_copy, end_of, endless, error_of, graph, held, open, quick, submission,
    submit, table,
};
use gesso_core::{Code, JobContext, Outcome, Stop};
use gesso_jobs::{CancelRefusal, EngineConfig, Failure, Kind, OutcomeError, Point, State};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn j02_02_a_job_completes_with_its_result() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let job = submit(&engine, Kind::Algorithm, quick());
    assert_eq!(end_of(&job), State::Complete);
    let status = job.status();
    assert_eq!((status.progress, status.phase, status.error), (Some(1.0), "done", None));
    assert!(status.create_ms <= status.start_ms.unwrap() && status.start_ms <= status.end_ms);
    let outcome = job.outcome().unwrap();
    assert_eq!(outcome.scalars, table(7).scalars);
    assert_eq!(outcome.list.as_ref().unwrap().1.len(), 7);
    assert!(Arc::ptr_eq(&outcome, &job.outcome().unwrap()), "a page does not load the result again");
}

#[test]
fn j02_03_an_unknown_id_is_named_and_04_other_graphs_do_not_have_it() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let job = submit(&engine, Kind::Algorithm, quick());
    assert!(engine.find(&graph("g"), job.id().as_str()).is_ok());
    assert!(engine.find_in_project("p", job.id().as_str()).is_ok());
    assert!(engine.find_in_project("q", job.id().as_str()).is_err());
    for (graph, id) in [(graph("other"), job.id().as_str()), (graph("g"), "nope"), (graph("g"), "../../x")] {
        let unknown = engine.find(&graph, id).unwrap_err().to_string();
        assert_eq!(unknown, format!("can not find job, jobId is {id}"));
    }
}

#[test]
fn j02_17_a_running_job_is_cancelled_and_comes_to_rest() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let job = submit(&engine, Kind::Algorithm, endless());
    while job.status().peak_bytes == 0 {
        std::thread::yield_now();
    }
    job.cancel().unwrap();
    assert_eq!(job.state(), State::Cancelled);
    let (code, message) = error_of(&job);
    assert_eq!(code, "GES.8303");
    assert!(message.starts_with("job is cancelled"));
    assert!(job.wait_idle(LONG));
    assert!(job.status().stopped_after.is_some());
    assert_eq!(job.status().peak_bytes, 1000);
    assert_eq!(engine.budget().used(), 0);
    assert!(matches!(job.outcome(), Err(OutcomeError::NotComplete(State::Cancelled))));
    assert_eq!(engine.metrics().cancel.count(), 1);
}

#[test]
fn j02_18_a_queued_job_is_cancelled_and_never_runs() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { running: 1, ..config() });
    let (first, work) = held();
    let running = submit(&engine, Kind::Algorithm, work);
    first.begun.recv().unwrap();
    let ran = Arc::new(AtomicBool::new(false));
    let (flag, guard) = (ran.clone(), Arc::new(()));
    let held_by_work = guard.clone();
    let work = Box::new(move |_: &JobContext| {
        flag.store(true, Ordering::Relaxed);
        drop(held_by_work);
        Ok(Outcome::default())
    });
    let queued = submit(&engine, Kind::DeleteVertices, work);
    assert_eq!(queued.state(), State::Queued);
    // j02-24: also a kind that could not be cancelled while it runs.
    queued.cancel().unwrap();
    assert_eq!(queued.state(), State::Cancelled);
    assert!(queued.wait_idle(Duration::ZERO), "nothing works for it, at once");
    assert_eq!(Arc::strong_count(&guard), 1, "what its work held is let go at once");
    first.go.send(()).unwrap();
    assert_eq!(end_of(&running), State::Complete);
    engine.shutdown();
    assert!(!ran.load(Ordering::Relaxed));
}

#[test]
fn j02_20_to_22_an_ended_job_refuses_a_cancel_by_its_state() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let complete = submit(&engine, Kind::Algorithm, quick());
    assert_eq!(end_of(&complete), State::Complete);
    let failing = Box::new(|_: &JobContext| Err(Failure::new(Code::Import, "line 3 is bad")));
    let failed = submit(&engine, Kind::ImportGraph, failing);
    assert_eq!(end_of(&failed), State::Failed);
    assert_eq!(error_of(&failed), ("GES.8013".to_owned(), "line 3 is bad".to_owned()));
    let cancelled = submit(&engine, Kind::Algorithm, endless());
    cancelled.cancel().unwrap();
    for (job, state) in
        [(&complete, State::Complete), (&failed, State::Failed), (&cancelled, State::Cancelled)]
    {
        let refused = job.cancel().unwrap_err();
        assert_eq!(refused, CancelRefusal::AlreadyEnded(state));
        assert_eq!(refused.to_string(), format!("it is {}", state.name()));
        assert_eq!(job.state(), state);
    }
    assert_eq!(complete.outcome().unwrap().list.as_ref().unwrap().1.len(), 7);
}

#[test]
fn j02_23_a_running_delete_refuses_a_cancel_and_completes() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let (hold, work) = held();
    let job = submit(&engine, Kind::DeleteVertices, work);
    hold.begun.recv().unwrap();
    assert_eq!(job.cancel(), Err(CancelRefusal::Unsupported));
    hold.go.send(()).unwrap();
    assert_eq!(end_of(&job), State::Complete);
}

#[test]
fn a_sealed_job_refuses_a_cancel_and_completes() {
    for point in [Point::Sealed, Point::Recorded] {
        let dir = tempfile::tempdir().unwrap();
        let (barrier, probe) = barrier(point);
        let engine = open(dir.path(), EngineConfig { probe: Some(probe), ..config() });
        let job = submit(&engine, Kind::Algorithm, quick());
        barrier.reached.recv().unwrap();
        assert_eq!(job.state(), State::Running, "not seen before it is durable and done");
        let refused = job.cancel().unwrap_err();
        assert_eq!(refused.to_string(), "it is complete");
        barrier.go.send(()).unwrap();
        assert_eq!(end_of(&job), State::Complete);
    }
}

#[test]
fn a_cancel_just_before_the_seal_throws_the_result_away() {
    let dir = tempfile::tempdir().unwrap();
    let (barrier, probe) = barrier(Point::BeforeSeal);
    let engine = open(dir.path(), EngineConfig { probe: Some(probe), ..config() });
    let job = submit(&engine, Kind::Algorithm, quick());
    barrier.reached.recv().unwrap();
    let stored = dir.path().join("results").join(format!("{}.seg", job.id()));
    assert!(stored.exists());
    job.cancel().unwrap();
    barrier.go.send(()).unwrap();
    assert!(job.wait_idle(LONG));
    assert_eq!(job.state(), State::Cancelled);
    assert!(!stored.exists());
}

#[test]
fn work_that_seals_by_itself_cannot_be_cancelled_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let ((say, sealed), (go, wait)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
    let work = Box::new(move |ctx: &JobContext| {
        ctx.seal()?;
        say.send(()).unwrap();
        wait.recv().unwrap();
        Ok(Outcome::default())
    });
    let job = submit(&engine, Kind::ImportGraph, work);
    sealed.recv().unwrap();
    assert_eq!(job.cancel(), Err(CancelRefusal::Sealed));
    assert_eq!(job.stop(Stop::Shutdown), Err(CancelRefusal::Sealed));
    go.send(()).unwrap();
    assert_eq!(end_of(&job), State::Complete);
}

#[test]
fn j02_31_of_many_cancels_at_once_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    for _ in 0..50 {
        let job = submit(&engine, Kind::Algorithm, endless());
        let won: usize = std::thread::scope(|s| {
            let threads: Vec<_> = (0..4).map(|_| s.spawn(|| usize::from(job.cancel().is_ok()))).collect();
            threads.into_iter().map(|t| t.join().unwrap()).sum()
        });
        assert_eq!((won, job.state()), (1, State::Cancelled));
    }
}

#[test]
fn j02_11_a_job_beyond_its_memory_fails_with_the_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { memory_bytes: 8 << 20, ..config() });
    let work = Box::new(|ctx: &JobContext| {
        let _held = ctx.alloc(4 << 20, 1u8)?;
        let _more = ctx.alloc(8 << 20, 1u8)?;
        Ok(Outcome::default())
    });
    let job = submit(&engine, Kind::Algorithm, work);
    assert_eq!(end_of(&job), State::Failed);
    let (code, message) = error_of(&job);
    assert_eq!(code, "GES.8402");
    assert!(
        message.starts_with("memory account exceeded: needs ") && message.ends_with("8 MiB allowed"),
        "{message}"
    );
    assert!(job.wait_idle(LONG));
    assert_eq!(engine.budget().used(), 0);
}

#[test]
fn threads_hurry_to_stop_also_after_a_job_that_ran_out_of_memory() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { memory_bytes: 1 << 20, running: 1, ..config() });
    let greedy = submit(
        &engine,
        Kind::Algorithm,
        Box::new(|ctx| {
            let _held = ctx.reserve(2 << 20)?;
            Ok(Outcome::default())
        }),
    );
    assert_eq!(end_of(&greedy), State::Failed);
    let (say, hear) = channel();
    let job = submit(
        &engine,
        Kind::Algorithm,
        Box::new(move |ctx: &JobContext| {
            let before = own_policy();
            _ = say.send(before);
            while ctx.checkpoint().is_ok() {
                std::thread::yield_now();
            }
            let asked = std::time::Instant::now();
            while own_policy() == before && asked.elapsed() < LONG {
                std::thread::yield_now();
            }
            _ = say.send(own_policy());
            Ok(Outcome::default())
        }),
    );
    let (other, idle) = (0, 5);
    if hear.recv().unwrap() != idle {
        job.cancel().unwrap();
        eprintln!("skipped: this system does not let threads choose their policy");
        return;
    }
    job.cancel().unwrap();
    assert_eq!(hear.recv().unwrap(), other);
}

/// The policy of the calling thread: the 41st field of its `stat`.
fn own_policy() -> i32 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    stat.rsplit(')').next().unwrap().split_whitespace().nth(38).unwrap().parse().unwrap()
}

#[test]
fn work_that_is_done_already_is_a_complete_job() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { running: 1, queue_total: 1, ..config() });
    let (hold, work) = held();
    submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    let queued = submit(&engine, Kind::Algorithm, quick());
    // Neither the worker nor the queue has room.
    let request = gesso_jobs::Request { command: "delete_graph".to_owned(), ..Default::default() };
    let job = engine.record_done(graph("g"), Kind::DeleteGraph, request).unwrap();
    assert_eq!(job.state(), State::Complete);
    assert!(matches!(job.cancel(), Err(CancelRefusal::AlreadyEnded(State::Complete))));
    assert!(job.wait_idle(Duration::ZERO) && job.outcome().unwrap().list.is_none());
    let copy = crash_copy(dir.path());
    let again = open(copy.path(), config());
    let found = again.find(&graph("g"), job.id().as_str()).unwrap();
    assert_eq!(found.record(), job.record());
    assert_eq!(queued.state(), State::Queued);
    hold.go.send(()).unwrap();
}

#[test]
fn j02_37_a_deadline_fails_the_job_and_names_itself() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let timeout = |ms| Some(Duration::from_millis(ms));
    let late = engine.submit(gesso_jobs::Submission {
        timeout: timeout(1_000_000),
        ..submission(Kind::Algorithm, endless())
    });
    let soon = engine
        .submit(gesso_jobs::Submission { timeout: timeout(20), ..submission(Kind::Algorithm, endless()) });
    let (late, soon) = (late.unwrap(), soon.unwrap());
    assert_eq!(end_of(&soon), State::Failed);
    assert_eq!(error_of(&soon), ("GES.8402".to_owned(), "deadline of 0.02 s exceeded".to_owned()));
    assert!(soon.wait_idle(LONG));
    assert_eq!(late.state(), State::Running);
    let done = engine
        .submit(gesso_jobs::Submission { timeout: timeout(60_000), ..submission(Kind::Algorithm, quick()) });
    assert_eq!(end_of(&done.unwrap()), State::Complete);
}

#[test]
fn j02_53_a_job_whose_client_has_gone_stops() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    // Any stop but a cancel also ends a kind that cannot be cancelled.
    let job = submit(&engine, Kind::DeleteEdges, endless());
    job.stop(Stop::Disconnected).unwrap();
    assert_eq!(job.state(), State::Failed);
    assert_eq!(error_of(&job), ("GES.8105".to_owned(), "client disconnected".to_owned()));
    assert!(job.wait_idle(LONG));
    assert_eq!(engine.budget().used(), 0);
}

#[test]
fn metrics_follow_the_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { running: 1, ..config() });
    let (hold, work) = held();
    let running = submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    let queued = submit(&engine, Kind::ImportGraph, quick());
    let metrics = engine.metrics();
    assert_eq!(metrics.running, [(graph("g"), Kind::Algorithm, 1)]);
    assert_eq!(metrics.queued, [(graph("g"), Kind::ImportGraph, 1)]);
    queued.cancel().unwrap();
    hold.go.send(()).unwrap();
    assert_eq!(end_of(&running), State::Complete);
    let metrics = engine.metrics();
    assert!(metrics.queued.is_empty() && metrics.result_bytes > 0);
    let ended = |kind, state| metrics.ended.iter().find(|e| (e.0, e.1) == (kind, state)).unwrap().2;
    assert_eq!(ended(Kind::Algorithm, State::Complete), 1);
    assert_eq!(ended(Kind::ImportGraph, State::Cancelled), 1);
    assert_eq!(ended(Kind::ImportGraph, State::Failed), 0);
    let runs = |kind| metrics.run.iter().find(|r| r.0 == kind).unwrap().1.count();
    assert_eq!((runs(Kind::Algorithm), runs(Kind::ImportGraph)), (1, 0));
}

#[test]
fn j02_51_a_panic_fails_its_job_alone() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { running: 1, ..config() });
    let work = Box::new(|ctx: &JobContext| {
        let _held = ctx.reserve(1000)?;
        ctx.par_map(8, |chunk, _| {
            assert!(chunk != 5, "a bug in chunk {chunk}");
            Ok::<_, Failure>(())
        })?;
        Ok(Outcome::default())
    });
    let job = submit(&engine, Kind::Algorithm, work);
    assert_eq!(end_of(&job), State::Failed);
    let (_, message) = error_of(&job);
    assert!(message.starts_with("internal error ") && !message.contains("bug"), "{message}");
    assert_eq!(engine.budget().used(), 0);
    assert_eq!(end_of(&submit(&engine, Kind::Algorithm, quick())), State::Complete);
}

#[test]
fn j02_16_changes_are_told_in_order_each_once() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    engine
        .on_change(move |_, change| log.lock().unwrap().push((change.number, change.state, change.is_idle)));
    let (hold, work) = held();
    let job = submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    job.cancel().unwrap();
    assert!(job.wait_idle(LONG));
    engine.shutdown();
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_unstable_by_key(|(number, ..)| *number);
    let expected = [
        (0, State::Queued, false),
        (1, State::Running, false),
        (2, State::Cancelled, false),
        (3, State::Cancelled, true),
    ];
    assert_eq!(*seen, expected);
}

#[test]
fn async_code_waits_for_the_end_and_for_rest() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let (hold, work) = held();
    let job = submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    // A future that is polled and dropped leaves nothing behind; those that stay are woken.
    let waker = Arc::new(Unpark(std::thread::current()));
    let mut dropped = Box::pin(job.ended());
    for _ in 0..3 {
        let task = waker.clone().into();
        assert!(dropped.as_mut().poll(&mut std::task::Context::from_waker(&task)).is_pending());
    }
    assert_eq!(Arc::strong_count(&waker), 2);
    drop(dropped);
    assert_eq!(Arc::strong_count(&waker), 1);
    let waiting = std::thread::spawn({
        let job = job.clone();
        move || {
            block_on(job.ended());
            block_on(job.idle());
            job.state()
        }
    });
    job.cancel().unwrap();
    assert_eq!(waiting.join().unwrap(), State::Cancelled);
}

struct Unpark(std::thread::Thread);

impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut cx = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        std::thread::park_timeout(LONG);
    }
}
