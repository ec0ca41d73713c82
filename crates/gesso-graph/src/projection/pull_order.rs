//! Arcs in an order in which values of their sources are quick to gather.
//!
//! What walks hand along arcs is read at random places, once for each arc and round. With vertices renumbered by groups
//! of out-degree the values that are read most often share cache lines; inside a group vertex order stays, which
//! keeps whatever locality the graph came with. Source: Faldu, Diamond, Grot: "A Closer Look at Lightweight Graph
//! Reordering", 2019.

use super::Csr;
use super::order::Order;
use gesso_core::ctx::{STEPS_PER_CHECK, even_cuts, work_cuts};
use gesso_core::prefetch::prefetch;
use gesso_core::{Buf, JobContext, Plain, Slab, Stop, Tick};

/// Incoming arcs by place: vertices renumbered by groups of out-degree, the highest first.
#[derive(Clone, Debug, Default)]
pub struct PullOrder {
    /// Position → place.
    pub place: Slab<u32>,
    /// `len + 1` rising positions in `sources`, by place.
    pub offsets: Slab<u64>,
    /// Where the arcs to each place come from, as places.
    pub sources: Slab<u32>,
    /// Out-degree by place; 0 where a walk ends.
    pub degree: Slab<f64>,
}

/// Groups of out-degrees: none, 1, 2–3, 4–7, …
const GROUPS: usize = 65;
/// Vertices of a chunk of loops that do a few steps for each.
const VERTEX_CHUNK: usize = 16_384;
/// Arcs and vertices of a chunk.
const ARC_CHUNK: u64 = 65_536;
/// Vertices of a list after the present one whose arcs are asked for.
const AHEAD: usize = 8;
/// Targets in a line of memory.
const LINE: usize = 16;
/// Lines of such a vertex that are asked for.
const LINES_AHEAD: usize = 8;

impl PullOrder {
    /// Renumbers the vertices of a graph, given its arcs both ways.
    pub(super) fn new(ctx: &JobContext, out: &Csr, incoming: &Csr) -> Result<PullOrder, Stop> {
        let len = out.offsets.len().saturating_sub(1);
        let order = Order::new(ctx, len, GROUPS, |v| out.degree(v).leading_zeros() as usize)?;
        let mut offsets = ctx.alloc(len + 1, 0u64)?;
        let mut degree = ctx.alloc(len, 0f64)?;
        let cuts = even_cuts(len, VERTEX_CHUNK);
        ctx.par_fill(&mut offsets[1..], &cuts, |places, part, _| {
            part.iter_mut().zip(&order.at[places]).for_each(|(slot, v)| *slot = incoming.degree(*v));
            Ok::<_, Stop>(())
        })?;
        ctx.par_fill(&mut degree, &cuts, |places, part, _| {
            part.iter_mut().zip(&order.at[places]).for_each(|(slot, v)| *slot = out.degree(*v) as f64);
            Ok::<_, Stop>(())
        })?;
        let (mut tick, mut before) = (ctx.tick(), 0);
        for slot in offsets.iter_mut() {
            tick.spend(1)?;
            before += *slot;
            *slot = before;
        }
        let cuts = work_cuts(&offsets, ARC_CHUNK);
        let parts: Vec<usize> = cuts.iter().map(|place| offsets[*place] as usize).collect();
        let mut sources = ctx.alloc(before as usize, 0u32)?;
        let rows = Rows { offsets: &incoming.offsets, targets: &incoming.targets, place: &order.place };
        ctx.par_fill_parts(&mut sources, &parts, |i, part, tick| {
            rows.copy(&order.at[cuts[i]..cuts[i + 1]], part, tick)
        })?;
        Ok(PullOrder {
            place: order.place.release().share(),
            offsets: offsets.release().share(),
            sources: sources.release().share(),
            degree: degree.release().share(),
        })
    }

    /// What each place has, by position.
    pub fn by_position<T: Plain>(&self, ctx: &JobContext, by_place: &[T]) -> Result<Buf<T>, Stop> {
        let mut values = ctx.alloc(self.place.len(), T::default())?;
        let (place, cuts): (&[u32], _) = (&self.place, even_cuts(self.place.len(), VERTEX_CHUNK));
        ctx.par_fill(&mut values, &cuts, |range, part, _| {
            part.iter_mut().zip(&place[range]).for_each(|(slot, p)| *slot = by_place[*p as usize]);
            Ok::<_, Stop>(())
        })?;
        Ok(values)
    }

    pub(super) fn size_bytes(&self) -> u64 {
        let vertices = self.place.size_bytes() + self.offsets.size_bytes() + self.degree.size_bytes();
        (vertices + self.sources.size_bytes()) as u64
    }
}

/// The arcs that are copied, as plain slices: a shared array decides at each use where it lives.
struct Rows<'a> {
    offsets: &'a [u64],
    targets: &'a [u32],
    place: &'a [u32],
}

impl Rows<'_> {
    /// The rows of `positions` one after another, each neighbour by its place.
    fn copy(&self, positions: &[u32], out: &mut [u32], tick: &mut Tick<'_>) -> Result<(), Stop> {
        let mut rest = out;
        for (i, v) in positions.iter().enumerate() {
            self.ask_ahead(positions, i);
            let row =
                &self.targets[self.offsets[*v as usize] as usize..self.offsets[*v as usize + 1] as usize];
            for piece in row.chunks(STEPS_PER_CHECK as usize) {
                tick.spend(1 + piece.len() as u64)?;
                let (slots, tail) = rest.split_at_mut(piece.len());
                for (slot, t) in slots.iter_mut().zip(piece) {
                    *slot = self.place[*t as usize];
                }
                rest = tail;
            }
        }
        Ok(())
    }

    /// Asks for the first arcs of a vertex that comes soon, and for where those of a later one are: vertices of a group
    /// lie anywhere.
    #[inline]
    fn ask_ahead(&self, positions: &[u32], i: usize) {
        if let Some(later) = positions.get(i + 2 * AHEAD) {
            prefetch(self.offsets, *later as usize);
        }
        if let Some(later) = positions.get(i + AHEAD) {
            let (start, end) =
                (self.offsets[*later as usize] as usize, self.offsets[*later as usize + 1] as usize);
            for at in (start..end).step_by(LINE).take(LINES_AHEAD) {
                prefetch(self.targets, at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Direction, Projection, ProjectionSpec};

    #[test]
    fn arcs_are_the_same_by_another_number() {
        let ids = (0..6).map(|v| v.to_string()).collect();
        // Out-degrees 1, 3, 0, 2, 0, 1; parallel arcs and a loop.
        let edges = [(0, 1), (1, 2), (1, 2), (1, 1), (3, 0), (3, 2), (5, 3)].map(|(s, t)| (s, t, 1.0));
        let spec =
            ProjectionSpec { direction: Direction::Both, pull_order: true, ..ProjectionSpec::default() };
        let graph = Projection::of_edges(ids, &edges, &spec);
        let order = graph.pull_order().expect("what was asked for");
        assert_eq!(&order.place[..], &[2, 0, 4, 1, 5, 3]);
        assert_eq!(&order.degree[..], &[3.0, 2.0, 1.0, 1.0, 0.0, 0.0]);
        for v in 0..6u32 {
            let place = order.place[v as usize] as usize;
            let row = &order.sources[order.offsets[place] as usize..order.offsets[place + 1] as usize];
            let expected: Vec<u32> =
                graph.incoming().neighbours(v).iter().map(|s| order.place[*s as usize]).collect();
            assert_eq!(row, expected, "arcs to {v}");
        }
    }
}
