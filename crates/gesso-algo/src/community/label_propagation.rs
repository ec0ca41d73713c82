//! Label propagation: every vertex takes the label that most of its neighbours have, until few change.
//!
//! Rounds read the labels of the round before. Odd rounds move the vertices at even places, even rounds
//! the others: moving all at once would let two-sided graphs swap labels for ever. A vertex keeps its
//! label if it is among the most frequent ones, else the smallest of them wins. Labels are ordered by the
//! first vertex that has them. Edges count both ways and by number.
//!
//! Source: Raghavan, Albert, Kumara: "Near linear time algorithm to detect community structures in
//! large-scale networks", 2007. Work O(rounds·E), memory 12·V bytes and 4·V a thread.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Kind, Output, Param, Shape};
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK, per_vertex, tabulate, to_vertices};
use crate::scratch::Scratch;
use crate::shared::{self, CONVERGED, CONVERGENCE, ITERATIONS, LABELS, MAX_ITERATIONS, NUM_THREAD};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Buf, Cells, JobContext, Outcome, Scalar, Stop, Tick};
use gesso_graph::projection::VertexCodes;
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::sync::Arc;

const INITIAL: Param = Param::new(
    "initial",
    Kind::Property,
    "Text property of vertices with labels that are known and stay; empty to start with a label for each vertex.",
);

/// What a vertex without a label has in place of one.
const NONE: u32 = u32::MAX;

/// Label propagation.
pub struct LabelPropagation;

/// Parameters of [`LabelPropagation`].
#[derive(Debug)]
pub struct Params {
    convergence: f64,
    max_iterations: u64,
    initial: Option<String>,
    labels: Option<Vec<String>>,
}

impl Algorithm for LabelPropagation {
    type Params = Params;

    const INFO: Info = Info {
        name: "label_propagation",
        aliases: &[],
        family: Family::Community,
        demand: Demand::Any,
        summary: "Communities in which most neighbours of a vertex are in its own one.",
        params: &[CONVERGENCE, MAX_ITERATIONS, INITIAL, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("community", Shape::PerVertexText, "Label of each vertex; empty where none arrives."),
            Output::new("community_num", Shape::Int, "Number of different labels at the end."),
            ITERATIONS,
            CONVERGED,
        ],
        source: "Raghavan, Albert, Kumara, Physical Review E 76, 2007",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            convergence: args.real(&CONVERGENCE),
            max_iterations: args.int(&MAX_ITERATIONS).unsigned_abs(),
            initial: args.property(&INITIAL),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            vertex_property: params.initial.clone(),
            ..shared::labelled(Direction::Undirected, Multiplicity::Multi, params.labels.as_ref())
        }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        8 * size.vertices + 4 * size.vertices * size.threads.max(1)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let found = propagate(params, Arcs::of(graph.out()), graph.codes(), graph.len(), ctx)?;
        let Found { labels, distinct, rounds, converged } = found;
        let cells = match graph.codes() {
            Some(codes) => named(ctx, labels, &codes.names)?,
            None => own_ids(ctx, graph, labels)?,
        };
        Ok(Outcome::of_list("community", per_vertex(ctx, graph, cells)?)
            .with("community_num", Scalar::Int(distinct as i64))
            .with("iterations", Scalar::Int(rounds as i64))
            .with("converged", Scalar::Bool(converged)))
    }
}

/// Where propagation ends.
struct Found {
    labels: Buf<u32>,
    distinct: u64,
    rounds: u64,
    converged: bool,
}

