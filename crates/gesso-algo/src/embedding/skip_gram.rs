//! Skip-gram with negative sampling: vectors that tell the vertices that are met near each other on walks from
//! ones drawn at random.
//!
//! Training goes on one thread, as each step starts from what the one before left and the answer must not
//! depend on threads. Source: Mikolov et al.: "Distributed Representations of Words and Phrases and their
//! Compositionality", 2013.

use gesso_core::rng::Rng;
use gesso_core::{Buf, JobContext, Stop, Tick};

/// Most steps between two vertices of a pair; each pair's own limit is drawn below it.
const WINDOW: u64 = 10;
/// Random vertices for each pair.
const NEGATIVES: usize = 5;
/// Learning rate at the start and the end.
const RATES: (f64, f64) = (0.025, 0.0001);
/// Frequencies count by this power among random vertices.
const POWER: f64 = 0.75;

/// Draws vertices by the power of their frequencies, in constant time. Source: Vose: "A Linear Algorithm for
/// Generating Random Numbers with a Given Distribution", 1991.
struct Alias {
    chance: Buf<f64>,
    other: Buf<u32>,
}

impl Alias {
    fn new(ctx: &JobContext, frequency: &[u64]) -> Result<Alias, Stop> {
        let len = frequency.len();
        let mut chance = ctx.alloc(len, 0f64)?;
        let mut other = ctx.alloc(len, 0u32)?;
        let mut tick = ctx.tick();
        let mut sum = 0.0;
        for (slot, count) in chance.iter_mut().zip(frequency) {
            tick.spend(4)?;
            *slot = (*count as f64).powf(POWER);
            sum += *slot;
        }
        // Small ones from the front, large ones from the back of one stack.
        let mut stack = ctx.alloc(len, 0u32)?;
        let (mut small, mut large) = (0, len);
        for (v, slot) in chance.iter_mut().enumerate() {
            tick.spend(1)?;
            *slot *= len as f64 / sum;
            other[v] = v as u32;
            if *slot < 1.0 {
                stack[small] = v as u32;
                small += 1;
            } else {
                large -= 1;
                stack[large] = v as u32;
            }
        }
        while small > 0 && large < len {
            tick.spend(1)?;
            small -= 1;
            let (below, above) = (stack[small] as usize, stack[large] as usize);
            other[below] = above as u32;
            chance[above] -= 1.0 - chance[below];
            if chance[above] < 1.0 {
                large += 1;
                stack[small] = above as u32;
                small += 1;
            }
        }
        // What rounding left over is drawn for itself.
        for v in stack[..small].iter().chain(&stack[large..]) {
            tick.spend(1)?;
            chance[*v as usize] = 1.0;
        }
        Ok(Alias { chance, other })
    }

    #[inline]
    fn draw(&self, rng: &mut Rng) -> u32 {
        let v = rng.below(self.chance.len() as u64) as usize;
        if rng.unit() < self.chance[v] { v as u32 } else { self.other[v] }
    }
}

/// Vectors in training.
pub(super) struct SkipGram {
    dim: usize,
    /// One vector a vertex, the result.
    pub(super) vectors: Buf<f64>,
    /// The vectors that they are compared with.
    contexts: Buf<f64>,
    negatives: Alias,
    rng: Rng,
    /// Vertices of walks seen, and to be seen in all.
    seen: u64,
    total: u64,
    change: Vec<f64>,
}

/// Bytes of [`SkipGram`].
pub(super) const fn skip_gram_bytes(vertices: u64, dim: u64) -> u64 {
    16 * vertices * dim + (8 + 4 + 4) * vertices
}

/// The start of each vector: small random numbers.
pub(super) fn initial(ctx: &JobContext, len: usize, dim: usize, seed: u64) -> Result<Buf<f64>, Stop> {
    let mut vectors = ctx.alloc(len * dim, 0f64)?;
    const VERTICES: usize = 1024;
    let cuts = gesso_core::ctx::even_cuts(len * dim, VERTICES * dim);
    ctx.par_fill(&mut vectors, &cuts, |range, part, tick| {
        let mut rng = ctx.rng(seed ^ 0x5EED, (range.start / (VERTICES * dim)) as u64);
        for slot in part {
            tick.spend(1)?;
            *slot = (rng.unit() - 0.5) / dim as f64;
        }
        Ok::<_, Stop>(())
    })?;
    Ok(vectors)
}

