//! Ids and pairs of ids in one text: spec 06, 2.6.
//!
//! Fields are separated by commas, rows by line breaks; a field with one of these or a quote is put in
//! quotes, a quote inside is doubled. Blanks around a field are dropped.

use crate::args::texts;
use serde_json::Value;
use std::collections::HashSet;

/// Ids: empty fields are dropped, and so are repeats unless an id may repeat. None for no id, for more than `most`, and
/// for what cannot be read.
pub(crate) fn vertices(value: &Value, most: usize, may_repeat: bool) -> Option<Vec<String>> {
    let mut ids = words(value)?;
    let mut seen = HashSet::new();
    ids.retain(|id| may_repeat || seen.insert(id.clone()));
    (1..=most).contains(&ids.len()).then_some(ids)
}

/// Fields in order, empty ones dropped.
pub(crate) fn words(value: &Value) -> Option<Vec<String>> {
    let mut fields = match value {
        Value::String(text) => rows(text)?.into_iter().flatten().collect(),
        Value::Number(number) => vec![number.to_string()],
        Value::Array(_) => texts(value)?,
        _ => return None,
    };
    fields.retain(|field| !field.is_empty());
    Some(fields)
}

/// Rows of two ids each; empty rows are dropped. None for no row.
pub(crate) fn pairs(value: &Value) -> Option<Vec<(String, String)>> {
    let rows = rows(value.as_str()?)?.into_iter().filter(|row| row.iter().any(|field| !field.is_empty()));
    let pairs: Option<Vec<_>> = rows
        .map(|row| match <[String; 2]>::try_from(row) {
            Ok([origin, destination]) if !origin.is_empty() && !destination.is_empty() => {
                Some((origin, destination))
            }
            _ => None,
        })
        .collect();
    pairs.filter(|pairs| !pairs.is_empty())
}

/// The fields of each row. None where a quote is not closed or something follows it.
fn rows(text: &str) -> Option<Vec<Vec<String>>> {
    let mut rows = vec![Vec::new()];
    let mut rest = text;
    loop {
        let field;
        (field, rest) = first_field(rest)?;
        if let Some(row) = rows.last_mut() {
            row.push(field);
        }
        let mut ahead = rest.chars();
        match ahead.next() {
            None => return Some(rows),
            Some(',') => {}
            Some(_) => rows.push(Vec::new()),
        }
        rest = ahead.as_str();
    }
}

/// The first field, and what follows it: nothing, or a text that begins with a separator.
fn first_field(text: &str) -> Option<(String, &str)> {
    const ENDS: [char; 3] = [',', '\n', '\r'];
    let blank = |c: char| c == ' ' || c == '\t';
    let text = text.trim_start_matches(blank);
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(ENDS).unwrap_or(text.len());
        return Some((text[..end].trim_end_matches(blank).to_owned(), &text[end..]));
    };
    let mut field = String::new();
    loop {
        let quote = rest.find('"')?;
        field.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        let Some(more) = rest.strip_prefix('"') else { break };
        field.push('"');
        rest = more;
    }
    let rest = rest.trim_start_matches(blank);
    (rest.is_empty() || rest.starts_with(ENDS)).then_some((field, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(given: Value, expected: Option<&[&str]>) {
        let expected = expected.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>());
        assert_eq!(vertices(&given, 3, false), expected, "{given}");
    }

    #[test]
    fn ids_are_read_from_csv_and_from_arrays() {
        check(json!("ana, bo ,,ana"), Some(&["ana", "bo"]));
        check(json!("\"a,b\", \"say \"\"x\"\"\" ,c"), Some(&["a,b", "say \"x\"", "c"]));
        check(json!(["ana", "b,o"]), Some(&["ana", "b,o"]));
        check(json!("a\r\nb"), Some(&["a", "b"]));
        check(json!(7), Some(&["7"]));
        assert_eq!(vertices(&json!("a,,b,a"), 3, true), Some(vec!["a".into(), "b".into(), "a".into()]));
        assert_eq!(vertices(&json!("a,a,a,a"), 3, true), None);
    }

    #[test]
    fn empty_sets_long_ones_and_open_quotes_are_refused() {
        for given in [json!(""), json!(" , "), json!("a,b,c,d"), json!("\"a"), json!("\"a\"b"), json!([1])] {
            check(given, None);
        }
    }

    #[test]
    fn pairs_come_line_by_line() {
        let got = pairs(&json!("a,b\r\n\n\"c,d\",e\n"));
        assert_eq!(got, Some(vec![("a".into(), "b".into()), ("c,d".into(), "e".into())]));
        for given in [json!(""), json!("a"), json!("a,b,c"), json!("a,"), json!(1)] {
            assert_eq!(pairs(&given), None, "{given}");
        }
    }
}