/// Propagates labels from vertices of their own or from the given codes.
fn propagate(
    params: &Params,
    arcs: Arcs<'_>,
    known: Option<&VertexCodes>,
    len: usize,
    ctx: &JobContext,
) -> Result<Found, AlgoError> {
    let fixed = known.map(|k| &k.codes[..]);
    if let Some(codes) = fixed {
        check_labelled(ctx, codes)?;
    }
    let kinds = known.map_or(len, |k| k.names.len());
    let mut now = tabulate(ctx, len, |v| fixed.map_or(v as u32, |codes| codes[v]))?;
    let mut next = ctx.alloc(len, NONE)?;
    let counts = Scratch::new(ctx, kinds)?;
    let cuts = work_cuts(arcs.offsets, ARC_CHUNK);
    ctx.phase("propagate", 0.95, params.max_iterations * cuts.len() as u64);
    let (mut rounds, mut quiet) = (0, 0);
    while rounds < params.max_iterations && quiet < 2 {
        let moving = (rounds % 2) as usize;
        let round = Round { arcs, now: &now, fixed, moving };
        let changed = ctx.par_fill(&mut next, &cuts, |range, part, tick| {
            ctx.advance(1);
            counts.with(|counts| round.fill(range.start, part, counts, tick))
        })?;
        std::mem::swap(&mut now, &mut next);
        rounds += 1;
        let changed: u64 = changed.iter().sum();
        // Written so that a graph without vertices counts as quiet.
        quiet =
            if (changed as f64) < params.convergence * len as f64 || changed == 0 { quiet + 1 } else { 0 };
    }
    let distinct = distinct(ctx, &now, &counts)?;
    Ok(Found { labels: now, distinct, rounds, converged: quiet == 2 })
}

/// The known labels must be some, but not all.
fn check_labelled(ctx: &JobContext, codes: &[u32]) -> Result<(), AlgoError> {
    let counts = ctx.par_ranges(&even_cuts(codes.len(), VERTEX_CHUNK), |range, _| {
        Ok::<_, Stop>(codes[range].iter().filter(|c| **c != NONE).count() as u64)
    })?;
    let (labelled, vertices) = (counts.iter().sum(), codes.len() as u64);
    if labelled == 0 || labelled == vertices {
        return Err(AlgoError::Labelled { labelled, vertices });
    }
    Ok(())
}

/// What a round reads.
struct Round<'a> {
    arcs: Arcs<'a>,
    now: &'a [u32],
    /// Labels that stay.
    fixed: Option<&'a [u32]>,
    /// 0 when even positions move, 1 when odd ones do.
    moving: usize,
}

impl Round<'_> {
    /// Labels after the round from position `start` on; returns how many changed.
    fn fill(
        &self,
        start: usize,
        out: &mut [u32],
        counts: &mut [u32],
        tick: &mut Tick<'_>,
    ) -> Result<u64, Stop> {
        let mut changed = 0;
        for (v, slot) in (start..).zip(out) {
            let own = self.now[v];
            *slot = own;
            let stays = self.fixed.is_some_and(|codes| codes[v] != NONE);
            if v % 2 == self.moving && !stays {
                *slot = self.most_frequent(v as u32, own, counts, tick)?;
                changed += u64::from(*slot != own);
            }
        }
        Ok(changed)
    }

    /// The most frequent label around a vertex. `counts` is zero before and after.
    fn most_frequent(&self, v: u32, own: u32, counts: &mut [u32], tick: &mut Tick<'_>) -> Result<u32, Stop> {
        let row = self.arcs.row(v);
        let (mut best, mut top) = (own, 0);
        for piece in pieces(row) {
            tick.spend(1 + piece.len() as u64)?;
            for label in piece.iter().map(|t| self.now[*t as usize]).filter(|l| *l != NONE) {
                let count = &mut counts[label as usize];
                *count += 1;
                if *count > top || (*count == top && label < best) {
                    (top, best) = (*count, label);
                }
            }
        }
        if own != NONE && counts[own as usize] == top {
            best = own;
        }
        for piece in pieces(row) {
            tick.spend(piece.len() as u64)?;
            for label in piece.iter().map(|t| self.now[*t as usize]).filter(|l| *l != NONE) {
                counts[label as usize] = 0;
            }
        }
        Ok(best)
    }
}

/// Number of different labels.
fn distinct(ctx: &JobContext, labels: &[u32], seen: &Scratch<u32>) -> Result<u64, Stop> {
    seen.with(|seen| {
        let mut tick = ctx.tick();
        let mut count = 0;
        for label in labels.iter().filter(|l| **l != NONE) {
            tick.spend(1)?;
            count += u64::from(std::mem::replace(&mut seen[*label as usize], 1) == 0);
        }
        Ok(count)
    })
}

/// Labels that are positions, as the ids of their vertices.
fn own_ids(ctx: &JobContext, graph: &Projection, mut labels: Buf<u32>) -> Result<Cells, Stop> {
    to_vertices(ctx, graph, &mut labels)?;
    Ok(Cells::Vertex(labels.release().share()))
}

