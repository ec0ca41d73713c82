//! A path of fewest edges from any vertex of one set to any vertex of another. Of several the one is given whose
//! ids come first, compared one by one as UTF-8 bytes; a vertex in both sets is a path by itself.
//!
//! Searched from both sets at once. Source: Pohl: "Bi-directional Search", 1971. Memory 27·V bytes; only what the
//! search touches becomes resident.

use super::ends::{self, DIRECTED, FIRST_SOURCE_OUT, FIRST_TARGET_OUT, PATH_OUT, TARGETS, TIME_WINDOW};
use super::meeting::between_bytes;
use super::net::{Arcwise, Net};
use super::part::look_through;
use super::shortest_path::path;
use crate::algorithm::{Algorithm, GraphSize, View};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info};
use crate::shared::{self, NUM_THREAD, SOURCES};
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec, TimeWindow};

/// A shortest path between two sets.
pub struct ShortestPathOfVertexSets;

/// Parameters of [`ShortestPathOfVertexSets`].
#[derive(Debug)]
pub struct Params {
    sources: Vec<String>,
    targets: Vec<String>,
    directed: bool,
    window: Option<TimeWindow>,
}

impl Algorithm for ShortestPathOfVertexSets {
    type Params = Params;

    const INFO: Info = Info {
        name: "shortest_path_of_vertex_sets",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "A shortest path from a set of vertices to another.",
        params: &[SOURCES, TARGETS, DIRECTED, TIME_WINDOW, NUM_THREAD],
        outputs: &[PATH_OUT, FIRST_SOURCE_OUT, FIRST_TARGET_OUT],
        source: "Pohl: Bi-directional Search, 1971",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            sources: args.texts(&SOURCES).unwrap_or_default(),
            targets: args.texts(&TARGETS).unwrap_or_default(),
            directed: args.flag(&DIRECTED),
            window: args.window(&TIME_WINDOW).flatten(),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            direction: shared::two_way(params.directed),
            window: params.window.clone(),
            ..ProjectionSpec::default()
        }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        between_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        search(params, &Arcwise::of(graph), ctx)
    }

    fn look(params: &Params, view: &View<'_>, ctx: &JobContext) -> Option<Result<Outcome, AlgoError>> {
        if params.window.is_some() {
            return None;
        }
        Some(look_through(ctx, view, params.directed, |part| search(params, part, ctx)))
    }
}

fn search<'a>(params: &Params, net: &impl Net<'a>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
    let sources = ends::ends(ctx, net, &params.sources)?;
    let targets = ends::ends(ctx, net, &params.targets)?;
    ctx.phase("search", 0.98, 0);
    Ok(ends::path_between_sets(path(ctx, net, &sources, &targets)?))
}
