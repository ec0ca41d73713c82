//! Imports that need more memory than there is: spec 10, section 6.1.

use crate::fixture_files::{IMPORT, SCHEMA, written};
use crate::harness::TestServer;
use crate::jobs_stage::{PATIENCE, key, submit};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Edges, none of which repeats another.
const EDGES: u32 = 300_000;

fn edges() -> String {
    (0..EDGES).fold(String::new(), |mut text, i| {
        _ = writeln!(text, "a{},b{}", i % 600, i / 600);
        text
    })
}

fn ignoring() -> Value {
    json!({"parallelEdge": {"action": "ignore"}})
}

#[test]
fn d10_06_the_table_of_edges_that_repeat_others_is_paid_for() {
    let edges = edges();
    let peak = |options: Value| {
        let s = TestServer::start();
        let g = s.graph("films");
        let status = g.job(IMPORT, written(&s, "", &edges, options));
        assert_eq!(status["state"], "complete", "{status}");
        assert_eq!(g.counts().1, u64::from(EDGES));
        status["peakMemoryBytes"].as_u64().expect("a number of bytes")
    };
    let (without, with) = (peak(json!({})), peak(ignoring()));
    // Each edge has an entry of twenty bytes.
    assert!(with > without + 20 * u64::from(EDGES), "{without} bytes without the table, {with} with it");

    let budget = without + (with - without) / 2;
    let s = TestServer::start_with(|settings| settings.jobs.memory_bytes = budget);
    s.object("films/schema.xml", SCHEMA);
    let g = s.graph("films");
    let id = submit(&g, IMPORT, written(&s, "", &edges, ignoring()));
    let status = g.ended(&id);
    assert_eq!((&status["status"], &status["errorCode"]), (&json!("failed"), &json!("GES.8013")), "{status}");
    let message = status["errorMessage"].as_str().expect("a message");
    assert!(message.contains("memory account exceeded: needs"), "{message}");
    assert_eq!(g.counts(), (0, 0), "nothing of it is there");
    // A job that is stopped says so before it has come to rest.
    assert!(s.app().jobs.find(&key(&s, "films"), &id).expect("the job").wait_idle(PATIENCE));
    assert_eq!(s.app().jobs.budget().used(), 0, "no memory is held");
    g.outputs(IMPORT, written(&s, "", &edges, json!({})));
    assert_eq!(g.counts().1, u64::from(EDGES));
}
