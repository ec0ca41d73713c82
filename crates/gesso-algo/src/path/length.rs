//! The numbers that a search over weighted arcs keeps distances in.
//!
//! A search waits for distances at random places, so half their size is most of its speed: where every weight
//! that it meets is a whole number, 32 bits hold what 64-bit floats would, without rounding either way.

use crate::arcs::Weight;
use gesso_core::{Buf, Plain};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// A way to keep distances.
pub(super) trait Length {
    /// One distance; sorts as distances do.
    type Value: Plain + Ord;
    /// A distance that threads lower.
    type Cell: Sync;
    /// Of what is not reached.
    const FAR: Self::Value;

    /// An array whose entries threads lower.
    fn cells(values: &mut Buf<Self::Value>) -> &[Self::Cell];
    /// Relaxed: whoever lowers a distance later lists the vertex again.
    fn get(cell: &Self::Cell) -> Self::Value;
    /// Sets a distance that no other thread changes.
    fn put(cell: &Self::Cell, value: Self::Value);
    /// Lowers a distance to `value` unless it is lower already. Returns what it was.
    fn lower(cell: &Self::Cell, value: Self::Value) -> Self::Value;
    /// The distance `weight` behind `from`; none where this way can not keep it, or the weight is no finite
    /// number above 0.
    fn behind<W: Step>(from: Self::Value, weight: W) -> Option<Self::Value>;
    /// The distance as a number.
    fn real(value: Self::Value) -> f64;
}

/// A weight that may be a whole number.
pub(super) trait Step: Weight {
    /// What weights are compared with, quickly.
    type Limit: Copy;

    /// The weight as a whole number above 0, if it is one.
    fn whole(self) -> Option<u32>;
    /// A limit that no weight below `limit` reaches; that is above 0.
    fn limit(limit: f64) -> Self::Limit;
    /// Bits of the weights below a limit, at most 64, and of those that are no finite number above 0.
    fn within(weights: &[Self], limit: Self::Limit) -> u64;
}

/// Bits of the items, at most 64, that `is_set` accepts.
#[inline]
pub(super) fn bits<T>(items: &[T], is_set: impl Fn(&T) -> bool) -> u64 {
    items.iter().enumerate().fold(0, |bits, (i, item)| bits | u64::from(is_set(item)) << i)
}

impl Step for u8 {
    type Limit = u16;

    #[inline]
    fn limit(limit: f64) -> u16 {
        limit.ceil() as u16
    }

    #[inline]
    fn within(weights: &[u8], limit: u16) -> u64 {
        let Ok(limit) = u8::try_from(limit) else { return bits(weights, |_| true) };
        let (eights, rest) = weights.as_chunks();
        let whole = eights.iter().rev().fold(0, |bits, eight| bits << 8 | eight_below(*eight, limit));
        whole | bits(rest, |weight| *weight < limit) << (8 * eights.len() % 64)
    }

    #[inline]
    fn whole(self) -> Option<u32> {
        (self != 0).then(|| u32::from(self))
    }
}

impl Step for f32 {
    type Limit = f64;

    #[inline]
    fn limit(limit: f64) -> f64 {
        limit
    }

    #[inline]
    fn within(weights: &[f32], limit: f64) -> u64 {
        bits(weights, |weight| !(limit..f64::INFINITY).contains(&f64::from(*weight)))
    }

    #[inline]
    fn whole(self) -> Option<u32> {
        f64::from(self).whole()
    }
}

/// Any distance, as the bits of an `f64`: for numbers from 0 up they sort as the numbers do.
pub(super) struct Real;

/// Whole distances that fit 32 bits.
pub(super) struct Whole;

impl Length for Real {
    type Value = u64;
    type Cell = AtomicU64;
    const FAR: u64 = f64::INFINITY.to_bits();

    fn cells(values: &mut Buf<u64>) -> &[AtomicU64] {
        values.as_atomics()
    }

    #[inline]
    fn get(cell: &AtomicU64) -> u64 {
        cell.load(Relaxed)
    }

    #[inline]
    fn put(cell: &AtomicU64, value: u64) {
        cell.store(value, Relaxed);
    }

    #[inline]
    fn lower(cell: &AtomicU64, value: u64) -> u64 {
        cell.fetch_min(value, Relaxed)
    }

    #[inline]
    fn behind<W: Step>(from: u64, weight: W) -> Option<u64> {
        let weight = weight.into();
        let is_usable = weight > 0.0 && weight < f64::INFINITY;
        is_usable.then(|| (f64::from_bits(from) + weight).to_bits())
    }

    #[inline]
    fn real(value: u64) -> f64 {
        f64::from_bits(value)
    }
}

