//! Earliest arrivals at all vertices that a walk of at most k hops reaches.
//!
//! In rounds: round h goes on from the vertices at which round h - 1 arrived earlier than any before, at the time
//! at which it did. Source: Wu, Cheng, Huang, Ke, Lu, Xu: Path Problems in Temporal Graphs, 2014. Work
//! O(k·E) for what is reached; 28 bytes a vertex, of which only what is reached becomes resident.

use super::interval::Walking;
use gesso_core::{Buf, JobContext, Pile, Stop, VertexIx};

/// The arrivals.
pub(super) struct Arrivals {
    /// One more than the hops of the earliest arrival; 0 where none is.
    hops: Buf<u32>,
    time: Buf<i64>,
    before: Buf<u32>,
    /// One more than the fewest hops, and the earliest arrival with them.
    fewest: Buf<u32>,
    fewest_time: Buf<i64>,
    /// What was reached, in no order.
    pub reached: Pile<u32>,
}

impl Arrivals {
    /// Searches from a vertex.
    pub(super) fn of(ctx: &JobContext, walking: Walking<'_>, source: u32, k: u32) -> Result<Arrivals, Stop> {
        let bound = walking.snapshot.vertex_bound() as usize;
        let mut found = Arrivals {
            hops: ctx.alloc(bound, 0)?,
            time: ctx.alloc(bound, 0)?,
            before: ctx.alloc(bound, 0)?,
            fewest: ctx.alloc(bound, 0)?,
            fewest_time: ctx.alloc(bound, 0)?,
            reached: Pile::new(ctx)?,
        };
        let start = walking.times.start;
        let (at, mut tick) = (source as usize, ctx.tick());
        (found.hops[at], found.time[at]) = (1, start);
        (found.fewest[at], found.fewest_time[at]) = (1, start);
        found.reached.push(ctx, source)?;
        let mut front: Pile<(u32, i64)> = Pile::new(ctx)?;
        front.push(ctx, (source, start))?;
        ctx.phase("walk", 1.0, u64::from(k));
        for round in 1..=k {
            let mut improved: Pile<u32> = Pile::new(ctx)?;
            for (from, time) in front.iter().copied() {
                walking.onwards(from, &mut tick, |_, to, (first, last)| {
                    let arrival = time.max(first);
                    if time <= last && found.improve(walking, from, to, arrival, round) {
                        improved.push(ctx, to)?;
                    }
                    Ok(())
                })?;
            }
            front.clear();
            for v in improved.iter().copied() {
                tick.spend(1)?;
                let at = v as usize;
                if found.fewest[at] == 0 {
                    (found.fewest[at], found.fewest_time[at]) = (round + 1, found.time[at]);
                    found.reached.push(ctx, v)?;
                }
                front.push(ctx, (v, found.time[at]))?;
            }
            ctx.advance(1);
            if front.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// Takes an arrival if it is the earliest so far; of equal ones of a round the one from the smaller id.
    /// True if it is the first that the round improves the vertex by.
    fn improve(&mut self, walking: Walking<'_>, from: u32, to: u32, arrival: i64, round: u32) -> bool {
        let at = to as usize;
        let was = self.hops[at];
        if was == 0 || arrival < self.time[at] {
            (self.hops[at], self.time[at], self.before[at]) = (round + 1, arrival, from);
            return was != round + 1;
        }
        if was == round + 1 && arrival == self.time[at] {
            let id = |v: u32| walking.snapshot.id(VertexIx(v));
            if id(from) < id(self.before[at]) {
                self.before[at] = from;
            }
        }
        false
    }

    /// Hops and time of the earliest arrival, if there is one.
    pub(super) fn earliest(&self, v: u32) -> Option<(u32, i64)> {
        let at = v as usize;
        self.hops[at].checked_sub(1).map(|hops| (hops, self.time[at]))
    }

    /// The fewest hops, and the earliest arrival with them.
    pub(super) fn fewest(&self, v: u32) -> Option<(u32, i64)> {
        let at = v as usize;
        self.fewest[at].checked_sub(1).map(|hops| (hops, self.fewest_time[at]))
    }

    /// The vertex before on the walk of the earliest arrival; none for the source.
    pub(super) fn before(&self, v: u32) -> Option<u32> {
        (self.hops[v as usize] > 1).then(|| self.before[v as usize])
    }
}
