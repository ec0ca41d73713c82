//! Where a climb through levels stands, and how it comes to the next level within its memory.
//!
//! Groups become the vertices of a coarse graph if that fits beside the graph below, or else in its place. If neither
//! fits, they stay groups of vertices of the given graph. What is chosen depends on the graph alone, not on threads.

use super::coarsen::{Coarse, Numbered, coarsen_bytes, offsets_bytes};
use super::level::{Groups, Level, by_first, of_groups};
use super::local_moving::moving_bytes;
use super::modularity_sum::{Degrees, degrees_bytes};
use super::multilevel::levels_bytes;
use super::refinement::refine_bytes;
use crate::arcs::Arcs;
use crate::rows::{VERTEX_CHUNK, tabulate};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Stop};

/// A level, before its vertices move.
pub(super) struct Standing<'a> {
    pub(super) given: Given<'a>,
    /// The graph of the level; none for the given graph.
    pub(super) merged: Option<Merged>,
    /// Groups of the graph's vertices that move as one; none where each moves alone.
    pub(super) groups: Option<Groups>,
    /// How many vertices or groups there are.
    pub(super) units: usize,
    /// Degrees of vertices or groups.
    pub(super) degrees: Degrees,
    /// The communities to start from; none if each vertex or group is one.
    pub(super) start: Option<Buf<u32>>,
}

/// The graph that a climb begins with.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    arcs: Arcs<'a>,
    /// Sums of its weights are whole numbers of 32 bits.
    is_whole: bool,
}

/// A coarse graph, and to which of its vertices those of the given one belong.
pub(super) struct Merged {
    member: Buf<u32>,
    pub(super) graph: Coarse,
}

/// Groups of the vertices of a graph that are to move as one, and the communities that they start in. All have the
/// numbers of their first vertices, unless said otherwise.
pub(super) struct Parts {
    /// The group of each vertex.
    pub(super) of: Buf<u32>,
    /// How many there are.
    pub(super) count: usize,
    /// The community of each vertex; none if each group is one.
    pub(super) start: Option<Buf<u32>>,
}

/// Bytes of what a level whose vertices move alone needs beside its graph, with one thread.
const fn level_bytes(vertices: u64) -> u64 {
    // Communities and parts.
    let (moving, refining) = (moving_bytes(vertices), 8 * vertices + refine_bytes(vertices));
    degrees_bytes(vertices) + if moving > refining { moving } else { refining }
}

impl<'a> Standing<'a> {
    /// The level of the given graph itself.
    pub(super) fn new(
        ctx: &JobContext,
        arcs: Arcs<'a>,
        start: Option<Buf<u32>>,
    ) -> Result<Standing<'a>, Stop> {
        let degrees = Degrees::new(ctx, arcs)?;
        let given = Given { arcs, is_whole: degrees.are_counts(arcs) };
        Ok(Standing { given, merged: None, groups: None, units: arcs.vertices(), degrees, start })
    }

    /// The graph of the level.
    pub(super) fn graph(&self) -> Arcs<'_> {
        self.merged.as_ref().map_or(self.given.arcs, |merged| merged.graph.arcs())
    }
}

