//! Number of edges at each vertex: those that come in, go out, or both. Parallel edges count by number, a
//! self-loop once on each side. Source: Freeman: "Centrality in social networks", 1978. Work O(V), memory
//! 8·V bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{VERTEX_CHUNK, per_vertex};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::even_cuts;
use gesso_core::{Cells, JobContext, Outcome, Stop};
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
        demand: Demand::Any,
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
        8 * size.vertices
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (out, incoming) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()));
        ctx.phase("count", 0.98, 0);
        let mut degrees = ctx.alloc(graph.len(), 0u64)?;
        let sides = [(out, params.counts_out), (incoming, params.counts_in)];
        ctx.par_fill(&mut degrees, &even_cuts(graph.len(), VERTEX_CHUNK), |range, part, _| {
            for (arcs, _) in sides.iter().filter(|(_, counts)| *counts) {
                let offsets = &arcs.offsets[range.start..=range.end];
                for (slot, (first, end)) in part.iter_mut().zip(offsets.iter().zip(&offsets[1..])) {
                    *slot += end - first;
                }
            }
            Ok::<_, Stop>(())
        })?;
        let cells = Cells::Int(degrees.release().share());
        Ok(Outcome::of_list("degree", per_vertex(ctx, graph, cells)?))
    }
}
