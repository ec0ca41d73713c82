//! Texts as typed values: spec 10, section 2.

use crate::fixture_files::{IMPORT, imported, rejected};
use crate::harness::{TestGraph, TestServer};
use serde_json::{Value, json};

/// A label `t` with one property of the type in question, and one text after it.
fn one_property(attributes: &str) -> String {
    format!(
        "<s><labels><label name='t'><properties><property name='p' {attributes}/>\
         <property name='q' dataType='string'/></properties></label></labels></s>"
    )
}

/// Imports one vertex for each text, and gives what became of it: its `p`, or the code of its rejection. A vertex
/// without `p` is null.
fn read(attributes: &str, texts: &[&str]) -> Vec<Value> {
    let s = TestServer::start();
    let g = s.graph("values");
    s.object("t/schema.xml", one_property(attributes));
    let line = |(i, text): (usize, &&str)| format!("v{i},t,{text},q\n");
    s.object("t/v.csv", texts.iter().enumerate().map(line).collect::<String>());
    let outputs = g.outputs(IMPORT, json!({"schemaPath": "t/schema.xml", "vertexsetPath": "t/v.csv"}));
    let errors = rejected(&outputs["vertexset"][0]);
    (0..texts.len()).map(|i| value_or_code(&g, i, &errors)).collect()
}

fn value_or_code(g: &TestGraph<'_>, i: usize, errors: &[String]) -> Value {
    let prefix = format!("{}:", i + 1);
    if let Some(code) = errors.iter().find_map(|e| e.strip_prefix(&prefix)) {
        return code.into();
    }
    let vertex = g.vertex(&format!("v{i}"));
    assert_eq!(vertex["properties"]["q"], json!(["q"]), "v{i}: {vertex}");
    vertex["properties"]["p"].clone()
}

/// Each text must be read as the value beside it.
fn check(attributes: &str, cases: &[(&str, Value)]) {
    let texts: Vec<&str> = cases.iter().map(|c| c.0).collect();
    for ((text, expected), got) in cases.iter().zip(read(attributes, &texts)) {
        assert_eq!(got, *expected, "{attributes}: {text}");
    }
}

#[test]
fn d10_21_integers_keep_their_range() {
    let e07 = || json!("E07");
    check(
        "dataType='int'",
        &[
            ("31.5", e07()),
            ("2147483648", e07()),
            ("-2147483649", e07()),
            ("1e3", e07()),
            ("x", e07()),
            ("0x1F", e07()),
            ("2147483647", json!([2147483647])),
            ("-2147483648", json!([-2147483648])),
            ("+7", json!([7])),
            (" 007 ", json!([7])),
        ],
    );
    check(
        "dataType='long'",
        &[
            ("9223372036854775807", json!([9223372036854775807_i64])),
            ("-9223372036854775808", json!([i64::MIN])),
            ("9223372036854775808", e07()),
        ],
    );
}

#[test]
fn d10_21_real_numbers() {
    check(
        "dataType='double'",
        &[
            ("1.5e3", json!([1500.0])),
            (" -0.1 ", json!([-0.1])),
            ("1", json!([1.0])),
            ("1e400", json!("E07")),
            ("1,5", json!("E04")),
        ],
    );
    check("dataType='float'", &[("0.1", json!([0.1])), ("1e39", json!("E07")), ("3.5", json!([3.5]))]);
}

#[test]
fn d10_22_booleans() {
    let yes = || json!([true]);
    let no = || json!([false]);
    check(
        "dataType='bool'",
        &[
            ("1", yes()),
            ("TRUE", yes()),
            (" true ", yes()),
            ("false", no()),
            ("0", no()),
            ("False", no()),
            ("yes", json!("E07")),
            ("2", json!("E07")),
            ("t", json!("E07")),
        ],
    );
}

#[test]
fn d10_23_dates_are_checked_and_kept_as_written() {
    let kept = |text: &str| json!([text]);
    let e07 = || json!("E07");
    check(
        "dataType='date'",
        &[
            ("2024-02-29", kept("2024-02-29")),
            ("2023-02-29", e07()),
            ("2024-2-9", e07()),
            ("1900-02-29", e07()),
            ("9999-12-31 24:00:00", kept("9999-12-31 24:00:00")),
            ("2021-03-04 05:06:07", kept("2021-03-04 05:06:07")),
            ("2021-03-04T05:06:07", kept("2021-03-04T05:06:07")),
            ("2021-03-04 25:00:00", e07()),
            ("0000-01-01", e07()),
            ("2021-13-01", e07()),
            ("2021-03-04 05:06", e07()),
            ("24:00:00", e07()),
        ],
    );
}

#[test]
fn d10_24_enums_know_their_names() {
    let attributes = "dataType='enum' typeNameCount='3' typeName1='S' typeName2='M' typeName3='L'";
    check(
        attributes,
        &[
            ("XL", json!("E08")),
            ("m", json!("E08")),
            ("M", json!(["M"])),
            ("", Value::Null),
            (" M", json!("E08")),
        ],
    );
}

#[test]
fn d10_25_char_arrays_and_chars_count_characters() {
    check(
        "dataType='char array' maxDataSize='12'",
        &[
            ("1234567890123", json!("E09")),
            ("123456789012", json!(["123456789012"])),
            ("ééééééüüüüüü", json!(["ééééééüüüüüü"])),
        ],
    );
    let too_long = read("dataType='char'", &["ab", "é", "x"]);
    assert!(too_long[0] == "E07" || too_long[0] == "E09", "{}", too_long[0]);
    assert_eq!(too_long[1..], [json!(["é"]), json!(["x"])]);
}

#[test]
fn d10_26_lists_and_sets_are_split_and_single_values_are_not() {
    check(
        "dataType='string' cardinality='set'",
        &[("a;a;b", json!(["a", "b"])), ("a", json!(["a"])), ("b;a;b", json!(["b", "a"]))],
    );
    check(
        "dataType='string' cardinality='list'",
        &[("a;a;b", json!(["a", "a", "b"])), ("a;;b", json!(["a", "", "b"]))],
    );
    check("dataType='string'", &[("a;a;b", json!(["a;a;b"]))]);
    check(
        "dataType='int' cardinality='list'",
        &[("3;1;3", json!([3, 1, 3])), ("1;;2", json!("E07")), ("1;x", json!("E07"))],
    );
}

#[test]
fn d10_27_an_empty_field_is_unset_and_a_quoted_one_is_empty() {
    check("dataType='string'", &[("", Value::Null), ("\"\"", json!([""])), (" ", json!([" "]))]);
    check("dataType='int'", &[("", Value::Null)]);
}

#[test]
fn d10_26_an_escape_keeps_a_semicolon_in_an_element() {
    let s = TestServer::start();
    let g = s.graph("films");
    imported(&s, &g, "ana,person,,,,a\\;b;c\\\\\n", "", json!({"listEscape": true}));
    imported(&s, &g, "bo,person,,,,a\\;b\n", "", json!({}));
    assert_eq!(g.vertex("ana")["properties"]["tags"], json!(["a;b", "c\\"]));
    assert_eq!(g.vertex("bo")["properties"]["tags"], json!(["a\\", "b"]));
}
