//! All paths of fewest edges for each pair of a source and a target, if they are not longer than a cutoff: sources in
//! the order given, then targets in the order given. Pairs without a path and pairs of one vertex are left out;
//! where there are more paths than asked for the rest is cut off.
//!
//! A breadth-first search from each source, sources in parallel. Memory 4·V bytes and 16·V for each thread, of which
//! only what the search touches becomes resident, and what the paths take.

use super::ends::{self, DIRECTED, PATHS_NUMBER_OUT, TARGETS};
use super::net::Arcwise;
use super::pairs::{Pairs, PathSets, pairs_bytes, paths_of_pairs};
use crate::algorithm::{Algorithm, GraphSize};
use crate::args::{Args, Mode};
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::shared::{self, NUM_THREAD, SOURCES};
use gesso_core::{JobContext, Outcome, Scalar};
use gesso_graph::{Projection, ProjectionSpec};

pub(super) const CUTOFF: Param =
    Param::new("cutoff", Kind::Int(Bounds::closed(1, 100)), "Most edges of a path.").or(Literal::Int(6));

pub(super) const PATH_LIMIT: Param = Param::new(
    "path_limit",
    Kind::Int(Bounds::closed(1, 1_000_000)),
    "Most paths in all; 100000 at most, and if missing, where a client waits.",
)
.alias(&["path_num"])
.or(Literal::Int(1_000_000));

pub(super) const BATCH_PATHS_OUT: Output =
    Output::new("batch_paths", Shape::PathSets, "The paths of each pair, in the order of their ids.");

pub(super) const CUT_OUT: Output = Output::new(
    "truncated",
    Shape::Bool,
    "True where the search ended with as many paths as wanted, though there may be more; else absent.",
);

/// Limits where a client waits: spec 06, 3.5.
const SYNC_PATHS_MAX: i64 = 100_000;
const SYNC_PRODUCT_MAX: u64 = 1_000_000;

/// Most ids of a set with filters, or where a client waits.
pub(super) const IDS_MAX: usize = 10_000;

/// All shortest paths of many pairs.
pub struct AllPairsShortestPaths;

/// Parameters of [`AllPairsShortestPaths`], with filters and without.
#[derive(Debug)]
pub struct Params {
    pub(super) sources: Vec<String>,
    pub(super) targets: Vec<String>,
    pub(super) directed: bool,
    pub(super) cutoff: u32,
    pub(super) most: usize,
}

impl Params {
    pub(super) fn of(args: &Args, [sources, targets]: [&Param; 2]) -> Result<Params, AlgoError> {
        let sets = [sources, targets].map(|param| (param, args.texts(param).unwrap_or_default()));
        let cutoff = args.int(&CUTOFF).unsigned_abs();
        let most = match args.mode() {
            Mode::Job => args.int(&PATH_LIMIT),
            Mode::Sync => {
                for (param, ids) in &sets {
                    check_ids(param, ids)?;
                }
                sync_limit(args, cutoff, sets.iter().map(|(_, ids)| ids.len() as u64).product())?
            }
        };
        let [(_, sources), (_, targets)] = sets;
        let (cutoff, most) = (cutoff as u32, most as usize);
        Ok(Params { sources, targets, directed: args.flag(&DIRECTED), cutoff, most })
    }

    /// Threads that have a source to search from.
    pub(super) fn threads(&self, size: GraphSize) -> u64 {
        size.threads.min(self.sources.len() as u64)
    }

    /// What is searched for between vertices.
    pub(super) fn pairs<'a>(&self, sources: &'a [u32], targets: &'a [u32]) -> Pairs<'a> {
        Pairs { sources, targets, cutoff: self.cutoff, most: self.most }
    }
}

fn check_ids(param: &Param, ids: &[String]) -> Result<(), AlgoError> {
    if ids.len() <= IDS_MAX {
        return Ok(());
    }
    Err(AlgoError::Invalid {
        name: param.name,
        expected: Kind::Vertices { most: IDS_MAX, may_repeat: false }.to_string(),
    })
}

/// The most paths where a client waits.
fn sync_limit(args: &Args, cutoff: u64, pairs: u64) -> Result<i64, AlgoError> {
    let most = args.int_if(&PATH_LIMIT).unwrap_or(SYNC_PATHS_MAX);
    if most > SYNC_PATHS_MAX {
        let expected = format!("[1,{SYNC_PATHS_MAX}] when executed synchronously");
        return Err(AlgoError::Invalid { name: PATH_LIMIT.name, expected });
    }
    let products = [
        ("the product of the numbers of sources and targets and [cutoff]", pairs * cutoff),
        ("the product of [path_limit] and [cutoff]", most.unsigned_abs() * cutoff),
    ];
    match products.into_iter().find(|(_, product)| *product > SYNC_PRODUCT_MAX) {
        Some((what, product)) => Err(AlgoError::TooMuch { what, product, most: SYNC_PRODUCT_MAX }),
        None => Ok(most),
    }
}

/// Paths of pairs as a result.
pub(super) fn outcome(found: PathSets) -> Outcome {
    let (count, is_cut) = (found.paths() as i64, found.is_cut());
    let outcome = Outcome::of_list("batch_paths", found.into_rows()).with("paths_number", Scalar::Int(count));
    if is_cut { outcome.with("truncated", Scalar::Bool(true)) } else { outcome }
}

impl Algorithm for AllPairsShortestPaths {
    type Params = Params;

    const INFO: Info = Info {
        name: "all_pairs_shortest_paths",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "All shortest paths for each pair of a source and a target.",
        params: &[SOURCES, TARGETS, DIRECTED, CUTOFF, PATH_LIMIT, NUM_THREAD],
        outputs: &[BATCH_PATHS_OUT, PATHS_NUMBER_OUT, CUT_OUT],
        source: "Moore: The Shortest Path through a Maze, 1959",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Params::of(args, [&SOURCES, &TARGETS])
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec { direction: shared::two_way(params.directed), ..ProjectionSpec::default() }
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        pairs_bytes(size.vertices, params.threads(size))
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let net = Arcwise::of(graph);
        let sources = ends::ends(ctx, &net, &params.sources)?;
        let targets = ends::ends(ctx, &net, &params.targets)?;
        Ok(outcome(paths_of_pairs(ctx, || Ok(net), &params.pairs(&sources, &targets))?))
    }
}
