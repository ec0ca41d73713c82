//! Bridges: edges without which a component falls apart. Edges count both ways; one of several parallel edges is
//! never a bridge.
//!
//! Source: Hopcroft, Tarjan: "Efficient algorithms for graph manipulation", 1973. Work O(V + E), memory 34·V + E
//! bytes.

use super::cuts::{Cuts, cuts_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::edge_rows::{edges_where, some_edges};
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::bits::bits_bytes;
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

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
        demand: Demand::Any,
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
        // What is known of vertices after the search, and a bit for each edge.
        cuts_bytes(size.vertices).max(6 * size.vertices + bits_bytes(size.edges))
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let Cuts { edges: cut, parent, .. } = Cuts::new(ctx, Arcs::of(graph.out()))?;
        let edges = graph.edges().cloned().unwrap_or_default();
        let hangs = |child: u32, on: u32| cut[child as usize] != 0 && parent[child as usize] == on;
        ctx.phase("list", 0.98, 0);
        let kept = edges_where(ctx, &edges, 1, |a, b| hangs(a, b) || hangs(b, a))?;
        let rows = some_edges(graph, kept, None);
        Ok(Outcome::of_list("bridges", rows))
    }
}
