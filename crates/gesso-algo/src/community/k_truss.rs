//! k-truss: the largest subgraph in which every edge lies in k − 2 triangles or more. Distinct neighbours other
//! than the vertex itself count, whatever the direction; parallel edges stand or fall together.
//!
//! Triangles of each edge are counted first; then edges with too few of them are taken out, which lowers the
//! count of the two others in each triangle, until none has too few. Source: Cohen: "Trusses: Cohesive subgraphs
//! for social network analysis", 2008. Work O(E^1.5), memory 8·V + 33·E bytes beside the result.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::edge_rows::{some_edges, some_edges_bytes};
use crate::error::AlgoError;
use crate::info::{Bounds, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{ARC_CHUNK, fill_rows};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::work_cuts;
use gesso_core::{Buf, JobContext, Outcome, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::cmp::Ordering;

const K: Param =
    Param::new("k", Kind::Int(Bounds::closed(2, 1_000_000)), "2 more than the triangles of each edge.")
        .required()
        .example(Literal::Int(3));

/// Arcs a chunk where each stands for a merge of two rows.
const CHUNK: u64 = 4096;

/// Edges that lie in many triangles.
pub struct KTruss;

/// Parameters of [`KTruss`].
#[derive(Debug)]
pub struct Params {
    k: u32,
    labels: Option<Vec<String>>,
}

impl Algorithm for KTruss {
    type Params = Params;

    const INFO: Info = Info {
        name: "k_truss",
        aliases: &["ktruss"],
        family: Family::Community,
        summary: "The largest subgraph in which every edge lies in k - 2 triangles or more.",
        params: &[K, LABELS, NUM_THREAD],
        outputs: &[Output::new("k_truss", Shape::Edges, "The edges of the subgraph.")],
        source: "Cohen: Trusses: Cohesive subgraphs for social network analysis, 2008",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { k: args.int(&K) as u32, labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            edges: true,
            ..shared::labelled(Direction::Undirected, Multiplicity::Simple, params.labels.as_ref())
        }
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        // Counts by arc of both ways and the list of edges to be taken out; then flags and the result.
        let peeling = (2 * 4 + 4) * size.edges + 4 * size.edges;
        peeling + size.edges + some_edges_bytes(size.edges) + 8 * (size.vertices + 1)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let arcs = Arcs::of(graph.out());
        let mut truss = Truss { arcs, count: triangles(ctx, arcs)? };
        truss.peel(ctx, params.k - 2)?;
        let edges = graph.edges().cloned().unwrap_or_default();
        let (offsets, targets) = (&edges.offsets[..], &edges.targets[..]);
        let mut stays = ctx.alloc(targets.len(), 0u8)?;
        let cuts = work_cuts(offsets, ARC_CHUNK);
        ctx.phase("list", 0.98, 0);
        fill_rows(ctx, offsets, &cuts, &mut stays, |range, part, tick| {
            let first = offsets[range.start];
            for v in range {
                for at in offsets[v]..offsets[v + 1] {
                    tick.spend(4)?;
                    let arc = truss.arc(v as u32, targets[at as usize]);
                    part[(at - first) as usize] = u8::from(arc.is_some_and(|arc| truss.count[arc] != GONE));
                }
            }
            Ok(())
        })?;
        drop(truss);
        let rows = some_edges(ctx, graph, |at| stays[at] != 0, None)?;
        Ok(Outcome::of_list("k_truss", rows))
    }
}

/// Count of an arc that was taken out.
const GONE: u32 = u32::MAX;

/// Triangles of each arc; both arcs of an edge have the same.
fn triangles(ctx: &JobContext, arcs: Arcs<'_>) -> Result<Buf<u32>, Stop> {
    let mut count = ctx.alloc(arcs.targets.len(), 0u32)?;
    let cuts = work_cuts(arcs.offsets, CHUNK);
    ctx.phase("count", 0.5, cuts.len() as u64);
    fill_rows(ctx, arcs.offsets, &cuts, &mut count, |range, part, tick| {
        let mut slots = part.iter_mut();
        for v in range.map(|v| v as u32) {
            for (t, slot) in arcs.row(v).iter().zip(&mut slots) {
                let mut found = 0;
                common(arcs.row(v), arcs.row(*t), tick, |_, _| {
                    found += 1;
                    Ok(())
                })?;
                *slot = found;
            }
        }
        ctx.advance(1);
        Ok(())
    })?;
    Ok(count)
}

/// Calls `each` with the places in both rows of every vertex that is in both.
fn common(
    a: &[u32],
    b: &[u32],
    tick: &mut Tick<'_>,
    mut each: impl FnMut(usize, usize) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        tick.spend(1)?;
        match a[i].cmp(&b[j]) {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => {
                each(i, j)?;
                i += 1;
                j += 1;
            }
        }
    }
    Ok(())
}

struct Truss<'a> {
    arcs: Arcs<'a>,
    /// Triangles left to each arc, or [`GONE`].
    count: Buf<u32>,
}

impl Truss<'_> {
    /// Where the arc between two vertices is.
    fn arc(&self, from: u32, to: u32) -> Option<usize> {
        let found = self.arcs.row(from).binary_search(&to).ok()?;
        Some(self.arcs.offsets[from as usize] as usize + found)
    }

    /// Takes out edges until all that are left have enough triangles.
    fn peel(&mut self, ctx: &JobContext, least: u32) -> Result<(), Stop> {
        let len = self.arcs.vertices();
        // Arcs from the smaller end whose edge is to go, each once.
        let mut pile = ctx.alloc(self.arcs.targets.len() / 2 + 1, 0u32)?;
        let mut owners = ctx.alloc(self.arcs.targets.len() / 2 + 1, 0u32)?;
        let mut height = 0;
        let mut tick = ctx.tick();
        ctx.phase("peel", 0.9, len as u64);
        for v in 0..len as u32 {
            let start = self.arcs.offsets[v as usize] as usize;
            for (i, t) in self.arcs.row(v).iter().enumerate() {
                tick.spend(1)?;
                if *t > v && self.count[start + i] < least {
                    (pile[height], owners[height]) = (*t, v);
                    height += 1;
                }
            }
            ctx.advance(1);
        }
        while height > 0 {
            height -= 1;
            let (v, t) = (owners[height], pile[height]);
            let (Some(there), Some(back)) = (self.arc(v, t), self.arc(t, v)) else { continue };
            (self.count[there], self.count[back]) = (GONE, GONE);
            let (from_v, from_t) =
                (self.arcs.offsets[v as usize] as usize, self.arcs.offsets[t as usize] as usize);
            let (arcs, count) = (self.arcs, &mut self.count);
            let mut fallen = |from: u32, to: u32, at: usize, count: &mut Buf<u32>| {
                count[at] -= 1;
                let back = arcs.offsets[to as usize] as usize
                    + arcs.row(to).binary_search(&from).unwrap_or_default();
                count[back] -= 1;
                if count[at] + 1 == least {
                    (owners[height], pile[height]) = (from.min(to), from.max(to));
                    height += 1;
                }
            };
            common(arcs.row(v), arcs.row(t), &mut tick, |i, j| {
                let third = arcs.row(v)[i];
                if count[from_v + i] != GONE && count[from_t + j] != GONE {
                    fallen(v, third, from_v + i, count);
                    fallen(t, third, from_t + j, count);
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}
