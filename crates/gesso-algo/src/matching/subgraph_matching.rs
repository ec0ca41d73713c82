//! Subgraphs that look like a pattern: labels of vertices as given, and every edge of the pattern there.
//!
//! Generic join: vertex by vertex of the pattern, the candidates are the intersection of the sorted neighbours of
//! those matched before, read from the shortest list and looked up in the others. Source: Ngo, Ré, Rudra:
//! "Skew Strikes Back: New Developments in the Theory of Join Algorithms", SIGMOD Record 2013. Memory 12·V bytes,
//! and the neighbours that are looked at, once each way.
//!
//! As far as vertices are matched in the order in which the pattern gives them, each runs through its candidates in
//! the order of ids: who wants the first n matches alone is done when there are so many.

use super::neighbours::{Neighbours, neighbours_bytes};
use super::pattern::{Join, Pattern, Step};
use super::ranking::Ranking;
use crate::algorithm::{GraphSize, Ground, Search};
use crate::args::Args;
use crate::condition::Condition;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::shared::NUM_THREAD;
use crate::sorting::{sort_by_key, sort_bytes};
use gesso_core::{Buf, JobContext, LabelId, Outcome, Pile, Rows, Scalar, Stop, Tick, VertexIx};
use gesso_graph::{End, Snapshot};
use std::cmp::Reverse;

const EDGES: Param = Param::new("edges", Kind::Pairs, "Edges of the pattern, `source,target` on each line.")
    .required()
    .example(Literal::Text("1,2\n2,3\n3,1"));

const VERTICES: Param = Param::new(
    "vertices",
    Kind::Pairs,
    "Vertices of the pattern with their labels, `1,person` on each line.",
)
.required()
.example(Literal::Text("1,__DEFAULT__\n2,__DEFAULT__\n3,__DEFAULT__"));

const DIRECTED: Param =
    Param::new("directed", Kind::Bool, "Whether the direction of edges counts.").or(Literal::Bool(true));

const N: Param =
    Param::new("n", Kind::Int(Bounds::closed(1, 100_000)), "Most subgraphs to list.").or(Literal::Int(100));

const BATCH: Param = Param::new(
    "batch_number",
    Kind::Int(Bounds::closed(1, 1_000_000)),
    "Known to older interfaces; results and speed do not depend on it.",
)
.or(Literal::Int(10_000));

const STATISTICS: Param =
    Param::new("statistics", Kind::Bool, "Whether all matches are counted.").or(Literal::Bool(false));

/// Subgraph matching.
pub struct SubgraphMatching;

/// Parameters of [`SubgraphMatching`].
#[derive(Debug)]
pub struct Params {
    pattern: Pattern,
    directed: bool,
    n: usize,
    statistics: bool,
}

impl Search for SubgraphMatching {
    type Params = Params;

    const INFO: Info = Info {
        name: "subgraph_matching",
        aliases: &[],
        family: Family::Structure,
        demand: Demand::Any,
        summary: "Subgraphs that look like a pattern.",
        params: &[EDGES, VERTICES, DIRECTED, N, BATCH, STATISTICS, NUM_THREAD],
        outputs: &[
            Output::new(
                "subgraphs",
                Shape::Paths,
                "For each match the vertices in the order of `pattern_graph`, by their ids.",
            ),
            Output::new("pattern_graph", Shape::Ids, "The vertices of the pattern."),
            Output::new("subgraph_number", Shape::Int, "Number of all matches, with `statistics`."),
        ],
        source: "Ngo, Ré, Rudra: Skew Strikes Back, SIGMOD Record 2013",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let lines = |param| args.pairs(param).unwrap_or_default();
        let pattern = Pattern::of((&VERTICES, lines(&VERTICES)), (&EDGES, lines(&EDGES)))?;
        Ok(Params {
            pattern,
            directed: args.flag(&DIRECTED),
            n: args.int(&N) as usize,
            statistics: args.flag(&STATISTICS),
        })
    }

    fn conditions(_: &Params) -> Vec<&Condition> {
        Vec::new()
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        2 * neighbours_bytes(size.vertices) + 8 * size.vertices + sort_bytes(size.vertices)
    }

