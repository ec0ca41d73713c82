//! A path of least weight, by Dijkstra searches from both ends.
//!
//! Sums count from the source on, as 64-bit floats, and sums that differ in rounding are different paths.
//! The backward search adds in the other order, so it only tells where to look: once the two searches have
//! met and no shorter way is left, the forward search goes on inside the corridor of vertices that the
//! backward labels show to lie within [`SLACK`] of the least sum. That gives exact sums for the whole path;
//! arcs on which these add up lead to all best paths, and the one of smallest ids is walked.

use super::heap::{Labels, labels_bytes};
use super::two_sided::smaller_id;
use crate::arcs::{Arcs, positive};
use crate::error::AlgoError;
use gesso_core::{JobContext, Stop, Tick};
use gesso_graph::Projection;

/// How far, relatively, sums of the same weights in different order may lie apart: far more than
/// rounding makes of any path, far less than would widen the search.
const SLACK: f64 = 1e-6;

/// Mark of a vertex from which the target is reached on best paths.
const MARKED: u32 = u32::MAX;

/// Bytes that [`path`] takes.
pub(super) const fn weighted_path_bytes(vertices: u64) -> u64 {
    2 * labels_bytes(vertices)
}

/// Positions along the path, both ends included; empty if there is none. The ends differ. Fails at an arc
/// met by the search whose weight is not above 0.
pub(super) fn path(
    ctx: &JobContext,
    graph: &Projection,
    source: u32,
    target: u32,
) -> Result<Vec<u32>, AlgoError> {
    let mut tick = ctx.tick();
    let mut forward = Labels::new(ctx, graph.len(), source)?;
    let mut backward = Labels::new(ctx, graph.len(), target)?;
    let least = meet(graph, &mut forward, &mut backward, &mut tick)?;
    if least == f64::INFINITY {
        return Ok(Vec::new());
    }
    finish(graph, &mut forward, &backward, (target, least), &mut tick)?;
    let (mut stack, mut marks) = backward.into_scratch();
    mark_back(graph, &forward, target, &mut stack, &mut marks, &mut tick)?;
    walk(graph, &forward, &marks, (source, target), &mut tick)
}

/// Searches from both ends until no shorter way than the best one is left. Returns its length, infinite if
/// there is none.
fn meet(
    graph: &Projection,
    forward: &mut Labels,
    backward: &mut Labels,
    tick: &mut Tick<'_>,
) -> Result<f64, AlgoError> {
    let (ahead_arcs, behind_arcs) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()));
    let mut least = f64::INFINITY;
    while let (Some(ahead), Some(behind)) = (forward.nearest(), backward.nearest()) {
        if ahead + behind > least * (1.0 + 2.0 * SLACK) {
            break;
        }
        let found = if forward.open() <= backward.open() {
            relax(ahead_arcs, forward, backward, tick)?
        } else {
            relax(behind_arcs, backward, forward, tick)?
        };
        least = least.min(found);
    }
    Ok(least)
}

/// Settles one vertex and offers its arcs. Returns the length of the shortest way found to the other end.
fn relax(arcs: Arcs<'_>, side: &mut Labels, other: &Labels, tick: &mut Tick<'_>) -> Result<f64, AlgoError> {
    let mut least = f64::INFINITY;
    let Some((v, distance, hops)) = side.settle() else { return Ok(least) };
    for piece in arcs.weighted(v) {
        let mut steps = 1;
        for (t, weight) in piece {
            steps += 1;
            let through = distance + positive(weight)?;
            side.offer(t, through, hops + 1);
            if let Some(rest) = other.seen(t) {
                least = least.min(through + rest);
            }
        }
        tick.spend(steps)?;
    }
    Ok(least)
}

/// Settles the target by the forward search, inside the corridor only.
fn finish(
    graph: &Projection,
    forward: &mut Labels,
    backward: &Labels,
    (target, least): (u32, f64),
    tick: &mut Tick<'_>,
) -> Result<(), AlgoError> {
    let bound = least * (1.0 + SLACK);
    while forward.settled(target).is_none() {
        let Some((v, distance, hops)) = forward.settle() else { break };
        tick.spend(1)?;
        if backward.settled(v).is_none() {
            continue;
        }
        for piece in Arcs::of(graph.out()).weighted(v) {
            let mut steps = 1;
            for (t, weight) in piece {
                steps += 1;
                let through = distance + positive(weight)?;
                if backward.settled(t).is_some_and(|(rest, _)| through + rest <= bound) {
                    forward.offer(t, through, hops + 1);
                }
            }
            tick.spend(steps)?;
        }
    }
    Ok(())
}

/// True if the best way to `to` may go through the arc from `from`.
#[expect(clippy::float_cmp, reason = "the sum is computed as the search computed it")]
fn adds_up(forward: &Labels, from: u32, to: u32, weight: f64) -> bool {
    match (forward.settled(from), forward.settled(to)) {
        (Some((before, hops)), Some((after, more))) => before + weight == after && hops + 1 == more,
        _ => false,
    }
}

/// Marks the vertices from which best ways lead to the target. `stack` and `marks` are working memory.
fn mark_back(
    graph: &Projection,
    forward: &Labels,
    target: u32,
    stack: &mut [u32],
    marks: &mut [u32],
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    marks[target as usize] = MARKED;
    stack[0] = target;
    let mut len = 1;
    while len > 0 {
        len -= 1;
        let v = stack[len];
        for piece in Arcs::of(graph.incoming()).weighted(v) {
            let mut steps = 1;
            for (u, weight) in piece {
                steps += 1;
                if marks[u as usize] != MARKED && adds_up(forward, u, v, weight) {
                    marks[u as usize] = MARKED;
                    stack[len] = u;
                    len += 1;
                }
            }
            tick.spend(steps)?;
        }
    }
    Ok(())
}

/// Follows marked arcs from the source, at each step to the smallest id.
fn walk(
    graph: &Projection,
    forward: &Labels,
    marks: &[u32],
    (source, target): (u32, u32),
    tick: &mut Tick<'_>,
) -> Result<Vec<u32>, AlgoError> {
    let mut path = vec![source];
    let mut at = source;
    while at != target {
        let mut best: Option<u32> = None;
        for piece in Arcs::of(graph.out()).weighted(at) {
            let mut steps = 1;
            for (t, weight) in piece {
                steps += 1;
                if marks[t as usize] == MARKED && adds_up(forward, at, t, weight) {
                    best = Some(best.map_or(t, |b| smaller_id(graph, b, t)));
                }
            }
            tick.spend(steps)?;
        }
        // Every marked vertex other than the target has such an arc.
        let Some(next) = best else { break };
        path.push(next);
        at = next;
    }
    Ok(path)
}
