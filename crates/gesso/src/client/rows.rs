//! Results as people read them: single values, and the rows of the one list.

use serde_json::Value;

/// The member that says how long the whole list is.
const TOTAL: &str = "data_total_size";
/// The members that describe the page.
const PAGE: [&str; 3] = ["data_offset", "data_return_size", TOTAL];

/// What a job computed, as far as one page shows it.
#[derive(Clone, Debug, Default)]
pub struct Outputs<'a> {
    /// Single values with their names.
    pub scalars: Vec<(&'a str, String)>,
    /// The name of the list; empty if there is none.
    pub list: &'a str,
    /// The list's rows, each of one or two cells.
    pub rows: Vec<Vec<String>>,
    /// Rows of the whole list, of which [`Outputs::rows`] is a page.
    pub total: u64,
}

impl<'a> Outputs<'a> {
    pub(super) fn of(outputs: &'a Value) -> Outputs<'a> {
        let total = outputs[TOTAL].as_u64();
        let mut shown = Outputs { total: total.unwrap_or(0), ..Outputs::default() };
        for (name, value) in outputs.as_object().into_iter().flatten() {
            match value.as_array() {
                Some(rows) if total.is_some() && shown.list.is_empty() => {
                    shown.list = name;
                    shown.rows = rows.iter().map(cells).collect();
                }
                _ if PAGE.contains(&name.as_str()) => {}
                _ => shown.scalars.push((name, cell_text(value))),
            }
        }
        shown
    }
}

/// `{"id": value}` has two cells; everything else is one.
fn cells(row: &Value) -> Vec<String> {
    match row.as_object().map(|map| map.iter().collect::<Vec<_>>()).as_deref() {
        Some([(id, value)]) => vec![(*id).clone(), cell_text(value)],
        _ => vec![cell_text(row)],
    }
}

/// A value without the quotes of JSON.
pub fn cell_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell_text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_list_becomes_rows_and_the_rest_is_named() {
        let outputs = json!({
            "pagerank": [{"a": 0.5}, {"b": 0.25}], "iterations": 7,
            "data_offset": 0, "data_return_size": 2, "data_total_size": 9,
        });
        let shown = Outputs::of(&outputs);
        assert_eq!((shown.list, shown.rows.len(), shown.total), ("pagerank", 2, 9));
        assert_eq!(shown.rows[0], ["a", "0.5"]);
        assert_eq!(shown.scalars, [("iterations", "7".to_owned())]);
        let outputs = json!({"path": ["a", "b"]});
        let shown = Outputs::of(&outputs);
        assert_eq!(shown.scalars, [("path", "a b".to_owned())]);
    }
}
