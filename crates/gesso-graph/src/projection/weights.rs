//! Weights of arcs, in the narrowest numbers that keep each of them exactly. What waits for arcs waits for their bytes:
//! most graphs have whole weights up to 255, or those that 32-bit floats hold.

use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Plain, Slab, Stop};

/// Weights of a chunk.
const CHUNK: usize = 1 << 16;

/// A weight for each arc.
#[derive(Clone, Debug)]
pub enum Weights {
    /// Whole numbers from 0 to 255.
    Bytes(Slab<u8>),
    /// Numbers that 32-bit floats hold without rounding.
    Singles(Slab<f32>),
    /// Any numbers.
    Doubles(Slab<f64>),
}

/// [`Weights`] as plain slices.
#[derive(Clone, Copy, Debug)]
pub enum WeightSlice<'a> {
    /// See [`Weights::Bytes`].
    Bytes(&'a [u8]),
    /// See [`Weights::Singles`].
    Singles(&'a [f32]),
    /// See [`Weights::Doubles`].
    Doubles(&'a [f64]),
}

/// The numbers that a set of weights needs, narrowest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    #[default]
    Byte,
    Single,
    Double,
}

impl Weights {
    /// These weights, for graphs that are made in memory.
    pub(super) fn of(weights: &[f64]) -> Weights {
        let alone = JobContext::detached(1, u64::MAX);
        let narrowed = Width::of(weights).narrowed(&alone, weights);
        narrowed.unwrap_or_else(|_| unreachable!("nobody stops it, and its budget has no end"))
    }

    /// The weights, looked up once: a shared array decides at each use where it lives.
    pub fn as_slice(&self) -> WeightSlice<'_> {
        match self {
            Weights::Bytes(all) => WeightSlice::Bytes(all),
            Weights::Singles(all) => WeightSlice::Singles(all),
            Weights::Doubles(all) => WeightSlice::Doubles(all),
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        match self {
            Weights::Bytes(all) => all.size_bytes(),
            Weights::Singles(all) => all.size_bytes(),
            Weights::Doubles(all) => all.size_bytes(),
        }
    }
}

impl WeightSlice<'_> {
    /// The weight of an arc.
    #[inline]
    pub fn get(&self, at: usize) -> f64 {
        match self {
            WeightSlice::Bytes(all) => f64::from(all[at]),
            WeightSlice::Singles(all) => f64::from(all[at]),
            WeightSlice::Doubles(all) => all[at],
        }
    }

    /// Number of arcs.
    pub fn len(&self) -> usize {
        match self {
            WeightSlice::Bytes(all) => all.len(),
            WeightSlice::Singles(all) => all.len(),
            WeightSlice::Doubles(all) => all.len(),
        }
    }

    /// True without arcs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Width {
    /// Weights that need no more than this, in it.
    pub(super) fn narrowed(self, ctx: &JobContext, weights: &[f64]) -> Result<Weights, Stop> {
        fn all<T: Plain>(
            ctx: &JobContext,
            weights: &[f64],
            narrow: impl Fn(f64) -> T + Sync,
        ) -> Result<Slab<T>, Stop> {
            let mut all = ctx.alloc(weights.len(), T::default())?;
            ctx.par_fill(&mut all, &even_cuts(weights.len(), CHUNK), |range, part, _| {
                part.iter_mut().zip(&weights[range]).for_each(|(slot, weight)| *slot = narrow(*weight));
                Ok::<_, Stop>(())
            })?;
            Ok(all.release().share())
        }
        Ok(match self {
            Width::Byte => Weights::Bytes(all(ctx, weights, |w| w as u8)?),
            Width::Single => Weights::Singles(all(ctx, weights, |w| w as f32)?),
            Width::Double => Weights::Doubles(all(ctx, weights, |w| w)?),
        })
    }

    /// What these weights need.
    pub(super) fn of(weights: &[f64]) -> Width {
        // Bits tell 0 from -0 and one that is no number from all that are.
        let keeps = |weight: f64, narrow: f64| narrow.to_bits() == weight.to_bits();
        let mut width = Width::Byte;
        for weight in weights.iter().copied() {
            if width == Width::Byte && !keeps(weight, f64::from(weight as u8)) {
                width = Width::Single;
            }
            if width == Width::Single && !keeps(weight, f64::from(weight as f32)) {
                return Width::Double;
            }
        }
        width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept_exactly_in_as_few_bytes_as_that_takes() {
        let cases: [(&[f64], usize); 10] = [
            (&[], 1),
            (&[0.0, 1.0, 255.0], 1),
            (&[1.0, 256.0], 4),
            (&[7.0, -1.0], 4),
            (&[-0.0], 4),
            (&[0.5, f64::from(1e30f32)], 4),
            (&[f64::INFINITY, f64::NEG_INFINITY], 4),
            (&[1.0, 0.1], 8),
            (&[f64::from(1 << 24) + 1.0], 8),
            (&[1e300, 5e-324], 8),
        ];
        for (weights, bytes) in cases {
            let kept = Weights::of(weights);
            assert_eq!(kept.size_bytes(), bytes * weights.len(), "{weights:?}");
            let all = kept.as_slice();
            assert_eq!(all.len(), weights.len());
            let same = |at: usize| all.get(at).to_bits() == weights[at].to_bits();
            assert!((0..weights.len()).all(same), "{weights:?}: {kept:?}");
        }
        assert!(Weights::of(&[f64::NAN]).as_slice().get(0).is_nan());
    }
}
