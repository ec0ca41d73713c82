//! Small graphs, parameters from declarations, and results as JSON, for all tests of this crate.
#![expect(dead_code, reason = "each test program uses a part")]

use gesso_algo::{AlgoError, Entry, GraphSize, Ground, Info, Kind, Literal, Prepared, Shape, registry};
use gesso_core::rng::Rng;
use gesso_core::{Cells, EdgeForm, JobContext, LabelId, Outcome, Rows, Scalar, VertexIx};
use gesso_graph::projection::VertexCodes;
use gesso_graph::{
    EdgeChunk, EdgeRef, GraphError, GraphInfo, Projection, ProjectionSpec, RepeatedEdges, Selection,
    Snapshot, VertexChunk,
};
use serde_json::{Map, Value, json};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;

/// Memory that no test reaches.
pub const PLENTY: u64 = 1 << 30;

/// A graph as a list of weighted edges.
#[derive(Clone)]
pub struct Graph {
    pub ids: Vec<String>,
    pub edges: Vec<(u32, u32, f64)>,
    /// The same as a real graph, once someone wants that.
    stored: OnceLock<Arc<(Arc<Snapshot>, TempDir)>>,
}

/// What an algorithm runs on.
pub enum Input {
    Projection(Box<Projection>),
    Snapshot(Arc<(Arc<Snapshot>, TempDir)>),
}

/// Every vertex and every edge.
pub struct Everything;

impl Selection for Everything {
    fn passes_vertex(&self, _: &Snapshot, _: VertexIx) -> bool {
        true
    }
    fn passes_edge(&self, _: &Snapshot, _: &EdgeRef) -> bool {
        true
    }
}

impl Graph {
    pub fn new(vertices: usize, edges: &[(u32, u32)]) -> Graph {
        let ids = (0..vertices).map(|v| format!("{v:05}")).collect();
        Graph::of(ids, edges.iter().map(|(s, t)| (*s, *t, 1.0)).collect())
    }

    pub fn of(ids: Vec<String>, edges: Vec<(u32, u32, f64)>) -> Graph {
        Graph { ids, edges, stored: OnceLock::new() }
    }

    /// Random edges with small whole weights, so that ties are frequent; loops and parallel edges included.
    pub fn random(vertices: u64, edges: usize, seed: u64) -> Graph {
        let mut rng = Rng::new(seed, 0);
        let mut graph = Graph::new(vertices as usize, &[]);
        for _ in 0..edges {
            // Squaring one end makes hubs.
            let skewed = rng.unit() * rng.unit() * vertices as f64;
            graph.edges.push((skewed as u32, rng.below(vertices) as u32, 1.0 + rng.below(4) as f64));
        }
        graph
    }

    pub fn renamed(&self, prefix: &str) -> Graph {
        let ids = self.ids.iter().map(|id| format!("{prefix}{id}")).collect();
        Graph::of(ids, self.edges.clone())
    }

    /// The same edges, all from smaller to larger positions.
    pub fn acyclic(&self) -> Graph {
        let forward = self.edges.iter().filter(|e| e.0 != e.1);
        let edges = forward.map(|(s, t, w)| (*s.min(t), *s.max(t), *w)).collect();
        Graph::of(self.ids.clone(), edges)
    }

    /// The projection of a spec; a property of vertices has three values in turn, and none at times.
    pub fn projection(&self, spec: &ProjectionSpec) -> Projection {
        let made = Projection::of_edges(self.ids.clone(), &self.edges, spec);
        if spec.vertex_property.is_none() {
            return made;
        }
        let code = |v: usize| if v % 7 == 6 { u32::MAX } else { (v % 3) as u32 };
        let codes = (0..self.ids.len()).map(code).collect::<Vec<_>>().into();
        let names = ["red", "green", "blue"].map(str::to_owned);
        // Only values that occur have names.
        made.with_codes(VertexCodes { codes, names: names[..self.ids.len().min(3)].into() })
    }

    /// The same as a graph on disk, without weights.
    pub fn stored(&self) -> Arc<(Arc<Snapshot>, TempDir)> {
        self.stored.get_or_init(|| Arc::new(self.store())).clone()
    }

