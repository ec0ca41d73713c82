//! Random operations on a graph and on a naive model of it: maps and vectors. Snapshots taken on the way
//! must keep answering as the model did when they were taken, across compactions, loads and reopening.

use gesso_core::{DataType, JobContext, LabelId, PropId, Stop, Value, VertexIx};
use gesso_graph::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

#[derive(Clone, Debug)]
enum Act {
    AddVertex(u8, i32),
    SetVertex(u8, Option<i32>),
    DeleteVertex(u8),
    AddEdge(u8, u8, bool, i32),
    OverrideEdge(u8, u8, i32),
    DeleteEdge(u8, u8),
    Snapshot,
    Compact,
    Load(Vec<(u8, u8, i32)>),
    Reopen,
}

/// Vertex id → age; (source, index) → (target, label, weight).
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    vertices: BTreeMap<String, Option<i32>>,
    edges: BTreeMap<(String, u32), (String, bool, i32)>,
    next_index: BTreeMap<String, u32>,
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

const PERSON: LabelId = LabelId(1);
const KNOWS: LabelId = LabelId(2);
const LIKES: LabelId = LabelId(3);
const NUMBER: PropId = PropId(0);

fn id(v: u8) -> String {
    format!("v{v}")
}

fn schema() -> Schema {
    let number = || {
        let cardinality = gesso_core::Cardinality::Single;
        vec![PropertyDef { name: "n".into(), data_type: DataType::Int, cardinality }]
    };
    let label = |name: &str| LabelDef { name: name.into(), kind: LabelKind::All, properties: number() };
    let schema = Schema::default().with_label(&label("person")).unwrap();
    schema.with_label(&label("knows")).unwrap().with_label(&label("likes")).unwrap()
}

