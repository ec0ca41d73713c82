//! Typed tests of one property: on single values, and on stretches of a column.

use crate::spec::{Filter, Predicate, QueryError};
use gesso_core::{DataType, Value};
use gesso_graph::schema::Property;
use gesso_graph::{Column, ColumnData};
use std::ops::Range;

/// A test of one property under one label. A row without a value fails all but [`Test::Unset`].
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// No row passes.
    Never,
    /// Rows with a value pass.
    Set,
    /// Rows without a value pass.
    Unset,
    /// Whole numbers, dates in seconds, enum codes and booleans inside one of the ranges, ends included.
    Whole(Vec<(i64, i64)>),
    /// Real numbers inside one of the ranges.
    Real(Vec<RealRange>),
    /// Real numbers that are not below this one, and what is no number.
    RealNotBelow(f64),
    /// Texts inside one of the ranges.
    Text(Vec<TextRange>),
}

/// A range of real numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealRange {
    low: f64,
    high: f64,
    /// Whether the ends belong to the range.
    closed: (bool, bool),
}

/// A range of texts by Unicode code point; a missing end is open.
#[derive(Clone, Debug, PartialEq)]
pub struct TextRange {
    low: Option<String>,
    high: Option<String>,
    closed: (bool, bool),
}

impl Test {
    /// The test that a filter is for a property. Fails where the filter does not apply to the property.
    pub fn of(filter: &Filter, property: &Property) -> Result<Test, QueryError> {
        match filter.predicate {
            Predicate::Has => return Ok(Test::Set),
            Predicate::HasNot => return Ok(Test::Unset),
            _ => {}
        }
        let not_allowed = |what: &str| QueryError::NotAllowed {
            property: filter.property.clone(),
            predicate: filter.predicate.name(),
            what: what.to_owned(),
        };
        if property.cardinality != gesso_core::Cardinality::Single {
            return Err(not_allowed(property.cardinality.name()));
        }
        let equality = matches!(filter.predicate, Predicate::Equal | Predicate::NotEqual);
        if property.data_type == DataType::Bool && !equality {
            return Err(not_allowed("bool"));
        }
        let needed = filter.predicate.operands();
        if filter.operands.len() < needed {
            let (property, predicate) = (filter.property.clone(), filter.predicate.name());
            return Err(QueryError::Operands { property, predicate, needed });
        }
        let used = if filter.predicate == Predicate::Equal { filter.operands.len() } else { needed };
        let operands = filter.operands[..used].iter().map(|text| operand(filter, property, text));
        let operands: Vec<Value> = operands.collect::<Result<_, _>>()?;
        Ok(of_values(filter.predicate, &operands))
    }

    /// The test for values that do not come after `worst` in a sort by this property; none if a scan can
    /// not tell.
    pub(crate) fn no_worse(worst: &Value, is_falling: bool, property: &Property) -> Option<Test> {
        // A name may have several types; their order is not that of one column.
        let is_of_type = match (worst, &property.data_type) {
            (Value::Int(_), DataType::Int)
            | (Value::Long(_), DataType::Long)
            | (Value::Float(_), DataType::Float)
            | (Value::Double(_), DataType::Double)
            | (Value::Date(_), DataType::Date)
            | (Value::Enum(_), DataType::Enum(_)) => true,
            (Value::Text(_), data_type) => data_type.is_text(),
            _ => false,
        };
        if !is_of_type || worst.as_real().is_some_and(f64::is_nan) {
            return None;
        }
        match worst {
            // What is no number comes after all numbers, which is first in a falling order.
            Value::Float(_) | Value::Double(_) if is_falling => worst.as_real().map(Test::RealNotBelow),
            _ if is_falling => Some(of_values(Predicate::AtLeast, std::slice::from_ref(worst))),
            _ => Some(of_values(Predicate::AtMost, std::slice::from_ref(worst))),
        }
    }

