//! Which arcs a search over weights looks at in vain, and need not.
//!
//! On graphs with many arcs a vertex and with hubs most vertices are near, and the long arcs between them lead
//! nowhere: their ends are reached by shorter ones. So the search begins in a window of short distances, where an arc
//! is relaxed only if it leads to a place inside the window. At its end the vertices inside have their distance for
//! good, and what is left are arcs from them to vertices beyond. If few arcs lie beyond, those vertices look back
//! along theirs; else the arcs that were left out are relaxed, unless a bit a vertex tells that they lead inside.
//! After that all arcs are relaxed at once. The window is as wide as paid best on Kronecker graphs, of which it leaves
//! a twentieth of the arcs. It changes no distance.
//!
//! For arcs that are there both ways: relaxed once more instead of pulled, what was left out costs what it saved.
//!
//! Source: Chakaravarthy et al.: "Scalable Single Source Shortest Path Algorithms for Massively Parallel Systems",
//! IPDPS 2014: short and long arcs, and pulling over long ones.

use super::buckets::Scale;
use super::delta_stepping::{Found, Halt, Search};
use super::length::{Length, Step, bits};
use crate::arcs::{Arcs, WORD, is_set, members};
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Buf, Stop, Tick};

/// Arcs a vertex from which on a window pays.
const DEGREE: f64 = 8.0;
/// How many times more arcs the end of an arc has than a vertex, from which on there are hubs that make all near.
const SKEW: f64 = 4.0;
/// Arcs looked at to find that out.
const SAMPLE: usize = 1024;
/// Buckets of the window.
const WIDTH: usize = 20;
/// Arcs that are sorted out together: bits of a word.
const BLOCK: usize = u64::BITS as usize;
/// Leads that are followed together.
const LEADS: usize = 512;

/// The distances below a bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Number of its buckets.
    end: usize,
    /// A distance that lies behind it for certain, by a bit more than floats err.
    behind: f64,
}

impl Window {
    /// The window of a search; none where it does not pay.
    pub(super) fn new(arcs: Arcs<'_>, scale: Scale) -> Option<Window> {
        let mean = arcs.targets.len() as f64 / arcs.vertices() as f64;
        let ends = arcs.targets.iter().step_by(arcs.targets.len().div_ceil(SAMPLE).max(1));
        let (sum, sampled) = ends.fold((0, 0), |(sum, n), t| (sum + arcs.degree(*t), n + 1));
        let has_hubs = sum as f64 >= SKEW * mean * f64::from(sampled);
        (mean >= DEGREE && has_hubs).then(|| Window { end: WIDTH, behind: scale.behind(WIDTH) })
    }

    /// True if a bucket lies behind this window, as seen from the source.
    pub(super) fn is_past(self, bucket: usize) -> bool {
        bucket >= self.end
    }
}

/// Ends of arcs that were taken up, and the distances that they give them. Looked at many at once, these wait for
/// memory together.
pub(super) type Leads<V> = Vec<(u32, V)>;

