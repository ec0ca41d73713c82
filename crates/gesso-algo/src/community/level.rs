//! What moves as one at a level of modularity maximisation: vertices of a graph, or groups of them.
//!
//! Groups become vertices of a smaller graph (`coarsen`) where that takes little memory. Where it takes too much,
//! their arcs are those of their vertices, met one vertex after another: as many as the graph has, but none is kept
//! twice.

use super::modularity_sum::Degrees;
use super::strong::name_by_first;
use crate::arcs::Arcs;
use gesso_core::{Buf, JobContext, Plain, Stop, Tick};

/// Groups of the vertices of a graph. Each has the number of its first vertex.
pub(super) struct Groups {
    /// The group of each vertex.
    pub(super) of: Buf<u32>,
    /// The vertices of each group.
    pub(super) chain: Chain,
}

/// Lists of the vertices of groups: the next one of the group after each vertex, rising; after the last, itself.
pub(super) struct Chain(Buf<u32>);

/// The graph of a level, and the groups of its vertices that move as one.
#[derive(Clone, Copy)]
pub(super) struct Level<'a> {
    pub(super) arcs: Arcs<'a>,
    /// None if each vertex moves alone.
    pub(super) chain: Option<&'a Chain>,
}

impl Groups {
    /// Groups by the number of their first vertex.
    pub(super) fn new(ctx: &JobContext, of: Buf<u32>) -> Result<Groups, Stop> {
        let mut next = ctx.alloc(of.len(), 0u32)?;
        let mut last = ctx.alloc(of.len(), 0u32)?;
        let mut tick = ctx.tick();
        for (v, group) in of.iter().enumerate() {
            tick.spend(1)?;
            let last = &mut last[*group as usize];
            if *group as usize != v {
                next[*last as usize] = v as u32;
            }
            next[v] = v as u32;
            *last = v as u32;
        }
        Ok(Groups { of, chain: Chain(next) })
    }
}

impl Chain {
    /// The vertex after another one of the same group.
    #[inline]
    pub(super) fn next(&self, v: u32) -> Option<u32> {
        let next = self.0[v as usize];
        (next != v).then_some(next)
    }
}

impl Level<'_> {
    /// The vertices of the group that begins with a vertex.
    #[inline]
    pub(super) fn members(self, first: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(first), move |v| self.chain.and_then(|chain| chain.next(*v)))
    }

    /// Calls `each` with the other end and the weight of every arc of the group that begins with a vertex.
    #[inline]
    pub(super) fn for_each(
        self,
        first: u32,
        tick: &mut Tick<'_>,
        each: impl FnMut(u32, f64),
    ) -> Result<(), Stop> {
        self.arcs.for_each_of_all(self.members(first), tick, each)
    }
}

/// A sum of weights.
pub(super) trait Near: Plain + Into<f64> {
    /// Adds a weight.
    fn add(&mut self, weight: f64);
}

impl Near for u32 {
    #[inline]
    fn add(&mut self, weight: f64) {
        *self += weight as u32;
    }
}

impl Near for f64 {
    #[inline]
    fn add(&mut self, weight: f64) {
        *self += weight;
    }
}

/// Slots of a list of neighbours: seldom has one more. Those that do are found by a look at all that can be.
pub(super) const fn list_len(groups: usize) -> usize {
    let few = groups / 16 + 1024;
    1 + if groups < few { groups } else { few }
}

/// Bytes of a list of neighbours.
pub(super) const fn list_bytes(groups: u64) -> u64 {
    4 * list_len(groups as usize) as u64
}

/// Numbers communities by their first vertices. Returns how many there are. Numbers are below the number of vertices
/// before, too.
pub(super) fn by_first(ctx: &JobContext, community: Buf<u32>) -> Result<(Buf<u32>, usize), Stop> {
    let mut first = ctx.alloc(community.len(), 0u32)?;
    let named = name_by_first(ctx, &community, &mut first)?;
    let mut tick = ctx.tick();
    let mut count = 0;
    for (v, name) in named.iter().enumerate() {
        tick.spend(1)?;
        count += usize::from(*name as usize == v);
    }
    Ok((named, count))
}

/// The degrees of groups, from those of vertices. Where no group begins they are 0.
pub(super) fn of_groups(ctx: &JobContext, degrees: &Degrees, groups: &[u32]) -> Result<Degrees, Stop> {
    let mut degree = ctx.alloc(groups.len(), 0f64)?;
    let mut tick = ctx.tick();
    for (part, group) in degrees.degree.iter().zip(groups) {
        tick.spend(1)?;
        degree[*group as usize] += part;
    }
    Ok(Degrees { degree, total: degrees.total })
}
