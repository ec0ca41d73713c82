//! Synthetic graphs for demonstrations and benchmarks, the same for any number of threads.

use gesso_core::ctx::even_cuts;
use gesso_core::rng::Rng;
use gesso_core::{Buf, JobContext, Stop};
use std::sync::atomic::Ordering::Relaxed;

/// Edges a chunk; each takes `scale` random choices.
const CHUNK: usize = 4096;

/// Edges of a Kronecker graph with 2^`scale` vertices and `edge_factor` edges a vertex, as sources and
/// targets: loops and parallel edges included, ids shuffled so that hubs lie anywhere. Stops when `ctx` is
/// stopped or has no room for 8 bytes an edge. `scale` is at most 31.
///
/// Source: Leskovec et al.: "Kronecker Graphs", 2010, with the parameters of Graph500 (A = 0.57, B = C =
/// 0.19).
pub fn kronecker(
    ctx: &JobContext,
    scale: u32,
    edge_factor: u32,
    seed: u64,
) -> Result<(Buf<u32>, Buf<u32>), Stop> {
    let scale = scale.min(31);
    let edges = (1usize << scale) * edge_factor as usize;
    let mut sources = ctx.alloc(edges, 0u32)?;
    let mut targets = ctx.alloc(edges, 0u32)?;
    let (from, to) = (sources.as_atomics(), targets.as_atomics());
    let cuts = even_cuts(edges, CHUNK);
    ctx.phase("generate", 1.0, cuts.len() as u64);
    ctx.par_map(cuts.len() - 1, |chunk, tick| {
        let mut rng = ctx.rng(seed, chunk as u64);
        for e in cuts[chunk]..cuts[chunk + 1] {
            tick.spend(u64::from(scale))?;
            let (s, t) = edge(&mut rng, scale);
            // Relaxed: each slot has one writer, and readers come after the loop.
            from[e].store(shuffled(s, scale, seed), Relaxed);
            to[e].store(shuffled(t, scale, seed), Relaxed);
        }
        ctx.advance(1);
        Ok::<_, Stop>(())
    })?;
    Ok((sources, targets))
}

/// One edge: for each bit of the ids a quadrant of the matrix is chosen.
fn edge(rng: &mut Rng, scale: u32) -> (u32, u32) {
    // Thresholds for 32 random bits: A, A + B, A + B + C.
    const ONE: f64 = 4_294_967_296.0;
    const A: u64 = (0.57 * ONE) as u64;
    const AB: u64 = (0.76 * ONE) as u64;
    const ABC: u64 = (0.95 * ONE) as u64;
    let (mut s, mut t) = (0, 0);
    let mut bits = 0;
    for level in 0..scale {
        bits = if level % 2 == 0 { rng.next_u64() } else { bits >> 32 };
        let r = bits & 0xFFFF_FFFF;
        s = s << 1 | u32::from(r >= AB);
        t = t << 1 | u32::from((A..AB).contains(&r) || r >= ABC);
    }
    (s, t)
}

/// A permutation of the numbers of `scale` bits: multiplying by odd numbers and folding high bits onto low
/// ones can both be undone, so no two numbers become one.
fn shuffled(v: u32, scale: u32, seed: u64) -> u32 {
    if scale == 0 {
        return v;
    }
    let mask = (1u64 << scale) - 1;
    let mut rng = Rng::new(seed, u64::MAX);
    let mut x = u64::from(v);
    for _ in 0..3 {
        x = x.wrapping_mul(rng.next_u64() | 1).wrapping_add(rng.next_u64()) & mask;
        x ^= x >> scale.div_ceil(2);
    }
    x as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_is_the_same_for_any_number_of_threads() {
        let of = |threads, seed| {
            let ctx = JobContext::detached(threads, 1 << 24);
            let (s, t) = kronecker(&ctx, 10, 16, seed).unwrap();
            (s.to_vec(), t.to_vec())
        };
        assert_eq!(of(1, 7), of(8, 7));
        assert_ne!(of(1, 7), of(1, 8));
    }

    #[test]
    fn shuffling_is_a_permutation() {
        for scale in [0, 1, 2, 7, 12] {
            let mut all: Vec<u32> = (0..1 << scale).map(|v| shuffled(v, scale, 42)).collect();
            all.sort_unstable();
            assert!(all.iter().enumerate().all(|(i, v)| i as u32 == *v), "scale {scale}");
        }
    }

    #[test]
    fn degrees_are_skewed() {
        let ctx = JobContext::detached(1, 1 << 24);
        let (sources, _) = kronecker(&ctx, 10, 16, 1).unwrap();
        let mut degrees = vec![0u32; 1024];
        for s in sources.iter() {
            degrees[*s as usize] += 1;
        }
        degrees.sort_unstable();
        assert!(degrees[1023] > 16 * 10 && degrees[256] < 16);
    }

    #[test]
    fn a_stopped_job_generates_nothing() {
        let ctx = JobContext::detached(2, 1 << 24).stop_at_checkpoint(2);
        assert!(kronecker(&ctx, 12, 16, 1).is_err());
        assert_eq!(ctx.account().used(), 0);
    }
}
