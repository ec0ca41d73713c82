//! Circles through filters: closed ways of exactly the given hops, each with a direction and conditions of its own,
//! that meet no other vertex twice. Each is listed once, from the first start that yields it, by start, then in the
//! order of ids, then of edge indexes.
//!
//! From each start the walks of that length are searched both ways, which leaves the vertices that lie on one;
//! circles are taken from these in order. Branches in which every walk would meet itself are entered once only.
//! Starts are searched in parallel. Source: Johnson: "Finding All the Elementary Circuits of a Directed Graph",
//! 1975. Memory 4·V bytes and 16·V for each thread, of which only what the search touches becomes resident, and
//! what the walks take.

use super::circle_list::{CircleForm, CircleList};
use super::circles::{Circles, Finder, order};
use super::filtered;
use super::filtered_n_paths::hops;
use super::part::{Hop, part_bytes};
use super::walks::walks_bytes;
use crate::algorithm::{GraphSize, Ground, Search};
use crate::args::Args;
use crate::condition::{Condition, Layer, Operator};
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::shared::{NUM_THREAD, SET_MAX};
use gesso_core::{EdgeForm, JobContext, Outcome, Scalar, Stop};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

/// Edges of a circle.
const LENGTHS: RangeInclusive<u32> = 3..=10;

/// Starts of a piece of work, and most pieces of a wave for each thread.
const CHUNK: usize = 16;
const WAVE_MAX: usize = 64;

const SOURCES: Param = Param::new(
    "sources",
    Kind::Vertices { most: SET_MAX, may_repeat: false },
    "Vertices where circles begin, in the order of the answer; all when missing.",
);

const N: Param =
    Param::new("n", Kind::Int(Bounds::closed(1, 100_000)), "Most circles to list.").or(Literal::Int(100));

const STATISTICS: Param =
    Param::new("statistics", Kind::Bool, "Whether to count all circles, also those that are not listed.")
        .or(Literal::Bool(false));

const BATCH_NUMBER: Param = Param::new(
    "batch_number",
    Kind::Int(Bounds::closed(1, 1000)),
    "Known to older interfaces: starts at a time; the answer does not depend on it.",
)
.or(Literal::Int(10));

const OUTPUT_FORMAT: Param = Param::new(
    "output_format",
    Kind::Choice(&["edgeObject", "edgeId", "vertexId"]),
    "How a circle is written. By vertices, parallel edges do not make several of one.",
)
.or(Literal::Text("edgeObject"));

