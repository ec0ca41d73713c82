//! Circles through filters, from many starts: each is listed once, from the first start and in the first way round
//! that yields it.
//!
//! No set of those seen is kept. A circle says by itself whether an earlier start would have yielded it: one looks
//! at its other beginnings and at the other way round, and tries whether the filters allow them. Where every hop
//! is alike any beginning will do, and earlier starts need not be looked at as inner vertices at all.

use super::choices::Choices;
use super::circle_list::{CircleForm, CircleList};
use super::enumerate::{Repeats, Verdict, enumerate};
use super::net::Net;
use super::part::{Hop, Part};
use super::walks::Walks;
use crate::condition::Operator;
use gesso_core::{Buf, JobContext, Stop, Tick, VertexIx};
use gesso_graph::{EdgeRef, End, Snapshot};
use std::ops::ControlFlow;

/// What is searched for.
pub(super) struct Circles<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// The condition on the start.
    pub(super) start: Hop<'a>,
    /// One for each edge of a circle.
    pub(super) hops: &'a [Hop<'a>],
    /// For each vertex its place among the starts plus 1, 0 for others; none if all are starts in their order.
    pub(super) order: Option<&'a Buf<u32>>,
    pub(super) form: CircleForm,
    /// Most circles listed.
    pub(super) most: usize,
    /// Whether those beyond count as well.
    pub(super) counts_all: bool,
}

/// The search from one start after another.
pub(super) struct Finder<'a> {
    rules: Rules<'a>,
    walks: Walks,
}

/// What makes a circle one that is listed.
struct Rules<'a> {
    circles: &'a Circles<'a>,
    part: Part<'a>,
    /// True if any beginning of a circle fits the hops.
    is_uniform: bool,
    /// True if some hop goes either way.
    has_both: bool,
}

impl<'a> Finder<'a> {
    pub(super) fn new(ctx: &JobContext, circles: &'a Circles<'a>) -> Result<Finder<'a>, Stop> {
        let part = Part::new(ctx, circles.snapshot, circles.hops)?;
        let walks = Walks::new(ctx, part.bound())?;
        let first = &circles.hops[0];
        let is_alike = |hop: &Hop<'_>| (hop.operator, hop.condition) == (first.operator, first.condition);
        let rules = Rules {
            circles,
            part,
            is_uniform: circles.hops.iter().all(is_alike),
            has_both: circles.hops.iter().any(|hop| hop.operator == Operator::Both),
        };
        Ok(Finder { rules, walks })
    }

    /// Adds the circles from a start that no earlier one yields.
    pub(super) fn from(&mut self, ctx: &JobContext, start: u32, list: &mut CircleList) -> Result<(), Stop> {
        let Finder { rules, walks } = self;
        if !rules.is_start(start) {
            return Ok(());
        }
        walks.begin(ctx, &rules.part, start, start)?;
        let (length, mine) = (rules.circles.hops.len() as u32, rules.place(start));
        let may_lie_inside = |v: u32| !(rules.is_uniform && rules.place(v) < mine && rules.is_start(v));
        let found = walks.layers(ctx, &rules.part, length, may_lie_inside)?;
        let Some(layers) = found else { return Ok(()) };
        let mut tick = ctx.tick();
        // Why it ended is known from the list.
        _ = enumerate(ctx, &layers, Repeats::LeftOut, |walk| {
            let before = list.count();
            match rules.circles.form {
                CircleForm::Vertices => rules.by_vertices(ctx, walk, list, &mut tick)?,
                CircleForm::Edges(_) => rules.by_edges(ctx, walk, list, &mut tick)?,
            }
            if list.is_full() && !rules.circles.counts_all {
                return Ok(ControlFlow::Break(()));
            }
            let everything = (1 << length) - 1;
            let is_new = list.count() > before;
            Ok(ControlFlow::Continue(if is_new { Verdict::Taken } else { Verdict::Refused(everything) }))
        })?;
        Ok(())
    }
}

