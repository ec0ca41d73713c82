//! The schema file of an import, and how it joins the graph's: spec 10, section 4.

use crate::fixture_files::{IMPORT, SCHEMA, VERTICES, imported};
use crate::harness::{TestGraph, TestServer, check};
use serde_json::{Value, json};

/// Imports a schema file and no elements. Gives the schema of the graph then.
fn described(s: &TestServer, g: &TestGraph<'_>, xml: impl AsRef<[u8]>) -> Value {
    s.object("films/schema.xml", xml);
    g.outputs(IMPORT, json!({"schemaPath": "films/schema.xml"}));
    g.get("/schema").expect(200)["data"]["schema"].take()
}

/// A schema file must be refused and the graph's schema stay. Gives the message.
fn refused(s: &TestServer, g: &TestGraph<'_>, xml: impl AsRef<[u8]>) -> String {
    let before = g.get("/schema").expect(200);
    s.object("films/schema.xml", xml);
    s.object("films/v.csv", VERTICES);
    let body = json!({"schemaPath": "films/schema.xml", "vertexsetPath": "films/v.csv"});
    let reply = g.post(IMPORT, body);
    let message = check(reply, 400, "GES.8013");
    assert!(message.contains("[schemaPath]"), "{message}");
    assert_eq!(g.get("/schema").expect(200), before);
    assert_eq!(g.counts(), (0, 0));
    message
}

fn label(name: &str, properties: &str) -> String {
    format!(
        "<PMML>\n<labels>\n<label name=\"{name}\"><properties>\n{properties}\n</properties></label></labels></PMML>"
    )
}

#[test]
fn d10_44_old_encodings_and_spellings() {
    let s = TestServer::start();
    let g = s.graph("films");
    let mut latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>".to_vec();
    latin.extend(
        label("caf\u{e9}", "<property dataType='Date' name='since' cardinality='Single' colour='red'/>")
            .chars()
            .map(|c| c as u8),
    );
    let schema = described(&s, &g, latin);
    let since = json!([{"name": "since", "type": "date", "cardinality": "single"}]);
    assert_eq!(schema[1], json!({"label": "café", "type": "all", "properties": since}));
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>{}",
        label("電影", "<property name='a' dataType='INT'/>")
    );
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(described(&s, &g, utf16)[2]["label"], "電影");
}

#[test]
fn d10_45_document_types_and_entities_are_refused() {
    let s = TestServer::start();
    let g = s.graph("films");
    let secret = s.object("films/secret.txt", "hush-hush");
    let body = label("a", "<property name='p' dataType='int'/>");
    let documents = [
        format!("<!DOCTYPE PMML SYSTEM \"file://{}\">{body}", secret.display()),
        format!(
            "<!DOCTYPE PMML [<!ENTITY x SYSTEM \"file://{}\">]>{}",
            secret.display(),
            body.replace("'p'", "'&x;'")
        ),
        format!("<!DOCTYPE PMML [<!ENTITY x \"y\">]>{}", body.replace("'p'", "'&x;'")),
        body.replace("'p'", "'&x;'"),
    ];
    for xml in documents {
        let message = refused(&s, &g, xml);
        assert!(!message.contains("hush-hush"), "{message}");
    }
    let allowed = body.replace("'p'", "'p&quot;&#233;'");
    assert_eq!(described(&s, &g, allowed)[1]["properties"][0]["name"], "p\"é");
}

