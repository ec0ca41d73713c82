//! Degree correlation: whether vertices of many edges are joined to others of many. Pearson's correlation
//! of the degrees at the two ends of all edges, taken both ways; parallel edges count, a self-loop counts
//! twice in its vertex's degree and once as an edge. 0 where all degrees are equal.
//!
//! Sums are whole numbers, so the answer is exact up to the last division. All but that of the products are sums
//! over vertices, as each end of an edge adds a power of its vertex's degree.
//!
//! Source: Newman: "Mixing patterns in networks", 2003. Work O(V + E), memory 4·V bytes and 64 KiB a thread.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::VERTEX_CHUNK;
use crate::scratch::Scratch;
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::ops::Range;

/// Arcs and vertices of a chunk: sums over its arcs stay in the cache of a core.
const CHUNK: u64 = 8192;
/// Arcs that a chunk has less than, but for long rows; and sums that are kept of them.
const FLAT: usize = 2 * CHUNK as usize;
/// Degrees below this, their squares and what rows of [`FLAT`] arcs sum up to fit numbers of 32 and 64 bits.
const NARROW: u32 = 1 << 18;

/// Degree correlation.
pub struct DegreeCorrelation;

/// Parameters of [`DegreeCorrelation`].
#[derive(Debug)]
pub struct Params {
    labels: Option<Vec<String>>,
}

impl Algorithm for DegreeCorrelation {
    type Params = Params;

    const INFO: Info = Info {
        name: "degree_correlation",
        aliases: &["degree_assortativity"],
        family: Family::Community,
        demand: Demand::Any,
        summary: "Whether vertices of many edges are joined to others of many.",
        params: &[LABELS, NUM_THREAD],
        outputs: &[Output::new(
            "degree_correlation",
            Shape::Real,
            "Correlation of the degrees at the ends of edges, from -1 to 1.",
        )],
        source: "Newman: Mixing patterns in networks, Physical Review E 67, 2003",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Both, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        4 * size.vertices + 4 * FLAT as u64 * size.threads.max(1)
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (out, incoming) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()));
        let degree = |v: usize| out.degree(v as u32) + incoming.degree(v as u32);
        // Neighbours' degrees are gathered from half the memory that offsets take.
        let mut short = ctx.alloc(graph.len(), 0u32)?;
        let highest = ctx.par_fill(&mut short, &even_cuts(graph.len(), VERTEX_CHUNK), |range, part, _| {
            let mut highest = 0;
            for (v, slot) in range.zip(part) {
                *slot = u32::try_from(degree(v)).unwrap_or(u32::MAX);
                highest = highest.max(*slot);
            }
            Ok::<_, Stop>(highest)
        })?;
        let short: &[u32] = &short;
        let sums = match highest.into_iter().max().unwrap_or(0) {
            0..NARROW => sum(ctx, out, |v| u64::from(short[v]), Some(short))?,
            NARROW..u32::MAX => sum(ctx, out, |v| u64::from(short[v]), None)?,
            u32::MAX => sum(ctx, out, degree, None)?,
        };
        Ok(Outcome::default().with("degree_correlation", Scalar::Real(sums.correlation())))
    }
}

/// Sums over all edges, given the degree of each vertex, and all of them at once if they are narrow.
fn sum(
    ctx: &JobContext,
    out: Arcs<'_>,
    degree: impl Fn(usize) -> u64 + Sync,
    narrow: Option<&[u32]>,
) -> Result<Sums, Stop> {
    let cuts = work_cuts(out.offsets, CHUNK);
    ctx.phase("sum", 0.98, cuts.len() as u64);
    let befores = Scratch::<u32>::new(ctx, FLAT)?;
    // A chunk begins with a checkpoint and takes well under a millisecond, but for long rows.
    let chunks = ctx.par_ranges(&cuts, |range, tick| {
        ctx.advance(1);
        let (start, end) = (out.offsets[range.start] as usize, out.offsets[range.end] as usize);
        if let Some(degrees) = narrow.filter(|_| end - start < FLAT) {
            return befores.with(|before| Ok(sum_flat(out, range, start..end, degrees, before)));
        }
        let mut sums = Sums::default();
        for v in range {
            let own = degree(v);
            sums.add_ends(own);
            for piece in pieces(out.row(v as u32)) {
                tick.spend(piece.len() as u64)?;
                sums.add_arcs(own, piece.iter().map(|t| degree(*t as usize)).sum());
                sums.take_loops(own, loops(v, piece));
            }
        }
        Ok::<_, Stop>(sums)
    })?;
    Ok(chunks.into_iter().fold(Sums::default(), Sums::plus))
}

/// [`sum`] over the rows of a chunk with few arcs. Degrees are added up over all of its arcs in one loop, and a row's are the
/// difference of two sums: loops over single rows, which are short, end where the processor does not expect it.
fn sum_flat(
    out: Arcs<'_>,
    range: Range<usize>,
    arcs: Range<usize>,
    degrees: &[u32],
    before: &mut [u32],
) -> Sums {
    let start = arcs.start;
    add_up(&out.targets[arcs], degrees, before);
    let mut sums = Sums::default();
    let (mut ends, mut first, mut products) = (0, 0, 0);
    for v in range {
        let (own, row) = (u64::from(degrees[v]), out.row(v as u32));
        let at = out.offsets[v] as usize - start;
        let others = before[at + row.len()].wrapping_sub(before[at]);
        ends += own;
        first += own * own;
        sums.squares += u128::from(own * own) * u128::from(own);
        products += own * u64::from(others);
        sums.take_loops(own, loops(v, row));
    }
    Sums { ends: ends.into(), first: first.into(), products: 2 * u128::from(products), ..Sums::default() }
        .plus(sums)
}