/// Codes with their names, and the empty name for vertices that no label reached.
fn named(ctx: &JobContext, mut labels: Buf<u32>, names: &Arc<[String]>) -> Result<Cells, Stop> {
    let empty = names.len() as u32;
    let cuts = even_cuts(labels.len(), VERTEX_CHUNK);
    let unreached = ctx.par_fill(&mut labels, &cuts, |_, part, _| {
        let mut any = false;
        for label in part.iter_mut().filter(|l| **l == NONE) {
            *label = empty;
            any = true;
        }
        Ok::<_, Stop>(any)
    })?;
    let names = if unreached.contains(&true) {
        let mut tick = ctx.tick();
        let mut with_empty = Vec::with_capacity(names.len() + 1);
        for name in names.iter() {
            tick.spend(1)?;
            with_empty.push(name.clone());
        }
        with_empty.push(String::new());
        with_empty.into()
    } else {
        names.clone()
    };
    Ok(Cells::Name { codes: labels.release().share(), names })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesso_core::Slab;

    /// Labels after propagation from known ones on a graph, none for those that are never reached.
    fn check(edges: &[(u32, u32)], known: &[Option<&str>], expected: Result<&[Option<&str>], AlgoError>) {
        let mut names: Vec<String> = Vec::new();
        let mut codes = Vec::new();
        for label in known {
            codes.push(label.map_or(NONE, |label| {
                let found = names.iter().position(|n| n == label);
                found.unwrap_or_else(|| {
                    names.push(label.to_owned());
                    names.len() - 1
                }) as u32
            }));
        }
        let params = Params { convergence: 1e-5, max_iterations: 1000, initial: None, labels: None };
        let ids = (0..known.len()).map(|v| v.to_string()).collect();
        let weighted: Vec<_> = edges.iter().map(|(s, t)| (*s, *t, 1.0)).collect();
        let graph = Projection::of_edges(ids, &weighted, &LabelPropagation::projection(&params));
        let ctx = JobContext::detached(2, 1 << 20);
        let codes = VertexCodes { codes: Slab::from(codes), names: names.clone().into() };
        let found = propagate(&params, Arcs::of(graph.out()), Some(&codes), graph.len(), &ctx);
        let got = found.map(|found| {
            assert!(found.converged);
            let label = |l: &u32| (*l != NONE).then(|| names[*l as usize].clone());
            let labels: Vec<Option<String>> = found.labels.iter().map(label).collect();
            let cells = named(&ctx, found.labels, &codes.names).expect("nobody stops it");
            let Cells::Name { codes, names } = cells else { panic!("labels have names") };
            for (label, code) in labels.iter().zip(codes.iter()) {
                assert_eq!(label.as_deref().unwrap_or(""), names[*code as usize]);
            }
            labels
        });
        let owned = |labels: &[Option<&str>]| labels.iter().map(|l| l.map(str::to_owned)).collect::<Vec<_>>();
        assert_eq!(got, expected.map(owned));
    }

    #[test]
    fn a05_012_known_labels_stay_and_spread() {
        // b keeps its label amid neighbours of another one; 5 and 6 are out of reach.
        check(
            &[(0, 1), (1, 2), (1, 3), (2, 4), (5, 6)],
            &[Some("a"), Some("b"), Some("a"), Some("a"), None, None, None],
            Ok(&[Some("a"), Some("b"), Some("a"), Some("a"), Some("a"), None, None]),
        );
        // A tie goes to the label that occurs first.
        check(&[(0, 1), (1, 2)], &[Some("z"), None, Some("a")], Ok(&[Some("z"), Some("z"), Some("a")]));
    }

    #[test]
    fn a05_012_all_or_none_labelled_is_an_error() {
        check(&[(0, 1)], &[None, None], Err(AlgoError::Labelled { labelled: 0, vertices: 2 }));
        check(&[(0, 1)], &[Some("a"), Some("a")], Err(AlgoError::Labelled { labelled: 2, vertices: 2 }));
        check(&[], &[], Err(AlgoError::Labelled { labelled: 0, vertices: 0 }));
    }
}
