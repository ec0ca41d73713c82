//! A schema as a schema file.

use gesso_core::DataType;
use gesso_graph::schema::DEFAULT_LABEL;
use gesso_graph::{Label, Property, Schema};
use quick_xml::escape::escape;
use std::fmt::Write as _;

/// The name space of our own attributes.
const GESSO_NAMESPACE: &str = "urn:gesso:schema";

/// The schema as XML that [`super::parse_schema`] reads back equal. `__DEFAULT__` is left out. With
/// `list_escape` the file says that list elements of the data files are escaped.
pub fn write_schema(schema: &Schema, list_escape: bool) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.push_str("<PMML version=\"3.0\" xmlns=\"http://www.dmg.org/PMML-3-0\"");
    if list_escape {
        _ = write!(out, " xmlns:gesso=\"{GESSO_NAMESPACE}\" gesso:listEscape=\"true\"");
    }
    out.push_str(">\n  <labels>\n");
    for label in schema.labels().filter(|l| &*l.name != DEFAULT_LABEL) {
        write_label(label, &mut out);
    }
    out.push_str("  </labels>\n</PMML>\n");
    out
}

fn write_label(label: &Label, out: &mut String) {
    _ = write!(out, "    <label name=\"{}\" type=\"{}\"", attribute(&label.name), label.kind.name());
    if label.properties.is_empty() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n      <properties>\n");
    for property in &label.properties {
        write_property(property, out);
    }
    out.push_str("      </properties>\n    </label>\n");
}

fn write_property(property: &Property, out: &mut String) {
    let (name, cardinality, data_type) =
        (attribute(&property.name), property.cardinality.name(), property.data_type.name());
    _ = write!(
        out,
        "        <property name=\"{name}\" cardinality=\"{cardinality}\" dataType=\"{data_type}\""
    );
    match &property.data_type {
        DataType::CharArray { max_len } => _ = write!(out, " maxDataSize=\"{max_len}\""),
        DataType::Enum(names) => {
            _ = write!(out, " typeNameCount=\"{}\"", names.len());
            for (i, name) in names.iter().enumerate() {
                _ = write!(out, " typeName{}=\"{}\"", i + 1, attribute(name));
            }
        }
        _ => {}
    }
    out.push_str("/>\n");
}

/// Text for an attribute. Line breaks and tabs are written as references, since readers turn plain ones
/// into spaces.
fn attribute(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape(text).chars() {
        match c {
            '\n' | '\r' | '\t' => _ = write!(out, "&#{};", u32::from(c)),
            _ => out.push(c),
        }
    }
    out
}
