//! Closeness: how near a vertex is to those that it reaches.
//!
//! closeness(v) = r/Σd · r/(n − 1), where r is the number of other vertices reached and Σd the sum of
//! their distances; 0 where nothing is reached. Edges count both ways unless `directed`, which follows
//! them from the vertex outward. On connected graphs it is the inverse mean distance.
//!
//! Source: Wasserman, Faust: "Social Network Analysis", 1994. Work O(V + E) for one vertex; for all O(V·E)
//! with 64 searches sharing their steps. Memory 16·V bytes for one, 12·V and 32·V a thread for all.

use super::distances::Sums;
use super::nearness::{PARAMS, Params};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::shared::SOURCE_OUT;
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec};

/// Closeness.
pub struct Closeness;

impl Algorithm for Closeness {
    type Params = Params;

    const INFO: Info = Info {
        name: "closeness",
        aliases: &["closeness_centrality"],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "How near each vertex is to those that it reaches.",
        params: PARAMS,
        outputs: &[
            Output::new(
                "closeness",
                Shape::PerVertexReal,
                "Closeness of the source, or of each vertex without one.",
            ),
            SOURCE_OUT,
        ],
        source: "Wasserman, Faust: Social Network Analysis, 1994; Then et al., VLDB 2014",
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
        let arcs = [graph.out(), graph.incoming()].map(Arcs::of);
        let others = graph.len().saturating_sub(1) as f64;
        params.run(ctx, graph, arcs, "closeness", |sums: Sums| {
            let reached = sums.reached as f64;
            if sums.reached == 0 { 0.0 } else { reached / sums.distance * (reached / others) }
        })
    }
}
