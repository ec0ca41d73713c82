//! A graph whose vertices are groups of vertices of another.

use super::level::{Level, Near, list_bytes, list_len};
use crate::arcs::{Arcs, Weight, pieces};
use crate::rows::{ARC_CHUNK, fill_rows};
use crate::scratch::Scratch;
use gesso_core::ctx::work_cuts;
use gesso_core::{Buf, JobContext, Stop, Tick};
use gesso_graph::projection::{WeightSlice, Weights};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Arcs between groups by summed weight, and a loop with the weight inside each. Sums of whole weights that need more
/// than a byte are divided among several arcs.
pub(super) struct Coarse {
    offsets: Buf<u64>,
    targets: Buf<u32>,
    weights: Weights,
    /// Bytes held.
    pub(super) size_bytes: u64,
}

/// Bytes of a [`Coarse`] but for its arcs.
pub(super) const fn offsets_bytes(groups: u64) -> u64 {
    8 * (groups + 1)
}

/// Bytes that making one takes beside it, with one thread.
pub(super) const fn coarsen_bytes(groups: u64) -> u64 {
    // First vertices, sums and a list. Counts of arcs and notes are gone by then.
    4 * groups + 8 * groups + list_bytes(groups)
}

impl Coarse {
    pub(super) fn arcs(&self) -> Arcs<'_> {
        Arcs::new(&self.offsets, &self.targets, Some(self.weights.as_slice()))
    }
}

/// A number that the sums of weights to groups are kept in.
trait Kept: Weight {
    /// The number that weights are added up in.
    type Sum: Near;

    /// Calls `keep` with numbers that add up to the weight.
    fn divide(weight: f64, keep: impl FnMut(Self));
}

impl Kept for f64 {
    type Sum = f64;

    #[inline]
    fn divide(weight: f64, mut keep: impl FnMut(f64)) {
        keep(weight);
    }
}

impl Kept for u8 {
    type Sum = u32;

    #[inline]
    fn divide(weight: f64, mut keep: impl FnMut(u8)) {
        let mut rest = weight as u32;
        while rest > 0 {
            let part = rest.min(u32::from(u8::MAX));
            keep(part as u8);
            rest -= part;
        }
    }
}

const BYTE_MAX: u64 = u8::MAX as u64;

/// Groups in the order of their first vertices, numbered from 0.
pub(super) struct Numbered {
    /// The number of the group of each vertex.
    pub(super) of: Buf<u32>,
    /// The first vertex of each group.
    pub(super) firsts: Buf<u32>,
}

impl Numbered {
    /// Numbers `count` groups that have the numbers of their first vertices.
    pub(super) fn new(ctx: &JobContext, mut of: Buf<u32>, count: usize) -> Result<Numbered, Stop> {
        let mut firsts = ctx.alloc(count, 0u32)?;
        let (mut tick, mut numbered) = (ctx.tick(), 0);
        for v in 0..of.len() {
            tick.spend(1)?;
            let first = of[v] as usize;
            // Vertices before this one have numbers from 0 on in place of first vertices already.
            of[v] = if first == v { numbered } else { of[first] };
            if first == v {
                firsts[numbered as usize] = v as u32;
                numbered += 1;
            }
        }
        Ok(Numbered { of, firsts })
    }

    /// Back to the numbers of first vertices.
    pub(super) fn into_firsts(mut self, ctx: &JobContext) -> Result<Buf<u32>, Stop> {
        let mut tick = ctx.tick();
        for group in self.of.iter_mut() {
            tick.spend(1)?;
            *group = self.firsts[*group as usize];
        }
        Ok(self.of)
    }

