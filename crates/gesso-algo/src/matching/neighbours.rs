//! Neighbours as sorted lists, made when they are first asked for.

use gesso_core::{Buf, JobContext, Pile, Stop, Tick, VertexIx};
use gesso_graph::{End, Snapshot};
use std::ops::Range;

/// Sorted lists of the distinct neighbours of vertices in one direction.
pub(super) struct Neighbours<'a> {
    snapshot: &'a Snapshot,
    ends: &'a [End],
    /// One more than the number of a vertex's list; 0 where there is none yet.
    slots: Buf<u32>,
    lists: Pile<(u64, u64)>,
    vertices: Pile<u32>,
}

/// Bytes of the array that [`Neighbours::new`] takes; lists come on top.
pub(super) const fn neighbours_bytes(vertices: u64) -> u64 {
    4 * vertices
}

impl<'a> Neighbours<'a> {
    /// Where the edges at these ends of a vertex lead.
    pub(super) fn new(ctx: &JobContext, snapshot: &'a Snapshot, ends: &'a [End]) -> Result<Self, Stop> {
        let slots = ctx.alloc(snapshot.vertex_bound() as usize, 0)?;
        Ok(Neighbours { snapshot, ends, slots, lists: Pile::new(ctx)?, vertices: Pile::new(ctx)? })
    }

    /// Where the neighbours of a vertex stand in [`Neighbours::list`].
    pub(super) fn range(
        &mut self,
        ctx: &JobContext,
        v: u32,
        tick: &mut Tick<'_>,
    ) -> Result<Range<usize>, Stop> {
        let at = v as usize;
        if self.slots[at] == 0 {
            self.make(ctx, v, tick)?;
            self.slots[at] = self.lists.len() as u32;
        }
        let (start, end) = self.lists[self.slots[at] as usize - 1];
        Ok(start as usize..end as usize)
    }

    /// The vertices of a range.
    pub(super) fn list(&self, range: Range<usize>) -> &[u32] {
        &self.vertices[range]
    }

    fn make(&mut self, ctx: &JobContext, v: u32, tick: &mut Tick<'_>) -> Result<(), Stop> {
        let start = self.vertices.len();
        for end in self.ends {
            self.snapshot.visit_edges(VertexIx(v), *end, |edge| {
                tick.spend(2)?;
                let other = if *end == End::Source { edge.target } else { edge.source };
                self.vertices.push(ctx, other.0)
            })?;
        }
        let list = &mut self.vertices[start..];
        merge_runs(list);
        let mut kept = usize::from(!list.is_empty());
        for i in 1..list.len() {
            if list[i] != list[kept - 1] {
                list[kept] = list[i];
                kept += 1;
            }
        }
        self.vertices.truncate(start + kept);
        self.lists.push(ctx, (start as u64, (start + kept) as u64))
    }
}

/// Sorts a list that the graph keeps as sorted runs, one for each label.
#[expect(clippy::stable_sort_primitive, reason = "the stable sort finds the runs and only merges them")]
fn merge_runs(list: &mut [u32]) {
    list.sort();
}
