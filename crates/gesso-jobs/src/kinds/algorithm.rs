//! `algorithm`: any algorithm of the registry.

use super::Work;
use crate::error::Failure;
use crate::kind::Kind;
use gesso_algo::{AlgoError, GraphSize, Prepared};
use gesso_core::{Code, JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Graph, Multiplicity, ProjectionError, Snapshot};
use std::sync::Arc;
use std::time::Instant;

/// Runs a prepared algorithm on the graph as it is when the job starts.
pub fn work(graph: Arc<Graph>, prepared: Box<dyn Prepared>, threads: usize) -> Work {
    let need = need(&graph.snapshot(), prepared.as_ref(), threads);
    Work::new(Kind::Algorithm, need, move |ctx| {
        let name = prepared.info().name;
        run(ctx, &graph, prepared.as_ref()).map_err(|e| match e {
            AlgoError::Stopped(stop) if stop != Stop::Memory => stop.into(),
            reason => Failure::new(Code::Algorithm, reason.message(name)),
        })
    })
}

/// Bytes of the run and of a projection that has to be built first.
fn need(snapshot: &Snapshot, prepared: &dyn Prepared, threads: usize) -> u64 {
    let size = GraphSize {
        vertices: snapshot.vertex_count(),
        edges: snapshot.edge_count(),
        threads: threads as u64,
    };
    let spec = prepared.projection();
    let per_arc = if spec.weight.is_some() { 24 } else { 8 };
    let arcs = size.edges * if spec.multiplicity == Multiplicity::Simple { 2 } else { 1 };
    let listed = if spec.edges { size.edges * 32 } else { 0 };
    prepared.need(size).max(arcs * per_arc + listed + size.vertices * 12)
}

fn run(ctx: &JobContext, graph: &Graph, prepared: &dyn Prepared) -> Result<Outcome, AlgoError> {
    let started = Instant::now();
    let snapshot = graph.snapshot();
    ctx.progress().scope(0.0, 0.2);
    ctx.phase("build projection", 1.0, snapshot.edge_count() * 2);
    let spec = prepared.projection();
    let projection = graph.projection(ctx, &snapshot, &spec).map_err(|e| of_projection(e, prepared))?;
    drop(snapshot);
    ctx.progress().scope(0.2, 0.95);
    let outcome = prepared.run(&projection, ctx)?;
    ctx.progress().scope(0.95, 1.0);
    ctx.phase("write result", 1.0, 1);
    Ok(outcome.with("runtime", Scalar::Real(started.elapsed().as_secs_f64())))
}

fn of_projection(error: ProjectionError, prepared: &dyn Prepared) -> AlgoError {
    match error {
        ProjectionError::Stopped(stop) => AlgoError::Stopped(stop),
        ProjectionError::VertexProperty(_) => {
            let expected = "a vertex property of type string, enum or char array".to_owned();
            let takes = |name: &str| prepared.info().params.iter().any(|p| p.name == name);
            AlgoError::Invalid { name: if takes("property") { "property" } else { "initial" }, expected }
        }
        ProjectionError::TimeProperty(_) => {
            let expected = "a property of type date, int or long".to_owned();
            AlgoError::Invalid { name: "timeWindow.filterName", expected }
        }
        _ => AlgoError::InvalidWeight { name: prepared.projection().weight.unwrap_or_default() },
    }
}

/// What can be known of a weight without running: whether it is declared, and numeric.
pub fn check_weight(snapshot: &Snapshot, prepared: &dyn Prepared) -> Result<(), AlgoError> {
    let spec = prepared.projection();
    let Some(name) = &spec.weight else { return Ok(()) };
    let mut declared = snapshot.schema().labels().filter_map(|l| l.property(name)).peekable();
    let fine =
        (spec.weight_may_lack || declared.peek().is_some()) && declared.all(|p| p.data_type.is_numeric());
    if fine { Ok(()) } else { Err(AlgoError::InvalidWeight { name: name.clone() }) }
}
