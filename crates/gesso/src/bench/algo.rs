//! Projections and algorithms on the Kronecker graph or on given edges, without HTTP.

use super::checks::Checks;
use super::edge_file::Edges;
use super::{Cell, GRAPH, Plan, Report, Samples, context};
use crate::commands::CommandError;
use crate::kronecker::{WEIGHT, load_edges};
use crate::{examples, offline, sample};
use gesso_algo::{
    AlgoError, Demand, Family, GraphSize, Ground, Info, OnProjection, OnSnapshot, Prepared, registry,
};
use gesso_core::{JobContext, Outcome, VertexIx};
use gesso_graph::snapshot::End;
use gesso_graph::{
    Catalogue, Direction, Graph, Multiplicity, Projection, ProjectionSpec, Selection, Snapshot, projection,
};
use gesso_jobs::kinds::algorithm::selections;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Vertices among which a well-connected one is looked for, as start of paths.
const CANDIDATES: u32 = 10_000;

/// Rounds of algorithms that rank.
const RANK_ROUNDS: u32 = 20;
/// Rounds of algorithms that spread labels.
const LABEL_ROUNDS: u32 = 10;

/// What is measured on which graph.
#[derive(Debug, Default)]
pub struct Subject {
    /// The algorithms of these names; projections and every algorithm if there are none.
    pub only: Vec<String>,
    /// Parameters that are set for every algorithm that takes them, or for one as `algorithm.parameter`.
    pub parameters: Map<String, Value>,
    /// Edges of the graph; generated ones if missing.
    pub edges: Option<PathBuf>,
    /// Edges get weights, which every algorithm that can use them uses.
    pub has_weights: bool,
}

impl Subject {
    /// What is set for an algorithm. What is set for it alone counts more.
    fn parameters_of(&self, info: &Info) -> Map<String, Value> {
        let mut all = Map::new();
        if self.has_weights && takes(info, WEIGHT) {
            all.insert(WEIGHT.to_owned(), WEIGHT.into());
        }
        for is_own in [false, true] {
            for (name, value) in &self.parameters {
                let own = name.split_once('.').filter(|(of, _)| *of == info.name);
                let name = own.map_or(name.as_str(), |(_, name)| name);
                if own.is_some() == is_own && takes(info, name) {
                    all.insert(name.to_owned(), value.clone());
                }
            }
        }
        all
    }
}

/// Measures, and sums up what each algorithm answers.
pub fn measure(plan: &Plan, runs: u32, subject: &Subject) -> Result<Report, CommandError> {
    let columns = [
        "what",
        "threads",
        "min ms",
        "median ms",
        "p99 ms",
        "peak bytes",
        "need bytes",
        "rows",
        "sum",
        "squares",
        "quality",
    ];
    let mut report = Report::new("algo", &columns);
    let dir = plan.dir()?;
    let catalogue = Catalogue::open(dir.path(), 0)?;
    let graph = offline::find_or_create(&catalogue, sample::PROJECT, GRAPH)?;
    let started = Instant::now();
    load(plan, subject, &graph)?;
    report.fact("load ms", Cell::Real(ms(started)));
    let snapshot = graph.snapshot();
    memory(&mut report, &snapshot);
    let only = &subject.only;
    let mut projections =
        if only.is_empty() { shapes(plan, runs, &snapshot, &mut report)? } else { HashMap::new() };
    let ids = ends(&snapshot);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    // The generated graph has cycles and no properties.
    for entry in registry::all().iter().filter(|entry| is_wanted(entry.info(), only)) {
        let mut parameters = comparable(entry.info(), examples::parameters(entry.info(), &ids));
        parameters.extend(subject.parameters_of(entry.info()));
        let failed = |source| CommandError::Algorithm { name: entry.info().name, source };
        let prepared = entry.prepare(&parameters).map_err(failed)?;
        let ready = match &prepared {
            Prepared::OnProjection(algorithm) => {
                let spec = algorithm.projection();
                if !projections.contains_key(&spec) {
                    let built = projection::build(&context(plan.threads), &snapshot, &spec)?;
                    projections.insert(spec.clone(), Arc::new(built));
                }
                Ready::OnProjection(algorithm.as_ref(), projections[&spec].clone())
            }
            Prepared::OnSnapshot(search) => {
                let selections = selections(&snapshot, &search.conditions()).map_err(failed)?;
                Ready::OnSnapshot(search.as_ref(), &snapshot, selections)
            }
        };
        for threads in thread_counts(plan) {
            let (vertices, edges) = (snapshot.vertex_count(), snapshot.edge_count());
            let size = GraphSize { vertices, edges, threads: threads as u64 };
            one(&prepared, &ready, size, runs, &mut report)?;
        }
    }
    Ok(report)
}

fn load(plan: &Plan, subject: &Subject, graph: &Graph) -> Result<(), CommandError> {
    let ctx = context(plan.threads);
    let weights = subject.has_weights.then_some(plan.kronecker.seed);
    let Some(path) = &subject.edges else { return Ok(plan.kronecker.load(&ctx, graph, weights)?) };
    let edges = Edges::read(path)?;
    let vertices = edges.vertices().max(plan.kronecker.vertices()) as usize;
    Ok(load_edges(&ctx, graph, vertices, (&edges.sources, &edges.targets), weights)?)
}

fn takes(info: &Info, name: &str) -> bool {
    info.params.iter().any(|p| p.is_called(name))
}

