//! JSON with one limit of nesting for all that comes in, and a higher one for what is stored around it: whatever
//! was accepted can be read back.

use serde::de::{Deserialize, Error as _};
use serde_json::Value;
use std::borrow::Cow;

/// Deepest nesting of arrays and objects in what clients send. A filter of 64 levels takes two for each.
pub const DEPTH_MAX: usize = 200;

/// The same for records that hold what clients sent.
pub const STORED_DEPTH_MAX: usize = DEPTH_MAX + 50;

/// Reads what a client sent.
///
/// # Errors
/// Text that is no JSON, of another form, or nested deeper than [`DEPTH_MAX`].
pub fn received<'a, T: Deserialize<'a>>(text: &'a [u8]) -> serde_json::Result<T> {
    read(text, DEPTH_MAX)
}

/// Reads a record of this server.
///
/// # Errors
/// As [`received`], with [`STORED_DEPTH_MAX`].
pub fn stored<'a, T: Deserialize<'a>>(text: &'a [u8]) -> serde_json::Result<T> {
    read(text, STORED_DEPTH_MAX)
}

/// What a list that a client sent has: an array, also in a text, or a text that is no array as the only item of one.
/// None for anything else.
pub fn listed(value: &Value) -> Option<Cow<'_, [Value]>> {
    match value {
        Value::Array(items) => Some(Cow::Borrowed(items)),
        Value::String(text) => Some(match received(text.as_bytes()) {
            Ok(Value::Array(items)) => Cow::Owned(items),
            _ => Cow::Borrowed(std::slice::from_ref(value)),
        }),
        _ => None,
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a [u8], depth_max: usize) -> serde_json::Result<T> {
    if depth(text) > depth_max {
        return Err(serde_json::Error::custom(format_args!("nested deeper than {depth_max} levels")));
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    // Its own limit is 128; the depth is known by now.
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// The deepest nesting of brackets outside of strings; of text that is JSON up to there, its depth.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut rest),
            _ => (),
        }
    }
    deepest
}

/// Moves behind the closing quote.
fn skip_string(rest: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = rest.next(),
            _ => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn what_is_received_can_be_stored_in_a_record_and_read_again() {
        let deepest = nested(DEPTH_MAX);
        assert!(received::<Value>(deepest.as_bytes()).is_ok());
        let record = format!("{{\"request\": {{\"body\": {deepest}}}}}");
        assert!(stored::<Value>(record.as_bytes()).is_ok());
        let error = received::<Value>(nested(DEPTH_MAX + 1).as_bytes()).unwrap_err();
        assert!(error.to_string().contains("nested deeper than 200 levels"), "{error}");
        assert!(received::<Value>("[".repeat(1 << 20).as_bytes()).is_err());
    }

    #[test]
    fn brackets_in_strings_do_not_nest() {
        let text = format!("[\"{}\\\"{}\"]", "[".repeat(500), "{".repeat(500));
        assert!(received::<Value>(text.as_bytes()).is_ok());
        assert!(received::<Value>(b"[1] 2").is_err() && received::<Value>(b"\"open").is_err());
    }
}
