//! k-truss: the largest subgraph in which every edge lies in k − 2 triangles or more. Distinct neighbours other
//! than the vertex itself count, whatever the direction; parallel edges stand or fall together.
//!
//! Triangles of each edge are counted first, each at its smallest vertex; then edges with too few of them are taken
//! out, which lowers the count of the two others in each triangle, until none has too few. Edges go in rounds: of two
//! that fall in the same round the smaller one lowers the third. Sources: Cohen: "Trusses: Cohesive subgraphs for
//! social network analysis", 2008; Kabir, Madduri: "Parallel k-truss decomposition on multicore systems", HPEC 2017,
//! for the rounds. Work O(E^1.5), memory 8·V + 8·E bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::edge_rows::{edges_where, some_edges};
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::VERTEX_CHUNK;
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::bits::bits_bytes;
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::pairs::row_of;
use gesso_core::{Buf, JobContext, Outcome, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

const K: Param =
    Param::new("k", Kind::Int(Bounds::closed(2, 1_000_000)), "2 more than the triangles of each edge.")
        .required()
        .example(Literal::Int(3));

/// Edges a chunk where each stands for a merge of two rows.
const CHUNK: u64 = 4096;
/// Edges a chunk of a round, in which one may stand for the merge of very long rows.
const ROUND_CHUNK: usize = 64;

/// Edges that lie in many triangles.
pub struct KTruss;

/// Parameters of [`KTruss`].
#[derive(Debug)]
pub struct Params {
    k: u32,
    labels: Option<Vec<String>>,
}

impl Algorithm for KTruss {
    type Params = Params;

    const INFO: Info = Info {
        name: "k_truss",
        aliases: &["ktruss"],
        family: Family::Community,
        demand: Demand::Any,
        summary: "The largest subgraph in which every edge lies in k - 2 triangles or more.",
        params: &[K, LABELS, NUM_THREAD],
        outputs: &[Output::new("k_truss", Shape::Edges, "The edges of the subgraph.")],
        source: "Cohen: Trusses: Cohesive subgraphs for social network analysis, 2008",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { k: args.int(&K) as u32, labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            edges: true,
            ..shared::labelled(Direction::Undirected, Multiplicity::Simple, params.labels.as_ref())
        }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        // A count for each edge, and either the edges that fall or, at the end, a mark for each edge.
        8 * (size.vertices + 1) + 4 * size.edges + (4 * size.edges).max(bits_bytes(size.edges))
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let mut truss = Truss::new(ctx, Arcs::of(graph.out()))?;
        truss.count(ctx)?;
        truss.peel(ctx, params.k - 2)?;
        ctx.phase("list", 0.98, 0);
        let edges = graph.edges().cloned().unwrap_or_default();
        let (ends, state) = (&truss.ends, &truss.state[..]);
        let stays = |a: u32, b: u32| ends.edge(a, b).is_some_and(|edge| state[edge] != GONE);
        let kept = edges_where(ctx, &edges, 8, stays)?;
        Ok(Outcome::of_list("k_truss", some_edges(graph, kept, None)))
    }
}

/// State of an edge that fell in an earlier round.
const GONE: u32 = u32::MAX;
/// State of an edge that falls in the present round.
const FALLING: u32 = u32::MAX - 1;

/// Rows this many times as long as another are searched in, not gone through.
const FAR_LONGER: usize = 16;

/// Names of edges: each is numbered at its smaller end.
struct Ends<'a> {
    arcs: Arcs<'a>,
    /// Where the edges to larger vertices of each vertex begin.
    offsets: Buf<u64>,
}

struct Truss<'a> {
    ends: Ends<'a>,
    /// Triangles that are left to each edge, or [`FALLING`] or [`GONE`].
    state: Buf<u32>,
}

impl<'a> Ends<'a> {
    fn new(ctx: &JobContext, arcs: Arcs<'a>) -> Result<Ends<'a>, Stop> {
        let mut offsets = ctx.alloc(arcs.vertices() + 1, 0u64)?;
        let mut tick = ctx.tick();
        for v in 0..arcs.vertices() {
            tick.spend(1)?;
            let row = arcs.row(v as u32);
            offsets[v + 1] = offsets[v] + (row.len() - row.partition_point(|t| *t <= v as u32)) as u64;
        }
        Ok(Ends { arcs, offsets })
    }

    fn count(&self) -> usize {
        self.offsets[self.arcs.vertices()] as usize
    }

    /// Neighbours larger than a vertex.
    #[inline]
    fn larger(&self, v: u32) -> &'a [u32] {
        let row = self.arcs.row(v);
        &row[self.smaller(v)..]
    }

    /// Number of neighbours smaller than a vertex.
    #[inline]
    fn smaller(&self, v: u32) -> usize {
        let at = v as usize;
        self.arcs.row(v).len() - (self.offsets[at + 1] - self.offsets[at]) as usize
    }

    /// The edge between two vertices.
    fn edge(&self, a: u32, b: u32) -> Option<usize> {
        let (low, high) = (a.min(b), a.max(b));
        let found = self.larger(low).binary_search(&high).ok()?;
        Some(self.offsets[low as usize] as usize + found)
    }

    /// The edge from a vertex to its i-th neighbour.
    #[inline]
    fn edge_at(&self, v: u32, i: usize) -> Option<usize> {
        match i.checked_sub(self.smaller(v)) {
            Some(at) => Some(self.offsets[v as usize] as usize + at),
            None => self.edge(v, self.arcs.row(v)[i]),
        }
    }
}

