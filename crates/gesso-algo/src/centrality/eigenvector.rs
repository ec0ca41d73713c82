//! Eigenvector centrality: a vertex is as central as those that point to it, summed. The principal
//! eigenvector of the adjacency matrix, of Euclidean length 1, by power iteration on A + I, which has the same
//! one and does not oscillate on two-sided graphs. Ends when Σ |change| < n·`convergence`, as NetworkX does.
//!
//! Source: Bonacich: "Power and Centrality: A Family of Measures", 1987. Work O(rounds·(V + E)), memory 16·V
//! bytes. Parallel edges count by number.

use super::power::{CONVERGENCE, MAX_ITERATIONS, Rounds, pull, scale};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::{per_vertex, tabulate};
use crate::shared::{CONVERGED, DIRECTED, ITERATIONS, LABELS, NUM_THREAD};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Projection, ProjectionSpec};

/// Eigenvector centrality.
pub struct Eigenvector;

impl Algorithm for Eigenvector {
    type Params = Rounds;

    const INFO: Info = Info {
        name: "eigenvector",
        aliases: &["eigenvector_centrality"],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "Importance of each vertex by the sum over those that point to it.",
        params: &[CONVERGENCE, MAX_ITERATIONS, DIRECTED, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("eigenvector", Shape::PerVertexReal, "Entry of each vertex."),
            ITERATIONS,
            CONVERGED,
        ],
        source: "Bonacich: Power and Centrality, 1987; NetworkX",
    };

    fn parse(args: &Args) -> Result<Rounds, AlgoError> {
        Ok(Rounds::parse(args))
    }

    fn projection(rounds: &Rounds) -> ProjectionSpec {
        rounds.to_pull()
    }

    fn need(_: &Rounds, size: GraphSize) -> u64 {
        16 * size.vertices
    }

    fn run(rounds: &Rounds, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let order = graph.pull_order().cloned().unwrap_or_default();
        let (arcs, len) = (Arcs::new(&order.offsets, &order.sources, None), graph.len());
        let mut now = tabulate(ctx, len, |_| 1.0 / len as f64)?;
        let mut next = ctx.alloc(len, 0f64)?;
        ctx.phase("iterate", 0.98, rounds.max_iterations);
        let (mut iterations, mut converged) = (0, len == 0);
        while iterations < rounds.max_iterations && !converged {
            let x = &now[..];
            let squares = pull(ctx, arcs, x, &mut next, |v, sum| x[v] + sum, |_, y| y * y)?;
            converged = scale(ctx, x, &mut next, squares.sqrt())? < len as f64 * rounds.convergence;
            std::mem::swap(&mut now, &mut next);
            iterations += 1;
            ctx.advance(1);
        }
        drop(next);
        let entries = order.by_position(ctx, &now)?;
        drop(now);
        let rows = per_vertex(ctx, graph, Cells::Real(entries.release().share()))?;
        Ok(Outcome::of_list("eigenvector", rows)
            .with("iterations", Scalar::Int(iterations as i64))
            .with("converged", Scalar::Bool(converged)))
    }
}
