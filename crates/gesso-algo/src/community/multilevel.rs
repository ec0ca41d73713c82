//! Modularity maximisation in levels: vertices move between communities, then each community becomes one
//! vertex of a smaller graph, until a level gains too little. See `local_moving` and `refinement`.

use super::local_moving::{Moving, moving_bytes};
use super::modularity_sum::{Degrees, Inside, degrees_bytes, inside_bytes};
use super::refinement::{refine, refine_bytes};
use crate::arcs::{Arcs, pieces};
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK, fill_rows, tabulate};
use crate::scratch::Scratch;
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Buf, JobContext, Stop, Tick};
use std::sync::atomic::Ordering::Relaxed;

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
    /// The community of each vertex, numbered from 0 by first vertex.
    pub(super) community: Buf<u32>,
    pub(super) communities: usize,
    pub(super) modularity: f64,
    /// Sweeps of all levels.
    pub(super) sweeps: u64,
}

/// Levels after which the graph can hardly shrink any more: each at least halves it, in practice.
const LEVELS_MAX: usize = 64;

/// Bytes of [`Levels::run`] at most: as if the first level made a graph as large as the given one.
pub(super) const fn levels_bytes(vertices: u64, arcs: u64, threads: u64, is_refined: bool) -> u64 {
    let refining = if is_refined { 4 * vertices + refine_bytes(vertices) } else { 0 };
    let moving = moving_bytes(vertices, threads) + refining;
    // Members by community, weights and lists for each thread, and the arcs of the graph that is made.
    let coarsening = 24 * vertices + 12 * vertices * threads + 12 * arcs + 64;
    let inside = inside_bytes(vertices, vertices);
    let work = if moving > coarsening { moving } else { coarsening };
    let work = if work > inside { work } else { inside };
    // Partition of the vertices, their degrees, and another coarse graph with degrees beside the one that is made.
    16 * vertices + 2 * degrees_bytes(vertices) + work + 12 * arcs + 8 * vertices
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

/// A graph whose vertices are communities of another.
struct Coarse {
    offsets: Buf<u64>,
    targets: Buf<u32>,
    weights: Buf<f64>,
}

impl Coarse {
    fn arcs(&self) -> Arcs<'_> {
        Arcs::new(&self.offsets, &self.targets, Some(&self.weights))
    }
}

impl Levels {
    /// Maximises the modularity of a graph that has each edge both ways and loops once. Weights are positive.
    ///
    /// What levels found is where the vertices of the graph itself start from the next time, until that gains
    /// too little: single vertices then correct what merging whole communities could not. Source: Rotta,
    /// Noack: "Multilevel local search algorithms for modularity clustering", 2011.
    pub(super) fn run(&self, ctx: &JobContext, arcs: Arcs<'_>) -> Result<Partition, Stop> {
        let degrees = Degrees::new(ctx, arcs)?;
        let mut climb = Climb { done: 0.0, best: f64::NEG_INFINITY, sweeps: 0 };
        let mut found = self.climb(ctx, arcs, &degrees, None, &mut climb)?;
        for _ in 1..CLIMBS_MAX {
            let before = climb.best;
            found = self.climb(ctx, arcs, &degrees, Some(found), &mut climb)?;
            if climb.best - before < self.convergence {
                break;
            }
        }
        ctx.phase("measure", 0.98, 0);
        let (community, communities) = renumber(ctx, found)?;
        let modularity = self.measure(ctx, arcs, &degrees, &community, communities)?;
        Ok(Partition { community, communities, modularity, sweeps: climb.sweeps })
    }

