//! Full-text predicates: spec 03, 2.4.

use crate::fixture::films;
use crate::harness::{TestServer, check};
use serde_json::{Value, json};

const QUERY: &str = "/vertices/action?action_id=query";
const EDGE_QUERY: &str = "/edges/action?action_id=query";

fn title(predicate: &str, value: &str) -> Value {
    json!({"propertyName": "title", "predicate": predicate, "values": [value]})
}

#[test]
fn v03_21_full_text_and_labels_exclude_each_other() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"labels": ["film"], "vertexFilters": [title("full_text_match", "harbour")]});
    check(g.post(QUERY, body), 400, "GES.8202");
    let body = json!({"labels": ["likes"], "edgeFilters": [title("full_text_match", "harbour")]});
    check(g.post(EDGE_QUERY, body), 400, "GES.8101");
}

#[test]
fn v03_22_a_full_text_filter_stands_alone() {
    let s = TestServer::start();
    let g = films(&s);
    let two = [title("full_text_match", "harbour"), title("=", "x")];
    check(g.post(QUERY, json!({"vertexFilters": two})), 400, "GES.8202");
    check(g.post(EDGE_QUERY, json!({"edgeFilters": two})), 400, "GES.8101");
}

#[test]
fn v03_23_without_a_full_text_index_there_is_no_match() {
    let s = TestServer::start();
    let g = films(&s);
    for predicate in ["match", "prefix", "wildcard", "regexp", "fuzzy", "combination"] {
        let filter = title(&format!("full_text_{predicate}"), "harbour");
        let message = check(g.post(QUERY, json!({"vertexFilters": [filter]})), 400, "GES.8204");
        assert_eq!(message, "full text index on property [title] is not found");
        check(g.post(EDGE_QUERY, json!({"edgeFilters": [filter]})), 400, "GES.8105");
    }
    check(g.post(QUERY, json!({"vertexFilters": [title("full_text_magic", "x")]})), 400, "GES.8202");
}
