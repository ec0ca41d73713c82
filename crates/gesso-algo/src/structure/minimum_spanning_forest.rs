//! Minimum spanning forest: the edges of least total weight that connect all that is connected. Edges count both
//! ways; of equally heavy ones the first in the order of sources and indices is taken.
//!
//! Edges are sorted in parallel and joined in order, each if it connects two trees. Source: Kruskal: "On the
//! shortest spanning subtree of a graph and the traveling salesman problem", 1956. Work O(E·log E), memory 4·V
//! + 41·E bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::args::Args;
use crate::edge_rows::{some_edges, some_edges_bytes};
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::tabulate;
use crate::shared::{self, LABELS, NUM_THREAD, WEIGHT};
use crate::sorting::{sort_by_key, sort_bytes};
use gesso_core::{JobContext, Outcome, Scalar, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

/// Edges of least weight that keep all connected.
pub struct MinimumSpanningForest;

/// Parameters of [`MinimumSpanningForest`].
#[derive(Debug)]
pub struct Params {
    weight: Option<String>,
    labels: Option<Vec<String>>,
}

impl Algorithm for MinimumSpanningForest {
    type Params = Params;

    const INFO: Info = Info {
        name: "minimum_spanning_forest",
        aliases: &["minimum_spanning_tree"],
        family: Family::Structure,
        summary: "Edges of least weight that connect all that is connected.",
        params: &[WEIGHT, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("minimum_spanning_forest", Shape::Edges, "The edges, each with its weight."),
            Output::new("total_weight", Shape::Real, "Sum of their weights."),
        ],
        source: "Kruskal: On the shortest spanning subtree of a graph, 1956",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { weight: args.property(&WEIGHT), labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            weight: params.weight.clone(),
            edges: true,
            ..shared::labelled(Direction::Outgoing, Multiplicity::Multi, params.labels.as_ref())
        }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        // Weights, ends and flags of edges, their order while it is sorted; afterwards the result.
        let sorting = (4 + 4) * size.edges + sort_bytes(size.edges) + 4 * size.vertices;
        (8 + 1) * size.edges + sorting.max(some_edges_bytes(size.edges))
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let edges = graph.edges().cloned().unwrap_or_default();
        let (offsets, targets) = (&edges.offsets[..], &edges.targets[..]);
        let weights = edges.weights.as_deref();
        let weights = tabulate(ctx, targets.len(), |at| weights.map_or(1.0, |w| w[at]))?;
        crate::arcs::check_positive(ctx, &weights)?;
        let mut order = tabulate(ctx, targets.len(), |at| at as u32)?;
        // Bits of numbers above 0 sort as the numbers do.
        sort_by_key(ctx, &mut order, |at| weights[at as usize].to_bits())?;
        let sources = tabulate(ctx, targets.len(), |at| {
            (offsets.partition_point(|first| *first <= at as u64) - 1) as u32
        })?;
        let mut tree = tabulate(ctx, graph.len(), |v| v as u32)?;
        let mut chosen = ctx.alloc(targets.len(), 0u8)?;
        ctx.phase("join", 0.9, targets.len() as u64);
        let mut tick = ctx.tick();
        let mut total = 0.0;
        for at in order.iter().map(|at| *at as usize) {
            let (a, b) = (root(&mut tree, sources[at], &mut tick)?, root(&mut tree, targets[at], &mut tick)?);
            if a != b {
                // Towards the smaller number, so that trees do not depend on who asks.
                tree[a.max(b) as usize] = a.min(b);
                chosen[at] = 1;
                total += weights[at];
            }
            ctx.advance(1);
        }
        drop((order, sources, tree));
        let named = Some(("weight", &weights[..]));
        let rows = some_edges(ctx, graph, |at| chosen[at] != 0, named)?;
        Ok(Outcome::of_list("minimum_spanning_forest", rows).with("total_weight", Scalar::Real(total)))
    }
}

/// The root of a vertex's tree; halves the path to it on the way.
fn root(tree: &mut [u32], v: u32, tick: &mut Tick<'_>) -> Result<u32, Stop> {
    let mut at = v;
    loop {
        tick.spend(1)?;
        let up = tree[at as usize];
        if up == at {
            return Ok(at);
        }
        tree[at as usize] = tree[up as usize];
        at = up;
    }
}
