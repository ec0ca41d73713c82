//! The vertices that are neighbours of both of two vertices, whatever the direction of edges.
//!
//! Source: Liben-Nowell, Kleinberg: "The Link Prediction Problem for Social Networks", 2003. Work and memory
//! grow with the two neighbourhoods, not with the graph.

use super::overlap::each_common;
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::to_vertices;
use crate::shared::{self, LABELS, NUM_THREAD, SOURCE, SOURCE_OUT, TARGET};
use gesso_core::{JobContext, Outcome, Rows, Scalar};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

/// Neighbours of both of two vertices.
pub struct CommonNeighbors;

/// Parameters of [`CommonNeighbors`].
#[derive(Debug)]
pub struct Params {
    source: String,
    target: String,
    labels: Option<Vec<String>>,
}

impl Algorithm for CommonNeighbors {
    type Params = Params;

    const INFO: Info = Info {
        name: "common_neighbors",
        aliases: &["common_neighbours"],
        family: Family::Similarity,
        summary: "The vertices that are neighbours of both of two vertices.",
        params: &[SOURCE, TARGET, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("vertices", Shape::Vertices, "The common neighbours in vertex order."),
            Output::new("common_neighbors", Shape::Int, "Number of the common neighbours."),
            SOURCE_OUT,
            Output::new("target", Shape::Vertex, "The other vertex."),
        ],
        source: "Liben-Nowell, Kleinberg: The Link Prediction Problem for Social Networks, 2003",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { source: args.text(&SOURCE), target: args.text(&TARGET), labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Simple, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        4 * size.vertices
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let source = shared::position(graph, &params.source)?;
        let target = shared::position(graph, &params.target)?;
        let arcs = Arcs::of(graph.out());
        let (a, b) = (arcs.row(source), arcs.row(target));
        ctx.phase("compare", 0.98, 0);
        let mut tick = ctx.tick();
        let mut common = ctx.alloc(a.len().min(b.len()), 0u32)?;
        let mut count = 0;
        each_common(a, b, &mut tick, |w| {
            common[count] = w;
            count += 1;
        })?;
        common.truncate(count);
        to_vertices(ctx, graph, &mut common)?;
        Ok(Outcome::of_list("vertices", Rows::Vertices(common.release().share()))
            .with("common_neighbors", Scalar::Int(count as i64))
            .with("source", Scalar::Vertex(Some(graph.vertex(source))))
            .with("target", Scalar::Vertex(Some(graph.vertex(target)))))
    }
}
