//! Comparing matches by the keys of a query's order.
//!
//! The first sort key of a match is folded into a number; only ties that the number cannot settle look at
//! values.

use crate::spec::OrderBy;
use gesso_core::{JobContext, Stop, Value};
use std::cmp::Ordering;

/// One match with its place by the first sort key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match<T> {
    pub element: T,
    place: Place,
}

/// Orders like the first key as far as 61 bits can tell; missing values come last in either direction.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    bits: u64,
    is_missing: bool,
    /// The bits say all there is to the value: equal ones need no second look.
    is_exact: bool,
}

/// What gives the value of a sort key for an element.
pub(crate) trait Values<T>: Sync {
    /// The value, if the element has one.
    fn value(&self, sort: &OrderBy, element: T) -> Option<Value>;
}

impl<T: Copy> Match<T> {
    pub fn new(element: T, sorts: &[OrderBy], values: &impl Values<T>) -> Match<T> {
        let place = sorts.first().map(|sort| Place::of(sort, values.value(sort, element)));
        Match { element, place: place.unwrap_or_default() }
    }

    /// The order that the query asks for; equal where internal order decides.
    pub fn compare(&self, other: &Match<T>, sorts: &[OrderBy], values: &impl Values<T>) -> Ordering {
        self.place.compare(other.place).then_with(|| {
            let is_settled = self.place.is_exact && other.place.is_exact;
            let rest = sorts.get(usize::from(is_settled)..).unwrap_or_default();
            let exact =
                |sort| compare(sort, values.value(sort, self.element), values.value(sort, other.element));
            rest.iter().map(exact).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        })
    }
}

impl Place {
    fn of(sort: &OrderBy, value: Option<Value>) -> Place {
        let Some(value) = value else { return Place { bits: 0, is_missing: true, is_exact: true } };
        let (bits, is_exact) = folded(&value);
        Place { bits: if sort.is_falling { !bits } else { bits }, is_missing: false, is_exact }
    }

    fn compare(self, other: Place) -> Ordering {
        self.is_missing.cmp(&other.is_missing).then(self.bits.cmp(&other.bits))
    }
}

/// The rank of the type above 61 bits of the value, and whether they are the whole value. Never contradicts
/// [`total`].
fn folded(value: &Value) -> (u64, bool) {
    let (within, is_exact) = match value {
        Value::Bool(v) => (u64::from(*v), true),
        Value::Int(_) | Value::Long(_) | Value::Float(_) | Value::Double(_) => {
            let bits = real_bits(value.as_real().unwrap_or(0.0));
            (
                bits >> 3,
                bits.trailing_zeros() >= 3 && !matches!(value, Value::Long(v) if v.unsigned_abs() > 1 << 53),
            )
        }
        Value::Date(v) => {
            let within = v.seconds().clamp(-(1 << 60), (1 << 60) - 1);
            ((within + (1 << 60)).cast_unsigned(), within == v.seconds())
        }
        Value::Enum(v) => (u64::from(*v), true),
        Value::Text(v) => {
            let mut head = [0u8; 8];
            for (to, from) in head.iter_mut().zip(v.bytes()) {
                *to = from;
            }
            (u64::from_be_bytes(head) >> 3, v.len() < 8 && !v.bytes().any(|b| b == 0))
        }
        Value::Many(_) => (0, false),
    };
    (u64::from(rank(value)) << 61 | within, is_exact)
}

/// Orders like the number, with NaN above all; −0 and 0 are one.
fn real_bits(v: f64) -> u64 {
    let bits = (v + 0.0).to_bits();
    if bits >> 63 == 1 && !v.is_nan() { !bits } else { bits | 1 << 63 }
}

