//! The part of a snapshot that passes filters, looked at as a search comes by: nothing is built, and whether a
//! vertex passes is asked once.

use super::net::{Names, Net, Way};
use crate::algorithm::View;
use crate::condition::Operator;
use crate::error::AlgoError;
use gesso_core::{Buf, JobContext, Outcome, Stop, Tick, VertexIx};
use gesso_graph::{EdgeRef, End, Selection, Snapshot};
use std::cell::RefCell;

/// Bytes of a part: two bits for each of [`CONDITIONS_MAX`] conditions and vertex.
pub(super) const fn part_bytes(vertices: u64) -> u64 {
    4 * vertices
}

/// Most conditions of one part, that on the start included.
pub(super) const CONDITIONS_MAX: usize = 16;

/// What a hop may use: edges by direction and condition, and the vertex that it leads to by condition.
#[derive(Clone, Copy)]
pub(super) struct Hop<'a> {
    /// Which way.
    pub(super) operator: Operator,
    /// The condition on the edge, and on the vertex reached; none if all pass.
    pub(super) selection: Option<&'a dyn Selection>,
    /// Which of the part's conditions it is: below [`CONDITIONS_MAX`], equal for equal conditions.
    pub(super) condition: usize,
}

/// A snapshot seen through hops. Where there are fewer of them than a path has, the last one serves the rest.
pub(super) struct Part<'a> {
    snapshot: &'a Snapshot,
    hops: &'a [Hop<'a>],
    /// For each vertex and condition: 0 not asked, 1 passes, 2 does not.
    verdicts: RefCell<Buf<u32>>,
}

/// Searches a snapshot where the condition of a view holds everywhere.
pub(super) fn look_through(
    ctx: &JobContext,
    view: &View<'_>,
    directed: bool,
    search: impl FnOnce(&Part<'_>) -> Result<Outcome, AlgoError>,
) -> Result<Outcome, AlgoError> {
    let hops = Hop::everywhere(view.selection, directed);
    search(&Part::new(ctx, view.snapshot, &hops)?)
}

impl<'a> Hop<'a> {
    /// The one hop of paths on which a condition holds everywhere.
    pub(super) fn everywhere(selection: Option<&'a dyn Selection>, directed: bool) -> [Hop<'a>; 1] {
        let operator = if directed { Operator::Out } else { Operator::Both };
        [Hop { operator, selection, condition: 0 }]
    }

    /// Whether an edge passes; its direction is another matter.
    pub(super) fn takes(&self, snapshot: &Snapshot, edge: &EdgeRef) -> bool {
        self.selection.is_none_or(|selection| selection.passes_edge(snapshot, edge))
    }

    /// The ends at which a vertex has the edges that lead on, or back.
    pub(super) fn ends(&self, way: Way) -> &'static [End] {
        match (self.operator, way) {
            (Operator::Out, Way::Ahead) | (Operator::In, Way::Back) => &[End::Source],
            (Operator::In, Way::Ahead) | (Operator::Out, Way::Back) => &[End::Target],
            (Operator::Both, _) => &[End::Source, End::Target],
        }
    }
}

impl<'a> Part<'a> {
    /// A part that nothing is known of yet.
    pub(super) fn new(
        ctx: &JobContext,
        snapshot: &'a Snapshot,
        hops: &'a [Hop<'a>],
    ) -> Result<Part<'a>, Stop> {
        assert!(hops.iter().all(|hop| hop.condition < CONDITIONS_MAX), "a vertex has two bits for each");
        let asks = hops.iter().any(|hop| hop.selection.is_some());
        let verdicts = ctx.alloc(if asks { snapshot.vertex_bound() as usize } else { 0 }, 0u32)?;
        let verdicts = RefCell::new(verdicts);
        Ok(Part { snapshot, hops, verdicts })
    }

    /// The rule of a hop, counted from 1.
    pub(super) fn hop(&self, hop: u32) -> &Hop<'a> {
        &self.hops[(hop as usize).clamp(1, self.hops.len()) - 1]
    }

    /// Whether a hop may lead to a vertex.
    pub(super) fn may_reach(&self, hop: u32, v: u32) -> bool {
        self.passes(self.hop(hop), v)
    }

    /// The edges by which a hop leads from one vertex to another, by their index, into `edges`. Those that are
    /// walked from source to target come first where indices are equal.
    pub(super) fn edges(&self, hop: u32, from: u32, to: u32, edges: &mut Vec<EdgeRef>) {
        let rule = self.hop(hop);
        edges.clear();
        for end in rule.ends(Way::Ahead) {
            let (source, target) = if *end == End::Source { (from, to) } else { (to, from) };
            let between = self.snapshot.edges_between(VertexIx(source), VertexIx(target));
            let passing = between.into_iter().filter(|e| rule.takes(self.snapshot, e));
            edges.extend(passing);
        }
        edges.sort_by_key(|e| e.index);
    }

    /// Whether a vertex passes the condition of a hop, whichever hop of the part it is.
    pub(super) fn passes(&self, hop: &Hop<'_>, v: u32) -> bool {
        let Some(selection) = hop.selection else { return true };
        let shift = 2 * hop.condition;
        let known = self.verdicts.borrow()[v as usize] >> shift & 3;
        if known != 0 {
            return known == 1;
        }
        let passes = selection.passes_vertex(self.snapshot, VertexIx(v));
        self.verdicts.borrow_mut()[v as usize] |= if passes { 1 } else { 2 } << shift;
        passes
    }
}

impl<'a> Net<'a> for Part<'a> {
    fn names(&self) -> Names<'a> {
        Names::Snapshot(self.snapshot)
    }

    /// By the condition of the first hop.
    fn find(&self, id: &str) -> Result<Option<u32>, AlgoError> {
        let found = self.snapshot.find(id).ok_or_else(|| AlgoError::NoVertex { id: id.to_owned() })?;
        Ok(self.may_reach(1, found.0).then_some(found.0))
    }

    fn bound(&self) -> usize {
        self.snapshot.vertex_bound() as usize
    }

    fn cost(&self, v: u32, way: Way) -> u64 {
        let ends = self.hop(1).ends(way);
        ends.iter().map(|end| self.snapshot.base_degree(VertexIx(v), *end)).sum()
    }

    /// Back from a vertex that the hop may not lead to there is nothing. Whether the vertices found may
    /// themselves be reached is the affair of the hop before.
    fn visit(
        &self,
        (hop, way): (u32, Way),
        v: u32,
        tick: &mut Tick<'_>,
        mut each: impl FnMut(u32) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let rule = self.hop(hop);
        tick.spend(1)?;
        if way == Way::Back && !self.passes(rule, v) {
            return Ok(());
        }
        for end in rule.ends(way) {
            self.snapshot.visit_edges(VertexIx(v), *end, |edge| {
                tick.spend(1)?;
                let other = if *end == End::Source { edge.target.0 } else { edge.source.0 };
                let is_wanted = other != v
                    && (way == Way::Back || self.passes(rule, other))
                    && rule.takes(self.snapshot, &edge);
                if is_wanted { each(other) } else { Ok(()) }
            })?;
        }
        Ok(())
    }
}