    /// Whether a value passes.
    pub fn passes(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return *self == Test::Unset };
        match self {
            Test::Never | Test::Unset => false,
            Test::Set => true,
            Test::Whole(ranges) => {
                whole(value).is_some_and(|v| ranges.iter().any(|r| (r.0..=r.1).contains(&v)))
            }
            Test::Real(ranges) => value.as_real().is_some_and(|v| ranges.iter().any(|r| r.holds(v))),
            Test::RealNotBelow(low) => value.as_real().is_some_and(|v| v.is_nan() || v >= *low),
            Test::Text(_) => match value {
                Value::Text(v) => self.passes_text(v),
                _ => false,
            },
        }
    }

    /// [`Test::passes`] for a text that is not at hand as a value.
    pub(crate) fn passes_text(&self, text: &str) -> bool {
        match self {
            Test::Set => true,
            Test::Text(ranges) => ranges.iter().any(|r| r.holds(text)),
            _ => false,
        }
    }

    /// Sets `out[i]` to whether row `rows.start + i` of a column passes. No column: no row has a value.
    pub fn scan(&self, column: Option<&Column>, rows: Range<usize>, out: &mut [bool]) {
        let Some(column) = column else { return out.fill(*self == Test::Unset) };
        match (self, &column.data) {
            (Test::Set | Test::Unset, _) => {
                for (o, row) in out.iter_mut().zip(rows) {
                    *o = column.is_set(row) == (*self == Test::Set);
                }
                return;
            }
            (Test::Whole(ranges), ColumnData::Bool(v)) => scan_whole(&v[rows.clone()], ranges, out),
            (Test::Whole(ranges), ColumnData::Int(v)) => scan_whole(&v[rows.clone()], ranges, out),
            (Test::Whole(ranges), ColumnData::Long(v)) => scan_whole(&v[rows.clone()], ranges, out),
            (Test::Whole(ranges), ColumnData::Enum(v)) => scan_whole(&v[rows.clone()], ranges, out),
            (Test::Whole(ranges), ColumnData::Date(v)) => {
                scan_each(&v[rows.clone()], out, |bits| {
                    let seconds = gesso_core::date::Date::from_bits(bits).seconds();
                    ranges.iter().any(|r| (r.0..=r.1).contains(&seconds))
                });
            }
            (Test::Real(ranges), ColumnData::Float(v)) => {
                scan_each(&v[rows.clone()], out, |x| ranges.iter().any(|r| r.holds(f64::from(x))));
            }
            (Test::Real(ranges), ColumnData::Double(v)) => {
                scan_each(&v[rows.clone()], out, |x| ranges.iter().any(|r| r.holds(x)));
            }
            (Test::RealNotBelow(low), ColumnData::Float(v)) => {
                scan_each(&v[rows.clone()], out, |x| x.is_nan() || f64::from(x) >= *low);
            }
            (Test::RealNotBelow(low), ColumnData::Double(v)) => {
                scan_each(&v[rows.clone()], out, |x| x.is_nan() || x >= *low);
            }
            (Test::Text(ranges), ColumnData::Dictionary { codes, texts }) => {
                let wanted: Vec<bool> =
                    (0..texts.len()).map(|i| ranges.iter().any(|r| r.holds(texts.get(i)))).collect();
                for (o, row) in out.iter_mut().zip(rows.clone()) {
                    *o = wanted[codes.at(row)];
                }
            }
            (Test::Text(ranges), ColumnData::Text(texts)) => {
                for (o, row) in out.iter_mut().zip(rows.clone()) {
                    *o = ranges.iter().any(|r| r.holds(texts.get(row)));
                }
            }
            // `Never`, or a column of another type than the test was made for: nothing passes.
            _ => return out.fill(false),
        }
        if column.valid.is_some() {
            for (o, row) in out.iter_mut().zip(rows) {
                *o &= column.is_set(row);
            }
        }
    }
}

