//! Second-order random walks: steps that know where they came from.
//!
//! From v, having come from u, an arc to x has weight 1/P if x is u, 1 if x is a neighbour of u, else 1/Q. A
//! uniform arc is drawn and kept with the chance of its weight among the highest one, which needs no tables;
//! when that fails too often the weights of all arcs are summed instead.
//!
//! Sources: Grover, Leskovec: "node2vec: Scalable Feature Learning for Networks", KDD 2016; Yang et al.:
//! "KnightKing: A Fast Distributed Graph Random Walk Engine", SOSP 2019, for drawing by rejection.

use crate::arcs::Arcs;
use gesso_core::rng::Rng;
use gesso_core::{Stop, Tick};

/// Draws before the weights of all arcs are summed.
const DRAWS: u32 = 64;

/// How walks are biased.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bias {
    /// Weight of going back.
    back: f64,
    /// Weight of going away.
    away: f64,
    highest: f64,
}

impl Bias {
    /// The bias of `P` and `Q`.
    pub(super) fn new(p: f64, q: f64) -> Bias {
        // Very small parameters stay finite; weights only count against each other.
        let (back, away) = ((1.0 / p).min(f64::MAX), (1.0 / q).min(f64::MAX));
        Bias { back, away, highest: back.max(away).max(1.0) }
    }

    #[inline]
    fn weight(&self, arcs: Arcs<'_>, from: u32, to: u32) -> f64 {
        if to == from {
            self.back
        } else if arcs.place(from, to).is_some() {
            1.0
        } else {
            self.away
        }
    }

    /// The next vertex after coming to `at` from `from`.
    fn step(
        &self,
        arcs: Arcs<'_>,
        from: u32,
        at: u32,
        rng: &mut Rng,
        tick: &mut Tick<'_>,
    ) -> Result<u32, Stop> {
        let row = arcs.row(at);
        let drawn = |rng: &mut Rng| row[rng.below(row.len() as u64) as usize];
        for _ in 0..DRAWS {
            tick.spend(4)?;
            let to = drawn(rng);
            if rng.unit() * self.highest < self.weight(arcs, from, to) {
                return Ok(to);
            }
        }
        let mut sum = 0.0;
        for to in row {
            tick.spend(4)?;
            sum += self.weight(arcs, from, *to) / self.highest;
        }
        let mut left = rng.unit() * sum;
        for to in row {
            tick.spend(4)?;
            left -= self.weight(arcs, from, *to) / self.highest;
            if left < 0.0 {
                return Ok(*to);
            }
        }
        Ok(drawn(rng))
    }

    /// Walks from a vertex, as long as `walk` or until a dead end. Returns the number of vertices.
    pub(super) fn walk(
        &self,
        arcs: Arcs<'_>,
        start: u32,
        walk: &mut [u32],
        rng: &mut Rng,
        tick: &mut Tick<'_>,
    ) -> Result<usize, Stop> {
        let mut len = 0;
        let (mut from, mut at) = (None, start);
        for slot in walk {
            *slot = at;
            len += 1;
            let row = arcs.row(at);
            if row.is_empty() {
                break;
            }
            let next = match from {
                None => row[rng.below(row.len() as u64) as usize],
                Some(from) => self.step(arcs, from, at, rng, tick)?,
            };
            (from, at) = (Some(at), next);
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesso_core::JobContext;

    /// How often a walk that came from 0 to 1 goes on to 0, 2 and 3, where 2 is a neighbour of 0.
    fn check(p: f64, q: f64, expected: [f64; 3]) {
        let offsets = [0u64, 2, 5, 7, 8];
        let targets = [1, 2, 0, 2, 3, 0, 1, 1];
        let arcs = Arcs::new(&offsets, &targets, None);
        let ctx = JobContext::detached(1, 1 << 20);
        let (mut rng, mut tick) = (ctx.rng(1, 0), ctx.tick());
        let mut counts = [0u32; 4];
        for _ in 0..30_000 {
            counts[Bias::new(p, q).step(arcs, 0, 1, &mut rng, &mut tick).unwrap() as usize] += 1;
        }
        let got = [counts[0], counts[2], counts[3]].map(|c| f64::from(c) / 30_000.0);
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 0.02, "P {p}, Q {q}: {got} for {expected}");
        }
    }

    #[test]
    fn a05_024_steps_follow_their_weights() {
        check(1.0, 1.0, [1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]);
        check(0.25, 2.0, [4.0 / 5.5, 1.0 / 5.5, 0.5 / 5.5]);
        check(4.0, 0.5, [0.25 / 3.25, 1.0 / 3.25, 2.0 / 3.25]);
        // So rare that drawing fails and weights are summed.
        check(1e-9, 1e9, [1.0, 0.0, 0.0]);
        check(1e9, 1e9, [0.0, 1.0, 0.0]);
    }
}
