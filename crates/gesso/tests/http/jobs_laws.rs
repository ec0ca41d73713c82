//! Cancel against completion: every algorithm at any moment, and many races: spec 02, items 28 and 30.

use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::{EXECUTE, PATIENCE, check_cancelled, execute, key, kronecker, request_for};
use gesso_algo::{Demand, Entry, registry};
use gesso_core::rng::Rng;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Moments at which each algorithm is cancelled.
const MOMENTS: u64 = 6;

/// Races in the ordinary run; `GESSO_RACES` asks for more.
const RACES: u64 = 2000;

/// Cancels and compares the answer with the end. True if the cancel won.
fn cancel_agrees(g: &TestGraph<'_>, id: &str, tail: &str, what: &str) -> bool {
    let reply = g.delete(&format!("/jobs/{id}{tail}"));
    let has_won = reply.status == 200;
    if !has_won {
        let message = check(reply, 400, "GES.8303");
        assert_eq!(message, format!("can not cancel job, id is {id}: it is complete"), "{what}");
    }
    let status = g.ended(id);
    if has_won {
        check_cancelled(&status);
    } else {
        assert_eq!((&status["state"], &status["progress"]), (&json!("complete"), &json!(1.0)), "{what}");
        assert!(status["data"]["outputs"]["runtime"].is_f64(), "{what}: {status}");
    }
    has_won
}

#[test]
fn j02_28_every_algorithm_can_be_cancelled_at_any_moment() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 14);
    let mut rng = Rng::new(28, 0);
    let mut cancelled = 0;
    // What not every graph has an answer for fails at once, without a moment to be cancelled at.
    for info in registry::all().iter().map(Entry::info).filter(|info| info.demand == Demand::Any) {
        let mut request = request_for(info);
        if info.params.iter().any(|p| p.is_called("max_iterations")) {
            request["parameters"]["convergence"] = json!(1e-12);
            request["parameters"]["max_iterations"] = json!(2000);
        }
        let begun = Instant::now();
        g.outputs(EXECUTE, request.clone());
        let longest = begun.elapsed().as_micros() as u64;
        for moment in 0..MOMENTS {
            if moment % 2 == 0 {
                // A new version: the projection is built again, so cancels also meet that.
                g.post("/vertices", json!({"vertex": format!("{}{moment}", info.name)})).expect(200);
            }
            let id = execute(&g, request.clone());
            std::thread::sleep(Duration::from_micros(rng.below(longest.max(1))));
            cancelled += u64::from(cancel_agrees(&g, &id, "?wait=true", info.name));
            let job = s.app().jobs.find(&key(&s, "krone"), &id).expect("the job");
            assert!(job.wait_idle(PATIENCE), "{}", info.name);
            assert_eq!(s.app().jobs.budget().used(), 0, "{} holds memory", info.name);
        }
    }
    assert!(cancelled > 0, "no cancel came in time");
}

fn races() -> u64 {
    std::env::var("GESSO_RACES").ok().and_then(|n| n.parse().ok()).unwrap_or(RACES)
}

/// One race with a job whose length the seed decides. True if the cancel won.
fn race(s: &TestServer, g: &TestGraph<'_>, seed: u64) -> bool {
    let mut rng = Rng::new(seed, 30);
    let rounds = 1 + rng.below(60);
    let parameters = json!({"alpha": 0.999_999, "convergence": 1e-12, "max_iterations": rounds});
    let request: Value = json!({"algorithmName": "pagerank", "parameters": parameters});
    let id = execute(g, request);
    for _ in 0..rng.below(20_000) {
        std::hint::spin_loop();
    }
    let has_won = cancel_agrees(g, &id, "", &format!("race {seed}"));
    let job = s.app().jobs.find(&key(s, "krone"), &id).expect("the job");
    assert!(job.wait_idle(PATIENCE), "race {seed}");
    has_won
}

#[test]
fn j02_30_cancel_and_completion_never_disagree() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 10);
    let (next, won, races) = (AtomicU64::new(0), AtomicU64::new(0), races());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    // Relaxed: the numbers only have to be different.
                    let seed = next.fetch_add(1, Relaxed);
                    if seed >= races {
                        return;
                    }
                    won.fetch_add(u64::from(race(&s, &g, seed)), Relaxed);
                }
            });
        }
    });
    let won = won.into_inner();
    assert!(won > 0 && won < races, "{won} cancels of {races} won: no race");
    assert_eq!(g.get("/jobs/status?state=cancelled&limit=0").expect(200)["totalCount"], won);
    assert_eq!(g.get("/jobs/status?state=complete&limit=0").expect(200)["totalCount"], races - won);
    assert_eq!(s.app().jobs.budget().used(), 0);
}
