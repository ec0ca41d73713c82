//! Results about vertices, and filling of rows in parallel.

use crate::sorting::{falling, sort_by_key};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, Cells, JobContext, Plain, Rows, Slab, Stop, Tick};
use gesso_graph::Projection;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Vertices a chunk of loops that do a few steps for each.
pub(crate) const VERTEX_CHUNK: usize = 16_384;

/// Arcs and vertices a chunk of loops that do a few steps for each.
pub(crate) const ARC_CHUNK: u64 = 65_536;

/// Bytes of the column that [`per_vertex`] adds.
pub(crate) const fn per_vertex_bytes(vertices: u64) -> u64 {
    4 * vertices
}

/// Rows about every vertex, in vertex order. `cells` has one entry for each position.
pub(crate) fn per_vertex(ctx: &JobContext, graph: &Projection, cells: Cells) -> Result<Rows, Stop> {
    Ok(Rows::PerVertex { vertices: all_vertices(ctx, graph)?, cells })
}

/// The graph's numbers of all positions.
fn all_vertices(ctx: &JobContext, graph: &Projection) -> Result<Slab<u32>, Stop> {
    let len = graph.len();
    let last = len.checked_sub(1).map(|p| graph.vertex(p as u32).at());
    // Numbers rise with positions, so the last one tells whether any is left out.
    if last.is_some_and(|v| v + 1 != len) {
        return Ok(graph.vertices());
    }
    let all = tabulate(ctx, len, |v| v as u32)?;
    Ok(all.release().share())
}

/// Rows about some positions, the highest score first, equal ones in vertex order.
pub(crate) fn ranked(
    ctx: &JobContext,
    graph: &Projection,
    mut listed: Buf<u32>,
    score: impl Fn(u32) -> f64 + Sync,
) -> Result<Rows, Stop> {
    sort_by_key(ctx, &mut listed, |v| falling(score(v)))?;
    let cells = tabulate(ctx, listed.len(), |i| score(listed[i]))?;
    to_vertices(ctx, graph, &mut listed)?;
    Ok(Rows::PerVertex { vertices: listed.release().share(), cells: Cells::Real(cells.release().share()) })
}

/// Positions turned into the graph's numbers, in place.
pub(crate) fn to_vertices(ctx: &JobContext, graph: &Projection, cells: &mut [u32]) -> Result<(), Stop> {
    let cuts = even_cuts(cells.len(), VERTEX_CHUNK);
    ctx.par_fill(cells, &cuts, |_, part, _| {
        for cell in part {
            *cell = graph.vertex(*cell).0;
        }
        Ok::<_, Stop>(())
    })?;
    Ok(())
}

/// An array over all positions, computed by `value`.
pub(crate) fn tabulate<T: Plain>(
    ctx: &JobContext,
    len: usize,
    value: impl Fn(usize) -> T + Sync,
) -> Result<Buf<T>, Stop> {
    if len <= VERTEX_CHUNK {
        // One chunk, which needs no other thread and no zeroes that are written over.
        ctx.checkpoint()?;
        let held = ctx.reserve((len * size_of::<T>()) as u64)?;
        return Ok((0..len).map(value).collect::<Buf<T>>().holding(held));
    }
    let mut out = ctx.alloc(len, T::default())?;
    ctx.par_fill(&mut out, &even_cuts(len, VERTEX_CHUNK), |range, part, _| {
        for (i, slot) in range.zip(part) {
            *slot = value(i);
        }
        Ok::<_, Stop>(())
    })?;
    Ok(out)
}

