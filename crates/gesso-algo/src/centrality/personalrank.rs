//! Personalised PageRank: as pagerank, but every jump, also the one out of a vertex without outgoing
//! arcs, leads back to the source. Vertices out of its reach have rank 0.
//!
//! Source: Haveliwala: "Topic-Sensitive PageRank", WWW 2002, with one vertex as the topic. Work
//! O(rounds·(V + E)), memory as pagerank.

use super::pagerank::ALPHA;
use super::walk::{Restart, Walk, walk_bytes};
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
    alpha: f64,
    convergence: f64,
    max_iterations: u64,
    directed: bool,
    labels: Option<Vec<String>>,
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
        Ok(Params {
            source: args.text(&SOURCE),
            alpha: args.real(&ALPHA),
            convergence: args.real(&CONVERGENCE),
            max_iterations: args.int(&MAX_ITERATIONS).unsigned_abs(),
            directed: args.flag(&DIRECTED),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::to_pull(params.directed, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        walk_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let source = shared::position(graph, &params.source)?;
        let walk = Walk {
            alpha: params.alpha,
            convergence: params.convergence,
            max_iterations: params.max_iterations,
            restart: Restart::At(source),
        };
        let ranks = walk.run(ctx, graph)?;
        let rows = per_vertex(ctx, graph, Cells::Real(ranks.rank.release().share()))?;
        Ok(Outcome::of_list("personalrank", rows)
            .with("source", Scalar::Vertex(Some(graph.vertex(source))))
            .with("iterations", Scalar::Int(ranks.iterations as i64))
            .with("converged", Scalar::Bool(ranks.converged)))
    }
}
