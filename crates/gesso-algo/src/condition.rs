//! Conditions of a request as they came: JSON that `gesso-query` reads. Here they are only told from other values,
//! and handed on.

use crate::error::AlgoError;
use gesso_core::json;
use serde_json::{Map, Value};

/// The parameter with a condition on vertices.
pub(crate) const VERTEX_FILTER: &str = "vertex_filter";
/// The parameter with a condition on edges.
pub(crate) const EDGE_FILTER: &str = "edge_filter";
/// The parameter with hops.
const FILTERS: &str = "filters";

/// What a filter looks like, for messages and docs.
pub(crate) const FILTER: &str = "an object with property_filter";
/// What hops look like, for messages and docs.
pub(crate) const LAYERS: &str = "an array of objects with operator, vertex_filter, edge_filter, times";

/// A condition on elements, not compiled yet. The default passes all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// On vertices: what `vertex_filter` holds.
    pub vertex: Option<Value>,
    /// On edges: what `edge_filter` holds.
    pub edge: Option<Value>,
}

/// Which way edges are walked in a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// From source to target.
    Out,
    /// From target to source.
    In,
    /// Either way.
    Both,
}

/// Hops that are alike: spec 06, 3.14.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Which way edges are walked.
    pub operator: Operator,
    /// The condition on the edge, and on the vertex reached.
    pub condition: Condition,
    /// How many hops.
    pub times: u32,
}

impl Condition {
    /// Takes the condition out of the parameters of a request.
    pub(crate) fn take(given: &mut Map<String, Value>) -> Result<Condition, AlgoError> {
        Ok(Condition {
            vertex: filter(VERTEX_FILTER, given.shift_remove(VERTEX_FILTER).as_ref())?,
            edge: filter(EDGE_FILTER, given.shift_remove(EDGE_FILTER).as_ref())?,
        })
    }

    /// None if it passes all.
    pub(crate) fn if_any(self) -> Option<Condition> {
        (self != Condition::default()).then_some(self)
    }

    /// One text for equal conditions.
    pub fn text(&self) -> String {
        let part = |part: &Option<Value>| part.as_ref().map_or(String::new(), Value::to_string);
        format!("vertices {} edges {}", part(&self.vertex), part(&self.edge))
    }
}

/// A filter that may be missing: an object, or its text. What is in it is for others to judge.
pub(crate) fn filter(name: &'static str, given: Option<&Value>) -> Result<Option<Value>, AlgoError> {
    match given {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) if map.is_empty() => Ok(None),
        Some(value @ (Value::Object(_) | Value::String(_))) => Ok(Some(value.clone())),
        Some(_) => Err(AlgoError::Invalid { name, expected: FILTER.into() }),
    }
}

/// The elements of `filters`: one or more.
pub(crate) fn layers(given: &Value) -> Result<Vec<Layer>, AlgoError> {
    let invalid = || AlgoError::Invalid { name: FILTERS, expected: LAYERS.into() };
    let parsed: Value;
    let given = match given {
        Value::String(text) => {
            parsed = json::received(text.as_bytes()).map_err(|_| invalid())?;
            &parsed
        }
        other => other,
    };
    let elements = given.as_array().filter(|all| !all.is_empty()).ok_or_else(invalid)?;
    elements.iter().map(layer).collect()
}

fn layer(given: &Value) -> Result<Layer, AlgoError> {
    let fields = given.as_object();
    let fields = fields.ok_or_else(|| AlgoError::Invalid { name: FILTERS, expected: LAYERS.into() })?;
    let condition = Condition {
        vertex: filter("filters.vertex_filter", fields.get(VERTEX_FILTER))?,
        edge: filter("filters.edge_filter", fields.get(EDGE_FILTER))?,
    };
    Ok(Layer { operator: operator(fields.get("operator"))?, condition, times: times(fields.get("times"))? })
}

fn operator(given: Option<&Value>) -> Result<Operator, AlgoError> {
    let word = match given {
        None | Some(Value::Null) => "out",
        Some(value) => value.as_str().unwrap_or("not a text").trim(),
    };
    match word.to_ascii_lowercase().as_str() {
        "out" | "outv" => Ok(Operator::Out),
        "in" | "inv" => Ok(Operator::In),
        "both" | "bothv" => Ok(Operator::Both),
        _ => Err(AlgoError::Invalid { name: "filters.operator", expected: "out, in, both".into() }),
    }
}

fn times(given: Option<&Value>) -> Result<u32, AlgoError> {
    let given = given.filter(|v| !v.is_null());
    let number = given.map_or(Some(1), crate::args::int);
    let number = number.and_then(|n| u32::try_from(n).ok()).filter(|n| (1..=10).contains(n));
    number.ok_or_else(|| AlgoError::Invalid { name: "filters.times", expected: "[1,10]".into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_of_filters_have_defaults() {
        let plain = Layer { operator: Operator::Out, condition: Condition::default(), times: 1 };
        assert_eq!(layers(&json!([{}])), Ok(vec![plain.clone()]));
        assert_eq!(layers(&json!("[{\"operator\": null, \"times\": \"1\"}]")), Ok(vec![plain]));
        let given = json!([{"operator": "bothV", "times": 3, "edge_filter": {"a": 1}, "vertex_filter": {}}]);
        let condition = Condition { vertex: None, edge: Some(json!({"a": 1})) };
        assert_eq!(layers(&given), Ok(vec![Layer { operator: Operator::Both, condition, times: 3 }]));
    }

    #[test]
    fn bad_elements_of_filters_are_refused_by_name() {
        for (given, name) in [
            (json!([]), "filters"),
            (json!({}), "filters"),
            (json!([1]), "filters"),
            (json!("["), "filters"),
            (json!([{"operator": "up"}]), "filters.operator"),
            (json!([{"times": 0}]), "filters.times"),
            (json!([{}, {"times": 11}]), "filters.times"),
            (json!([{"vertex_filter": 3}]), "filters.vertex_filter"),
        ] {
            let error = layers(&given).unwrap_err().to_string();
            assert!(error.starts_with(&format!("parameter [{name}] is invalid")), "{given}: {error}");
        }
    }
}
