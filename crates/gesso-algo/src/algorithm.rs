//! What an algorithm is to the compiler, and the facade behind which all look alike.
//!
//! There are two forms. An [`Algorithm`] runs on a projection: plain arrays over the whole graph or a part of it,
//! made once and kept. A [`Search`] looks at a snapshot through conditions as it goes, edge by edge: nothing is
//! built for it, and it costs what it touches.

use crate::args::{Args, Mode};
use crate::condition::Condition;
use crate::error::AlgoError;
use crate::info::Info;
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec, Selection, Snapshot};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Size of the graph that a run is planned for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraphSize {
    /// Number of vertices; for a [`Search`] the bound of their numbers.
    pub vertices: u64,
    /// Number of edges, parallel ones counted by themselves.
    pub edges: u64,
    /// Threads that the run may use: scratch memory is per thread.
    pub threads: u64,
}

/// One algorithm on a projection. `run` is a function of its arguments: no globals, clock, environment or threads
/// of its own, and the same answer for any number of threads.
pub trait Algorithm: 'static {
    /// Parameters, valid once they exist.
    type Params: Send + Sync + 'static;

    /// The declaration.
    const INFO: Info;

    /// Turns arguments that are each within their range into parameters; checks what concerns several.
    fn parse(args: &Args) -> Result<Self::Params, AlgoError>;

    /// The projection that the run sees.
    fn projection(params: &Self::Params) -> ProjectionSpec;

    /// True if a condition on vertices is about what is listed, not about what the run sees. The projection marks
    /// the vertices that pass then.
    fn filters_list(_params: &Self::Params) -> bool {
        false
    }

    /// Upper bound of the bytes that the run takes from its account, beyond the projection. What an enumeration
    /// lists, which nobody knows before, comes on top as it grows.
    fn need(params: &Self::Params, size: GraphSize) -> u64;

    /// Computes the result. Fails with [`AlgoError::Stopped`] soon after the job is stopped.
    fn run(params: &Self::Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError>;

    /// The same answer by looking at a snapshot, for searches that touch little of it: cheaper than a projection
    /// that has to be built first. None if the run needs a projection.
    fn look(
        _params: &Self::Params,
        _view: &View<'_>,
        _ctx: &JobContext,
    ) -> Option<Result<Outcome, AlgoError>> {
        None
    }
}

/// A snapshot, or the part of it that passes a condition.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The graph.
    pub snapshot: &'a Snapshot,
    /// What the condition became for its schema, if there is one.
    pub selection: Option<&'a dyn Selection>,
}

/// One algorithm on a snapshot seen through conditions. What [`Algorithm`] promises holds here, too.
pub trait Search: 'static {
    /// Parameters, valid once they exist.
    type Params: Send + Sync + 'static;

    /// The declaration.
    const INFO: Info;

    /// Turns arguments that are each within their range into parameters; checks what concerns several.
    fn parse(args: &Args) -> Result<Self::Params, AlgoError>;

    /// The conditions that the run is given compiled, in this order.
    fn conditions(params: &Self::Params) -> Vec<&Condition>;

    /// Upper bound of the bytes that the run takes from its account; what it lists comes on top as it grows.
    fn need(params: &Self::Params, size: GraphSize) -> u64;

    /// Computes the result. Fails with [`AlgoError::Stopped`] soon after the job is stopped.
    fn run(params: &Self::Params, ground: &Ground<'_>, ctx: &JobContext) -> Result<Outcome, AlgoError>;
}

/// What a [`Search`] looks at.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The graph.
    pub snapshot: &'a Snapshot,
    /// What the conditions became for its schema, one for each.
    pub selections: &'a [Arc<dyn Selection>],
}

/// An algorithm with its parameters, ready to run.
pub enum Prepared {
    /// On a projection.
    OnProjection(Box<dyn OnProjection>),
    /// On a snapshot.
    OnSnapshot(Box<dyn OnSnapshot>),
}

/// An [`Algorithm`] with its parameters.
pub trait OnProjection: Send + Sync {
    /// The declaration.
    fn info(&self) -> &'static Info;

    /// The projection that [`OnProjection::run`] is to be given, but for [`OnProjection::condition`].
    fn projection(&self) -> ProjectionSpec;

    /// Which part of the graph the projection is to be of, if not of all.
    fn condition(&self) -> Option<&Condition>;

    /// Which vertices the projection is to mark, if a condition says which.
    fn marked(&self) -> Option<&Condition>;

    /// Upper bound of the bytes that the run takes from its account, beyond the projection.
    fn need(&self, size: GraphSize) -> u64;

