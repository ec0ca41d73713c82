//! The random walk behind pagerank, personalrank and topicrank: power iteration, pull direction.
//!
//! Each vertex keeps one number, what it hands to each of its out-neighbours: rank / out-degree, or the
//! rank itself where there is none. A round gathers these numbers at random places, and that gather
//! is what a round costs. So the projection has its vertices renumbered such that the numbers read most often share
//! cache lines: see [`PullOrder`]. While ranks change much, the numbers have 32 bits: see [`rough`].

use super::rough;
use super::walking::Progress;
use crate::arcs::pieces;
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK, tabulate};
use gesso_core::ctx::{STEPS_PER_CHECK, even_cuts, work_cuts};
use gesso_core::{Buf, JobContext, Stop, Tick};
use gesso_graph::Projection;
use gesso_graph::projection::PullOrder;

/// Where a walk starts and restarts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Restart<'a> {
    /// Anywhere with equal chance.
    Uniform,
    /// At one position.
    At(u32),
    /// At each of some positions with one chance, and elsewhere with another; all sum to 1.
    Near {
        /// The positions.
        home: &'a [u32],
        /// Chance of each of them.
        chance: f64,
        /// Chance of each other position.
        elsewhere: f64,
    },
}

/// A [`Restart`] by place.
enum Homes {
    Everywhere(f64),
    One(usize),
    /// By place 1 where the second chance holds, else 0.
    Two(Buf<u8>, [f64; 2]),
}

/// How long and how a walk runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk<'a> {
    /// Probability of following an arc.
    pub(crate) alpha: f64,
    /// L1 change below which it ends.
    pub(crate) convergence: f64,
    /// Most rounds.
    pub(crate) max_iterations: u64,
    /// Where it starts and restarts.
    pub(crate) restart: Restart<'a>,
}

/// Bytes that [`Walk::run`] takes.
pub(crate) const fn walk_bytes(vertices: u64) -> u64 {
    // Ranks with shares of 32 bits, two arrays of shares of 64 bits, or ranks in two orders.
    16 * vertices
}

/// Bytes that [`Restart::Near`] takes on top.
pub(crate) const fn near_bytes(vertices: u64) -> u64 {
    vertices
}

/// The arrays of a [`PullOrder`].
pub(super) struct Layout<'a> {
    place: &'a [u32],
    pub(super) offsets: &'a [u64],
    pub(super) sources: &'a [u32],
    pub(super) degree: &'a [f64],
    /// Places between chunks of a round.
    pub(super) cuts: Vec<usize>,
}

/// What a round adds up, in the order of chunks.
struct Sums {
    change: f64,
    dangling: f64,
}

impl Walk<'_> {
    /// Iterates until the ranks stop changing. Returns the rank of each position. `graph` is what
    /// [`shared::to_pull`](crate::shared::to_pull) asks for.
    pub(super) fn run(&self, ctx: &JobContext, graph: &Projection) -> Result<(Buf<f64>, Progress), Stop> {
        let len = graph.len();
        if len == 0 {
            return Ok((ctx.alloc(0, 0.0)?, Progress { iterations: 0, converged: true }));
        }
        let order = graph.pull_order().cloned().unwrap_or_default();
        let layout = Layout::new(&order);
        let homes = self.homes(ctx, &layout)?;
        ctx.phase("iterate", 0.98, self.rounds_until(self.convergence) * layout.cuts.len() as u64);
        let mut ranks = tabulate(ctx, len, |p| homes.chance(p))?;
        let mut progress = Progress { iterations: 0, converged: false };
        // Around few homes ranks can be too small for 32 bits.
        if matches!(self.restart, Restart::Uniform) {
            progress = rough::rounds(self, ctx, &layout, &mut ranks)?;
        }
        if !progress.converged && progress.iterations < self.max_iterations {
            (ranks, progress) = self.rounds(ctx, &layout, &homes, ranks, progress)?;
        }
        Ok((order.by_position(ctx, &ranks)?, progress))
    }

    /// Runs rounds on ranks by place.
    fn rounds(
        &self,
        ctx: &JobContext,
        layout: &Layout<'_>,
        homes: &Homes,
        ranks: Buf<f64>,
        mut progress: Progress,
    ) -> Result<(Buf<f64>, Progress), Stop> {
        let mut shares = ranks;
        layout.scale(ctx, &mut shares, |rank, degree| rank / degree)?;
        let mut next = ctx.alloc(shares.len(), 0.0)?;
        let mut dangling = layout.dangling(ctx, &shares)?;
        while progress.iterations < self.max_iterations && !progress.converged {
            let sums = self.round(ctx, layout, homes, dangling, &shares, &mut next)?;
            std::mem::swap(&mut shares, &mut next);
            dangling = sums.dangling;
            progress.converged = sums.change < self.convergence;
            progress.iterations += 1;
        }
        layout.scale(ctx, &mut shares, |share, degree| share * degree)?;
        Ok((shares, progress))
    }

    /// Rounds after which the change is below a bound at the latest, and no more than are allowed: each shrinks it by
    /// `alpha`, and the first changes at most 2.
    pub(super) fn rounds_until(&self, bound: f64) -> u64 {
        let rounds = (bound / 2.0).ln() / self.alpha.ln();
        self.max_iterations.min(rounds.ceil().max(1.0) as u64 + 1)
    }

    fn homes(&self, ctx: &JobContext, layout: &Layout<'_>) -> Result<Homes, Stop> {
        let (len, place) = (layout.degree.len(), layout.place);
        Ok(match self.restart {
            Restart::Uniform => Homes::Everywhere(1.0 / len as f64),
            Restart::At(v) => Homes::One(place[v as usize] as usize),
            Restart::Near { home, chance, elsewhere } => {
                let mut is_home = ctx.alloc(len, 0u8)?;
                let mut tick = ctx.tick();
                for v in home {
                    tick.spend(1)?;
                    is_home[place[*v as usize] as usize] = 1;
                }
                Homes::Two(is_home, [elsewhere, chance])
            }
        })
    }

    /// One round: `next` from `shares`, given the rank that is at vertices without outgoing arcs.
    fn round(
        &self,
        ctx: &JobContext,
        layout: &Layout<'_>,
        homes: &Homes,
        dangling: f64,
        shares: &[f64],
        next: &mut [f64],
    ) -> Result<Sums, Stop> {
        let jump = 1.0 - self.alpha + self.alpha * dangling;
        let (offsets, sources, degrees) = (layout.offsets, layout.sources, layout.degree);
        let share = |p: u32| shares[p as usize];
        let chunks = ctx.par_fill(next, &layout.cuts, |range, part, tick| {
            let mut sums = Sums { change: 0.0, dangling: 0.0 };
            for (p, slot) in range.zip(part) {
                let row = &sources[offsets[p] as usize..offsets[p + 1] as usize];
                let gathered = gather(row, share, tick)?;
                let rank = jump * homes.chance(p) + self.alpha * gathered;
                let degree = degrees[p];
                let out = degree.max(1.0);
                sums.change += (rank - shares[p] * out).abs();
                if degree == 0.0 {
                    sums.dangling += rank;
                }
                *slot = rank / out;
            }
            ctx.advance(1);
            Ok::<_, Stop>(sums)
        })?;
        let none = Sums { change: 0.0, dangling: 0.0 };
        Ok(chunks.iter().fold(none, |all, chunk| Sums {
            change: all.change + chunk.change,
            dangling: all.dangling + chunk.dangling,
        }))
    }
}

