//! A condition on the values of one property, of an id, or of labels.

use super::grammar::{Leaf, Operand};
use super::pattern::Pattern;
use super::predicate::TestKind;
use super::{FilterError, cut};
use crate::spec::Predicate;
use crate::test::{Test, of_values};
use gesso_core::{DataType, Value};
use gesso_graph::Column;

/// A test of the values that an element has; those that it lacks are another matter.
#[derive(Clone, Debug)]
pub(super) struct Check {
    wanted: Wanted,
    is_negated: bool,
}

/// The positive form of a test.
#[derive(Clone, Debug)]
enum Wanted {
    /// That there are values.
    Any,
    /// Some value that passes.
    Some(Test),
    /// For each test some value that passes.
    Each(Vec<Test>),
    /// Some value whose text fits.
    Text(Pattern),
}

impl Check {
    /// The check that a condition is for values of a type; `name` says whose they are.
    pub(super) fn of(leaf: &Leaf, data_type: &DataType, name: &str) -> Result<Check, FilterError> {
        let predicate = leaf.predicate;
        let is_order = matches!(predicate.test, TestKind::Compare(p) if p != Predicate::Equal);
        if *data_type == DataType::Bool && (is_order || matches!(predicate.test, TestKind::Text(_))) {
            let what = format!("property [{name}] of type bool");
            return Err(FilterError::NotAllowed { predicate: predicate.name, what });
        }
        let value = |text: &str| operand(text, data_type, name);
        let one = |p: Predicate, text: &str| Ok(Wanted::Some(of_values(p, &[value(text)?])));
        let wanted = match (predicate.test, &leaf.right) {
            (TestKind::Compare(p), Some(Operand::Scalar(text))) => one(p, text)?,
            (TestKind::Contain, Some(Operand::Scalar(text))) => one(Predicate::Equal, text)?,
            (TestKind::Text(kind), Some(Operand::Scalar(text))) => Wanted::Text(Pattern::of(kind, text)?),
            (TestKind::In, Some(Operand::Set(texts))) => {
                let values = texts.iter().map(|t| value(t)).collect::<Result<Vec<_>, _>>()?;
                let test = if values.is_empty() { Test::Never } else { of_values(Predicate::Equal, &values) };
                Wanted::Some(test)
            }
            (TestKind::Subset, Some(Operand::Set(texts))) => {
                let tests = texts.iter().map(|t| Ok(of_values(Predicate::Equal, &[value(t)?])));
                Wanted::Each(tests.collect::<Result<_, _>>()?)
            }
            // As documented: with one value that is no set, neither `IN` nor `NOTIN` matches anything.
            (TestKind::In, _) => return Ok(Check { wanted: Wanted::Some(Test::Never), is_negated: false }),
            // `HAS`, and `SUBSET` with one value, which filters nothing.
            _ => Wanted::Any,
        };
        Ok(Check { wanted, is_negated: predicate.is_negated })
    }

    /// True if elements pass whose values all fail the positive form.
    pub(super) fn is_negated(&self) -> bool {
        self.is_negated
    }

    /// Whether values of a type pass.
    pub(super) fn passes(&self, data_type: &DataType, value: &Value) -> bool {
        let holds = match value {
            Value::Many(values) => self.holds(data_type, values),
            single => self.holds(data_type, std::slice::from_ref(single)),
        };
        holds != self.is_negated
    }

    /// Whether one text passes.
    pub(super) fn passes_text(&self, text: &str) -> bool {
        self.holds_text(text) != self.is_negated
    }

    /// [`Check::passes`] for a row of a column that has a value there.
    pub(super) fn passes_row(&self, data_type: &DataType, column: &Column, row: usize) -> bool {
        match column.text(row) {
            Some(text) => self.passes_text(text),
            None => column.get(row).is_some_and(|value| self.passes(data_type, &value)),
        }
    }

    /// Whether a text passes the positive form.
    pub(super) fn holds_text(&self, text: &str) -> bool {
        match &self.wanted {
            Wanted::Any => true,
            Wanted::Some(test) => test.passes_text(text),
            Wanted::Each(tests) => tests.iter().all(|test| test.passes_text(text)),
            Wanted::Text(pattern) => pattern.fits(text),
        }
    }

    fn holds(&self, data_type: &DataType, values: &[Value]) -> bool {
        let some = |test: &Test| values.iter().any(|v| test.passes(Some(v)));
        match &self.wanted {
            Wanted::Any => true,
            Wanted::Some(test) => some(test),
            Wanted::Each(tests) => tests.iter().all(some),
            Wanted::Text(pattern) => values.iter().any(|v| match v {
                Value::Text(text) => pattern.fits(text),
                other => {
                    let mut text = String::new();
                    data_type.write_text(other, &mut text);
                    pattern.fits(&text)
                }
            }),
        }
    }
}

/// A right value as one of the type.
fn operand(text: &str, data_type: &DataType, name: &str) -> Result<Value, FilterError> {
    if *data_type == DataType::Bool {
        // As documented: whatever is not true is false.
        return Ok(Value::Bool(text.trim().eq_ignore_ascii_case("true")));
    }
    data_type.parse(text).map_err(|_| FilterError::Operand {
        property: name.to_owned(),
        value: cut(text),
        expected: data_type.name(),
    })
}
