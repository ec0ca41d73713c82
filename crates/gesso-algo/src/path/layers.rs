//! Walks of one length as a graph of layers: layer i has the vertices that a walk has after i hops, each with
//! the ones of the next layer that it leads to. Everything in it is on a walk, and everything is in the order
//! of ids, so that going along the arcs in their order gives walks in the order of their ids.

use super::net::{Names, Net, Way};
use crate::sorting::sort_by_key;
use gesso_core::{Buf, JobContext, Pile, Stop};
use std::ops::Range;

/// Arcs of a node that are sorted at once.
const SORT_MAX: usize = 8192;

/// A graph of layers. A node is a vertex in a layer.
pub(super) struct Layers {
    /// Hops of each walk.
    length: u32,
    /// Nodes of the first layer: `0..starts`.
    starts: u32,
    /// The vertex of each node.
    vertices: Pile<u32>,
    /// Where the arcs of each node end.
    ends: Pile<u64>,
    /// The nodes that arcs lead to, rising for each node.
    targets: Pile<u32>,
}

/// Follows hops from `starts`, wherever `leads` says of a vertex and its layer that the end can be reached.
/// `places` has a zero for each vertex, now and afterwards.
pub(super) fn layers<'a>(
    ctx: &JobContext,
    net: &impl Net<'a>,
    starts: &[u32],
    length: u32,
    places: &mut [u32],
    leads: impl Fn(u32, u32) -> bool,
) -> Result<Layers, Stop> {
    let names = net.names();
    let mut tick = ctx.tick();
    let first = sorted(ctx, names, starts)?;
    let (mut vertices, mut ends, mut targets) = (Pile::new(ctx)?, Pile::new(ctx)?, Pile::new(ctx)?);
    vertices.extend(ctx, &first)?;
    let mut layer = 0..first.len();
    for hop in 1..=length {
        let mut reached = Pile::new(ctx)?;
        let first_arc = targets.len();
        let mut arc_ends: Pile<u64> = Pile::new(ctx)?;
        for node in layer.clone() {
            net.visit((hop, Way::Ahead), vertices[node], &mut tick, |t| {
                if !leads(t, hop) {
                    return Ok(());
                }
                if places[t as usize] == 0 {
                    reached.push(ctx, t)?;
                    places[t as usize] = reached.len() as u32;
                }
                targets.push(ctx, places[t as usize] - 1)
            })?;
            arc_ends.push(ctx, targets.len() as u64)?;
        }
        // Nodes are numbered by id: what was reached as the i-th becomes node `nodes[i]`.
        let order = sorted(ctx, names, &reached)?;
        let mut nodes = ctx.alloc(order.len(), 0u32)?;
        for (rank, v) in order.iter().enumerate() {
            tick.spend(1)?;
            let place = std::mem::take(&mut places[*v as usize]);
            nodes[place as usize - 1] = (layer.end + rank) as u32;
        }
        let mut from = first_arc;
        let mut kept = first_arc;
        for end in arc_ends.iter() {
            let row = from..*end as usize;
            from = row.end;
            kept = finish_row(ctx, &mut targets, row, kept, &nodes)?;
            ends.push(ctx, kept as u64)?;
        }
        targets.truncate(kept);
        vertices.extend(ctx, &order)?;
        layer = layer.end..layer.end + order.len();
    }
    Ok(Layers { length, starts: first.len() as u32, vertices, ends, targets })
}

/// Vertices in the order of their ids.
fn sorted(ctx: &JobContext, names: Names<'_>, vertices: &[u32]) -> Result<Buf<u32>, Stop> {
    let mut sorted = ctx.alloc(vertices.len(), 0u32)?;
    sorted.copy_from_slice(vertices);
    sort_by_key(ctx, &mut sorted, |v| names.id(v))?;
    Ok(sorted)
}

/// Turns a row of places into rising nodes, each once, and moves it to `to`. Returns where it ends.
fn finish_row(
    ctx: &JobContext,
    targets: &mut Pile<u32>,
    row: Range<usize>,
    to: usize,
    nodes: &[u32],
) -> Result<usize, Stop> {
    let mut tick = ctx.tick();
    for place in &mut targets[row.clone()] {
        tick.spend(1)?;
        *place = nodes[*place as usize];
    }
    if row.len() <= SORT_MAX {
        targets[row.clone()].sort_unstable();
    } else {
        let mut copy = ctx.alloc(row.len(), 0u32)?;
        copy.copy_from_slice(&targets[row.clone()]);
        sort_by_key(ctx, &mut copy, |node| node)?;
        targets[row.clone()].copy_from_slice(&copy);
    }
    let mut kept = to;
    for i in row {
        tick.spend(1)?;
        let node = targets[i];
        if kept == to || targets[kept - 1] != node {
            targets[kept] = node;
            kept += 1;
        }
    }
    Ok(kept)
}

impl Layers {
    /// Hops of each walk.
    pub(super) fn length(&self) -> u32 {
        self.length
    }

    /// Number of nodes.
    pub(super) fn len(&self) -> usize {
        self.vertices.len()
    }

    /// The nodes of the first layer.
    pub(super) fn starts(&self) -> Range<u32> {
        0..self.starts
    }

    /// The vertex of a node.
    #[inline]
    pub(super) fn vertex(&self, node: u32) -> u32 {
        self.vertices[node as usize]
    }

    /// Where the arcs of a node are; none in the last layer.
    #[inline]
    pub(super) fn arcs(&self, node: u32) -> Range<usize> {
        let node = node as usize;
        let start = if node == 0 { 0 } else { self.ends.get(node - 1).map_or(0, |end| *end as usize) };
        self.ends.get(node).map_or(0..0, |end| start..*end as usize)
    }

    /// The node that an arc leads to.
    #[inline]
    pub(super) fn target(&self, arc: usize) -> u32 {
        self.targets[arc]
    }
}
