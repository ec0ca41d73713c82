//! Topological sort: all vertices in an order in which every edge leads forward. Generation by generation, in
//! vertex order within one; a graph with a cycle is an error that names a vertex on it.
//!
//! Source: Kahn: "Topological sorting of large networks", 1962. Work O(V + E), memory 16·V bytes.

use super::order::{generations, generations_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::to_vertices;
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::{JobContext, Outcome, Rows};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

/// An order in which every edge leads forward.
pub struct TopologicalSort;

/// Parameters of [`TopologicalSort`].
#[derive(Debug)]
pub struct Params {
    labels: Option<Vec<String>>,
}

impl Algorithm for TopologicalSort {
    type Params = Params;

    const INFO: Info = Info {
        name: "topological_sort",
        aliases: &[],
        family: Family::Structure,
        summary: "All vertices in an order in which every edge leads forward.",
        params: &[LABELS, NUM_THREAD],
        outputs: &[Output::new("topological_sort", Shape::Vertices, "The vertices in that order.")],
        source: "Kahn: Topological sorting of large networks, 1962",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Both, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        generations_bytes(size.vertices)
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let mut order = generations(ctx, graph)?;
        ctx.phase("list", 0.98, 0);
        to_vertices(ctx, graph, &mut order)?;
        Ok(Outcome::of_list("topological_sort", Rows::Vertices(order.release().share())))
    }
}
