//! Breadth-first search in levels, from the frontier outward or, when the frontier is large, from the
//! unreached vertices back to it. Source: Beamer, Asanović, Patterson: "Direction-Optimizing
//! Breadth-First Search", SC 2012.
//!
//! Looking back asks for each arc whether its end is in the frontier. The frontier is a bit a vertex then, which
//! stays in the second-level cache where distances would not. So is what is left to look at: vertices without arcs,
//! which graphs with a power law have many of, are passed over once instead of at each level.

use crate::arcs::{Arcs, WORD, members, pieces, touching};
use crate::rows::{ARC_CHUNK, VERTEX_CHUNK};
use gesso_core::ctx::{even_cuts, work_cuts};
use gesso_core::{Buf, JobContext, Stop, Tick};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Turn around when the frontier has more than one in this many of the arcs not yet looked at.
const TURN_ARCS: u64 = 15;
/// Turn back when the frontier has fewer than one in this many of the vertices.
const TURN_BACK: u64 = 18;
/// Words after the present one whose vertices' first neighbours are asked for.
const WORDS_AHEAD: usize = 2;
/// Vertices of the frontier a chunk: few, as one may have many arcs.
const FRONTIER_CHUNK: usize = 64;

/// Bytes that [`hops`] takes: distances, the queue, what chunks find, and three sets of bits.
pub(crate) const fn hops_bytes(vertices: u64) -> u64 {
    16 * vertices + 12 * vertices.div_ceil(WORD as u64)
}

/// [`search`] as a phase of its own.
pub(super) fn hops(
    ctx: &JobContext,
    forward: Arcs<'_>,
    backward: Arcs<'_>,
    source: u32,
    most: u32,
) -> Result<Reached, Stop> {
    ctx.phase("search", 0.95, forward.vertices() as u64);
    search(ctx, forward, backward, source, most)
}

/// What a search found.
pub(crate) struct Reached {
    /// Distance from the source plus 1 for each position, 0 where it is not reached.
    pub(crate) hops: Buf<u32>,
    /// Number of positions reached, the source not among them.
    pub(crate) count: usize,
}

/// Searches at most `most` hops far. Advances by one unit for each vertex reached.
pub(crate) fn search(
    ctx: &JobContext,
    forward: Arcs<'_>,
    backward: Arcs<'_>,
    source: u32,
    most: u32,
) -> Result<Reached, Stop> {
    let len = forward.vertices();
    let mut hops = ctx.alloc(len, 0u32)?;
    hops[source as usize] = 1;
    let mut queue = ctx.alloc(len, 0u32)?;
    queue[0] = source;
    // Lists of chunks: every vertex is in one once; a growing list has room for twice its length.
    let lists_held = ctx.reserve(8 * len as u64)?;
    let mut search = Search {
        ctx,
        forward,
        backward,
        hops: hops.as_atomics(),
        unseen_arcs: forward.targets.len() as u64,
        wide: Vec::new(),
        count: 0,
    };
    let mut frontier = Frontier { len: 1, arcs: forward.degree(source) };
    let mut level = 1;
    while frontier.len > 0 && level <= most {
        if frontier.arcs > search.unseen_arcs / TURN_ARCS {
            (frontier, level) = search.backwards(frontier, level, most, &mut queue)?;
        } else {
            frontier = search.outwards(&mut queue, frontier, level)?;
            level += 1;
        }
    }
    drop(lists_held);
    let count = search.count;
    Ok(Reached { hops, count })
}

/// The vertices of a level; the first `len` of the queue.
#[derive(Clone, Copy)]
struct Frontier {
    len: usize,
    arcs: u64,
}

struct Search<'a> {
    ctx: &'a JobContext,
    forward: Arcs<'a>,
    backward: Arcs<'a>,
    hops: &'a [AtomicU32],
    unseen_arcs: u64,
    /// Chunks for looking backwards; made when first needed.
    wide: Vec<usize>,
    /// Vertices reached.
    count: usize,
}