fn create(dir: &Path) -> Graph {
    let info = GraphInfo {
        uid: "u".into(),
        project: "p".into(),
        name: "g".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    let graph = Graph::create(dir, info, 1 << 20).unwrap();
    graph.write(|tx| tx.set_schema(schema())).unwrap();
    graph
}

fn edge_label(likes: bool) -> LabelId {
    if likes { LIKES } else { KNOWS }
}

fn age(n: Option<i32>) -> VertexProperties {
    n.map(|n| (PERSON, NUMBER, Value::Int(n))).into_iter().collect()
}

impl Model {
    fn add_edge(&mut self, s: &str, t: &str, likes: bool, w: i32) {
        let next = self.next_index.entry(s.into()).or_default();
        self.edges.insert((s.into(), *next), (t.into(), likes, w));
        *next += 1;
    }

    fn delete_vertex(&mut self, v: &str) {
        self.vertices.remove(v);
        self.edges.retain(|(s, _), (t, _, _)| s != v && t != v);
        // A vertex that comes back is another one, and counts from 0.
        self.next_index.remove(v);
    }

    fn between(&self, s: &str, t: &str) -> Option<u32> {
        self.edges.iter().find(|((a, _), (b, _, _))| a == s && b == t).map(|((_, i), _)| *i)
    }

    fn apply(&mut self, act: &Act) {
        match act {
            Act::AddVertex(v, n) => _ = self.vertices.entry(id(*v)).or_insert(Some(*n)),
            Act::SetVertex(v, n) => {
                if let Some(slot) = self.vertices.get_mut(&id(*v)) {
                    *slot = *n;
                }
            }
            Act::DeleteVertex(v) => self.delete_vertex(&id(*v)),
            Act::AddEdge(s, t, likes, w) => {
                if self.vertices.contains_key(&id(*s)) && self.vertices.contains_key(&id(*t)) {
                    self.add_edge(&id(*s), &id(*t), *likes, *w);
                }
            }
            Act::OverrideEdge(s, t, w) => {
                if let Some(index) = self.between(&id(*s), &id(*t)) {
                    self.edges.insert((id(*s), index), (id(*t), true, *w));
                }
            }
            Act::DeleteEdge(s, t) => {
                if let Some(index) = self.between(&id(*s), &id(*t)) {
                    self.edges.remove(&(id(*s), index));
                }
            }
            Act::Load(rows) => {
                for (s, t, w) in rows {
                    self.vertices.entry(id(*s)).or_insert(None);
                    self.vertices.entry(id(*t)).or_insert(None);
                    self.add_edge(&id(*s), &id(*t), false, *w);
                }
            }
            Act::Snapshot | Act::Compact | Act::Reopen => {}
        }
    }
}

fn apply(graph: &Graph, act: &Act) {
    let done: Result<(), WriteError<ApplyError>> = graph.write(|tx| {
        let find = |tx: &Transaction, v: &u8| tx.snapshot().find(&id(*v));
        match act {
            Act::AddVertex(v, n) if find(tx, v).is_none() => {
                tx.new_vertex(&id(*v), vec![PERSON], age(Some(*n))).map(drop)
            }
            Act::SetVertex(v, n) => match find(tx, v) {
                Some(ix) => tx.set_vertex(ix, vec![PERSON], age(*n)),
                None => Ok(()),
            },
            Act::DeleteVertex(v) => find(tx, v).map_or(Ok(()), |ix| tx.delete_vertex(ix)),
            Act::AddEdge(s, t, likes, w) => match (find(tx, s), find(tx, t)) {
                (Some(s), Some(t)) => {
                    tx.new_edge(s, t, edge_label(*likes), vec![(NUMBER, Value::Int(*w))]).map(drop)
                }
                _ => Ok(()),
            },
            Act::OverrideEdge(s, t, w) => match (find(tx, s), find(tx, t)) {
                (Some(s), Some(t)) if !tx.snapshot().edges_between(s, t).is_empty() => {
                    let rule = ParallelEdge { action: ParallelAction::Override, ..ParallelEdge::default() };
                    tx.add_edge((s, t), LIKES, vec![(NUMBER, Value::Int(*w))], &rule).map(drop)
                }
                _ => Ok(()),
            },
            Act::DeleteEdge(s, t) => match (find(tx, s), find(tx, t)) {
                (Some(s), Some(t)) => match tx.snapshot().edges_between(s, t).first() {
                    Some(e) => {
                        let name = e.name();
                        tx.delete_edge(name)
                    }
                    None => Ok(()),
                },
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    });
    done.unwrap();
}

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Stopped(#[from] Stop),
}

fn load(graph: &Graph, rows: &[(u8, u8, i32)]) {
    let ctx = JobContext::detached(2, 1 << 30);
    let fill = |bulk: &mut BulkLoad<'_>| {
        let mut chunk = EdgeChunk::default();
        for (s, t, w) in rows {
            for (end, out) in [(s, 0), (t, 1)] {
                let known = bulk.find(&id(*end)).map(|v| v.0);
                if known.is_none() {
                    chunk.pending.push(&id(*end));
                }
                let list = if out == 0 { &mut chunk.sources } else { &mut chunk.targets };
                list.push(known.unwrap_or(EdgeChunk::PENDING));
            }
            chunk.labels.push(KNOWS);
            let table = chunk.tables.of(KNOWS, bulk.schema());
            table.rows += 1;
            table.columns[0].push_value(&Value::Int(*w));
        }
        Ok::<_, LoadError>(bulk.add_edges(chunk)?)
    };
    graph.load(&ctx, RepeatedEdges::default(), |s| Ok(s.clone()), fill).unwrap();
}

/// Reads a whole snapshot back into a model; by sources, and checked against targets.
fn model_of(s: &Snapshot, model: &Model) -> Model {
    let mut got = Model { next_index: model.next_index.clone(), ..Model::default() };
    let (mut seen_in, mut seen_out) = (0, 0);
    for v in (0..s.vertex_bound()).map(VertexIx).filter(|v| s.is_alive(*v)) {
        assert_eq!(s.find(s.id(v)), Some(v));
        let n = s.vertex_property(v, PERSON, NUMBER).map(|n| match n {
            Value::Int(n) => n,
            other => panic!("{other:?}"),
        });
        got.vertices.insert(s.id(v).into(), n);
        for e in s.edges_at(v, End::Source) {
            seen_out += 1;
            let Some(Value::Int(w)) = s.edge_property(&e, NUMBER) else { panic!("edge without weight") };
            got.edges.insert((s.id(v).into(), e.index), (s.id(e.target).into(), e.label == LIKES, w));
        }
        seen_in += s.edges_at(v, End::Target).len();
    }
    assert_eq!((s.vertex_count(), s.edge_count()), (got.vertices.len() as u64, got.edges.len() as u64));
    assert_eq!((seen_in, seen_out), (got.edges.len(), got.edges.len()));
    got
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
                Act::Load(rows) => load(&graph, rows),
                Act::Reopen => {
                    drop(graph);
                    graph = Graph::open(&place, 1 << 20).unwrap();
                }
                _ => apply(&graph, act),
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
