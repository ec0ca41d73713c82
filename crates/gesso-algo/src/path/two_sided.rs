//! A path of fewest edges, by breadth-first searches from both ends that meet in the middle.
//!
//! Levels are finished whole, so where the searches first meet every meeting vertex lies on a shortest path,
//! and each vertex labelled by the backward search knows its exact distance to the target. Walking back
//! from the meeting vertices extends these labels to the forward half; then the path of smallest ids
//! is found by taking the smallest next vertex at each step.

use crate::arcs::{Arcs, pieces};
use gesso_core::{Buf, JobContext, Stop, Tick};
use gesso_graph::Projection;

/// Bytes that [`path`] takes.
pub(super) const fn path_bytes(vertices: u64) -> u64 {
    16 * vertices
}

/// The search from one end.
struct Side<'a> {
    arcs: Arcs<'a>,
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

/// Positions along the path, both ends included; empty if there is none. The ends differ.
pub(super) fn path(ctx: &JobContext, graph: &Projection, source: u32, target: u32) -> Result<Vec<u32>, Stop> {
    let mut forward = Side::new(ctx, Arcs::of(graph.out()), source)?;
    let mut backward = Side::new(ctx, Arcs::of(graph.incoming()), target)?;
    let mut tick = ctx.tick();
    loop {
        if forward.start == forward.end || backward.start == backward.end {
            return Ok(Vec::new());
        }
        let met = if forward.cost <= backward.cost {
            forward.expand(&backward.hops, &mut tick)?
        } else {
            backward.expand(&forward.hops, &mut tick)?
        };
        if met {
            break;
        }
    }
    let edges = forward.level + backward.level;
    extend_back(&forward, &mut backward, edges, &mut tick)?;
    walk(graph, &backward.hops, source, edges, &mut tick)
}

impl<'a> Side<'a> {
    fn new(ctx: &JobContext, arcs: Arcs<'a>, end: u32) -> Result<Side<'a>, Stop> {
        let len = arcs.vertices();
        let (mut hops, mut queue) = (ctx.alloc(len, 0u32)?, ctx.alloc(len, 0u32)?);
        hops[end as usize] = 1;
        queue[0] = end;
        Ok(Side { arcs, hops, queue, start: 0, end: 1, level: 0, cost: arcs.degree(end) })
    }

    /// Reaches the next level; true if it meets the other side.
    fn expand(&mut self, other: &[u32], tick: &mut Tick<'_>) -> Result<bool, Stop> {
        let (start, end) = (self.start, self.end);
        self.start = end;
        self.level += 1;
        self.cost = 0;
        let mut met = false;
        for i in start..end {
            for piece in pieces(self.arcs.row(self.queue[i])) {
                tick.spend(1 + piece.len() as u64)?;
                for t in piece {
                    if self.hops[*t as usize] == 0 {
                        self.hops[*t as usize] = self.level + 1;
                        self.queue[self.end] = *t;
                        self.end += 1;
                        self.cost += self.arcs.degree(*t);
                        met |= other[*t as usize] != 0;
                    }
                }
            }
        }
        Ok(met)
    }
}

/// Labels the vertices of the forward half that lie on a shortest path with their distance to the target.
fn extend_back(
    forward: &Side<'_>,
    backward: &mut Side<'_>,
    edges: u32,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
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
            for piece in pieces(backward.arcs.row(v)) {
                tick.spend(piece.len() as u64)?;
                for u in piece {
                    let at = *u as usize;
                    if forward.hops[at] == level && backward.hops[at] == 0 {
                        backward.hops[at] = edges - level + 2;
                        backward.queue[next] = *u;
                        next += 1;
                    }
                }
            }
        }
        (from, until) = (until, next);
    }
    Ok(())
}

/// Follows falling distances to the target, at each step to the smallest id.
fn walk(
    graph: &Projection,
    to_target: &[u32],
    source: u32,
    edges: u32,
    tick: &mut Tick<'_>,
) -> Result<Vec<u32>, Stop> {
    let mut path = vec![source];
    let mut at = source;
    for left in (1..=edges).rev() {
        let mut best: Option<u32> = None;
        for piece in pieces(Arcs::of(graph.out()).row(at)) {
            tick.spend(1 + piece.len() as u64)?;
            for t in piece.iter().filter(|t| to_target[**t as usize] == left) {
                best = Some(best.map_or(*t, |b| smaller_id(graph, b, *t)));
            }
        }
        at = best.unwrap_or(at);
        path.push(at);
    }
    Ok(path)
}

/// Of two positions the one whose id comes first.
pub(super) fn smaller_id(graph: &Projection, a: u32, b: u32) -> u32 {
    if a == b || graph.id(a) < graph.id(b) { a } else { b }
}
