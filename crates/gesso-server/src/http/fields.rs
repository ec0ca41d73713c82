//! Reading the fields of a JSON body or of a query with the tolerance of spec 03, 1.2.

use super::given::Given;
use crate::error::ApiError;
use gesso_core::{Code, json};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The fields of one object, and the code for what is wrong with them.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    code: Code,
}

/// Adds a member to a JSON object.
pub fn put(object: &mut Value, name: &str, member: impl Into<Value>) {
    if let Value::Object(map) = object {
        map.insert(name.to_owned(), member.into());
    }
}

/// A value for a message: at most 80 characters of it.
pub fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(80).collect()
}

impl<'a> Fields<'a> {
    /// The fields of an object.
    pub fn new(map: &'a Map<String, Value>, code: Code) -> Fields<'a> {
        Fields { map, code }
    }

    /// The same fields under another code.
    pub fn code(self, code: Code) -> Fields<'a> {
        Fields { code, ..self }
    }

    /// The fields of an object inside, under the same code.
    pub fn within(self, map: &Map<String, Value>) -> Fields<'_> {
        Fields { map, code: self.code }
    }

    /// An error under the code of these fields.
    pub fn refused(self, message: impl Into<String>) -> ApiError {
        ApiError::new(self.code, message)
    }

    /// A field that is there and not null.
    pub fn get(self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|v| !v.is_null())
    }

    /// [`Fields::get`] as what single values are read from.
    pub fn given(self, name: &str) -> Option<Given<'a>> {
        self.get(name).map(Given::of)
    }

    /// The error for a field's value.
    pub fn wrong(self, name: &str, value: &Value, expected: &str) -> ApiError {
        ApiError::new(
            self.code,
            format!("parameter [{name}] value [{}] is invalid, expected {expected}", shown(value)),
        )
    }

    /// The error for a missing field.
    pub fn missing(self, name: &str) -> ApiError {
        ApiError::new(self.code, format!("parameter [{name}] is required"))
    }

    /// A text. Numbers are read as their decimal text.
    pub fn text(self, name: &str) -> Result<Option<Cow<'a, str>>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(s)) => Ok(Some(Cow::Borrowed(s))),
            Some(Value::Number(n)) => Ok(Some(Cow::Owned(n.to_string()))),
            Some(other) => Err(self.wrong(name, other, "a string")),
        }
    }

    /// A text that must be there and not be empty.
    pub fn required_text(self, name: &str) -> Result<Cow<'a, str>, ApiError> {
        self.text(name)?.filter(|t| !t.is_empty()).ok_or_else(|| self.missing(name))
    }

    /// A whole number that is not negative, as a number or as decimal text.
    pub fn count(self, name: &str) -> Result<Option<u64>, ApiError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            Value::Number(n) => n.as_u64(),
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| self.wrong(name, value, "a non-negative integer"))
    }

    /// A real number that is not negative.
    pub fn seconds(self, name: &str) -> Result<Option<f64>, ApiError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = match value {
            Value::Number(n) => n.as_f64(),
            Value::String(s) => s.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|n: &f64| n.is_finite() && *n >= 0.0);
        number.map(Some).ok_or_else(|| self.wrong(name, value, "a non-negative number of seconds"))
    }

    /// A boolean, also as text in any case.
    pub fn boolean(self, name: &str) -> Result<Option<bool>, ApiError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let flag = match value {
            Value::Bool(b) => Some(*b),
            Value::String(s) if s.eq_ignore_ascii_case("true") => Some(true),
            Value::String(s) if s.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        flag.map(Some).ok_or_else(|| self.wrong(name, value, "true or false"))
    }

    /// An array, also as text that holds one.
    pub fn list(self, name: &str) -> Result<Option<Cow<'a, [Value]>>, ApiError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value {
            Value::Array(items) => Ok(Some(Cow::Borrowed(items))),
            Value::String(text) => match json::received(text.as_bytes()) {
                Ok(Value::Array(items)) => Ok(Some(Cow::Owned(items))),
                _ => Err(self.wrong(name, value, "an array")),
            },
            other => Err(self.wrong(name, other, "an array")),
        }
    }

    /// An array of texts; a plain text is an array of one.
    pub fn texts(self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let items = json::listed(value).ok_or_else(|| self.wrong(name, value, "an array of strings"))?;
        let texts = items.iter().map(|item| match item {
            Value::String(s) => Ok(s.clone()),
            Value::Number(n) => Ok(n.to_string()),
            other => Err(self.wrong(name, other, "an array of strings")),
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// An object, also as text that holds one.
    pub fn object(self, name: &str) -> Result<Option<Cow<'a, Map<String, Value>>>, ApiError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value {
            Value::Object(map) => Ok(Some(Cow::Borrowed(map))),
            Value::String(text) => match json::received(text.as_bytes()) {
                Ok(Value::Object(map)) => Ok(Some(Cow::Owned(map))),
                _ => Err(self.wrong(name, value, "an object")),
            },
            other => Err(self.wrong(name, other, "an object")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn c01_13_numbers_and_booleans_may_be_texts() {
        let body = json!({"n": "12", "b": "TRUE", "labels": "person", "ids": "[\"a\",\"b\"]", "x": -1, "null": null});
        let fields = Fields::new(body.as_object().unwrap(), Code::Malformed);
        assert_eq!(fields.count("n").unwrap(), Some(12));
        assert_eq!(fields.boolean("b").unwrap(), Some(true));
        assert_eq!(fields.texts("labels").unwrap().unwrap(), ["person"]);
        assert_eq!(fields.texts("ids").unwrap().unwrap(), ["a", "b"]);
        assert_eq!(fields.list("ids").unwrap().unwrap().len(), 2);
        assert!(fields.count("x").unwrap_err().message.contains("[x] value [-1]"));
        assert_eq!(fields.count("null").unwrap(), None);
    }
}
