//! Moves of single vertices, or of groups as one, to the neighbouring community that raises modularity most.
//!
//! Vertices are looked at in batches: within a batch they all see the communities as the batch found them, in parallel;
//! then the moves are made one after another in vertex order, each only if it still gains. Small graphs have batches of one
//! vertex, which is the method as published; on large ones a batch is a thousandth of the graph, so hardly any two of it
//! are neighbours. Neighbours in one batch would move each to where the other was: where those with close numbers often
//! are neighbours, as on paths, grids and road networks, a batch has vertices that are far apart. The batches do not depend
//! on threads, and so neither does the answer.
//!
//! After two sweeps a vertex is looked at again only after a neighbour moved. Sources: Blondel et al.: "Fast unfolding of
//! communities in large networks", 2008; Ozaki, Tezuka, Inaba: "A Simple Acceleration Method for the Louvain
//! Algorithm", 2016, for looking only where something changed.

use super::level::{Groups, Level, Near, list_bytes, list_len};
use super::modularity_sum::Degrees;
use crate::arcs::{Arcs, pieces};
use crate::rows::tabulate;
use crate::scratch::Scratch;
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Batches of a sweep, and how far the vertices of a batch are apart where they are. A prime, as rows of a grid have the
/// same length each, which often is a round number.
const BATCHES: usize = 1021;
/// One of how many vertices is asked how close its neighbours are.
const ASKED: usize = 16;
/// Batches have vertices that are far apart if one of so many neighbours would be in the same one of close vertices.
const FEW: u64 = 64;
/// Vertices of a batch that one thread looks at.
const CHUNK: usize = 128;

/// Bytes of [`Moving`] and its scratch arrays, with one thread.
pub(super) const fn moving_bytes(vertices: u64) -> u64 {
    (4 + 8 + 1 + 8) * vertices + list_bytes(vertices)
}

/// A partition that is being improved.
pub(super) struct Moving<'a> {
    ctx: &'a JobContext,
    level: Level<'a>,
    /// The group of each vertex; none if each moves alone.
    groups: Option<&'a [u32]>,
    degrees: &'a Degrees,
    resolution: f64,
    /// The community of each vertex: the number of one of the vertices.
    pub(super) community: Buf<u32>,
    /// Sum of the degrees of each community.
    sums: Buf<f64>,
    /// 1 where a vertex or a group that begins with it is to be looked at.
    open: Buf<u8>,
    /// Batches have vertices that are far apart.
    is_spread: bool,
    /// No sweep has ended. Hardly a vertex has no neighbour that moves in the first one, so all stay open.
    is_first: bool,
    weights: Weights,
    lists: Scratch<u32>,
}

/// Weights from a vertex to each community, for each thread.
enum Weights {
    /// Where weights are whole: adding to whole numbers does not keep the next arc waiting.
    Counts(Scratch<u32>),
    Sums(Scratch<f64>),
}

/// A move that gains as far as its batch knows.
struct Proposal {
    vertex: u32,
    to: u32,
    /// Weight of the arcs to the new community less that to the old one.
    closer: f64,
}

/// Vertices of a batch.
const fn batch_len(vertices: usize) -> usize {
    vertices.div_ceil(BATCHES)
}

/// Whether vertices with close numbers often are neighbours.
fn are_close(ctx: &JobContext, arcs: Arcs<'_>) -> Result<bool, Stop> {
    let size = batch_len(arcs.vertices()).max(1);
    let (mut tick, mut close, mut all) = (ctx.tick(), 0, 0);
    for v in (0..arcs.vertices()).step_by(ASKED) {
        let first = (v / size * size) as u32;
        tick.spend(1)?;
        for piece in pieces(arcs.row(v as u32)) {
            tick.spend(piece.len() as u64)?;
            let is_close = |t: &u32| t.wrapping_sub(first) < size as u32 && *t as usize != v;
            close += piece.iter().map(|t| u64::from(is_close(t))).sum::<u64>();
            all += piece.len() as u64;
        }
    }
    Ok(close * FEW > all)
}

