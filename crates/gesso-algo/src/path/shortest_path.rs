//! A shortest path between two vertices: fewest edges, or least sum of weights. Of several the one is given
//! whose ids come first, compared one by one as UTF-8 bytes.
//!
//! Searched from both ends. Sources: Pohl: "Bi-directional Search", 1971; Dijkstra, 1959. Memory 16·V bytes
//! without, 40·V with weights; only what the search touches becomes resident.

use super::two_sided::{self, path_bytes};
use super::two_sided_weighted::{self, weighted_path_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::shared::{self, NUM_THREAD, SOURCE, SOURCE_OUT, TARGET, WEIGHT};
use gesso_core::{JobContext, Outcome, Scalar, VertexIx};
use gesso_graph::{Projection, ProjectionSpec, TimeWindow};

const DIRECTED: Param = shared::DIRECTED.or(Literal::Bool(false));

const TIME_WINDOW: Param =
    Param::new("timeWindow", Kind::Window, "Only vertices and edges whose time property lies in the window.");

/// A shortest path between two vertices.
pub struct ShortestPath;

/// Parameters of [`ShortestPath`].
#[derive(Debug)]
pub struct Params {
    source: String,
    target: String,
    weight: Option<String>,
    directed: bool,
    window: Option<TimeWindow>,
}

impl Algorithm for ShortestPath {
    type Params = Params;

    const INFO: Info = Info {
        name: "shortest_path",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "A shortest path from one vertex to another.",
        params: &[SOURCE, TARGET, WEIGHT, DIRECTED, TIME_WINDOW, NUM_THREAD],
        outputs: &[
            Output::new(
                "path",
                Shape::Path,
                "Ids along the path, both ends included; empty if there is none.",
            ),
            SOURCE_OUT,
            Output::new("target", Shape::Vertex, "The vertex to be reached."),
        ],
        source: "Pohl: Bi-directional Search, 1971; Dijkstra, 1959",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let (source, target) = (args.text(&SOURCE), args.text(&TARGET));
        let (weight, window) = (args.property(&WEIGHT), args.window(&TIME_WINDOW));
        if source == target {
            return Err(AlgoError::SameEnds);
        }
        if weight.is_some() && window.is_some() {
            return Err(AlgoError::WeightWithWindow);
        }
        Ok(Params { source, target, weight, directed: args.flag(&DIRECTED), window: window.flatten() })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            direction: shared::two_way(params.directed),
            weight: params.weight.clone(),
            window: params.window.clone(),
            ..ProjectionSpec::default()
        }
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        if params.weight.is_some() { weighted_path_bytes(size.vertices) } else { path_bytes(size.vertices) }
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let source = end(graph, &params.source)?;
        let target = end(graph, &params.target)?;
        ctx.phase("search", 0.98, 0);
        let path = match (source, target) {
            (Some(s), Some(t)) if params.weight.is_some() => two_sided_weighted::path(ctx, graph, s, t)?,
            (Some(s), Some(t)) => two_sided::path(ctx, graph, s, t)?,
            // An end outside the window has no path.
            _ => Vec::new(),
        };
        let path: Vec<VertexIx> = path.into_iter().map(|p| graph.vertex(p)).collect();
        Ok(Outcome::default()
            .with("path", Scalar::Vertices(path))
            .with("source", Scalar::Text(params.source.clone()))
            .with("target", Scalar::Text(params.target.clone())))
    }
}

/// The position of an end, none if the projection leaves the vertex out.
fn end(graph: &Projection, id: &str) -> Result<Option<u32>, AlgoError> {
    graph.find(id).ok_or_else(|| AlgoError::NoVertex { id: id.to_owned() })
}
