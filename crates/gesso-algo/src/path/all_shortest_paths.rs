//! All shortest paths between two vertices: of fewest edges, or of least sum of weights. Shorter ones come first,
//! then they are in the order of their ids, compared one by one as UTF-8 bytes; of more than 1,000,000 the first
//! million is kept.
//!
//! Searched from both ends. Sources: Pohl: "Bi-directional Search", 1971; Dijkstra, 1959. Memory 27·V bytes
//! without, 40·V with weights, of which only what the search touches becomes resident, and what the paths take.

use super::ends::{self, DIRECTED, PATHS_NUMBER_OUT, PATHS_OUT, TARGET_OUT, TRUNCATED_OUT};
use super::enumerate::Repeats;
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
use gesso_core::{JobContext, Outcome, Stop};
use gesso_graph::{Projection, ProjectionSpec};

/// All shortest paths between two vertices.
pub struct AllShortestPaths;

/// Parameters of [`AllShortestPaths`].
#[derive(Debug)]
pub struct Params {
    source: String,
    target: String,
    weight: Option<String>,
    directed: bool,
}

impl Algorithm for AllShortestPaths {
    type Params = Params;

    const INFO: Info = Info {
        name: "all_shortest_paths",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "All shortest paths from one vertex to another.",
        params: &[SOURCE, TARGET, WEIGHT, DIRECTED, NUM_THREAD],
        outputs: &[PATHS_OUT, PATHS_NUMBER_OUT, SOURCE_OUT, TARGET_OUT, TRUNCATED_OUT],
        source: "Pohl: Bi-directional Search, 1971; Dijkstra, 1959",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let (source, target) = ends::distinct(args)?;
        Ok(Params { source, target, weight: args.property(&WEIGHT), directed: args.flag(&DIRECTED) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            direction: shared::two_way(params.directed),
            weight: params.weight.clone(),
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
        let mut found = Found::all(ctx)?;
        if let Some([s, t]) = ends::both(&net, params.ends())?
            && let Some(ties) = ties(ctx, graph, (s, t), Wanted::All)?
        {
            ties.list(ctx, graph, &mut found)?;
        }
        Ok(ends::many_paths(found, &params.source, &params.target))
    }

    fn look(params: &Params, view: &View<'_>, ctx: &JobContext) -> Option<Result<Outcome, AlgoError>> {
        if params.weight.is_some() {
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
    paths_of_ends(ctx, net, params.ends())
}

/// All paths of fewest edges between two vertices, as a result. An end that is filtered out has no path.
pub(super) fn paths_of_ends<'a>(
    ctx: &JobContext,
    net: &impl Net<'a>,
    ids: [&str; 2],
) -> Result<Outcome, AlgoError> {
    ctx.phase("search", 0.98, 0);
    let found = match ends::both(net, ids)? {
        Some([s, t]) => all_paths(ctx, net, &[s], &[t])?,
        None => Found::all(ctx)?,
    };
    Ok(ends::many_paths(found, ids[0], ids[1]))
}

/// All paths of fewest edges between two sets.
pub(super) fn all_paths<'a>(
    ctx: &JobContext,
    net: &impl Net<'a>,
    sources: &[u32],
    targets: &[u32],
) -> Result<Found, Stop> {
    let mut found = Found::all(ctx)?;
    if let Some(paths) = between(ctx, net, sources, targets)? {
        let layers = paths.layers(ctx, net)?;
        found.extend(ctx, net.names(), &layers, Repeats::Impossible)?;
    }
    Ok(found)
}
