//! Weights of arcs, in the narrowest numbers that keep each of them exactly. What waits for arcs waits for their bytes:
//! most graphs have whole weights up to 255, or those that 32-bit floats hold.

use gesso_core::{Buf, Plain, Slab};

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
        fn all<T: Plain>(weights: &[f64], narrow: impl Fn(f64) -> T) -> Slab<T> {
            let mut buf = Buf::zeroed(weights.len());
            buf.iter_mut().zip(weights).for_each(|(slot, weight)| *slot = narrow(*weight));
            buf.share()
        }
        match Width::of(weights) {
            Width::Byte => Weights::Bytes(all(weights, |w| w as u8)),
            Width::Single => Weights::Singles(all(weights, |w| w as f32)),
            Width::Double => Weights::Doubles(all(weights, |w| w)),
        }
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
