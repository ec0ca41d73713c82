//! Personalised PageRank: as pagerank, but every jump, also the one out of a vertex without outgoing
//! arcs, leads back to the source. Vertices out of its reach have rank 0.
//!
//! Source: Haveliwala: "Topic-Sensitive PageRank", WWW 2002, with one vertex as the topic. Work
//! O(rounds·(V + E)), memory as pagerank.

use super::walk::{Restart, walk_bytes};
use super::walking::{ALPHA, Walking};
use crate::algorithm::{Algorithm, GraphSize};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::per_vertex;
use crate::shared::{
    self, CONVERGED, CONVERGENCE, DIRECTED, ITERATIONS, LABELS, MAX_ITERATIONS, NUM_THREAD, SOURCE,
    SOURCE_OUT,
};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Projection, ProjectionSpec};

/// Personalised PageRank.
pub struct PersonalRank;

/// Parameters of [`PersonalRank`].
#[derive(Debug)]
pub struct Params {
    source: String,
    walking: Walking,
}

impl Algorithm for PersonalRank {
    type Params = Params;

    const INFO: Info = Info {
        name: "personalrank",
        aliases: &["personal_rank"],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "Importance of each vertex as seen from one vertex.",
        params: &[SOURCE, ALPHA, CONVERGENCE, MAX_ITERATIONS, DIRECTED, LABELS, NUM_THREAD],
        outputs: &[
            SOURCE_OUT,
            Output::new("personalrank", Shape::PerVertexReal, "Rank of each vertex; 0 where unreachable."),
            ITERATIONS,
            CONVERGED,
        ],
        source: "Haveliwala: Topic-Sensitive PageRank, WWW 2002",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { source: args.text(&SOURCE), walking: Walking::parse(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        params.walking.projection()
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        walk_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let source = shared::position(graph, &params.source)?;
        let (ranks, progress) = params.walking.run(ctx, graph, Restart::At(source))?;
        let rows = per_vertex(ctx, graph, Cells::Real(ranks.release().share()))?;
        let source = Scalar::Vertex(Some(graph.vertex(source)));
        Ok(progress.told(Outcome::of_list("personalrank", rows).with("source", source)))
    }
}