impl Homes {
    /// The chance that a jump leads to a place.
    #[inline]
    fn chance(&self, place: usize) -> f64 {
        match self {
            Homes::Everywhere(even) => *even,
            Homes::One(home) => f64::from(u8::from(*home == place)),
            Homes::Two(is_home, chances) => chances[usize::from(is_home[place] != 0)],
        }
    }
}

impl<'a> Layout<'a> {
    fn new(order: &'a PullOrder) -> Layout<'a> {
        Layout {
            place: &order.place,
            offsets: &order.offsets,
            sources: &order.sources,
            degree: &order.degree,
            cuts: work_cuts(&order.offsets, ARC_CHUNK),
        }
    }

    /// Changes each value with its vertex's out-degree, or 1 where there is none.
    fn scale(
        &self,
        ctx: &JobContext,
        values: &mut [f64],
        to: impl Fn(f64, f64) -> f64 + Sync,
    ) -> Result<(), Stop> {
        let cuts = even_cuts(values.len(), VERTEX_CHUNK);
        ctx.par_fill(values, &cuts, |range, part, _| {
            for (value, degree) in part.iter_mut().zip(&self.degree[range]) {
                *value = to(*value, degree.max(1.0));
            }
            Ok::<_, Stop>(())
        })?;
        Ok(())
    }

    /// Rank at vertices without outgoing arcs; summed once, before the first round.
    fn dangling(&self, ctx: &JobContext, shares: &[f64]) -> Result<f64, Stop> {
        let sums = ctx.par_ranges(&even_cuts(shares.len(), VERTEX_CHUNK), |range, _| {
            let ends = self.degree[range.clone()].iter().zip(&shares[range]).filter(|(d, _)| **d == 0.0);
            Ok::<_, Stop>(ends.map(|(_, share)| share).sum::<f64>())
        })?;
        Ok(sums.iter().sum())
    }
}

/// Sum of the shares of a row's sources. A chunk of rows begins with a checkpoint and takes well under a millisecond, so
/// only rows of hubs need ticks.
#[inline]
pub(super) fn gather(row: &[u32], share: impl Fn(u32) -> f64, tick: &mut Tick<'_>) -> Result<f64, Stop> {
    if row.len() <= STEPS_PER_CHECK as usize {
        Ok(gather_few(row, share))
    } else {
        gather_many(row, share, tick)
    }
}

/// [`gather`] for hubs.
#[cold]
fn gather_many(row: &[u32], share: impl Fn(u32) -> f64, tick: &mut Tick<'_>) -> Result<f64, Stop> {
    let mut gathered = 0.0;
    for piece in pieces(row) {
        tick.spend(piece.len() as u64)?;
        gathered += gather_few(piece, &share);
    }
    Ok(gathered)
}

/// [`gather`] for a few sources. Four partial sums let the loads overlap, which one chain of additions would not;
/// their grouping is fixed, so the sum is too.
#[inline]
fn gather_few(row: &[u32], share: impl Fn(u32) -> f64) -> f64 {
    let mut partial = [0.0; 4];
    let mut quads = row.chunks_exact(4);
    for quad in &mut quads {
        for i in 0..4 {
            partial[i] += share(quad[i]);
        }
    }
    let tail: f64 = quads.remainder().iter().map(|s| share(*s)).sum();
    (partial[0] + partial[1]) + (partial[2] + partial[3]) + tail
}