/// Fills rows of different lengths: row i is `out[offsets[i]..offsets[i + 1]]`. `body` gets a range of
/// rows between neighbouring `cuts` and the part of `out` that holds them.
pub(crate) fn fill_rows<T: Plain>(
    ctx: &JobContext,
    offsets: &[u64],
    cuts: &[usize],
    out: &mut [T],
    body: impl Fn(Range<usize>, &mut [T], &mut Tick<'_>) -> Result<(), Stop> + Sync,
) -> Result<(), Stop> {
    let first = cuts.first().map_or(0, |row| offsets[*row]);
    let parts: Vec<usize> = cuts.iter().map(|row| (offsets[*row] - first) as usize).collect();
    ctx.par_fill_parts(out, &parts, |i, part, tick| body(cuts[i]..cuts[i + 1], part, tick))?;
    Ok(())
}

/// Rows about the positions that `keep` accepts, in vertex order; `as_cells` says what their values are.
pub(crate) fn picked<T: Plain>(
    ctx: &JobContext,
    graph: &Projection,
    keep: impl Fn(usize) -> bool + Sync,
    value: impl Fn(usize) -> T + Sync,
    as_cells: impl FnOnce(Slab<T>) -> Cells,
) -> Result<Rows, Stop> {
    let cuts = even_cuts(graph.len(), VERTEX_CHUNK);
    let ends = kept_before(ctx, &cuts, &keep)?;
    let len = ends.last().map_or(0, |n| *n as usize);
    let (mut vertices, mut cells) = (ctx.alloc(len, 0u32)?, ctx.alloc(len, T::default())?);
    let (mut left, mut right) = (&mut vertices[..], &mut cells[..]);
    let mut parts = Vec::with_capacity(cuts.len());
    for pair in ends.windows(2) {
        let (a, b) = (
            left.split_at_mut((pair[1] - pair[0]) as usize),
            right.split_at_mut((pair[1] - pair[0]) as usize),
        );
        parts.push(Mutex::new((a.0, b.0)));
        (left, right) = (a.1, b.1);
    }
    ctx.par_map(parts.len(), |i, _| {
        // Each part is locked once, by the thread that took its chunk.
        let mut part = parts[i].lock().unwrap_or_else(PoisonError::into_inner);
        let (vertices, cells) = &mut *part;
        // Written first and kept or written over, as whether a position is kept can not be foretold.
        let mut at = 0;
        for v in cuts[i]..cuts[i + 1] {
            if let (Some(vertex), Some(cell)) = (vertices.get_mut(at), cells.get_mut(at)) {
                *vertex = graph.vertex(v as u32).0;
                *cell = value(v);
                at += usize::from(keep(v));
            }
        }
        Ok::<_, Stop>(())
    })?;
    drop(parts);
    Ok(Rows::PerVertex { vertices: vertices.release().share(), cells: as_cells(cells.release().share()) })
}

/// For each of `cuts`, how many positions before it `keep` accepts.
fn kept_before(
    ctx: &JobContext,
    cuts: &[usize],
    keep: impl Fn(usize) -> bool + Sync,
) -> Result<Vec<u64>, Stop> {
    let counts = ctx.par_ranges(cuts, |range, _| Ok::<_, Stop>(range.filter(|v| keep(*v)).count() as u64))?;
    let mut ends: Vec<u64> = vec![0];
    ends.extend(counts.iter().scan(0, |sum, count| {
        *sum += count;
        Some(*sum)
    }));
    Ok(ends)
}

/// The positions below `len` that `keep` accepts, rising.
pub(crate) fn select(
    ctx: &JobContext,
    len: usize,
    keep: impl Fn(usize) -> bool + Sync,
) -> Result<Buf<u32>, Stop> {
    let cuts = even_cuts(len, VERTEX_CHUNK);
    let ends = kept_before(ctx, &cuts, &keep)?;
    let mut out = ctx.alloc(ends.last().map_or(0, |n| *n as usize), 0u32)?;
    let each: Vec<usize> = (0..ends.len()).collect();
    fill_rows(ctx, &ends, &each, &mut out, |chunk, part, _| {
        let range = cuts[chunk.start]..cuts[chunk.end];
        for (slot, v) in part.iter_mut().zip(range.filter(|v| keep(*v))) {
            *slot = v as u32;
        }
        Ok(())
    })?;
    Ok(out)
}