impl Search<'_> {
    /// One level outward: the queue holds the vertices of `level`, afterwards those of the next.
    fn outwards(&mut self, queue: &mut [u32], frontier: Frontier, level: u32) -> Result<Frontier, Stop> {
        self.unseen_arcs = self.unseen_arcs.saturating_sub(frontier.arcs);
        let cuts = even_cuts(frontier.len, FRONTIER_CHUNK);
        let now = &queue[..frontier.len];
        let found = self.ctx.par_ranges(&cuts, |range, tick| {
            let mut list = Vec::new();
            let mut arcs = 0;
            let now = &now[range];
            for (i, v) in now.iter().enumerate() {
                self.forward.prefetch_after(now, i);
                for piece in pieces(self.forward.row(*v)) {
                    tick.spend(1 + piece.len() as u64)?;
                    arcs += claim(self.hops, self.forward, level + 1, piece, &mut list);
                }
            }
            Ok::<_, Stop>((list, arcs))
        })?;
        let mut next = Frontier { len: 0, arcs: 0 };
        for (list, arcs) in found {
            self.ctx.checkpoint()?;
            queue[next.len..next.len + list.len()].copy_from_slice(&list);
            next = Frontier { len: next.len + list.len(), arcs: next.arcs + arcs };
        }
        self.count += next.len;
        self.ctx.advance(next.len as u64);
        Ok(next)
    }

    /// Levels found by looking back, until the frontier is small again; then the queue holds it.
    fn backwards(
        &mut self,
        from: Frontier,
        level: u32,
        most: u32,
        queue: &mut [u32],
    ) -> Result<(Frontier, u32), Stop> {
        let len = self.hops.len();
        if self.wide.is_empty() {
            self.wide = word_cuts(self.backward.offsets);
        }
        let words = len.div_ceil(WORD);
        let mut now = self.ctx.alloc(words, 0u32)?;
        let mut next = self.ctx.alloc(words, 0u32)?;
        let mut tick = self.ctx.tick();
        for v in &queue[..from.len] {
            tick.spend(1)?;
            now[*v as usize / WORD] |= 1 << (*v as usize % WORD);
        }
        let cuts: Vec<usize> = self.wide.iter().map(|v| v.div_ceil(WORD)).collect();
        let mut left = self.ctx.alloc(words, 0u32)?;
        self.ctx.par_fill(&mut left, &cuts, |words, part, _| {
            words.zip(part).for_each(|(word, bits)| *bits = self.left_in(word));
            Ok::<_, Stop>(())
        })?;
        let left = left.as_atomics();
        let (mut level, mut found) = (level, from.len);
        while level <= most && found > 0 {
            let before = found;
            let counts = self.ctx.par_fill(&mut next, &cuts, |words, part, tick| {
                let mut count = 0;
                for (word, bits) in words.zip(part) {
                    // Relaxed: each word is looked at by one thread, and by others after the loop.
                    let unreached = left[word].load(Relaxed);
                    if let Some(later) = left.get(word + WORDS_AHEAD) {
                        self.prefetch_firsts(word + WORDS_AHEAD, later.load(Relaxed));
                    }
                    *bits = self.look_back(word, unreached, &now, level, tick)?;
                    left[word].store(unreached & !*bits, Relaxed);
                    count += bits.count_ones() as usize;
                }
                self.ctx.advance(count as u64);
                Ok::<_, Stop>(count)
            })?;
            std::mem::swap(&mut now, &mut next);
            found = counts.iter().sum();
            self.count += found;
            level += 1;
            if found < before && (found as u64) < len as u64 / TURN_BACK {
                break;
            }
        }
        // Nobody looks at the last level again.
        let frontier = if level > most { Frontier { len: 0, arcs: 0 } } else { self.queue_of(&now, queue)? };
        Ok((frontier, level))
    }

    /// The bits of a word's vertices that are not reached and have arcs to be reached by.
    fn left_in(&self, word: usize) -> u32 {
        let first = word * WORD;
        let vertices = first..(first + WORD).min(self.hops.len());
        // Relaxed: written before this loop.
        let is_left = |v: usize| self.hops[v].load(Relaxed) == 0 && self.backward.degree(v as u32) > 0;
        vertices.fold(0, |bits, v| bits | u32::from(is_left(v)) << (v - first))
    }

    /// Asks for the first arcs of a word's `unreached` vertices, some words before they are looked at.
    #[inline]
    fn prefetch_firsts(&self, word: usize, unreached: u32) {
        members(word, unreached).for_each(|v| self.backward.prefetch_first(v));
    }

    /// Which of a word's `unreached` vertices are reached from the frontier `now`; gives them their distance.
    #[inline]
    fn look_back(
        &self,
        word: usize,
        unreached: u32,
        now: &[u32],
        level: u32,
        tick: &mut Tick<'_>,
    ) -> Result<u32, Stop> {
        let row = |v| std::iter::once(self.backward.row(v));
        let bits = touching((word, unreached), |v| self.backward.first(v), row, |at| now[at], tick)?;
        // Relaxed: read by others after the loop.
        members(word, bits).for_each(|v| self.hops[v as usize].store(level + 1, Relaxed));
        Ok(bits)
    }

    /// Puts the vertices of a set of bits into the queue.
    fn queue_of(&self, now: &[u32], queue: &mut [u32]) -> Result<Frontier, Stop> {
        let found = self.ctx.par_ranges(&even_cuts(now.len(), VERTEX_CHUNK / WORD), |range, _| {
            let (mut list, mut arcs) = (Vec::new(), 0);
            for word in range {
                for v in members(word, now[word]) {
                    list.push(v);
                    arcs += self.forward.degree(v);
                }
            }
            Ok::<_, Stop>((list, arcs))
        })?;
        let mut all = Frontier { len: 0, arcs: 0 };
        for (list, arcs) in found {
            self.ctx.checkpoint()?;
            queue[all.len..all.len + list.len()].copy_from_slice(&list);
            all = Frontier { len: all.len + list.len(), arcs: all.arcs + arcs };
        }
        Ok(all)
    }
}

/// Gives unreached neighbours their level and lists those that this call was first at. Returns their arcs.
fn claim(hops: &[AtomicU32], forward: Arcs<'_>, level: u32, neighbours: &[u32], list: &mut Vec<u32>) -> u64 {
    let mut arcs = 0;
    for t in neighbours {
        let slot = &hops[*t as usize];
        // Relaxed: whoever wins writes the same level, and the list says who won.
        if slot.load(Relaxed) == 0 && slot.compare_exchange(0, level, Relaxed, Relaxed).is_ok() {
            list.push(*t);
            arcs += forward.degree(*t);
        }
    }
    arcs
}

/// Ranges of vertices with about the same number of arcs, cut between words.
fn word_cuts(offsets: &[u64]) -> Vec<usize> {
    let len = offsets.len() - 1;
    let mut cuts: Vec<usize> =
        work_cuts(offsets, ARC_CHUNK).iter().map(|v| v.next_multiple_of(WORD).min(len)).collect();
    cuts.dedup();
    cuts
}