#[test]
fn d10_46_a_bad_schema_is_refused_with_line_and_reason() {
    let s = TestServer::start();
    let g = s.graph("films");
    let cases = [
        ("<property name='p' dataType='integers'/>", "integers"),
        ("<property name='p' dataType='enum' typeNameCount='2' typeName2='b'/>", "typeName1"),
        ("<property name='p' dataType='enum'/>", "typeName"),
        ("<property name='p' dataType='char array' cardinality='list'/>", "char array"),
        ("<property name='p' dataType='int'/>\n<property name='p' dataType='int'/>", "[p]"),
        ("<property name='p' dataType='int' cardinality='many'/>", "many"),
        ("<property dataType='int'/>", "name"),
        ("<property name='p'/>", "dataType"),
        ("<property name='p&lt;' dataType='int'/>", "p<"),
        ("<property name='p' dataType='int'>", "line"),
    ];
    for (properties, reason) in cases {
        let message = refused(&s, &g, label("a", properties));
        assert!(message.contains(reason) && message.contains("line "), "{properties}: {message}");
    }
    for xml in ["", "<PMML>", "not xml", "<PMML></PMML>", "<PMML><labels/><labels/></PMML>"] {
        refused(&s, &g, xml);
    }
    refused(&s, &g, label("__DEFAULT__", "<property name='p' dataType='int'/>"));
    refused(&s, &g, label("bad/name", "<property name='p' dataType='int'/>"));
}

#[test]
fn d10_46_a_file_of_more_than_ten_megabytes_is_refused() {
    let s = TestServer::start();
    let g = s.graph("films");
    let padding = format!("<!--{}-->", "x".repeat(11 << 20));
    let message = refused(&s, &g, format!("<PMML>{padding}<labels/></PMML>"));
    assert!(message.contains("10 MB"), "{message}");
}

#[test]
fn d10_48_a_property_of_another_type_is_a_conflict() {
    let s = TestServer::start();
    let g = s.graph("films");
    described(&s, &g, SCHEMA);
    for (from, to) in [
        ("name=\"age\" cardinality=\"single\" dataType=\"int\"", "name=\"age\" dataType=\"string\""),
        ("name=\"tags\" cardinality=\"set\"", "name=\"tags\" cardinality=\"list\""),
    ] {
        let message = refused(&s, &g, SCHEMA.replace(from, to));
        assert!(message.contains("person"), "{message}");
    }
}

#[test]
fn d10_49_a_schema_may_append_a_property() {
    let s = TestServer::start();
    let g = s.graph("films");
    imported(&s, &g, VERTICES, "", json!({}));
    let longer = SCHEMA.replace(
        "<property name=\"tags\" cardinality=\"set\" dataType=\"string\"/>",
        "<property name=\"tags\" cardinality=\"set\" dataType=\"string\"/><property name=\"email\" dataType=\"string\"/>",
    );
    s.object("films/longer.xml", longer);
    s.object("films/more.csv", "cy,person,40,,,,c@x\n");
    g.outputs(IMPORT, json!({"schemaPath": "films/longer.xml", "vertexsetPath": "films/more.csv"}));
    assert_eq!(g.vertex("cy")["properties"], json!({"age": [40], "email": ["c@x"]}));
    assert_eq!(g.vertex("bo")["properties"], json!({}));
    let update = json!({"properties": {"email": "b@x"}});
    g.post("/vertices/bo/properties/action?action_id=update", update).expect(200);
    assert_eq!(g.vertex("bo")["properties"], json!({"email": ["b@x"]}));
}

#[test]
fn d10_49_another_order_of_columns_is_that_of_the_files() {
    let s = TestServer::start();
    let g = s.graph("films");
    imported(&s, &g, VERTICES, "", json!({}));
    let swapped = label(
        "person",
        "<property name='tags' dataType='string' cardinality='set'/><property name='age' dataType='int'/>",
    );
    s.object("films/swapped.xml", swapped);
    s.object("films/more.csv", "cy,person,x;y,40\n");
    g.outputs(IMPORT, json!({"schemaPath": "films/swapped.xml", "vertexsetPath": "films/more.csv"}));
    assert_eq!(g.vertex("cy")["properties"], json!({"age": [40], "tags": ["x", "y"]}));
    assert_eq!(g.vertex("ana")["properties"]["zip"], json!(["10115"]));
}
