//! Louvain: communities of high modularity, found by moving vertices and merging communities in levels.
//!
//! Q = Σ over communities of L/m − γ·(d/2m)²; L weight inside, d sum of degrees, m weight of all edges.
//! Edges count both ways, parallel ones add up, self-loops count once in m and twice in degrees. A
//! level ends when a sweep over its vertices gains less than `convergence`, all end when a level does.
//!
//! Source: Blondel, Guillaume, Lambiotte, Lefebvre: "Fast unfolding of communities in large networks", 2008.
//! Work about O(E) a sweep. Memory at most 40·V + 8·E bytes and 8¼·V for each thread beyond the first: where the graph of
//! the second level would take more, communities move as one over the arcs of the graph itself.

use super::multilevel::{Levels, levels_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, check_weights_of_products};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{per_vertex, per_vertex_bytes, to_vertices};
use crate::shared::{self, CONVERGENCE, ITERATIONS, LABELS, NUM_THREAD};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

const MAX_ITERATIONS: Param = shared::MAX_ITERATIONS.or(Literal::Int(100));

const WEIGHT: Param = Param::new(
    "weight",
    Kind::Property,
    "Numeric edge property with the weight of each edge; missing values count 1, as does everything without such a property; empty for 1 everywhere.",
)
.or(Literal::Text("weight"));

pub(super) const RESOLUTION: Param = Param::new(
    "resolution",
    Kind::Real(Bounds::above_to(0.0, 100.0)),
    "Above 1 for smaller communities, below for larger ones.",
)
.or(Literal::Real(1.0));

/// What both ways to find communities of high modularity take.
pub(super) const PARAMS: &[Param] = &[CONVERGENCE, MAX_ITERATIONS, WEIGHT, RESOLUTION, LABELS, NUM_THREAD];

/// What both give.
pub(super) const OUTPUTS: &[Output] = &[
    Output::new("community", Shape::PerVertexText, "Id of the first vertex of each vertex's community."),
    Output::new("modularity", Shape::Real, "Modularity of the communities."),
    Output::new("community_num", Shape::Int, "Number of communities."),
    ITERATIONS,
];

/// Communities by the Louvain method.
pub struct Louvain;

/// Parameters of [`Louvain`] and [`super::Leiden`].
#[derive(Debug)]
pub struct Params {
    levels: Levels,
    weight: Option<String>,
    /// The weight is the default one, which need not exist.
    weight_may_lack: bool,
    labels: Option<Vec<String>>,
}

impl Algorithm for Louvain {
    type Params = Params;

    const INFO: Info = Info {
        name: "louvain",
        aliases: &[],
        family: Family::Community,
        demand: Demand::Any,
        summary: "Communities with many edges inside and few between them.",
        params: PARAMS,
        outputs: OUTPUTS,
        source: "Blondel et al.: Fast unfolding of communities in large networks, 2008",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params::of(args, false))
    }

    fn projection(params: &Params) -> ProjectionSpec {
        params.projection()
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        Params::need(size)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        params.run(graph, ctx)
    }
}

impl Params {
    /// Reads what [`PARAMS`] declares.
    pub(super) fn of(args: &Args, is_refined: bool) -> Params {
        let levels = Levels {
            convergence: args.real(&CONVERGENCE),
            max_iterations: args.int(&MAX_ITERATIONS).unsigned_abs(),
            resolution: args.real(&RESOLUTION),
            is_refined,
        };
        let weight_may_lack = args.text_if(&WEIGHT).is_none();
        Params { levels, weight: args.property(&WEIGHT), weight_may_lack, labels: shared::labels(args) }
    }

    pub(super) fn projection(&self) -> ProjectionSpec {
        ProjectionSpec {
            weight: self.weight.clone(),
            weight_may_lack: self.weight_may_lack,
            ..shared::labelled(Direction::Undirected, Multiplicity::Multi, self.labels.as_ref())
        }
    }

    pub(super) fn need(size: GraphSize) -> u64 {
        let result = 4 * size.vertices + per_vertex_bytes(size.vertices);
        levels_bytes(size.vertices, 2 * size.edges, size.threads.max(1)).max(result)
    }

    pub(super) fn run(&self, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let arcs = Arcs::of(graph.out());
        check_weights_of_products(ctx, arcs)?;
        let found = self.levels.run(ctx, arcs)?;
        let mut names = found.community;
        to_vertices(ctx, graph, &mut names)?;
        let rows = per_vertex(ctx, graph, Cells::Vertex(names.release().share()))?;
        Ok(Outcome::of_list("community", rows)
            .with("modularity", Scalar::Real(found.modularity))
            .with("community_num", Scalar::Int(found.communities as i64))
            .with("iterations", Scalar::Int(found.sweeps as i64)))
    }
}