fn scan_whole<T: Copy + Into<i64>>(values: &[T], ranges: &[(i64, i64)], out: &mut [bool]) {
    // One range is the common case; without a loop inside, the compiler makes vector code of it.
    if let [(low, high)] = ranges {
        scan_each(values, out, |v| (v.into() >= *low) & (v.into() <= *high));
    } else {
        scan_each(values, out, |v| ranges.iter().any(|r| (r.0..=r.1).contains(&v.into())));
    }
}

fn scan_each<T: Copy>(values: &[T], out: &mut [bool], passes: impl Fn(T) -> bool) {
    for (o, v) in out.iter_mut().zip(values) {
        *o = passes(*v);
    }
}

fn operand(filter: &Filter, property: &Property, text: &str) -> Result<Value, QueryError> {
    property.data_type.parse(text).map_err(|_| QueryError::Operand {
        property: filter.property.clone(),
        value: text.chars().take(80).collect(),
        expected: property.data_type.name(),
    })
}

/// The number that whole-number tests compare.
fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(v) => Some(i64::from(*v)),
        Value::Int(v) => Some(i64::from(*v)),
        Value::Long(v) => Some(*v),
        Value::Date(v) => Some(v.seconds()),
        Value::Enum(v) => Some(i64::from(*v)),
        _ => None,
    }
}

/// The test of single values against operands of their type, of which there is at least one.
pub(crate) fn of_values(predicate: Predicate, operands: &[Value]) -> Test {
    let first = &operands[0];
    if let Some(v) = whole(first) {
        let others = operands.iter().filter_map(whole);
        return Test::Whole(match predicate {
            Predicate::Equal => others.map(|v| (v, v)).collect(),
            Predicate::NotEqual => {
                let below = v.checked_sub(1).map(|high| (i64::MIN, high));
                below.into_iter().chain(v.checked_add(1).map(|low| (low, i64::MAX))).collect()
            }
            Predicate::Less => v.checked_sub(1).map(|high| (i64::MIN, high)).into_iter().collect(),
            Predicate::Greater => v.checked_add(1).map(|low| (low, i64::MAX)).into_iter().collect(),
            Predicate::AtMost => vec![(i64::MIN, v)],
            Predicate::AtLeast => vec![(v, i64::MAX)],
            _ => vec![(v, operands.get(1).and_then(whole).unwrap_or(v))],
        });
    }
    if let Some(v) = first.as_real() {
        let range = |low, high, closed| RealRange { low, high, closed };
        let (least, most) = (f64::NEG_INFINITY, f64::INFINITY);
        return Test::Real(match predicate {
            Predicate::Equal => {
                operands.iter().filter_map(Value::as_real).map(|v| range(v, v, (true, true))).collect()
            }
            Predicate::NotEqual => vec![range(least, v, (true, false)), range(v, most, (false, true))],
            Predicate::Less => vec![range(least, v, (true, false))],
            Predicate::Greater => vec![range(v, most, (false, true))],
            Predicate::AtMost => vec![range(least, v, (true, true))],
            Predicate::AtLeast => vec![range(v, most, (true, true))],
            _ => vec![range(v, operands.get(1).and_then(Value::as_real).unwrap_or(v), (true, true))],
        });
    }
    let text = |v: &Value| match v {
        Value::Text(t) => Some(t.to_string()),
        _ => None,
    };
    let range = |low: Option<String>, high: Option<String>, closed| TextRange { low, high, closed };
    let v = text(first);
    Test::Text(match predicate {
        Predicate::Equal => operands.iter().map(|o| range(text(o), text(o), (true, true))).collect(),
        Predicate::NotEqual => vec![range(None, v.clone(), (true, false)), range(v, None, (false, true))],
        Predicate::Less => vec![range(None, v, (true, false))],
        Predicate::Greater => vec![range(v, None, (false, true))],
        Predicate::AtMost => vec![range(None, v, (true, true))],
        Predicate::AtLeast => vec![range(v, None, (true, true))],
        _ => vec![range(v, operands.get(1).and_then(text), (true, true))],
    })
}

