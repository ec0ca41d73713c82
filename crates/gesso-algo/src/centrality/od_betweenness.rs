//! Flow between given origins and destinations: each pair sends one unit along its shortest paths, split
//! evenly among them; the result is what passes along each edge. A seed with A attendees exchanges A units
//! with the vertices that it reaches (or that reach it), shared evenly.
//!
//! Source: Brandes: "On variants of shortest-path betweenness centrality and their generic computation",
//! 2008: edge dependencies with a demand at each destination. Work O(origins·(V + E)), with weights
//! O(origins·(E + V·log V)); memory: a search with its sums and 8 bytes an edge, or the written edges if these take more.

use super::brandes::{Brandes, Wanted, brandes_bytes};
use super::edge_scores::{EdgeScores, edge_scores_bytes, first_of_parallel_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::edge_rows::some_edges;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::shared::{self, DIRECTED, LABELS, NUM_THREAD, WEIGHT};
use gesso_core::bits::bits_bytes;
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::collections::BTreeMap;

const OD_PAIRS: Param =
    Param::new("OD_pairs", Kind::Pairs, "Lines of origin and destination; wins over seeds.").alias(&["OD"]);

const SEEDS: Param =
    Param::new("seeds", Kind::Vertices { most: 30, may_repeat: true }, "Vertices with attendees.")
        .example(Literal::Text(""));

const MODES: Param = Param::new(
    "modes",
    Kind::Words("IN or OUT for each seed, or one for all"),
    "IN where the seed is the origin, OUT where it is the destination; IN when missing.",
);

const ATTENDEES: Param = Param::new(
    "attendees",
    Kind::Words("whole numbers of [1,1000000] for each seed, or one for all"),
    "Units that each seed exchanges; 1 when missing.",
)
.alias(&["capacity"]);

/// Most attendees of a seed.
const ATTENDEES_MAX: u32 = 1_000_000;

/// Flow between given origins and destinations.
pub struct OdBetweenness;

/// Parameters of [`OdBetweenness`].
#[derive(Debug)]
pub struct Params {
    directed: bool,
    weight: Option<String>,
    trips: Trips,
    labels: Option<Vec<String>>,
}

/// Who travels.
#[derive(Debug)]
enum Trips {
    Pairs(Vec<(String, String)>),
    Seeds(Vec<Seed>),
}

#[derive(Clone, Debug)]
struct Seed {
    id: String,
    is_origin: bool,
    attendees: u32,
}

impl Algorithm for OdBetweenness {
    type Params = Params;

    const INFO: Info = Info {
        name: "od_betweenness",
        aliases: &[],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "What passes along each edge when given origins and destinations exchange units.",
        params: &[DIRECTED, WEIGHT, OD_PAIRS, SEEDS, MODES, ATTENDEES, LABELS, NUM_THREAD],
        outputs: &[Output::new("betweenness", Shape::Edges, "The edges that units pass, with their number.")],
        source: "Brandes: On variants of shortest-path betweenness centrality, 2008",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let trips = match (args.pairs(&OD_PAIRS), args.texts(&SEEDS)) {
            (Some(pairs), _) => Trips::Pairs(pairs),
            (None, Some(ids)) => Trips::Seeds(seeds(ids, args)?),
            (None, None) => return Err(AlgoError::OneOf { name: OD_PAIRS.name, other: SEEDS.name }),
        };
        Ok(Params {
            directed: args.flag(&DIRECTED),
            weight: args.property(&WEIGHT),
            trips,
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        let direction = if params.directed { Direction::Both } else { Direction::Undirected };
        ProjectionSpec {
            weight: params.weight.clone(),
            edges: true,
            ..shared::labelled(direction, Multiplicity::Simple, params.labels.as_ref())
        }
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let demand = if params.is_pairs() { 4 * size.vertices } else { 0 };
        let sweeps = demand + brandes_bytes(size.vertices, params.weight.is_some());
        let arcs = if params.directed { size.edges } else { 2 * size.edges };
        let work = sweeps.max(first_of_parallel_bytes(arcs)).max(bits_bytes(size.edges));
        edge_scores_bytes(size.edges) + work
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let arcs = Arcs::of(graph.out());
        let searches = searches(params, graph)?;
        let edges = graph.edges().cloned().unwrap_or_default();
        let mut scores = EdgeScores::new(ctx, arcs, &edges, !params.directed)?;
        let mut brandes = Brandes::new(ctx, arcs, Arcs::of(graph.incoming()))?;
        let mut demand = ctx.alloc(if params.is_pairs() { graph.len() } else { 0 }, 0u32)?;
        ctx.phase("send units", 0.9, 3 * (graph.len() * searches.len()) as u64);
        for search in &searches {
            // Edges both ways have no way to be turned.
            let is_turned = params.directed && !search.is_origin;
            if is_turned {
                brandes.turn();
            }
            let wanted = match &search.to {
                Destinations::These(to) => {
                    for position in to {
                        demand[*position as usize] += 1;
                    }
                    Wanted::Of(&demand)
                }
                Destinations::All(units) => {
                    let reached = brandes.reached_from(search.at)?.saturating_sub(1);
                    Wanted::Each(units / reached.max(1) as f64)
                }
            };
            brandes.source(search.at, wanted, |_, _| ())?;
            scores.add(&brandes, is_turned)?;
            if is_turned {
                brandes.turn();
            }
            if let Destinations::These(to) = &search.to {
                for position in to {
                    demand[*position as usize] = 0;
                }
            }
        }
        drop((brandes, demand));
        let (passed, units) = scores.passed()?;
        let rows = some_edges(graph, passed, Some(("betweenness", units)));
        Ok(Outcome::of_list("betweenness", rows))
    }
}

impl Params {
    fn is_pairs(&self) -> bool {
        matches!(self.trips, Trips::Pairs(_))
    }
}

fn seeds(ids: Vec<String>, args: &Args) -> Result<Vec<Seed>, AlgoError> {
    let invalid = |param: &Param| AlgoError::Invalid { name: param.name, expected: param.kind.to_string() };
    let modes = for_each_seed(&MODES, args, ids.len())?;
    let attendees = for_each_seed(&ATTENDEES, args, ids.len())?;
    let one = |(i, id): (usize, String)| {
        let is_origin = match modes.get(i).or(modes.first()).map(|m| m.to_ascii_uppercase()).as_deref() {
            None | Some("IN") => true,
            Some("OUT") => false,
            Some(_) => return Err(invalid(&MODES)),
        };
        let attendees = match attendees.get(i).or(attendees.first()) {
            None => 1,
            Some(text) => text
                .parse()
                .ok()
                .filter(|a| (1..=ATTENDEES_MAX).contains(a))
                .ok_or_else(|| invalid(&ATTENDEES))?,
        };
        Ok(Seed { id, is_origin, attendees })
    };
    ids.into_iter().enumerate().map(one).collect()
}

/// The values of a parameter: none, one for all seeds, or one for each.
fn for_each_seed(param: &Param, args: &Args, seeds: usize) -> Result<Vec<String>, AlgoError> {
    let values = args.texts(param).unwrap_or_default();
    if values.len() > 1 && values.len() != seeds {
        return Err(AlgoError::Count { name: param.name, given: values.len(), seeds });
    }
    Ok(values)
}

/// One search: from where, which way, and who is to be reached.
struct Search {
    at: u32,
    is_origin: bool,
    to: Destinations,
}

enum Destinations {
    /// A unit to each of these positions, which may repeat.
    These(Vec<u32>),
    /// So many units, shared by all that are reached.
    All(f64),
}

fn searches(params: &Params, graph: &Projection) -> Result<Vec<Search>, AlgoError> {
    match &params.trips {
        Trips::Pairs(pairs) => {
            let mut by_origin: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
            for (origin, destination) in pairs {
                let ends = (shared::position(graph, origin)?, shared::position(graph, destination)?);
                by_origin.entry(ends.0).or_default().push(ends.1);
            }
            let search = |(at, to)| Search { at, is_origin: true, to: Destinations::These(to) };
            Ok(by_origin.into_iter().map(search).collect())
        }
        Trips::Seeds(seeds) => seeds
            .iter()
            .map(|seed| {
                let at = shared::position(graph, &seed.id)?;
                let to = Destinations::All(f64::from(seed.attendees));
                Ok(Search { at, is_origin: seed.is_origin, to })
            })
            .collect(),
    }
}
