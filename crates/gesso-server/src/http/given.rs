//! JSON as it stands in a body: a tree that borrows its texts, for bodies of many thousand small objects. What
//! [`serde_json::Value`] takes most time for is hashing names and copying texts.

use super::fields::shown;
use crate::error::ApiError;
use gesso_core::{Code, json};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Given<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Given<'a>>),
    /// An object.
    Object(Members<'a>),
}

/// The members of an object, each name once: of repeated ones the last value stands where the first stood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members<'a>(Vec<(Cow<'a, str>, Given<'a>)>);

impl<'a> Given<'a> {
    /// The same tree over a value.
    pub fn of(value: &'a Value) -> Given<'a> {
        match value {
            Value::Null => Given::Null,
            Value::Bool(b) => Given::Bool(*b),
            Value::Number(n) => Given::Number(n.clone()),
            Value::String(s) => Given::Text(Cow::Borrowed(s)),
            Value::Array(items) => Given::List(items.iter().map(Given::of).collect()),
            Value::Object(map) => Given::Object(Members::of(map)),
        }
    }

    /// The same as a value of its own.
    pub fn to_value(&self) -> Value {
        match self {
            Given::Null => Value::Null,
            Given::Bool(b) => Value::Bool(*b),
            Given::Number(n) => Value::Number(n.clone()),
            Given::Text(text) => Value::String(text.as_ref().to_owned()),
            Given::List(items) => items.iter().map(Given::to_value).collect(),
            Given::Object(members) => Value::Object(members.to_map()),
        }
    }

    /// For a message: at most 80 characters of it.
    pub fn shown(&self) -> String {
        shown(&self.to_value())
    }

    /// The members of an entry of a list of objects.
    pub fn entry(&self, list: &str) -> Result<&Members<'a>, ApiError> {
        let Given::Object(members) = self else {
            let text = format!("parameter [{list}] entry [{}] is invalid, expected an object", self.shown());
            return Err(ApiError::new(Code::Malformed, text));
        };
        Ok(members)
    }

    fn into_owned(self) -> Given<'static> {
        match self {
            Given::Null => Given::Null,
            Given::Bool(b) => Given::Bool(b),
            Given::Number(n) => Given::Number(n),
            Given::Text(text) => Given::Text(Cow::Owned(text.into_owned())),
            Given::List(items) => Given::List(items.into_iter().map(Given::into_owned).collect()),
            Given::Object(members) => Given::Object(members.into_owned()),
        }
    }
}

impl<'a> Members<'a> {
    /// The same over a map.
    pub fn of(map: &'a serde_json::Map<String, Value>) -> Members<'a> {
        Members(map.iter().map(|(name, value)| (Cow::Borrowed(&**name), Given::of(value))).collect())
    }

    /// A member that is there and not null.
    pub fn get(&self, name: &str) -> Option<&Given<'a>> {
        let member = self.0.iter().find(|member| member.0 == name);
        member.map(|member| &member.1).filter(|value| !matches!(value, Given::Null))
    }

    /// Takes a member out.
    pub fn take(&mut self, name: &str) -> Option<Given<'a>> {
        let at = self.0.iter().position(|member| member.0 == name)?;
        Some(self.0.remove(at).1)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Given<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for `{}`.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same as a map of its own.
    pub fn to_map(&self) -> serde_json::Map<String, Value> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_value())).collect()
    }

    /// A text; numbers are read as their decimal text. [`Code::Malformed`] like all that is wrong here.
    pub fn text(&self, name: &str) -> Result<Option<Cow<'_, str>>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Given::Text(text)) => Ok(Some(Cow::Borrowed(text))),
            Some(Given::Number(n)) => Ok(Some(Cow::Owned(n.to_string()))),
            Some(other) => Err(wrong(name, other, "a string")),
        }
    }

    /// A text that must be there and not be empty.
    pub fn required_text(&self, name: &str) -> Result<Cow<'_, str>, ApiError> {
        let missing = || ApiError::new(Code::Malformed, format!("parameter [{name}] is required"));
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(missing)
    }

    /// An object, also as text that holds one.
    pub fn object(&self, name: &str) -> Result<Option<Cow<'_, Members<'a>>>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Given::Object(members)) => Ok(Some(Cow::Borrowed(members))),
            Some(given @ Given::Text(text)) => match json::received(text.as_bytes()) {
                Ok(Given::Object(members)) => Ok(Some(Cow::Owned(members.into_owned()))),
                _ => Err(wrong(name, given, "an object")),
            },
            Some(other) => Err(wrong(name, other, "an object")),
        }
    }

    /// Takes out an array, also as text that holds one.
    pub fn take_list(&mut self, name: &str) -> Result<Option<Vec<Given<'a>>>, ApiError> {
        match self.take(name) {
            None | Some(Given::Null) => Ok(None),
            Some(Given::List(items)) => Ok(Some(items)),
            Some(Given::Text(text)) => match json::received(text.as_bytes()) {
                Ok(Given::List(items)) => Ok(Some(items.into_iter().map(Given::into_owned).collect())),
                _ => Err(wrong(name, &Given::Text(text), "an array")),
            },
            Some(other) => Err(wrong(name, &other, "an array")),
        }
    }

    fn into_owned(self) -> Members<'static> {
        let member =
            |(name, value): (Cow<'a, str>, Given<'a>)| (Cow::Owned(name.into_owned()), value.into_owned());
        Members(self.0.into_iter().map(member).collect())
    }

    /// Members as they came, repeats included.
    fn settled(members: Vec<(Cow<'a, str>, Given<'a>)>) -> Members<'a> {
        // Up to so many names it is less work to compare each with each than to hash them.
        const FEW: usize = 12;
        let repeats = |(at, member): (usize, &(Cow<'a, str>, _))| {
            members.iter().take(at).any(|earlier: &(Cow<'a, str>, Given<'a>)| earlier.0 == member.0)
        };
        if members.len() <= FEW && !members.iter().enumerate().any(repeats) {
            return Members(members);
        }
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::with_capacity(members.len());
        let mut settled: Vec<(Cow<'a, str>, Given<'a>)> = Vec::with_capacity(members.len());
        for (name, value) in members {
            if let Some(earlier) = places.get(&name).and_then(|at| settled.get_mut(*at)) {
                earlier.1 = value;
            } else {
                places.insert(name.clone(), settled.len());
                settled.push((name, value));
            }
        }
        Members(settled)
    }
}

