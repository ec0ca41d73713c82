//! Clustering: how many of the pairs of a vertex's neighbours are neighbours of each other.
//!
//! The local coefficient is 2·triangles / (d·(d − 1)), 0 below two neighbours; the coefficient of the graph
//! is their mean, its transitivity 3·triangles / pairs of neighbours. Distinct neighbours other than the
//! vertex itself count, whatever the direction.
//!
//! Sources: Watts, Strogatz: "Collective dynamics of small-world networks", 1998; triangles as in
//! triangle_count. Work O(E^1.5), memory about 36·V + 4·E bytes and 4·V a thread.

use super::oriented::{Oriented, oriented_bytes};
use super::triangle_count::at_each;
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{VERTEX_CHUNK, per_vertex, per_vertex_bytes, tabulate};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Cells, JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

const STATISTICS: Param = Param::new(
    "statistics",
    Kind::Bool,
    "Whether the figures of the whole graph are enough; false adds the coefficient of each vertex.",
)
.or(Literal::Bool(true));

/// Clustering coefficients.
pub struct ClusterCoefficient;

/// Parameters of [`ClusterCoefficient`].
#[derive(Debug)]
pub struct Params {
    statistics: bool,
    labels: Option<Vec<String>>,
}

impl Algorithm for ClusterCoefficient {
    type Params = Params;

    const INFO: Info = Info {
        name: "cluster_coefficient",
        aliases: &["clustering_coefficient"],
        family: Family::Community,
        summary: "How often neighbours of a vertex are neighbours of each other.",
        params: &[STATISTICS, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("cluster_coefficient", Shape::Real, "Mean of the coefficients of all vertices."),
            Output::new("transitivity", Shape::Real, "Share of the pairs of neighbours that are closed."),
            Output::new(
                "vertex_coefficients",
                Shape::PerVertexReal,
                "Coefficient of each vertex, with statistics false.",
            ),
        ],
        source: "Watts, Strogatz, Nature 393, 1998; Schank, Wagner, 2005",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { statistics: args.flag(&STATISTICS), labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Simple, params.labels.as_ref())
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let threads = size.threads.max(1);
        let counting = (4 * threads + 8) * size.vertices;
        let listing =
            if params.statistics { 0 } else { 16 * size.vertices + per_vertex_bytes(size.vertices) };
        oriented_bytes(size.vertices, size.edges) + 8 + counting.max(8 * size.vertices + listing)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (arcs, len) = (Arcs::of(graph.out()), graph.len());
        ctx.phase("orient", 0.05, 0);
        let oriented = Oriented::new(ctx, arcs, len)?;
        let cuts = work_cuts(&oriented.offsets, super::triangle_count::CHUNK);
        ctx.phase("count", 0.95, cuts.len() as u64);
        let (total, triangles) = at_each(ctx, &oriented, &cuts)?;
        let coefficient = |v: usize| {
            let pairs = pairs(arcs.degree(v as u32));
            if pairs == 0 { 0.0 } else { triangles[oriented.order.place[v] as usize] as f64 / pairs as f64 }
        };
        let chunks = ctx.par_ranges(&even_cuts(len, VERTEX_CHUNK), |range, _| {
            let pairs: u64 = range.clone().map(|v| pairs(arcs.degree(v as u32))).sum();
            Ok::<_, Stop>((range.map(coefficient).sum::<f64>(), pairs))
        })?;
        let (sum, pairs) = chunks.iter().fold((0.0, 0), |all, chunk| (all.0 + chunk.0, all.1 + chunk.1));
        let mean = if len == 0 { 0.0 } else { sum / len as f64 };
        let closed = if pairs == 0 { 0.0 } else { 3.0 * total as f64 / pairs as f64 };
        let mut outcome = Outcome::default();
        if !params.statistics {
            let cells = tabulate(ctx, len, coefficient)?;
            let rows = per_vertex(ctx, graph, Cells::Real(cells.release().share()))?;
            outcome.list = Some(("vertex_coefficients".to_owned(), rows));
        }
        Ok(outcome.with("cluster_coefficient", Scalar::Real(mean)).with("transitivity", Scalar::Real(closed)))
    }
}

/// Pairs of neighbours.
fn pairs(degree: u64) -> u64 {
    degree * degree.saturating_sub(1) / 2
}
