//! How files are cut into lines and fields: spec 10, section 3.

use crate::fixture_files::{IMPORT, SCHEMA, imported, lines, rejected, written};
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

/// Imports film lines with options into a graph of its own. Gives the report of the vertex file and the titles
/// by id.
fn films(lines: &[u8], options: Value) -> (Value, Value) {
    let s = TestServer::start();
    let g = s.graph("films");
    let mut outputs = g.outputs(IMPORT, written(&s, lines, "", options));
    (outputs["vertexset"][0].take(), titles(&g))
}

fn titles(g: &TestGraph<'_>) -> Value {
    let query = json!({"labels": ["film"], "limit": 1000});
    let outputs = g.outputs("/vertices/action?action_id=query", query);
    let vertices = outputs["vertices"].as_array().expect("vertices").iter();
    let title =
        |v: &Value| (v["id"].as_str().unwrap_or_default().to_owned(), v["properties"]["title"][0].clone());
    Value::Object(vertices.map(title).collect())
}

/// The lines must give these titles, and reject these lines with these codes.
fn check_films(lines: impl AsRef<[u8]>, expected: Value, errors: &[&str]) {
    let (report, titles) = films(lines.as_ref(), json!({}));
    assert_eq!(titles, expected, "{}", String::from_utf8_lossy(lines.as_ref()));
    assert_eq!(rejected(&report), errors, "{report}");
}

#[test]
fn d10_14_line_ends_and_byte_order_marks_do_not_matter() {
    let expected = json!({"a": "A", "b": "B"});
    for text in [
        "a,film,A\nb,film,B\n",
        "a,film,A\r\nb,film,B\r\n",
        "\u{feff}a,film,A\r\nb,film,B",
        "a,film,A\n\n\r\nb,film,B\n\n",
        "\u{feff}a,film,\"A\"\nb,film,\"B\"\r\n",
    ] {
        check_films(text, expected.clone(), &[]);
    }
    check_films("", json!({}), &[]);
    check_films("\u{feff}", json!({}), &[]);
}

#[test]
fn d10_15_quoted_fields() {
    let text = "a,film,\"a,b\"\nb,film,\"he said \"\"hi\"\"\"\n\"c,\"\"\",\"film\",\" c \"\nd,film,d\"d\n";
    let expected = json!({"a": "a,b", "b": "he said \"hi\"", "c,\"": " c ", "d": "d\"d"});
    check_films(text, expected, &[]);
}

#[test]
fn d10_16_a_quoted_line_break_is_kept_and_counted() {
    let text = "a,film,\"one\ntwo\r\nthree\"\nb,robot,B\nc,film,C\n";
    check_films(text, json!({"a": "one\ntwo\r\nthree", "c": "C"}), &["4:E06"]);
}

#[test]
fn d10_17_other_delimiters_and_quotes() {
    let expected = json!({"a": "x|y", "b": "it's, \"so\""});
    let text = "a|film|'x|y'\nb|film|'it''s, \"so\"'\n";
    let (report, titles) = films(text.as_bytes(), json!({"delimiter": "|", "trimQuote": "'"}));
    assert_eq!((titles, lines(&report)), (expected, (2, 2, 0)));
    let (_, titles) = films(b"a\tfilm\t\"A\"\n", json!({"delimiter": "\\t", "trimQuote": ""}));
    assert_eq!(titles, json!({"a": "\"A\""}));
    let s = TestServer::start();
    let g = s.graph("films");
    for (delimiter, quote) in [(",,", "\""), (",", "''"), ("'", "'"), ("\n", "\""), ("", "\""), (";", "\"")] {
        let options = json!({"delimiter": delimiter, "trimQuote": quote});
        let message = check(g.post(IMPORT, written(&s, "a,film\n", "", options)), 400, "GES.8013");
        assert!(message.contains("delimiter") || message.contains("trimQuote"), "{message}");
    }
}

#[test]
fn d10_18_text_after_a_closing_quote_is_e02() {
    check_films("a,film,A\nb,film,\"x\"y\nc,film,C\n", json!({"a": "A", "c": "C"}), &["2:E02"]);
}

