//! Strong components by Tarjan's search with a stack of its own instead of recursion.

use crate::arcs::Arcs;
use crate::rows::tabulate;
use gesso_core::{Buf, JobContext, Stop, Tick};
use gesso_graph::Projection;

/// Bytes a vertex that [`components`] takes beside its result.
pub(super) const BYTES_PER_VERTEX: u64 = 4 + 4 + 4 + 4 + 8;

/// Not yet numbered.
const NEW: u32 = 0;
/// Number of a vertex whose component is known: above all numbers in use.
const DONE: u32 = u32::MAX;

struct Search<'a> {
    arcs: Arcs<'a>,
    /// Smallest number reached from a vertex's subtree; its own when it was met.
    low: Buf<u32>,
    /// Vertices whose component is open, in the order met.
    open: Buf<u32>,
    open_len: usize,
    /// The path from the root of the search, with the next arc of each vertex.
    path: Buf<u32>,
    next_arc: Buf<u64>,
    path_len: usize,
    /// The number each vertex got when it was met.
    number: Buf<u32>,
    numbered: u32,
    /// Some vertex of the component.
    component: Buf<u32>,
}

/// The first position of each position's strong component.
pub(super) fn components(ctx: &JobContext, graph: &Projection) -> Result<Buf<u32>, Stop> {
    let len = graph.len();
    let arcs = Arcs::of(graph.out());
    ctx.phase("search", 0.8, (arcs.targets.len() + len) as u64);
    let mut search = Search {
        arcs,
        low: ctx.alloc(len, NEW)?,
        open: ctx.alloc(len, 0u32)?,
        open_len: 0,
        path: ctx.alloc(len, 0u32)?,
        next_arc: ctx.alloc(len, 0u64)?,
        path_len: 0,
        number: ctx.alloc(len, NEW)?,
        numbered: 0,
        component: ctx.alloc(len, 0u32)?,
    };
    let mut tick = ctx.tick();
    for root in 0..len as u32 {
        if search.low[root as usize] == NEW {
            search.from(ctx, root, &mut tick)?;
        }
    }
    let Search { component, mut low, .. } = search;
    name_by_first(ctx, &component, &mut low)
}

impl Search<'_> {
    fn from(&mut self, ctx: &JobContext, root: u32, tick: &mut Tick<'_>) -> Result<(), Stop> {
        self.enter(root);
        while self.path_len > 0 {
            tick.spend(1)?;
            let v = self.path[self.path_len - 1] as usize;
            let arc = self.next_arc[v];
            if arc < self.arcs.offsets[v + 1] {
                self.next_arc[v] += 1;
                let t = self.arcs.targets[arc as usize];
                match self.low[t as usize] {
                    NEW => self.enter(t),
                    DONE => {}
                    _ => self.low[v] = self.low[v].min(self.number[t as usize]),
                }
            } else {
                ctx.advance(1 + self.arcs.degree(v as u32));
                self.leave(v, tick)?;
            }
        }
        Ok(())
    }

    fn enter(&mut self, v: u32) {
        let at = v as usize;
        self.numbered += 1;
        self.low[at] = self.numbered;
        self.number[at] = self.numbered;
        self.next_arc[at] = self.arcs.offsets[at];
        self.path[self.path_len] = v;
        self.path_len += 1;
        self.open[self.open_len] = v;
        self.open_len += 1;
    }

    fn leave(&mut self, v: usize, tick: &mut Tick<'_>) -> Result<(), Stop> {
        self.path_len -= 1;
        let low = self.low[v];
        if low == self.number[v] {
            self.close(v, tick)?;
        } else if let Some(above) = self.path_len.checked_sub(1) {
            let above = self.path[above] as usize;
            self.low[above] = self.low[above].min(low);
        }
        Ok(())
    }

    /// Everything opened since `v`, and `v` itself, is a component.
    fn close(&mut self, v: usize, tick: &mut Tick<'_>) -> Result<(), Stop> {
        loop {
            tick.spend(1)?;
            self.open_len -= 1;
            let member = self.open[self.open_len] as usize;
            self.component[member] = v as u32;
            self.low[member] = DONE;
            if member == v {
                return Ok(());
            }
        }
    }
}

/// Renames components after their first vertex; `first` is working memory.
pub(super) fn name_by_first(
    ctx: &JobContext,
    component: &[u32],
    first: &mut [u32],
) -> Result<Buf<u32>, Stop> {
    let mut tick = ctx.tick();
    for (v, c) in component.iter().enumerate().rev() {
        tick.spend(1)?;
        first[*c as usize] = v as u32;
    }
    tabulate(ctx, component.len(), |v| first[component[v] as usize])
}
