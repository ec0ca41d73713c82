//! The vertices that are neighbours of both of two sets: at the other end of an edge or, with `directed`, at the end
//! that it leads to. With `restricted` only those with two neighbours or more in each set. Members of the sets may be among them.
//!
//! Source: GES, algorithm of the same name. Work O(arcs of the sets + V), memory 6·V bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{select, to_vertices};
use crate::shared::{self, LABELS, NUM_THREAD, SET_MAX, SOURCES};
use gesso_core::{Buf, JobContext, Outcome, Rows, Scalar, Stop};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

const TARGETS: Param =
    Param::new("targets", Kind::Vertices { most: SET_MAX, may_repeat: false }, "The other set of vertices.")
        .required();

const RESTRICTED: Param =
    Param::new("restricted", Kind::Bool, "Whether two neighbours in each set are needed rather than one.")
        .or(Literal::Bool(true));

const DIRECTED: Param =
    Param::new("directed", Kind::Bool, "Whether only targets of edges are neighbours of their sources.")
        .or(Literal::Bool(false));

/// Neighbours of both of two sets.
pub struct CommonNeighborsOfVertexSets;

/// Parameters of [`CommonNeighborsOfVertexSets`].
#[derive(Debug)]
pub struct Params {
    sources: Vec<String>,
    targets: Vec<String>,
    least: u8,
    directed: bool,
    labels: Option<Vec<String>>,
}

impl Algorithm for CommonNeighborsOfVertexSets {
    type Params = Params;

    const INFO: Info = Info {
        name: "common_neighbors_of_vertex_sets",
        aliases: &["common_neighbours_of_vertex_sets"],
        family: Family::Similarity,
        demand: Demand::Any,
        summary: "The vertices that are neighbours of both of two sets of vertices.",
        params: &[SOURCES, TARGETS, RESTRICTED, DIRECTED, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("vertices", Shape::Vertices, "The common neighbours in vertex order."),
            Output::new("common_neighbors", Shape::Int, "Number of the common neighbours."),
        ],
        source: "GES API reference, common_neighbors_of_vertex_sets",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            sources: args.texts(&SOURCES).unwrap_or_default(),
            targets: args.texts(&TARGETS).unwrap_or_default(),
            least: if args.flag(&RESTRICTED) { 2 } else { 1 },
            directed: args.flag(&DIRECTED),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        let direction = if params.directed { Direction::Outgoing } else { Direction::Undirected };
        shared::labelled(direction, Multiplicity::Simple, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        // Neighbours of each set, and the list.
        (1 + 1 + 4) * size.vertices
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let sources = shared::positions(graph, &params.sources)?;
        let targets = shared::positions(graph, &params.targets)?;
        ctx.phase("count neighbours", 0.95, (sources.len() + targets.len()) as u64);
        let (near_sources, near_targets) = (counts(ctx, graph, &sources)?, counts(ctx, graph, &targets)?);
        let least = params.least;
        let mut found = select(ctx, graph.len(), |v| near_sources[v] >= least && near_targets[v] >= least)?;
        let count = found.len();
        to_vertices(ctx, graph, &mut found)?;
        Ok(Outcome::of_list("vertices", Rows::Vertices(found.release().share()))
            .with("common_neighbors", Scalar::Int(count as i64)))
    }
}

/// How many members of a set are neighbours of each vertex; 2 stands for 2 and more.
fn counts(ctx: &JobContext, graph: &Projection, set: &[u32]) -> Result<Buf<u8>, Stop> {
    let arcs = Arcs::of(graph.out());
    let mut counts = ctx.alloc(graph.len(), 0u8)?;
    let mut tick = ctx.tick();
    for member in set {
        for piece in pieces(arcs.row(*member)) {
            tick.spend(1 + piece.len() as u64)?;
            for t in piece {
                let count = &mut counts[*t as usize];
                *count = (*count + 1).min(2);
            }
        }
        ctx.advance(1);
    }
    Ok(counts)
}
