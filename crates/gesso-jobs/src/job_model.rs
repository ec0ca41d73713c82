//! The life of one job under many orders of threads: exactly one end, seen alike by everyone, recorded once.
//!
//! `shuttle` runs each scenario thousands of times and chooses at every lock and atomic which thread goes on.
//! The job and its gate are the real ones; the worker is [`work`], the protocol of `worker.rs` without
//! files. A failing order is printed with what replays it.
//!
//! `cargo test -p gesso-jobs --features model --lib job_model`

use crate::error::CancelRefusal;
use crate::id::JobId;
use crate::job::Job;
use crate::kind::Kind;
use crate::record::{End, GraphKey, Kept, Record, Request, Spec, State};
use gesso_core::{Budget, Stop};
use shuttle::sync::Mutex;
use shuttle::thread;
use std::sync::{Arc, PoisonError, Weak};

/// Orders tried of each scenario.
const ORDERS: usize = 20_000;

/// What the threads of a scenario have done to a job.
#[derive(Clone)]
struct Stage {
    job: Arc<Job>,
    /// Every end that somebody was told to record.
    recorded: Arc<Mutex<Vec<End>>>,
    /// Every state that a reader saw, in the order in which it did.
    seen: Arc<Mutex<Vec<State>>>,
}

impl Stage {
    fn new(kind: Kind) -> Stage {
        let graph = GraphKey { project: "p".into(), name: "g".into(), uid: "u".into() };
        let spec = Spec {
            id: JobId::new(1),
            seq: 1,
            graph,
            kind,
            request: Request::default(),
            priority: 5,
            timeout_ms: 1000,
            create_ms: 0,
        };
        let job = Job::of_record(Record { spec, start_ms: None, end: None }, Weak::new());
        Stage { job, recorded: Arc::new(Mutex::new(Vec::new())), seen: Arc::new(Mutex::new(Vec::new())) }
    }

    fn record(&self, end: End) {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).push(end);
    }

    fn ends(&self) -> Vec<End> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A client or the timer: asks the job to stop, and records it if that wins.
    fn stop(&self, why: Stop) -> Result<(), CancelRefusal> {
        let stopped = self.job.try_stop(why)?;
        // From here on everyone reads this end.
        assert_eq!(self.job.state(), stopped.end.state);
        if stopped.was_queued {
            self.job.rest();
        }
        self.record(stopped.end);
        Ok(())
    }

    /// A reader: looks a few times.
    fn look(&self) {
        for _ in 0..4 {
            let state = self.job.status().state;
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(state);
        }
    }

    /// The job's thread. `inner` is a stop that the work itself asks for, such as one for lack of memory.
    fn work(&self, inner: Option<Stop>) {
        let account = Budget::new(100).open(10).unwrap_or_else(|_| unreachable!("it fits"));
        if self.job.start(&account).is_none() {
            drop(account);
            self.job.rest();
            return;
        }
        let mut is_stopped = false;
        for step in 0..3 {
            if step == 1
                && let Some(why) = inner
            {
                self.job.gate().stop(why);
            }
            is_stopped |= self.job.gate().check().is_err();
        }
        if is_stopped || self.job.gate().seal().is_err() {
            let end = self.job.settle_stopped();
            self.job.rest();
            if let Some(end) = end {
                self.record(end);
            }
            return;
        }
        let end = self.job.decide(State::Complete, None, Kept::Nothing);
        // Not before it is recorded.
        assert_eq!(self.job.state(), State::Running);
        self.record(end);
        self.job.rest();
        self.job.publish();
    }

    /// What must hold when all threads are through.
    fn check(&self) -> State {
        let ends = self.ends();
        assert_eq!(ends.len(), 1, "ends recorded: {ends:?}");
        let state = self.job.state();
        assert_eq!(state, ends[0].state);
        assert!(self.job.wait_idle(std::time::Duration::ZERO), "the job is not idle");
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for pair in seen.windows(2) {
            let may_follow = pair[0] == pair[1] || !pair[0].is_end() && pair[1] != State::Queued;
            assert!(may_follow, "{:?} was followed by {:?}", pair[0], pair[1]);
        }
        assert!(
            seen.iter().all(|seen| !seen.is_end() || *seen == state),
            "{seen:?} of a job that is {state:?}"
        );
        state
    }
}