    fn store(&self) -> (Arc<Snapshot>, TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let options = std::collections::BTreeMap::new();
        let (uid, project, name) = ("u".into(), "p".into(), "g".into());
        let info = GraphInfo { uid, project, name, created_ms: 0, options };
        let graph = Arc::new(gesso_graph::Graph::create(&dir.path().join("g"), info, 0).unwrap());
        let ctx = JobContext::detached(2, PLENTY);
        let loaded = graph.load(
            &ctx,
            RepeatedEdges::default(),
            |schema| Ok::<_, GraphError>(schema.clone()),
            |bulk| {
                let mut vertices = VertexChunk::default();
                for id in &self.ids {
                    vertices.ids.push(id);
                    vertices.labels.push(LabelId::DEFAULT);
                }
                vertices.tables.of(LabelId::DEFAULT, bulk.schema()).rows = self.ids.len();
                bulk.add_vertices(vertices)?;
                let mut edges = EdgeChunk::default();
                for (s, t, _) in &self.edges {
                    edges.sources.push(*s);
                    edges.targets.push(*t);
                    edges.labels.push(LabelId::DEFAULT);
                }
                edges.tables.of(LabelId::DEFAULT, bulk.schema()).rows = self.edges.len();
                Ok(bulk.add_edges(edges)?)
            },
        );
        loaded.unwrap();
        (graph.snapshot(), dir)
    }

    /// What a prepared algorithm is to run on.
    pub fn input(&self, prepared: &Prepared) -> Input {
        match prepared {
            Prepared::OnProjection(algorithm) => {
                Input::Projection(Box::new(self.projection(&algorithm.projection())))
            }
            Prepared::OnSnapshot(_) => Input::Snapshot(self.stored()),
        }
    }

    pub fn size(&self, threads: usize) -> GraphSize {
        GraphSize { vertices: self.ids.len() as u64, edges: self.edges.len() as u64, threads: threads as u64 }
    }
}

pub fn entry(name: &str) -> &'static Entry {
    registry::find(name).unwrap_or_else(|| panic!("no algorithm {name}"))
}

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Valid parameters by declaration: the first and then the last vertex for ids, examples and defaults else.
/// Optional ones without example or default are left out.
pub fn example(info: &Info, graph: &Graph) -> Map<String, Value> {
    let end = |id: Option<&String>, nobody: &str| id.map_or(json!(nobody), |id| json!(id));
    let mut ends = [end(graph.ids.first(), "nobody"), end(graph.ids.last(), "nobody else")].into_iter();
    let mut params = Map::new();
    for param in info.params {
        let value = match (param.kind, param.example.or(param.default)) {
            (Kind::Vertex | Kind::Vertices { .. }, Some(_)) => ends.next().unwrap_or_default(),
            (Kind::Vertex | Kind::Vertices { .. }, None) if param.required => ends.next().unwrap_or_default(),
            (_, Some(Literal::Real(v))) => json!(v),
            (_, Some(Literal::Int(v))) => json!(v),
            (_, Some(Literal::Bool(v))) => json!(v),
            (_, Some(Literal::Text(v))) => json!(v),
            (_, None) => continue,
        };
        params.insert(param.name.to_owned(), value);
    }
    params
}

/// Parameters that differ from the example in one flag, choice or property, to reach every way to run.
pub fn variants(info: &Info, graph: &Graph) -> Vec<Map<String, Value>> {
    let base = example(info, graph);
    let mut all = vec![base.clone()];
    for param in info.params {
        let others: Vec<Value> = match (param.kind, param.default) {
            (Kind::Bool, Some(Literal::Bool(b))) => vec![json!(!b)],
            (Kind::Choice(words), _) => words.iter().skip(1).step_by(3).map(|w| json!(w)).collect(),
            (Kind::Property, _) if param.name == "weight" => vec![json!("w")],
            // What an example bounds is computed whole on small graphs.
            (Kind::Vertex | Kind::Int(_), None)
                if param.example.is_some() && !param.required && graph.ids.len() < 1000 =>
            {
                vec![Value::Null]
            }
            _ => Vec::new(),
        };
        for value in others {
            let mut params = base.clone();
            params.insert(param.name.to_owned(), value);
            all.push(params);
        }
    }
    all
}

pub fn run_in(
    ctx: &JobContext,
    entry: &Entry,
    params: &Map<String, Value>,
    graph: &Graph,
) -> Result<Outcome, AlgoError> {
    let prepared = entry.prepare(params)?;
    run_on(&prepared, &graph.input(&prepared), ctx)
}

/// Runs it where every condition passes everything.
pub fn run_on(prepared: &Prepared, input: &Input, ctx: &JobContext) -> Result<Outcome, AlgoError> {
    match (prepared, input) {
        (Prepared::OnProjection(algorithm), Input::Projection(projection)) => algorithm.run(projection, ctx),
        (Prepared::OnSnapshot(search), Input::Snapshot(stored)) => {
            let everything: Arc<dyn Selection> = Arc::new(Everything);
            let selections = vec![everything; search.conditions().len()];
            search.run(&Ground { snapshot: &stored.0, selections: &selections }, ctx)
        }
        _ => panic!("an input of the other form"),
    }
}

/// The result as JSON, per-vertex lists as one object.
pub fn run(name: &str, params: Value, graph: &Graph) -> Result<Value, AlgoError> {
    let ctx = JobContext::detached(2, PLENTY);
    run_in(&ctx, entry(name), &object(params), graph).map(|outcome| json_of(&outcome, graph))
}

