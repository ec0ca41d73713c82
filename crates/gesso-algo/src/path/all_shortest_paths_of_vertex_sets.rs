//! All paths from a vertex of one set to a vertex of another whose length is the distance between the sets: the
//! least over all pairs. In the order of their ids; of more than 1,000,000 the first million.
//!
//! Searched from both sets at once. Source: Pohl: "Bi-directional Search", 1971. Memory 27·V bytes, of which only
//! what the search touches becomes resident, and what the paths take.

use super::all_shortest_paths::all_paths;
use super::ends::{
    self, DIRECTED, FIRST_SOURCE_OUT, FIRST_TARGET_OUT, PATHS_NUMBER_OUT, PATHS_OUT, TARGETS, TRUNCATED_OUT,
};
use super::meeting::between_bytes;
use super::net::{Arcwise, Net};
use super::part::look_through;
use crate::algorithm::{Algorithm, GraphSize, View};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info};
use crate::shared::{self, NUM_THREAD, SOURCES};
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec};

/// All shortest paths between two sets.
pub struct AllShortestPathsOfVertexSets;

/// Parameters of [`AllShortestPathsOfVertexSets`].
#[derive(Debug)]
pub struct Params {
    sources: Vec<String>,
    targets: Vec<String>,
    directed: bool,
}

impl Algorithm for AllShortestPathsOfVertexSets {
    type Params = Params;

    const INFO: Info = Info {
        name: "all_shortest_paths_of_vertex_sets",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "All shortest paths from a set of vertices to another.",
        params: &[SOURCES, TARGETS, DIRECTED, NUM_THREAD],
        outputs: &[PATHS_OUT, PATHS_NUMBER_OUT, FIRST_SOURCE_OUT, FIRST_TARGET_OUT, TRUNCATED_OUT],
        source: "Pohl: Bi-directional Search, 1971",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            sources: args.texts(&SOURCES).unwrap_or_default(),
            targets: args.texts(&TARGETS).unwrap_or_default(),
            directed: args.flag(&DIRECTED),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec { direction: shared::two_way(params.directed), ..ProjectionSpec::default() }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        between_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        search(params, &Arcwise::of(graph), ctx)
    }

    fn look(params: &Params, view: &View<'_>, ctx: &JobContext) -> Option<Result<Outcome, AlgoError>> {
        Some(look_through(ctx, view, params.directed, |part| search(params, part, ctx)))
    }
}

fn search<'a>(params: &Params, net: &impl Net<'a>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
    let sources = ends::ends(ctx, net, &params.sources)?;
    let targets = ends::ends(ctx, net, &params.targets)?;
    ctx.phase("search", 0.98, 0);
    Ok(ends::paths_between_sets(all_paths(ctx, net, &sources, &targets)?))
}