    /// Computes the result; the caller adds `runtime`.
    fn run(&self, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError>;

    /// The same answer without a projection, if that can be.
    fn look(&self, view: &View<'_>, ctx: &JobContext) -> Option<Result<Outcome, AlgoError>>;
}

/// A [`Search`] with its parameters.
pub trait OnSnapshot: Send + Sync {
    /// The declaration.
    fn info(&self) -> &'static Info;

    /// The conditions that [`OnSnapshot::run`] is to be given compiled.
    fn conditions(&self) -> Vec<&Condition>;

    /// Upper bound of the bytes that the run takes from its account.
    fn need(&self, size: GraphSize) -> u64;

    /// Computes the result; the caller adds `runtime`.
    fn run(&self, ground: &Ground<'_>, ctx: &JobContext) -> Result<Outcome, AlgoError>;
}

impl Prepared {
    /// The declaration.
    pub fn info(&self) -> &'static Info {
        match self {
            Prepared::OnProjection(algorithm) => algorithm.info(),
            Prepared::OnSnapshot(search) => search.info(),
        }
    }

    /// The conditions of the request, to be compiled for the schema of the graph.
    pub fn conditions(&self) -> Vec<&Condition> {
        match self {
            Prepared::OnProjection(algorithm) => {
                algorithm.condition().into_iter().chain(algorithm.marked()).collect()
            }
            Prepared::OnSnapshot(search) => search.conditions(),
        }
    }

    /// Upper bound of the bytes that the run takes from its account, beyond a projection.
    pub fn need(&self, size: GraphSize) -> u64 {
        match self {
            Prepared::OnProjection(algorithm) => algorithm.need(size),
            Prepared::OnSnapshot(search) => search.need(size),
        }
    }
}

struct BoundAlgorithm<A: Algorithm> {
    params: A::Params,
    condition: Option<Condition>,
    marked: Option<Condition>,
}

impl<A: Algorithm> OnProjection for BoundAlgorithm<A> {
    fn info(&self) -> &'static Info {
        const { &A::INFO }
    }

    fn projection(&self) -> ProjectionSpec {
        A::projection(&self.params)
    }

    fn condition(&self) -> Option<&Condition> {
        self.condition.as_ref()
    }

    fn marked(&self) -> Option<&Condition> {
        self.marked.as_ref()
    }

    fn need(&self, size: GraphSize) -> u64 {
        A::need(&self.params, size)
    }

    fn run(&self, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        ctx.checkpoint()?;
        let outcome = A::run(&self.params, graph, ctx)?;
        // Whatever rounds an early end saved are done as well.
        ctx.phase("finish", 1.0, 0);
        Ok(outcome)
    }

    fn look(&self, view: &View<'_>, ctx: &JobContext) -> Option<Result<Outcome, AlgoError>> {
        let outcome = A::look(&self.params, view, ctx)?;
        ctx.phase("finish", 1.0, 0);
        Some(outcome)
    }
}

struct BoundSearch<S: Search>(S::Params);

impl<S: Search> OnSnapshot for BoundSearch<S> {
    fn info(&self) -> &'static Info {
        const { &S::INFO }
    }

    fn conditions(&self) -> Vec<&Condition> {
        S::conditions(&self.0)
    }

    fn need(&self, size: GraphSize) -> u64 {
        S::need(&self.0, size)
    }

    fn run(&self, ground: &Ground<'_>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        ctx.checkpoint()?;
        let outcome = S::run(&self.0, ground, ctx)?;
        ctx.phase("finish", 1.0, 0);
        Ok(outcome)
    }
}

/// Reads parameters and binds them to their algorithm. Conditions on the part of the graph to run on are not
/// among those declared, as every algorithm takes them.
pub(crate) fn prepare<A: Algorithm>(given: &Map<String, Value>, mode: Mode) -> Result<Prepared, AlgoError> {
    let mut given = given.clone();
    let mut condition = Condition::take(&mut given)?;
    let args = Args::read(const { &A::INFO }, &given, mode)?;
    let params = A::parse(&args)?;
    let mut marked = Condition::default();
    if A::filters_list(&params) {
        marked.vertex = condition.vertex.take();
    }
    let [condition, marked] = [condition, marked].map(Condition::if_any);
    Ok(Prepared::OnProjection(Box::new(BoundAlgorithm::<A> { params, condition, marked })))
}

/// [`prepare`] for a search, which declares what conditions it takes.
pub(crate) fn prepare_search<S: Search>(
    given: &Map<String, Value>,
    mode: Mode,
) -> Result<Prepared, AlgoError> {
    let args = Args::read(const { &S::INFO }, given, mode)?;
    Ok(Prepared::OnSnapshot(Box::new(BoundSearch::<S>(S::parse(&args)?))))
}
