//! Random operations on a graph and on a naive model of it: maps and vectors. Snapshots taken on the way
//! must keep answering as the model did when they were taken, across compactions, loads and reopening.

use crate::naive::{Act, LoadError, Model, PERSON, apply, info, load, model_of, schema};
use gesso_core::{JobContext, VertexIx};
use gesso_graph::*;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;

fn create(dir: &Path) -> Graph {
    let graph = Graph::create(dir, info(), 1 << 20).unwrap();
    graph.write(|tx| tx.set_schema(schema())).unwrap();
    graph
}

fn act() -> impl Strategy<Value = Act> {
    let v = || 0u8..10;
    prop_oneof![
        4 => (v(), any::<i32>()).prop_map(|(a, n)| Act::AddVertex(a, n)),
        1 => (v(), any::<Option<i32>>()).prop_map(|(a, n)| Act::SetVertex(a, n)),
        1 => v().prop_map(Act::DeleteVertex),
        6 => (v(), v(), any::<bool>(), any::<i32>()).prop_map(|(a, b, l, w)| Act::AddEdge(a, b, l, w)),
        1 => (v(), v(), any::<i32>()).prop_map(|(a, b, w)| Act::OverrideEdge(a, b, w)),
        2 => (v(), v()).prop_map(|(a, b)| Act::DeleteEdge(a, b)),
        1 => Just(Act::Snapshot),
        1 => Just(Act::Compact),
        1 => prop::collection::vec((v(), v(), any::<i32>()), 0..6).prop_map(Act::Load),
        1 => Just(Act::Reopen),
    ]
}

fn check_projection(s: &Arc<Snapshot>, model: &Model) {
    let ctx = JobContext::detached(2, 1 << 30);
    for (direction, multiplicity) in [
        (Direction::Both, Multiplicity::Multi),
        (Direction::Both, Multiplicity::Simple),
        (Direction::Undirected, Multiplicity::Multi),
        (Direction::Undirected, Multiplicity::Simple),
    ] {
        let spec = ProjectionSpec { direction, multiplicity, ..ProjectionSpec::default() };
        let p = projection::build(&ctx, s, &spec).unwrap();
        assert_eq!(p.len(), model.vertices.len());
        let mut expected: Vec<(String, String)> = Vec::new();
        for ((source, _), (target, _, _)) in &model.edges {
            expected.push((source.clone(), target.clone()));
            if direction == Direction::Undirected && source != target {
                expected.push((target.clone(), source.clone()));
            }
        }
        if multiplicity == Multiplicity::Simple {
            expected.retain(|(a, b)| a != b);
            expected.sort();
            expected.dedup();
        }
        expected.sort();
        let pairs = |csr: &Csr, turned: bool| {
            let arcs = (0..p.len() as u32).flat_map(|v| csr.neighbours(v).iter().map(move |n| (v, *n)));
            let turn = |(a, b)| if turned { (b, a) } else { (a, b) };
            let mut named: Vec<_> =
                arcs.map(turn).map(|(a, b)| (p.id(a).to_owned(), p.id(b).to_owned())).collect();
            named.sort();
            named
        };
        assert_eq!(pairs(p.out(), false), expected, "{spec:?}");
        assert_eq!(pairs(p.incoming(), true), expected, "{spec:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_graph_agrees_with_the_model(acts in prop::collection::vec(act(), 1..60)) {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("g");
        let mut graph = create(&place);
        let mut model = Model::default();
        let mut kept = Vec::new();
        for act in &acts {
            model.apply(act);
            match act {
                Act::Snapshot => kept.push((graph.snapshot(), model.clone())),
                Act::Compact => graph.compact(&JobContext::detached(2, 1 << 30)).unwrap(),
                Act::Load(rows) => load(&graph, rows, 2).unwrap(),
                Act::Reopen => {
                    drop(graph);
                    graph = Graph::open(&place, 1 << 20).unwrap();
                }
                _ => apply(&graph, act).unwrap(),
            }
        }
        kept.push((graph.snapshot(), model.clone()));
        for (snapshot, then) in &kept {
            prop_assert_eq!(&model_of(snapshot, then), then);
        }
        check_projection(&graph.snapshot(), &model);
        drop(graph);
        let report = Graph::verify(&place, &JobContext::detached(1, 1 << 30)).unwrap();
        prop_assert_eq!(report.vertices as usize, model.vertices.len());
    }
}

#[test]
fn writers_from_many_threads_all_land_and_survive_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("g");
    let graph = create(&place);
    std::thread::scope(|s| {
        for t in 0..8 {
            let graph = &graph;
            s.spawn(move || {
                for i in 0..50 {
                    graph.write(|tx| tx.new_vertex(&format!("{t}-{i}"), vec![PERSON], vec![])).unwrap();
                    assert!(graph.snapshot().find(&format!("{t}-{i}")).is_some(), "seen once acknowledged");
                }
            });
        }
        let graph = &graph;
        s.spawn(move || (0..3).for_each(|_| graph.compact(&JobContext::detached(1, 1 << 30)).unwrap()));
    });
    assert_eq!(graph.snapshot().vertex_count(), 400);
    drop(graph);
    assert_eq!(Graph::open(&place, 0).unwrap().snapshot().vertex_count(), 400);
}

#[test]
fn df10_41_a_stopped_load_leaves_the_graph_and_its_directory_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("g");
    let graph = create(&place);
    graph.write(|tx| tx.new_vertex("a", vec![PERSON], vec![])).unwrap();
    for checkpoint in 1..40 {
        let ctx = JobContext::detached(1, 1 << 30).stop_at_checkpoint(checkpoint);
        let fill = |bulk: &mut BulkLoad<'_>| {
            let mut chunk = VertexChunk::default();
            (0..100).for_each(|i| chunk.ids.push(&format!("n{i}")));
            chunk.labels = vec![PERSON; 100];
            let table = chunk.tables.of(PERSON, bulk.schema());
            table.rows = 100;
            table.columns[0].pad_to(100);
            Ok::<_, LoadError>(bulk.add_vertices(chunk)?)
        };
        let outcome = graph.load(&ctx, RepeatedEdges::default(), |s| Ok(s.clone()), fill);
        let bases = std::fs::read_dir(&place).unwrap().flatten();
        let bases = bases.filter(|e| e.file_name().to_string_lossy().starts_with("base-")).count();
        assert_eq!(ctx.account().used(), 0);
        if outcome.is_ok() {
            assert_eq!((graph.snapshot().vertex_count(), bases), (101, 1));
            return;
        }
        assert_eq!((graph.snapshot().vertex_count(), bases), (1, 0), "stopped at checkpoint {checkpoint}");
        graph.write(|tx| tx.set_vertex(VertexIx(0), vec![PERSON], vec![])).unwrap();
    }
    panic!("the load never came to its end");
}
