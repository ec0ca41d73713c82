//! Property values and their types: spec 10, section 2.

use crate::date::Date;
use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::Arc;

/// The type of one value of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataType {
    /// One Unicode scalar value.
    Char,
    /// Text of at most `max_len` characters.
    CharArray {
        /// Most characters allowed, 1–65,535.
        max_len: u32,
    },
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// True or false.
    Bool,
    /// 32-bit signed integer.
    Int,
    /// 64-bit signed integer.
    Long,
    /// Calendar date with or without time.
    Date,
    /// One of the declared names; the empty text is always allowed and has code 0.
    Enum(Arc<[Box<str>]>),
    /// Text of any length up to 16 MiB.
    String,
}

/// How many values a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// At most one.
    Single,
    /// Any number, order and repeats kept.
    List,
    /// Any number, repeats dropped.
    Set,
}

/// One property value, or the values of a list or set.
#[derive(Clone, Debug)]
pub enum Value {
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i32),
    /// `long`
    Long(i64),
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// `date`
    Date(Date),
    /// `enum`: 0 is the empty name, n the n-th declared one.
    Enum(u16),
    /// `char`, `char array`, `string`
    Text(Box<str>),
    /// The values of a `list` or `set`.
    Many(Box<[Value]>),
}

/// Why a text is not a value of a type. The message of the caller names property and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Not readable as the type, or out of its range.
    #[error("is not a value of the type")]
    NotOfType,
    /// Not one of the declared names.
    #[error("is not one of the declared names")]
    UnknownName,
    /// Longer than the declared maximum.
    #[error("is longer than allowed")]
    TooLong,
}

/// Longest `string` value in bytes.
pub const STRING_BYTES_MAX: usize = 16 << 20;

impl DataType {
    /// The name on the wire and in schema files.
    pub fn name(&self) -> &'static str {
        match self {
            DataType::Char => "char",
            DataType::CharArray { .. } => "char array",
            DataType::Float => "float",
            DataType::Double => "double",
            DataType::Bool => "bool",
            DataType::Int => "int",
            DataType::Long => "long",
            DataType::Date => "date",
            DataType::Enum(_) => "enum",
            DataType::String => "string",
        }
    }

    /// True for the types whose text is kept as it stands.
    pub fn is_text(&self) -> bool {
        matches!(self, DataType::Char | DataType::CharArray { .. } | DataType::String)
    }

    /// True for `int`, `long`, `float` and `double`.
    pub fn is_numeric(&self) -> bool {
        matches!(self, DataType::Int | DataType::Long | DataType::Float | DataType::Double)
    }

    /// Reads one value. White space around numbers, booleans and dates is ignored; texts keep theirs.
    pub fn parse(&self, text: &str) -> Result<Value, ValueError> {
        let t = text.trim();
        let not = ValueError::NotOfType;
        Ok(match self {
            DataType::Int => Value::Int(t.parse().map_err(|_| not)?),
            DataType::Long => Value::Long(t.parse().map_err(|_| not)?),
            DataType::Float => {
                Value::Float(parse_real(t).map(|v| v as f32).filter(|v| fits(*v, t)).ok_or(not)?)
            }
            DataType::Double => {
                Value::Double(parse_real(t).filter(|v| v.is_finite() || named_real(t)).ok_or(not)?)
            }
            DataType::Bool => Value::Bool(parse_bool(t).ok_or(not)?),
            DataType::Date => Value::Date(Date::parse(t).ok_or(not)?),
            DataType::Enum(_) => Value::Enum(self.enum_code(text).ok_or(ValueError::UnknownName)?),
            DataType::Char => {
                let mut chars = text.chars();
                match (chars.next(), chars.next()) {
                    (Some(_), None) => Value::Text(text.into()),
                    _ => return Err(not),
                }
            }
            DataType::CharArray { max_len } => {
                let most = *max_len as usize;
                if text.len() > most && text.chars().count() > most {
                    return Err(ValueError::TooLong);
                }
                Value::Text(text.into())
            }
            DataType::String if text.len() > STRING_BYTES_MAX => return Err(ValueError::TooLong),
            DataType::String => Value::Text(text.into()),
        })
    }

    /// The code of an enum name; the empty text is code 0.
    pub fn enum_code(&self, name: &str) -> Option<u16> {
        let DataType::Enum(names) = self else { return None };
        if name.is_empty() {
            return Some(0);
        }
        names.iter().position(|n| **n == *name).map(|i| (i + 1) as u16)
    }

    /// The name of an enum code.
    pub fn enum_name(&self, code: u16) -> &str {
        match self {
            DataType::Enum(names) if code > 0 => names.get(usize::from(code) - 1).map_or("", |n| n),
            _ => "",
        }
    }

    /// Appends the canonical text of a value of this type; members of a list are joined by `;`.
    pub fn write_text(&self, value: &Value, out: &mut String) {
        match value {
            Value::Bool(v) => out.push_str(if *v { "true" } else { "false" }),
            Value::Int(v) => _ = write!(out, "{v}"),
            Value::Long(v) => _ = write!(out, "{v}"),
            Value::Float(v) => write_real(f64::from(*v), &format!("{v:?}"), out),
            Value::Double(v) => write_real(*v, &format!("{v:?}"), out),
            Value::Date(v) => _ = write!(out, "{v}"),
            Value::Enum(v) => out.push_str(self.enum_name(*v)),
            Value::Text(v) => out.push_str(v),
            Value::Many(vs) => {
                for (i, v) in vs.iter().enumerate() {
                    if i > 0 {
                        out.push(';');
                    }
                    self.write_text(v, out);
                }
            }
        }
    }
}

