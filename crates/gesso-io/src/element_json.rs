//! The JSON text of property values, written straight into bytes. Callers assemble elements.

use gesso_core::{DataType, Value};
use std::io::Write as _;

/// Writes the values of a property as an array: one entry for a single value, all for a list or set.
pub fn write_property_values(out: &mut Vec<u8>, data_type: &DataType, value: &Value) {
    out.push(b'[');
    match value {
        Value::Many(values) => {
            for (i, v) in values.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write_value(out, data_type, v);
            }
        }
        single => write_value(out, data_type, single),
    }
    out.push(b']');
}

/// Writes one value: numbers as JSON numbers in their shortest exact form, values that are no numbers as
/// the texts `"NaN"`, `"Infinity"` and `"-Infinity"`, everything else as text. A list becomes an array.
pub fn write_value(out: &mut Vec<u8>, data_type: &DataType, value: &Value) {
    match value {
        Value::Bool(v) => out.extend_from_slice(if *v { b"true" } else { b"false" }),
        Value::Int(v) => write_display(out, v),
        Value::Long(v) => write_display(out, v),
        Value::Float(v) if v.is_finite() => write_json(out, v),
        Value::Double(v) if v.is_finite() => write_json(out, v),
        Value::Enum(v) => write_text(out, data_type.enum_name(*v)),
        Value::Text(v) => write_text(out, v),
        Value::Date(v) => {
            out.push(b'"');
            write_display(out, v);
            out.push(b'"');
        }
        Value::Float(v) => write_no_number(out, f64::from(*v)),
        Value::Double(v) => write_no_number(out, *v),
        Value::Many(_) => write_property_values(out, data_type, value),
    }
}

/// Writes a text in quotes, escaped.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (i, b) in bytes.iter().enumerate() {
        let Some(escape) = escape_of(*b) else { continue };
        out.extend_from_slice(bytes.get(plain..i).unwrap_or_default());
        if escape == b'u' {
            write_format(out, format_args!("\\u{b:04x}"));
        } else {
            out.extend_from_slice(&[b'\\', escape]);
        }
        plain = i + 1;
    }
    out.extend_from_slice(bytes.get(plain..).unwrap_or_default());
    out.push(b'"');
}

/// The letter after the backslash, for bytes that need one.
#[inline]
fn escape_of(byte: u8) -> Option<u8> {
    match byte {
        b'"' | b'\\' => Some(byte),
        0x20.. => None,
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        b'\t' => Some(b't'),
        0x08 => Some(b'b'),
        0x0c => Some(b'f'),
        _ => Some(b'u'),
    }
}

fn write_no_number(out: &mut Vec<u8>, v: f64) {
    let name = if v.is_nan() {
        "\"NaN\""
    } else if v > 0.0 {
        "\"Infinity\""
    } else {
        "\"-Infinity\""
    };
    out.extend_from_slice(name.as_bytes());
}

fn write_display(out: &mut Vec<u8>, v: &dyn std::fmt::Display) {
    write_format(out, format_args!("{v}"));
}

fn write_format(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
}

/// serde_json writes the shortest digits that read back as the same `f32` or `f64`.
fn write_json(out: &mut Vec<u8>, v: &impl serde::Serialize) {
    let written = serde_json::to_writer(out, v);
    debug_assert!(written.is_ok(), "a finite number is always written");
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesso_core::date::Date;

    fn check(data_type: &DataType, value: &Value, expected: &str) {
        let mut out = Vec::new();
        write_value(&mut out, data_type, value);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn numbers_are_numbers_in_shortest_form() {
        check(&DataType::Int, &Value::Int(-7), "-7");
        check(&DataType::Long, &Value::Long(i64::MAX), "9223372036854775807");
        check(&DataType::Float, &Value::Float(0.1), "0.1");
        check(&DataType::Double, &Value::Double(0.1), "0.1");
        check(&DataType::Double, &Value::Double(5.0), "5.0");
        check(&DataType::Double, &Value::Double(f64::NAN), "\"NaN\"");
        check(&DataType::Float, &Value::Float(f32::NEG_INFINITY), "\"-Infinity\"");
        check(&DataType::Double, &Value::Double(f64::INFINITY), "\"Infinity\"");
    }

    #[test]
    fn everything_else_is_text_but_bool() {
        check(&DataType::Bool, &Value::Bool(true), "true");
        let date = Date::parse("2024-02-29 24:00:00").unwrap();
        check(&DataType::Date, &Value::Date(date), "\"2024-02-29 24:00:00\"");
        let sizes = DataType::Enum(["S".into(), "M".into()].into());
        check(&sizes, &Value::Enum(2), "\"M\"");
        check(&sizes, &Value::Enum(0), "\"\"");
    }

    #[test]
    fn texts_read_back_as_they_were() {
        for text in ["", "plain", "\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}", "字 \u{2028} 🦀"] {
            let mut out = Vec::new();
            write_text(&mut out, text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn df10_27_a_property_is_an_array_of_its_values() {
        let check = |value: &Value, expected: &[u8]| {
            let mut out = Vec::new();
            write_property_values(&mut out, &DataType::String, value);
            assert_eq!(out, expected);
        };
        check(&Value::Text("".into()), br#"[""]"#);
        let two = Value::Many([Value::Text("a".into()), Value::Text("b".into())].into());
        check(&two, br#"["a","b"]"#);
        check(&Value::Many(Box::default()), b"[]");
    }
}
