//! Generations of a graph without cycles: first the vertices that nothing points to, then those that only
//! vertices of earlier generations point to, and so on. Source: Kahn: "Topological sorting of large networks",
//! 1962.

use crate::arcs::{Arcs, pieces};
use crate::error::AlgoError;
use crate::rows::{select, tabulate};
use crate::sorting::{sort_by_key, sort_bytes};
use gesso_core::{Buf, JobContext};
use gesso_graph::Projection;

/// Bytes of [`generations`].
pub(super) const fn generations_bytes(vertices: u64) -> u64 {
    8 * vertices + sort_bytes(vertices)
}

/// All positions, generation by generation, in vertex order within one. Fails at a cycle.
pub(super) fn generations(ctx: &JobContext, graph: &Projection) -> Result<Buf<u32>, AlgoError> {
    let (out, incoming) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()));
    let len = graph.len();
    let mut left = tabulate(ctx, len, |v| incoming.degree(v as u32) as u32)?;
    let mut order = ctx.alloc(len, 0u32)?;
    let first = select(ctx, len, |v| left[v] == 0)?;
    let mut end = first.len();
    order[..end].copy_from_slice(&first);
    drop(first);
    ctx.phase("sort", 0.9, len as u64);
    let mut tick = ctx.tick();
    let mut start = 0;
    while start < end {
        let generation = start..end;
        for i in generation {
            for piece in pieces(out.row(order[i])) {
                tick.spend(1 + piece.len() as u64)?;
                for t in piece {
                    let left = &mut left[*t as usize];
                    *left -= 1;
                    if *left == 0 {
                        order[end] = *t;
                        end += 1;
                    }
                }
            }
            start += 1;
            ctx.advance(1);
        }
        sort_part(ctx, &mut order, start, end)?;
    }
    if end < len {
        let stuck = left.iter().position(|left| *left > 0).unwrap_or(0);
        return Err(AlgoError::Cycle { id: graph.id(on_cycle(&left, incoming, stuck as u32)).to_owned() });
    }
    Ok(order)
}

/// Sorts a generation. Small ones at once; large ones are copied out, sorted in pieces and copied back.
fn sort_part(ctx: &JobContext, order: &mut Buf<u32>, start: usize, end: usize) -> Result<(), AlgoError> {
    const SMALL: usize = 8192;
    if end - start <= SMALL {
        order[start..end].sort_unstable();
        return Ok(());
    }
    let mut part = ctx.alloc(end - start, 0u32)?;
    part.copy_from_slice(&order[start..end]);
    sort_by_key(ctx, &mut part, |v| v)?;
    order[start..end].copy_from_slice(&part);
    Ok(())
}

/// A vertex on a cycle: going back from a vertex that is left over stays among those, and at last repeats itself.
fn on_cycle(left: &[u32], incoming: Arcs<'_>, from: u32) -> u32 {
    let mut at = from;
    for _ in 0..left.len() {
        let Some(before) = incoming.row(at).iter().find(|u| left[**u as usize] > 0) else { break };
        at = *before;
    }
    at
}
