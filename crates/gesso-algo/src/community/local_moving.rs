//! Moves of single vertices to the neighbouring community that raises modularity most.
//!
//! Vertices are looked at in batches of a fixed size: within a batch they all see the communities as the batch
//! found them, in parallel; then the moves are made one after another in vertex order, each only if it still
//! gains. Small graphs have batches of one vertex, which is the method as published; on large ones a batch is a
//! thousandth of the graph, so hardly any two of it are neighbours. The batches do not depend on threads,
//! and so neither does the answer.
//!
//! After two sweeps a vertex is looked at again only after a neighbour moved. Sources: Blondel et al.: "Fast unfolding of
//! communities in large networks", 2008; Ozaki, Tezuka, Inaba: "A Simple Acceleration Method for the Louvain
//! Algorithm", 2016, for looking only where something changed.

use super::modularity_sum::Degrees;
use crate::arcs::{Arcs, pieces};
use crate::rows::tabulate;
use crate::scratch::Scratch;
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Plain, Stop, Tick};
use std::ops::Range;

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
    /// No sweep has ended. Hardly a vertex has no neighbour that moves in the first one, so all stay open.
    is_first: bool,
    weights: Weights,
    lists: Scratch<u32>,
}

/// Weights from a vertex to each community, for each thread.
enum Weights {
    /// Arcs are counted: adding to whole numbers does not keep the next arc waiting.
    Counts(Scratch<u32>),
    Sums(Scratch<f64>),
}

/// A weight to a community.
trait Near: Plain + Into<f64> {
    fn add(&mut self, weight: f64);
}

impl Near for u32 {
    #[inline]
    fn add(&mut self, _: f64) {
        *self += 1;
    }
}

impl Near for f64 {
    #[inline]
    fn add(&mut self, weight: f64) {
        *self += weight;
    }
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
        let (len, is_first) = (arcs.vertices(), start.is_none());
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
        let has_others = |v: usize| arcs.row(v as u32).iter().any(|t| *t as usize != v);
        let open = tabulate(ctx, len, |v| u8::from(has_others(v)))?;
        let lists = Scratch::new(ctx, len)?;
        let weights = match arcs.weights() {
            None if u32::try_from(arcs.targets.len()).is_ok() => Weights::Counts(Scratch::new(ctx, len)?),
            _ => Weights::Sums(Scratch::new(ctx, len)?),
        };
        Ok(Moving { ctx, arcs, degrees, resolution, community, sums, open, is_first, weights, lists })
    }

    /// Looks at every open vertex once. Returns the gain in modularity, as far as the batches knew.
    pub(super) fn sweep(&mut self) -> Result<f64, Stop> {
        let len = self.arcs.vertices();
        let batches = even_cuts(len, len.div_ceil(BATCHES));
        let mut gain = 0.0;
        for batch in batches.windows(2) {
            self.ctx.checkpoint()?;
            if !self.open[batch[0]..batch[1]].contains(&1) {
                continue;
            }
            let cuts: Vec<usize> =
                even_cuts(batch[1] - batch[0], CHUNK).iter().map(|at| batch[0] + at).collect();
            let proposals = self.ctx.par_ranges(&cuts, |range, tick| self.look(range, tick))?;
            if !self.is_first {
                self.open[batch[0]..batch[1]].fill(0);
            }
            let mut tick = self.ctx.tick();
            for proposal in proposals.into_iter().flatten() {
                gain += self.apply(&proposal, &mut tick)?;
            }
        }
        self.is_first = false;
        Ok(gain)
    }

    /// Best moves of the open vertices of a range.
    fn look(&self, range: Range<usize>, tick: &mut Tick<'_>) -> Result<Vec<Proposal>, Stop> {
        match &self.weights {
            Weights::Counts(counts) => self.look_with(counts, range, tick),
            Weights::Sums(sums) => self.look_with(sums, range, tick),
        }
    }

    fn look_with<N: Near>(
        &self,
        weights: &Scratch<N>,
        range: Range<usize>,
        tick: &mut Tick<'_>,
    ) -> Result<Vec<Proposal>, Stop> {
        weights.with(|weights| {
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
    fn best<N: Near>(
        &self,
        v: u32,
        weights: &mut [N],
        list: &mut [u32],
        tick: &mut Tick<'_>,
    ) -> Result<Option<Proposal>, Stop> {
        let mut found = 0;
        // Looked up once: an array decides at each use where it lives.
        let (community, sums): (&[u32], &[f64]) = (&self.community, &self.sums);
        self.arcs.for_each(v, tick, |t, w| {
            if t == v {
                return;
            }
            let c = community[t as usize];
            let slot = &mut weights[c as usize];
            // Without a branch, which could not be foretold. A vertex has fewer other vertices than there are slots.
            list[found] = c;
            found += usize::from(*slot == N::default());
            slot.add(w);
        })?;
        let own = community[v as usize];
        let (near, degree) = (weights[own as usize].into(), self.degrees.degree[v as usize]);
        let pull = self.resolution * degree / self.degrees.total;
        let stay = near - pull * (sums[own as usize] - degree);
        let (mut best, mut top) = (own, stay);
        for c in &list[..found] {
            let near: f64 = std::mem::take(&mut weights[*c as usize]).into();
            if *c == own {
                continue;
            }
            let score = near - pull * sums[*c as usize];
            if score > top || (score >= top && best != own && *c < best) {
                (best, top) = (*c, score);
            }
        }
        let closer = top + pull * sums[best as usize] - near;
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
        if self.is_first {
            tick.spend(1)?;
            return Ok(2.0 * gain / self.degrees.total);
        }
        let (community, open): (&[u32], &mut [u8]) = (&self.community, &mut self.open);
        for piece in pieces(self.arcs.row(v)) {
            tick.spend(1 + piece.len() as u64)?;
            for t in piece {
                open[*t as usize] |= u8::from(community[*t as usize] != proposal.to);
            }
        }
        Ok(2.0 * gain / self.degrees.total)
    }
}
