//! Connected components: sets of vertices that reach each other, by edges taken both ways or, with
//! `strong`, along their direction. A component is named after its first vertex in vertex order.
//!
//! Sources: Sutton, Ben-Nun, Barak: "Optimizing Parallel Graph Connectivity Computation via Subgraph
//! Sampling", IPDPS 2018, for weak components; Tarjan: "Depth-First Search and Linear Graph Algorithms",
//! 1972, for strong ones. Work O(V + E).

use super::{strong, weak};
use crate::algorithm::{Algorithm, GraphSize};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{VERTEX_CHUNK, per_vertex, to_vertices};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, Cells, JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::sync::atomic::Ordering::Relaxed;

const STRONG: Param =
    Param::new("strong", Kind::Bool, "Whether vertices must reach each other along the direction of edges.")
        .or(Literal::Bool(false));

/// Weakly or strongly connected components.
pub struct ConnectedComponent;

/// Parameters of [`ConnectedComponent`].
#[derive(Debug)]
pub struct Params {
    strong: bool,
    labels: Option<Vec<String>>,
}

impl Algorithm for ConnectedComponent {
    type Params = Params;

    const INFO: Info = Info {
        name: "connected_component",
        aliases: &["connect_component"],
        family: Family::Community,
        demand: Demand::Any,
        summary: "Which vertices are connected with each other.",
        params: &[STRONG, LABELS, NUM_THREAD],
        outputs: &[
            Output::new(
                "community",
                Shape::PerVertexText,
                "Id of the first vertex of each vertex's component.",
            ),
            Output::new("Max_WCC_size", Shape::Int, "Number of vertices of the largest component."),
            Output::new("Max_WCC_id", Shape::Vertex, "Id of the largest component; the first one of a tie."),
        ],
        source: "Sutton, Ben-Nun, Barak: Afforest, IPDPS 2018; Tarjan, 1972",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { strong: args.flag(&STRONG), labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        let direction = if params.strong { Direction::Outgoing } else { Direction::Both };
        shared::labelled(direction, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        // The search, and the names of what it found.
        let search = if params.strong { strong::BYTES_PER_VERTEX + 4 } else { 0 };
        // Components, and afterwards their sizes.
        4 * size.vertices + size.vertices * search.max(4)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let find = if params.strong { strong::components } else { weak::components };
        let mut community = find(ctx, graph)?;
        ctx.phase("measure", 0.98, 0);
        let largest = largest(ctx, &community)?;
        to_vertices(ctx, graph, &mut community)?;
        let rows = per_vertex(ctx, graph, Cells::Vertex(community.release().share()))?;
        Ok(Outcome::of_list("community", rows)
            .with("Max_WCC_size", Scalar::Int(largest.map_or(0, |(size, _)| i64::from(size))))
            .with("Max_WCC_id", Scalar::Vertex(largest.map(|(_, first)| graph.vertex(first)))))
    }
}

/// Size and first vertex of the largest component.
fn largest(ctx: &JobContext, community: &Buf<u32>) -> Result<Option<(u32, u32)>, Stop> {
    // Members beside the first one of each component: most vertices without arcs are alone, and count nothing.
    let mut others = ctx.alloc(community.len(), 0u32)?;
    let counted = others.as_atomics();
    let cuts = even_cuts(community.len(), VERTEX_CHUNK);
    // Runs of one component are counted at once: threads would otherwise fight for the largest's counter.
    let likely = weak::frequent(community);
    ctx.par_ranges(&cuts, |range, _| {
        let mut many = 0;
        for v in range {
            let c = community[v];
            if c == likely {
                many += u32::from(v as u32 != likely);
            } else if c != v as u32 {
                // Relaxed: sums alone are read, after the loop.
                counted[c as usize].fetch_add(1, Relaxed);
            }
        }
        if many > 0 {
            counted[likely as usize].fetch_add(many, Relaxed);
        }
        Ok::<_, Stop>(())
    })?;
    let tops = ctx.par_ranges(&cuts, |range, _| {
        let firsts = range.filter(|v| community[*v] == *v as u32);
        let best = firsts.map(|c| (others[c] + 1, std::cmp::Reverse(c as u32))).max();
        Ok::<_, Stop>(best)
    })?;
    Ok(tops.into_iter().flatten().max().map(|(size, first)| (size, first.0)))
}
