//! Modularity maximisation in levels: vertices move between communities, then each community becomes one
//! vertex of a smaller graph, until a level gains too little. See `local_moving`, `refinement` and, for what a level
//! stands on, `standing`.

use super::level::{by_first, list_bytes};
use super::local_moving::Moving;
use super::modularity_sum::{Degrees, modularity};
use super::refinement::refine;
use super::standing::{Parts, Standing, follow};
use crate::arcs::Arcs;
use crate::rows::tabulate;
use gesso_core::{Buf, JobContext, Stop};

/// How to maximise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Levels {
    /// Gain in modularity below which sweeps and levels end.
    pub(super) convergence: f64,
    /// Most sweeps of a level.
    pub(super) max_iterations: u64,
    /// Weight of the degrees in modularity.
    pub(super) resolution: f64,
    /// Whether parts of communities, not communities, become vertices.
    pub(super) is_refined: bool,
}

/// A partition.
pub(super) struct Partition {
    /// The first vertex of each vertex's community.
    pub(super) community: Buf<u32>,
    pub(super) communities: usize,
    pub(super) modularity: f64,
    /// Sweeps of all levels.
    pub(super) sweeps: u64,
}

/// Levels after which the graph can hardly shrink any more: each at least halves it, in practice.
const LEVELS_MAX: usize = 64;

/// Bytes of [`Levels::run`]. A coarse graph that would take more is not made.
pub(super) const fn levels_bytes(vertices: u64, arcs: u64, threads: u64) -> u64 {
    // Small arrays have a size of their own.
    const SMALL: u64 = 16 << 10;
    40 * vertices + 4 * arcs + SMALL + (threads - 1) * (8 * vertices + list_bytes(vertices))
}

/// Climbs after which the first level can hardly gain any more.
const CLIMBS_MAX: usize = 10;

/// How far climbing has come.
struct Climb {
    /// Progress that was told of.
    done: f64,
    /// Modularity of the last partition.
    best: f64,
    /// Sweeps of all levels.
    sweeps: u64,
}

impl Levels {
    /// Maximises the modularity of a graph that has each edge both ways and loops once. Weights are positive.
    ///
    /// What levels found is where the vertices of the graph itself start from the next time, until that gains
    /// too little: single vertices then correct what merging whole communities could not. Source: Rotta,
    /// Noack: "Multilevel local search algorithms for modularity clustering", 2011.
    pub(super) fn run(&self, ctx: &JobContext, arcs: Arcs<'_>) -> Result<Partition, Stop> {
        let mut climb = Climb { done: 0.0, best: f64::NEG_INFINITY, sweeps: 0 };
        let mut found = self.climb(ctx, arcs, None, &mut climb)?;
        for _ in 1..CLIMBS_MAX {
            let before = climb.best;
            found = self.climb(ctx, arcs, Some(found), &mut climb)?;
            if climb.best - before < self.convergence {
                break;
            }
        }
        ctx.phase("measure", 0.98, 0);
        let (community, communities) = by_first(ctx, found)?;
        let modularity = self.measure(ctx, arcs, &Degrees::new(ctx, arcs)?, &community)?;
        Ok(Partition { community, communities, modularity, sweeps: climb.sweeps })
    }

    /// Levels from the graph itself up, starting from a partition of it.
    fn climb(
        &self,
        ctx: &JobContext,
        arcs: Arcs<'_>,
        start: Option<Buf<u32>>,
        climb: &mut Climb,
    ) -> Result<Buf<u32>, Stop> {
        let mut at = Standing::new(ctx, arcs, start)?;
        if at.degrees.total <= 0.0 {
            return tabulate(ctx, arcs.vertices(), |v| v as u32);
        }
        let (mut level, mut has_shrunk) = (0, true);
        loop {
            // How many levels there will be is not known: each takes a part of what is left.
            climb.done += (0.95 - climb.done) * 0.5;
            ctx.phase("move vertices", climb.done, 10);
            if level == 1 {
                // What the first level came to is measured here, where it often takes a pass over fewer arcs.
                climb.best = self.measure_start(ctx, &at)?;
            }
            let is_again = level == 0 && at.start.is_some();
            let (moved, gain) = self.improve(ctx, &mut at, climb)?;
            if is_again && gain < self.convergence && !self.is_refined {
                // No vertex corrects anything, so levels would merge the same communities, which they did not.
                return Ok(moved);
            }
            let (community, communities) = by_first(ctx, moved)?;
            let is_last = communities == at.units || level + 1 == LEVELS_MAX;
            if level > 0 || is_last {
                let modularity = self.measure(ctx, at.graph(), &at.degrees, &community)?;
                let gain = modularity - std::mem::replace(&mut climb.best, modularity);
                // Parts that gain nothing may still become communities, which can gain.
                let is_refining = self.is_refined && has_shrunk;
                if is_last || (gain < self.convergence && !is_refining) {
                    return follow(ctx, at.merged, community);
                }
            }
            let Standing { given, merged, groups, degrees, .. } = at;
            let parts = if self.is_refined {
                let graph = merged.as_ref().map_or(arcs, |merged| merged.graph.arcs());
                let parts = refine(ctx, graph, groups, degrees, self.resolution, &community)?;
                let (of, count) = by_first(ctx, parts)?;
                Parts { of, count, start: Some(community) }
            } else {
                drop((groups, degrees));
                Parts { of: community, count: communities, start: None }
            };
            has_shrunk = parts.count < at.units;
            at = given.above(ctx, merged, parts)?;
            level += 1;
        }
    }

    /// The modularity of the partition that a level starts from.
    fn measure_start(&self, ctx: &JobContext, at: &Standing<'_>) -> Result<f64, Stop> {
        let alone;
        let community = match (&at.start, &at.groups) {
            (Some(start), _) => start,
            (None, Some(groups)) => &groups.of,
            (None, None) => {
                alone = tabulate(ctx, at.graph().vertices(), |v| v as u32)?;
                &alone
            }
        };
        self.measure(ctx, at.graph(), &at.degrees, community)
    }

    /// The modularity of a partition whose communities have numbers of vertices.
    fn measure(
        &self,
        ctx: &JobContext,
        arcs: Arcs<'_>,
        degrees: &Degrees,
        community: &[u32],
    ) -> Result<f64, Stop> {
        modularity(ctx, arcs, degrees, community, community.len(), self.resolution)
    }

    /// Sweeps over the vertices of a level until one gains too little. Returns the communities, and the gain of all
    /// sweeps.
    fn improve(
        &self,
        ctx: &JobContext,
        at: &mut Standing<'_>,
        climb: &mut Climb,
    ) -> Result<(Buf<u32>, f64), Stop> {
        let start = at.start.take();
        let mut moving =
            Moving::new(ctx, at.graph(), at.groups.as_ref(), &at.degrees, self.resolution, start)?;
        let mut sum = 0.0;
        for _ in 0..self.max_iterations {
            climb.sweeps += 1;
            let gain = moving.sweep()?;
            sum += gain;
            ctx.advance(1);
            if gain < self.convergence {
                break;
            }
        }
        Ok((moving.community, sum))
    }
}