impl<'a> Moving<'a> {
    /// Starts from a partition; from a community for each vertex or group if there is none.
    pub(super) fn new(
        ctx: &'a JobContext,
        arcs: Arcs<'a>,
        groups: Option<&'a Groups>,
        degrees: &'a Degrees,
        resolution: f64,
        start: Option<Buf<u32>>,
    ) -> Result<Moving<'a>, Stop> {
        let (len, is_first) = (arcs.vertices(), start.is_none());
        let level = Level { arcs, chain: groups.map(|groups| &groups.chain) };
        let groups = groups.map(|groups| &groups.of[..]);
        let community = match (start, groups) {
            (Some(start), _) => start,
            (None, Some(groups)) => ctx.alloc_copy(groups)?,
            (None, None) => tabulate(ctx, len, |v| v as u32)?,
        };
        let mut sums = ctx.alloc(len, 0f64)?;
        let mut tick = ctx.tick();
        for (v, c) in community.iter().enumerate() {
            tick.spend(1)?;
            sums[*c as usize] += degrees.degree[v];
        }
        // Without arcs there is nowhere to go. Vertices that no group begins with have a degree of 0, too.
        let open = tabulate(ctx, len, |v| u8::from(degrees.degree[v] > 0.0))?;
        let is_spread = are_close(ctx, arcs)?;
        let lists = Scratch::new(ctx, list_len(len))?;
        let weights = if degrees.are_counts(arcs) {
            Weights::Counts(Scratch::new(ctx, len)?)
        } else {
            Weights::Sums(Scratch::new(ctx, len)?)
        };
        Ok(Moving {
            ctx,
            level,
            groups,
            degrees,
            resolution,
            community,
            sums,
            open,
            is_spread,
            is_first,
            weights,
            lists,
        })
    }

    /// Looks at every open vertex once. Returns the gain in modularity, as far as the batches knew.
    pub(super) fn sweep(&mut self) -> Result<f64, Stop> {
        let mut gain = 0.0;
        for batch in 0..BATCHES {
            self.ctx.checkpoint()?;
            let batch = self.take_open(batch);
            let cuts = even_cuts(batch.len(), CHUNK);
            let proposals = self.ctx.par_ranges(&cuts, |range, tick| self.look(&batch[range], tick))?;
            let mut tick = self.ctx.tick();
            for proposal in proposals.into_iter().flatten() {
                gain += self.apply(&proposal, &mut tick)?;
            }
        }
        self.is_first = false;
        Ok(gain)
    }

    /// The open vertices of a batch. After the first sweep they are closed.
    fn take_open(&mut self, batch: usize) -> Vec<u32> {
        let (len, size) = (self.open.len(), batch_len(self.open.len()));
        let (range, step) = if self.is_spread {
            (batch.min(len)..len, BATCHES)
        } else {
            ((batch * size).min(len)..((batch + 1) * size).min(len), 1)
        };
        let mut vertices = Vec::new();
        for (i, open) in self.open[range.clone()].iter_mut().step_by(step).enumerate() {
            if *open != 0 {
                vertices.push((range.start + i * step) as u32);
                *open = u8::from(self.is_first);
            }
        }
        vertices
    }

    /// Best moves of some vertices.
    fn look(&self, vertices: &[u32], tick: &mut Tick<'_>) -> Result<Vec<Proposal>, Stop> {
        match &self.weights {
            Weights::Counts(counts) => self.look_with(counts, vertices, tick),
            Weights::Sums(sums) => self.look_with(sums, vertices, tick),
        }
    }

    fn look_with<N: Near>(
        &self,
        weights: &Scratch<N>,
        vertices: &[u32],
        tick: &mut Tick<'_>,
    ) -> Result<Vec<Proposal>, Stop> {
        weights.with(|weights| {
            self.lists.with(|list| {
                let mut proposals = Vec::new();
                for (i, v) in vertices.iter().copied().enumerate() {
                    self.level.arcs.prefetch_after(vertices, i);
                    let own = self.community[v as usize];
                    let is_short = self.level.arcs.degree(v) < list.len() as u64;
                    // Arcs inside a group lead to its own community: only those are looked up.
                    let found = match self.groups.filter(|_| self.level.members(v).nth(1).is_some()) {
                        None if is_short => self.gather::<_, false>(v, |t, _| t == v, weights, list, tick)?,
                        None => self.gather::<_, true>(v, |t, _| t == v, weights, list, tick)?,
                        Some(of) => {
                            let is_inside = |t: u32, c: u32| c == own && of[t as usize] == v;
                            self.gather::<_, true>(v, is_inside, weights, list, tick)?
                        }
                    };
                    proposals.extend(self.best(v, found, weights, list, tick)?);
                }
                Ok(proposals)
            })
        })
    }

    /// Adds up the weights to each community, but for the arcs that are inside, and lists the communities as far as the
    /// list goes, which only matters where there can be more. Returns how many there are. `weights` is zero before.
    #[inline]
    fn gather<N: Near, const CAN_BE_MORE: bool>(
        &self,
        v: u32,
        is_inside: impl Fn(u32, u32) -> bool,
        weights: &mut [N],
        list: &mut [u32],
        tick: &mut Tick<'_>,
    ) -> Result<usize, Stop> {
        let (mut found, last) = (0, list.len() - 1);
        // Looked up once: an array decides at each use where it lives.
        let community: &[u32] = &self.community;
        self.level.for_each(v, tick, |t, w| {
            let c = community[t as usize];
            if is_inside(t, c) {
                return;
            }
            let slot = &mut weights[c as usize];
            // Without a branch, which could not be foretold.
            list[if CAN_BE_MORE { found.min(last) } else { found }] = c;
            found += usize::from(*slot == N::default());
            slot.add(w);
        })?;
        Ok(found)
    }

    /// The move that gains most; the smallest community of a tie. `weights` is zero afterwards.
    fn best<N: Near>(
        &self,
        v: u32,
        found: usize,
        weights: &mut [N],
        list: &[u32],
        tick: &mut Tick<'_>,
    ) -> Result<Option<Proposal>, Stop> {
        let sums: &[f64] = &self.sums;
        let own = self.community[v as usize];
        let (near, degree) = (weights[own as usize].into(), self.degrees.degree[v as usize]);
        let pull = self.resolution * degree / self.degrees.total;
        let stay = near - pull * (sums[own as usize] - degree);
        let (mut best, mut top) = (own, stay);
        let mut weigh = |c: u32, near: f64| {
            let score = near - pull * sums[c as usize];
            if c != own && (score > top || (score >= top && best != own && c < best)) {
                (best, top) = (c, score);
            }
        };
        if found < list.len() {
            list[..found].iter().for_each(|c| weigh(*c, std::mem::take(&mut weights[*c as usize]).into()));
        } else {
            for (c, near) in weights.iter_mut().enumerate() {
                tick.spend(1)?;
                if *near != N::default() {
                    weigh(c as u32, std::mem::take(near).into());
                }
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
        let (community, open): (&mut [u32], &mut [u8]) = (&mut self.community, &mut self.open);
        for member in self.level.members(v) {
            tick.spend(1)?;
            community[member as usize] = proposal.to;
        }
        if self.is_first {
            return Ok(2.0 * gain / self.degrees.total);
        }
        for member in self.level.members(v) {
            for piece in pieces(self.level.arcs.row(member)) {
                tick.spend(1 + piece.len() as u64)?;
                for t in piece {
                    let group = self.groups.map_or(*t, |of| of[*t as usize]);
                    open[group as usize] |= u8::from(community[*t as usize] != proposal.to);
                }
            }
        }
        Ok(2.0 * gain / self.degrees.total)
    }
}

#[cfg(test)]
mod tests {
    use super::super::modularity_sum::modularity;
    use super::super::tests::{ALL, Graph, Weighted};
    use super::*;

    /// After three sweeps over a path, whose vertices have these numbers in turn.
    fn modularity_of_path(numbers: &[u32]) -> f64 {
        let edges: Vec<_> = numbers.windows(2).map(|ends| (ends[0], ends[1], 1)).collect();
        let graph = Graph::new(numbers.len(), &edges, Weighted::Not);
        let ctx = JobContext::detached(2, 1 << 24);
        let degrees = Degrees::new(&ctx, graph.arcs()).unwrap();
        let mut moving = Moving::new(&ctx, graph.arcs(), None, &degrees, 1.0, None).unwrap();
        for _ in 0..3 {
            moving.sweep().unwrap();
        }
        modularity(&ctx, graph.arcs(), &degrees, &moving.community, numbers.len(), 1.0).unwrap()
    }

    #[test]
    fn neighbours_of_a_path_do_not_change_places_in_whatever_order_they_are() {
        let mut numbers: Vec<u32> = (0..50_000).collect();
        // Every second edge or more is inside a community: no vertex stays alone.
        assert!(modularity_of_path(&numbers) > 0.5);
        numbers.rotate_left(30_000);
        assert!(modularity_of_path(&numbers) > 0.5);
        let mut rng = gesso_core::rng::Rng::new(1, 0);
        for i in (1..numbers.len()).rev() {
            numbers.swap(i, rng.below(i as u64 + 1) as usize);
        }
        assert!(modularity_of_path(&numbers) > 0.5);
    }

    #[test]
    fn communities_beyond_a_list_are_found() {
        for (seed, weighted) in ALL.into_iter().enumerate() {
            let graph = Graph::random(500, 3000, weighted, seed as u64);
            let ctx = JobContext::detached(2, 1 << 24);
            let degrees = Degrees::new(&ctx, graph.arcs()).unwrap();
            let new = || Moving::new(&ctx, graph.arcs(), None, &degrees, 1.0, None).unwrap();
            let (mut long, mut short) = (new(), new());
            short.lists = Scratch::new(&ctx, 4).unwrap();
            for _ in 0..4 {
                long.sweep().unwrap();
                short.sweep().unwrap();
                assert_eq!(long.community[..], short.community[..], "{weighted:?}");
            }
        }
    }
}
