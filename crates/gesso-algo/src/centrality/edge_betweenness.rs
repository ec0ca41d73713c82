//! Betweenness of edges: on how many shortest paths an edge lies, split among equally short ones. Pairs,
//! scaling and ties as in betweenness; of parallel edges that of lowest index has the value, the others 0.
//!
//! Source: Brandes: "On variants of shortest-path betweenness centrality and their generic computation",
//! 2008. Work O(sources·(V + E)), with weights O(sources·(E + V·log V)); memory 28·V + 8·E bytes, with
//! weights 36·V + 8·E.

use super::brandes::{Brandes, Wanted};
use super::edge_scores::{EdgeScores, edge_scores_bytes, first_of_parallel_bytes};
use super::path_counts::{PARAMS, Params};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::edge_rows::all_edges;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec};

/// Betweenness of edges.
pub struct EdgeBetweenness;

impl Algorithm for EdgeBetweenness {
    type Params = Params;

    const INFO: Info = Info {
        name: "edge_betweenness",
        aliases: &["edge_betweenness_centrality"],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "How many shortest paths lead through each edge.",
        params: PARAMS,
        outputs: &[Output::new(
            "betweenness",
            Shape::Edges,
            "Every edge with the pairs of vertices that it lies between, not normalised.",
        )],
        source: "Brandes: On variants of shortest-path betweenness centrality, 2008",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params::parse(args))
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec { edges: true, ..params.projection() }
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let sweeps = params.sweeps_bytes(size.vertices);
        let arcs = if params.directed { size.edges } else { 2 * size.edges };
        edge_scores_bytes(size.edges) + sweeps.max(first_of_parallel_bytes(arcs))
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let sources = params.sources(ctx, graph)?;
        let arcs = Arcs::of(graph.out());
        let edges = graph.edges().cloned().unwrap_or_default();
        let mut scores = EdgeScores::new(ctx, arcs, &edges, !params.directed)?;
        let mut brandes = Brandes::new(ctx, arcs, Arcs::of(graph.incoming()))?;
        ctx.phase("count paths", 0.9, 3 * (graph.len() * sources.count()) as u64);
        for source in sources.iter() {
            brandes.source(source, Wanted::Each(1.0), |_, _| ())?;
            scores.add(&brandes, false)?;
        }
        drop(brandes);
        let values = scores.scaled(sources.scale(params.directed))?;
        let rows = all_edges(graph, "betweenness", values);
        Ok(Outcome::of_list("betweenness", rows))
    }
}
