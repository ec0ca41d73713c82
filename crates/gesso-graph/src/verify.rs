//! Cross-references of a whole version: what checksums can not show.
//!
//! Checked: the id dictionary leads from every id to its latest vertex and back; vertices, tables and rows
//! agree; both directions of the adjacency hold the same edges; columns are as long as their tables, and
//! what is inside them stays inside; the delta agrees with itself in both directions; the counts are right.

mod columns;
mod vertices;

use crate::base::{Adjacency, Base, Half};
use crate::error::GraphError;
use crate::index::StoredIndices;
use crate::snapshot::{End, Snapshot};
use gesso_core::{JobContext, Stop, VertexIx};
use std::path::Path;

/// What a verification read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Vertices in the newest version.
    pub vertices: u64,
    /// Edges in the newest version.
    pub edges: u64,
    /// Bytes of segment files read.
    pub segment_bytes: u64,
    /// Log records read.
    pub log_records: u64,
    /// Stored data of indices.
    pub indices: StoredIndices,
}

/// A contradiction, or the end of the job.
pub(crate) enum Found {
    Contradiction(String),
    Stopped(Stop),
}

impl From<Stop> for Found {
    fn from(stop: Stop) -> Found {
        Found::Stopped(stop)
    }
}

pub(crate) type Checked = Result<(), Found>;

/// Checks a version that was read from a directory.
pub(crate) fn check(
    ctx: &JobContext,
    dir: &Path,
    snapshot: &Snapshot,
    segment_bytes: u64,
    log_records: u64,
    indices: StoredIndices,
) -> Result<Report, GraphError> {
    check_all(ctx, snapshot).map_err(|found| match found {
        Found::Contradiction(reason) => GraphError::Inconsistent { dir: dir.to_owned(), reason },
        Found::Stopped(stop) => stop.into(),
    })?;
    let (vertices, edges) = (snapshot.vertex_count(), snapshot.edge_count());
    Ok(Report { vertices, edges, segment_bytes, log_records, indices })
}

fn check_all(ctx: &JobContext, snapshot: &Snapshot) -> Checked {
    let base = &snapshot.base;
    vertices::check(ctx, base)?;
    let mut edges = 0;
    for (label, adjacency) in base.edge_labels() {
        let what = format!("edges of label {label}");
        check_adjacency(ctx, base, adjacency, &what)?;
        for (property, column) in &adjacency.columns {
            let what = format!("{what}, property {property}");
            columns::check(ctx, column, adjacency.len(), &what)?;
        }
        edges += adjacency.len() as u64;
    }
    ensure(edges == base.edges, || "number of edges differs from the adjacency".to_owned())?;
    check_version(ctx, snapshot)
}

/// The version as readers see it: both directions, and the counts.
fn check_version(ctx: &JobContext, snapshot: &Snapshot) -> Checked {
    let (mut alive, mut out, mut incoming) = (0, 0, 0);
    // A sum over the edges of each direction that does not depend on their order.
    let (mut out_sum, mut in_sum) = (0u64, 0u64);
    let mut tick = ctx.tick();
    for v in (0..snapshot.vertex_bound()).map(VertexIx) {
        tick.spend(8)?;
        let is_alive = snapshot.is_alive(v);
        alive += u64::from(is_alive);
        let wrong = || format!("id of vertex number {v} does not lead to it");
        ensure(!is_alive || snapshot.find(snapshot.id(v)) == Some(v), wrong)?;
        for (end, count, sum) in
            [(End::Source, &mut out, &mut out_sum), (End::Target, &mut incoming, &mut in_sum)]
        {
            snapshot.visit_edges::<Found>(v, end, |e| {
                tick.spend(4)?;
                let ends = snapshot.is_alive(e.source) && snapshot.is_alive(e.target);
                ensure(ends, || format!("an edge of vertex number {v} leads to a deleted one"))?;
                *count += 1;
                *sum = sum.wrapping_add(mixed(e.source.0, e.target.0, e.label.0, e.index));
                Ok(())
            })?;
        }
    }
    ensure((out, out_sum) == (incoming, in_sum), || {
        format!("{out} edges seen from their sources differ from {incoming} seen from their targets")
    })?;
    let counted = (snapshot.vertex_count(), snapshot.edge_count());
    ensure((alive, out) == counted, || {
        format!("there are {alive} vertices and {out} edges, but {} and {} are counted", counted.0, counted.1)
    })
}

fn mixed(source: u32, target: u32, label: u16, index: u32) -> u64 {
    let a = (u64::from(source) << 32 | u64::from(target)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let b = (u64::from(label) << 32 | u64::from(index)).wrapping_mul(0xD1B5_4A32_D192_ED03);
    (a ^ (a >> 29) ^ b ^ (b >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

fn check_adjacency(ctx: &JobContext, base: &Base, a: &Adjacency, what: &str) -> Checked {
    let bound = base.vertex_bound();
    check_half(ctx, &a.out, bound, what)?;
    check_half(ctx, &a.incoming, bound, what)?;
    let same = [a.incoming.neighbours.len(), a.ordinals.len(), a.indexes.len()].iter().all(|n| *n == a.len());
    ensure(same, || format!("{what}: arrays differ in length"))?;
    let mut seen = ctx.alloc(a.len().div_ceil(64), 0u64)?;
    let mut tick = ctx.tick();
    for v in a.incoming.sources() {
        tick.spend(1)?;
        for position in a.incoming.range(v) {
            tick.spend(4)?;
            let ordinal = a.ordinals[position] as usize;
            let source = a.incoming.neighbours[position];
            let matches = a.out.neighbours.get(ordinal) == Some(&v) && a.out.range(source).contains(&ordinal);
            ensure(matches, || format!("{what}: the two directions disagree at vertex number {v}"))?;
            let word = &mut seen[ordinal / 64];
            ensure(*word >> (ordinal % 64) & 1 == 0, || format!("{what}: edge {ordinal} comes in twice"))?;
            *word |= 1 << (ordinal % 64);
            let ends = base.is_alive(VertexIx(v)) && base.is_alive(VertexIx(source));
            ensure(ends, || format!("{what}: an end at vertex number {v} is deleted"))?;
        }
    }
    Ok(())
}

fn check_half(ctx: &JobContext, half: &Half, bound: u32, what: &str) -> Checked {
    let mut tick = ctx.tick();
    let end = half.offsets.last().copied().unwrap_or(0);
    ensure(end == half.neighbours.len() as u64, || format!("{what}: offsets do not end at the last edge"))?;
    ensure(half.offsets.first().is_none_or(|o| *o == 0), || format!("{what}: offsets do not begin at 0"))?;
    let last = u64::from(half.first) + half.offsets.len() as u64;
    ensure(last <= u64::from(bound) + 1, || format!("{what}: offsets go beyond the last vertex"))?;
    for pair in half.offsets.windows(2) {
        tick.spend(1)?;
        let range = pair[0] as usize..pair[1] as usize;
        let list = half.neighbours.get(range).ok_or_else(|| wrong(format!("{what}: offsets fall")))?;
        tick.spend(list.len() as u64)?;
        ensure(list.is_sorted() && list.last().is_none_or(|n| *n < bound), || {
            format!("{what}: neighbours out of order")
        })?;
    }
    Ok(())
}

pub(crate) fn wrong(reason: String) -> Found {
    Found::Contradiction(reason)
}

pub(crate) fn ensure(holds: bool, reason: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(wrong(reason())) }
}
