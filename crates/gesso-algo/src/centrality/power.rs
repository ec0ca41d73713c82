//! Sums over neighbours, again and again: what eigenvector, Katz and HITS have in common.

use super::walk::gather;
use crate::arcs::Arcs;
use crate::args::Args;
use crate::info::{Literal, Param};
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK};
use crate::shared::{self, DIRECTED};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{JobContext, Stop};
use gesso_graph::{Multiplicity, ProjectionSpec};

pub(super) const CONVERGENCE: Param = shared::CONVERGENCE.or(Literal::Real(0.000001));

pub(super) const MAX_ITERATIONS: Param = shared::MAX_ITERATIONS.or(Literal::Int(100));

/// Partial sums of a loop over vectors.
const LANES: usize = 4;

/// How long rounds go on, and along which edges.
#[derive(Debug)]
pub struct Rounds {
    /// Change below which they end.
    pub(super) convergence: f64,
    /// Most of them.
    pub(super) max_iterations: u64,
    directed: bool,
    labels: Option<Vec<String>>,
}

impl Rounds {
    /// From [`CONVERGENCE`], [`MAX_ITERATIONS`], [`DIRECTED`] and labels.
    pub(super) fn parse(args: &Args) -> Rounds {
        Rounds {
            convergence: args.real(&CONVERGENCE),
            max_iterations: args.int(&MAX_ITERATIONS).unsigned_abs(),
            directed: args.flag(&DIRECTED),
            labels: shared::labels(args),
        }
    }

    /// Every edge by itself, in an order that is quick to pull along.
    pub(super) fn to_pull(&self) -> ProjectionSpec {
        shared::to_pull(self.directed, self.labels.as_ref())
    }

    /// Every edge by itself, with the arcs that both ends are needed of.
    pub(super) fn projection(&self) -> ProjectionSpec {
        shared::labelled(shared::two_way(self.directed), Multiplicity::Multi, self.labels.as_ref())
    }
}

/// Fills `out` with `value(v, Σ x over the neighbours of v)`, in parallel. Returns the sum of `weigh` over what was
/// written. The order of all sums is fixed.
pub(super) fn pull(
    ctx: &JobContext,
    arcs: Arcs<'_>,
    x: &[f64],
    out: &mut [f64],
    value: impl Fn(usize, f64) -> f64 + Sync,
    weigh: impl Fn(usize, f64) -> f64 + Sync,
) -> Result<f64, Stop> {
    let (offsets, targets) = (arcs.offsets, arcs.targets);
    let at = |v: u32| x[v as usize];
    let chunks = ctx.par_fill(out, &work_cuts(offsets, ARC_CHUNK), |range, part, tick| {
        let mut weight = 0.0;
        for (v, slot) in range.zip(part) {
            let row = &targets[offsets[v] as usize..offsets[v + 1] as usize];
            let sum = gather(row, at, tick)?;
            *slot = value(v, sum);
            weight += weigh(v, *slot);
        }
        Ok::<_, Stop>(weight)
    })?;
    Ok(chunks.iter().sum())
}

/// Divides every entry of `new`, unless by 0. Returns the sum of the absolute differences from `old`.
pub(super) fn scale(ctx: &JobContext, old: &[f64], new: &mut [f64], by: f64) -> Result<f64, Stop> {
    let by = if by == 0.0 { 1.0 } else { by };
    let cuts = even_cuts(new.len(), VERTEX_CHUNK);
    let chunks = ctx.par_fill(new, &cuts, |range, part, _| {
        // Several partial sums, as one chain of additions would take most of the time.
        let mut partial = [0.0; LANES];
        for (new, old) in part.chunks_mut(LANES).zip(old[range].chunks(LANES)) {
            for ((new, old), sum) in new.iter_mut().zip(old).zip(&mut partial) {
                *new /= by;
                *sum += (*new - old).abs();
            }
        }
        Ok::<_, Stop>(partial.iter().sum::<f64>())
    })?;
    Ok(chunks.iter().sum())
}

/// Makes the Euclidean length 1, unless it is 0.
pub(super) fn normalise(ctx: &JobContext, x: &mut [f64]) -> Result<(), Stop> {
    let cuts = even_cuts(x.len(), VERTEX_CHUNK);
    let chunks =
        ctx.par_ranges(&cuts, |range, _| Ok::<_, Stop>(x[range].iter().map(|x| x * x).sum::<f64>()))?;
    divide(ctx, x, chunks.iter().sum::<f64>().sqrt())
}

/// Divides every entry, unless by 0.
pub(super) fn divide(ctx: &JobContext, x: &mut [f64], by: f64) -> Result<(), Stop> {
    if by == 0.0 {
        return Ok(());
    }
    let cuts = even_cuts(x.len(), VERTEX_CHUNK);
    ctx.par_fill(x, &cuts, |_, part, _| {
        for slot in part {
            *slot /= by;
        }
        Ok::<_, Stop>(())
    })?;
    Ok(())
}
