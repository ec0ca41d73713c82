//! Number of edges at each vertex: those that come in, go out, or both. Parallel edges count by number, a
//! self-loop once on each side. Source: Freeman: "Centrality in social networks", 1978. Work O(V), memory
//! 8·V bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{per_vertex, per_vertex_bytes, tabulate};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::{Cells, JobContext, Outcome};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

const DIRECTION: Param =
    Param::new("direction", Kind::Choice(&["in", "out", "both"]), "Which edges are counted.")
        .or(Literal::Text("both"));

/// Number of edges at each vertex.
pub struct Degree;

/// Parameters of [`Degree`].
#[derive(Debug)]
pub struct Params {
    counts_out: bool,
    counts_in: bool,
    labels: Option<Vec<String>>,
}

impl Algorithm for Degree {
    type Params = Params;

    const INFO: Info = Info {
        name: "degree",
        aliases: &["degree_centrality"],
        family: Family::Centrality,
        summary: "Number of edges at each vertex.",
        params: &[DIRECTION, LABELS, NUM_THREAD],
        outputs: &[Output::new("degree", Shape::PerVertexInt, "Number of edges at each vertex.")],
        source: "Freeman: Centrality in social networks, 1978",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let direction = args.text(&DIRECTION);
        Ok(Params {
            counts_out: direction != "in",
            counts_in: direction != "out",
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Both, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        8 * size.vertices + per_vertex_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (out, incoming) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()));
        ctx.phase("count", 0.98, 0);
        let degrees = tabulate(ctx, graph.len(), |v| {
            let v = v as u32;
            let count = |arcs: Arcs<'_>, counts: bool| if counts { arcs.degree(v) } else { 0 };
            count(out, params.counts_out) + count(incoming, params.counts_in)
        })?;
        let cells = Cells::Int(degrees.release().share());
        Ok(Outcome::of_list("degree", per_vertex(ctx, graph, cells)?))
    }
}
