//! The first n matches in the order of their ids, of matches that come in groups: each group in any order, and
//! after all that come before it.

use crate::sorting::sort_by_key;
use gesso_core::{Buf, JobContext, Pile, Stop, VertexIx};
use gesso_graph::Snapshot;
use std::cmp::Ordering;

/// Matches of `width` vertices each.
pub(super) struct Ranking<'a> {
    snapshot: &'a Snapshot,
    width: usize,
    most: usize,
    /// Matches in order, one behind another.
    kept: Pile<u32>,
    /// Matches of the present group, in no order.
    fresh: Pile<u32>,
}

/// Matches of one group that may lie about beyond those that can be kept.
const SPARE: usize = 4096;

/// A match, ordered by its ids.
struct ById<'a>(&'a Snapshot, &'a [u32]);

impl<'a> Ranking<'a> {
    pub(super) fn new(
        ctx: &JobContext,
        snapshot: &'a Snapshot,
        width: usize,
        most: usize,
    ) -> Result<Ranking<'a>, Stop> {
        Ok(Ranking { snapshot, width, most, kept: Pile::new(ctx)?, fresh: Pile::new(ctx)? })
    }

    /// True if no further match can be among the first.
    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= self.most * self.width
    }

    /// Takes a match.
    pub(super) fn offer(&mut self, ctx: &JobContext, found: &[u32]) -> Result<(), Stop> {
        if self.is_full() {
            return Ok(());
        }
        self.fresh.extend(ctx, found)?;
        let room = self.most - self.kept.len() / self.width;
        if self.fresh.len() / self.width >= 2 * room + SPARE {
            let first = self.first(ctx, room)?;
            self.fresh = first;
        }
        Ok(())
    }

    /// All matches of a group have come.
    pub(super) fn settle(&mut self, ctx: &JobContext) -> Result<(), Stop> {
        if self.fresh.is_empty() {
            return Ok(());
        }
        let room = self.most - self.kept.len() / self.width;
        if self.fresh.len() == self.width {
            self.kept.extend(ctx, &self.fresh)?;
        } else {
            let first = self.first(ctx, room)?;
            self.kept.extend(ctx, &first)?;
        }
        self.fresh.clear();
        Ok(())
    }

    /// The matches in order.
    pub(super) fn into_kept(self) -> Pile<u32> {
        self.kept
    }

    /// The first fresh matches, in order.
    fn first(&self, ctx: &JobContext, most: usize) -> Result<Pile<u32>, Stop> {
        let count = self.fresh.len() / self.width;
        let mut order: Buf<u32> = ctx.alloc(count, 0)?;
        for (i, slot) in order.iter_mut().enumerate() {
            *slot = i as u32;
        }
        let row = |i: u32| &self.fresh[i as usize * self.width..][..self.width];
        sort_by_key(ctx, &mut order, |i| ById(self.snapshot, row(i)))?;
        let (mut first, mut tick) = (Pile::new(ctx)?, ctx.tick());
        for i in order.iter().take(most) {
            tick.spend(1)?;
            first.extend(ctx, row(*i))?;
        }
        Ok(first)
    }
}

impl Ord for ById<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let id = |v: &u32| self.0.id(VertexIx(*v));
        self.1.iter().map(id).cmp(other.1.iter().map(id))
    }
}

impl PartialOrd for ById<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ById<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ById<'_> {}
