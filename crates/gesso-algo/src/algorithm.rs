//! What an algorithm is to the compiler, and the facade behind which all look alike.

use crate::args::Args;
use crate::error::AlgoError;
use crate::info::Info;
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec};
use serde_json::{Map, Value};

/// Size of the graph that a run is planned for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraphSize {
    /// Number of vertices.
    pub vertices: u64,
    /// Number of edges, parallel ones counted by themselves.
    pub edges: u64,
    /// Threads that the run may use: scratch memory is per thread.
    pub threads: u64,
}

/// One algorithm. `run` is a function of its arguments: no globals, clock, environment or threads of
/// its own, and the same answer for any number of threads.
pub trait Algorithm: 'static {
    /// Parameters, valid once they exist.
    type Params: Send + Sync + 'static;

    /// The declaration.
    const INFO: Info;

    /// Turns arguments that are each within their range into parameters; checks what concerns several.
    fn parse(args: &Args) -> Result<Self::Params, AlgoError>;

    /// The projection that the run sees.
    fn projection(params: &Self::Params) -> ProjectionSpec;

    /// Upper bound of the bytes that the run takes from its account, beyond the projection.
    fn need(params: &Self::Params, size: GraphSize) -> u64;

    /// Computes the result. Fails with [`AlgoError::Stopped`] soon after the job is stopped.
    fn run(params: &Self::Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError>;
}

/// An algorithm with its parameters, ready to run.
pub trait Prepared: Send + Sync {
    /// The declaration.
    fn info(&self) -> &'static Info;

    /// The projection that [`Prepared::run`] is to be given.
    fn projection(&self) -> ProjectionSpec;

    /// Upper bound of the bytes that the run takes from its account, beyond the projection.
    fn need(&self, size: GraphSize) -> u64;

    /// Computes the result; the caller adds `runtime`.
    fn run(&self, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError>;
}

struct Bound<A: Algorithm>(A::Params);

impl<A: Algorithm> Prepared for Bound<A> {
    fn info(&self) -> &'static Info {
        const { &A::INFO }
    }

    fn projection(&self) -> ProjectionSpec {
        A::projection(&self.0)
    }

    fn need(&self, size: GraphSize) -> u64 {
        A::need(&self.0, size)
    }

    fn run(&self, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        ctx.checkpoint()?;
        let outcome = A::run(&self.0, graph, ctx)?;
        // Whatever rounds an early end saved are done as well.
        ctx.phase("finish", 1.0, 0);
        Ok(outcome)
    }
}

/// Reads parameters and binds them to their algorithm.
pub(crate) fn prepare<A: Algorithm>(given: &Map<String, Value>) -> Result<Box<dyn Prepared>, AlgoError> {
    let args = Args::read(const { &A::INFO }, given)?;
    Ok(Box::new(Bound::<A>(A::parse(&args)?)))
}
