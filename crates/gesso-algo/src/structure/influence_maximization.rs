//! Influence maximisation: the k vertices from which most others are reached when every edge passes something on
//! with probability `p`, each edge once and by itself (independent cascade).
//!
//! For vertices drawn at random it is found out who could have reached them: edges are followed backwards, each
//! with its chance. A set of vertices that hits many of these sets reaches many vertices; the greedy choice comes
//! within 1 − 1/e of the best. Source: Borgs, Brautbar, Chayes, Lucier: "Maximizing Social Influence in Nearly
//! Optimal Time", SODA 2014; Kempe, Kleinberg, Tardos, 2003, for the model. Neo4j GDS answers the same question by
//! simulation. Small sets are lists, and for each vertex those that it is in are listed, too; a large one is a bit for
//! each vertex, which takes less and is as quick to look at. Memory 24·V bytes or 8 a thread and vertex, and the sets,
//! of which no more are drawn when they have 8·V + 8·E bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::to_vertices;
use crate::scratch::Scratch;
use crate::shared::{self, LABELS, NUM_THREAD, SEED};
use gesso_core::bits::{WORD, ones, words_for};
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

/// Sets with more than this part of all vertices are bits: then these take less than numbers.
const LISTED_PART: usize = 32;

/// Bytes of all sets together after which no more are drawn: a chance that leads almost everywhere makes sets as large
/// as the graph, and few of them are enough to see that.
const fn sets_bytes_max(vertices: u64, edges: u64) -> u64 {
    8 * (vertices + edges) + (3 << 18)
}

/// Members of all sets together after which no more are drawn, for the same reason: to draw them takes time.
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
        demand: Demand::Any,
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
        // The sets; marks and queues of threads to draw them; counts, offsets and choices.
        let GraphSize { vertices, edges, threads } = size;
        let samples = params.samples as u64;
        let set = vertices / 4 + 16;
        let sets = (sets_bytes_max(vertices, edges) + WAVE as u64 * set).min(samples * set);
        sets + SET_BYTES * samples + (8 * vertices * threads.max(1)).max(16 * vertices + 16)
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
    each: Vec<Set>,
    /// Members of all listed sets together.
    listed: usize,
}

enum Set {
    Listed {
        members: Vec<u32>,
        _held: Reservation,
    },
    /// A bit for each vertex.
    Marked(Buf<u64>),
}

impl Set {
    fn new(ctx: &JobContext, members: &[u32], len: usize) -> Result<Set, Stop> {
        if members.len() <= len / LISTED_PART {
            let held = ctx.reserve(size_of_val(members) as u64 + SET_BYTES)?;
            return Ok(Set::Listed { members: members.to_vec(), _held: held });
        }
        let mut words = ctx.alloc(words_for(len), 0u64)?;
        let mut tick = ctx.tick();
        for v in members {
            tick.spend(1)?;
            words[*v as usize / WORD] |= 1 << (*v as usize % WORD);
        }
        Ok(Set::Marked(words))
    }

    /// Bytes that it takes while vertices are chosen: those that are listed are listed twice.
    fn size_bytes(&self) -> u64 {
        match self {
            Set::Listed { members, .. } => 8 * members.len() as u64,
            Set::Marked(words) => 8 * words.len() as u64,
        }
    }

    fn listed(&self) -> &[u32] {
        match self {
            Set::Listed { members, .. } => members,
            Set::Marked(_) => &[],
        }
    }

    fn is_marked(&self, v: usize) -> bool {
        match self {
            Set::Listed { .. } => false,
            Set::Marked(words) => words[v / WORD] >> (v % WORD) & 1 != 0,
        }
    }

    /// Calls `each` with every member.
    fn for_each(&self, tick: &mut Tick<'_>, mut each: impl FnMut(usize)) -> Result<(), Stop> {
        match self {
            Set::Listed { members, .. } => {
                for v in members {
                    tick.spend(1)?;
                    each(*v as usize);
                }
            }
            Set::Marked(words) => {
                for (at, word) in words.iter().enumerate() {
                    tick.spend(1 + u64::from(word.count_ones()))?;
                    ones(*word).for_each(|bit| each(at * WORD + bit));
                }
            }
        }
        Ok(())
    }
}

