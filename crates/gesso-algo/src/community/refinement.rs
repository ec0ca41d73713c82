//! Refinement of a partition: within each community, vertices start alone and join a part of it that they
//! are well connected to. Parts are connected, which communities after moves of single vertices need not be.
//!
//! Source: Traag, Waltman, van Eck: "From Louvain to Leiden: guaranteeing well-connected communities", 2019.
//! Where the paper draws a part at random, the one of highest gain is taken, so that no seed is needed.

use super::modularity_sum::Degrees;
use crate::arcs::Arcs;
use crate::rows::tabulate;
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Bytes of [`refine`], its result included.
pub(super) const fn refine_bytes(vertices: u64) -> u64 {
    (4 + 8 + 8 + 8 + 8 + 4 + 1) * vertices
}

struct Refining<'a> {
    arcs: Arcs<'a>,
    degrees: &'a Degrees,
    pull: f64,
    whole: &'a [u32],
    /// Sum of the degrees of each community of the whole.
    whole_sums: Buf<f64>,
    /// The part of each vertex: the number of one of its vertices.
    part: Buf<u32>,
    /// Sum of the degrees of each part.
    sums: Buf<f64>,
    /// Weight of the arcs from each part to the rest of its community.
    outward: Buf<f64>,
    /// 1 for parts of more than one vertex.
    joined: Buf<u8>,
    weights: Buf<f64>,
    list: Buf<u32>,
}

/// Parts of the communities of a partition.
pub(super) fn refine(
    ctx: &JobContext,
    arcs: Arcs<'_>,
    degrees: &Degrees,
    resolution: f64,
    whole: &[u32],
) -> Result<Buf<u32>, Stop> {
    let len = arcs.vertices();
    let mut whole_sums = ctx.alloc(len, 0f64)?;
    let mut tick = ctx.tick();
    for (v, c) in whole.iter().enumerate() {
        tick.spend(1)?;
        whole_sums[*c as usize] += degrees.degree[v];
    }
    let mut refining = Refining {
        arcs,
        degrees,
        pull: resolution / degrees.total,
        whole,
        whole_sums,
        part: tabulate(ctx, len, |v| v as u32)?,
        sums: tabulate(ctx, len, |v| degrees.degree[v])?,
        outward: ctx.alloc(len, 0f64)?,
        joined: ctx.alloc(len, 0u8)?,
        weights: ctx.alloc(len, 0f64)?,
        list: ctx.alloc(len, 0u32)?,
    };
    for v in 0..len as u32 {
        refining.outward[v as usize] = refining.inward(v, &mut tick)?;
    }
    for v in 0..len as u32 {
        refining.place(v, &mut tick)?;
    }
    Ok(refining.part)
}

impl Refining<'_> {
    /// Weight of the arcs of a vertex to others of its community.
    fn inward(&self, v: u32, tick: &mut Tick<'_>) -> Result<f64, Stop> {
        let own = self.whole[v as usize];
        let mut sum = 0.0;
        self.arcs.for_each(v, tick, |t, w| {
            sum += if t != v && self.whole[t as usize] == own { w } else { 0.0 };
        })?;
        Ok(sum)
    }

    /// Whether something of these degrees and this weight towards the rest is well connected to its community.
    fn is_well_connected(&self, outward: f64, degrees: f64, whole: u32) -> bool {
        outward >= self.pull * degrees * (self.whole_sums[whole as usize] - degrees)
    }

    /// Lets a vertex that is still alone join the best part.
    fn place(&mut self, v: u32, tick: &mut Tick<'_>) -> Result<(), Stop> {
        let at = v as usize;
        let (own, degree) = (self.whole[at], self.degrees.degree[at]);
        // What others joined is alone no more, and keeps its number.
        if self.joined[at] != 0 || !self.is_well_connected(self.outward[at], degree, own) {
            return Ok(());
        }
        let found = self.gather(v, tick)?;
        let (mut best, mut top, mut near) = (v, 0.0, 0.0);
        for i in 0..found {
            let part = self.list[i];
            let weight = std::mem::take(&mut self.weights[part as usize]);
            let (sums, outward) = (self.sums[part as usize], self.outward[part as usize]);
            let gain = weight - self.pull * degree * sums;
            let is_better = gain > top || (gain >= top && best != v && part < best);
            if part != v && is_better && self.is_well_connected(outward, sums, own) {
                (best, top, near) = (part, gain, weight);
            }
        }
        if best != v {
            let to = best as usize;
            self.part[at] = best;
            self.sums[to] += degree;
            self.outward[to] += self.outward[at] - 2.0 * near;
            self.joined[to] = 1;
            self.joined[at] = 1;
        }
        Ok(())
    }

    /// Sums the weights of a vertex's arcs to each part of its community. Returns how many parts.
    fn gather(&mut self, v: u32, tick: &mut Tick<'_>) -> Result<usize, Stop> {
        let own = self.whole[v as usize];
        let mut found = 0;
        let (whole, part, weights, list) =
            (self.whole, &self.part, &mut self.weights[..], &mut self.list[..]);
        self.arcs.for_each(v, tick, |t, w| {
            if t == v || whole[t as usize] != own {
                return;
            }
            let part = part[t as usize];
            let slot = &mut weights[part as usize];
            // Without a branch, which could not be foretold. A vertex has fewer other vertices than there are slots.
            list[found] = part;
            found += usize::from(*slot == 0.0);
            *slot += w;
        })?;
        Ok(found)
    }
}
