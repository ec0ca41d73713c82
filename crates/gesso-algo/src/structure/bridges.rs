//! Bridges: edges without which a component falls apart. Edges count both ways; one of several parallel edges is
//! never a bridge.
//!
//! Source: Hopcroft, Tarjan: "Efficient algorithms for graph manipulation", 1973. Work O(V + E), memory 22·V +
//! 17·E bytes.

use super::cuts::{Cuts, cuts_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::edge_rows::{some_edges, some_edges_bytes};
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::{ARC_CHUNK, fill_rows};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::work_cuts;
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Direction, EdgeList, Multiplicity, Projection, ProjectionSpec};

/// Edges without which a component falls apart.
pub struct Bridges;

/// Parameters of [`Bridges`].
#[derive(Debug)]
pub struct Params {
    labels: Option<Vec<String>>,
}

impl Algorithm for Bridges {
    type Params = Params;

    const INFO: Info = Info {
        name: "bridges",
        aliases: &[],
        family: Family::Structure,
        summary: "Edges without which a component falls apart.",
        params: &[LABELS, NUM_THREAD],
        outputs: &[Output::new("bridges", Shape::Edges, "The edges.")],
        source: "Hopcroft, Tarjan: Efficient algorithms for graph manipulation, 1973",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            edges: true,
            ..shared::labelled(Direction::Undirected, Multiplicity::Multi, params.labels.as_ref())
        }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        cuts_bytes(size.vertices) + size.edges + some_edges_bytes(size.edges)
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let Cuts { edges: cut, parent, .. } = Cuts::new(ctx, Arcs::of(graph.out()))?;
        let edges = graph.edges().cloned().unwrap_or_default();
        let EdgeList { offsets, targets, .. } = &edges;
        let hangs = |child: u32, on: u32| cut[child as usize] != 0 && parent[child as usize] == on;
        let mut found = ctx.alloc(targets.len(), 0u8)?;
        ctx.phase("list", 0.98, 0);
        let cuts = work_cuts(offsets, ARC_CHUNK);
        fill_rows(ctx, offsets, &cuts, &mut found, |range, part, tick| {
            let first = offsets[range.start];
            for v in range {
                for at in offsets[v]..offsets[v + 1] {
                    tick.spend(1)?;
                    let (source, target) = (v as u32, targets[at as usize]);
                    part[(at - first) as usize] = u8::from(hangs(source, target) || hangs(target, source));
                }
            }
            Ok(())
        })?;
        let rows = some_edges(ctx, graph, |at| found[at] != 0, None)?;
        Ok(Outcome::of_list("bridges", rows))
    }
}
