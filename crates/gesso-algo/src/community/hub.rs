//! What lies around a hub: most of a graph whose degrees follow a power law, found without linking anything.
//!
//! The hub's neighbours are marked, then the vertices that have a marked neighbour, in place: one mark is all that a
//! vertex looks for, and most of them see one among their first arcs. That is the backward half of the search of
//! Beamer, Asanović, Patterson, SC 2012, without levels. The hub is found by asking neighbours, who tend to have more
//! neighbours than oneself (Feld, 1991), which needs no pass over all degrees.

use super::weak::Sides;
use crate::arcs::{WORD, touching};
use gesso_core::{Buf, JobContext, Stop};
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

/// Vertices that are connected with each other.
pub(super) struct Reach {
    marks: Buf<u32>,
    /// The smallest of them.
    pub(super) first: u32,
}

impl Reach {
    /// Whether a position is one of them.
    #[inline]
    pub(super) fn has(&self, v: usize) -> bool {
        self.marks[v / WORD] >> (v % WORD) & 1 == 1
    }
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
    let shared = marks.as_atomics();
    for _ in 0..PASSES {
        let found = ctx.par_ranges(cuts, |range, tick| {
            let mut found = 0;
            for word in range.start / WORD..range.end.div_ceil(WORD) {
                let all = u32::MAX >> (WORD - (len - word * WORD).min(WORD));
                // Relaxed: one thread writes a word, and whoever misses a mark finds it in the next pass or links.
                let old = shared[word].load(Relaxed);
                let mark = |at: usize| shared[at].load(Relaxed);
                let new = touching((word, all & !old), |v| sides.any(v), |v| sides.rows(v), mark, tick)?;
                shared[word].store(old | new, Relaxed);
                found += new.count_ones() as usize;
            }
            ctx.advance(1);
            Ok::<_, Stop>(found)
        })?;
        if found.iter().sum::<usize>() < len / WORTH {
            break;
        }
    }
    let first = marks.iter().position(|word| *word != 0).unwrap_or(0);
    let first = (first * WORD) as u32 + marks[first].trailing_zeros();
    Ok(Some(Reach { marks, first }))
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
    let is_marked = |t: u32| marks[t as usize / WORD] >> (t as usize % WORD) & 1 == 1;
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
