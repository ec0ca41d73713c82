//! Every edge of a projection by itself, for results that name edges.

use super::EdgeList;
use super::build::CHUNK;
use super::filter::EdgeRules;
use crate::snapshot::{End, Snapshot};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Plain, Stop, Tick, VertexIx};

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

/// Edges of one chunk of sources.
#[derive(Default)]
struct Part {
    degrees: Vec<u32>,
    /// Number at the source, target, weight.
    edges: Vec<(u32, u32, f64)>,
}

impl Listing<'_> {
    /// Collects them, in parallel.
    pub(super) fn build(&self) -> Result<EdgeList, Stop> {
        let transient = self.ctx.reserve(16 * self.snapshot.edge_count() + 4 * self.len as u64)?;
        let parts = self.ctx.par_ranges(&even_cuts(self.len, CHUNK), |range, tick| {
            let mut part = Part::default();
            for position in range {
                self.source(position, &mut part, tick)?;
            }
            Ok::<_, Stop>(part)
        })?;
        let mut offsets = self.ctx.alloc(self.len + 1, 0u64)?;
        let mut tick = self.ctx.tick();
        let degrees = parts.iter().flat_map(|p| &p.degrees);
        let mut at = 0;
        for (slot, degree) in offsets[1..].iter_mut().zip(degrees) {
            tick.spend(1)?;
            at += u64::from(*degree);
            *slot = at;
        }
        let targets = self.column(&parts, |e| e.1)?;
        let indices = self.column(&parts, |e| e.0)?;
        let weights = self.rules.weighted.then(|| self.column(&parts, |e| e.2)).transpose()?;
        drop(transient);
        Ok(EdgeList {
            offsets: offsets.release().share(),
            targets: targets.release().share(),
            indices: indices.release().share(),
            weights: weights.map(|w| w.release().share()),
        })
    }

    /// The edges of one source, sorted by their number.
    fn source(&self, position: usize, part: &mut Part, tick: &mut Tick<'_>) -> Result<(), Stop> {
        let v = VertexIx(self.vertices.map_or(position as u32, |all| all[position]));
        let start = part.edges.len();
        self.snapshot.visit_edges(v, End::Source, |e| {
            tick.spend(1)?;
            let rule = self.rules.rule(e.label);
            let target = self.positions.map_or(e.target.0, |p| p[e.target.at()]);
            if rule.is_wanted && target != u32::MAX && self.rules.takes(self.snapshot, &e) {
                part.edges.push((e.index, target, rule.weight(self.snapshot, &e)));
            }
            Ok::<_, Stop>(())
        })?;
        part.edges[start..].sort_unstable_by_key(|e| e.0);
        part.degrees.push((part.edges.len() - start) as u32);
        Ok(())
    }

    fn column<T: Plain>(
        &self,
        parts: &[Part],
        of: impl Fn(&(u32, u32, f64)) -> T + Sync,
    ) -> Result<Buf<T>, Stop> {
        let mut cuts = vec![0];
        for part in parts {
            cuts.push(cuts[cuts.len() - 1] + part.edges.len());
        }
        let mut out = self.ctx.alloc(cuts[cuts.len() - 1], T::default())?;
        self.ctx.par_fill_parts(&mut out, &cuts, |i, slots, _| {
            for (slot, edge) in slots.iter_mut().zip(&parts[i].edges) {
                *slot = of(edge);
            }
            Ok::<_, Stop>(())
        })?;
        Ok(out)
    }
}
