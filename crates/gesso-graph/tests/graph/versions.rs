//! What versions on one base share is told apart: each shows its own edges and vertices.

use crate::naive::{KNOWS, PERSON, info, schema};
use gesso_core::{JobContext, LabelId, PropId, Value, VertexIx};
use gesso_graph::*;

const HUB: VertexIx = VertexIx(0);

fn edge(source: u32, index: u32) -> EdgeName {
    EdgeName { source: VertexIx(source), target: HUB, label: KNOWS, index }
}

fn number(n: i32) -> Vec<(PropId, Value)> {
    vec![(PropId(0), Value::Int(n))]
}

/// Sources of the edges to the hub, and their numbers.
fn seen(version: &Snapshot) -> Vec<(u32, Option<Value>)> {
    let edges = version.edges_at(HUB, End::Target);
    assert_eq!(version.degree(HUB, End::Target), edges.len() as u64);
    edges.iter().map(|e| (e.source.0, version.edge_property(e, PropId(0)))).collect()
}

#[test]
fn edges_to_a_vertex_are_those_of_the_version() {
    let dir = tempfile::tempdir().unwrap();
    let graph = Graph::create(&dir.path().join("g"), info(), 0).unwrap();
    let made: Result<(), WriteError<ApplyError>> = graph.write(|tx| {
        tx.set_schema(schema())?;
        (0..100).try_for_each(|v| tx.new_vertex(&format!("v{v}"), vec![PERSON], Vec::new()).map(drop))
    });
    made.unwrap();
    let put = |sources: std::ops::Range<u32>| {
        graph.write(|tx| sources.into_iter().try_for_each(|v| tx.set_edge(edge(v, 0), number(v as i32))))
    };
    let expected =
        |sources: &[u32]| sources.iter().map(|v| (*v, Some(Value::Int(*v as i32)))).collect::<Vec<_>>();
    let all: Vec<u32> = (1..100).collect();
    put(1..40).unwrap();
    let first = graph.snapshot();
    assert_eq!(seen(&first), expected(&all[..39]));
    // Refused after it was applied: its last edge has no source.
    put(40..101).unwrap_err();
    assert_eq!(seen(&first), expected(&all[..39]));
    assert_eq!(seen(&graph.snapshot()), expected(&all[..39]));
    put(40..60).unwrap();
    let second = graph.snapshot();
    graph.write(|tx| (1..30).try_for_each(|v| tx.delete_edge(edge(v, 0)))).unwrap();
    let third = graph.snapshot();
    graph.write(|tx| tx.set_edge(edge(5, 0), number(-5))).unwrap();
    let fourth = graph.snapshot();
    let back = [(5, Some(Value::Int(-5)))].into_iter().chain(expected(&all[29..59])).collect::<Vec<_>>();
    let check = || {
        assert_eq!(seen(&first), expected(&all[..39]));
        assert_eq!(seen(&second), expected(&all[..59]));
        assert_eq!(seen(&third), expected(&all[29..59]));
        assert_eq!(seen(&fourth), back);
    };
    check();
    // Also once there is a new base, on which others go on.
    graph.compact(&JobContext::detached(1, 1 << 30)).unwrap();
    put(60..80).unwrap();
    check();
    let newest = graph.snapshot();
    assert_eq!(seen(&newest), [back.clone(), expected(&all[59..79])].concat());
    drop(graph);
    let graph = Graph::open(&dir.path().join("g"), 0).unwrap();
    assert_eq!(seen(&graph.snapshot()), seen(&newest));
}

#[test]
fn a_vertex_that_an_earlier_version_found_is_known_while_it_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let graph = Graph::create(&dir.path().join("g"), info(), 0).unwrap();
    let add = |id: &str| graph.write(|tx| tx.new_vertex(id, vec![LabelId::DEFAULT], Vec::new())).unwrap();
    let (a, b) = (add("a"), add("b"));
    let earlier = graph.snapshot();
    let known = || [a, b].map(|v| graph.snapshot().still_has(&earlier, v));
    assert_eq!(known(), [true, true]);
    add("c");
    assert_eq!(known(), [true, true]);
    graph.write(|tx| tx.delete_vertex(a)).unwrap();
    assert_eq!(known(), [false, true]);
    // Back under another number.
    let again = add("a");
    assert_eq!((graph.snapshot().find("a"), known()), (Some(again), [false, true]));
    // On another base numbers might mean something else.
    graph.compact(&JobContext::detached(1, 1 << 30)).unwrap();
    assert_eq!(known(), [false, false]);
}
