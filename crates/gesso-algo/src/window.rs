//! The `timeWindow` parameter: spec 06, 2.5.

use crate::error::AlgoError;
use gesso_core::date::Date;
use gesso_core::json;
use gesso_graph::TimeWindow;
use serde_json::Value;

const SIDES: &str = "V, E or BOTH";
pub(crate) const INSTANT: &str = "YYYY-MM-DD HH:MM:SS, YYYY-MM-DD or a timestamp";

/// Reads an object, or text that holds one. None for a window that has no effect.
pub(crate) fn read(name: &'static str, value: &Value) -> Result<Option<TimeWindow>, AlgoError> {
    let not_an_object = || AlgoError::Invalid {
        name,
        expected: "an object with filterName, filterType, startTime, endTime".into(),
    };
    let parsed: Value;
    let value = match value {
        Value::String(text) => {
            parsed = json::received(text.as_bytes()).map_err(|_| not_an_object())?;
            &parsed
        }
        other => other,
    };
    let fields = value.as_object().ok_or_else(not_an_object)?;
    let start = instant("timeWindow.startTime", fields.get("startTime"))?;
    let end = instant("timeWindow.endTime", fields.get("endTime"))?;
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(AlgoError::WindowReversed);
    }
    let (on_vertices, on_edges) = sides(fields.get("filterType"))?;
    let property = property(fields.get("filterName"))?;
    if property.is_empty() {
        let bounded = start.is_some() || end.is_some();
        return if bounded { Err(AlgoError::WindowUnnamed) } else { Ok(None) };
    }
    Ok(Some(TimeWindow { property, on_vertices, on_edges, start, end }))
}

fn property(value: Option<&Value>) -> Result<String, AlgoError> {
    match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(AlgoError::Invalid {
            name: "timeWindow.filterName",
            expected: "the name of a property".into(),
        }),
    }
}

/// Whether the window applies to vertices and to edges.
fn sides(value: Option<&Value>) -> Result<(bool, bool), AlgoError> {
    let text = match value {
        None | Some(Value::Null) => "BOTH",
        Some(value) => value.as_str().unwrap_or("not a text").trim(),
    };
    match text.to_ascii_uppercase().as_str() {
        "V" => Ok((true, false)),
        "E" => Ok((false, true)),
        "BOTH" => Ok((true, true)),
        _ => Err(AlgoError::Invalid { name: "timeWindow.filterType", expected: SIDES.into() }),
    }
}

/// A timestamp as it stands, or a date as seconds since 1970 in UTC.
pub(crate) fn instant(name: &'static str, value: Option<&Value>) -> Result<Option<i64>, AlgoError> {
    let read = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => {
            let text = text.trim();
            text.parse().ok().or_else(|| Date::parse(text).map(Date::seconds))
        }
        Some(_) => None,
    };
    read.map(Some).ok_or_else(|| AlgoError::Invalid { name, expected: INSTANT.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Property, on vertices, on edges, start, end.
    type Fields<'a> = (&'a str, bool, bool, Option<i64>, Option<i64>);

    fn check(given: Value, expected: Result<Option<Fields<'_>>, &str>) {
        let got = read("timeWindow", &given).map_err(|e| e.to_string());
        let expected = expected.map_err(str::to_owned).map(|w| {
            w.map(|(property, on_vertices, on_edges, start, end)| TimeWindow {
                property: property.into(),
                on_vertices,
                on_edges,
                start,
                end,
            })
        });
        assert_eq!(got, expected, "{given}");
    }

    #[test]
    fn dates_and_timestamps_are_read() {
        let dates =
            json!({"filterName": "at", "filterType": "e", "startTime": "1970-01-02", "endTime": "86401"});
        check(dates, Ok(Some(("at", false, true, Some(86_400), Some(86_401)))));
        check(json!({"filterName": "at", "startTime": -5}), Ok(Some(("at", true, true, Some(-5), None))));
        check(
            json!("{\"filterName\": \"at\", \"filterType\": \"V\"}"),
            Ok(Some(("at", true, false, None, None))),
        );
    }

    #[test]
    fn a_window_without_name_and_bounds_has_no_effect() {
        check(json!({}), Ok(None));
        check(json!({"filterName": ""}), Ok(None));
        check(json!({"startTime": 1}), Err("parameter [timeWindow.filterName] is required"));
    }

    #[test]
    fn p06_18_start_after_end_and_bad_forms_are_refused() {
        let reversed = json!({"filterName": "at", "startTime": 2, "endTime": "1"});
        check(reversed, Err("startTime must not be later than endTime"));
        check(
            json!({"filterType": "X"}),
            Err("parameter [timeWindow.filterType] is invalid, expected V, E or BOTH"),
        );
        let form = format!("parameter [timeWindow.endTime] is invalid, expected {INSTANT}");
        check(json!({"filterName": "at", "endTime": "soon"}), Err(&form));
        assert!(read("timeWindow", &json!([1])).is_err());
        assert!(read("timeWindow", &json!("{")).is_err());
    }
}
