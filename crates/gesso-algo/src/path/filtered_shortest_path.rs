//! A path of fewest edges between two vertices, on vertices and edges that pass filters. Of several the one is
//! given whose ids come first, compared one by one as UTF-8 bytes. Equal ends are a path by themselves.
//!
//! Searched from both ends; filters are asked as the search comes by, of each vertex once. Source: Pohl:
//! "Bi-directional Search", 1971. Memory 20·V bytes; only what the search touches becomes resident.

use super::ends::{DIRECTED, PATH_OUT, TARGET_OUT};
use super::filtered::{self, EDGE_FILTER, VERTEX_FILTER};
use super::meeting::between_bytes;
use super::part::{look_through, part_bytes};
use super::shortest_path::path_of_ends;
use crate::algorithm::{GraphSize, Ground, Search};
use crate::args::Args;
use crate::condition::Condition;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info};
use crate::shared::{NUM_THREAD, SOURCE, SOURCE_OUT, TARGET};
use gesso_core::{JobContext, Outcome};

/// A shortest path through filters.
pub struct FilteredShortestPath;

/// Parameters of [`FilteredShortestPath`] and of all paths.
#[derive(Debug)]
pub struct Params {
    pub(super) source: String,
    pub(super) target: String,
    pub(super) directed: bool,
    pub(super) condition: Condition,
}

impl Params {
    pub(super) fn of(args: &Args) -> Params {
        Params {
            source: args.text(&SOURCE),
            target: args.text(&TARGET),
            directed: args.flag(&DIRECTED),
            condition: filtered::condition(args),
        }
    }

    pub(super) fn ends(&self) -> [&str; 2] {
        [&self.source, &self.target]
    }
}

impl Search for FilteredShortestPath {
    type Params = Params;

    const INFO: Info = Info {
        name: "filtered_shortest_path",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "A shortest path from one vertex to another through filters.",
        params: &[SOURCE, TARGET, DIRECTED, VERTEX_FILTER, EDGE_FILTER, NUM_THREAD],
        outputs: &[PATH_OUT, SOURCE_OUT, TARGET_OUT],
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
        look_through(ctx, &view, params.directed, |part| path_of_ends(ctx, part, params.ends()))
    }
}
