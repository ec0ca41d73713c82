//! Distances from one vertex to all that it reaches: in edges, or in sums of weights.
//!
//! Sources: Beamer, Asanović, Patterson, SC 2012, without weights; Meyer, Sanders, 2003, and Zhang et al.,
//! CGO 2020, with weights. Memory 16·V bytes without, 36·V with weights.

use super::bfs::{hops, hops_bytes};
use super::delta_stepping::{distances_bytes, search};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::picked;
use crate::shared::{self, DIRECTED, NUM_THREAD, SOURCE, SOURCE_OUT, WEIGHT};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Direction, Projection, ProjectionSpec};

/// Single-source shortest distances.
pub struct Sssp;

/// Parameters of [`Sssp`].
#[derive(Debug)]
pub struct Params {
    source: String,
    directed: bool,
    weight: Option<String>,
}

impl Algorithm for Sssp {
    type Params = Params;

    const INFO: Info = Info {
        name: "sssp",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "Distance from one vertex to each vertex it reaches.",
        params: &[SOURCE, DIRECTED, WEIGHT, NUM_THREAD],
        outputs: &[
            SOURCE_OUT,
            Output::new("distance", Shape::PerVertexReal, "Distance of each vertex that is reached."),
        ],
        source: "Beamer, Asanović, Patterson, SC 2012; Meyer, Sanders, 2003; Zhang et al., CGO 2020",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            source: args.text(&SOURCE),
            directed: args.flag(&DIRECTED),
            weight: args.property(&WEIGHT),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        let direction = match (params.directed, &params.weight) {
            (true, Some(_)) => Direction::Outgoing,
            (directed, _) => shared::two_way(directed),
        };
        ProjectionSpec { direction, weight: params.weight.clone(), ..ProjectionSpec::default() }
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        // Afterwards distances beside the two columns of the result.
        let (search, distance) = if params.weight.is_some() {
            (distances_bytes(size.vertices), 8)
        } else {
            (hops_bytes(size.vertices), 4)
        };
        search.max((distance + 4 + 8) * size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let source = shared::position(graph, &params.source)?;
        let (ahead, back) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()));
        let rows = if let Some(weights) = ahead.weights() {
            ctx.phase("search", 0.95, graph.len() as u64);
            let distance = search(ctx, (ahead, back), weights, source)?;
            let at = |v: usize| f64::from_bits(distance[v]);
            picked(ctx, graph, |v| at(v) < f64::INFINITY, at, Cells::Real)?
        } else {
            let hops = hops(ctx, ahead, back, source, u32::MAX - 1)?.hops;
            picked(ctx, graph, |v| hops[v] != 0, |v| f64::from(hops[v].wrapping_sub(1)), Cells::Real)?
        };
        let source = Scalar::Vertex(Some(graph.vertex(source)));
        Ok(Outcome::of_list("distance", rows).with("source", source))
    }
}