impl Length for Whole {
    type Value = u32;
    type Cell = AtomicU32;
    const FAR: u32 = u32::MAX;

    fn cells(values: &mut Buf<u32>) -> &[AtomicU32] {
        values.as_atomics()
    }

    #[inline]
    fn get(cell: &AtomicU32) -> u32 {
        cell.load(Relaxed)
    }

    #[inline]
    fn put(cell: &AtomicU32, value: u32) {
        cell.store(value, Relaxed);
    }

    #[inline]
    fn lower(cell: &AtomicU32, value: u32) -> u32 {
        cell.fetch_min(value, Relaxed)
    }

    #[inline]
    fn behind<W: Step>(from: u32, weight: W) -> Option<u32> {
        let sum = from.checked_add(weight.whole()?)?;
        (sum != Self::FAR).then_some(sum)
    }

    #[inline]
    fn real(value: u32) -> f64 {
        f64::from(value)
    }
}

impl Step for f64 {
    type Limit = f64;

    #[inline]
    fn limit(limit: f64) -> f64 {
        limit
    }

    #[inline]
    fn within(weights: &[f64], limit: f64) -> u64 {
        bits(weights, |weight| !(limit..f64::INFINITY).contains(weight))
    }

    #[inline]
    fn whole(self) -> Option<u32> {
        // From 2^52 up floats are whole, so the sum has the rounded weight in its low bits: half the time of a cast,
        // which would also look whether the weight lies in range. The comparison says whether it was that number.
        let rounded = (self + 4_503_599_627_370_496.0).to_bits() as u32;
        (rounded != 0 && f64::from(rounded).to_bits() == self.to_bits()).then_some(rounded)
    }
}

/// Bits of the bytes below a limit, all compared at once: the low seven bits of each by a difference that borrows
/// from nobody, the high ones apart.
#[inline]
fn eight_below(bytes: [u8; 8], limit: u8) -> u64 {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (x, limits) = (u64::from_le_bytes(bytes), u64::from_le_bytes([limit; 8]));
    let is_low_part_as_large = (x | HIGH) - (limits & !HIGH);
    let below = (!x & limits | !(x ^ limits) & !is_low_part_as_large) & HIGH;
    // Adds up the eighth bits at neighbouring places of the highest byte.
    (below >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_above_zero_are_whole() {
        for n in [1, 2, 255, 1 << 20, (1 << 31) + 1, u32::MAX] {
            assert_eq!(f64::from(n).whole(), Some(n));
            assert_eq!((-f64::from(n)).whole(), None);
            assert_eq!((f64::from(n) + 2f64.powi(-20)).whole(), None);
        }
        assert_eq!([0u8, 1, 255].map(Step::whole), [None, Some(1), Some(255)]);
        assert_eq!([0.0f32, 0.5, -1.0, 16_777_216.0].map(Step::whole), [None, None, None, Some(1 << 24)]);
        let others =
            [0.0, -0.0, 0.5, 4_294_967_296.0, 4_294_967_297.0, 1e300, f64::INFINITY, f64::NAN, 1e-310];
        for other in others {
            assert_eq!(other.whole(), None, "{other}");
            assert_eq!((-other).whole(), None, "-{other}");
        }
    }

    #[test]
    fn what_is_below_a_limit_is_within_it() {
        let all: Vec<u8> = (0..=255).collect();
        for limit in [1.0, 6.5, 7.0, 127.5, 128.0, 200.0, 254.5, 255.0, 255.5, 1e300] {
            for len in [0, 1, 7, 8, 9, 63, 64] {
                for block in all.windows(len.max(1)).map(|block| &block[..len]) {
                    let expected = bits(block, |weight| f64::from(*weight) < limit);
                    assert_eq!(u8::within(block, u8::limit(limit)), expected, "{block:?} below {limit}");
                }
            }
        }
        assert_eq!(f32::within(&[6.25, 6.5, 7.0], f32::limit(6.5)), 0b001);
        let unusable = [f64::NAN, f64::INFINITY, 0.0, -8.0, 7.0];
        assert_eq!(f64::within(&unusable, f64::limit(6.5)), 0b01111);
    }

    #[test]
    fn sums_that_do_not_fit_are_told() {
        assert_eq!(Whole::behind(7, 3.0), Some(10));
        assert_eq!(Whole::behind(u32::MAX - 3, 2.0), Some(u32::MAX - 1));
        assert_eq!(Whole::behind(u32::MAX - 3, 3.0), None);
        assert_eq!(Whole::behind(u32::MAX - 3, 4.0), None);
        assert_eq!(Real::behind(0, -1.0), None);
        assert_eq!(Real::behind(1.5f64.to_bits(), 0.25), Some(1.75f64.to_bits()));
    }
}
