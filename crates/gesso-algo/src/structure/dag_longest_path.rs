//! The longest path of a graph without cycles: most edges, or largest sum of weights. Of several, the last vertex
//! and then each one before it is the first in vertex order. A graph with a cycle is an error.
//!
//! Source: Sedgewick, Wayne: "Algorithms", 2011, section 4.4: longest paths in topological order. Work O(V + E),
//! memory 24·V bytes.

use super::order::{generations, generations_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, check_weights};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::to_vertices;
use crate::shared::{self, LABELS, NUM_THREAD, WEIGHT};
use gesso_core::{JobContext, Outcome, Rows, Scalar};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

/// The longest path of a graph without cycles.
pub struct DagLongestPath;

/// Parameters of [`DagLongestPath`].
#[derive(Debug)]
pub struct Params {
    weight: Option<String>,
    labels: Option<Vec<String>>,
}

/// Before the first vertex of a path.
const NOBODY: u32 = u32::MAX;

impl Algorithm for DagLongestPath {
    type Params = Params;

    const INFO: Info = Info {
        name: "dag_longest_path",
        aliases: &["longest_path"],
        family: Family::Structure,
        summary: "The longest path of a graph without cycles.",
        params: &[WEIGHT, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("dag_longest_path", Shape::Vertices, "The vertices along the path."),
            Output::new("length", Shape::Real, "Its number of edges, or the sum of their weights."),
        ],
        source: "Sedgewick, Wayne: Algorithms, 2011",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { weight: args.property(&WEIGHT), labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            weight: params.weight.clone(),
            ..shared::labelled(Direction::Both, Multiplicity::Multi, params.labels.as_ref())
        }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        generations_bytes(size.vertices).max((4 + 8 + 4 + 4) * size.vertices)
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let incoming = Arcs::of(graph.incoming());
        check_weights(ctx, incoming)?;
        let order = generations(ctx, graph)?;
        ctx.phase("measure", 0.98, graph.len() as u64);
        let mut length = ctx.alloc(graph.len(), 0f64)?;
        let mut before = ctx.alloc(graph.len(), NOBODY)?;
        let mut tick = ctx.tick();
        for v in order.iter() {
            let (mut longest, mut from) = (0.0, NOBODY);
            for piece in incoming.weighted(*v) {
                let mut steps = 1;
                for (u, weight) in piece {
                    steps += 1;
                    let through = length[u as usize] + weight;
                    if through > longest || (through >= longest && u < from) {
                        (longest, from) = (through, u);
                    }
                }
                tick.spend(steps)?;
            }
            length[*v as usize] = longest;
            before[*v as usize] = from;
            ctx.advance(1);
        }
        drop(order);
        let mut last: Option<u32> = None;
        for v in 0..graph.len() as u32 {
            tick.spend(1)?;
            if last.is_none_or(|best| length[v as usize] > length[best as usize]) {
                last = Some(v);
            }
        }
        let mut path = ctx.alloc(graph.len(), 0u32)?;
        let mut first = path.len();
        let mut next = last;
        while let Some(v) = next {
            tick.spend(1)?;
            first -= 1;
            path[first] = v;
            next = Some(before[v as usize]).filter(|u| *u != NOBODY);
        }
        let count = path.len() - first;
        path.copy_within(first.., 0);
        path.truncate(count);
        let total = last.map_or(0.0, |v| length[v as usize]);
        to_vertices(ctx, graph, &mut path)?;
        Ok(Outcome::of_list("dag_longest_path", Rows::Vertices(path.release().share()))
            .with("length", Scalar::Real(total)))
    }
}