    fn run(params: &Params, ground: &Ground<'_>, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (snapshot, pattern) = (ground.snapshot, &params.pattern);
        let width = pattern.names.len();
        let mut ranking = Ranking::new(ctx, snapshot, width, params.n)?;
        let mut count = 0u64;
        // Without one of the labels there is no match.
        let labels = pattern.labels.iter().map(|name| snapshot.schema().get(name).map(|label| label.id));
        if let Some(labels) = labels.collect::<Option<Vec<LabelId>>>() {
            count = Matching::new(ctx, snapshot, params, labels)?.run(&mut ranking)?;
        }
        let subgraphs = ranking.into_kept();
        let mut ends = ctx.alloc(subgraphs.len() / width, 0u64)?;
        for (i, end) in ends.iter_mut().enumerate() {
            *end = ((i + 1) * width) as u64;
        }
        let rows = Rows::Paths { vertices: subgraphs.release().share(), ends: ends.release().share() };
        let names = serde_json::Value::from(pattern.names.clone()).to_string();
        let outcome = Outcome::of_list("subgraphs", rows).with("pattern_graph", Scalar::Json(names));
        Ok(if params.statistics {
            outcome.with("subgraph_number", Scalar::Int(count as i64))
        } else {
            outcome
        })
    }
}

struct Matching<'a> {
    ctx: &'a JobContext,
    snapshot: &'a Snapshot,
    params: &'a Params,
    labels: Vec<LabelId>,
    steps: Vec<Step>,
    /// How many steps are in the order of the pattern.
    as_given: usize,
    out: Neighbours<'a>,
    incoming: Neighbours<'a>,
    /// For each step at which the pattern falls apart, every vertex with its label.
    apart: Vec<Option<Buf<u32>>>,
    /// For each step, candidates that are still to be tried.
    levels: Vec<Pile<u32>>,
    /// The vertex of each position of the pattern, as far as it is matched.
    matched: Vec<u32>,
}

const BOTH_ENDS: [End; 2] = [End::Source, End::Target];

