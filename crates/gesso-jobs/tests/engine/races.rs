//! Cancel against completion, many times: one end each, and the durable record agrees.

use crate::stage::{LONG, config, end_of, graph, open, submit, table};
use gesso_core::{JobContext, Outcome, Scalar};
use gesso_jobs::{CancelRefusal, EngineConfig, Job, Kind, State};
use std::collections::HashMap;
use std::sync::Arc;

const RACES: u64 = 3000;

/// Work of a random, small length, which seals by itself in every third job.
fn work(seed: u64) -> gesso_jobs::Work {
    Box::new(move |ctx: &JobContext| {
        let steps = ctx.rng(seed, 0).below(400);
        let _held = ctx.reserve(64)?;
        for _ in 0..steps {
            ctx.checkpoint()?;
            std::hint::spin_loop();
        }
        if seed.is_multiple_of(3) {
            ctx.seal()?;
        }
        let outcome = Outcome::default().with("seed", Scalar::Int(seed as i64));
        Ok(if seed.is_multiple_of(5) { table(3) } else { outcome })
    })
}

/// What the one who cancelled was told.
fn race(job: &Arc<Job>, seed: u64) -> Result<(), CancelRefusal> {
    for _ in 0..gesso_core::rng::Rng::new(seed, 1).below(3000) {
        std::hint::spin_loop();
    }
    job.cancel()
}

#[test]
fn j02_30_cancel_and_completion_agree_with_the_answer_and_the_record() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), EngineConfig { queue_per_graph: 10_000, queue_total: 10_000, ..config() });
    let mut ends: HashMap<String, State> = HashMap::new();
    for seed in 0..RACES {
        let kind = if seed.is_multiple_of(3) { Kind::ImportGraph } else { Kind::Algorithm };
        let job = submit(&engine, kind, work(seed));
        let answer = race(&job, seed);
        let seen = job.state();
        let end = end_of(&job);
        match answer {
            Ok(()) => assert_eq!((seen, end), (State::Cancelled, State::Cancelled)),
            Err(CancelRefusal::Sealed | CancelRefusal::AlreadyEnded(State::Complete)) => {
                assert_eq!(end, State::Complete);
                job.outcome().unwrap();
            }
            Err(other) => panic!("{other:?}"),
        }
        assert!(job.wait_idle(LONG));
        assert_eq!(job.state(), end);
        ends.insert(job.id().to_string(), end);
    }
    assert_eq!(engine.budget().used(), 0);
    let counted: u64 = engine.metrics().ended.iter().map(|(_, _, count)| count).sum();
    assert_eq!(counted, RACES);
    drop(engine);

    let engine = open(dir.path(), config());
    let cancelled = ends.values().filter(|state| **state == State::Cancelled).count();
    assert!(
        cancelled > 0 && cancelled < ends.len(),
        "{cancelled} of {RACES}: the race is lost before it began"
    );
    for (id, end) in ends {
        let job = engine.find(&graph("g"), &id).unwrap();
        assert_eq!(job.state(), end);
        assert_eq!(job.outcome().is_ok(), end == State::Complete);
    }
}