    /// Makes the graph of the groups, unless its arcs need more than `most` bytes. Rows are in the order in which
    /// members meet other groups, those of very many groups in the order of numbers. `is_whole` says that sums of weights
    /// are whole numbers of 32 bits.
    pub(super) fn coarsen(
        &self,
        ctx: &JobContext,
        level: Level<'_>,
        is_whole: bool,
        most: u64,
    ) -> Result<Option<Coarse>, Stop> {
        let cuts = self.cuts(ctx, level.arcs)?;
        let arc_bytes = if is_whole { 4 + 1 } else { 4 + 8 };
        let Some(mut offsets) = self.count(ctx, level, &cuts, most / arc_bytes)? else { return Ok(None) };
        let slots = offsets[self.firsts.len()];
        let (targets, weights) = if is_whole {
            let (mut targets, mut weights) = self.fill::<u8>(ctx, level, &offsets, &cuts)?;
            close_gaps(ctx, &mut offsets, &mut targets, &mut weights)?;
            (targets, Weights::Bytes(weights.share()))
        } else {
            let (targets, weights) = self.fill::<f64>(ctx, level, &offsets, &cuts)?;
            (targets, Weights::Doubles(weights.share()))
        };
        let size_bytes = offsets_bytes(self.firsts.len() as u64) + arc_bytes * slots;
        Ok(Some(Coarse { offsets, targets, weights, size_bytes }))
    }

    /// Targets and weights of all rows. Slots that a row leaves have a weight of 0.
    fn fill<K: Kept>(
        &self,
        ctx: &JobContext,
        level: Level<'_>,
        offsets: &[u64],
        cuts: &[usize],
    ) -> Result<(Buf<u32>, Buf<K>), Stop> {
        let count = self.firsts.len();
        let (sums, lists) = (Scratch::<K::Sum>::new(ctx, count)?, Scratch::<u32>::new(ctx, list_len(count))?);
        let mut targets = ctx.alloc(offsets[count] as usize, 0u32)?;
        let mut weights = ctx.alloc(offsets[count] as usize, K::default())?;
        let slots = targets.as_atomics();
        fill_rows(ctx, offsets, cuts, &mut weights, |range, part, tick| {
            let first = offsets[range.start];
            let slots = &slots[first as usize..offsets[range.end] as usize];
            sums.with(|sums| {
                lists.with(|list| {
                    for group in range {
                        let (found, loops) = self.gather(level, group, sums, list, tick)?;
                        let mut at = (offsets[group] - first) as usize;
                        let mut take = |other: u32, sum: &mut K::Sum| {
                            let weight: f64 = std::mem::take(sum).into();
                            // Arcs inside were met from both ends, loops once.
                            let is_inside = other as usize == group;
                            let weight = if is_inside { f64::midpoint(weight, loops) } else { weight };
                            K::divide(weight, |weight| {
                                part[at] = weight;
                                // Relaxed: each slot has one writer, and readers come after the loop.
                                slots[at].store(other, Relaxed);
                                at += 1;
                            });
                        };
                        if found < list.len() {
                            list[..found].iter().for_each(|other| take(*other, &mut sums[*other as usize]));
                            continue;
                        }
                        for (other, sum) in sums.iter_mut().enumerate() {
                            tick.spend(1)?;
                            if *sum != K::Sum::default() {
                                take(other as u32, sum);
                            }
                        }
                    }
                    Ok(())
                })
            })
        })?;
        Ok((targets, weights))
    }

    /// Cuts of the groups into ranges of about the same number of arcs.
    fn cuts(&self, ctx: &JobContext, arcs: Arcs<'_>) -> Result<Vec<usize>, Stop> {
        let mut before = ctx.alloc(self.firsts.len() + 1, 0u64)?;
        let mut tick = ctx.tick();
        for (v, group) in self.of.iter().enumerate() {
            tick.spend(1)?;
            before[*group as usize + 1] += arcs.degree(v as u32);
        }
        add_up(ctx, &mut before)?;
        Ok(work_cuts(&before, ARC_CHUNK))
    }