impl RealRange {
    #[inline]
    fn holds(&self, v: f64) -> bool {
        let above = if self.closed.0 { v >= self.low } else { v > self.low };
        above && if self.closed.1 { v <= self.high } else { v < self.high }
    }
}

impl TextRange {
    #[inline]
    fn holds(&self, v: &str) -> bool {
        let above = self.low.as_deref().is_none_or(|low| if self.closed.0 { v >= low } else { v > low });
        above && self.high.as_deref().is_none_or(|high| if self.closed.1 { v <= high } else { v < high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Join;
    use gesso_core::{Cardinality, JobContext, PropId};
    use gesso_graph::ColumnBuilder;

    fn property(data_type: DataType) -> Property {
        Property { id: PropId(0), name: "p".into(), data_type, cardinality: Cardinality::Single }
    }

    fn filter(predicate: Predicate, operands: &[&str]) -> Filter {
        let operands = operands.iter().map(ToString::to_string).collect();
        Filter { property: "p".into(), predicate, operands, join: Join::And }
    }

    /// Column scan and single values must agree, and give the expected rows.
    fn check(
        data_type: DataType,
        rows: &[&str],
        predicate: Predicate,
        operands: &[&str],
        expected: &[usize],
    ) {
        let p = property(data_type);
        let mut builder = ColumnBuilder::new(&p);
        for row in rows {
            if row.is_empty() { builder.push_unset() } else { builder.push_text(row, false).unwrap() }
        }
        let column = builder.finish(None, &JobContext::detached(1, 1 << 20)).unwrap();
        let test = Test::of(&filter(predicate, operands), &p).unwrap();
        let mut out = vec![false; rows.len()];
        test.scan(Some(&column), 0..rows.len(), &mut out);
        let got: Vec<usize> = (0..rows.len()).filter(|i| out[*i]).collect();
        assert_eq!(got, expected, "{test:?}");
        for (i, passed) in out.iter().enumerate() {
            assert_eq!(test.passes(column.get(i).as_ref()), *passed, "row {i} of {test:?}");
        }
    }

    #[test]
    fn comparisons_by_type() {
        let ages = ["31", "25", "", "40"];
        check(DataType::Int, &ages, Predicate::Greater, &["30"], &[0, 3]);
        check(DataType::Int, &ages, Predicate::Range, &["25", "31"], &[0, 1]);
        check(DataType::Int, &ages, Predicate::NotEqual, &["31"], &[1, 3]);
        check(DataType::Int, &ages, Predicate::Has, &[], &[0, 1, 3]);
        check(DataType::Int, &ages, Predicate::HasNot, &[], &[2]);
        check(
            DataType::Long,
            &["-9223372036854775808", "0"],
            Predicate::Less,
            &["-9223372036854775808"],
            &[],
        );
        check(DataType::Double, &["0.5", "NaN", "2"], Predicate::NotEqual, &["2"], &[0]);
        check(DataType::Bool, &["true", "0", ""], Predicate::Equal, &["1"], &[0]);
        check(
            DataType::Date,
            &["2021-01-01", "2020-12-31 24:00:00", "2022-01-01"],
            Predicate::Equal,
            &["2021-01-01"],
            &[0, 1],
        );
        check(DataType::String, &["b", "a", "", "ä"], Predicate::AtLeast, &["b"], &[0, 3]);
        check(DataType::String, &["b", "a", "b", "b"], Predicate::Equal, &["x", "b"], &[0, 2, 3]);
    }

    #[test]
    fn c03_11_an_operand_of_another_type_is_refused() {
        let refused = Test::of(&filter(Predicate::Equal, &["old"]), &property(DataType::Int));
        assert!(matches!(refused, Err(QueryError::Operand { .. })));
        let refused = Test::of(&filter(Predicate::Less, &["1"]), &property(DataType::Bool));
        assert!(matches!(refused, Err(QueryError::NotAllowed { .. })));
        let refused = Test::of(&filter(Predicate::Range, &["1"]), &property(DataType::Int));
        assert!(matches!(refused, Err(QueryError::Operands { .. })));
    }
}
