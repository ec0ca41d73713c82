//! Schema files: spec 10, section 4.

use gesso_core::{Cardinality, DataType};
use gesso_graph::{LabelKind, Schema};
use gesso_io::{parse_schema, write_schema};

const SAMPLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<PMML version="3.0" xmlns="http://www.dmg.org/PMML-3-0" xmlns:xsi="http://www.w3.org/2001/XMLSchema_instance">
  <labels>
    <label name="person" type="vertex" color="red">
      <properties>
        <property name="age" cardinality="single" dataType="int"/>
        <property name="size" dataType="enum" typeNameCount="2" typeName1="S &amp; M" typeName2="L"></property>
        <property name="zip" cardinality="single" dataType="char array" maxDataSize="12"/>
        <property name="tags" cardinality="SET" dataType="string"/>
        <property name="born" dataType="Date"/>
        <property name="alive" dataType="boolean"/><property name="n" dataType="integer"/>
        <hint><property name="ignored" dataType="no"/></hint>
      </properties>
    </label>
    <label name="knows"/>
    <label name="__DEFAULT__"/>
  </labels>
</PMML>"#;

/// One property element in an otherwise valid file, on line 3.
fn with_property(property: &str) -> String {
    format!("<x><labels><label name=\"a\"><properties>\n\n{property}</properties></label></labels></x>")
}

fn refused(xml: impl AsRef<[u8]>, line: u64, reason: &str) {
    let error = parse_schema(xml.as_ref()).unwrap_err();
    assert!(error.reason.contains(reason), "{error}");
    assert_eq!(error.line, line, "{error}");
}

#[test]
fn the_sample_reads_as_described_and_is_written_equal() {
    let file = parse_schema(SAMPLE.as_bytes()).unwrap();
    assert_eq!(file.labels.len(), 3);
    assert!(!file.list_escape);
    let person = &file.labels[0];
    assert_eq!((person.kind, file.labels[1].kind), (LabelKind::Vertex, LabelKind::All));
    let types: Vec<_> = person.properties.iter().map(|p| p.data_type.name()).collect();
    assert_eq!(types, ["int", "enum", "char array", "string", "date", "bool", "int"]);
    assert_eq!(person.properties[1].data_type.enum_name(1), "S & M");
    assert_eq!(person.properties[2].data_type, DataType::CharArray { max_len: 12 });
    assert_eq!(person.properties[3].cardinality, Cardinality::Set);
    let schema = Schema::default().merged(&file.labels).unwrap();
    for list_escape in [false, true] {
        let again = parse_schema(write_schema(&schema, list_escape).as_bytes()).unwrap();
        assert_eq!((again.labels.as_slice(), again.list_escape), (&file.labels[..2], list_escape));
    }
}

#[test]
fn df10_44_encodings_are_read() {
    let xml = |encoding: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"{encoding}\"?><PMML><labels><label name=\"é\"><properties>\
             <property name=\"d\" dataType=\"Date\"/></properties></label></labels></PMML>"
        )
    };
    let latin: Vec<u8> = xml("ISO-8859-1").chars().map(|c| c as u8).collect();
    let utf16 = |mark: &[u8], to: fn(u16) -> [u8; 2]| {
        let text = xml("UTF-16").encode_utf16().flat_map(to).collect::<Vec<u8>>();
        [mark, &text].concat()
    };
    for bytes in [
        latin,
        xml("utf-8").into_bytes(),
        ["\u{feff}", &xml("UTF-8")].concat().into_bytes(),
        utf16(b"\xff\xfe", u16::to_le_bytes),
        utf16(b"\xfe\xff", u16::to_be_bytes),
        utf16(b"", u16::to_le_bytes),
    ] {
        let file = parse_schema(&bytes).unwrap();
        assert_eq!(
            (file.labels[0].name.as_str(), &file.labels[0].properties[0].data_type),
            ("é", &DataType::Date)
        );
    }
    refused(xml("KOI8-R"), 0, "KOI8-R");
    refused(b"<x><labels>\xff</labels></x>", 0, "not UTF-8");
}

#[test]
fn df10_45_dtds_and_entities_are_refused() {
    let with = |dtd: &str, name: &str| format!("{dtd}\n<x><labels><label name=\"{name}\"/></labels></x>");
    refused(with("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>", "&e;"), 1, "DTD");
    refused(with("<!DOCTYPE x SYSTEM \"http://localhost/x.dtd\">", "a"), 1, "DTD");
    refused(with("", "&e;"), 2, "name");
    refused("<x><labels>&e;</labels></x>", 1, "entity [e]");
    let file = parse_schema(with("", "a&#66;&#x43;").as_bytes()).unwrap();
    assert_eq!(file.labels[0].name, "aBC");
}

#[test]
fn df10_46_broken_rules_are_refused_with_line_and_reason() {
    for (property, reason) in [
        ("<property name=\"p\" dataType=\"text\"/>", "dataType [text]"),
        ("<property name=\"p\"/>", "[dataType]"),
        ("<property dataType=\"int\"/>", "[name]"),
        ("<property name=\"p\" dataType=\"enum\" typeNameCount=\"1\"/>", "typeName1"),
        ("<property name=\"p\" dataType=\"enum\" typeName1=\"a\"/>", "typeNameCount"),
        (
            "<property name=\"p\" dataType=\"enum\" typeNameCount=\"70000\" typeName1=\"a\"/>",
            "typeNameCount [70000]",
        ),
        ("<property name=\"p\" dataType=\"char array\" maxDataSize=\"0\"/>", "maxDataSize [0]"),
        ("<property name=\"p\" dataType=\"int\" cardinality=\"many\"/>", "cardinality [many]"),
        ("<property name=\"p\" name=\"q\" dataType=\"int\"/>", "occurs twice"),
        ("<property name=\"p\" dataType=\"char array\" cardinality=\"list\"/>", "cardinality single"),
        ("<property name=\"p\" dataType=\"int\"/><property name=\"p\" dataType=\"int\"/>", "already exists"),
        (
            "<property name=\"p\" dataType=\"enum\" typeNameCount=\"2\" typeName1=\"a\" typeName2=\"a\"/>",
            "distinct",
        ),
    ] {
        refused(with_property(property), 3, reason);
    }
    refused("<x>\n<labels></x>", 2, "not well-formed");
    refused("<x>\n<labels>", 2, "ends inside");
    refused("", 1, "no element");
    refused("<x/>", 1, "[labels] is missing");
    refused("<x><labels/>\n<labels/></x>", 2, "more than once");
    refused("<x><labels/></x>\n<y/>", 2, "more than once");
    refused("<x><labels>\n<label/></labels></x>", 2, "[name]");
    refused("<x><labels>\n<label name=\"a/b\"/></labels></x>", 2, "label name is invalid");
    refused("<x><labels>\n<label name=\"a\" type=\"node\"/></labels></x>", 2, "type [node]");
    refused("<x><labels><label name=\"a\"/>\n<label name=\"a\"/></labels></x>", 2, "twice");
    let default =
        "<x><labels><label name=\"__DEFAULT__\"><properties><property name=\"p\" dataType=\"int\"/>";
    refused(format!("{default}</properties></label></labels></x>"), 1, "__DEFAULT__");
}

#[test]
fn df10_47_files_beyond_the_limit_are_refused_unread() {
    refused(vec![b' '; 11 << 20], 0, "at most 10485760");
}