impl<L: Length, W: Step> Search<'_, L, W> {
    /// Takes up the arcs of a vertex that lead into the window.
    pub(super) fn lead_within(
        &self,
        window: Window,
        (v, from): (u32, L::Value),
        found: &mut Found<'_, L>,
        tick: &mut Tick<'_>,
    ) -> Result<(), Halt> {
        let limit = W::limit(window.behind - L::real(from));
        self.lead(v, from, |_, weights| W::within(weights, limit), found, tick)
    }

    /// Takes up the arcs of a vertex that `wanted` has bits for.
    #[inline]
    fn lead(
        &self,
        v: u32,
        from: L::Value,
        wanted: impl Fn(&[u32], &[W]) -> u64,
        found: &mut Found<'_, L>,
        tick: &mut Tick<'_>,
    ) -> Result<(), Halt> {
        for (targets, weights) in self.arcs.pieces_of(self.weights, v) {
            tick.spend(1 + targets.len() as u64 / 4)?;
            for (targets, weights) in targets.chunks(BLOCK).zip(weights.chunks(BLOCK)) {
                if found.leads.len() + BLOCK > LEADS {
                    self.follow(found)?;
                }
                found.leads.reserve(BLOCK);
                let mut rest = wanted(targets, weights);
                while rest != 0 {
                    let i = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    let through = L::behind(from, weights[i]).ok_or(Halt::Misfit)?;
                    found.leads.push((targets[i], through));
                }
            }
        }
        Ok(())
    }

    /// Lowers the distances that leads make shorter. These are sorted out without a branch, as they are hard to guess.
    pub(super) fn follow(&self, found: &mut Found<'_, L>) -> Result<(), Halt> {
        let leads = &mut found.leads;
        let mut shorter = 0;
        for i in 0..leads.len() {
            let (t, through) = leads[i];
            leads[shorter] = leads[i];
            shorter += usize::from(through < L::get(&self.distance[t as usize]));
        }
        for (t, through) in &leads[..shorter] {
            found.reached += u64::from(self.lower(*t, *through, found.buckets)?);
        }
        leads.clear();
        Ok(())
    }

    /// Ends a window: relaxes the arcs that were left out.
    pub(super) fn end(&mut self, window: Window) -> Result<(), Halt> {
        let within = self.arcs_before(window.end)?;
        let beyond = self.arcs.targets.len() as u64 - within;
        if beyond < within {
            // What waits are vertices that look back now, and wait again if anything depends on them.
            self.forget_waiting();
            self.pull(window.end)
        } else {
            self.push(window.end)
        }
    }

    /// Arcs of the vertices in buckets before `end`.
    fn arcs_before(&self, end: usize) -> Result<u64, Stop> {
        let counts = self.ctx.par_ranges(&even_cuts(self.distance.len(), VERTEX_CHUNK), |range, _| {
            let arcs = range.map(|v| u64::from(self.bucket(v) < end) * self.arcs.degree(v as u32));
            Ok::<_, Stop>(arcs.sum::<u64>())
        })?;
        Ok(counts.iter().sum())
    }

    /// The bucket of a vertex.
    #[inline]
    fn bucket(&self, v: usize) -> usize {
        self.scale.bucket(L::real(L::get(&self.distance[v])))
    }

    /// Relaxes the arcs that lead to vertices in buckets from `end` on: these look back, along arcs that are the same
    /// both ways. A vertex that sees none of its kind is done with: nobody can be reached through it.
    fn pull(&self, end: usize) -> Result<(), Halt> {
        let open = self.open(end)?;
        let cuts = even_cuts(self.distance.len(), VERTEX_CHUNK);
        self.ctx.par_ranges(&cuts, |range, tick| {
            let (mut buckets, mut reached) = (self.take_buckets()?, 0);
            for word in range.start / WORD..range.end.div_ceil(WORD) {
                if let Some(later) = open.get(word + 1) {
                    members(word + 1, *later).for_each(|v| self.arcs.prefetch_row(v));
                }
                for v in members(word, open[word]) {
                    let (before, mut least, mut sees_open) =
                        (L::get(&self.distance[v as usize]), L::FAR, false);
                    for (targets, weights) in self.arcs.pieces_of(self.weights, v) {
                        tick.spend(1 + targets.len() as u64)?;
                        for (t, weight) in targets.iter().zip(weights) {
                            if is_set(&open, *t) {
                                sees_open = true;
                            } else {
                                let to = L::get(&self.distance[*t as usize]);
                                least = least.min(L::behind(to, *weight).ok_or(Halt::Misfit)?);
                            }
                        }
                    }
                    if least < before {
                        L::put(&self.distance[v as usize], least);
                        reached += u64::from(before == L::FAR);
                    }
                    if sees_open && least != L::FAR {
                        buckets.add(self.ctx, self.scale.bucket(L::real(least)), v)?;
                    }
                }
            }
            self.give_back(buckets);
            self.ctx.advance(reached);
            Ok::<_, Halt>(())
        })?;
        Ok(())
    }

    /// Relaxes the arcs of vertices in buckets before `end` that lead to others.
    fn push(&self, end: usize) -> Result<(), Halt> {
        let open = self.open(end)?;
        let open = |targets: &[u32], _: &[W]| bits(targets, |t| is_set(&open, *t));
        self.ctx.par_ranges(&work_cuts(self.arcs.offsets, ARC_CHUNK), |range, tick| {
            let mut buckets = self.take_buckets()?;
            let mut found = Found { buckets: &mut buckets, leads: Leads::new(), reached: 0 };
            for v in range {
                tick.spend(1)?;
                if self.bucket(v) < end {
                    self.lead(v as u32, L::get(&self.distance[v]), open, &mut found, tick)?;
                }
            }
            self.follow(&mut found)?;
            self.ctx.advance(found.reached);
            self.give_back(buckets);
            Ok::<_, Halt>(())
        })?;
        Ok(())
    }

    /// Bits of the vertices in buckets from `end` on, and of those not reached.
    fn open(&self, end: usize) -> Result<Buf<u32>, Stop> {
        let len = self.distance.len();
        let mut open = self.ctx.alloc(len.div_ceil(WORD), 0u32)?;
        let cuts = even_cuts(open.len(), VERTEX_CHUNK / WORD);
        self.ctx.par_fill(&mut open, &cuts, |words, part, _| {
            for (word, bits) in words.zip(part) {
                let vertices = word * WORD..len.min((word + 1) * WORD);
                *bits = vertices.rev().fold(0, |bits, v| bits << 1 | u32::from(self.bucket(v) >= end));
            }
            Ok::<_, Stop>(())
        })?;
        Ok(open)
    }
}
