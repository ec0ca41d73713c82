//! Building a projection from a snapshot, in parallel and stoppable.

use super::edge_list::Listing;
use super::filter::{EdgeRule, EdgeRules, vertex_codes, vertex_marks, vertices_kept};
use super::weights::Width;
use super::{Csr, Direction, EdgeList, Multiplicity, Projection, ProjectionError, ProjectionSpec, PullOrder};
use crate::base::{Adjacency, Half};
use crate::snapshot::{End, Snapshot};
use gesso_core::{Buf, JobContext, Pile, Reservation, Slab, Stop, Tick, VertexIx};
use std::ops::Range;
use std::sync::Arc;

/// Vertices per chunk. Hubs make chunks uneven, and threads take the next chunk when they are free.
pub(super) const CHUNK: usize = 1024;
/// Chunks whose rows are held before they are moved to where they stay.
const WAVE: usize = 64;

/// Builds what a spec asks for. Accounted to the job while it is built; the finished arrays are not.
pub fn build(
    ctx: &JobContext,
    snapshot: &Arc<Snapshot>,
    spec: &ProjectionSpec,
) -> Result<Projection, ProjectionError> {
    spec.check(snapshot)?;
    let rules = EdgeRules::of(snapshot, spec);
    let vertices = vertices_kept(ctx, snapshot, spec)?;
    let len = vertices.as_ref().map_or(snapshot.vertex_bound() as usize, Vec::len);
    let codes = spec.vertex_property.as_deref().map(|p| vertex_codes(ctx, snapshot, vertices.as_deref(), p));
    let codes = codes.transpose()?;
    let positions = vertices.as_ref().map(|v| positions(ctx, snapshot, v)).transpose()?;
    let work =
        Work { ctx, snapshot, rules, vertices: vertices.as_deref(), positions: positions.as_deref(), len };
    let simple = spec.multiplicity == Multiplicity::Simple;
    let (out, incoming) = match spec.direction {
        Direction::Outgoing => (work.csr(&[End::Source], simple)?, Csr::default()),
        Direction::Incoming => (Csr::default(), work.csr(&[End::Target], simple)?),
        Direction::Both => (work.csr(&[End::Source], simple)?, work.csr(&[End::Target], simple)?),
        Direction::Undirected => {
            let both = work.csr(&[End::Source, End::Target], simple)?;
            (both.clone(), both)
        }
    };
    let edges = spec.edges.then(|| work.edges()).transpose()?;
    let marks = vertex_marks(ctx, snapshot, vertices.as_deref(), spec)?;
    debug_assert!(
        !spec.pull_order || matches!(spec.direction, Direction::Both | Direction::Undirected),
        "an order to pull in is made of arcs both ways"
    );
    let pull_order = spec.pull_order.then(|| PullOrder::new(ctx, &out, &incoming)).transpose()?;
    let (ids, spec) = (snapshot.clone(), spec.clone());
    let vertices = vertices.map(Slab::from);
    Ok(Projection { spec, len, vertices, out, incoming, codes, edges, marks, pull_order, ids })
}

/// Vertex number → position, `u32::MAX` where the projection leaves the vertex out.
fn positions(ctx: &JobContext, snapshot: &Snapshot, vertices: &[u32]) -> Result<Buf<u32>, Stop> {
    let mut map = ctx.alloc(snapshot.vertex_bound() as usize, u32::MAX)?;
    let mut tick = ctx.tick();
    for (position, v) in vertices.iter().enumerate() {
        tick.spend(1)?;
        map[*v as usize] = position as u32;
    }
    Ok(map)
}

struct Work<'a> {
    ctx: &'a JobContext,
    snapshot: &'a Snapshot,
    rules: EdgeRules,
    vertices: Option<&'a [u32]>,
    positions: Option<&'a [u32]>,
    len: usize,
}

/// Rows of one chunk of vertices.
#[derive(Default)]
struct Rows {
    degrees: Vec<u32>,
    targets: Vec<u32>,
    weights: Vec<f64>,
    /// What these weights need.
    width: Width,
    /// The account of the arrays.
    held: Option<Reservation>,
}

