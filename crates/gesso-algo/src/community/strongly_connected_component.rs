//! Strongly connected components: sets of vertices that reach each other along the direction of edges. A
//! component is named after its first vertex in vertex order.
//!
//! Source: Tarjan: "Depth-First Search and Linear Graph Algorithms", 1972. Work O(V + E), memory 32·V bytes.

use super::strong;
use crate::algorithm::{Algorithm, GraphSize};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::{per_vertex, per_vertex_bytes, to_vertices};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

/// Strongly connected components.
pub struct StronglyConnectedComponent;

/// Parameters of [`StronglyConnectedComponent`].
#[derive(Debug)]
pub struct Params {
    labels: Option<Vec<String>>,
}

impl Algorithm for StronglyConnectedComponent {
    type Params = Params;

    const INFO: Info = Info {
        name: "strongly_connected_component",
        aliases: &["strongly_connected_components", "scc"],
        family: Family::Community,
        summary: "Which vertices reach each other along the direction of edges.",
        params: &[LABELS, NUM_THREAD],
        outputs: &[
            Output::new(
                "strongly_connected_component",
                Shape::PerVertexText,
                "Id of the first vertex of each vertex's component.",
            ),
            Output::new("component_num", Shape::Int, "Number of components."),
        ],
        source: "Tarjan: Depth-First Search and Linear Graph Algorithms, 1972",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Outgoing, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        (4 + strong::BYTES_PER_VERTEX) * size.vertices + per_vertex_bytes(size.vertices)
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let mut first = strong::components(ctx, graph)?;
        ctx.phase("name", 0.98, 0);
        let mut tick = ctx.tick();
        let mut count = 0;
        for (v, component) in first.iter().enumerate() {
            tick.spend(1)?;
            count += i64::from(*component as usize == v);
        }
        to_vertices(ctx, graph, &mut first)?;
        let rows = per_vertex(ctx, graph, Cells::Vertex(first.release().share()))?;
        Ok(Outcome::of_list("strongly_connected_component", rows).with("component_num", Scalar::Int(count)))
    }
}
