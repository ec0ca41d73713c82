//! One depth-first search that finds what holds a graph together: the vertices and the edges without which
//! some component would fall apart. Of the arcs back to the parent one is the edge by which a vertex was met;
//! another one is a parallel edge, and a way back like any other.
//!
//! A vertex is met once; its low number is the smallest number that its subtree reaches by one arc back. A
//! child whose subtree reaches nothing above its parent hangs on that parent, or on the edge between them.
//! Source: Hopcroft, Tarjan: "Efficient algorithms for graph manipulation", 1973.

use crate::arcs::{Arcs, pieces};
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Bytes of [`Cuts`] and its search.
pub(super) const fn cuts_bytes(vertices: u64) -> u64 {
    (4 + 4 + 8 + 4 + 1 + 1) * vertices
}

/// What a graph hangs on.
pub(super) struct Cuts {
    /// 1 for vertices without which more components are left.
    pub(super) vertices: Buf<u8>,
    /// 1 for vertices whose edge to their parent in the search is such an edge.
    pub(super) edges: Buf<u8>,
    /// The parent of each vertex in the search; itself for roots.
    pub(super) parent: Buf<u32>,
}

struct Search<'a> {
    arcs: Arcs<'a>,
    cuts: Cuts,
    /// When a vertex was met, from 1; 0 before.
    number: Buf<u32>,
    low: Buf<u32>,
    next_arc: Buf<u64>,
    met: u32,
}

impl Cuts {
    /// Searches a graph that has each edge both ways, with equal neighbours next to each other.
    pub(super) fn new(ctx: &JobContext, arcs: Arcs<'_>) -> Result<Cuts, Stop> {
        let len = arcs.vertices();
        let mut search = Search {
            arcs,
            cuts: Cuts {
                vertices: ctx.alloc(len, 0u8)?,
                edges: ctx.alloc(len, 0u8)?,
                parent: ctx.alloc(len, 0u32)?,
            },
            number: ctx.alloc(len, 0u32)?,
            low: ctx.alloc(len, 0u32)?,
            next_arc: ctx.alloc(len, 0u64)?,
            met: 0,
        };
        let mut tick = ctx.tick();
        ctx.phase("search", 0.9, len as u64);
        for root in 0..len as u32 {
            tick.spend(1)?;
            if search.number[root as usize] == 0 {
                search.from(ctx, root, &mut tick)?;
            }
        }
        Ok(search.cuts)
    }
}

impl Search<'_> {
    /// Searches the component of a root. The path back is kept in `parent`, so no stack is needed.
    fn from(&mut self, ctx: &JobContext, root: u32, tick: &mut Tick<'_>) -> Result<(), Stop> {
        let mut children_of_root = 0;
        self.enter(root, root);
        let mut at = root;
        loop {
            if let Some(child) = self.look(at, tick)? {
                children_of_root += u32::from(at == root);
                self.enter(child, at);
                at = child;
                continue;
            }
            ctx.advance(1);
            if at == root {
                break;
            }
            at = self.leave(at, root);
        }
        self.cuts.vertices[root as usize] = u8::from(children_of_root > 1);
        Ok(())
    }

    /// Looks along the arcs of a vertex from where that ended the last time, up to one to a vertex that was not met.
    /// What the loop needs stays in registers: an arc costs one load at a place that could not be foretold.
    fn look(&mut self, v: u32, tick: &mut Tick<'_>) -> Result<Option<u32>, Stop> {
        let at = v as usize;
        let (first, end) = (self.arcs.offsets[at] as usize, self.arcs.offsets[at + 1] as usize);
        let (parent, number, targets) = (self.cuts.parent[at], &self.number[..], self.arcs.targets);
        let (mut low, mut arc) = (self.low[at], self.next_arc[at] as usize);
        let mut found = None;
        for piece in pieces(&targets[arc..end]) {
            tick.spend(1)?;
            let start = arc;
            for t in piece {
                let number = number[*t as usize];
                arc += 1;
                if number == 0 {
                    found = Some(*t);
                    break;
                }
                let is_way_here = *t == parent && (arc - 1 == first || targets[arc - 2] != parent);
                low = if is_way_here { low } else { low.min(number) };
            }
            tick.spend((arc - start) as u64)?;
            if found.is_some() {
                break;
            }
        }
        (self.low[at], self.next_arc[at]) = (low, arc as u64);
        Ok(found)
    }

    fn enter(&mut self, v: u32, parent: u32) {
        let at = v as usize;
        self.met += 1;
        self.number[at] = self.met;
        self.low[at] = self.met;
        self.next_arc[at] = self.arcs.offsets[at];
        self.cuts.parent[at] = parent;
    }

    /// Back to the parent, with what the subtree reaches.
    fn leave(&mut self, v: u32, root: u32) -> u32 {
        let parent = self.cuts.parent[v as usize];
        let (low, up) = (self.low[v as usize], parent as usize);
        self.low[up] = self.low[up].min(low);
        if low >= self.number[up] && parent != root {
            self.cuts.vertices[up] = 1;
        }
        if low > self.number[up] {
            self.cuts.edges[v as usize] = 1;
        }
        parent
    }
}