    /// Where the arcs of each group can begin; none if there can be more than `arcs_max`.
    fn count(
        &self,
        ctx: &JobContext,
        level: Level<'_>,
        cuts: &[usize],
        arcs_max: u64,
    ) -> Result<Option<Buf<u64>>, Stop> {
        let count = self.firsts.len();
        let mut offsets = ctx.alloc(count + 1, 0u64)?;
        // Notes of who met a group last: numbers from 1 on, which no two groups share.
        let notes = Scratch::<u32>::new(ctx, count)?;
        let all = AtomicU64::new(0);
        ctx.par_fill(&mut offsets[1..], cuts, |range, part, tick| {
            notes.with(|last| {
                // Relaxed: once there are too many, it does not matter who sees it when.
                for (group, slot) in range.zip(part).take_while(|_| all.load(Relaxed) <= arcs_max) {
                    *slot = self.meet(level, group, last, tick)?;
                    all.fetch_add(*slot, Relaxed);
                }
                Ok::<_, Stop>(())
            })
        })?;
        if all.into_inner() > arcs_max {
            return Ok(None);
        }
        add_up(ctx, &mut offsets)?;
        Ok(Some(offsets))
    }

    /// How many arcs a group needs at most: one for each group that its members meet, and where weights are whole one for
    /// each time that their sum is beyond a byte. `last` notes by whom each was met last.
    fn meet(
        &self,
        level: Level<'_>,
        group: usize,
        last: &mut [u32],
        tick: &mut Tick<'_>,
    ) -> Result<u64, Stop> {
        let (of, own): (&[u32], u32) = (&self.of, group as u32 + 1);
        let (mut found, mut sum) = (0, 0);
        for v in level.members(self.firsts[group]) {
            for piece in pieces(level.arcs.row(v)) {
                tick.spend(1 + piece.len() as u64)?;
                for t in piece {
                    let slot = &mut last[of[*t as usize] as usize];
                    found += u64::from(*slot != own);
                    *slot = own;
                }
            }
            sum += match level.arcs.weights() {
                None => level.arcs.degree(v),
                Some(WeightSlice::Bytes(weights)) => level
                    .arcs
                    .pieces_of(weights, v)
                    .flat_map(|(_, weights)| weights)
                    .map(|w| u64::from(*w))
                    .sum(),
                Some(_) => 0,
            };
        }
        Ok(found + sum / BYTE_MAX)
    }

    /// Sums the weights from a group's members to each group, and lists these as far as the list goes. Returns how many
    /// there are, and the weight of loops.
    fn gather<N: Near>(
        &self,
        level: Level<'_>,
        group: usize,
        sums: &mut [N],
        list: &mut [u32],
        tick: &mut Tick<'_>,
    ) -> Result<(usize, f64), Stop> {
        let (of, last): (&[u32], usize) = (&self.of, list.len() - 1);
        let (mut found, mut loops) = (0, 0.0);
        for v in level.members(self.firsts[group]) {
            level.arcs.for_each(v, tick, |t, w| {
                let group = of[t as usize];
                let slot = &mut sums[group as usize];
                // Without a branch, which could not be foretold.
                list[found.min(last)] = group;
                found += usize::from(*slot == N::default());
                slot.add(w);
                loops += if t == v { w } else { 0.0 };
            })?;
        }
        Ok((found, loops))
    }
}

/// Moves rows together over slots that have a weight of 0.
fn close_gaps(
    ctx: &JobContext,
    offsets: &mut [u64],
    targets: &mut Buf<u32>,
    weights: &mut Buf<u8>,
) -> Result<(), Stop> {
    let (mut tick, mut end, mut start) = (ctx.tick(), 0, 0);
    for next in &mut offsets[1..] {
        let row = start..*next as usize;
        start = *next as usize;
        let len = weights[row.clone()].iter().rposition(|w| *w != 0).map_or(0, |last| last + 1);
        for from in row.clone().take(len).step_by(ARC_CHUNK as usize) {
            let part = from..(from + ARC_CHUNK as usize).min(row.start + len);
            tick.spend(1 + part.len() as u64 / 8)?;
            if from != end {
                weights.copy_within(part.clone(), end);
                targets.copy_within(part.clone(), end);
            }
            end += part.len();
        }
        *next = end as u64;
    }
    weights.truncate(end);
    targets.truncate(end);
    Ok(())
}

/// Turns counts, each behind its place, into where each begins.
fn add_up(ctx: &JobContext, counts: &mut [u64]) -> Result<(), Stop> {
    let mut tick = ctx.tick();
    let mut sum = 0;
    for count in counts {
        tick.spend(1)?;
        sum += *count;
        *count = sum;
    }
    Ok(())
}