impl Work<'_> {
    /// Rows are made in waves of chunks, each in parallel, and moved to where they stay: what a wave takes is
    /// taken again by the next one, and there is little to give back when the job is stopped.
    fn csr(&self, ends: &[End], simple: bool) -> Result<Csr, Stop> {
        if let Some(shared) = self.whole_base(ends, simple)? {
            return Ok(shared);
        }
        let ctx = self.ctx;
        let mut offsets = ctx.alloc(self.len + 1, 0u64)?;
        let most = (self.snapshot.edge_count() as usize).saturating_mul(ends.len());
        let mut targets = Pile::<u32>::with_room(ctx, most)?;
        let mut weights = Pile::<f64>::with_room(ctx, if self.rules.weighted { most } else { 0 })?;
        let (mut v, mut at, mut width) = (0, 0u64, Width::default());
        for wave in (0..self.len).step_by(CHUNK * WAVE) {
            let chunks = (self.len - wave).div_ceil(CHUNK).min(WAVE);
            let chunks = ctx.par_map(chunks, |chunk, tick| {
                let start = wave + chunk * CHUNK;
                self.rows(start..(start + CHUNK).min(self.len), ends, simple, tick)
            })?;
            let mut cuts = vec![0];
            for rows in &chunks {
                for degree in &rows.degrees {
                    v += 1;
                    at += u64::from(*degree);
                    offsets[v] = at;
                }
                cuts.push(cuts[cuts.len() - 1] + rows.targets.len());
                width = width.max(rows.width);
            }
            let arcs = cuts[cuts.len() - 1];
            ctx.par_fill_parts(targets.grow(ctx, arcs)?, &cuts, |chunk, out, _| {
                out.copy_from_slice(&chunks[chunk].targets);
                Ok::<_, Stop>(())
            })?;
            if self.rules.weighted {
                ctx.par_fill_parts(weights.grow(ctx, arcs)?, &cuts, |chunk, out, _| {
                    out.copy_from_slice(&chunks[chunk].weights);
                    Ok::<_, Stop>(())
                })?;
            }
        }
        let weights = self.rules.weighted.then(|| width.narrowed(ctx, &weights)).transpose()?;
        Ok(Csr { offsets: offsets.release().share(), targets: targets.release().share(), weights })
    }

    /// The rows of one chunk.
    fn rows(
        &self,
        chunk: Range<usize>,
        ends: &[End],
        simple: bool,
        tick: &mut Tick<'_>,
    ) -> Result<Rows, Stop> {
        let mut rows = Rows::default();
        let mut scratch = Vec::new();
        for position in chunk {
            self.row(position, ends, simple, &mut rows, &mut scratch, tick)?;
        }
        rows.width = Width::of(&rows.weights);
        rows.held =
            Some(self.ctx.reserve((4 * rows.targets.capacity() + 8 * rows.weights.capacity()) as u64)?);
        self.ctx.advance(rows.targets.len() as u64);
        Ok(rows)
    }

    fn edges(&self) -> Result<EdgeList, Stop> {
        let Work { ctx, snapshot, rules, vertices, positions, len } = self;
        Listing { ctx, snapshot, rules, vertices: *vertices, positions: *positions, len: *len }.build()
    }

    /// The neighbours of the base themselves, where they are already what is asked for.
    fn whole_base(&self, ends: &[End], simple: bool) -> Result<Option<Csr>, Stop> {
        let plain = !simple && self.rules.is_open() && self.snapshot.is_base() && self.vertices.is_none();
        let mut labels = self.snapshot.base().edge_labels();
        let Some((label, edges)) = labels.next() else { return Ok(None) };
        if !plain || labels.next().is_some() || ends.len() != 1 || !self.rules.rule(label).is_wanted {
            return Ok(None);
        }
        let half = half(edges, ends[0]);
        let mut offsets = half.offsets.clone();
        if offsets.len() != self.len + 1 {
            // The base leaves out vertices without edges at either end of the range.
            let mut all = self.ctx.alloc(self.len + 1, half.neighbours.len() as u64)?;
            let first = half.first as usize;
            all[..first].fill(0);
            all[first..first + offsets.len()].copy_from_slice(&offsets);
            offsets = all.release().share();
        }
        Ok(Some(Csr { offsets, targets: half.neighbours.clone(), weights: None }))
    }

    fn row(
        &self,
        position: usize,
        ends: &[End],
        simple: bool,
        rows: &mut Rows,
        scratch: &mut Vec<(u32, f64)>,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        let v = VertexIx(self.vertices.map_or(position as u32, |all| all[position]));
        let start = rows.targets.len();
        if self.rules.weighted
            || self.positions.is_some()
            || !self.rules.is_open()
            || self.snapshot.touched.get(v.0)
        {
            self.visit(v, ends, scratch, tick)?;
            finish_row(scratch, position as u32, simple);
            rows.targets.extend(scratch.iter().map(|a| a.0));
            if self.rules.weighted {
                rows.weights.extend(scratch.iter().map(|a| a.1));
            }
            scratch.clear();
        } else {
            self.copy_base(v, ends, &mut rows.targets, tick)?;
            if simple {
                drop_repeats(&mut rows.targets, start, v.0);
            }
        }
        rows.degrees.push((rows.targets.len() - start) as u32);
        Ok(())
    }

    /// Neighbours straight from the base, sorted.
    fn copy_base(
        &self,
        v: VertexIx,
        ends: &[End],
        out: &mut Vec<u32>,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        let start = out.len();
        let mut runs = 0;
        for (label, edges) in self.snapshot.base().edge_labels() {
            if !self.rules.rule(label).is_wanted {
                continue;
            }
            for end in ends {
                let list = half(edges, *end).neighbours(v.0);
                tick.spend(list.len() as u64 + 1)?;
                if list.is_empty() {
                    continue;
                }
                runs += 1;
                if *end == End::Target && ends.len() == 2 {
                    // A self-loop was already taken from its source's side.
                    let at = list.partition_point(|n| *n < v.0);
                    let loops = list[at..].partition_point(|n| *n == v.0);
                    out.extend_from_slice(&list[..at]);
                    out.extend_from_slice(&list[at + loops..]);
                } else {
                    out.extend_from_slice(list);
                }
            }
        }
        if runs > 1 {
            merge_runs(&mut out[start..]);
        }
        Ok(())
    }

    /// Neighbours by the general path: changed vertices, weights, filters.
    fn visit(
        &self,
        v: VertexIx,
        ends: &[End],
        out: &mut Vec<(u32, f64)>,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        for end in ends {
            self.snapshot.visit_edges(v, *end, |e| {
                tick.spend(1)?;
                let rule = self.rules.rule(e.label);
                let other = if *end == End::Source { e.target } else { e.source };
                let again = ends.len() == 2 && *end == End::Target && other == v;
                let position = self.positions.map_or(other.0, |p| p[other.at()]);
                if rule.is_wanted && !again && position != u32::MAX && self.rules.takes(self.snapshot, &e) {
                    out.push((position, rule.weight(self.snapshot, &e)));
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Sorts what consists of a few sorted runs.
#[expect(clippy::stable_sort_primitive, reason = "the stable sort finds the runs and merges them")]
fn merge_runs(list: &mut [u32]) {
    list.sort();
}

fn half(edges: &Adjacency, end: End) -> &Half {
    if end == End::Source { edges.out() } else { edges.incoming() }
}

fn finish_row(row: &mut Vec<(u32, f64)>, own: u32, simple: bool) {
    row.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    if simple {
        row.retain(|a| a.0 != own);
        // The smallest weight of parallel edges comes first and stays.
        row.dedup_by_key(|a| a.0);
    }
}

fn drop_repeats(targets: &mut Vec<u32>, start: usize, own: u32) {
    let mut kept = start;
    for i in start..targets.len() {
        let t = targets[i];
        if t != own && (kept == start || targets[kept - 1] != t) {
            targets[kept] = t;
            kept += 1;
        }
    }
    targets.truncate(kept);
}

impl EdgeRule {
    pub(super) fn weight(&self, snapshot: &Snapshot, edge: &crate::EdgeRef) -> f64 {
        let value = self.weight.and_then(|p| snapshot.edge_property(edge, p));
        match value {
            Some(gesso_core::Value::Many(values)) => values.first().and_then(gesso_core::Value::as_real),
            Some(v) => v.as_real(),
            None => None,
        }
        .unwrap_or(1.0)
    }
}
