//! A shortest path between two vertices: fewest edges, or least sum of weights. Of several the one is given
//! whose ids come first, compared one by one as UTF-8 bytes.
//!
//! Searched from both ends. Sources: Pohl: "Bi-directional Search", 1971; Dijkstra, 1959. Memory 27·V bytes
//! without, 40·V with weights; only what the search touches becomes resident.

use super::ends::{self, DIRECTED, PATH_OUT, TARGET_OUT, TIME_WINDOW};
use super::found::Found;
use super::meeting::{between, between_bytes};
use super::meeting_weighted::{ties, weighted_bytes};
use super::net::{Arcwise, Net};
use super::part::look_through;
use super::ties::Wanted;
use crate::algorithm::{Algorithm, GraphSize, View};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info};
use crate::shared::{self, NUM_THREAD, SOURCE, SOURCE_OUT, TARGET, WEIGHT};
use gesso_core::{JobContext, Outcome, Stop, VertexIx};
use gesso_graph::{Projection, ProjectionSpec, TimeWindow};

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
        outputs: &[PATH_OUT, SOURCE_OUT, TARGET_OUT],
        source: "Pohl: Bi-directional Search, 1971; Dijkstra, 1959",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let (source, target) = ends::distinct(args)?;
        let (weight, window) = (args.property(&WEIGHT), args.window(&TIME_WINDOW));
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
        if params.weight.is_some() { weighted_bytes(size.vertices) } else { between_bytes(size.vertices) }
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let net = Arcwise::of(graph);
        if params.weight.is_none() {
            return search(params, &net, ctx);
        }
        ctx.phase("search", 0.98, 0);
        let path = match ends::both(&net, params.ends())? {
            Some([s, t]) => lightest_path(ctx, graph, (s, t))?,
            None => Vec::new(),
        };
        Ok(ends::one_path(path, &params.source, &params.target))
    }

    fn look(params: &Params, view: &View<'_>, ctx: &JobContext) -> Option<Result<Outcome, AlgoError>> {
        if params.weight.is_some() || params.window.is_some() {
            return None;
        }
        Some(look_through(ctx, view, params.directed, |part| search(params, part, ctx)))
    }
}

impl Params {
    fn ends(&self) -> [&str; 2] {
        [&self.source, &self.target]
    }
}

fn search<'a>(params: &Params, net: &impl Net<'a>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
    path_of_ends(ctx, net, params.ends())
}

/// The first of the shortest paths between two vertices, as a result. An end that is filtered out has no path.
pub(super) fn path_of_ends<'a>(
    ctx: &JobContext,
    net: &impl Net<'a>,
    ids: [&str; 2],
) -> Result<Outcome, AlgoError> {
    ctx.phase("search", 0.98, 0);
    let path = match ends::both(net, ids)? {
        Some([s, t]) => path(ctx, net, &[s], &[t])?,
        None => Vec::new(),
    };
    Ok(ends::one_path(path, ids[0], ids[1]))
}

/// The first of the shortest paths between two sets; empty if there is none.
pub(super) fn path<'a>(
    ctx: &JobContext,
    net: &impl Net<'a>,
    sources: &[u32],
    targets: &[u32],
) -> Result<Vec<VertexIx>, Stop> {
    let path = match between(ctx, net, sources, targets)? {
        Some(paths) => paths.first_path(net, &mut ctx.tick())?,
        None => Vec::new(),
    };
    Ok(path.into_iter().map(|v| net.names().vertex(v)).collect())
}

/// The first of the paths of least weight; empty if there is none.
fn lightest_path(ctx: &JobContext, graph: &Projection, ends: (u32, u32)) -> Result<Vec<VertexIx>, AlgoError> {
    let mut found = Found::first(ctx, 1)?;
    if let Some(ties) = ties(ctx, graph, ends, Wanted::First)? {
        ties.list(ctx, graph, &mut found)?;
    }
    Ok(found.into_first())
}
