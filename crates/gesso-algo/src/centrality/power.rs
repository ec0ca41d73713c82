//! Sums over neighbours, again and again: what eigenvector, Katz and HITS have in common.

use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::info::{Literal, Param};
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK};
use crate::shared::{self, DIRECTED};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Buf, JobContext, Stop};
use gesso_graph::{Multiplicity, ProjectionSpec};

pub(super) const CONVERGENCE: Param = shared::CONVERGENCE.or(Literal::Real(0.000001));

pub(super) const MAX_ITERATIONS: Param = shared::MAX_ITERATIONS.or(Literal::Int(100));

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

    /// Every edge by itself, with the arcs that both ends are needed of.
    pub(super) fn projection(&self) -> ProjectionSpec {
        shared::labelled(shared::two_way(self.directed), Multiplicity::Multi, self.labels.as_ref())
    }
}

/// Fills `out` with `value(v, Σ x over the neighbours of v)`, in parallel; each sum is in the order of its row.
pub(super) fn pull(
    ctx: &JobContext,
    arcs: Arcs<'_>,
    x: &[f64],
    out: &mut Buf<f64>,
    value: impl Fn(usize, f64) -> f64 + Sync,
) -> Result<(), Stop> {
    ctx.par_fill(out, &work_cuts(arcs.offsets, ARC_CHUNK), |range, part, tick| {
        for (v, slot) in range.zip(part) {
            let mut sum = 0.0;
            for piece in pieces(arcs.row(v as u32)) {
                tick.spend(1 + piece.len() as u64)?;
                sum += piece.iter().map(|u| x[*u as usize]).sum::<f64>();
            }
            *slot = value(v, sum);
        }
        Ok::<_, Stop>(())
    })?;
    Ok(())
}

/// Sum of a value of each position, in chunks whose order is fixed.
pub(super) fn total(ctx: &JobContext, len: usize, value: impl Fn(usize) -> f64 + Sync) -> Result<f64, Stop> {
    let chunks = ctx.par_ranges(&even_cuts(len, VERTEX_CHUNK), |range, _| {
        Ok::<_, Stop>(range.map(&value).sum::<f64>())
    })?;
    Ok(chunks.iter().sum())
}

/// Divides every entry, unless by 0.
pub(super) fn divide(ctx: &JobContext, x: &mut Buf<f64>, by: f64) -> Result<(), Stop> {
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

/// Euclidean length.
pub(super) fn length(ctx: &JobContext, x: &[f64]) -> Result<f64, Stop> {
    Ok(total(ctx, x.len(), |v| x[v] * x[v])?.sqrt())
}

/// Sum of the absolute differences.
pub(super) fn change(ctx: &JobContext, a: &[f64], b: &[f64]) -> Result<f64, Stop> {
    total(ctx, a.len(), |v| (a[v] - b[v]).abs())
}
