//! Property values in JSON requests: spec 03, 1.5.

use crate::error::ApiError;
use crate::http::fields::{Fields, shown};
use gesso_core::{Cardinality, Code, PropId, Value};
use gesso_graph::column::retain_first;
use gesso_graph::schema::{Label, Property};
use serde_json::{Map, Value as Json};

/// Reads the values of one property. None: null or an empty array, which leave it unset.
pub fn value(property: &Property, given: &Json, code: Code) -> Result<Option<Value>, ApiError> {
    let items = match given {
        Json::Array(items) => items.as_slice(),
        scalar => std::slice::from_ref(scalar),
    };
    let values = items.iter().filter(|i| !i.is_null()).map(|item| scalar(property, item, code));
    let mut values: Vec<Value> = values.collect::<Result<_, _>>()?;
    match property.cardinality {
        Cardinality::Single if values.len() > 1 => Err(ApiError::new(
            code,
            format!("property [{}] value [{}] is invalid, expected one value", property.name, shown(given)),
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

fn scalar(property: &Property, given: &Json, code: Code) -> Result<Value, ApiError> {
    let text = match given {
        Json::String(s) => s.clone(),
        Json::Number(n) => n.to_string(),
        Json::Bool(b) => b.to_string(),
        other => {
            let problem = format!(
                "property [{}] value [{}] is invalid, expected {}",
                property.name,
                shown(other),
                property.data_type.name()
            );
            return Err(ApiError::new(code, problem));
        }
    };
    property.data_type.parse(&text).map_err(|e| ApiError::new(code, property.value_error(&text, e)))
}

/// The `properties` object of an element of one label; unset values are left out.
pub fn properties(label: &Label, fields: Fields<'_>, code: Code) -> Result<Vec<(PropId, Value)>, ApiError> {
    let Some(map) = fields.object("properties")? else { return Ok(Vec::new()) };
    let mut out = Vec::with_capacity(map.len());
    for (property, given) in named(label, &map, code) {
        let property = property?;
        if let Some(v) = value(property, given, code)? {
            out.push((property.id, v));
        }
    }
    Ok(out)
}

/// Each entry of a `properties` object with the label's property that it names.
pub fn named<'a>(
    label: &'a Label,
    map: &'a Map<String, Json>,
    code: Code,
) -> impl Iterator<Item = (Result<&'a Property, ApiError>, &'a Json)> {
    map.iter().map(move |(name, given)| {
        let missing =
            || ApiError::new(code, format!("property [{name}] does not exist in label [{}]", label.name));
        (label.property(name).ok_or_else(missing), given)
    })
}
