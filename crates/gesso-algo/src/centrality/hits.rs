//! Hubs and authorities: a good hub points to good authorities, and those are pointed to by good hubs.
//! a = Aᵀh, h = A·a, each scaled to sum 1, until Σ |change of h| < `convergence`.
//!
//! Source: Kleinberg: "Authoritative sources in a hyperlinked environment", 1999. Work O(rounds·(V + E)), memory
//! 32·V bytes. Parallel edges count by number; without edges all values are 0.

use super::power::{CONVERGENCE, MAX_ITERATIONS, Rounds, divide, pull, scale};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::{per_vertex, tabulate};
use crate::shared::{CONVERGED, DIRECTED, ITERATIONS, LABELS, NUM_THREAD};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Projection, ProjectionSpec};

/// Hubs and authorities.
pub struct Hits;

impl Algorithm for Hits {
    type Params = Rounds;

    const INFO: Info = Info {
        name: "hits",
        aliases: &[],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "How good each vertex is at pointing to good ones, and at being pointed to.",
        params: &[CONVERGENCE, MAX_ITERATIONS, DIRECTED, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("hits", Shape::PerVertexVector, "Hub value and authority value of each vertex."),
            ITERATIONS,
            CONVERGED,
        ],
        source: "Kleinberg: Authoritative sources in a hyperlinked environment, 1999",
    };

    fn parse(args: &Args) -> Result<Rounds, AlgoError> {
        Ok(Rounds::parse(args))
    }

    fn projection(rounds: &Rounds) -> ProjectionSpec {
        rounds.projection()
    }

    fn need(_: &Rounds, size: GraphSize) -> u64 {
        32 * size.vertices
    }

    fn run(rounds: &Rounds, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (out, incoming, len) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()), graph.len());
        let mut hubs = tabulate(ctx, len, |_| 1.0 / len as f64)?;
        let mut next = ctx.alloc(len, 0f64)?;
        let mut authorities = ctx.alloc(len, 0f64)?;
        ctx.phase("iterate", 0.98, rounds.max_iterations);
        let (mut iterations, mut converged, mut strength) = (0, len == 0, 0.0);
        while iterations < rounds.max_iterations && !converged {
            // Scaled after the last round: meanwhile the hubs, which are sums of them, are.
            strength = pull(ctx, incoming, &hubs, &mut authorities, |_, sum| sum, |_, y| y)?;
            let sum = pull(ctx, out, &authorities, &mut next, |_, sum| sum, |_, y| y)?;
            converged = scale(ctx, &hubs, &mut next, sum)? < rounds.convergence;
            std::mem::swap(&mut hubs, &mut next);
            iterations += 1;
            ctx.advance(1);
        }
        drop(next);
        divide(ctx, &mut authorities, strength)?;
        let values = tabulate(ctx, 2 * len, |i| if i % 2 == 0 { hubs[i / 2] } else { authorities[i / 2] })?;
        drop((hubs, authorities));
        let cells = Cells::Vector { dim: 2, values: values.release().share() };
        Ok(Outcome::of_list("hits", per_vertex(ctx, graph, cells)?)
            .with("iterations", Scalar::Int(iterations as i64))
            .with("converged", Scalar::Bool(converged)))
    }
}
