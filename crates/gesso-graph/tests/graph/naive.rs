//! A graph as maps and vectors, the operations that tests make, and how each is done on both.

use gesso_core::{DataType, JobContext, LabelId, PropId, Stop, Value, VertexIx};
use gesso_graph::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub enum Act {
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
pub struct Model {
    pub vertices: BTreeMap<String, Option<i32>>,
    pub edges: BTreeMap<(String, u32), (String, bool, i32)>,
    pub next_index: BTreeMap<String, u32>,
}

pub const PERSON: LabelId = LabelId(1);
pub const KNOWS: LabelId = LabelId(2);
pub const LIKES: LabelId = LabelId(3);
pub const NUMBER: PropId = PropId(0);

pub fn id(v: u8) -> String {
    format!("v{v}")
}

pub fn schema() -> Schema {
    let number = || {
        let cardinality = gesso_core::Cardinality::Single;
        vec![PropertyDef { name: "n".into(), data_type: DataType::Int, cardinality }]
    };
    let label = |name: &str| LabelDef { name: name.into(), kind: LabelKind::All, properties: number() };
    let schema = Schema::default().with_label(&label("person")).unwrap();
    schema.with_label(&label("knows")).unwrap().with_label(&label("likes")).unwrap()
}

pub fn info() -> GraphInfo {
    GraphInfo {
        uid: "u".into(),
        project: "p".into(),
        name: "g".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    }
}

pub fn edge_label(likes: bool) -> LabelId {
    if likes { LIKES } else { KNOWS }
}

pub fn age(n: Option<i32>) -> VertexProperties {
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

    pub fn apply(&mut self, act: &Act) {
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

pub fn apply(graph: &Graph, act: &Act) -> Result<(), WriteError<ApplyError>> {
    graph.write(|tx| {
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
    })
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Stopped(#[from] Stop),
}

pub fn load(graph: &Graph, rows: &[(u8, u8, i32)], threads: usize) -> Result<(), LoadError> {
    let ctx = JobContext::detached(threads, 1 << 30);
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
    graph.load(&ctx, RepeatedEdges::default(), |s| Ok(s.clone()), fill)
}

/// Reads a whole snapshot back into a model; by sources, and checked against targets.
pub fn model_of(s: &Snapshot, model: &Model) -> Model {
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
