//! PageRank: the share of time that a walk spends at each vertex if it follows an arc with probability
//! alpha and jumps anywhere otherwise.
//!
//! rank(v) = (1−α)/n + α·(Σ rank(u)/outdeg(u) over u→v + dangling/n), where dangling is the rank of
//! vertices without outgoing arcs. Parallel edges count by number, self-loops stay.
//!
//! Source: Page, Brin, Motwani, Winograd: "The PageRank Citation Ranking", 1999; NetworkX's treatment of
//! dangling vertices. Work O(rounds·(V + E)), memory 16·V bytes; the projection has 20·V and 4 bytes an arc for its
//! order.

use super::walk::{Restart, walk_bytes};
use super::walking::{ALPHA, Walking};
use crate::algorithm::{Algorithm, GraphSize};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::per_vertex;
use crate::shared::{CONVERGED, CONVERGENCE, DIRECTED, ITERATIONS, LABELS, MAX_ITERATIONS, NUM_THREAD};
use gesso_core::{Cells, JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec};

/// PageRank.
pub struct PageRank;

/// Parameters of [`PageRank`].
#[derive(Debug)]
pub struct Params(Walking);

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
        Ok(Params(Walking::parse(args)))
    }

    fn projection(params: &Params) -> ProjectionSpec {
        params.0.projection()
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        walk_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (ranks, progress) = params.0.run(ctx, graph, Restart::Uniform)?;
        let rows = per_vertex(ctx, graph, Cells::Real(ranks.release().share()))?;
        Ok(progress.told(Outcome::of_list("pagerank", rows)))
    }
}
