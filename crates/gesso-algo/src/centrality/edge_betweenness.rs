//! Betweenness of edges: on how many shortest paths an edge lies, split among equally short ones. Pairs,
//! scaling and ties as in betweenness; of parallel edges that of lowest index has the value, the others 0.
//!
//! Source: Brandes: "On variants of shortest-path betweenness centrality and their generic computation",
//! 2008. Work O(sources·(V + E)), with weights O(sources·(E + V·log V)); memory 40·V + 8·E bytes, with
//! weights 60·V + 8·E.

use super::arc_scores::{ArcScores, arc_scores_bytes};
use super::betweenness::scale;
use super::brandes::{Brandes, Demand, brandes_bytes};
use super::sample::{K, SEEDS, Sample};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::edge_rows::{all_edges, all_edges_bytes};
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::shared::{self, DIRECTED, LABELS, NUM_THREAD, SEED, WEIGHT};
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Multiplicity, Projection, ProjectionSpec};

/// Betweenness of edges.
pub struct EdgeBetweenness;

/// Parameters of [`EdgeBetweenness`].
#[derive(Debug)]
pub struct Params {
    directed: bool,
    weight: Option<String>,
    sample: Sample,
    labels: Option<Vec<String>>,
}

impl Algorithm for EdgeBetweenness {
    type Params = Params;

    const INFO: Info = Info {
        name: "edge_betweenness",
        aliases: &["edge_betweenness_centrality"],
        family: Family::Centrality,
        summary: "How many shortest paths lead through each edge.",
        params: &[DIRECTED, WEIGHT, SEEDS, K, SEED, LABELS, NUM_THREAD],
        outputs: &[Output::new(
            "betweenness",
            Shape::Edges,
            "Every edge with the pairs of vertices that it lies between, not normalised.",
        )],
        source: "Brandes: On variants of shortest-path betweenness centrality, 2008",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            directed: args.flag(&DIRECTED),
            weight: args.property(&WEIGHT),
            sample: Sample::of(args),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            weight: params.weight.clone(),
            edges: true,
            ..shared::labelled(shared::two_way(params.directed), Multiplicity::Simple, params.labels.as_ref())
        }
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let sweeps = brandes_bytes(size.vertices, params.weight.is_some());
        arc_scores_bytes(size.vertices, size.edges) + sweeps.max(all_edges_bytes(size.edges) + size.edges / 8)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let len = graph.len();
        let sample = params.sample.positions(ctx, graph)?;
        let count = sample.as_ref().map_or(len, Vec::len);
        let arcs = Arcs::of(graph.out());
        let mut scores = ArcScores::new(ctx, arcs, !params.directed)?;
        let mut brandes = Brandes::new(ctx, arcs, Arcs::of(graph.incoming()))?;
        ctx.phase("count paths", 0.9, 3 * (len * count) as u64);
        for i in 0..count {
            let source = sample.as_ref().map_or(i as u32, |chosen| chosen[i]);
            brandes.source(source, Demand::Each, |_, _| ())?;
            scores.add(ctx, arcs, &brandes, false)?;
        }
        drop(brandes);
        let scale = scale(len, count, params.directed);
        let edges = graph.edges().cloned().unwrap_or_default();
        let values = scores.of_edges(ctx, arcs, &edges, scale)?;
        drop(scores);
        let rows = all_edges(ctx, graph, "betweenness", values)?;
        Ok(Outcome::of_list("betweenness", rows))
    }
}
