//! Eigenvector centrality: a vertex is as central as those that point to it, summed. The principal
//! eigenvector of the adjacency matrix, of Euclidean length 1, by power iteration on A + I, which has the same
//! one and does not oscillate on two-sided graphs. Ends when Σ |change| < n·`convergence`, as NetworkX does.
//!
//! Source: Bonacich: "Power and Centrality: A Family of Measures", 1987. Work O(rounds·(V + E)), memory 16·V
//! bytes. Parallel edges count by number.

use super::power::{change, divide, length, pull};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Literal, Output, Param, Shape};
use crate::rows::{per_vertex, per_vertex_bytes, tabulate};
use crate::shared::{self, CONVERGED, DIRECTED, ITERATIONS, LABELS, NUM_THREAD};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Multiplicity, Projection, ProjectionSpec};

pub(super) const CONVERGENCE: Param = shared::CONVERGENCE.or(Literal::Real(0.000001));

pub(super) const MAX_ITERATIONS: Param = shared::MAX_ITERATIONS.or(Literal::Int(100));

/// Eigenvector centrality.
pub struct Eigenvector;

/// Parameters of [`Eigenvector`].
#[derive(Debug)]
pub struct Params {
    convergence: f64,
    max_iterations: u64,
    directed: bool,
    labels: Option<Vec<String>>,
}

impl Algorithm for Eigenvector {
    type Params = Params;

    const INFO: Info = Info {
        name: "eigenvector",
        aliases: &["eigenvector_centrality"],
        family: Family::Centrality,
        summary: "Importance of each vertex by the sum over those that point to it.",
        params: &[CONVERGENCE, MAX_ITERATIONS, DIRECTED, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("eigenvector", Shape::PerVertexReal, "Entry of each vertex."),
            ITERATIONS,
            CONVERGED,
        ],
        source: "Bonacich: Power and Centrality, 1987; NetworkX",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            convergence: args.real(&CONVERGENCE),
            max_iterations: args.int(&MAX_ITERATIONS).unsigned_abs(),
            directed: args.flag(&DIRECTED),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(shared::two_way(params.directed), Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        16 * size.vertices + per_vertex_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (arcs, len) = (Arcs::of(graph.incoming()), graph.len());
        let mut now = tabulate(ctx, len, |_| 1.0 / len as f64)?;
        let mut next = ctx.alloc(len, 0f64)?;
        ctx.phase("iterate", 0.98, params.max_iterations);
        let (mut iterations, mut converged) = (0, len == 0);
        while iterations < params.max_iterations && !converged {
            let x = &now[..];
            pull(ctx, arcs, x, &mut next, |v, sum| x[v] + sum)?;
            let length = length(ctx, &next)?;
            divide(ctx, &mut next, length)?;
            converged = change(ctx, &now, &next)? < len as f64 * params.convergence;
            std::mem::swap(&mut now, &mut next);
            iterations += 1;
            ctx.advance(1);
        }
        drop(next);
        let rows = per_vertex(ctx, graph, Cells::Real(now.release().share()))?;
        Ok(Outcome::of_list("eigenvector", rows)
            .with("iterations", Scalar::Int(iterations as i64))
            .with("converged", Scalar::Bool(converged)))
    }
}
