//! Moves of single vertices to the neighbouring community that raises modularity most.
//!
//! Vertices are looked at in batches of a fixed size: within a batch they all see the communities as the batch
//! found them, in parallel; then the moves are made one after another in vertex order, each only if it still
//! gains. Small graphs have batches of one vertex, which is the method as published; on large ones a batch is a
//! thousandth of the graph, so hardly any two of it are neighbours. The batches do not depend on threads,
//! and so neither does the answer.
//!
//! A vertex is looked at again only after a neighbour moved. Sources: Blondel et al.: "Fast unfolding of
//! communities in large networks", 2008; Ozaki, Tezuka, Inaba: "A Simple Acceleration Method for the Louvain
//! Algorithm", 2016, for looking only where something changed.

use super::modularity_sum::Degrees;
use crate::arcs::{Arcs, pieces};
use crate::rows::tabulate;
use crate::scratch::Scratch;
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Batches of a sweep.
const BATCHES: usize = 1024;
/// Vertices of a batch that one thread looks at.
const CHUNK: usize = 128;

/// Bytes of [`Moving`] and its scratch arrays.
pub(super) const fn moving_bytes(vertices: u64, threads: u64) -> u64 {
    (4 + 8 + 1) * vertices + 12 * vertices * threads
}

/// A partition that is being improved.
pub(super) struct Moving<'a> {
    ctx: &'a JobContext,
    arcs: Arcs<'a>,
    degrees: &'a Degrees,
    resolution: f64,
    /// The community of each vertex: the number of one of the vertices.
    pub(super) community: Buf<u32>,
    /// Sum of the degrees of each community.
    sums: Buf<f64>,
    /// 1 where a vertex is to be looked at.
    open: Buf<u8>,
    weights: Scratch<f64>,
    lists: Scratch<u32>,
}

/// A move that gains as far as its batch knows.
struct Proposal {
    vertex: u32,
    to: u32,
    /// Weight of the arcs to the new community less that to the old one.
    closer: f64,
}

impl<'a> Moving<'a> {
    /// Starts from a partition; from a community for each vertex if there is none.
    pub(super) fn new(
        ctx: &'a JobContext,
        arcs: Arcs<'a>,
        degrees: &'a Degrees,
        resolution: f64,
        start: Option<Buf<u32>>,
    ) -> Result<Moving<'a>, Stop> {
        let len = arcs.vertices();
        let community = match start {
            Some(start) => start,
            None => tabulate(ctx, len, |v| v as u32)?,
        };
        let mut sums = ctx.alloc(len, 0f64)?;
        let mut tick = ctx.tick();
        for (v, c) in community.iter().enumerate() {
            tick.spend(1)?;
            sums[*c as usize] += degrees.degree[v];
        }
        let open = ctx.alloc(len, 1u8)?;
        let (weights, lists) = (Scratch::new(ctx, len)?, Scratch::new(ctx, len)?);
        Ok(Moving { ctx, arcs, degrees, resolution, community, sums, open, weights, lists })
    }

    /// Looks at every open vertex once. Returns the gain in modularity, as far as the batches knew.
    pub(super) fn sweep(&mut self) -> Result<f64, Stop> {
        let len = self.arcs.vertices();
        let batches = even_cuts(len, len.div_ceil(BATCHES));
        let mut gain = 0.0;
        for batch in batches.windows(2) {
            let cuts: Vec<usize> =
                even_cuts(batch[1] - batch[0], CHUNK).iter().map(|at| batch[0] + at).collect();
            let proposals = self.ctx.par_ranges(&cuts, |range, tick| self.look(range, tick))?;
            self.open[batch[0]..batch[1]].fill(0);
            let mut tick = self.ctx.tick();
            for proposal in proposals.into_iter().flatten() {
                gain += self.apply(&proposal, &mut tick)?;
            }
        }
        Ok(gain)
    }

    /// Best moves of the open vertices of a range.
    fn look(&self, range: std::ops::Range<usize>, tick: &mut Tick<'_>) -> Result<Vec<Proposal>, Stop> {
        self.ctx.checkpoint()?;
        self.weights.with(|weights| {
            self.lists.with(|list| {
                let mut proposals = Vec::new();
                for v in range.filter(|v| self.open[*v] != 0) {
                    proposals.extend(self.best(v as u32, weights, list, tick)?);
                }
                Ok(proposals)
            })
        })
    }

    /// The move of a vertex that gains most; the smallest community of a tie. `weights` is zero before and after.
    fn best(
        &self,
        v: u32,
        weights: &mut [f64],
        list: &mut [u32],
        tick: &mut Tick<'_>,
    ) -> Result<Option<Proposal>, Stop> {
        let mut found = 0;
        self.arcs.for_each(v, tick, |t, w| {
            if t == v {
                return;
            }
            let c = self.community[t as usize];
            let slot = &mut weights[c as usize];
            if *slot == 0.0 {
                list[found] = c;
                found += 1;
            }
            *slot += w;
        })?;
        let own = self.community[v as usize];
        let (near, degree) = (weights[own as usize], self.degrees.degree[v as usize]);
        let pull = self.resolution * degree / self.degrees.total;
        let stay = near - pull * (self.sums[own as usize] - degree);
        let (mut best, mut top) = (own, stay);
        for c in &list[..found] {
            let near = std::mem::take(&mut weights[*c as usize]);
            if *c == own {
                continue;
            }
            let score = near - pull * self.sums[*c as usize];
            if score > top || (score >= top && best != own && *c < best) {
                (best, top) = (*c, score);
            }
        }
        let closer = top + pull * self.sums[best as usize] - near;
        Ok((best != own).then_some(Proposal { vertex: v, to: best, closer }))
    }

    /// Makes a move if it gains with the communities as they are now. Returns the gain.
    fn apply(&mut self, proposal: &Proposal, tick: &mut Tick<'_>) -> Result<f64, Stop> {
        let v = proposal.vertex;
        let degree = self.degrees.degree[v as usize];
        let (from, to) = (self.community[v as usize] as usize, proposal.to as usize);
        let heavier = self.sums[to] - (self.sums[from] - degree);
        let gain = proposal.closer - self.resolution * degree * heavier / self.degrees.total;
        if gain <= 0.0 {
            return Ok(0.0);
        }
        self.sums[from] -= degree;
        self.sums[to] += degree;
        self.community[v as usize] = proposal.to;
        for piece in pieces(self.arcs.row(v)) {
            tick.spend(1 + piece.len() as u64)?;
            for t in piece.iter().filter(|t| self.community[**t as usize] != proposal.to) {
                self.open[*t as usize] = 1;
            }
        }
        Ok(2.0 * gain / self.degrees.total)
    }
}