/// For each of some arcs the sum of the degrees before it that arcs lead to, and at last of all. It wraps around over
/// a chunk, but not over a row.
#[inline(never)] // Alone it keeps everything in registers.
fn add_up(targets: &[u32], degrees: &[u32], before: &mut [u32]) {
    let mut sum = 0u32;
    before[0] = 0;
    let (quads, last) = targets.as_chunks::<4>();
    let (slots, last_slots) = before[1..=targets.len()].as_chunks_mut::<4>();
    for (slots, [a, b, c, d]) in slots.iter_mut().zip(quads) {
        let (a, b) = (degrees[*a as usize], degrees[*b as usize]);
        let (c, d) = (degrees[*c as usize], degrees[*d as usize]);
        let half = sum.wrapping_add(a.wrapping_add(b));
        slots[0] = sum.wrapping_add(a);
        slots[1] = half;
        slots[2] = half.wrapping_add(c);
        sum = half.wrapping_add(c.wrapping_add(d));
        slots[3] = sum;
    }
    for (slot, t) in last_slots.iter_mut().zip(last) {
        sum = sum.wrapping_add(degrees[*t as usize]);
        *slot = sum;
    }
}

/// How many of a vertex's arcs lead to itself. The arcs rise.
#[inline]
fn loops(v: usize, arcs: &[u32]) -> u64 {
    let v = v as u32;
    if arcs.first().is_some_and(|first| *first <= v) && arcs.last().is_some_and(|last| v <= *last) {
        arcs.iter().filter(|t| **t == v).count() as u64
    } else {
        0
    }
}

/// Sums over pairs of ends. Degrees and edges are below 2⁴⁰, so products of two sums fit.
#[derive(Clone, Copy, Default)]
struct Sums {
    ends: u128,
    /// Of the degree at the first end, which is also that at the second.
    first: u128,
    squares: u128,
    products: u128,
}

impl Sums {
    /// Adds the ends of edges at a vertex.
    #[inline]
    fn add_ends(&mut self, degree: u64) {
        let wide = u128::from(degree);
        self.ends += wide;
        self.first += wide * wide;
        self.squares += wide * wide * wide;
    }

    /// Adds what arcs of a vertex bring, both ways, given the sum of the degrees that they lead to.
    #[inline]
    fn add_arcs(&mut self, degree: u64, others: u64) {
        self.products += u128::from(degree) * u128::from(2 * others);
    }

    /// A loop is two of its vertex's ends, but one pair of ends, and that one way.
    #[inline]
    fn take_loops(&mut self, degree: u64, loops: u64) {
        if loops > 0 {
            let (wide, loops) = (u128::from(degree), u128::from(loops));
            // Below 0 until what they are taken from is added.
            let take = Sums {
                ends: loops.wrapping_neg(),
                first: (wide * loops).wrapping_neg(),
                squares: (wide * wide * loops).wrapping_neg(),
                products: (wide * wide * loops).wrapping_neg(),
            };
            *self = self.plus(take);
        }
    }

    fn plus(self, other: Sums) -> Sums {
        Sums {
            ends: self.ends.wrapping_add(other.ends),
            first: self.first.wrapping_add(other.first),
            squares: self.squares.wrapping_add(other.squares),
            products: self.products.wrapping_add(other.products),
        }
    }

    fn correlation(self) -> f64 {
        let difference = |a: u128, b: u128| a.cast_signed() - b.cast_signed();
        let variance = difference(self.ends * self.squares, self.first * self.first);
        let covariance = difference(self.ends * self.products, self.first * self.first);
        if variance == 0 { 0.0 } else { covariance as f64 / variance as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with sums over edges.
    fn check(rows: &[Vec<u32>]) {
        let mut offsets = vec![0];
        let mut degree = vec![0u64; rows.len()];
        for (v, row) in rows.iter().enumerate() {
            offsets.push(offsets[v] + row.len() as u64);
            degree[v] += row.len() as u64;
            for t in row {
                degree[*t as usize] += 1;
            }
        }
        let targets = rows.concat();
        let mut expected = [0u128; 4];
        for (v, row) in rows.iter().enumerate() {
            for t in row {
                let (own, other) = (u128::from(degree[v]), u128::from(degree[*t as usize]));
                let ways = if *t as usize == v { 1 } else { 2 };
                let add = [2, own + other, own * own + other * other, 2 * own * other];
                for (sum, add) in expected.iter_mut().zip(add) {
                    *sum += ways * add;
                }
            }
        }
        let ctx = JobContext::detached(2, 1 << 20);
        let arcs = Arcs::new(&offsets, &targets, None);
        let short: Vec<u32> = degree.iter().map(|d| *d as u32).collect();
        for narrow in [None, Some(&short[..])] {
            let sums = sum(&ctx, arcs, |v| degree[v], narrow).unwrap();
            assert_eq!([sums.ends, sums.first, sums.squares, sums.products].map(|s| 2 * s), expected);
        }
    }

    #[test]
    fn sums_over_vertices_are_sums_over_edges() {
        // Loops, parallel edges, a vertex without edges.
        check(&[vec![0, 1, 1, 2, 5], vec![0, 1, 1], vec![3], vec![0, 0, 3], vec![], vec![2]]);
    }

    #[test]
    fn a_long_row_counts_like_short_ones() {
        let leaves = 3 * FLAT as u32;
        let hub = leaves / 2;
        // Its loops are in the middle of its row, beside one in a short row.
        let mut all: Vec<u32> = (0..=leaves).chain([hub]).collect();
        all.sort_unstable();
        let row = |v: u32| if v == hub { all.clone() } else { vec![hub; (v % 3) as usize] };
        let mut rows: Vec<Vec<u32>> = (0..=leaves).map(row).collect();
        rows[1].insert(0, 1);
        check(&rows);
    }
}