type Act = Box<dyn FnOnce(&Stage) -> Option<Result<(), CancelRefusal>> + Send>;

/// Runs every act on a thread of its own, and gives what those that stop the job were told.
fn run(stage: &Stage, acts: Vec<Act>) -> Vec<Result<(), CancelRefusal>> {
    let threads: Vec<_> = acts
        .into_iter()
        .map(|act| {
            let stage = stage.clone();
            thread::spawn(move || act(&stage))
        })
        .collect();
    threads
        .into_iter()
        .filter_map(|thread| thread.join().unwrap_or_else(|e| std::panic::resume_unwind(e)))
        .collect()
}

fn worker(inner: Option<Stop>) -> Act {
    Box::new(move |stage| {
        stage.work(inner);
        None
    })
}

fn stopper(why: Stop) -> Act {
    Box::new(move |stage| Some(stage.stop(why)))
}

fn reader() -> Act {
    Box::new(|stage| {
        stage.look();
        None
    })
}

#[test]
fn j02_30_cancel_races_completion() {
    shuttle::check_random(
        || {
            let stage = Stage::new(Kind::Algorithm);
            let told = run(&stage, vec![worker(None), stopper(Stop::Cancelled), reader()]);
            let state = stage.check();
            match told[0] {
                Ok(()) => assert_eq!(state, State::Cancelled),
                Err(refusal) => {
                    assert_eq!(state, State::Complete);
                    let late = [CancelRefusal::Sealed, CancelRefusal::AlreadyEnded(State::Complete)];
                    assert!(late.contains(&refusal), "{refusal:?}");
                }
            }
        },
        ORDERS,
    );
}

#[test]
fn j02_31_two_cancels_a_deadline_and_a_deletion_race_each_other() {
    shuttle::check_random(
        || {
            let stage = Stage::new(Kind::QueryEdges);
            let reasons = [Stop::Cancelled, Stop::Cancelled, Stop::Deadline, Stop::GraphDeleted];
            let acts = std::iter::once(worker(None)).chain(reasons.map(stopper)).chain([reader()]).collect();
            let told = run(&stage, acts);
            let state = stage.check();
            let won: Vec<Stop> =
                told.iter().zip(reasons).filter(|(told, _)| told.is_ok()).map(|(_, why)| why).collect();
            assert!(won.len() <= 1, "{won:?} won");
            let expected = match won.first() {
                None => State::Complete,
                Some(Stop::Cancelled) => State::Cancelled,
                Some(_) => State::Failed,
            };
            assert_eq!(state, expected);
            // Whoever lost is told of the end that won, or that there is no stopping any more.
            for refusal in told.into_iter().filter_map(Result::err) {
                match refusal {
                    CancelRefusal::AlreadyEnded(seen) => assert_eq!(seen, state),
                    CancelRefusal::Sealed => assert_eq!(state, State::Complete),
                    CancelRefusal::Unsupported => panic!("the kind can be cancelled"),
                }
            }
        },
        ORDERS,
    );
}

#[test]
fn a_stop_from_inside_the_work_races_a_cancel() {
    shuttle::check_random(
        || {
            let stage = Stage::new(Kind::Algorithm);
            let told = run(&stage, vec![worker(Some(Stop::Memory)), stopper(Stop::Cancelled), reader()]);
            let expected = if told[0].is_ok() { State::Cancelled } else { State::Failed };
            assert_eq!(stage.check(), expected);
        },
        ORDERS,
    );
}

#[test]
fn j02_23_24_a_kind_that_can_not_be_cancelled_is_so_only_while_it_waits() {
    shuttle::check_random(
        || {
            let stage = Stage::new(Kind::DeleteVertices);
            let told = run(&stage, vec![worker(None), stopper(Stop::Cancelled), reader()]);
            let state = stage.check();
            assert_eq!(state == State::Cancelled, told[0].is_ok());
            if state == State::Cancelled {
                assert!(stage.job.status().start_ms.is_none(), "it ran");
            }
        },
        ORDERS,
    );
}
