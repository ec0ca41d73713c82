//! Harmonic centrality: the sum of inverse distances from all other vertices to a vertex; those that do not
//! reach it add nothing. Edges count both ways unless `directed`, which follows them towards the vertex, as
//! NetworkX does.
//!
//! Source: Boldi, Vigna: "Axioms for Centrality", 2014. Work and memory as closeness.

use super::nearness::{PARAMS, Params};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::shared::SOURCE_OUT;
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec};

/// Harmonic centrality.
pub struct Harmonic;

impl Algorithm for Harmonic {
    type Params = Params;

    const INFO: Info = Info {
        name: "harmonic",
        aliases: &["harmonic_centrality"],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "Sum of the inverse distances from all other vertices to each vertex.",
        params: PARAMS,
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
        Ok(Params::parse(args))
    }

    fn projection(params: &Params) -> ProjectionSpec {
        params.projection()
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        params.need(size)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        // Distances to a vertex are those from it against the arcs.
        let arcs = [graph.incoming(), graph.out()].map(Arcs::of);
        params.run(ctx, graph, arcs, "harmonic", |sums| sums.inverse)
    }
}