fn wrong(name: &str, value: &Given<'_>, expected: &str) -> ApiError {
    let text = format!("parameter [{name}] value [{}] is invalid, expected {expected}", value.shown());
    ApiError::new(Code::Malformed, text)
}

impl<'de: 'a, 'a> Deserialize<'de> for Given<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Given<'a>, D::Error> {
        source.deserialize_any(GivenVisitor)
    }
}

struct GivenVisitor;

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E>(self) -> Result<Given<'de>, E> {
        Ok(Given::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Given<'de>, E> {
        Ok(Given::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Given<'de>, E> {
        Ok(Given::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Given<'de>, E> {
        Ok(Given::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Given<'de>, E> {
        Ok(Number::from_f64(value).map_or(Given::Null, Given::Number))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Given<'de>, E> {
        Ok(Given::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Given<'de>, E> {
        Ok(Given::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Given<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Given::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut given: A) -> Result<Given<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(Name(name)) = given.next_key()? {
            members.push((name, given.next_value()?));
        }
        Ok(Given::Object(Members::settled(members)))
    }
}

/// A member's name. A plain `Cow` would always be copied.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Name<'a>, D::Error> {
        source.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(value.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads as a value does, whatever it is; refused with the same words where that is refused.
    fn check(text: &str) {
        let value: serde_json::Result<Value> = json::received(text.as_bytes());
        let given: serde_json::Result<Given<'_>> = json::received(text.as_bytes());
        match (given, value) {
            (Ok(given), Ok(value)) => {
                assert_eq!(given.to_value(), value, "{text}");
                assert_eq!(given.to_value().to_string(), value.to_string(), "order of {text}");
                assert_eq!(Given::of(&value), given, "{text}");
                assert_eq!(given.clone().into_owned(), given, "{text}");
            }
            (Err(given), Err(value)) => assert_eq!(given.to_string(), value.to_string(), "{text}"),
            (given, value) => panic!("{text}: {given:?}, {value:?}"),
        }
    }

    #[test]
    fn it_reads_what_a_value_reads_and_refuses_the_rest_with_the_same_words() {
        for text in [
            "null",
            "true",
            "-0",
            "0.1",
            "-1e400",
            "1e999",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775809",
            "\"a\\u00e4\\n\"",
            "\"\\ud800\"",
            "\"a\nb\"",
            "[]",
            "[1,]",
            "[1 2]",
            "{}",
            r#"{"a":1,"b":[{"c":null}],"a":2}"#,
            r#"{"a":1 "b":2}"#,
            r"{a:1}",
            r#"{"a\"":"\\"}"#,
            "{} x",
            "",
            "nul",
            "{\"a\":",
            "[",
            "\u{feff}{}",
            "01",
            "1.",
            "+1",
            "{1:2}",
            "{\"a\":1,}",
            "\"open",
        ] {
            check(text);
        }
        let repeated: Vec<String> = (0..100).map(|i| format!("\"k{}\":{i}", i % 37)).collect();
        check(&format!("{{{}}}", repeated.join(",")));
        check(&format!("{}1{}", "[".repeat(300), "]".repeat(300)));
    }

    #[test]
    fn texts_without_escapes_are_not_copied() {
        let given: Given<'_> = json::received(br#"{"plain":"text","q\"":"a\"b"}"#).expect("an object");
        let Given::Object(Members(members)) = given else { panic!("no object") };
        assert!(matches!(&members[0], (Cow::Borrowed("plain"), Given::Text(Cow::Borrowed("text")))));
        assert!(matches!(&members[1], (Cow::Owned(_), Given::Text(Cow::Owned(_)))));
    }
}