pub fn json_of(outcome: &Outcome, graph: &Graph) -> Value {
    let id = |v: u32| graph.ids[v as usize].clone();
    let ids = |vs: &[VertexIx]| vs.iter().map(|v| id(v.0)).collect::<Vec<_>>();
    let mut all = Map::new();
    for (name, scalar) in &outcome.scalars {
        let value = match scalar {
            Scalar::Int(v) => json!(v),
            Scalar::Real(v) => json!(v),
            Scalar::Bool(v) => json!(v),
            Scalar::Text(v) => json!(v),
            Scalar::Vertex(v) => json!(v.map_or(String::new(), |v| id(v.0))),
            Scalar::Vertices(vs) => json!(ids(vs)),
            Scalar::Json(text) => serde_json::from_str(text).unwrap(),
        };
        all.insert(name.clone(), value);
    }
    if let Some((name, rows)) = &outcome.list {
        let value = match rows {
            Rows::PerVertex { vertices, cells } => {
                let is_ranked = has_shape(name, Shape::Ranked);
                assert!(is_ranked || vertices.is_sorted(), "{name} is not in vertex order");
                let cell = |i: usize| match cells {
                    Cells::Real(v) => json!(v[i]),
                    Cells::Int(v) => json!(v[i]),
                    Cells::Vertex(v) => json!(id(v[i])),
                    Cells::Vector { dim, values } => json!(&values[i * dim..(i + 1) * dim]),
                    Cells::Name { codes, names } => json!(names[codes[i] as usize]),
                };
                if is_ranked {
                    let row = |(i, v): (usize, &u32)| json!({id(*v): cell(i)});
                    all.insert(name.clone(), vertices.iter().enumerate().map(row).collect());
                    return all.into();
                }
                vertices.iter().enumerate().map(|(i, v)| (id(*v), cell(i))).collect::<Map<_, _>>().into()
            }
            Rows::Vertices(vertices) => json!(vertices.iter().map(|v| id(*v)).collect::<Vec<_>>()),
            Rows::Pairs(pairs) => (0..pairs.len())
                .map(|i| {
                    let pair = pairs.get(i).unwrap();
                    let [source, target] = pair.ends.map(|v| id(v.0));
                    let mut row = json!({"source": source, "target": target});
                    if let Some(index) = pair.index {
                        row["index"] = json!(index.to_string());
                    }
                    if let Some((name, value)) = pairs.value(i) {
                        row[name] = json!(value);
                    }
                    row
                })
                .collect(),
            Rows::Paths { vertices, ends } => (0..ends.len())
                .map(|i| vertices[span(ends, i)].iter().map(|v| id(*v)).collect::<Value>())
                .collect(),
            Rows::PathSets { vertices, ends, sets } => {
                let path = |i: usize| vertices[span(ends, i)].iter().map(|v| id(*v)).collect::<Vec<_>>();
                let set = |i: usize| {
                    let paths: Vec<_> = span(sets, i).map(path).collect();
                    let (source, target) = (paths[0][0].clone(), paths[0].last().cloned());
                    json!({"paths": paths, "source": source, "target": target})
                };
                (0..sets.len()).map(set).collect()
            }
            Rows::EdgePaths { sources, targets, indices, ends, form } => {
                let edge = |at: usize| {
                    let (source, target, index) = (id(sources[at]), id(targets[at]), indices[at]);
                    match form {
                        EdgeForm::Id => json!(format!("{source}-{target}-{index}")),
                        EdgeForm::Object => {
                            json!({"source": source, "target": target, "index": index.to_string()})
                        }
                    }
                };
                (0..ends.len()).map(|i| span(ends, i).map(edge).collect::<Value>()).collect()
            }
            Rows::Json { .. } => panic!("no algorithm gives such rows yet"),
        };
        all.insert(name.clone(), value);
    }
    all.into()
}

fn span(ends: &[u64], row: usize) -> std::ops::Range<usize> {
    let start = if row == 0 { 0 } else { ends[row - 1] as usize };
    start..ends[row] as usize
}

/// Whether an algorithm declares an output of this name and shape.
fn has_shape(name: &str, shape: Shape) -> bool {
    let mut outputs = registry::all().iter().flat_map(|e| e.info().outputs);
    outputs.any(|o| o.name == name && o.shape == shape)
}

/// Fails unless the values are equal; numbers may differ by the tolerance.
pub fn assert_close(got: &Value, expected: &Value, tolerance: f64, what: &str) {
    match (got, expected) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= tolerance, "{what}: got {a}, expected {b}");
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{what}");
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                assert_close(a, b, tolerance, &format!("{what}[{i}]"));
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{what}");
            for (key, value) in b {
                assert_close(&a[key], value, tolerance, &format!("{what}.{key}"));
            }
        }
        (a, b) => assert_eq!(a, b, "{what}"),
    }
}
