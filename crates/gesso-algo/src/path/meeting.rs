//! Shortest paths between two sets of vertices, by breadth-first searches from both that meet in the middle.
//!
//! Levels are finished whole, so the searches first meet in their last levels, and every vertex that is in both
//! lies on a shortest path. From there the levels of the forward search are thinned, last to first, to the
//! vertices that lead on. In the backward half no thinning is needed: whoever comes from a vertex of one level to
//! one of the next is on a shortest path. So following the levels from the sources leads along all shortest paths,
//! and along nothing else.
//!
//! What is known of a vertex is one bit for each search, and its place in a queue: a search of a small part of a
//! large graph touches little memory.
//!
//! Source: Pohl: "Bi-directional Search", 1971.

use super::layers::{Layers, layers};
use super::net::{Net, Way};
use super::vertex_set::{VertexSet, vertex_set_bytes};
use gesso_core::{JobContext, Pile, Stop, Tick};
use std::ops::Range;

/// Bytes that [`between`] takes, and the layers of what it finds.
pub(super) const fn between_bytes(vertices: u64) -> u64 {
    // Queues, with room to grow, of which only the last levels overlap; the ends of levels; two arrays for layers.
    26 * vertices + 3 * vertex_set_bytes(vertices) + 64
}

/// Every hop is alike here.
const HOP: u32 = 1;

/// The search from one end.
struct Side {
    way: Way,
    seen: VertexSet,
    /// Vertices in the order in which they were reached.
    queue: Pile<u32>,
    /// Where each level begins and ends in the queue.
    levels: Pile<(u32, u32)>,
    /// Arcs of the last level: what the next one costs.
    cost: u64,
}

/// All shortest paths between two sets.
pub(super) struct Between {
    /// Each level holds the vertices on shortest paths, and nothing else.
    forward: Side,
    /// A level holds those vertices and others.
    backward: Side,
    /// Empty.
    spare: VertexSet,
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
    let mut met = sources.iter().any(|s| backward.seen.has(*s));
    while !met {
        if forward.last().is_empty() || backward.last().is_empty() {
            return Ok(None);
        }
        met = if forward.cost <= backward.cost {
            forward.expand(ctx, net, &backward.seen, &mut tick)?
        } else {
            backward.expand(ctx, net, &forward.seen, &mut tick)?
        };
    }
    let spare = VertexSet::new(ctx, net.bound())?;
    let mut between = Between { forward, backward, spare };
    between.thin(net, &mut tick)?;
    Ok(Some(between))
}

impl Side {
    fn new<'a>(
        ctx: &JobContext,
        net: &impl Net<'a>,
        way: Way,
        ends: &[u32],
        tick: &mut Tick<'_>,
    ) -> Result<Side, Stop> {
        let seen = VertexSet::new(ctx, net.bound())?;
        let mut side = Side { way, seen, queue: Pile::new(ctx)?, levels: Pile::new(ctx)?, cost: 0 };
        for v in ends {
            tick.spend(1)?;
            if side.seen.insert(*v) {
                side.queue.push(ctx, *v)?;
                side.cost += 1 + net.cost(*v, way);
            }
        }
        side.levels.push(ctx, (0, side.queue.len() as u32))?;
        Ok(side)
    }

    /// Edges from the ends to the last level.
    fn depth(&self) -> u32 {
        self.levels.len() as u32 - 1
    }

    /// Where the vertices at a distance are in the queue.
    fn level(&self, distance: u32) -> Range<usize> {
        let (start, end) = self.levels[distance as usize];
        start as usize..end as usize
    }

    fn last(&self) -> Range<usize> {
        self.level(self.depth())
    }

    /// Reaches the next level; true if it meets the other side.
    fn expand<'a>(
        &mut self,
        ctx: &JobContext,
        net: &impl Net<'a>,
        other: &VertexSet,
        tick: &mut Tick<'_>,
    ) -> Result<bool, Stop> {
        let start = self.queue.len() as u32;
        let mut met = false;
        self.cost = 0;
        for i in self.last() {
            net.visit((HOP, self.way), self.queue[i], tick, |t| {
                if !self.seen.insert(t) {
                    return Ok(());
                }
                let meets = other.has(t);
                if met && !meets {
                    // The search ends with this level, of which only meetings matter.
                    return Ok(());
                }
                met |= meets;
                self.cost += 1 + net.cost(t, self.way);
                self.queue.push(ctx, t)
            })?;
        }
        self.levels.push(ctx, (start, self.queue.len() as u32))?;
        Ok(met)
    }

    /// Shortens a level to its vertices that are wanted.
    fn retain(
        &mut self,
        distance: u32,
        tick: &mut Tick<'_>,
        mut is_wanted: impl FnMut(u32, &mut Tick<'_>) -> Result<bool, Stop>,
    ) -> Result<(), Stop> {
        let level = self.level(distance);
        let mut end = level.start;
        for i in level {
            tick.spend(1)?;
            let v = self.queue[i];
            if is_wanted(v, tick)? {
                self.queue[end] = v;
                end += 1;
            }
        }
        self.levels[distance as usize].1 = end as u32;
        Ok(())
    }
}

