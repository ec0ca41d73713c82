//! Refinement of a partition: within each community, vertices start alone and join a part of it that they
//! are well connected to. Parts are connected, which communities after moves of single vertices need not be.
//!
//! Source: Traag, Waltman, van Eck: "From Louvain to Leiden: guaranteeing well-connected communities", 2019.
//! Where the paper draws a part at random, the one of highest gain is taken, so that no seed is needed.

use super::level::{Groups, Level, list_bytes, list_len};
use super::modularity_sum::Degrees;
use crate::arcs::Arcs;
use crate::rows::{ARC_CHUNK, tabulate};
use gesso_core::ctx::work_cuts;
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Bytes of [`refine`] beside what it is given. Without groups parts take as much as those would.
pub(super) const fn refine_bytes(vertices: u64) -> u64 {
    (8 + 8 + 1) * vertices + list_bytes(vertices)
}

struct Refining<'a> {
    level: Level<'a>,
    pull: f64,
    whole: &'a [u32],
    /// The part of each vertex: the number of one of its vertices.
    part: Buf<u32>,
    /// Sum of the degrees of each part.
    sums: Buf<f64>,
    /// By how much each part is better connected to the rest of its community than by chance: the weight of its arcs
    /// there, less the product of both degrees. Below 0 it is not well connected.
    slack: Buf<f64>,
    /// 1 for parts that something joined.
    joined: Buf<u8>,
    weights: Buf<f64>,
    list: Buf<u32>,
}

/// Parts of the communities of a partition of vertices, or of groups of them.
pub(super) fn refine(
    ctx: &JobContext,
    arcs: Arcs<'_>,
    groups: Option<Groups>,
    degrees: Degrees,
    resolution: f64,
    whole: &[u32],
) -> Result<Buf<u32>, Stop> {
    let len = arcs.vertices();
    let (part, chain) = match groups {
        None => (tabulate(ctx, len, |v| v as u32)?, None),
        Some(groups) => (groups.of, Some(groups.chain)),
    };
    let level = Level { arcs, chain: chain.as_ref() };
    let pull = resolution / degrees.total;
    let slack = slack(ctx, level, &part, whole, &degrees, pull)?;
    let mut refining = Refining {
        level,
        pull,
        whole,
        part,
        sums: degrees.degree,
        slack,
        joined: ctx.alloc(len, 0u8)?,
        weights: ctx.alloc(len, 0f64)?,
        list: ctx.alloc(list_len(len), 0u32)?,
    };
    let mut tick = ctx.tick();
    for v in 0..len as u32 {
        refining.place(v, &mut tick)?;
    }
    Ok(refining.part)
}

/// How much better than by chance each part is connected to the rest of its community.
fn slack(
    ctx: &JobContext,
    level: Level<'_>,
    part: &[u32],
    whole: &[u32],
    degrees: &Degrees,
    pull: f64,
) -> Result<Buf<f64>, Stop> {
    let mut whole_sums = ctx.alloc(whole.len(), 0f64)?;
    let mut tick = ctx.tick();
    for (c, degree) in whole.iter().zip(degrees.degree.iter()) {
        tick.spend(1)?;
        whole_sums[*c as usize] += degree;
    }
    let mut slack = ctx.alloc(whole.len(), 0f64)?;
    ctx.par_fill(&mut slack, &work_cuts(level.arcs.offsets, ARC_CHUNK), |range, slots, tick| {
        for (v, slot) in range.zip(slots).filter(|(v, _)| part[*v] as usize == *v) {
            tick.spend(1)?;
            let (own, degree) = (whole[v], degrees.degree[v]);
            let is_of_whole = |t: u32| whole[t as usize] == own;
            let mut inward = 0.0;
            let mut add = |is_inward: bool, w: f64| inward += if is_inward { w } else { 0.0 };
            match level.chain {
                None => level.for_each(v as u32, tick, |t, w| add(is_of_whole(t) && t as usize != v, w))?,
                Some(_) => level.for_each(v as u32, tick, |t, w| {
                    add(is_of_whole(t) && part[t as usize] as usize != v, w);
                })?,
            }
            *slot = inward - pull * degree * (whole_sums[own as usize] - degree);
        }
        Ok::<_, Stop>(())
    })?;
    Ok(slack)
}

impl Refining<'_> {
    /// Lets a vertex or group that is still alone join the best part.
    fn place(&mut self, v: u32, tick: &mut Tick<'_>) -> Result<(), Stop> {
        tick.spend(1)?;
        let at = v as usize;
        // What others joined is alone no more, and keeps its number.
        if self.part[at] != v || self.joined[at] != 0 || self.slack[at] < 0.0 {
            return Ok(());
        }
        let found = self.gather(v, tick)?;
        let pull = self.pull * self.sums[at];
        let (sums, slack) = (&self.sums[..], &self.slack[..]);
        let (mut best, mut top) = (v, 0.0);
        let mut weigh = |part: u32, near: f64| {
            let gain = near - pull * sums[part as usize];
            let is_better = gain > top || (gain >= top && best != v && part < best);
            if is_better && slack[part as usize] >= 0.0 {
                (best, top) = (part, gain);
            }
        };
        if found < self.list.len() {
            for part in &self.list[..found] {
                weigh(*part, std::mem::take(&mut self.weights[*part as usize]));
            }
        } else {
            for (part, near) in self.weights.iter_mut().enumerate() {
                tick.spend(1)?;
                if *near != 0.0 {
                    weigh(part as u32, std::mem::take(near));
                }
            }
        }
        if best != v {
            self.join(v, best, top, tick)?;
        }
        Ok(())
    }

    /// Lets a vertex or group join a part, which gains so much.
    fn join(&mut self, v: u32, part: u32, gain: f64, tick: &mut Tick<'_>) -> Result<(), Stop> {
        let (from, to) = (v as usize, part as usize);
        for member in self.level.members(v) {
            tick.spend(1)?;
            self.part[member as usize] = part;
        }
        // Of both slacks, the arcs between the two are no more outward, nor is their product of degrees: once
        // from each side, which is what is gained.
        self.slack[to] += self.slack[from] - 2.0 * gain;
        self.sums[to] += self.sums[from];
        self.joined[to] = 1;
        Ok(())
    }

    /// Sums the weights of the arcs to each other part of the community, and lists these as far as the list goes.
    /// Returns how many there are.
    fn gather(&mut self, v: u32, tick: &mut Tick<'_>) -> Result<usize, Stop> {
        let own = self.whole[v as usize];
        let (mut found, last) = (0, self.list.len() - 1);
        let (whole, part) = (self.whole, &self.part[..]);
        let (weights, list) = (&mut self.weights[..], &mut self.list[..]);
        self.level.for_each(v, tick, |t, w| {
            let part = part[t as usize];
            if part == v || whole[t as usize] != own {
                return;
            }
            let slot = &mut weights[part as usize];
            // Without a branch, which could not be foretold.
            list[found.min(last)] = part;
            found += usize::from(*slot == 0.0);
            *slot += w;
        })?;
        Ok(found)
    }
}
