//! What pagerank, personalrank and topicrank take, and what they tell of their walk.

use super::walk::{Restart, Walk};
use crate::args::Args;
use crate::info::{Bounds, Kind, Literal, Param};
use crate::shared::{self, CONVERGENCE, DIRECTED, MAX_ITERATIONS};
use gesso_core::{Buf, JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Projection, ProjectionSpec};

pub(super) const ALPHA: Param = Param::new(
    "alpha",
    Kind::Real(Bounds::open(0.0, 1.0)),
    "Probability of following an edge rather than jumping.",
)
.or(Literal::Real(0.85));

/// How a request wants walks to run.
#[derive(Debug)]
pub(super) struct Walking {
    alpha: f64,
    convergence: f64,
    max_iterations: u64,
    directed: bool,
    labels: Option<Vec<String>>,
}

/// How far a walk came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// Rounds computed.
    pub(super) iterations: u64,
    /// Whether the last change was below the bound.
    pub(super) converged: bool,
}

impl Walking {
    pub(super) fn parse(args: &Args) -> Walking {
        Walking {
            alpha: args.real(&ALPHA),
            convergence: args.real(&CONVERGENCE),
            max_iterations: args.int(&MAX_ITERATIONS).unsigned_abs(),
            directed: args.flag(&DIRECTED),
            labels: shared::labels(args),
        }
    }

    pub(super) fn projection(&self) -> ProjectionSpec {
        shared::to_pull(self.directed, self.labels.as_ref())
    }

    /// Walks until ranks stop changing. Returns the rank of each position.
    pub(super) fn run(
        &self,
        ctx: &JobContext,
        graph: &Projection,
        restart: Restart<'_>,
    ) -> Result<(Buf<f64>, Progress), Stop> {
        let Walking { alpha, convergence, max_iterations, .. } = *self;
        Walk { alpha, convergence, max_iterations, restart }.run(ctx, graph)
    }
}

impl Progress {
    /// Adds what it says to a result.
    pub(super) fn told(self, outcome: Outcome) -> Outcome {
        outcome
            .with("iterations", Scalar::Int(self.iterations as i64))
            .with("converged", Scalar::Bool(self.converged))
    }
}
