//! Who gets in, and who runs next.

use crate::stage::{Held, LONG, config, end_of, endless, graph, held, open, quick, submission, submit};
use gesso_core::{JobContext, Outcome};
use gesso_jobs::{Engine, EngineConfig, Filter, Job, Kind, State, Submission, SubmitError, Work};
use std::path::Path;
use std::sync::{Arc, Mutex};

type Order = Arc<Mutex<Vec<&'static str>>>;

/// One worker, kept busy until the test lets it go.
fn one_busy_worker(dir: &Path, config: EngineConfig) -> (Arc<Engine>, Held) {
    let engine = open(dir, EngineConfig { running: 1, ..config });
    let (hold, work) = held();
    submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    (engine, hold)
}

/// Work that notes that it ran.
fn noting(order: &Order, name: &'static str) -> Work {
    let order = order.clone();
    Box::new(move |_: &JobContext| {
        order.lock().unwrap().push(name);
        Ok(Outcome::default())
    })
}

/// Two workers and 1,000 bytes, of which a held job has 600: one that needs 800 waits, and small ones behind it.
struct Blocked {
    engine: Arc<Engine>,
    hold: Held,
    large: Arc<Job>,
    small: Vec<Arc<Job>>,
    /// Needs no memory.
    free: Arc<Job>,
}

impl Blocked {
    fn on(dir: &Path) -> Blocked {
        let engine = open(dir, EngineConfig { memory_bytes: 1000, running: 2, ..config() });
        let needing = |need_bytes, work| {
            engine.submit(Submission { need_bytes, ..submission(Kind::Algorithm, work) }).unwrap()
        };
        let (hold, work) = held();
        needing(600, work);
        hold.begun.recv().unwrap();
        let large = needing(800, quick());
        let small = (0..40).map(|_| needing(1, quick())).collect();
        let free = needing(0, quick());
        Blocked { engine, hold, large, small, free }
    }
}

fn end_all(jobs: &[Arc<Job>]) {
    for job in jobs {
        assert_eq!(end_of(job), State::Complete);
    }
}

#[test]
fn j02_36_a_full_queue_refuses_and_records_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let limits = EngineConfig { queue_per_graph: 2, queue_total: 3, ..config() };
    let (engine, hold) = one_busy_worker(dir.path(), limits);
    let mut jobs = vec![submit(&engine, Kind::Algorithm, quick()), submit(&engine, Kind::Algorithm, quick())];
    let refused = engine.submit(submission(Kind::Algorithm, quick())).unwrap_err();
    assert!(matches!(refused, SubmitError::QueueFull { limit: 2, per_graph: true }), "{refused}");
    assert!(refused.to_string().contains('2'));
    let other = |engine: &Engine| {
        engine.submit(Submission { graph: graph("h"), ..submission(Kind::Algorithm, quick()) })
    };
    jobs.push(other(&engine).unwrap());
    assert!(matches!(other(&engine), Err(SubmitError::QueueFull { limit: 3, per_graph: false })));
    assert_eq!(engine.list(&graph("g"), &Filter::default(), 0, 9).total, 3);
    // A cancelled job makes room at once. j02-34: cancelling needs none.
    jobs.remove(0).cancel().unwrap();
    jobs.push(submit(&engine, Kind::Algorithm, quick()));
    hold.go.send(()).unwrap();
    end_all(&jobs);
}

#[test]
fn j02_39_a_higher_priority_runs_next_and_equal_ones_in_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, hold) = one_busy_worker(dir.path(), config());
    let order = Order::default();
    let mut jobs = Vec::new();
    for (name, priority) in [("a", 5), ("b", 5), ("c", 0), ("d", 9), ("e", 5), ("f", 200)] {
        let work = noting(&order, name);
        jobs.push(engine.submit(Submission { priority, ..submission(Kind::Algorithm, work) }).unwrap());
    }
    hold.go.send(()).unwrap();
    end_all(&jobs);
    assert_eq!(*order.lock().unwrap(), ["d", "f", "a", "b", "e", "c"]);
}

#[test]
fn j02_40_graphs_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, hold) = one_busy_worker(dir.path(), config());
    let order = Order::default();
    let mut jobs = Vec::new();
    for name in ["g1", "g2", "g3", "g4", "g5", "h1", "h2"] {
        let of = graph(&name[..1]);
        let work = noting(&order, name);
        jobs.push(engine.submit(Submission { graph: of, ..submission(Kind::Algorithm, work) }).unwrap());
    }
    hold.go.send(()).unwrap();
    end_all(&jobs);
    assert_eq!(*order.lock().unwrap(), ["g1", "h1", "g2", "h2", "g3", "g4", "g5"]);
}

#[test]
fn j02_38_a_need_beyond_the_budget_is_refused_with_both_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { memory_bytes: 1000, ..config() });
    let needing =
        |need_bytes| engine.submit(Submission { need_bytes, ..submission(Kind::Algorithm, quick()) });
    let refused = needing(1001).unwrap_err().to_string();
    assert!(refused.contains("1001") && refused.contains("1000"), "{refused}");
    assert_eq!(end_of(&needing(1000).unwrap()), State::Complete);
}