fn is_wanted(info: &Info, only: &[String]) -> bool {
    info.demand == Demand::Any && (only.is_empty() || only.iter().any(|name| name == info.name))
}

/// Parameters with which published figures can be compared: edges both ways, a fixed number of rounds.
fn comparable(info: &Info, mut parameters: Map<String, Value>) -> Map<String, Value> {
    if takes(info, "directed") {
        parameters.insert("directed".to_owned(), false.into());
    }
    if takes(info, "max_iterations") {
        let rounds = if info.family == Family::Centrality { RANK_ROUNDS } else { LABEL_ROUNDS };
        parameters.insert("max_iterations".to_owned(), rounds.into());
        parameters.insert("convergence".to_owned(), 1e-300.into());
    }
    parameters
}

fn ms(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e3
}

/// One thread, and all that the plan has.
fn thread_counts(plan: &Plan) -> Vec<usize> {
    if plan.threads == 1 { vec![1] } else { vec![1, plan.threads] }
}

fn memory(report: &mut Report, snapshot: &Snapshot) {
    let memory = snapshot.base().memory();
    let (vertices, edges) = (snapshot.vertex_count().max(1), snapshot.edge_count().max(1));
    report.fact("vertices", Cell::Count(vertices));
    report.fact("edges", Cell::Count(edges));
    report.fact("bytes an edge", Cell::Real(memory.edge_bytes as f64 / edges as f64));
    report.fact("bytes a vertex, without ids", Cell::Real(memory.vertex_bytes as f64 / vertices as f64));
    report.fact("bytes an id", Cell::Real(memory.id_bytes as f64 / vertices as f64));
}

/// Builds every shape of projection, and keeps one of each.
fn shapes(
    plan: &Plan,
    runs: u32,
    snapshot: &Arc<Snapshot>,
    report: &mut Report,
) -> Result<HashMap<ProjectionSpec, Arc<Projection>>, CommandError> {
    let mut kept = HashMap::new();
    for direction in [Direction::Outgoing, Direction::Incoming, Direction::Both, Direction::Undirected] {
        for multiplicity in [Multiplicity::Multi, Multiplicity::Simple] {
            let spec = ProjectionSpec { direction, multiplicity, ..ProjectionSpec::default() };
            for threads in thread_counts(plan) {
                let (mut times, mut peak) = (Samples::default(), 0);
                for _ in 0..runs {
                    let ctx = context(threads);
                    let started = Instant::now();
                    let built = projection::build(&ctx, snapshot, &spec)?;
                    times.push(ms(started));
                    peak = peak.max(ctx.account().peak());
                    kept.insert(spec.clone(), Arc::new(built));
                }
                let name = format!("projection {direction:?} {multiplicity:?}").to_lowercase();
                row(report, name, threads, &times, Bytes { peak, need: 0 }, Checks::default());
            }
        }
    }
    Ok(kept)
}

/// The ids of the vertex with most outgoing edges among the first, and of another one.
fn ends(snapshot: &Snapshot) -> [String; 2] {
    let all = (0..snapshot.vertex_bound().min(CANDIDATES)).map(VertexIx);
    let start = all.max_by_key(|v| snapshot.degree(*v, End::Source)).unwrap_or_default();
    let last = VertexIx(snapshot.vertex_bound().saturating_sub(1));
    [start, last].map(|v| snapshot.id(v).to_owned())
}

/// An algorithm with all that it runs on.
enum Ready<'a> {
    OnProjection(&'a dyn OnProjection, Arc<Projection>),
    OnSnapshot(&'a dyn OnSnapshot, &'a Snapshot, Vec<Arc<dyn Selection>>),
}

impl Ready<'_> {
    fn run(&self, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        match self {
            Ready::OnProjection(algorithm, projection) => algorithm.run(projection, ctx),
            Ready::OnSnapshot(search, snapshot, selections) => {
                search.run(&Ground { snapshot, selections }, ctx)
            }
        }
    }
}

fn one(
    prepared: &Prepared,
    ready: &Ready<'_>,
    size: GraphSize,
    runs: u32,
    report: &mut Report,
) -> Result<(), CommandError> {
    let name = prepared.info().name;
    let (mut times, mut peak, mut checks) = (Samples::default(), 0, Checks::default());
    for _ in 0..runs {
        let ctx = context(size.threads as usize);
        let started = Instant::now();
        let outcome = ready.run(&ctx).map_err(|source| CommandError::Algorithm { name, source })?;
        times.push(ms(started));
        checks = Checks::of(&outcome);
        drop(outcome);
        peak = peak.max(ctx.account().peak());
    }
    let need = prepared.need(size);
    if peak > need {
        report.problems.push(format!("{name} held {peak} bytes, but says that it needs at most {need}"));
    }
    let bytes = Bytes { peak, need };
    row(report, name.to_owned(), size.threads as usize, &times, bytes, checks);
    Ok(())
}

/// What a run held at most, and what it had said.
struct Bytes {
    peak: u64,
    need: u64,
}

fn row(report: &mut Report, name: String, threads: usize, times: &Samples, bytes: Bytes, checks: Checks) {
    report.push([
        Cell::Text(name),
        Cell::Count(threads as u64),
        Cell::Real(times.min()),
        Cell::Real(times.median()),
        Cell::Real(times.p99()),
        Cell::Bytes(bytes.peak),
        Cell::Bytes(bytes.need),
        Cell::Count(checks.rows),
        Cell::Real(checks.sum),
        Cell::Real(checks.squares),
        Cell::Real(checks.quality),
    ]);
}
