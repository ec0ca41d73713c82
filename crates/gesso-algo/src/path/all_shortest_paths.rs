//! All shortest paths between two vertices: of fewest edges, or of least sum of weights. Shorter ones come first,
//! then they are in the order of their ids, compared one by one as UTF-8 bytes; of more than 1,000,000 the first
//! million is kept.
//!
//! Searched from both ends. Sources: Pohl: "Bi-directional Search", 1971; Dijkstra, 1959. Memory 16·V bytes
//! without, 40·V with weights, of which only what the search touches becomes resident, and what the paths take.

use super::ends::{self, DIRECTED, PATHS_NUMBER_OUT, PATHS_OUT, TARGET_OUT, TRUNCATED_OUT};
use super::enumerate::Repeats;
use super::found::Found;
use super::meeting::{between, between_bytes};
use super::meeting_weighted::{ties, weighted_bytes};
use super::net::{Arcwise, Net};
use super::ties::Wanted;
use crate::algorithm::{Algorithm, GraphSize};
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
        let (source, target) = (ends::end(graph, &params.source)?, ends::end(graph, &params.target)?);
        ctx.phase("search", 0.98, 0);
        let found = match (source, target) {
            (Some(s), Some(t)) if params.weight.is_some() => {
                let mut found = Found::all(ctx)?;
                if let Some(ties) = ties(ctx, graph, (s, t), Wanted::All)? {
                    ties.list(ctx, graph, &mut found)?;
                }
                found
            }
            (Some(s), Some(t)) => all_paths(ctx, &Arcwise::of(graph), &[s], &[t])?,
            // An end that is filtered out has no path.
            _ => Found::all(ctx)?,
        };
        Ok(ends::many_paths(found, &params.source, &params.target))
    }
}

/// All paths of fewest edges between two sets.
pub(super) fn all_paths<'a>(
    ctx: &JobContext,
    net: &impl Net<'a>,
    sources: &[u32],
    targets: &[u32],
) -> Result<Found, Stop> {
    let mut found = Found::all(ctx)?;
    if let Some(mut paths) = between(ctx, net, sources, targets)? {
        let layers = paths.layers(ctx, net)?;
        drop(paths);
        found.extend(ctx, net.names(), &layers, Repeats::Impossible)?;
    }
    Ok(found)
}