#[test]
fn a_job_that_does_not_fit_waits_and_smaller_ones_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { memory_bytes: 1000, running: 2, ..config() });
    let (hold, work) = held();
    let holder = engine.submit(Submission { need_bytes: 600, ..submission(Kind::Algorithm, work) }).unwrap();
    hold.begun.recv().unwrap();
    let large =
        engine.submit(Submission { need_bytes: 800, ..submission(Kind::Algorithm, quick()) }).unwrap();
    let small =
        engine.submit(Submission { need_bytes: 300, ..submission(Kind::Algorithm, quick()) }).unwrap();
    assert_eq!(end_of(&small), State::Complete);
    assert_eq!(large.state(), State::Queued);
    hold.go.send(()).unwrap();
    assert_eq!((end_of(&holder), end_of(&large)), (State::Complete, State::Complete));
    assert!(large.wait_idle(LONG));
    assert_eq!(engine.budget().used(), 0);
}

#[test]
fn a_large_job_is_not_passed_over_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let Blocked { engine: _engine, hold, large, small, free } = Blocked::on(dir.path());
    assert_eq!(end_of(&free), State::Complete, "what needs no memory takes none away");
    assert_eq!(end_of(&small[0]), State::Complete);
    assert_eq!(small[39].state(), State::Queued, "only so many pass");
    hold.go.send(()).unwrap();
    assert_eq!(end_of(&large), State::Complete);
    end_all(&small);
    let start = |job: &Arc<Job>| job.status().start_ms.unwrap();
    assert!(start(&large) <= start(&small[39]));
}

#[test]
fn jobs_that_wait_behind_a_large_one_go_on_when_it_is_cancelled() {
    let dir = tempfile::tempdir().unwrap();
    let Blocked { engine: _engine, hold, large, small, free } = Blocked::on(dir.path());
    assert_eq!(end_of(&free), State::Complete);
    assert_eq!(small[39].state(), State::Queued, "the large one lets only so many pass");
    large.cancel().unwrap();
    end_all(&small);
    hold.go.send(()).unwrap();
}

#[test]
fn j02_33_all_queued_jobs_are_cancelled_and_running_ones_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { running: 2, ..config() });
    let (hold, work) = held();
    let running = submit(&engine, Kind::Algorithm, work);
    hold.begun.recv().unwrap();
    let (delete_hold, work) = held();
    let delete = submit(&engine, Kind::DeleteEdges, work);
    delete_hold.begun.recv().unwrap();
    let queued: Vec<_> = (0..3).map(|_| submit(&engine, Kind::Algorithm, endless())).collect();
    let swept = engine.cancel_all(&graph("g"), &[State::Queued], &[]);
    assert_eq!((swept.cancelled, swept.skipped), (3, 0));
    assert!(queued.iter().all(|job| job.state() == State::Cancelled));
    assert_eq!(running.state(), State::Running);
    let swept = engine.cancel_all(&graph("g"), &[State::Queued, State::Running], &[]);
    assert_eq!((swept.cancelled, swept.skipped), (1, 1));
    assert_eq!((running.state(), delete.state()), (State::Cancelled, State::Running));
    delete_hold.go.send(()).unwrap();
    assert_eq!(end_of(&delete), State::Complete);
}

#[test]
fn j02_12_13_15_lists_are_newest_first_filtered_and_paged() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), config());
    let first = submit(&engine, Kind::Algorithm, quick());
    let second = submit(&engine, Kind::QueryVertices, quick());
    let third = submit(&engine, Kind::Algorithm, endless());
    engine.submit(Submission { graph: graph("h"), ..submission(Kind::Algorithm, quick()) }).unwrap();
    end_all(&[first.clone(), second.clone()]);
    third.cancel().unwrap();
    let ids = |filter: &Filter, offset, limit| {
        let page = engine.list(&graph("g"), filter, offset, limit);
        (page.jobs.iter().map(|job| job.spec().seq).collect::<Vec<_>>(), page.total)
    };
    assert_eq!(ids(&Filter::default(), 0, 9), (vec![3, 2, 1], 3));
    assert_eq!(ids(&Filter::default(), 1, 2), (vec![2, 1], 3));
    let cancelled = Filter { states: vec![State::Cancelled], ..Filter::default() };
    assert_eq!(ids(&cancelled, 0, 9), (vec![3], 1));
    let algorithms = Filter { kinds: vec![Kind::Algorithm], ..Filter::default() };
    assert_eq!(ids(&algorithms, 1, 9), (vec![1], 2));
    let since = Filter { since_ms: third.spec().create_ms + 1, ..Filter::default() };
    assert_eq!(ids(&since, 0, 9), (vec![], 0));
    assert_eq!(third.request().command, "algorithm");
}