impl<'a> Truss<'a> {
    fn new(ctx: &JobContext, arcs: Arcs<'a>) -> Result<Truss<'a>, Stop> {
        let ends = Ends::new(ctx, arcs)?;
        let state = ctx.alloc(ends.count(), 0u32)?;
        Ok(Truss { ends, state })
    }

    /// Counts the triangles of each edge.
    fn count(&mut self, ctx: &JobContext) -> Result<(), Stop> {
        let (ends, count) = (&self.ends, self.state.as_atomics());
        let cuts = work_cuts(&ends.offsets, CHUNK);
        ctx.phase("count", 0.5, cuts.len() as u64);
        ctx.par_ranges(&cuts, |range, tick| {
            for v in range.map(|v| v as u32) {
                let first = ends.offsets[v as usize] as usize;
                for (i, t) in ends.larger(v).iter().enumerate() {
                    let second = ends.offsets[*t as usize] as usize;
                    let mut found = 0;
                    // Only larger ones, so that each triangle is met once.
                    common(&ends.larger(v)[i + 1..], ends.larger(*t), tick, |a, b| {
                        found += 1;
                        // Relaxed, here and below: sums and marks, read after the loop.
                        count[first + i + 1 + a].fetch_add(1, Relaxed);
                        count[second + b].fetch_add(1, Relaxed);
                    })?;
                    count[first + i].fetch_add(found, Relaxed);
                }
            }
            ctx.advance(1);
            Ok::<_, Stop>(())
        })?;
        Ok(())
    }

    /// Takes out edges until all that are left have enough triangles.
    fn peel(&mut self, ctx: &JobContext, least: u32) -> Result<(), Stop> {
        let (ends, state) = (&self.ends, self.state.as_atomics());
        // Every edge falls once at most.
        let mut fallen = ctx.alloc(ends.count(), 0u32)?;
        let (fallen, height) = (fallen.as_atomics(), AtomicUsize::new(0));
        let fall = |edge: usize| fallen[height.fetch_add(1, Relaxed)].store(edge as u32, Relaxed);
        ctx.phase("peel", 0.9, ends.count() as u64);
        ctx.par_ranges(&even_cuts(ends.count(), VERTEX_CHUNK), |range, _| {
            range.filter(|edge| state[*edge].load(Relaxed) < least).for_each(fall);
            Ok::<_, Stop>(())
        })?;
        let mut start = 0;
        loop {
            let round = &fallen[start..height.load(Relaxed)];
            if round.is_empty() {
                return Ok(());
            }
            start += round.len();
            let mark = |state_now: u32| {
                ctx.par_ranges(&even_cuts(round.len(), VERTEX_CHUNK), |range, _| {
                    for edge in &round[range] {
                        state[edge.load(Relaxed) as usize].store(state_now, Relaxed);
                    }
                    Ok::<_, Stop>(())
                })
            };
            mark(FALLING)?;
            ctx.par_ranges(&even_cuts(round.len(), ROUND_CHUNK), |range, tick| {
                for edge in &round[range] {
                    lower(ends, state, edge.load(Relaxed) as usize, least, fall, tick)?;
                    ctx.advance(1);
                }
                Ok::<_, Stop>(())
            })?;
            mark(GONE)?;
        }
    }
}

/// Lowers the counts of the edges that lose a triangle with an edge that falls; `fall` gets those that then have one
/// too few.
fn lower(
    ends: &Ends<'_>,
    state: &[AtomicU32],
    edge: usize,
    least: u32,
    fall: impl Fn(usize),
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    let v = row_of(&ends.offsets, 0, edge as u64) as u32;
    let t = ends.larger(v)[edge - ends.offsets[v as usize] as usize];
    let lose = |other: usize| {
        if state[other].fetch_sub(1, Relaxed) == least {
            fall(other);
        }
    };
    common(ends.arcs.row(v), ends.arcs.row(t), tick, |i, j| {
        let (Some(a), Some(b)) = (ends.edge_at(v, i), ends.edge_at(t, j)) else { return };
        match (state[a].load(Relaxed), state[b].load(Relaxed)) {
            (GONE, _) | (_, GONE) | (FALLING, FALLING) => {}
            // Both that fall see the triangle: one of them lowers the third.
            (FALLING, _) if edge < a => lose(b),
            (_, FALLING) if edge < b => lose(a),
            (FALLING, _) | (_, FALLING) => {}
            _ => {
                lose(a);
                lose(b);
            }
        }
    })
}

/// Calls `each` with the places in both rows of every vertex that is in both.
fn common(a: &[u32], b: &[u32], tick: &mut Tick<'_>, mut each: impl FnMut(usize, usize)) -> Result<(), Stop> {
    if a.len() <= b.len() {
        common_with_longer(a, b, tick, each)
    } else {
        common_with_longer(b, a, tick, |j, i| each(i, j))
    }
}

/// [`common`] where `b` is at least as long as `a`.
fn common_with_longer(
    a: &[u32],
    b: &[u32],
    tick: &mut Tick<'_>,
    mut each: impl FnMut(usize, usize),
) -> Result<(), Stop> {
    let mut j = 0;
    if b.len() > FAR_LONGER * a.len() {
        for (i, v) in a.iter().enumerate() {
            tick.spend(8)?;
            j += b[j..].partition_point(|t| t < v);
            if b.get(j) == Some(v) {
                each(i, j);
            }
        }
        return Ok(());
    }
    let mut i = 0;
    while i < a.len() && j < b.len() {
        tick.spend(1)?;
        let (v, t) = (a[i], b[j]);
        if v == t {
            each(i, j);
        }
        i += usize::from(v <= t);
        j += usize::from(t <= v);
    }
    Ok(())
}
