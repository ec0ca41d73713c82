//! The reference answers of `paths-filtered-query.json`, asked at once and as jobs.

use crate::harness::{TestGraph, TestServer, check};
use crate::vectors::{file, is_close, list};
use crate::walk_stage::graph_a;
use serde_json::{Value, json};

fn path(case: &Value) -> String {
    format!("/action?action_id={}", case["action_id"].as_str().expect("an action"))
}

fn check_case(g: &TestGraph<'_>, case: &Value) {
    let mut request = case["request"].clone();
    let answer = g.post(&path(case), request.clone()).expect(200);
    request["executionMode"] = json!("async");
    let outputs = g.outputs(&path(case), request);
    for (name, expected) in case["expectData"].as_object().expect("an expectation") {
        for got in [&answer["data"][name], &outputs[name]] {
            assert!(is_close(got, expected, 0.0), "{}: {got}, expected {expected}", case["name"]);
        }
    }
}

#[test]
fn f07_01_every_case_has_its_answer_and_every_error_its_code() {
    let Some(vectors) = file("paths-filtered-query.json") else { return };
    let s = TestServer::start();
    let Some(g) = graph_a(&s) else { return };
    let (cases, errors) = (list(&vectors["cases"]), list(&vectors["errors"]));
    assert!(cases.len() >= 36 && errors.len() >= 9, "{} cases, {} errors", cases.len(), errors.len());
    for case in cases {
        check_case(&g, case);
    }
    for case in errors {
        let code = case["expectError"]["errorCode"].as_str().expect("a code");
        check(g.post(&path(case), case["request"].clone()), 400, code);
    }
}
