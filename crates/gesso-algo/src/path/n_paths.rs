//! The first paths between two vertices with at most k edges and no vertex twice: shorter ones first, then in the
//! order of their ids.
//!
//! For each length in turn the walks of that length are searched from both ends, which leaves the vertices that
//! lie on one; paths are taken from these in order, and the search ends when there are enough. Branches in
//! which every walk would meet itself are entered once only. Sources: Peng et al.: "Towards Bridging Theory and
//! Practice: Hop-Constrained s-t Simple Path Enumeration", VLDB 2019; Johnson, 1975. Memory 12·V bytes, of which
//! only what the search touches becomes resident, and what the walks take.

use super::ends::{self, DIRECTED, N, PATHS_NUMBER_OUT, PATHS_OUT, TARGET_OUT};
use super::enumerate::Repeats;
use super::found::Found;
use super::net::{Arcwise, Net};
use super::part::look_through;
use super::walks::{Walks, walks_bytes};
use crate::algorithm::{Algorithm, GraphSize, View};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Param};
use crate::shared::{self, NUM_THREAD, SOURCE, SOURCE_OUT, TARGET};
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec};

const K: Param =
    Param::new("k", Kind::Int(Bounds::closed(1, 10)), "Most edges of a path.").or(Literal::Int(5));

/// Some paths between two vertices.
pub struct NPaths;

/// Parameters of [`NPaths`].
#[derive(Debug)]
pub struct Params {
    source: String,
    target: String,
    directed: bool,
    n: usize,
    k: u32,
}

impl Algorithm for NPaths {
    type Params = Params;

    const INFO: Info = Info {
        name: "n_paths",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "The first n paths of at most k edges from one vertex to another.",
        params: &[SOURCE, TARGET, DIRECTED, N, K, NUM_THREAD],
        outputs: &[PATHS_OUT, PATHS_NUMBER_OUT, SOURCE_OUT, TARGET_OUT],
        source: "Peng et al.: Hop-Constrained s-t Simple Path Enumeration, VLDB 2019; Johnson, 1975",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let (source, target) = ends::distinct(args)?;
        let (n, k) = (args.int(&N) as usize, args.int(&K) as u32);
        Ok(Params { source, target, directed: args.flag(&DIRECTED), n, k })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec { direction: shared::two_way(params.directed), ..ProjectionSpec::default() }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        walks_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        search(params, &Arcwise::of(graph), ctx)
    }

    fn look(params: &Params, view: &View<'_>, ctx: &JobContext) -> Option<Result<Outcome, AlgoError>> {
        Some(look_through(ctx, view, params.directed, |part| search(params, part, ctx)))
    }
}

fn search<'a>(params: &Params, net: &impl Net<'a>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
    ctx.phase("search", 0.98, u64::from(params.k));
    let mut found = Found::first(ctx, params.n)?;
    if let Some([source, target]) = ends::both(net, [&params.source, &params.target])? {
        let mut walks = Walks::new(ctx, net.bound())?;
        walks.begin(ctx, net, source, target)?;
        for length in 1..=params.k {
            if found.is_full() || walks.is_exhausted() {
                break;
            }
            if let Some(layers) = walks.layers(ctx, net, length, |_| true)? {
                found.extend(ctx, net.names(), &layers, Repeats::LeftOut)?;
            }
            ctx.advance(1);
        }
    }
    Ok(ends::many_paths(found, &params.source, &params.target))
}
