//! PageRank: the share of time that a walk spends at each vertex if it follows an arc with probability
//! alpha and jumps anywhere otherwise.
//!
//! rank(v) = (1−α)/n + α·(Σ rank(u)/outdeg(u) over u→v + dangling/n), where dangling is the rank of
//! vertices without outgoing arcs. Parallel edges count by number, self-loops stay.
//!
//! Source: Page, Brin, Motwani, Winograd: "The PageRank Citation Ranking", 1999; NetworkX's treatment of
//! dangling vertices. Work O(rounds·(V + E)), memory 16·V bytes; the projection has 20·V and 4 bytes an arc for its
//! order.

use super::walk::{Restart, Walk, walk_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::per_vertex;
use crate::shared::{self, CONVERGED, CONVERGENCE, DIRECTED, ITERATIONS, LABELS, MAX_ITERATIONS, NUM_THREAD};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Projection, ProjectionSpec};

pub(super) const ALPHA: Param = Param::new(
    "alpha",
    Kind::Real(Bounds::open(0.0, 1.0)),
    "Probability of following an edge rather than jumping.",
)
.or(Literal::Real(0.85));

/// PageRank.
pub struct PageRank;

/// Parameters of [`PageRank`].
#[derive(Debug)]
pub struct Params {
    alpha: f64,
    convergence: f64,
    max_iterations: u64,
    directed: bool,
    labels: Option<Vec<String>>,
}

impl Algorithm for PageRank {
    type Params = Params;

    const INFO: Info = Info {
        name: "pagerank",
        aliases: &["page_rank"],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "Importance of each vertex by the importance of those that point to it.",
        params: &[ALPHA, CONVERGENCE, MAX_ITERATIONS, DIRECTED, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("pagerank", Shape::PerVertexReal, "Rank of each vertex; all ranks sum to 1."),
            ITERATIONS,
            CONVERGED,
        ],
        source: "Page, Brin, Motwani, Winograd: The PageRank Citation Ranking, 1999",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
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
        let walk = Walk {
            alpha: params.alpha,
            convergence: params.convergence,
            max_iterations: params.max_iterations,
            restart: Restart::Uniform,
        };
        let ranks = walk.run(ctx, graph)?;
        let rows = per_vertex(ctx, graph, Cells::Real(ranks.rank.release().share()))?;
        Ok(Outcome::of_list("pagerank", rows)
            .with("iterations", Scalar::Int(ranks.iterations as i64))
            .with("converged", Scalar::Bool(ranks.converged)))
    }
}
