//! Files that are read by several threads at once give what one thread would give: spec 10, sections 5.1 and 5.4.

use crate::fixture_files::{imported, lines};
use crate::harness::TestServer;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Lines of some megabytes, so that several blocks are read at once.
fn many(count: u32, line: impl Fn(&mut String, u32)) -> String {
    (0..count).fold(String::new(), |mut text, i| {
        line(&mut text, i);
        text
    })
}

#[test]
fn d10_30_the_last_of_many_lines_wins() {
    let s = TestServer::start();
    let g = s.graph("films");
    let vertices = many(300_000, |text, i| _ = writeln!(text, "v{},person,{i}", i % 1000));
    let outputs = imported(&s, &g, &vertices, "", json!({}));
    assert_eq!(lines(&outputs["vertexset"][0]), (300_000, 300_000, 0));
    assert_eq!(g.counts(), (1000, 0));
    for i in [0, 1, 500, 999] {
        assert_eq!(g.vertex(&format!("v{i}"))["properties"]["age"], json!([299_000 + i]));
    }
}

#[test]
fn d10_03_repeated_edges_follow_the_order_of_lines() {
    let s = TestServer::start();
    let edges = many(200_000, |text, i| _ = writeln!(text, "a,b{},likes,{i}", i % 7));
    let last = |b: u32| (0..200_000).rev().find(|i| i % 7 == b);
    for (action, expected) in [("override", last(3)), ("ignore", Some(3))] {
        let g = s.graph(&format!("films_{action}"));
        let outputs = imported(&s, &g, "a\n", &edges, json!({"parallelEdge": {"action": action}}));
        assert_eq!(lines(&outputs["edgeset"][0]), (200_000, 200_000, 0));
        assert_eq!(g.counts(), (8, 7), "{action}");
        assert_eq!(g.edges("a", "b3")[0]["properties"]["stars"], json!([expected]), "{action}");
    }
}

#[test]
fn d10_04_indexes_follow_the_order_of_lines() {
    let s = TestServer::start();
    let g = s.graph("films");
    let edges = many(100_000, |text, i| _ = writeln!(text, "a,b{},likes,{i}", i % 5));
    imported(&s, &g, "a\n", &edges, json!({}));
    let found = g.edges("a", "b2");
    assert_eq!(found.len(), 20_000);
    for (i, edge) in found.iter().enumerate() {
        let line = i * 5 + 2;
        assert_eq!(
            (&edge["index"], &edge["properties"]["stars"]),
            (&json!(line.to_string()), &json!([line]))
        );
    }
}

#[test]
fn d10_16_a_quoted_field_may_be_longer_than_a_block() {
    let s = TestServer::start();
    let g = s.graph("films");
    let long = many(600_000, |text, i| _ = writeln!(text, "a\"\"{i},"));
    let text = format!("a,film,\"{long}\"\nb,robot\nc,film,C\n");
    let outputs = imported(&s, &g, &text, "", json!({}));
    assert_eq!(lines(&outputs["vertexset"][0]), (3, 2, 1));
    let cause = outputs["vertexset"][0]["cause"].as_str().expect("a cause");
    assert!(cause.starts_with("line 600002, "), "{cause}");
    assert_eq!(g.vertex("a")["properties"]["title"], json!([long.replace("\"\"", "\"")]));
    assert_eq!(g.vertex("c")["properties"]["title"], json!(["C"]));
}

#[test]
fn d10_38_counts_and_line_numbers_hold_across_blocks() {
    let s = TestServer::start();
    let g = s.graph("films");
    let bad = [0_u32, 77_777, 150_000, 299_999];
    let age = |i: u32| if bad.contains(&i) { "old".to_owned() } else { i.to_string() };
    let vertices = many(300_000, |text, i| _ = writeln!(text, "v{i},person,{}", age(i)));
    let outputs = imported(&s, &g, &vertices, "", json!({}));
    let report = &outputs["vertexset"][0];
    assert_eq!(lines(report), (300_000, 299_996, 4));
    let expected: Vec<Value> = bad.iter().map(|i| json!(format!("{}:E07", i + 1))).collect();
    assert_eq!(json!(crate::fixture_files::rejected(report)), json!(expected));
    assert_eq!(g.counts().0, 299_996);
}
