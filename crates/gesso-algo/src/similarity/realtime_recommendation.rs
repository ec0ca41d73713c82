//! Recommendation by short random walks from a few vertices: the vertices visited most.
//!
//! Each step goes on with probability `alpha` to a random target of an outgoing edge, else, or at a dead end, back
//! to the source. Sources share the steps evenly; one stops early when `np` vertices were visited `nv` times.
//! A vertex scores (Σ √visits)² over the sources, which favours those near to several. Sources are left out.
//!
//! Source: Eksombatchai et al.: "Pixie: A System for Recommending 3+ Billion Items to 200+ Million Users in
//! Real-Time", WWW 2018. Work O(N), memory O(N), whatever the graph's size.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::shared::{self, DIRECTED, LABELS, NUM_THREAD, SEED, SOURCES, SOURCES_OUT};
use gesso_core::rng::Rng;
use gesso_core::{Cells, JobContext, Outcome, Rows, Scalar, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::collections::HashMap;

const ALPHA: Param = Param::new(
    "alpha",
    Kind::Real(Bounds::open(0.0, 1.0)),
    "Probability of going on rather than back to the source.",
)
.or(Literal::Real(0.85));

const STEPS: Param = Param::new("N", Kind::Int(Bounds::closed(1, 200_000)), "Steps of all walks together.")
    .or(Literal::Int(10_000));

const NV: Param =
    Param::new("nv", Kind::Int(Bounds::closed(1, 10)), "Visits that make a candidate.").or(Literal::Int(5));

const NP: Param = Param::new("np", Kind::Int(Bounds::closed(1, 2000)), "Candidates after which a walk ends.")
    .or(Literal::Int(1000));

const LABEL: Param = Param::new("label", Kind::Label, "Only vertices with this label are recommended.");

const SOURCE_LIMIT: Param =
    Param::new("source_limit", Kind::Int(Bounds::closed(1, 100_000)), "Most sources that are accepted.")
        .or(Literal::Int(30));

const RESTRICTED: Param = Param::new(
    "restricted",
    Kind::Bool,
    "Whether a source that does not exist is an error; otherwise it is left out, unless none exists.",
)
.or(Literal::Bool(true));

/// Recommendation by random walks.
pub struct RealtimeRecommendation;

/// Parameters of [`RealtimeRecommendation`].
#[derive(Debug)]
pub struct Params {
    sources: Vec<String>,
    alpha: f64,
    steps: u64,
    visits: u32,
    candidates: u32,
    label: Option<String>,
    directed: bool,
    restricted: bool,
    seed: u64,
    labels: Option<Vec<String>>,
}

impl Algorithm for RealtimeRecommendation {
    type Params = Params;

    const INFO: Info = Info {
        name: "realtime_recommendation",
        aliases: &["pixie", "realtime_recommandation"],
        family: Family::Similarity,
        demand: Demand::Any,
        summary: "The vertices that short random walks from some vertices visit most.",
        params: &[
            SOURCES,
            ALPHA,
            STEPS,
            NV,
            NP,
            LABEL,
            DIRECTED,
            SOURCE_LIMIT,
            RESTRICTED,
            SEED,
            LABELS,
            NUM_THREAD,
        ],
        outputs: &[Output::new("score", Shape::Ranked, "Score of each vertex visited."), SOURCES_OUT],
        source: "Eksombatchai et al.: Pixie, WWW 2018",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let sources = args.texts(&SOURCES).unwrap_or_default();
        let limit = args.int(&SOURCE_LIMIT);
        if sources.len() as i64 > limit {
            let expected = format!("at most {limit} ids, as source_limit says");
            return Err(AlgoError::Invalid { name: SOURCES.name, expected });
        }
        Ok(Params {
            sources,
            alpha: args.real(&ALPHA),
            steps: args.int(&STEPS).unsigned_abs(),
            visits: args.int(&NV) as u32,
            candidates: args.int(&NP) as u32,
            label: args.property(&LABEL),
            directed: args.flag(&DIRECTED),
            restricted: args.flag(&RESTRICTED),
            seed: args.int(&SEED).unsigned_abs(),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        let direction = if params.directed { Direction::Outgoing } else { Direction::Undirected };
        ProjectionSpec {
            marked_label: params.label.clone(),
            ..shared::labelled(direction, Multiplicity::Multi, params.labels.as_ref())
        }
    }

    fn need(_: &Params, _: GraphSize) -> u64 {
        // What was visited is bounded by the steps, not by the graph, and is not accounted.
        0
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let sources = known(params, graph)?;
        ctx.phase("walk", 0.95, params.steps);
        let mut roots: HashMap<u32, f64> = HashMap::new();
        let mut tick = ctx.tick();
        let (count, mut rng) = (sources.len() as u64, ctx.rng(params.seed, 0));
        for (i, source) in (0..).zip(&sources) {
            let steps = params.steps / count + u64::from(i < params.steps % count);
            let visits = walk(params, graph, *source, steps, &mut rng, &mut tick)?;
            // Each vertex adds once a source, so the order within a source does not matter to its sum.
            for (v, visits) in visits {
                *roots.entry(v).or_default() += f64::from(visits).sqrt();
            }
            ctx.advance(steps);
        }
        let marks = graph.marks();
        let mut scores: Vec<(u32, f64)> = roots
            .into_iter()
            .filter(|(v, _)| !sources.contains(v) && marks.is_none_or(|m| m[*v as usize] != 0))
            .map(|(v, root)| (v, root * root))
            .collect();
        // At most 200,000 entries, one a step: a few milliseconds.
        scores.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let vertices: Vec<u32> = scores.iter().map(|(v, _)| graph.vertex(*v).0).collect();
        let cells: Vec<f64> = scores.iter().map(|(_, score)| *score).collect();
        let rows = Rows::PerVertex { vertices: vertices.into(), cells: Cells::Real(cells.into()) };
        let ids = sources.iter().map(|s| graph.vertex(*s)).collect();
        Ok(Outcome::of_list("score", rows).with("sources", Scalar::Vertices(ids)))
    }
}

/// Positions of the sources that exist.
fn known(params: &Params, graph: &Projection) -> Result<Vec<u32>, AlgoError> {
    if params.restricted {
        return shared::positions(graph, &params.sources);
    }
    let found: Vec<u32> = params.sources.iter().filter_map(|id| graph.find(id).flatten()).collect();
    match (found.is_empty(), params.sources.first()) {
        (true, Some(id)) => Err(AlgoError::NoVertex { id: id.clone() }),
        _ => Ok(found),
    }
}

/// How often a walk from a source came to each vertex.
fn walk(
    params: &Params,
    graph: &Projection,
    source: u32,
    steps: u64,
    rng: &mut Rng,
    tick: &mut Tick<'_>,
) -> Result<HashMap<u32, u32>, Stop> {
    let arcs = Arcs::of(graph.out());
    let mut visits: HashMap<u32, u32> = HashMap::new();
    let (mut at, mut candidates) = (source, 0);
    for _ in 0..steps {
        tick.spend(4)?;
        let row = arcs.row(at);
        if row.is_empty() || rng.unit() >= params.alpha {
            at = source;
            continue;
        }
        at = row[rng.below(row.len() as u64) as usize];
        let count = visits.entry(at).or_default();
        *count += 1;
        if *count == params.visits && at != source {
            candidates += 1;
            if candidates == params.candidates {
                break;
            }
        }
    }
    Ok(visits)
}