fn compare(sort: &OrderBy, a: Option<Value>, b: Option<Value>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => {
            let order = total(&a, &b);
            if sort.is_falling { order.reverse() } else { order }
        }
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// A total order also over NaN and over values of different types, as one name may have several types.
fn total(a: &Value, b: &Value) -> Ordering {
    if let (Some(x), Some(y)) = (a.as_real(), b.as_real()) {
        return a.compare(b).unwrap_or_else(|| x.is_nan().cmp(&y.is_nan()));
    }
    a.compare(b).unwrap_or_else(|| rank(a).cmp(&rank(b)))
}

fn rank(v: &Value) -> u8 {
    match v {
        Value::Bool(_) => 0,
        Value::Int(_) | Value::Long(_) | Value::Float(_) | Value::Double(_) => 1,
        Value::Date(_) => 2,
        Value::Enum(_) => 3,
        Value::Text(_) => 4,
        Value::Many(_) => 5,
    }
}

/// Elements sorted between two looks at the gate.
const PIECE: usize = 8192;

/// Stable sort that can be stopped: sorted pieces, then merges of neighbouring runs.
pub(crate) fn sort<T: Copy>(
    ctx: &JobContext,
    items: &mut Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Result<(), Stop> {
    for piece in items.chunks_mut(PIECE) {
        ctx.checkpoint()?;
        piece.sort_by(&compare);
    }
    let mut width = PIECE;
    let mut merged = Vec::new();
    while width < items.len() {
        merged.reserve(items.len());
        for pair in items.chunks(width * 2) {
            let (a, b) = pair.split_at(width.min(pair.len()));
            merge(ctx, a, b, &compare, &mut merged)?;
        }
        std::mem::swap(items, &mut merged);
        merged.clear();
        width *= 2;
    }
    Ok(())
}

fn merge<T: Copy>(
    ctx: &JobContext,
    mut a: &[T],
    mut b: &[T],
    compare: impl Fn(&T, &T) -> Ordering,
    out: &mut Vec<T>,
) -> Result<(), Stop> {
    let mut tick = ctx.tick();
    while let (Some(x), Some(y)) = (a.first(), b.first()) {
        tick.spend(4)?;
        if compare(x, y).is_le() {
            out.push(*x);
            a = &a[1..];
        } else {
            out.push(*y);
            b = &b[1..];
        }
    }
    out.extend_from_slice(a);
    out.extend_from_slice(b);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_never_contradict_values() {
        let values = [
            Value::Double(f64::NEG_INFINITY),
            Value::Int(-5),
            Value::Double(-0.5),
            Value::Double(-0.0),
            Value::Int(0),
            Value::Float(0.25),
            Value::Long(i64::MAX),
            Value::Long(i64::MAX - 1),
            Value::Long((1 << 53) + 1),
            Value::Double(0.1),
            Value::Double(0.1 + f64::EPSILON / 8.0),
            Value::Double(f64::NAN),
            Value::Text("".into()),
            Value::Text("abcdefgh".into()),
            Value::Text("abcdefghi".into()),
            Value::Text("ä".into()),
            Value::Text("abc".into()),
            Value::Text("abc\0".into()),
            Value::Bool(false),
            Value::Bool(true),
            Value::Enum(0),
            Value::Enum(65_535),
        ];
        for a in &values {
            for b in &values {
                let ((x, x_is_exact), (y, y_is_exact)) = (folded(a), folded(b));
                let (exact, by_fold) = (total(a, b), x.cmp(&y));
                let may_tie = !(x_is_exact && y_is_exact) || exact.is_eq();
                assert!(
                    by_fold == exact || (by_fold.is_eq() && may_tie),
                    "{a:?} {b:?}: {by_fold:?}, {exact:?}"
                );
            }
        }
    }

    #[test]
    fn the_sort_is_stable_and_stops() {
        let ctx = JobContext::detached(1, 1 << 20);
        let mut items: Vec<(u32, u32)> =
            (0..100_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24, i)).collect();
        let mut expected = items.clone();
        expected.sort_by_key(|i| i.0);
        sort(&ctx, &mut items, |a, b| a.0.cmp(&b.0)).unwrap();
        assert_eq!(items, expected);
        let stopped = JobContext::detached(1, 1 << 20).stop_at_checkpoint(3);
        assert_eq!(sort(&stopped, &mut items, |a, b| b.cmp(a)), Err(Stop::Cancelled));
    }
}
