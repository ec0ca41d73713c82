//! Influence maximisation: the k vertices from which most others are reached when every edge passes something on
//! with probability `p`, each edge once and by itself (independent cascade).
//!
//! For vertices drawn at random it is found out who could have reached them: edges are followed backwards, each
//! with its chance. A set of vertices that hits many of these sets reaches many vertices; the greedy choice comes
//! within 1 − 1/e of the best. Source: Borgs, Brautbar, Chayes, Lucier: "Maximizing Social Influence in Nearly
//! Optimal Time", SODA 2014; Kempe, Kleinberg, Tardos, 2003, for the model. Neo4j GDS answers the same question by
//! simulation. Memory 16·V bytes, 8 a thread and vertex, and 8 bytes for each member of a set, of which there are at
//! most 36·V + 4·E + 4 million.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::to_vertices;
use crate::scratch::Scratch;
use crate::shared::{self, LABELS, NUM_THREAD, SEED};
use gesso_core::rng::Rng;
use gesso_core::{Buf, Cells, JobContext, Outcome, Reservation, Rows, Scalar, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

const K: Param = Param::new("k", Kind::Int(Bounds::closed(1, 10_000)), "Vertices to choose.")
    .required()
    .example(Literal::Int(3));

const CHANCE: Param =
    Param::new("p", Kind::Real(Bounds::above_to(0.0, 1.0)), "Probability that an edge passes something on.")
        .or(Literal::Real(0.1));

const SAMPLES: Param = Param::new(
    "samples",
    Kind::Int(Bounds::closed(1, 1_000_000)),
    "Vertices drawn to estimate the reach; more are slower and closer.",
)
.or(Literal::Int(10_000))
.example(Literal::Int(500));

/// Sets drawn before their size is looked at.
const WAVE: usize = 32;

/// Bytes of a set beside its members.
const SET_BYTES: u64 = 64;

/// Members of all sets together after which no more are drawn: a chance that leads almost everywhere makes
/// sets as large as the graph, and few of them are enough to see that.
const fn members_max(vertices: u64, edges: u64) -> u64 {
    4 * (vertices + edges) + (1 << 22)
}

/// The vertices from which most others are reached.
pub struct InfluenceMaximization;

/// Parameters of [`InfluenceMaximization`].
#[derive(Debug)]
pub struct Params {
    k: usize,
    chance: f64,
    samples: usize,
    seed: u64,
    labels: Option<Vec<String>>,
}

impl Algorithm for InfluenceMaximization {
    type Params = Params;

    const INFO: Info = Info {
        name: "influence_maximization",
        aliases: &[],
        family: Family::Structure,
        summary: "The vertices from which most others are reached by chance.",
        params: &[K, CHANCE, SAMPLES, SEED, LABELS, NUM_THREAD],
        outputs: &[
            Output::new(
                "influence_maximization",
                Shape::Ranked,
                "The chosen vertices in the order of choice, each with the vertices that it adds to the reach.",
            ),
            Output::new("spread", Shape::Real, "Estimated number of vertices that all of them reach."),
            Output::new(
                "samples",
                Shape::Int,
                "Vertices drawn; fewer than asked for where most of the graph is reached.",
            ),
        ],
        source: "Borgs et al.: Maximizing Social Influence in Nearly Optimal Time, SODA 2014",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            k: args.int(&K) as usize,
            chance: args.real(&CHANCE),
            samples: args.int(&SAMPLES) as usize,
            seed: args.int(&SEED).unsigned_abs(),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Incoming, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        // The sets; marks and queues of threads to draw them; counts, offsets and the sets of each vertex to choose.
        let drawing = 8 * size.vertices * size.threads.max(1);
        let choosing = 16 * size.vertices + 16;
        let samples = params.samples as u64;
        let most = members_max(size.vertices, size.edges) + WAVE as u64 * size.vertices;
        let members = most.min(samples * size.vertices);
        4 * members + SET_BYTES * samples + drawing.max(choosing + 4 * members)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let len = graph.len();
        let sets = Sets::draw(params, Arcs::of(graph.incoming()), ctx)?;
        let mut chosen = sets.choose(ctx, params.k.min(len), len)?;
        let share = len as f64 / sets.each.len().max(1) as f64;
        let gains: Vec<f64> = chosen.1.iter().map(|hits| *hits as f64 * share).collect();
        let spread = chosen.1.iter().sum::<u64>() as f64 * share;
        to_vertices(ctx, graph, &mut chosen.0)?;
        let rows = Rows::PerVertex { vertices: chosen.0.release().share(), cells: Cells::Real(gains.into()) };
        Ok(Outcome::of_list("influence_maximization", rows)
            .with("spread", Scalar::Real(spread))
            .with("samples", Scalar::Int(sets.each.len() as i64)))
    }
}

/// For each drawn vertex, those that could have reached it.
#[derive(Default)]
struct Sets {
    each: Vec<(Vec<u32>, Reservation)>,
    /// Members of all sets together.
    members: usize,
}

impl Sets {
    /// Draws wave by wave, until there are enough sets or their members are too many.
    fn draw(params: &Params, incoming: Arcs<'_>, ctx: &JobContext) -> Result<Sets, Stop> {
        let len = incoming.vertices();
        let mut sets = Sets::default();
        if len == 0 {
            return Ok(sets);
        }
        let (seen, queues) = (Scratch::<u32>::new(ctx, len)?, Scratch::<u32>::new(ctx, len)?);
        let most = members_max(len as u64, incoming.targets.len() as u64) as usize;
        ctx.phase("draw", 0.7, params.samples as u64);
        while sets.each.len() < params.samples && sets.members <= most {
            let first = sets.each.len();
            let wave = ctx.par_map(WAVE.min(params.samples - first), |i, tick| {
                let mut rng = ctx.rng(params.seed, (first + i) as u64);
                let start = rng.below(len as u64) as u32;
                seen.with(|seen| {
                    queues.with(|queue| {
                        let count = reach(params.chance, incoming, start, seen, queue, &mut rng, tick)?;
                        let held = ctx.reserve(4 * count as u64 + SET_BYTES)?;
                        ctx.advance(1);
                        Ok::<_, Stop>((queue[..count].to_vec(), held))
                    })
                })
            })?;
            sets.members += wave.iter().map(|(members, _)| members.len()).sum::<usize>();
            sets.each.extend(wave);
        }
        Ok(sets)
    }

    fn of(&self, set: usize) -> &[u32] {
        &self.each[set].0
    }

    /// The vertices that hit most sets, each counted without those hit before; the smallest of a tie. With how many
    /// each of them adds.
    fn choose(&self, ctx: &JobContext, k: usize, len: usize) -> Result<(Buf<u32>, Vec<u64>), Stop> {
        let mut tick = ctx.tick();
        // Sets by member: where those of each vertex begin, and their numbers.
        let mut offsets = ctx.alloc(len + 1, 0u64)?;
        for v in self.each.iter().flat_map(|(members, _)| members) {
            tick.spend(1)?;
            offsets[*v as usize + 1] += 1;
        }
        let mut hits = ctx.alloc(len, 0u32)?;
        for v in 0..len {
            tick.spend(1)?;
            hits[v] = offsets[v + 1] as u32;
            offsets[v + 1] += offsets[v];
        }
        let mut sets_of = ctx.alloc(self.members, 0u32)?;
        for set in (0..self.each.len()).rev() {
            for v in self.of(set) {
                tick.spend(1)?;
                let end = &mut offsets[*v as usize + 1];
                *end -= 1;
                sets_of[*end as usize] = set as u32;
            }
        }
        // Ends have become starts of the same vertex.
        let sets_from = |v: usize| {
            let end = if v + 1 < len { offsets[v + 2] } else { self.members as u64 };
            offsets[v + 1] as usize..end as usize
        };
        let mut is_hit = vec![false; self.each.len()];
        let mut chosen = ctx.alloc(k, 0u32)?;
        let mut gains = Vec::with_capacity(k);
        ctx.phase("choose", 0.98, k as u64);
        for slot in chosen.iter_mut() {
            let mut best: Option<usize> = None;
            for v in 0..len {
                tick.spend(1)?;
                // A chosen vertex is marked by more hits than there can be.
                if hits[v] != u32::MAX && best.is_none_or(|b| hits[v] > hits[b]) {
                    best = Some(v);
                }
            }
            let Some(v) = best else { break };
            gains.push(u64::from(std::mem::replace(&mut hits[v], u32::MAX)));
            *slot = v as u32;
            for set in &sets_of[sets_from(v)] {
                if std::mem::replace(&mut is_hit[*set as usize], true) {
                    continue;
                }
                for other in self.of(*set as usize) {
                    tick.spend(1)?;
                    let count = &mut hits[*other as usize];
                    *count -= u32::from(*count != u32::MAX);
                }
            }
            ctx.advance(1);
        }
        Ok((chosen, gains))
    }
}

/// Who reaches a vertex if each edge passes with the chance: the first entries of `queue`. `seen` is zero before and
/// after.
fn reach(
    chance: f64,
    incoming: Arcs<'_>,
    start: u32,
    seen: &mut [u32],
    queue: &mut [u32],
    rng: &mut Rng,
    tick: &mut Tick<'_>,
) -> Result<usize, Stop> {
    seen[start as usize] = 1;
    queue[0] = start;
    let (mut at, mut count) = (0, 1);
    while at < count {
        for piece in pieces(incoming.row(queue[at])) {
            tick.spend(1 + piece.len() as u64)?;
            for u in piece {
                if rng.unit() < chance && seen[*u as usize] == 0 {
                    seen[*u as usize] = 1;
                    queue[count] = *u;
                    count += 1;
                }
            }
        }
        at += 1;
    }
    for v in &queue[..count] {
        tick.spend(1)?;
        seen[*v as usize] = 0;
    }
    Ok(count)
}
