//! Katz centrality: the walks that end at a vertex, each step counting `alpha`, and `beta` to begin with:
//! x = α·Aᵀx + β, scaled to Euclidean length 1. There is an answer only while `alpha` is below the
//! inverse of the largest eigenvalue; beyond, the iteration grows and the run fails. Ends when Σ |change| <
//! n·`convergence`, as NetworkX does.
//!
//! Source: Katz: "A New Status Index Derived from Sociometric Analysis", 1953. Work O(rounds·(V + E)), memory
//! 16·V bytes. Parallel edges count by number.

use super::power::{CONVERGENCE, MAX_ITERATIONS, Rounds, normalise, pull};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::per_vertex;
use crate::shared::{CONVERGED, DIRECTED, ITERATIONS, LABELS, NUM_THREAD};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Projection, ProjectionSpec};

const ALPHA: Param = Param::new("alpha", Kind::Real(Bounds::above(0.0)), "What each step of a walk counts.")
    .or(Literal::Real(0.1))
    // Small enough for graphs with hubs.
    .example(Literal::Real(0.0001));

const BETA: Param = Param::new("beta", Kind::Real(Bounds::above(0.0)), "What each vertex has by itself.")
    .or(Literal::Real(1.0));

/// Growth beyond which an iteration is taken to diverge.
const HUGE: f64 = 1e200;

/// Katz centrality.
pub struct Katz;

/// Parameters of [`Katz`].
#[derive(Debug)]
pub struct Params {
    alpha: f64,
    beta: f64,
    rounds: Rounds,
}

impl Algorithm for Katz {
    type Params = Params;

    const INFO: Info = Info {
        name: "katz",
        aliases: &["katz_centrality"],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "Importance of each vertex by the walks that end there, longer ones counting less.",
        params: &[ALPHA, BETA, CONVERGENCE, MAX_ITERATIONS, DIRECTED, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("katz", Shape::PerVertexReal, "Centrality of each vertex."),
            ITERATIONS,
            CONVERGED,
        ],
        source: "Katz: A New Status Index Derived from Sociometric Analysis, 1953; NetworkX",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { alpha: args.real(&ALPHA), beta: args.real(&BETA), rounds: Rounds::parse(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        params.rounds.to_pull()
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        16 * size.vertices
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let order = graph.pull_order().cloned().unwrap_or_default();
        let (arcs, len) = (Arcs::new(&order.offsets, &order.sources, None), graph.len());
        let mut now = ctx.alloc(len, 0f64)?;
        let mut next = ctx.alloc(len, 0f64)?;
        ctx.phase("iterate", 0.98, params.rounds.max_iterations);
        let (mut iterations, mut converged) = (0, len == 0);
        while iterations < params.rounds.max_iterations && !converged {
            let x = &now[..];
            let grow = |_, sum| params.alpha * sum + params.beta;
            let change = pull(ctx, arcs, x, &mut next, grow, |v, y| (y - x[v]).abs())?;
            if change.is_nan() || change > HUGE {
                return Err(AlgoError::Diverges { name: ALPHA.name });
            }
            converged = change < len as f64 * params.rounds.convergence;
            std::mem::swap(&mut now, &mut next);
            iterations += 1;
            ctx.advance(1);
        }
        drop(next);
        normalise(ctx, &mut now)?;
        let entries = order.by_position(ctx, &now)?;
        drop(now);
        let rows = per_vertex(ctx, graph, Cells::Real(entries.release().share()))?;
        Ok(Outcome::of_list("katz", rows)
            .with("iterations", Scalar::Int(iterations as i64))
            .with("converged", Scalar::Bool(converged)))
    }
}
