//! `algorithm`: any algorithm of the registry.

use super::Work;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_algo::{AlgoError, Condition, GraphSize, Ground, OnProjection, OnSnapshot, Prepared, View};
use gesso_core::{Code, JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Direction, Graph, NamedSelection, ProjectionError, ProjectionSpec, Selection, Snapshot};
use gesso_query::{CompiledFilter, ElementFilters, PropertyFilter, Target};
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;

/// Runs a prepared algorithm on the graph as it is when the job starts.
pub fn work(graph: Arc<Graph>, prepared: Prepared, threads: usize) -> Work {
    let need = need(&graph.snapshot(), &prepared, threads);
    Work::new(Kind::Algorithm, need, move |ctx| {
        let name = prepared.info().name;
        run(ctx, &graph, &prepared).map_err(|e| match e {
            AlgoError::Stopped(stop) if stop != Stop::Memory => stop.into(),
            reason => Failure::new(Code::Algorithm, reason.message(name)),
        })
    })
}

/// Bytes of the run and of a projection that has to be built first.
fn need(snapshot: &Snapshot, prepared: &Prepared, threads: usize) -> u64 {
    let (edges, threads) = (snapshot.edge_count(), threads as u64);
    match prepared {
        Prepared::OnProjection(algorithm) => {
            let size = GraphSize { vertices: snapshot.vertex_bound().into(), edges, threads };
            // What passes is remembered where a condition is asked as a search comes by.
            let asked = if algorithm.condition().is_some() { 4 * size.vertices } else { 0 };
            algorithm.need(size).max(projection_need(&algorithm.projection(), size)) + asked
        }
        Prepared::OnSnapshot(search) => {
            search.need(GraphSize { vertices: snapshot.vertex_bound().into(), edges, threads })
        }
    }
}

fn projection_need(spec: &ProjectionSpec, size: GraphSize) -> u64 {
    let per_arc = if spec.weight.is_some() { 24 } else { 8 };
    let arcs = size.edges * if spec.direction == Direction::Undirected { 2 } else { 1 };
    let listed = if spec.edges { size.edges * 32 } else { 0 };
    let ordered = if spec.pull_order { 4 * arcs + 28 * size.vertices } else { 0 };
    // One after another: what is finished is the projection's, not the job's.
    (arcs * per_arc).max(listed).max(ordered) + size.vertices * 12
}

fn run(ctx: &JobContext, graph: &Graph, prepared: &Prepared) -> Result<Outcome, AlgoError> {
    let started = Instant::now();
    let snapshot = graph.snapshot();
    // The schema may have changed since the request was checked.
    let selections = selections(&snapshot, &prepared.conditions())?;
    let outcome = match prepared {
        Prepared::OnProjection(algorithm) => {
            on_projection(ctx, graph, snapshot, algorithm.as_ref(), selections)
        }
        Prepared::OnSnapshot(search) => on_snapshot(ctx, &snapshot, search.as_ref(), &selections),
    }?;
    ctx.progress().scope(0.95, 1.0);
    ctx.phase("write result", 1.0, 1);
    Ok(outcome.with("runtime", Scalar::Real(started.elapsed().as_secs_f64())))
}

fn on_projection(
    ctx: &JobContext,
    graph: &Graph,
    snapshot: Arc<Snapshot>,
    algorithm: &dyn OnProjection,
    selections: Vec<Arc<dyn Selection>>,
) -> Result<Outcome, AlgoError> {
    let mut spec = algorithm.projection();
    // One for each condition, in the same order.
    let mut selections = selections.into_iter();
    let mut named = |condition: Option<&Condition>| {
        let condition = condition?;
        selections.next().map(|selection| NamedSelection::new(&condition.text(), selection))
    };
    spec.part = named(algorithm.condition());
    spec.marked_part = named(algorithm.marked());
    if !graph.projections().is_wanted(snapshot.version(), &spec)
        && let Some(outcome) = look(ctx, &snapshot, &spec, algorithm)
    {
        return outcome;
    }
    ctx.progress().scope(0.0, 0.2);
    ctx.phase("build projection", 1.0, snapshot.edge_count() * 2);
    let projection = graph.projection(ctx, &snapshot, &spec).map_err(|e| of_projection(e, algorithm))?;
    drop(snapshot);
    ctx.progress().scope(0.2, 0.95);
    algorithm.run(&projection, ctx)
}

/// Does without a projection, if the algorithm can. The next one on this version is worth building one.
fn look(
    ctx: &JobContext,
    snapshot: &Snapshot,
    spec: &ProjectionSpec,
    algorithm: &dyn OnProjection,
) -> Option<Result<Outcome, AlgoError>> {
    let selection = spec.part.as_ref().map(NamedSelection::get);
    ctx.progress().scope(0.0, 0.95);
    algorithm.look(&View { snapshot, selection }, ctx)
}

fn on_snapshot(
    ctx: &JobContext,
    snapshot: &Snapshot,
    search: &dyn OnSnapshot,
    selections: &[Arc<dyn Selection>],
) -> Result<Outcome, AlgoError> {
    ctx.progress().scope(0.0, 0.95);
    search.run(&Ground { snapshot, selections }, ctx)
}

fn of_projection(error: ProjectionError, algorithm: &dyn OnProjection) -> AlgoError {
    match error {
        ProjectionError::Stopped(stop) => AlgoError::Stopped(stop),
        ProjectionError::VertexProperty(_) => {
            let expected = "a vertex property of type string, enum or char array".to_owned();
            let takes = |name: &str| algorithm.info().params.iter().any(|p| p.name == name);
            AlgoError::Invalid { name: if takes("property") { "property" } else { "initial" }, expected }
        }
        ProjectionError::TimeProperty(_) => {
            let expected = "a property of type date, int or long".to_owned();
            AlgoError::Invalid { name: "timeWindow.filterName", expected }
        }
        _ => AlgoError::InvalidWeight { name: algorithm.projection().weight.unwrap_or_default() },
    }
}

/// What can be known without running: whether the schema has a place for the properties and filters asked for.
pub fn check(snapshot: &Snapshot, prepared: &Prepared) -> Result<(), AlgoError> {
    selections(snapshot, &prepared.conditions())?;
    match prepared {
        Prepared::OnProjection(algorithm) => {
            let spec = algorithm.projection();
            spec.check(snapshot).map_err(|e| of_projection(e, algorithm.as_ref()))
        }
        Prepared::OnSnapshot(_) => Ok(()),
    }
}

/// What conditions mean for the schema of a snapshot.
pub fn selections(
    snapshot: &Snapshot,
    conditions: &[&Condition],
) -> Result<Vec<Arc<dyn Selection>>, AlgoError> {
    let compiled = conditions.iter().map(|condition| {
        let filters = ElementFilters {
            vertex: filter(snapshot, "vertex_filter", condition.vertex.as_ref(), Target::Vertices)?,
            edge: filter(snapshot, "edge_filter", condition.edge.as_ref(), Target::Edges)?,
        };
        Ok(Arc::new(filters) as Arc<dyn Selection>)
    });
    compiled.collect()
}

fn filter(
    snapshot: &Snapshot,
    name: &'static str,
    given: Option<&Value>,
    target: Target,
) -> Result<Option<CompiledFilter>, AlgoError> {
    let compiled = given.map(|given| PropertyFilter::parse(given)?.compile(snapshot.schema(), target));
    compiled.transpose().map_err(|e| AlgoError::Filter { name, reason: e.to_string() })
}