const FILTERS: Param = Param::new(
    "filters",
    Kind::Layers,
    "First the condition on the start, then direction and conditions of each hop; 3 to 10 hops in all.",
)
.required()
.example(Literal::Text(r#"[{}, {"operator": "out", "times": 3}]"#));

/// Circles through filters.
pub struct FilteredCircleDetection;

/// Parameters of [`FilteredCircleDetection`].
#[derive(Debug)]
pub struct Params {
    sources: Option<Vec<String>>,
    n: usize,
    statistics: bool,
    form: CircleForm,
    start: Condition,
    layers: Vec<Layer>,
}

impl Search for FilteredCircleDetection {
    type Params = Params;

    const INFO: Info = Info {
        name: "filtered_circle_detection",
        aliases: &["circle_detection"],
        family: Family::Path,
        demand: Demand::Any,
        summary: "Circles of given hops through filters.",
        params: &[FILTERS, SOURCES, N, STATISTICS, OUTPUT_FORMAT, BATCH_NUMBER, NUM_THREAD],
        outputs: &[
            Output::new("circles", Shape::Circles, "The circles, in walking order from the start on."),
            Output::new("n", Shape::Int, "Most circles to list."),
            Output::new("circle_number", Shape::Int, "Number of all circles; only with `statistics`."),
        ],
        source: "Johnson: Finding All the Elementary Circuits of a Directed Graph, SIAM J. Comput. 4, 1975",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let mut layers = args.layers(&FILTERS).unwrap_or_default();
        let start = layers.remove(0).condition;
        let length: u32 = layers.iter().map(|layer| layer.times).sum();
        if !LENGTHS.contains(&length) {
            let expected = format!(
                "{} to {} hops after the first element, given {length}",
                LENGTHS.start(),
                LENGTHS.end()
            );
            return Err(AlgoError::Invalid { name: FILTERS.name, expected });
        }
        let form = match args.text(&OUTPUT_FORMAT).as_str() {
            "vertexId" => CircleForm::Vertices,
            "edgeId" => CircleForm::Edges(EdgeForm::Id),
            _ => CircleForm::Edges(EdgeForm::Object),
        };
        Ok(Params {
            sources: args.texts(&SOURCES),
            n: args.int(&N) as usize,
            statistics: args.flag(&STATISTICS),
            form,
            start: Condition { edge: None, ..start },
            layers,
        })
    }

    fn conditions(params: &Params) -> Vec<&Condition> {
        std::iter::once(&params.start).chain(params.layers.iter().map(|layer| &layer.condition)).collect()
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let order = if params.sources.is_some() { 4 * size.vertices } else { 0 };
        order + size.threads * (part_bytes(size.vertices) + walks_bytes(size.vertices))
    }

    fn run(params: &Params, ground: &Ground<'_>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let sources = params.sources.as_ref().map(|ids| filtered::vertices(ctx, ground, ids)).transpose()?;
        let order = sources.as_ref().map(|starts| order(ctx, ground.snapshot, starts)).transpose()?;
        let circles = Circles {
            snapshot: ground.snapshot,
            start: Hop {
                operator: Operator::Out,
                selection: Some(ground.selections[0].as_ref()),
                condition: 0,
            },
            hops: &hops(&params.layers, ground, 1),
            order: order.as_ref(),
            form: params.form,
            most: params.n,
            counts_all: params.statistics,
        };
        let list = match &sources {
            Some(starts) => find(ctx, &circles, starts.len(), |i| starts[i])?,
            None => find(ctx, &circles, ground.snapshot.vertex_bound() as usize, |i| i as u32)?,
        };
        let count = list.count() as i64;
        let outcome = Outcome::of_list("circles", list.into_rows()).with("n", Scalar::Int(params.n as i64));
        Ok(if params.statistics { outcome.with("circle_number", Scalar::Int(count)) } else { outcome })
    }
}

/// Searches from `count` starts, until there are enough circles.
fn find(
    ctx: &JobContext,
    circles: &Circles<'_>,
    count: usize,
    start: impl Fn(usize) -> u32 + Sync,
) -> Result<CircleList, Stop> {
    ctx.phase("search", 0.98, count as u64);
    let mut all = CircleList::new(ctx, circles.form, circles.most)?;
    let idle: Mutex<Vec<Finder<'_>>> = Mutex::default();
    let (mut next, mut wave) = (0, ctx.threads());
    while next < count && (circles.counts_all || !all.is_full()) {
        let chunks = wave.min((count - next).div_ceil(CHUNK));
        let parts = ctx.par_map(chunks, |chunk, tick| {
            // Held for a pop or a push, once a chunk.
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut finder = taken.map_or_else(|| Finder::new(ctx, circles), Ok)?;
            let mut list = CircleList::new(ctx, circles.form, circles.most)?;
            let from = next + chunk * CHUNK;
            let to = count.min(from + CHUNK);
            for i in from..to {
                tick.spend(16)?;
                if circles.counts_all || !list.is_full() {
                    finder.from(ctx, start(i), &mut list)?;
                }
            }
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(finder);
            ctx.advance((to - from) as u64);
            Ok::<_, Stop>(list)
        })?;
        for part in parts {
            all.append(ctx, &part)?;
        }
        next = count.min(next + chunks * CHUNK);
        // Small at first, as the circles of a few starts may be all that is wanted.
        wave = (wave * 2).min(WAVE_MAX * ctx.threads());
    }
    Ok(all)
}
