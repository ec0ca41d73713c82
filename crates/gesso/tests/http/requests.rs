//! What is common to all operations: spec 03, sections 1.1 to 1.3.

use crate::fixture::films;
use crate::harness::{JSON, TestServer, check};
use serde_json::json;

const OPERATIONS: [&str; 12] = [
    "/vertices",
    "/vertices/action?action_id=query",
    "/vertices/action?action_id=batch-add",
    "/vertices/ana/properties/action?action_id=update",
    "/vertices/ana/labels",
    "/edges",
    "/edges/action?action_id=query",
    "/edges/action?action_id=batch-delete",
    "/edges/properties/action?action_id=update&source=ana&target=f1",
    "/schema/labels",
    "/action?action_id=import-graph",
    "/action?action_id=execute-algorithm",
];

#[test]
fn v03_79_a_body_that_is_no_json_object_is_8000() {
    let s = TestServer::start();
    let g = films(&s);
    for tail in OPERATIONS {
        for body in ["", "{", "[1]", "\"text\"", "{\"vertex\": \"x\",}", "{\"vertex\": \"\u{1}\"}"] {
            check(s.send("POST", &g.path(tail), &[JSON], Some(body.as_bytes())), 400, "GES.8000");
        }
        check(s.send("POST", &g.path(tail), &[JSON], Some(b"{\"vertex\": \"\xff\"}")), 400, "GES.8000");
    }
    assert_eq!(g.counts(), (5, 4));
}

#[test]
fn v03_79_a_body_nested_without_end_is_8000() {
    let s = TestServer::start();
    let g = films(&s);
    let deep = format!("{{\"vertex\": {}", "[".repeat(1 << 20));
    check(s.send("POST", &g.path("/vertices"), &[JSON], Some(deep.as_bytes())), 400, "GES.8000");
}

/// What was accepted is recorded, and must not be in the way of the next start.
#[test]
fn v03_79_a_body_nested_as_deep_as_may_be_is_read_back_after_a_restart() {
    let s = TestServer::start();
    let g = films(&s);
    // Unknown members are recorded with the rest. The body itself is one of the 200 levels.
    let of = |levels: usize| {
        let inner = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        format!("{{\"algorithmName\": \"pagerank\", \"note\": {inner}}}")
    };
    let tail = "/action?action_id=execute-algorithm";
    let ask = |levels: usize| s.send("POST", &g.path(tail), &[JSON], Some(of(levels).as_bytes()));
    let message = check(ask(200), 400, "GES.8000");
    assert!(message.contains("nested deeper than 200 levels"), "{message}");
    let job = ask(199).expect(200)["jobId"].as_str().expect("a job id").to_owned();
    g.ended(&job);
    let s = s.restart();
    let g = s.named("films");
    g.ended(&job);
    assert_eq!(g.counts(), (5, 4));
    // The job list is as deep as the request and more.
    let list = s.send("GET", &g.path("/jobs/status"), &[], None);
    assert!(list.status == 200 && list.text().contains(&"[".repeat(199)));
}

#[test]
fn v03_80_an_unknown_action_is_8000() {
    let s = TestServer::start();
    let g = films(&s);
    for tail in ["/vertices/action", "/edges/action", "/action", "/schema/labels/action"] {
        for query in ["?action_id=nope", "?action_id=", ""] {
            let message =
                check(g.post(&format!("{tail}{query}"), json!({"labels": ["person"]})), 400, "GES.8000");
            assert!(message.contains("[action_id]"), "{message}");
        }
    }
}

#[test]
fn v03_80_unknown_paths_are_404_and_other_methods_405() {
    let s = TestServer::start();
    let g = films(&s);
    check(g.get("/nope"), 404, "GES.8000");
    check(s.send("PUT", &g.path("/vertices"), &[JSON], Some(b"{}")), 405, "GES.8000");
}

#[test]
fn c01_09_with_authentication_on_a_stranger_learns_nothing() {
    let s = TestServer::start_with(|settings| settings.auth = true);
    assert!(s.first_password().is_some_and(|p| p.len() >= 12));
    for graph in ["films", "nowhere"] {
        check(s.named(graph).get("/summary"), 401, "GES.8007");
    }
    assert_eq!(s.get("/health/live").status, 200);
    let s = s.restart();
    assert_eq!(s.first_password(), None);
}

/// An answer that comes before the body is read must leave the connection fit for the next request.
#[test]
fn v03_80_a_refused_request_does_not_cost_the_connection() {
    let s = TestServer::start();
    let g = films(&s);
    for _ in 0..200 {
        check(g.post("/vertices/action?action_id=nope", json!({"vertices": ["ana"]})), 400, "GES.8000");
        check(g.post("/nope", json!({"vertices": ["ana"]})), 404, "GES.8000");
        check(s.send("PUT", &g.path("/vertices"), &[JSON], Some(b"{}")), 405, "GES.8000");
        check(s.send("DELETE", &g.path("/vertices/nobody"), &[JSON], Some(b"{}")), 400, "GES.8000");
    }
}