impl SkipGram {
    /// Vectors at their start. `frequency` says how often each vertex is met, `total` how many are met in all.
    pub(super) fn new(
        ctx: &JobContext,
        dim: usize,
        seed: u64,
        frequency: &[u64],
        total: u64,
    ) -> Result<SkipGram, Stop> {
        let vectors = initial(ctx, frequency.len(), dim, seed)?;
        let contexts = ctx.alloc(vectors.len(), 0f64)?;
        let negatives = Alias::new(ctx, frequency)?;
        let rng = ctx.rng(seed, u64::MAX);
        Ok(SkipGram { dim, vectors, contexts, negatives, rng, seen: 0, total, change: vec![0.0; dim] })
    }

    /// Learns from one walk.
    pub(super) fn learn(&mut self, walk: &[u32], tick: &mut Tick<'_>) -> Result<(), Stop> {
        for (at, vertex) in walk.iter().enumerate() {
            let done = self.seen as f64 / self.total.max(1) as f64;
            let rate = (RATES.0 * (1.0 - done)).max(RATES.1);
            self.seen += 1;
            let reach = 1 + self.rng.below(WINDOW) as usize;
            let last = (at + reach).min(walk.len() - 1);
            for (near, other) in walk.iter().enumerate().take(last + 1).skip(at.saturating_sub(reach)) {
                if near != at {
                    tick.spend((self.dim * (NEGATIVES + 1)) as u64)?;
                    self.pair(*vertex, *other, rate);
                }
            }
        }
        Ok(())
    }

    /// Draws a vector to the context of one vertex and away from those of random ones.
    fn pair(&mut self, vertex: u32, near: u32, rate: f64) {
        self.change.fill(0.0);
        let own = vertex as usize * self.dim..(vertex as usize + 1) * self.dim;
        for i in 0..=NEGATIVES {
            let (other, label) = match i {
                0 => (near, 1.0),
                _ => (self.negatives.draw(&mut self.rng), 0.0),
            };
            if i > 0 && other == near {
                continue;
            }
            let vector = &self.vectors[own.clone()];
            let context = &mut self.contexts[other as usize * self.dim..(other as usize + 1) * self.dim];
            let step = rate * (label - sigmoid(dot(vector, context)));
            for ((change, context), x) in self.change.iter_mut().zip(context).zip(vector) {
                *change += step * *context;
                *context += step * x;
            }
        }
        for (x, change) in self.vectors[own].iter_mut().zip(&self.change) {
            *x += change;
        }
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Sum of products; four partial sums in a fixed grouping let the additions overlap.
#[inline]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut partial = [0.0; 4];
    let (quads_a, quads_b) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest = quads_a.remainder().iter().zip(quads_b.remainder());
    let tail: f64 = rest.map(|(x, y)| x * y).sum();
    for (x, y) in quads_a.zip(quads_b) {
        for (sum, (x, y)) in partial.iter_mut().zip(x.iter().zip(y)) {
            *sum += x * y;
        }
    }
    (partial[0] + partial[1]) + (partial[2] + partial[3]) + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vertices_are_drawn_by_the_power_of_their_frequency() {
        let ctx = JobContext::detached(1, 1 << 20);
        let frequency = [1u64, 16, 0, 81];
        let alias = Alias::new(&ctx, &frequency).unwrap();
        let mut rng = ctx.rng(3, 0);
        let mut counts = [0u32; 4];
        for _ in 0..36_000 {
            counts[alias.draw(&mut rng) as usize] += 1;
        }
        for (count, expected) in counts.iter().zip([1000.0, 8000.0, 0.0, 27_000.0]) {
            assert!((f64::from(*count) - expected).abs() <= 500.0 && (expected > 0.0 || *count == 0));
        }
    }
}
