//! Paths of least weight, by Dijkstra searches from both ends.
//!
//! Sums count from the source on, as 64-bit floats, and sums that differ in rounding are different. The backward
//! search adds in the other order, so it only tells where to look: once the two searches have met and no
//! shorter way is left, both go on inside the corridor of vertices that the labels of the other show to lie
//! within [`SLACK`] of the least sum. That gives the least sum exactly, and for each vertex on the way a lower bound
//! of what is left; [`super::ties`] goes through the sums that keep to it.

use super::heap::{Labels, labels_bytes};
use super::ties::{Ties, Wanted};
use crate::arcs::{Arcs, positive};
use crate::error::AlgoError;
use gesso_core::{JobContext, Tick};
use gesso_graph::Projection;

/// How far, relatively, sums of the same weights in different order may lie apart: far more than
/// rounding makes of any path, far less than would widen the search.
const SLACK: f64 = 1e-6;

/// Bytes that [`ties`] takes, besides what it finds.
pub(super) const fn weighted_bytes(vertices: u64) -> u64 {
    2 * labels_bytes(vertices)
}

/// The paths of least weight between two vertices that differ; none if there is no path. Fails at an arc met by
/// the search whose weight is not above 0.
pub(super) fn ties(
    ctx: &JobContext,
    graph: &Projection,
    (source, target): (u32, u32),
    wanted: Wanted,
) -> Result<Option<Ties>, AlgoError> {
    let mut tick = ctx.tick();
    let mut forward = Labels::new(ctx, graph.len(), source)?;
    let mut backward = Labels::new(ctx, graph.len(), target)?;
    let (ahead, behind) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()));
    let least = meet((ahead, &mut forward), (behind, &mut backward), &mut tick)?;
    let bound = least * (1.0 + SLACK);
    if least < f64::INFINITY {
        finish(ahead, &mut forward, &backward, bound, &mut tick)?;
        finish(behind, &mut backward, &forward, bound, &mut tick)?;
    }
    let Some((least, _)) = forward.settled(target) else { return Ok(None) };
    drop(forward);
    Ties::new(ctx, graph, (source, target), least, &backward, wanted).map(Some)
}

/// Searches from both ends until no shorter way than the best one is left. Returns its length, infinite if
/// there is none.
fn meet(
    (ahead_arcs, forward): (Arcs<'_>, &mut Labels),
    (behind_arcs, backward): (Arcs<'_>, &mut Labels),
    tick: &mut Tick<'_>,
) -> Result<f64, AlgoError> {
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

/// Settles what lies within the bound, inside the corridor only.
fn finish(
    arcs: Arcs<'_>,
    side: &mut Labels,
    other: &Labels,
    bound: f64,
    tick: &mut Tick<'_>,
) -> Result<(), AlgoError> {
    while side.nearest().is_some_and(|nearest| nearest <= bound) {
        let Some((v, distance, hops)) = side.settle() else { break };
        tick.spend(1)?;
        if other.settled(v).is_none() {
            continue;
        }
        for piece in arcs.weighted(v) {
            let mut steps = 1;
            for (t, weight) in piece {
                steps += 1;
                let through = distance + positive(weight)?;
                if other.settled(t).is_some_and(|(rest, _)| through + rest <= bound) {
                    side.offer(t, through, hops + 1);
                }
            }
            tick.spend(steps)?;
        }
    }
    Ok(())
}
