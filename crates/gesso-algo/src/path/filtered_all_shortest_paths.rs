//! All paths of fewest edges between two vertices, on vertices and edges that pass filters, in the order of their
//! ids; of more than 1,000,000 the first million. Equal ends are a path by themselves.
//!
//! Searched from both ends; filters are asked as the search comes by, of each vertex once. Source: Pohl:
//! "Bi-directional Search", 1971. Memory 20·V bytes, of which only what the search touches becomes resident, and
//! what the paths take.

use super::all_shortest_paths::paths_of_ends;
use super::ends::{DIRECTED, PATHS_NUMBER_OUT, PATHS_OUT, TARGET_OUT, TRUNCATED_OUT};
use super::filtered::{self, EDGE_FILTER, VERTEX_FILTER};
use super::filtered_shortest_path::Params;
use super::meeting::between_bytes;
use super::part::{look_through, part_bytes};
use crate::algorithm::{GraphSize, Ground, Search};
use crate::args::Args;
use crate::condition::Condition;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info};
use crate::shared::{NUM_THREAD, SOURCE, SOURCE_OUT, TARGET};
use gesso_core::{JobContext, Outcome};

/// All shortest paths through filters.
pub struct FilteredAllShortestPaths;

impl Search for FilteredAllShortestPaths {
    type Params = Params;

    const INFO: Info = Info {
        name: "filtered_all_shortest_paths",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "All shortest paths from one vertex to another through filters.",
        params: &[SOURCE, TARGET, DIRECTED, VERTEX_FILTER, EDGE_FILTER, NUM_THREAD],
        outputs: &[PATHS_OUT, PATHS_NUMBER_OUT, SOURCE_OUT, TARGET_OUT, TRUNCATED_OUT],
        source: "Pohl: Bi-directional Search, 1971",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params::of(args))
    }

    fn conditions(params: &Params) -> Vec<&Condition> {
        vec![&params.condition]
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        between_bytes(size.vertices) + part_bytes(size.vertices)
    }

    fn run(params: &Params, ground: &Ground<'_>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let view = filtered::view(ground);
        look_through(ctx, &view, params.directed, |part| paths_of_ends(ctx, part, params.ends()))
    }
}
