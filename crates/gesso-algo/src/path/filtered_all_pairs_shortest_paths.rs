//! All paths of fewest edges for each pair of a source and a target, on vertices and edges that pass filters, if they
//! are not longer than a cutoff: sources in the order given, then targets in the order given. Pairs without a path
//! and pairs of one vertex are left out; where there are more paths than asked for the rest is cut off.
//!
//! A breadth-first search from each source, sources in parallel; filters are asked as the searches come by. Memory
//! 4·V bytes and 20·V for each thread, of which only what the search touches becomes resident, and what the paths
//! take.

use super::all_pairs_shortest_paths::{
    self as all_pairs, BATCH_PATHS_OUT, CUT_OUT, CUTOFF, IDS_MAX, PATH_LIMIT,
};
use super::ends::{self, DIRECTED, PATHS_NUMBER_OUT};
use super::filtered::{self, EDGE_FILTER, VERTEX_FILTER};
use super::pairs::{pairs_bytes, paths_of_pairs};
use super::part::{Hop, Part, part_bytes};
use crate::algorithm::{GraphSize, Ground, Search};
use crate::args::Args;
use crate::condition::Condition;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Kind, Param};
use crate::shared::{self, NUM_THREAD};
use gesso_core::{JobContext, Outcome, VertexIx};

const SOURCES: Param = Param { kind: Kind::Vertices { most: IDS_MAX, may_repeat: false }, ..shared::SOURCES };

const TARGETS: Param = Param { kind: Kind::Vertices { most: IDS_MAX, may_repeat: false }, ..ends::TARGETS };

/// All shortest paths of many pairs through filters.
pub struct FilteredAllPairsShortestPaths;

/// Parameters of [`FilteredAllPairsShortestPaths`].
#[derive(Debug)]
pub struct Params {
    pairs: all_pairs::Params,
    condition: Condition,
}

impl Search for FilteredAllPairsShortestPaths {
    type Params = Params;

    const INFO: Info = Info {
        name: "filtered_all_pairs_shortest_paths",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "All shortest paths for each pair of a source and a target through filters.",
        params: &[SOURCES, TARGETS, DIRECTED, CUTOFF, PATH_LIMIT, VERTEX_FILTER, EDGE_FILTER, NUM_THREAD],
        outputs: &[BATCH_PATHS_OUT, PATHS_NUMBER_OUT, CUT_OUT],
        source: "Moore: The Shortest Path through a Maze, 1959",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let pairs = all_pairs::Params::of(args, [&SOURCES, &TARGETS])?;
        Ok(Params { pairs, condition: filtered::condition(args) })
    }

    fn conditions(params: &Params) -> Vec<&Condition> {
        vec![&params.condition]
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let threads = params.pairs.threads(size);
        pairs_bytes(size.vertices, threads) + threads * part_bytes(size.vertices)
    }

    fn run(params: &Params, ground: &Ground<'_>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let mut sources = filtered::vertices(ctx, ground, &params.pairs.sources)?;
        let targets = filtered::vertices(ctx, ground, &params.pairs.targets)?;
        let selection = ground.selections[0].as_ref();
        let hops = Hop::everywhere(Some(selection), params.pairs.directed);
        // Targets that fail are never reached.
        sources.retain(|v| selection.passes_vertex(ground.snapshot, VertexIx(*v)));
        let pairs = params.pairs.pairs(&sources, &targets);
        let found = paths_of_pairs(ctx, || Part::new(ctx, ground.snapshot, &hops), &pairs)?;
        Ok(all_pairs::outcome(found))
    }
}