impl Sets {
    /// Draws wave by wave, until there are enough sets or they are too large.
    fn draw(params: &Params, incoming: Arcs<'_>, ctx: &JobContext) -> Result<Sets, Stop> {
        let len = incoming.vertices();
        let mut sets = Sets::default();
        if len == 0 {
            return Ok(sets);
        }
        let (seen, queues) = (Scratch::<u32>::new(ctx, len)?, Scratch::<u32>::new(ctx, len)?);
        let (vertices, edges) = (len as u64, incoming.targets.len() as u64);
        let (mut members, mut bytes) = (0, 0);
        ctx.phase("draw", 0.7, params.samples as u64);
        while sets.each.len() < params.samples
            && members <= members_max(vertices, edges)
            && bytes <= sets_bytes_max(vertices, edges)
        {
            let first = sets.each.len();
            let wave = ctx.par_map(WAVE.min(params.samples - first), |i, tick| {
                let mut rng = ctx.rng(params.seed, (first + i) as u64);
                let start = rng.below(len as u64) as u32;
                seen.with(|seen| {
                    queues.with(|queue| {
                        let count = reach(params.chance, incoming, start, seen, queue, &mut rng, tick)?;
                        ctx.advance(1);
                        Ok::<_, Stop>((Set::new(ctx, &queue[..count], len)?, count))
                    })
                })
            })?;
            for (set, count) in wave {
                members += count as u64;
                bytes += set.size_bytes();
                sets.listed += set.listed().len();
                sets.each.push(set);
            }
        }
        Ok(sets)
    }

    /// The vertices that hit most sets, each counted without those hit before; the smallest of a tie. With how many
    /// each of them adds.
    fn choose(&self, ctx: &JobContext, k: usize, len: usize) -> Result<(Buf<u32>, Vec<u64>), Stop> {
        let mut tick = ctx.tick();
        // Listed sets by member: where those of each vertex begin, and their numbers.
        let mut offsets = ctx.alloc(len + 1, 0u64)?;
        for v in self.each.iter().flat_map(Set::listed) {
            tick.spend(1)?;
            offsets[*v as usize + 1] += 1;
        }
        let mut hits = ctx.alloc(len, 0u32)?;
        for v in 0..len {
            tick.spend(1)?;
            hits[v] = offsets[v + 1] as u32;
            offsets[v + 1] += offsets[v];
        }
        let mut sets_of = ctx.alloc(self.listed, 0u32)?;
        for (set, members) in self.each.iter().enumerate().rev() {
            for v in members.listed() {
                tick.spend(1)?;
                let end = &mut offsets[*v as usize + 1];
                *end -= 1;
                sets_of[*end as usize] = set as u32;
            }
        }
        // Ends have become starts of the same vertex.
        let sets_from = |v: usize| {
            let end = if v + 1 < len { offsets[v + 2] } else { self.listed as u64 };
            offsets[v + 1] as usize..end as usize
        };
        let is_marked = |set: &usize| matches!(self.each[*set], Set::Marked(_));
        let mut marked: Vec<usize> = (0..self.each.len()).filter(is_marked).collect();
        for set in &marked {
            self.each[*set].for_each(&mut tick, |v| hits[v] += 1)?;
        }
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
            let mut lose = |set: usize, tick: &mut Tick<'_>| {
                self.each[set].for_each(tick, |other| hits[other] -= u32::from(hits[other] != u32::MAX))
            };
            for set in &sets_of[sets_from(v)] {
                tick.spend(1)?;
                if !std::mem::replace(&mut is_hit[*set as usize], true) {
                    lose(*set as usize, &mut tick)?;
                }
            }
            let mut left = Vec::with_capacity(marked.len());
            for set in marked {
                tick.spend(1)?;
                if self.each[set].is_marked(v) {
                    lose(set, &mut tick)?;
                } else {
                    left.push(set);
                }
            }
            marked = left;
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
