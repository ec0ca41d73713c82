//! Comparing matches by the keys of a query's order.

use crate::spec::OrderBy;
use gesso_core::Value;
use std::cmp::Ordering;

/// A match that knows its place in the order.
pub(crate) trait Keyed {
    /// The order that the query asks for, without ties broken.
    fn compare(&self, other: &Self) -> Ordering;
}

/// One match with the values of its sort keys.
pub(crate) struct Match<T> {
    pub element: T,
    /// One entry a key; empty without an order.
    pub keys: Box<[Key]>,
}

/// The value of one sort key.
pub(crate) enum Key {
    /// Missing values come last, whatever the direction.
    Rising(Option<Value>),
    Falling(Option<Value>),
}

impl Key {
    pub fn of(sort: &OrderBy, value: Option<Value>) -> Key {
        if sort.is_falling { Key::Falling(value) } else { Key::Rising(value) }
    }
}

impl<T> Keyed for Match<T> {
    fn compare(&self, other: &Self) -> Ordering {
        let pairs = self.keys.iter().zip(&other.keys);
        pairs.map(|(a, b)| compare(a, b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    }
}

fn compare(a: &Key, b: &Key) -> Ordering {
    let (a, b, falling) = match (a, b) {
        (Key::Falling(a), Key::Falling(b)) => (a, b, true),
        (Key::Rising(a) | Key::Falling(a), Key::Rising(b) | Key::Falling(b)) => (a, b, false),
    };
    match (a, b) {
        (Some(a), Some(b)) => {
            let order = total(a, b);
            if falling { order.reverse() } else { order }
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// A total order also over NaN and over values of different types, as one name may have several types.
fn total(a: &Value, b: &Value) -> Ordering {
    if let (Some(x), Some(y)) = (a.as_real(), b.as_real()) {
        return a.compare(b).unwrap_or_else(|| x.total_cmp(&y));
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
