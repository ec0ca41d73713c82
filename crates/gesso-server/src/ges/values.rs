//! Property values in JSON requests: spec 03, 1.5.

use crate::error::ApiError;
use crate::http::given::{Given, Members};
use gesso_core::{Cardinality, Code, DataType, PropId, Value};
use gesso_graph::column::retain_first;
use gesso_graph::schema::{Label, Property};
use serde_json::Number;
use std::borrow::Cow;

/// Reads the values of one property. None: null or an empty array, which leave it unset.
pub fn value(property: &Property, given: &Given<'_>, code: Code) -> Result<Option<Value>, ApiError> {
    let items = match given {
        Given::Null => return Ok(None),
        Given::List(items) => items.as_slice(),
        one if property.cardinality == Cardinality::Single => return scalar(property, one, code).map(Some),
        one => std::slice::from_ref(one),
    };
    let values = items.iter().filter(|i| **i != Given::Null).map(|item| scalar(property, item, code));
    let mut values: Vec<Value> = values.collect::<Result<_, _>>()?;
    match property.cardinality {
        Cardinality::Single if values.len() > 1 => Err(ApiError::new(
            code,
            format!("property [{}] value [{}] is invalid, expected one value", property.name, given.shown()),
        )),
        Cardinality::Single => Ok(values.pop()),
        _ if values.is_empty() => Ok(None),
        Cardinality::List => Ok(Some(Value::Many(values.into()))),
        Cardinality::Set => {
            retain_first(&mut values);
            Ok(Some(Value::Many(values.into())))
        }
    }
}

fn scalar(property: &Property, given: &Given<'_>, code: Code) -> Result<Value, ApiError> {
    let text = match given {
        Given::Text(text) => Cow::Borrowed(&**text),
        Given::Number(n) => match number(&property.data_type, n) {
            Some(value) => return Ok(value),
            None => Cow::Owned(n.to_string()),
        },
        Given::Bool(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
        other => {
            let problem = format!(
                "property [{}] value [{}] is invalid, expected {}",
                property.name,
                other.shown(),
                property.data_type.name()
            );
            return Err(ApiError::new(code, problem));
        }
    };
    property.data_type.parse(&text).map_err(|e| ApiError::new(code, property.value_error(&text, e)))
}

/// A number as a value of a type, where its decimal text would make the same.
fn number(data_type: &DataType, n: &Number) -> Option<Value> {
    match data_type {
        DataType::Int => n.as_i64().and_then(|i| i32::try_from(i).ok()).map(Value::Int),
        DataType::Long => n.as_i64().map(Value::Long),
        DataType::Double => n.as_f64().map(Value::Double),
        _ => None,
    }
}

/// The `properties` of an element of one label; unset values are left out.
pub fn properties(
    label: &Label,
    given: Option<&Members<'_>>,
    code: Code,
) -> Result<Vec<(PropId, Value)>, ApiError> {
    let Some(members) = given else { return Ok(Vec::new()) };
    let mut out = Vec::with_capacity(members.len());
    for (property, given) in named(label, members.iter(), code) {
        let property = property?;
        if let Some(v) = value(property, given, code)? {
            out.push((property.id, v));
        }
    }
    Ok(out)
}

/// Each entry of a `properties` object with the label's property that it names.
pub fn named<'a, G>(
    label: &'a Label,
    members: impl Iterator<Item = (&'a str, G)>,
    code: Code,
) -> impl Iterator<Item = (Result<&'a Property, ApiError>, G)> {
    members.map(move |(name, given)| {
        let missing =
            || ApiError::new(code, format!("property [{name}] does not exist in label [{}]", label.name));
        (label.property(name).ok_or_else(missing), given)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_their_texts_are() {
        let numbers = "0 -0 -0.0 1 2147483647 2147483648 -2147483648 9223372036854775807 9223372036854775808 \
            18446744073709551615 9007199254740993 0.1 1e300 -1.7976931348623157e308 5e-324 1.0 1e2 123456789.987";
        for text in numbers.split_whitespace() {
            let n: Number = serde_json::from_str(text).expect("a number");
            for data_type in
                [DataType::Int, DataType::Long, DataType::Float, DataType::Double, DataType::String]
            {
                let Some(made) = number(&data_type, &n) else { continue };
                let read = data_type.parse(&n.to_string());
                assert_eq!(Ok(&made), read.as_ref(), "{text} as {data_type:?}");
                if let (Value::Double(made), Ok(Value::Double(read))) = (made, read) {
                    assert_eq!(made.to_bits(), read.to_bits(), "{text}");
                }
            }
        }
    }
}