impl Value {
    /// The order that filters and sorts use; values of different types do not compare.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Value::Enum(a), Value::Enum(b)) => Some(a.cmp(b)),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            (Value::Long(a), Value::Long(b)) => Some(a.cmp(b)),
            _ => self.as_real()?.partial_cmp(&other.as_real()?),
        }
    }

    /// A number as `f64`; none for other types.
    pub fn as_real(&self) -> Option<f64> {
        match self {
            Value::Int(v) => Some(f64::from(*v)),
            Value::Long(v) => Some(*v as f64),
            Value::Float(v) => Some(f64::from(*v)),
            Value::Double(v) => Some(*v),
            _ => None,
        }
    }

    /// Bytes held on the heap beside the value itself.
    pub fn heap_bytes(&self) -> usize {
        match self {
            Value::Text(t) => t.len(),
            Value::Many(vs) => vs.iter().map(|v| size_of::<Value>() + v.heap_bytes()).sum(),
            _ => 0,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Many(a), Value::Many(b)) => a == b,
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }
}

impl Cardinality {
    /// The name on the wire and in schema files.
    pub fn name(self) -> &'static str {
        match self {
            Cardinality::Single => "single",
            Cardinality::List => "list",
            Cardinality::Set => "set",
        }
    }

    /// Reads a name in any case.
    pub fn parse(text: &str) -> Option<Cardinality> {
        [Cardinality::Single, Cardinality::List, Cardinality::Set]
            .into_iter()
            .find(|c| c.name().eq_ignore_ascii_case(text))
    }
}

/// Reads `0`, `1`, `true` or `false` in any case.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "0" => Some(false),
        "1" => Some(true),
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Decimal or scientific notation, or one of the three names of values that are no numbers.
fn parse_real(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust also reads `inf` and `nan`; the format does not.
        _ if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')) => {
            text.parse().ok()
        }
        _ => None,
    }
}

fn named_real(text: &str) -> bool {
    text.ends_with("Infinity") || text == "NaN"
}

fn fits(v: f32, text: &str) -> bool {
    v.is_finite() || named_real(text)
}

fn write_real(v: f64, shortest: &str, out: &mut String) {
    if v.is_nan() {
        out.push_str("NaN");
    } else if v.is_infinite() {
        out.push_str(if v > 0.0 { "Infinity" } else { "-Infinity" });
    } else {
        out.push_str(shortest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn df10_21_integers_keep_their_range() {
        assert!(DataType::Int.parse("31.5").is_err());
        assert!(DataType::Int.parse("2147483648").is_err());
        assert_eq!(DataType::Int.parse(" 31 "), Ok(Value::Int(31)));
        assert_eq!(DataType::Long.parse("9223372036854775807"), Ok(Value::Long(i64::MAX)));
    }

    #[test]
    fn df10_22_booleans_in_any_case() {
        assert_eq!(DataType::Bool.parse("TRUE"), Ok(Value::Bool(true)));
        assert_eq!(DataType::Bool.parse("yes"), Err(ValueError::NotOfType));
    }

    #[test]
    fn reals_overflow_is_refused_but_names_are_read() {
        assert!(DataType::Float.parse("1e39").is_err());
        assert!(DataType::Double.parse("1e999").is_err());
        assert!(DataType::Double.parse("inf").is_err());
        assert!(matches!(DataType::Double.parse("-Infinity"), Ok(Value::Double(v)) if v < 0.0));
    }

    #[test]
    fn df10_25_char_arrays_count_characters() {
        let zip = DataType::CharArray { max_len: 3 };
        assert!(zip.parse("äöü").is_ok());
        assert_eq!(zip.parse("äöüß"), Err(ValueError::TooLong));
    }
}
