//! Harmonic centrality: the sum of inverse distances from all other vertices to a vertex; those that do not
//! reach it add nothing. Edges count both ways unless `directed`, which follows them towards the vertex, as
//! NetworkX does.
//!
//! Source: Boldi, Vigna: "Axioms for Centrality", 2014. Work and memory as closeness.

use super::closeness::SOURCE;
use super::distances::{Sums, sums_from, sums_from_all, sums_from_all_bytes, sums_from_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, check_weights};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Literal, Output, Param, Shape};
use crate::rows::{per_vertex, per_vertex_bytes};
use crate::shared::{self, LABELS, NUM_THREAD, SOURCE_OUT, WEIGHT};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Multiplicity, Projection, ProjectionSpec};

const DIRECTED: Param = shared::DIRECTED.or(Literal::Bool(false));

/// Harmonic centrality.
pub struct Harmonic;

/// Parameters of [`Harmonic`].
#[derive(Debug)]
pub struct Params {
    source: Option<String>,
    directed: bool,
    weight: Option<String>,
    labels: Option<Vec<String>>,
}

impl Algorithm for Harmonic {
    type Params = Params;

    const INFO: Info = Info {
        name: "harmonic",
        aliases: &["harmonic_centrality"],
        family: Family::Centrality,
        summary: "Sum of the inverse distances from all other vertices to each vertex.",
        params: &[SOURCE, DIRECTED, WEIGHT, LABELS, NUM_THREAD],
        outputs: &[
            Output::new(
                "harmonic",
                Shape::PerVertexReal,
                "Harmonic centrality of the source, or of each vertex without one.",
            ),
            SOURCE_OUT,
        ],
        source: "Boldi, Vigna: Axioms for Centrality, 2014; Then et al., VLDB 2014",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            source: args.text_if(&SOURCE).filter(|id| id != "*"),
            directed: args.flag(&DIRECTED),
            weight: args.property(&WEIGHT),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            weight: params.weight.clone(),
            ..shared::labelled(shared::two_way(params.directed), Multiplicity::Simple, params.labels.as_ref())
        }
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let is_weighted = params.weight.is_some();
        if params.source.is_some() {
            return sums_from_bytes(size.vertices, is_weighted);
        }
        sums_from_all_bytes(size.vertices, is_weighted, size.threads.max(1)) + per_vertex_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        // Distances to a vertex are those from it against the arcs.
        let (forward, backward) = (Arcs::of(graph.incoming()), Arcs::of(graph.out()));
        let value = |sums: Sums| sums.inverse;
        let Some(id) = &params.source else {
            ctx.phase("search from each", 0.98, graph.len() as u64);
            let values = sums_from_all(ctx, forward, backward, value)?;
            let rows = per_vertex(ctx, graph, Cells::Real(values.release().share()))?;
            return Ok(Outcome::of_list("harmonic", rows));
        };
        let source = shared::position(graph, id)?;
        check_weights(ctx, forward)?;
        ctx.phase("search", 0.98, graph.len() as u64);
        let sums = sums_from(ctx, forward, backward, source)?;
        Ok(Outcome::default()
            .with("harmonic", Scalar::Real(value(sums)))
            .with("source", Scalar::Vertex(Some(graph.vertex(source)))))
    }
}