    /// Levels from the graph itself up, starting from a partition of it.
    fn climb(
        &self,
        ctx: &JobContext,
        arcs: Arcs<'_>,
        degrees: &Degrees,
        mut start: Option<Buf<u32>>,
        climb: &mut Climb,
    ) -> Result<Buf<u32>, Stop> {
        // The vertex of the present level that each vertex belongs to.
        let mut member = tabulate(ctx, arcs.vertices(), |v| v as u32)?;
        if degrees.total <= 0.0 {
            return Ok(member);
        }
        let mut coarse: Option<(Coarse, Degrees)> = None;
        for level in 0..LEVELS_MAX {
            let (graph, degrees) = coarse.as_ref().map_or((arcs, degrees), |(c, d)| (c.arcs(), d));
            // How many levels there will be is not known: each takes a part of what is left.
            climb.done += (0.95 - climb.done) * 0.5;
            ctx.phase("move vertices", climb.done, 10);
            if level == 1 {
                // What the first level came to is measured here, where it takes a pass over fewer arcs.
                let alone = tabulate(ctx, graph.vertices(), |v| v as u32)?;
                let partition = start.as_deref().unwrap_or(&alone);
                climb.best = self.measure(ctx, graph, degrees, partition, graph.vertices())?;
            }
            let is_again = level == 0 && start.is_some();
            let (moved, gain) = self.improve(ctx, graph, degrees, start.take(), climb)?;
            if is_again && gain < self.convergence && !self.is_refined {
                // No vertex corrects anything, so levels would merge the same communities, which they did not.
                return Ok(moved);
            }
            let (community, communities) = renumber(ctx, moved)?;
            let is_last = communities == graph.vertices() || level + 1 == LEVELS_MAX;
            if level > 0 || is_last {
                let modularity = self.measure(ctx, graph, degrees, &community, communities)?;
                let gain = modularity - std::mem::replace(&mut climb.best, modularity);
                if is_last || gain < self.convergence {
                    follow(ctx, &mut member, &community)?;
                    break;
                }
            }
            let (parts, count) = if self.is_refined {
                let parts = refine(ctx, graph, degrees, self.resolution, &community)?;
                let (parts, count) = renumber(ctx, parts)?;
                start = Some(whole_of_parts(ctx, &community, &parts, count)?);
                (parts, count)
            } else {
                (community, communities)
            };
            let next = coarsen(ctx, graph, &parts, count)?;
            follow(ctx, &mut member, &parts)?;
            let degrees = Degrees::new(ctx, next.arcs())?;
            coarse = Some((next, degrees));
        }
        Ok(member)
    }

    /// The modularity of a partition whose communities are numbered below `communities`.
    fn measure(
        &self,
        ctx: &JobContext,
        arcs: Arcs<'_>,
        degrees: &Degrees,
        community: &[u32],
        communities: usize,
    ) -> Result<f64, Stop> {
        let inside = Inside::new(ctx, arcs, degrees, community, communities)?;
        inside.modularity(ctx, degrees.total, self.resolution)
    }

