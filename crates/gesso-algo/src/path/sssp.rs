//! Distances from one vertex to all that it reaches: in edges, or in sums of weights.
//!
//! Sources: Beamer, Asanović, Patterson, SC 2012, without weights; Meyer, Sanders, 2003, and Davidson et al.,
//! IPDPS 2014, with weights. Memory 16·V bytes without, 36·V with weights.

use super::bfs::{hops, hops_bytes};
use super::near_far::{distances, distances_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::{select, tabulate, to_vertices};
use crate::shared::{self, DIRECTED, NUM_THREAD, SOURCE, SOURCE_OUT, WEIGHT};
use gesso_core::{Cells, JobContext, Outcome, Rows, Scalar, Stop};
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
        source: "Beamer, Asanović, Patterson, SC 2012; Meyer, Sanders, 2003; Davidson et al., IPDPS 2014",
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
        let rows = if params.weight.is_some() {
            let distance = distances(ctx, Arcs::of(graph.out()), source)?;
            let at = |v: usize| f64::from_bits(distance[v]);
            reached(ctx, graph, |v| at(v) < f64::INFINITY, at)?
        } else {
            let (ahead, back) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()));
            let hops = hops(ctx, ahead, back, source, u32::MAX - 1)?.hops;
            reached(ctx, graph, |v| hops[v] != 0, |v| f64::from(hops[v] - 1))?
        };
        let source = Scalar::Vertex(Some(graph.vertex(source)));
        Ok(Outcome::of_list("distance", rows).with("source", source))
    }
}

/// Rows about the positions that are reached.
fn reached(
    ctx: &JobContext,
    graph: &Projection,
    is_reached: impl Fn(usize) -> bool + Sync,
    distance: impl Fn(usize) -> f64 + Sync,
) -> Result<Rows, Stop> {
    let mut vertices = select(ctx, graph.len(), is_reached)?;
    let cells = tabulate(ctx, vertices.len(), |i| distance(vertices[i] as usize))?;
    to_vertices(ctx, graph, &mut vertices)?;
    Ok(Rows::PerVertex { vertices: vertices.release().share(), cells: Cells::Real(cells.release().share()) })
}