impl<'a> Matching<'a> {
    fn new(
        ctx: &'a JobContext,
        snapshot: &'a Snapshot,
        params: &'a Params,
        labels: Vec<LabelId>,
    ) -> Result<Matching<'a>, Stop> {
        // Without directions one set of lists serves all.
        let ends: &[End] = if params.directed { &[End::Source] } else { &BOTH_ENDS };
        let steps = params.pattern.order(params.directed);
        let levels = steps.iter().map(|_| Pile::new(ctx)).collect::<Result<_, _>>()?;
        let mut apart = vec![None];
        for step in steps.iter().skip(1) {
            let falls = step.joins.is_empty();
            apart.push(if falls { Some(labelled(ctx, snapshot, labels[step.vertex])?) } else { None });
        }
        Ok(Matching {
            ctx,
            snapshot,
            params,
            labels,
            out: Neighbours::new(ctx, snapshot, ends)?,
            incoming: Neighbours::new(ctx, snapshot, &[End::Target])?,
            as_given: steps.iter().enumerate().take_while(|(i, step)| step.vertex == *i).count(),
            matched: vec![u32::MAX; steps.len()],
            apart,
            levels,
            steps,
        })
    }

    /// Finds the matches, and gives the number of those that were looked for.
    fn run(mut self, ranking: &mut Ranking<'_>) -> Result<u64, Stop> {
        let snapshot = self.snapshot;
        let mut first = labelled(self.ctx, snapshot, self.labels[0])?;
        sort_by_key(self.ctx, &mut first, |v| snapshot.id(VertexIx(v)))?;
        self.ctx.phase("match", 1.0, first.len() as u64);
        let (mut tick, mut count) = (self.ctx.tick(), 0);
        for v in first.iter().copied() {
            tick.spend(1)?;
            if self.fits_alone(0, v, &mut tick)? {
                self.matched[0] = v;
                count += self.below_first(ranking, &mut tick)?;
                ranking.settle(self.ctx)?;
            }
            self.ctx.advance(1);
            if ranking.is_full() && !self.params.statistics {
                break;
            }
        }
        Ok(count)
    }

    /// All matches with the first vertex at hand, by backtracking over the other steps.
    fn below_first(&mut self, ranking: &mut Ranking<'_>, tick: &mut Tick<'_>) -> Result<u64, Stop> {
        let (last, mut count, mut depth) = (self.steps.len() - 1, 0, 1);
        if last == 0 {
            ranking.offer(self.ctx, &self.matched)?;
            return Ok(1);
        }
        self.fill(1, ranking, tick)?;
        while depth > 0 {
            tick.spend(1)?;
            let level = &mut self.levels[depth];
            let Some(v) = level.last().copied() else {
                depth -= 1;
                continue;
            };
            level.truncate(level.len() - 1);
            if depth < self.as_given {
                ranking.settle(self.ctx)?;
                if ranking.is_full() && !self.params.statistics {
                    return Ok(count);
                }
            }
            self.matched[self.steps[depth].vertex] = v;
            if depth == last {
                count += 1;
                ranking.offer(self.ctx, &self.matched)?;
            } else {
                depth += 1;
                self.fill(depth, ranking, tick)?;
            }
        }
        Ok(count)
    }

    /// The candidates of a step, the first in the order of ids at the end if the order matters.
    fn fill(&mut self, depth: usize, ranking: &Ranking<'_>, tick: &mut Tick<'_>) -> Result<(), Stop> {
        self.gather(depth, tick)?;
        let snapshot = self.snapshot;
        let level = &mut self.levels[depth];
        if depth < self.as_given && level.len() > 1 && !ranking.is_full() {
            let mut sorted = self.ctx.alloc(level.len(), 0u32)?;
            sorted.copy_from_slice(level);
            sort_by_key(self.ctx, &mut sorted, |v| Reverse(snapshot.id(VertexIx(v))))?;
            level.copy_from_slice(&sorted);
        }
        Ok(())
    }

    /// The candidates of a step, given what is matched before it.
    fn gather(&mut self, depth: usize, tick: &mut Tick<'_>) -> Result<(), Stop> {
        self.levels[depth].clear();
        let joins = self.steps[depth].joins.clone();
        if let Some(all) = self.apart[depth].take() {
            let considered = all.iter().try_for_each(|v| {
                tick.spend(1)?;
                self.consider(depth, *v, tick)
            });
            self.apart[depth] = Some(all);
            return considered;
        }
        let mut lists = Vec::with_capacity(joins.len());
        for (other, join) in joins {
            let v = self.matched[other];
            let is_in = join == Join::Before;
            let side = if is_in { &mut self.incoming } else { &mut self.out };
            lists.push((side.range(self.ctx, v, tick)?, is_in));
        }
        lists.sort_by_key(|(range, _)| range.len());
        let (shortest, is_in) = lists.swap_remove(0);
        for at in shortest {
            tick.spend(1 + lists.len() as u64)?;
            let v = self.list(at..at + 1, is_in)[0];
            let is_everywhere =
                lists.iter().all(|(range, is_in)| self.list(range.clone(), *is_in).binary_search(&v).is_ok());
            if is_everywhere {
                self.consider(depth, v, tick)?;
            }
        }
        Ok(())
    }

    fn list(&self, range: std::ops::Range<usize>, is_in: bool) -> &[u32] {
        if is_in { self.incoming.list(range) } else { self.out.list(range) }
    }

    /// Adds a candidate of a step if it has the label and the loop, and is not matched elsewhere.
    fn consider(&mut self, depth: usize, v: u32, tick: &mut Tick<'_>) -> Result<(), Stop> {
        let is_taken = self.steps[..depth].iter().any(|step| self.matched[step.vertex] == v);
        if !is_taken && self.fits_alone(depth, v, tick)? {
            self.levels[depth].push(self.ctx, v)?;
        }
        Ok(())
    }

    /// Whether a vertex has what a step asks of it alone.
    fn fits_alone(&mut self, depth: usize, v: u32, tick: &mut Tick<'_>) -> Result<bool, Stop> {
        let step = &self.steps[depth];
        if !self.snapshot.has_label(VertexIx(v), self.labels[step.vertex]) {
            return Ok(false);
        }
        if !step.has_loop {
            return Ok(true);
        }
        let range = self.out.range(self.ctx, v, tick)?;
        Ok(self.out.list(range).binary_search(&v).is_ok())
    }
}

/// The vertices with a label, in graph order.
fn labelled(ctx: &JobContext, snapshot: &Snapshot, label: LabelId) -> Result<Buf<u32>, Stop> {
    let (mut tick, mut count) = (ctx.tick(), 0);
    let is_one = |v: &u32| snapshot.has_label(VertexIx(*v), label);
    for v in 0..snapshot.vertex_bound() {
        tick.spend(1)?;
        count += usize::from(is_one(&v));
    }
    let (mut all, mut len) = (ctx.alloc(count, 0u32)?, 0);
    for v in 0..snapshot.vertex_bound() {
        tick.spend(1)?;
        if is_one(&v) {
            all[len] = v;
            len += 1;
        }
    }
    Ok(all)
}
