//! The grammar: JSON in, a tree of conditions out. Objects may stand as JSON text at every level.

use super::predicate::{Predicate, TestKind};
use super::{FilterError, LEVELS_MAX, cut};
use gesso_core::json;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A filter as it was written, before it meets a schema. The default passes everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PropertyFilter {
    pub(super) condition: Option<Condition>,
}

/// A condition of the grammar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    And(Box<[Condition; 2]>),
    Or(Box<[Condition; 2]>),
    Test(Leaf),
}

/// A condition that joins no others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Leaf {
    pub left: Left,
    pub predicate: Predicate,
    /// None where the predicate takes none.
    pub right: Option<Operand>,
}

/// What is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Property(String),
    Label,
    Id,
}

/// The right value as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Scalar(String),
    Set(Vec<String>),
}

/// A side of a condition.
enum Side {
    Condition(Condition),
    Plain,
}

impl PropertyFilter {
    /// Reads what `vertex_filter` or `edge_filter` holds: an object, or its JSON text. Null and an empty
    /// object pass everything.
    pub fn parse(given: &Value) -> Result<PropertyFilter, FilterError> {
        let Some(map) = object(given, "filter", "an object with property_filter")? else {
            return Ok(PropertyFilter::default());
        };
        if map.is_empty() {
            return Ok(PropertyFilter::default());
        }
        let inner = map.get("property_filter");
        let inner = inner.ok_or(FilterError::Missing { part: "property_filter", of: None })?;
        match object(inner, "property_filter", CONDITION)? {
            Some(map) if !map.is_empty() => Ok(PropertyFilter { condition: Some(condition(&map, 1)?) }),
            _ => Ok(PropertyFilter::default()),
        }
    }

    /// True if every element passes.
    pub fn passes_all(&self) -> bool {
        self.condition.is_none()
    }
}

const CONDITION: &str = "an object with leftvalue, predicate and rightvalue";

/// An object, also as text; none for null and for empty text.
fn object<'a>(
    given: &'a Value,
    part: &'static str,
    expected: &'static str,
) -> Result<Option<Cow<'a, Map<String, Value>>>, FilterError> {
    let wrong = || malformed(part, given, expected);
    match given {
        Value::Null => Ok(None),
        Value::Object(map) => Ok(Some(Cow::Borrowed(map))),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => match json::received(text.as_bytes()) {
            Ok(Value::Object(map)) => Ok(Some(Cow::Owned(map))),
            Ok(Value::Null) => Ok(None),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

fn malformed(part: &'static str, given: &Value, expected: &'static str) -> FilterError {
    let given = given.as_str().map_or_else(|| cut(&given.to_string()), cut);
    FilterError::Malformed { part, given, expected }
}

fn present<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).filter(|v| !v.is_null())
}

fn condition(map: &Map<String, Value>, level: usize) -> Result<Condition, FilterError> {
    if level > LEVELS_MAX {
        return Err(FilterError::TooDeep);
    }
    let name = present(map, "predicate").ok_or(FilterError::Missing { part: "predicate", of: None })?;
    let name = name.as_str().ok_or_else(|| malformed("predicate", name, "a string"))?;
    let predicate = Predicate::parse(name).ok_or_else(|| FilterError::Predicate(cut(name)))?;
    let left = present(map, "leftvalue").ok_or(FilterError::Missing { part: "leftvalue", of: None })?;
    let left = object(left, "leftvalue", LEFT)?.ok_or_else(|| malformed("leftvalue", left, LEFT))?;
    let right = match present(map, "rightvalue") {
        None => None,
        Some(given) => object(given, "rightvalue", RIGHT)?,
    };
    let sides = [side(Some(&left), level)?, side(right.as_deref(), level)?];
    if predicate.is_join() {
        return join(predicate, sides);
    }
    if sides.iter().any(|s| matches!(s, Side::Condition(_))) {
        let what = "nested conditions, expected only with [&] and [|]".to_owned();
        return Err(FilterError::NotAllowed { predicate: predicate.name, what });
    }
    leaf(predicate, &left, right.as_deref())
}

const LEFT: &str = "an object with one of property_filter, property_name, label_name and id";
const RIGHT: &str = "an object with value or property_filter";

fn side(given: Option<&Map<String, Value>>, level: usize) -> Result<Side, FilterError> {
    let Some(nested) = given.and_then(|map| present(map, "property_filter")) else { return Ok(Side::Plain) };
    match object(nested, "property_filter", CONDITION)? {
        Some(map) => Ok(Side::Condition(condition(&map, level + 1)?)),
        None => Err(malformed("property_filter", nested, CONDITION)),
    }
}

fn join(predicate: Predicate, sides: [Side; 2]) -> Result<Condition, FilterError> {
    let missing = |part| FilterError::Missing { part, of: Some(predicate.name) };
    match sides {
        [Side::Condition(left), Side::Condition(right)] => {
            let both = Box::new([left, right]);
            Ok(if predicate.test == TestKind::And { Condition::And(both) } else { Condition::Or(both) })
        }
        [Side::Plain, _] => Err(missing("leftvalue.property_filter")),
        [_, Side::Plain] => Err(missing("rightvalue.property_filter")),
    }
}

fn leaf(
    predicate: Predicate,
    left: &Map<String, Value>,
    right: Option<&Map<String, Value>>,
) -> Result<Condition, FilterError> {
    let left = if let Some(name) = present(left, "property_name") {
        let text = name.as_str().filter(|n| !n.is_empty());
        Left::Property(text.ok_or_else(|| malformed("property_name", name, "the name of a property"))?.into())
    } else if present(left, "label_name").is_some() {
        Left::Label
    } else if left.contains_key("id") {
        Left::Id
    } else {
        return Err(malformed("leftvalue", &Value::Object(left.clone()), LEFT));
    };
    let not_on = |what: &str| FilterError::NotAllowed { predicate: predicate.name, what: what.into() };
    match left {
        Left::Label if predicate.is_of_properties() => return Err(not_on("label_name")),
        Left::Id if predicate.is_of_properties() => return Err(not_on("id")),
        _ => {}
    }
    let right = if predicate.test == TestKind::Has { None } else { Some(operand(predicate, right)?) };
    Ok(Condition::Test(Leaf { left, predicate, right }))
}

/// The right value. Predicates that take no set look at the first element of an array.
fn operand(predicate: Predicate, right: Option<&Map<String, Value>>) -> Result<Operand, FilterError> {
    let missing = FilterError::Missing { part: "rightvalue.value", of: Some(predicate.name) };
    let value = right.and_then(|map| present(map, "value")).ok_or(missing)?;
    let expected = "a string, a number, a boolean or an array of them";
    let text = |item: &Value| scalar(item).ok_or_else(|| malformed("rightvalue.value", value, expected));
    let items = match value {
        Value::Array(items) => Cow::Borrowed(items),
        // An array may stand as text where a set is wanted; elsewhere the text is the value.
        Value::String(given) if predicate.takes_set() => match json::received(given.as_bytes()) {
            Ok(Value::Array(items)) => Cow::Owned(items),
            _ => return Ok(Operand::Scalar(given.clone())),
        },
        single => return text(single).map(Operand::Scalar),
    };
    if predicate.takes_set() {
        return items.iter().map(text).collect::<Result<_, _>>().map(Operand::Set);
    }
    let first = items.first().ok_or_else(|| malformed("rightvalue.value", value, "at least one value"))?;
    text(first).map(Operand::Scalar)
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
