//! The first paths between two vertices with exactly k edges and no vertex twice, each hop through a filter and a
//! direction of its own, in the order of their ids.
//!
//! The walks of k hops are searched from both ends, which leaves the vertices that lie on one; paths are taken
//! from these in order. Branches in which every walk would meet itself are entered once only. Sources: Peng et
//! al.: "Towards Bridging Theory and Practice: Hop-Constrained s-t Simple Path Enumeration", VLDB 2019; Johnson,
//! 1975. Memory 16·V bytes, of which only what the search touches becomes resident, and what the walks take.

use super::ends::{self, PATHS_NUMBER_OUT, PATHS_OUT, TARGET_OUT};
use super::enumerate::Repeats;
use super::filtered;
use super::found::Found;
use super::net::Net;
use super::part::{Hop, Part, part_bytes};
use super::walks::{Walks, walks_bytes};
use crate::algorithm::{GraphSize, Ground, Search};
use crate::args::Args;
use crate::condition::{Condition, Layer, Operator};
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::shared::{NUM_THREAD, SOURCE, SOURCE_OUT, TARGET};
use gesso_core::{JobContext, Outcome, Scalar};

const K: Param = Param::new("k", Kind::Int(Bounds::closed(2, 6)), "Edges of each path.").or(Literal::Int(2));

const N: Param =
    Param::new("n", Kind::Int(Bounds::closed(1, 1000)), "Most paths to list.").or(Literal::Int(1));

const FILTERS: Param = Param::new(
    "filters",
    Kind::Layers,
    "Direction and conditions of each hop: of its edge, and of the vertex reached. The last one serves the rest.",
);

/// Some paths through filters hop by hop.
pub struct FilteredNPaths;

/// Parameters of [`FilteredNPaths`].
#[derive(Debug)]
pub struct Params {
    source: String,
    target: String,
    k: u32,
    n: usize,
    /// As many as there are hops for.
    layers: Vec<Layer>,
}

impl Search for FilteredNPaths {
    type Params = Params;

    const INFO: Info = Info {
        name: "filtered_n_paths",
        aliases: &[],
        family: Family::Path,
        demand: Demand::Any,
        summary: "The first n paths of k edges from one vertex to another through filters.",
        params: &[SOURCE, TARGET, K, N, FILTERS, NUM_THREAD],
        outputs: &[
            PATHS_OUT,
            Output::new("path_length", Shape::Int, "Edges of each path."),
            PATHS_NUMBER_OUT,
            SOURCE_OUT,
            TARGET_OUT,
        ],
        source: "Peng et al.: Hop-Constrained s-t Simple Path Enumeration, VLDB 2019; Johnson, 1975",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let (source, target) = ends::distinct(args)?;
        let k = args.int(&K) as u32;
        let plain = Layer { operator: Operator::Out, condition: Condition::default(), times: 1 };
        let mut layers = args.layers(&FILTERS).unwrap_or_else(|| vec![plain]);
        let mut hops = 0;
        layers.retain(|layer| {
            let is_used = hops < k;
            hops += layer.times;
            is_used
        });
        Ok(Params { source, target, k, n: args.int(&N) as usize, layers })
    }

    fn conditions(params: &Params) -> Vec<&Condition> {
        params.layers.iter().map(|layer| &layer.condition).collect()
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        walks_bytes(size.vertices) + part_bytes(size.vertices)
    }

    fn run(params: &Params, ground: &Ground<'_>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let source = filtered::vertex(ground, &params.source)?;
        let target = filtered::vertex(ground, &params.target)?;
        ctx.phase("search", 0.98, 0);
        let hops = hops(&params.layers, ground, 0);
        let part = Part::new(ctx, ground.snapshot, &hops)?;
        let mut walks = Walks::new(ctx, part.bound())?;
        walks.begin(ctx, &part, source, target)?;
        let mut found = Found::first(ctx, params.n)?;
        if let Some(layers) = walks.layers(ctx, &part, params.k, |_| true)? {
            found.extend(ctx, part.names(), &layers, Repeats::LeftOut)?;
        }
        let mut outcome = ends::many_paths(found, &params.source, &params.target);
        outcome.scalars.insert(0, ("path_length".to_owned(), Scalar::Int(params.k.into())));
        Ok(outcome)
    }
}

/// A hop for each time of each layer, whose conditions are the ground's from `first` on.
pub(super) fn hops<'a>(layers: &[Layer], ground: &Ground<'a>, first: usize) -> Vec<Hop<'a>> {
    let each = layers.iter().zip(ground.selections.iter().enumerate().skip(first));
    each.flat_map(|(layer, (condition, selection))| {
        let hop = Hop { operator: layer.operator, selection: Some(selection.as_ref()), condition };
        std::iter::repeat_n(hop, layer.times as usize)
    })
    .collect()
}
