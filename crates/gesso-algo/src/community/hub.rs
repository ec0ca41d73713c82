//! What lies around a hub: most of a graph whose degrees follow a power law, found without linking anything.
//!
//! The hub's neighbours are marked, then the vertices that have a marked neighbour, in place: one mark is all that a
//! vertex looks for, and most of them see one among their first arcs. That is the backward half of the search of
//! Beamer, Asanović, Patterson, SC 2012, without levels. The hub is found by asking neighbours, who tend to have more
//! neighbours than oneself (Feld, 1991), which needs no pass over all degrees.

use super::weak::Sides;
use crate::arcs::{WORD, is_set, members, touching};
use gesso_core::{Buf, JobContext, Stop};
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;

/// Vertices whose degrees are compared to begin with, and neighbours that are asked for a larger one.
const ASKED: usize = 1024;
/// How often neighbours are asked.
const STEPS: usize = 3;
/// Arcs of a vertex of the sample that are looked at.
const GLANCE: usize = 8;
/// Passes over all vertices at most; another one is worth it while one in [`WORTH`] vertices was found.
const PASSES: usize = 3;
const WORTH: usize = 64;
/// Words after the present one whose vertices' first neighbours are asked for.
const WORDS_AHEAD: usize = 2;

/// Vertices that are connected with each other, and what is left.
pub(super) struct Reach {
    marks: Buf<u32>,
    /// Bits of the vertices that have arcs and are not among them.
    left: Buf<u32>,
    /// The smallest of them.
    pub(super) first: u32,
}

impl Reach {
    /// Whether a position is one of them.
    #[inline]
    pub(super) fn has(&self, v: usize) -> bool {
        is_set(&self.marks, v as u32)
    }

    /// The vertices of a range that have arcs and are not among them. The range begins at a multiple of 32 and ends
    /// at one or at the last vertex.
    pub(super) fn left(&self, range: Range<usize>) -> impl Iterator<Item = u32> {
        words(range).flat_map(|word| members(word, self.left[word]))
    }
}

/// The words that hold the bits of a range of vertices.
fn words(range: Range<usize>) -> Range<usize> {
    range.start / WORD..range.end.div_ceil(WORD)
}

/// The vertices around a hub; none if these are not nearly all of the graph. `cuts` are multiples of 32 but for the last.
pub(super) fn reach(ctx: &JobContext, sides: &Sides<'_>, cuts: &[usize]) -> Result<Option<Reach>, Stop> {
    let len = sides.len();
    let Some(hub) = find_hub(sides) else { return Ok(None) };
    let mut marks = ctx.alloc(len.div_ceil(WORD), 0u32)?;
    let mut tick = ctx.tick();
    for v in sides.rows(hub).flatten().chain([&hub]) {
        tick.spend(1)?;
        marks[*v as usize / WORD] |= 1 << (*v as usize % WORD);
    }
    if !is_near_all(sides, &marks) {
        return Ok(None);
    }
    let mut left = unmarked(ctx, sides, &marks, cuts)?;
    for _ in 0..PASSES {
        if look_around(ctx, sides, &mut marks, &mut left, cuts)? < len / WORTH {
            break;
        }
    }
    let first = marks.iter().position(|word| *word != 0).unwrap_or(0);
    let first = (first * WORD) as u32 + marks[first].trailing_zeros();
    Ok(Some(Reach { marks, left, first }))
}

/// Bits of the vertices that have arcs and no mark.
fn unmarked(ctx: &JobContext, sides: &Sides<'_>, marks: &[u32], cuts: &[usize]) -> Result<Buf<u32>, Stop> {
    let mut left = ctx.alloc(marks.len(), 0u32)?;
    let word_cuts: Vec<usize> = cuts.iter().map(|v| v.div_ceil(WORD)).collect();
    ctx.par_fill(&mut left, &word_cuts, |range, part, _| {
        for (word, bits) in range.zip(part) {
            let vertices = word * WORD..sides.len().min((word + 1) * WORD);
            let with_arcs = vertices.rev().fold(0, |bits, v| bits << 1 | u32::from(sides.has_arcs(v as u32)));
            *bits = with_arcs & !marks[word];
        }
        Ok::<_, Stop>(())
    })?;
    Ok(left)
}

/// Moves vertices that have a marked neighbour from `left` to `marks`. Returns how many.
fn look_around(
    ctx: &JobContext,
    sides: &Sides<'_>,
    marks: &mut Buf<u32>,
    left: &mut Buf<u32>,
    cuts: &[usize],
) -> Result<usize, Stop> {
    let (marks, left) = (marks.as_atomics(), left.as_atomics());
    // Relaxed throughout: one thread writes a word, and whoever misses a mark finds it in the next pass or links.
    let found = ctx.par_ranges(cuts, |range, tick| {
        let mut found = 0;
        for word in words(range) {
            if let Some(later) = left.get(word + WORDS_AHEAD) {
                members(word + WORDS_AHEAD, later.load(Relaxed)).for_each(|v| sides.prefetch_any(v));
            }
            let asked = left[word].load(Relaxed);
            let mark = |at: usize| marks[at].load(Relaxed);
            let new = touching((word, asked), |v| sides.any(v), |v| sides.rows(v), mark, tick)?;
            if new != 0 {
                marks[word].store(mark(word) | new, Relaxed);
                left[word].store(asked & !new, Relaxed);
                found += new.count_ones() as usize;
            }
        }
        ctx.advance(1);
        Ok::<_, Stop>(found)
    })?;
    Ok(found.iter().sum())
}

/// A vertex of high degree; none in a graph without arcs, as far as a sample tells.
fn find_hub(sides: &Sides<'_>) -> Option<u32> {
    let len = sides.len();
    let mut hub = (0..len as u32).step_by(len.div_ceil(ASKED).max(1)).max_by_key(|v| sides.degree(*v))?;
    for _ in 0..STEPS {
        let asked = sides.rows(hub).flat_map(|row| row.iter().step_by(row.len().div_ceil(ASKED).max(1)));
        hub = asked.copied().chain([hub]).max_by_key(|v| (sides.degree(*v), *v))?;
    }
    (sides.degree(hub) > 0).then_some(hub)
}

/// Whether three in four vertices of a sample that have arcs are marked, or see a mark at a glance.
fn is_near_all(sides: &Sides<'_>, marks: &[u32]) -> bool {
    let is_marked = |t: u32| is_set(marks, t);
    let len = sides.len();
    let sample = (0..len as u32).step_by(len.div_ceil(ASKED).max(1)).filter(|v| sides.degree(*v) > 0);
    let (mut all, mut near) = (0, 0);
    for v in sample {
        all += 1;
        near += usize::from(
            is_marked(v) || sides.rows(v).any(|row| row.iter().take(GLANCE).any(|t| is_marked(*t))),
        );
    }
    near * 4 >= all * 3
}