    /// Sweeps over the vertices of a level until one gains too little. Returns the communities, and the gain of all
    /// sweeps.
    fn improve(
        &self,
        ctx: &JobContext,
        arcs: Arcs<'_>,
        degrees: &Degrees,
        start: Option<Buf<u32>>,
        climb: &mut Climb,
    ) -> Result<(Buf<u32>, f64), Stop> {
        let mut moving = Moving::new(ctx, arcs, degrees, self.resolution, start)?;
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

/// Numbers groups from 0 in the order of their first members. Returns how many there are.
fn renumber(ctx: &JobContext, mut groups: Buf<u32>) -> Result<(Buf<u32>, usize), Stop> {
    const NONE: u32 = u32::MAX;
    let mut number = ctx.alloc(groups.len(), NONE)?;
    let mut count = 0;
    let mut tick = ctx.tick();
    for group in groups.iter_mut() {
        tick.spend(1)?;
        let slot = &mut number[*group as usize];
        if *slot == NONE {
            *slot = count;
            count += 1;
        }
        *group = *slot;
    }
    Ok((groups, count as usize))
}

/// Leads each member on from its group to the group of that.
fn follow(ctx: &JobContext, member: &mut Buf<u32>, groups: &[u32]) -> Result<(), Stop> {
    let cuts = even_cuts(member.len(), VERTEX_CHUNK);
    ctx.par_fill(member, &cuts, |_, part, _| {
        for slot in part {
            *slot = groups[*slot as usize];
        }
        Ok::<_, Stop>(())
    })?;
    Ok(())
}

/// The community that each part lies in.
fn whole_of_parts(ctx: &JobContext, whole: &[u32], parts: &[u32], count: usize) -> Result<Buf<u32>, Stop> {
    let mut of = ctx.alloc(count, 0u32)?;
    let mut tick = ctx.tick();
    for (part, community) in parts.iter().zip(whole) {
        tick.spend(1)?;
        of[*part as usize] = *community;
    }
    Ok(of)
}

/// The vertices of each group, one group after another.
struct Members {
    starts: Buf<u64>,
    order: Buf<u32>,
    /// Arcs of all groups before each.
    before: Buf<u64>,
}

impl Members {
    fn new(ctx: &JobContext, arcs: Arcs<'_>, groups: &[u32], count: usize) -> Result<Members, Stop> {
        let mut starts = ctx.alloc(count + 1, 0u64)?;
        let mut before = ctx.alloc(count + 1, 0u64)?;
        let mut tick = ctx.tick();
        for (v, group) in groups.iter().enumerate() {
            tick.spend(1)?;
            starts[*group as usize + 1] += 1;
            before[*group as usize + 1] += arcs.degree(v as u32);
        }
        for group in 0..count {
            tick.spend(1)?;
            starts[group + 1] += starts[group];
            before[group + 1] += before[group];
        }
        let mut order = ctx.alloc(groups.len(), 0u32)?;
        // From the last vertex on, each group is filled from its end.
        for (v, group) in groups.iter().enumerate().rev() {
            tick.spend(1)?;
            let end = &mut starts[*group as usize + 1];
            *end -= 1;
            order[*end as usize] = v as u32;
        }
        // Ends have become starts of the same group; the total closes the list.
        for group in 0..count {
            tick.spend(1)?;
            starts[group] = starts[group + 1];
        }
        starts[count] = groups.len() as u64;
        Ok(Members { starts, order, before })
    }

    fn of(&self, group: usize) -> &[u32] {
        &self.order[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}

/// The graph in which each group is a vertex: arcs between groups by summed weight, and a loop with the weight
/// inside. Rows are in the order in which members meet other groups.
fn coarsen(ctx: &JobContext, arcs: Arcs<'_>, groups: &[u32], count: usize) -> Result<Coarse, Stop> {
    let members = Members::new(ctx, arcs, groups, count)?;
    // A list has a slot behind the last group that there can be.
    let (sums, lists) = (Scratch::<f64>::new(ctx, count)?, Scratch::<u32>::new(ctx, count + 1)?);
    let cuts = work_cuts(&members.before, ARC_CHUNK);
    let mut offsets = ctx.alloc(count + 1, 0u64)?;
    ctx.par_fill(&mut offsets[1..], &cuts, |range, part, tick| {
        // Lists serve as notes of who met a group last: numbers from 1 on, which no two groups share.
        lists.with(|last| {
            for (group, slot) in range.zip(part) {
                *slot = meet(arcs, members.of(group), groups, group as u32 + 1, last, tick)?;
            }
            Ok::<_, Stop>(())
        })
    })?;
    let mut tick = ctx.tick();
    for group in 0..count {
        tick.spend(1)?;
        offsets[group + 1] += offsets[group];
    }
    let mut targets = ctx.alloc(offsets[count] as usize, 0u32)?;
    let mut weights = ctx.alloc(offsets[count] as usize, 0f64)?;
    let slots = targets.as_atomics();
    fill_rows(ctx, &offsets, &cuts, &mut weights, |range, part, tick| {
        let first = offsets[range.start];
        sums.with(|sums| {
            lists.with(|list| {
                for group in range {
                    let (found, loops) = gather(arcs, members.of(group), groups, sums, list, tick)?;
                    let at = offsets[group] as usize;
                    for (i, other) in list[..found].iter().enumerate() {
                        let weight = std::mem::take(&mut sums[*other as usize]);
                        // Arcs inside were met from both ends, loops once.
                        let is_inside = *other as usize == group;
                        part[at - first as usize + i] =
                            if is_inside { f64::midpoint(weight, loops) } else { weight };
                        // Relaxed: each slot has one writer, and readers come after the loop.
                        slots[at + i].store(*other, Relaxed);
                    }
                }
                Ok(())
            })
        })
    })?;
    Ok(Coarse { offsets, targets, weights })
}

/// How many groups a group's members meet. `last` notes by whom each was met last.
fn meet(
    arcs: Arcs<'_>,
    members: &[u32],
    groups: &[u32],
    own: u32,
    last: &mut [u32],
    tick: &mut Tick<'_>,
) -> Result<u64, Stop> {
    let mut found = 0;
    for v in members {
        for piece in pieces(arcs.row(*v)) {
            tick.spend(1 + piece.len() as u64)?;
            for t in piece {
                let slot = &mut last[groups[*t as usize] as usize];
                found += u64::from(*slot != own);
                *slot = own;
            }
        }
    }
    Ok(found)
}

/// Sums the weights from a group's members to each group. Returns how many groups the list names, and the weight
/// of loops.
fn gather(
    arcs: Arcs<'_>,
    members: &[u32],
    groups: &[u32],
    sums: &mut [f64],
    list: &mut [u32],
    tick: &mut Tick<'_>,
) -> Result<(usize, f64), Stop> {
    let (mut found, mut loops) = (0, 0.0);
    for v in members {
        arcs.for_each(*v, tick, |t, w| {
            let group = groups[t as usize];
            let slot = &mut sums[group as usize];
            // Without a branch, which could not be foretold.
            list[found] = group;
            found += usize::from(*slot == 0.0);
            *slot += w;
            loops += if t == *v { w } else { 0.0 };
        })?;
    }
    Ok((found, loops))
}