impl Between {
    /// Edges of each path.
    fn length(&self) -> u32 {
        self.forward.depth() + self.backward.depth()
    }

    /// Vertices that have so many edges of a path before them.
    fn place(&self, before: u32) -> &[u32] {
        place(&self.forward, &self.backward, before)
    }

    /// Leaves only vertices on shortest paths in the levels of the forward search.
    fn thin<'a>(&mut self, net: &impl Net<'a>, tick: &mut Tick<'_>) -> Result<(), Stop> {
        let depth = self.forward.depth();
        self.forward.retain(depth, tick, |v, _| Ok(self.backward.seen.has(v)))?;
        for distance in (0..depth).rev() {
            let cheap = self.cost(net, (distance + 1, Way::Back), u64::MAX, tick)?;
            if cheap <= self.cost(net, (distance, Way::Ahead), cheap, tick)? {
                self.thin_from_above(net, distance, tick)?;
            } else {
                self.thin_from_below(net, distance, tick)?;
            }
        }
        Ok(())
    }

    /// About the arcs of a forward level; the sum ends when it is past `enough`.
    fn cost<'a>(
        &self,
        net: &impl Net<'a>,
        (distance, way): (u32, Way),
        enough: u64,
        tick: &mut Tick<'_>,
    ) -> Result<u64, Stop> {
        let mut sum = 0;
        for v in &self.forward.queue[self.forward.level(distance)] {
            tick.spend(1)?;
            sum += 1 + net.cost(*v, way);
            if sum > enough {
                break;
            }
        }
        Ok(sum)
    }

    /// Keeps what the next level, already thin, leads back to.
    fn thin_from_above<'a>(
        &mut self,
        net: &impl Net<'a>,
        distance: u32,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        let Between { forward, spare, .. } = self;
        for v in &forward.queue[forward.level(distance)] {
            tick.spend(1)?;
            spare.insert(*v);
        }
        for i in forward.level(distance + 1) {
            net.visit((HOP, Way::Back), forward.queue[i], tick, |u| {
                spare.remove(u);
                Ok(())
            })?;
        }
        // What is left in the set has no way on.
        forward.retain(distance, tick, |v, _| Ok(!spare.remove(v)))
    }

    /// Keeps what leads to the next level, already thin.
    fn thin_from_below<'a>(
        &mut self,
        net: &impl Net<'a>,
        distance: u32,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        let Between { forward, spare, .. } = self;
        for v in &forward.queue[forward.level(distance + 1)] {
            tick.spend(1)?;
            spare.insert(*v);
        }
        forward.retain(distance, tick, |v, tick| {
            let mut leads = false;
            net.visit((HOP, Way::Ahead), v, tick, |t| {
                leads |= spare.has(t);
                Ok(())
            })?;
            Ok(leads)
        })?;
        for v in &forward.queue[forward.level(distance + 1)] {
            tick.spend(1)?;
            spare.remove(*v);
        }
        Ok(())
    }

    /// The path whose ids come first.
    pub(super) fn first_path<'a>(
        mut self,
        net: &impl Net<'a>,
        tick: &mut Tick<'_>,
    ) -> Result<Vec<u32>, Stop> {
        let names = net.names();
        let mut best: Option<u32> = None;
        for start in self.place(0) {
            tick.spend(1)?;
            best = Some(best.map_or(*start, |b| names.first(b, *start)));
        }
        let mut path = Vec::from_iter(best);
        for before in 1..=self.length() {
            let Some(at) = best.take() else { break };
            let Between { forward, backward, spare } = &mut self;
            let place = place(forward, backward, before);
            for v in place {
                tick.spend(1)?;
                spare.insert(*v);
            }
            net.visit((HOP, Way::Ahead), at, tick, |t| {
                if spare.has(t) {
                    best = Some(best.map_or(t, |b| names.first(b, t)));
                }
                Ok(())
            })?;
            for v in place {
                tick.spend(1)?;
                spare.remove(*v);
            }
            path.extend(best);
        }
        Ok(path)
    }

    /// All paths as a graph of layers.
    pub(super) fn layers<'a>(self, ctx: &JobContext, net: &impl Net<'a>) -> Result<Layers, Stop> {
        let mut tick = ctx.tick();
        let mut zeroes = ctx.alloc(net.bound(), 0u32)?;
        // The number of edges before each vertex plus 1; 0 where no shortest path leads.
        let mut before = ctx.alloc(net.bound(), 0u32)?;
        for edges in 0..=self.length() {
            for v in self.place(edges) {
                tick.spend(1)?;
                before[*v as usize] = edges + 1;
            }
        }
        let leads = |t: u32, layer: u32| before[t as usize] == layer + 1;
        layers(ctx, net, self.place(0), self.length(), &mut zeroes, leads)
    }
}

/// [`Between::place`] of the two searches.
fn place<'a>(forward: &'a Side, backward: &'a Side, before: u32) -> &'a [u32] {
    match before.checked_sub(forward.depth()) {
        None | Some(0) => &forward.queue[forward.level(before)],
        Some(beyond) => &backward.queue[backward.level(backward.depth() - beyond)],
    }
}
