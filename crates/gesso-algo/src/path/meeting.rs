//! Shortest paths between two sets of vertices, by breadth-first searches from both that meet in the middle.
//!
//! Levels are finished whole, so where the searches first meet every meeting vertex lies on a shortest path,
//! and each vertex labelled by the backward search knows its exact distance to the targets. Walking back
//! from the meeting vertices extends these labels to the forward half. Then following falling labels from the
//! sources leads along all shortest paths, and along nothing else.
//!
//! Source: Pohl: "Bi-directional Search", 1971.

use super::layers::{Layers, layers};
use super::net::{Net, Way};
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Bytes that [`between`] takes.
pub(super) const fn between_bytes(vertices: u64) -> u64 {
    16 * vertices
}

/// Every hop is alike here.
const HOP: u32 = 1;

/// The search from one end.
struct Side {
    way: Way,
    /// Distance from the end plus 1; 0 where not reached.
    hops: Buf<u32>,
    /// Vertices in the order in which they were reached; the last level is `start..end`.
    queue: Buf<u32>,
    start: usize,
    end: usize,
    /// Distance of the last level.
    level: u32,
    /// Arcs of the last level: what the next one costs.
    cost: u64,
}

/// All shortest paths between two sets.
pub(super) struct Between {
    /// Edges of each path.
    length: u32,
    /// Distance to the targets plus 1 on every shortest path; elsewhere 0 or no matter.
    to_target: Buf<u32>,
    /// The sources at which paths begin.
    starts: Vec<u32>,
    /// Zeroes, one for each vertex.
    zeroes: Buf<u32>,
}

/// Searches from both sets until they meet. None if there is no path.
pub(super) fn between<'a>(
    ctx: &JobContext,
    net: &impl Net<'a>,
    sources: &[u32],
    targets: &[u32],
) -> Result<Option<Between>, Stop> {
    let mut tick = ctx.tick();
    let mut forward = Side::new(ctx, net, Way::Ahead, sources, &mut tick)?;
    let mut backward = Side::new(ctx, net, Way::Back, targets, &mut tick)?;
    let mut met = sources.iter().any(|s| backward.hops[*s as usize] != 0);
    while !met {
        if forward.start == forward.end || backward.start == backward.end {
            return Ok(None);
        }
        met = if forward.cost <= backward.cost {
            forward.expand(net, &backward.hops, &mut tick)?
        } else {
            backward.expand(net, &forward.hops, &mut tick)?
        };
    }
    let length = forward.level + backward.level;
    extend_back(net, &forward, &mut backward, &mut tick)?;
    let is_start = |s: &&u32| backward.hops[**s as usize] == length + 1;
    let starts = sources.iter().filter(is_start).copied().collect();
    let zeroes = forward.into_zeroes(&mut tick)?;
    Ok(Some(Between { length, to_target: backward.hops, starts, zeroes }))
}

impl Side {
    fn new<'a>(
        ctx: &JobContext,
        net: &impl Net<'a>,
        way: Way,
        ends: &[u32],
        tick: &mut Tick<'_>,
    ) -> Result<Side, Stop> {
        let (hops, queue) = (ctx.alloc(net.bound(), 0u32)?, ctx.alloc(net.bound(), 0u32)?);
        let mut side = Side { way, hops, queue, start: 0, end: 0, level: 0, cost: 0 };
        for v in ends {
            tick.spend(1)?;
            side.reach(net, *v);
        }
        Ok(side)
    }

    /// Labels a vertex of the level under way. False if it is known already.
    fn reach<'a>(&mut self, net: &impl Net<'a>, v: u32) -> bool {
        let slot = &mut self.hops[v as usize];
        if *slot != 0 {
            return false;
        }
        *slot = self.level + 1;
        self.queue[self.end] = v;
        self.end += 1;
        self.cost += 1 + net.cost(v, self.way);
        true
    }

    /// Reaches the next level; true if it meets the other side.
    fn expand<'a>(&mut self, net: &impl Net<'a>, other: &[u32], tick: &mut Tick<'_>) -> Result<bool, Stop> {
        let (start, end) = (self.start, self.end);
        self.start = end;
        self.level += 1;
        self.cost = 0;
        let mut met = false;
        for i in start..end {
            net.visit((HOP, self.way), self.queue[i], tick, |t| {
                met |= self.reach(net, t) && other[t as usize] != 0;
                Ok(())
            })?;
        }
        Ok(met)
    }

    /// The array of labels without them.
    fn into_zeroes(mut self, tick: &mut Tick<'_>) -> Result<Buf<u32>, Stop> {
        for v in &self.queue[..self.end] {
            tick.spend(1)?;
            self.hops[*v as usize] = 0;
        }
        Ok(self.hops)
    }
}

/// Labels the vertices of the forward half that lie on a shortest path with their distance to the target.
fn extend_back<'a>(
    net: &impl Net<'a>,
    forward: &Side,
    backward: &mut Side,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    let length = forward.level + backward.level;
    // The searches meet in the last level of both. The backward queue has room for what follows: only
    // vertices without a backward label are added.
    let (mut from, mut until) = (backward.start, backward.end);
    for level in (1..=forward.level).rev() {
        let mut next = until;
        for i in from..until {
            let v = backward.queue[i];
            tick.spend(1)?;
            if forward.hops[v as usize] != level + 1 {
                continue;
            }
            net.visit((HOP, Way::Back), v, tick, |u| {
                let at = u as usize;
                if forward.hops[at] == level && backward.hops[at] == 0 {
                    backward.hops[at] = length - level + 2;
                    backward.queue[next] = u;
                    next += 1;
                }
                Ok(())
            })?;
        }
        (from, until) = (until, next);
    }
    Ok(())
}

impl Between {
    /// The path whose ids come first.
    pub(super) fn first_path<'a>(&self, net: &impl Net<'a>, tick: &mut Tick<'_>) -> Result<Vec<u32>, Stop> {
        let names = net.names();
        let mut at = 0;
        for (i, start) in self.starts.iter().enumerate() {
            tick.spend(1)?;
            at = if i == 0 { *start } else { names.first(at, *start) };
        }
        let mut path = vec![at];
        for left in (1..=self.length).rev() {
            let mut best: Option<u32> = None;
            net.visit((HOP, Way::Ahead), at, tick, |t| {
                if self.to_target[t as usize] == left {
                    best = Some(best.map_or(t, |b| names.first(b, t)));
                }
                Ok(())
            })?;
            at = best.unwrap_or(at);
            path.push(at);
        }
        Ok(path)
    }

    /// All paths as a graph of layers.
    pub(super) fn layers<'a>(&mut self, ctx: &JobContext, net: &impl Net<'a>) -> Result<Layers, Stop> {
        let (length, to_target) = (self.length, &self.to_target);
        let leads = |t: u32, layer: u32| to_target[t as usize] == length - layer + 1;
        layers(ctx, net, &self.starts, length, &mut self.zeroes, leads)
    }
}
