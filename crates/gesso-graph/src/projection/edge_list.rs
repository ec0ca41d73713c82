//! Every edge of a projection by itself, for results that name edges.

use super::EdgeList;
use super::build::CHUNK;
use super::filter::EdgeRules;
use crate::snapshot::{End, Snapshot};
use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Stop, Tick, VertexIx};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Which vertices and edges are taken.
pub(super) struct Listing<'a> {
    pub ctx: &'a JobContext,
    pub snapshot: &'a Snapshot,
    pub rules: &'a EdgeRules,
    /// Position → vertex; none when they are the same.
    pub vertices: Option<&'a [u32]>,
    /// Vertex → position, `u32::MAX` where left out; none when they are the same.
    pub positions: Option<&'a [u32]>,
    pub len: usize,
}

/// The slots of the edges of one chunk of sources.
struct Part<'a> {
    targets: &'a mut [u32],
    indices: &'a mut [u32],
    /// Empty without weights.
    weights: &'a mut [f64],
}

impl Listing<'_> {
    /// Collects them, in parallel: counted first, so that each is written once, where it stays.
    pub(super) fn build(&self) -> Result<EdgeList, Stop> {
        let (ctx, cuts) = (self.ctx, even_cuts(self.len, CHUNK));
        let mut offsets = ctx.alloc(self.len + 1, 0u64)?;
        ctx.par_fill(&mut offsets[1..], &cuts, |range, slots, tick| {
            for (position, slot) in range.zip(slots) {
                self.visit(position, tick, |_, _, _| *slot += 1)?;
            }
            Ok::<_, Stop>(())
        })?;
        let (mut tick, mut at) = (ctx.tick(), 0);
        for slot in offsets.iter_mut() {
            tick.spend(1)?;
            at += *slot;
            *slot = at;
        }
        let total = at as usize;
        let mut targets = ctx.alloc(total, 0u32)?;
        let mut indices = ctx.alloc(total, 0u32)?;
        let mut weights = ctx.alloc(if self.rules.weighted { total } else { 0 }, 0f64)?;
        let parts = split(&mut targets, &mut indices, &mut weights, cuts.iter().map(|v| offsets[*v]));
        ctx.par_map(parts.len(), |i, tick| {
            let part = parts[i].lock().unwrap_or_else(PoisonError::into_inner).take();
            part.map_or(Ok(()), |part| self.fill(cuts[i]..cuts[i + 1], part, tick))
        })?;
        drop(parts);
        Ok(EdgeList {
            offsets: offsets.release().share(),
            targets: targets.release().share(),
            indices: indices.release().share(),
            weights: self.rules.weighted.then(|| weights.release().share()),
        })
    }

    /// Writes the edges of some sources, those of each in the order of their numbers.
    fn fill(&self, sources: Range<usize>, part: Part<'_>, tick: &mut Tick<'_>) -> Result<(), Stop> {
        let (mut at, mut edges) = (0, Vec::new());
        for position in sources {
            edges.clear();
            self.visit(position, tick, |index, target, weight| edges.push((index, target, weight)))?;
            edges.sort_unstable_by_key(|e| e.0);
            for (index, target, weight) in &edges {
                part.indices[at] = *index;
                part.targets[at] = *target;
                if let Some(slot) = part.weights.get_mut(at) {
                    *slot = *weight;
                }
                at += 1;
            }
        }
        Ok(())
    }

    /// Hands over number, target and weight of each edge of a source that is taken.
    fn visit(
        &self,
        position: usize,
        tick: &mut Tick<'_>,
        mut take: impl FnMut(u32, u32, f64),
    ) -> Result<(), Stop> {
        let v = VertexIx(self.vertices.map_or(position as u32, |all| all[position]));
        self.snapshot.visit_edges(v, End::Source, |e| {
            tick.spend(1)?;
            let rule = self.rules.rule(e.label);
            let target = self.positions.map_or(e.target.0, |p| p[e.target.at()]);
            if rule.is_wanted && target != u32::MAX && self.rules.takes(self.snapshot, &e) {
                take(e.index, target, rule.weight(self.snapshot, &e));
            }
            Ok::<_, Stop>(())
        })
    }
}

/// Cuts the arrays where chunks of sources begin. Each part is taken out once.
fn split<'a>(
    mut targets: &'a mut [u32],
    mut indices: &'a mut [u32],
    mut weights: &'a mut [f64],
    cuts: impl Iterator<Item = u64>,
) -> Vec<Mutex<Option<Part<'a>>>> {
    let mut parts = Vec::new();
    let mut last = 0;
    for cut in cuts.skip(1) {
        let len = (cut - last) as usize;
        last = cut;
        let part = Part {
            targets: targets.split_off_mut(..len).unwrap_or_default(),
            indices: indices.split_off_mut(..len).unwrap_or_default(),
            weights: weights.split_off_mut(..len.min(weights.len())).unwrap_or_default(),
        };
        parts.push(Mutex::new(Some(part)));
    }
    parts
}