#[test]
fn d10_19_an_open_quote_rejects_the_rest_as_one_line() {
    let s = TestServer::start();
    let g = s.graph("films");
    let text = "a,film,A\nb,film,B\nc,film,\"open\nd,film,D\ne,film,E\n";
    let outputs = imported(&s, &g, text, "", json!({}));
    let report = &outputs["vertexset"][0];
    assert_eq!((lines(report), rejected(report)), ((3, 2, 1), vec!["3:E02".to_owned()]));
    let cause = report["cause"].as_str().expect("a cause");
    assert!(cause.contains("in line 3 is not closed"), "{cause}");
    assert_eq!(titles(&g), json!({"a": "A", "b": "B"}));
}

#[test]
fn d10_20_spaces_are_part_of_texts_but_not_of_numbers() {
    let s = TestServer::start();
    let g = s.graph("films");
    let outputs = imported(&s, &g, " ana , person \nbo,person, 31 \n\tcy ,person\n", "", json!({}));
    assert_eq!(rejected(&outputs["vertexset"][0]), ["1:E06"]);
    let cause = outputs["vertexset"][0]["cause"].as_str().expect("a cause");
    assert!(cause.contains("label [ person ] does not exist"), "{cause}");
    assert_eq!(g.vertex("bo")["properties"], json!({"age": [31]}));
    assert_eq!(g.vertex("\tcy ")["label"], "person");
}

#[test]
fn d10_28_surplus_columns_are_e04_except_one_empty_one() {
    check_films(
        "a,film,A,x\nb,film,B,\nc,film,C,,\nd,film\ne\n",
        json!({"b": "B", "d": null}),
        &["1:E04", "3:E04"],
    );
}

#[test]
fn d10_29_an_empty_id_is_e05_and_a_missing_target_e03() {
    check_films(",film,A\n\"\",film,B\nc,film,C\n", json!({"c": "C"}), &["1:E05", "2:E05"]);
    let s = TestServer::start();
    let g = s.graph("films");
    let outputs = imported(&s, &g, "a\n", "a\na,\n,a\na,a\n", json!({}));
    assert_eq!(rejected(&outputs["edgeset"][0]), ["1:E03", "2:E05", "3:E05"]);
    assert_eq!(g.counts(), (1, 1));
}

#[test]
fn d10_29_bytes_that_are_not_utf8_are_e01() {
    check_films(b"a,film,A\nb,film,\xff\xfe\nc,film,C\n", json!({"a": "A", "c": "C"}), &["2:E01"]);
}

#[test]
fn d10_29_odd_ids_come_through_a_file() {
    let s = TestServer::start();
    let g = s.graph("films");
    let ids = [
        "a,b",
        "\"",
        "'",
        "/",
        " a ",
        "%20",
        "\n",
        "a\r\nb",
        "😀",
        "\\",
        "a;b",
        "-",
        "\u{1}",
        "é",
        &"x".repeat(4096),
    ];
    let quoted: Vec<String> = ids.iter().map(|id| format!("\"{}\"", id.replace('"', "\"\""))).collect();
    let vertices = quoted.join(",film\n") + ",film\n";
    let edges: Vec<String> = quoted.windows(2).map(|pair| pair.join(",") + ",knows").collect();
    imported(&s, &g, &vertices, &edges.join("\n"), json!({}));
    assert_eq!(g.counts(), (ids.len() as u64, ids.len() as u64 - 1));
    for pair in ids.windows(2) {
        assert_eq!(g.vertex(pair[0])["id"], pair[0]);
        let edges = g.edges(pair[0], pair[1]);
        assert_eq!(
            (edges.len(), &edges[0]["source"], &edges[0]["target"]),
            (1, &json!(pair[0]), &json!(pair[1]))
        );
    }
}

#[test]
fn d10_08_txt_files_have_the_same_grammar() {
    let s = TestServer::start();
    let g = s.graph("films");
    s.object("films/schema.xml", SCHEMA);
    s.object("films/v.txt", "a,film,\"A,\"\n");
    let body =
        json!({"schemaPath": "films/schema.xml", "vertexsetPath": "films/v.txt", "vertexsetFormat": "TXT"});
    g.outputs(IMPORT, body);
    assert_eq!(titles(&g), json!({"a": "A,"}));
}