impl<'a> Given<'a> {
    /// The level above the one of a coarse graph, or of this one if there is none.
    pub(super) fn above(
        self,
        ctx: &JobContext,
        below: Option<Merged>,
        mut parts: Parts,
    ) -> Result<Standing<'a>, Stop> {
        if let Some(Merged { member, graph }) = below {
            let held = 4 * self.arcs.vertices() as u64 + graph.size_bytes;
            match self.merge(ctx, held, graph.arcs(), parts)? {
                Ok((coarse, numbers)) => {
                    let member = lead(ctx, member, &numbers.of)?;
                    return self.on(ctx, Merged { member, graph: coarse }, numbers.start);
                }
                Err(kept) => {
                    // Before there is anything else of the size of the given graph.
                    drop(graph);
                    parts = kept.led(ctx, member)?;
                }
            }
        }
        match self.merge(ctx, 0, self.arcs, parts)? {
            Ok((graph, numbers)) => self.on(ctx, Merged { member: numbers.of, graph }, numbers.start),
            Err(Parts { of, count, start }) => {
                let degrees = of_groups(ctx, &Degrees::new(ctx, self.arcs)?, &of)?;
                let groups = Some(Groups::new(ctx, of)?);
                Ok(Standing { given: self, merged: None, groups, units: count, degrees, start })
            }
        }
    }

    /// The level of a coarse graph.
    fn on(self, ctx: &JobContext, merged: Merged, start: Option<Buf<u32>>) -> Result<Standing<'a>, Stop> {
        let degrees = Degrees::new(ctx, merged.graph.arcs())?;
        let units = merged.graph.arcs().vertices();
        Ok(Standing { given: self, merged: Some(merged), groups: None, units, degrees, start })
    }

    /// Makes the coarse graph of parts of a graph, beside so many bytes that are held; gives the parts back if that
    /// takes too much. With it are its numbers: those of the vertices, and the communities of the groups.
    fn merge(
        self,
        ctx: &JobContext,
        held: u64,
        graph: Arcs<'_>,
        parts: Parts,
    ) -> Result<Result<(Coarse, Parts), Parts>, Stop> {
        let Some(most) = self.free_bytes(held, graph, parts.count) else { return Ok(Err(parts)) };
        let Groups { of, chain } = Groups::new(ctx, parts.of)?;
        let numbered = Numbered::new(ctx, of, parts.count)?;
        let level = Level { arcs: graph, chain: Some(&chain) };
        let Some(coarse) = numbered.coarsen(ctx, level, self.is_whole, most)? else {
            return Ok(Err(Parts { of: numbered.into_firsts(ctx)?, ..parts }));
        };
        let Numbered { of, firsts } = numbered;
        let start = match parts.start {
            Some(start) => {
                Some(tabulate(ctx, firsts.len(), |group| of[start[firsts[group] as usize] as usize])?)
            }
            None => None,
        };
        Ok(Ok((coarse, Parts { of, start, ..parts })))
    }

    /// How many bytes the arcs of a coarse graph may take, for what is beside it while it is made and for levels on it
    /// to be within [`levels_bytes`]; none if its vertices alone are too many. Threads do not matter, as what is made
    /// must not depend on them.
    fn free_bytes(self, held: u64, graph: Arcs<'_>, groups: usize) -> Option<u64> {
        let (vertices, groups) = (self.arcs.vertices() as u64, groups as u64);
        // Groups and the communities they start in, and a list that is needed at first.
        let making = held + 16 * graph.vertices() as u64 + coarsen_bytes(groups);
        let after = 4 * vertices + level_bytes(groups);
        let beside = offsets_bytes(groups) + if making > after { making } else { after };
        levels_bytes(vertices, self.arcs.targets.len() as u64, 1).checked_sub(beside)
    }
}

impl Parts {
    /// The parts of the vertices of the given graph, from those of a coarse one.
    fn led(self, ctx: &JobContext, member: Buf<u32>) -> Result<Parts, Stop> {
        let start = match self.start {
            Some(start) => Some(by_first(ctx, lead(ctx, ctx.alloc_copy(&member)?, &start)?)?.0),
            None => None,
        };
        let (of, count) = by_first(ctx, lead(ctx, member, &self.of)?)?;
        Ok(Parts { of, count, start })
    }
}

/// The group of each vertex of the given graph: that of the vertex of the coarse graph that it belongs to.
fn lead(ctx: &JobContext, mut member: Buf<u32>, groups: &[u32]) -> Result<Buf<u32>, Stop> {
    let cuts = even_cuts(member.len(), VERTEX_CHUNK);
    ctx.par_fill(&mut member, &cuts, |_, part, _| {
        for slot in part {
            *slot = groups[*slot as usize];
        }
        Ok::<_, Stop>(())
    })?;
    Ok(member)
}

/// The communities of the vertices of the given graph, from those of a level's.
pub(super) fn follow(
    ctx: &JobContext,
    merged: Option<Merged>,
    community: Buf<u32>,
) -> Result<Buf<u32>, Stop> {
    match merged {
        Some(Merged { member, .. }) => lead(ctx, member, &community),
        None => Ok(community),
    }
}