impl Rules<'_> {
    /// The place of a vertex among the starts, if it is one at all.
    fn place(&self, v: u32) -> u32 {
        self.circles.order.map_or(v, |order| order[v as usize].wrapping_sub(1))
    }

    /// Whether circles begin at a vertex: it is asked for, and passes what holds for the first vertex and the last.
    fn is_start(&self, v: u32) -> bool {
        self.place(v) != u32::MAX
            && self.part.passes(&self.circles.start, v)
            && self.part.may_reach(self.circles.hops.len() as u32, v)
    }

    fn by_vertices(
        &self,
        ctx: &JobContext,
        walk: &[u32],
        list: &mut CircleList,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        let circle = &walk[..walk.len() - 1];
        let mut edges = Vec::new();
        let is_earlier = self.is_yielded_earlier(circle, self.has_both, |hop, from, to| {
            self.part.edges(hop, from, to, &mut edges);
            tick.spend(1 + edges.len() as u64)?;
            Ok(!edges.is_empty())
        })?;
        if is_earlier { Ok(()) } else { list.push_vertices(ctx, circle) }
    }

    /// Goes through the choices of parallel edges, in the order of their indices.
    fn by_edges(
        &self,
        ctx: &JobContext,
        walk: &[u32],
        list: &mut CircleList,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        let circle = &walk[..walk.len() - 1];
        let mut places: Vec<Vec<EdgeRef>> = vec![Vec::new(); circle.len()];
        for (i, edges) in places.iter_mut().enumerate() {
            self.part.edges(i as u32 + 1, walk[i], walk[i + 1], edges);
            tick.spend(1 + edges.len() as u64)?;
        }
        let mut choices = Choices::new(places);
        loop {
            tick.spend(circle.len() as u64)?;
            let edges = choices.edges();
            let is_earlier = self.is_yielded_earlier(circle, true, |hop, from, to| {
                Ok(edges.iter().any(|edge| self.allows(hop, from, to, edge)))
            })?;
            if !is_earlier {
                list.push_edges(ctx, edges.into_iter())?;
                if list.is_full() && !self.circles.counts_all {
                    return Ok(());
                }
            }
            if !choices.advance() {
                return Ok(());
            }
        }
    }

    /// Whether a hop may lead from one vertex to another by this edge.
    fn allows(&self, hop: u32, from: u32, to: u32, edge: &EdgeRef) -> bool {
        let rule = self.part.hop(hop);
        let ends = (edge.source.0, edge.target.0);
        let is_walkable = rule.ends(super::net::Way::Ahead).iter().any(|end| match end {
            End::Source => ends == (from, to),
            End::Target => ends == (to, from),
        });
        is_walkable && rule.takes(self.circles.snapshot, edge)
    }

    /// Whether the same circle is met before: from an earlier start, or from the same one the other way round.
    /// `connects` says whether a hop may lead from one vertex of it to the next.
    fn is_yielded_earlier(
        &self,
        circle: &[u32],
        counts_both_ways: bool,
        mut connects: impl FnMut(u32, u32, u32) -> Result<bool, Stop>,
    ) -> Result<bool, Stop> {
        let (names, len) = (self.part.names(), circle.len());
        let mine = self.place(circle[0]);
        for begin in 0..len {
            let place = self.place(circle[begin]);
            for step in [1, len - 1] {
                let at = |hop: usize| circle[(begin + hop * step) % len];
                let is_before = if begin == 0 {
                    step != 1 && names.id(at(1)) < names.id(circle[1])
                } else {
                    place < mine
                };
                if !is_before || (step != 1 && !counts_both_ways) || !self.is_start(circle[begin]) {
                    continue;
                }
                let mut fits = true;
                for hop in 1..=len {
                    fits = self.part.may_reach(hop as u32, at(hop))
                        && connects(hop as u32, at(hop - 1), at(hop))?;
                    if !fits {
                        break;
                    }
                }
                if fits {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

/// For each vertex its place among the starts plus 1, for others 0.
pub(super) fn order(ctx: &JobContext, snapshot: &Snapshot, starts: &[u32]) -> Result<Buf<u32>, Stop> {
    let mut order = ctx.alloc(snapshot.vertex_bound() as usize, 0u32)?;
    let mut tick = ctx.tick();
    for (place, v) in starts.iter().enumerate() {
        tick.spend(1)?;
        order[VertexIx(*v).at()] = place as u32 + 1;
    }
    Ok(order)
}
