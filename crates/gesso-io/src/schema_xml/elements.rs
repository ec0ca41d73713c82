//! The elements `label` and `property` of a schema file.

use gesso_core::{Cardinality, DataType};
use gesso_graph::{LabelDef, LabelKind, PropertyDef, schema_json};
use std::collections::HashMap;

/// The attributes of an element.
pub(super) type Attributes = HashMap<String, String>;

/// Most names of an enum.
const ENUM_NAMES_MAX: usize = 65_535;

/// A label, still without its properties.
pub(super) fn label_def(attributes: &Attributes) -> Result<LabelDef, String> {
    let name = attributes.get("name").ok_or("attribute [name] of a label is missing")?.clone();
    let kind = match attributes.get("type") {
        None => LabelKind::All,
        Some(kind) => LabelKind::parse(kind).ok_or_else(|| {
            format!("type [{kind}] of label [{name}] is invalid, expected vertex, edge or all")
        })?,
    };
    Ok(LabelDef { name, kind, properties: Vec::new() })
}

/// A property.
pub(super) fn property_def(attributes: &Attributes) -> Result<PropertyDef, String> {
    let name = attributes.get("name").ok_or("attribute [name] of a property is missing")?.clone();
    let of_property = |reason: String| format!("property [{name}]: {reason}");
    let data_type = data_type(attributes).map_err(of_property)?;
    let cardinality = match attributes.get("cardinality") {
        None => Cardinality::Single,
        Some(text) => Cardinality::parse(text).ok_or_else(|| {
            of_property(format!("cardinality [{text}] is invalid, expected single, list or set"))
        })?,
    };
    Ok(PropertyDef { name, data_type, cardinality })
}

fn data_type(attributes: &Attributes) -> Result<DataType, String> {
    let given = attributes.get("dataType").ok_or("attribute [dataType] is missing")?;
    let is = |name: &str| given.eq_ignore_ascii_case(name);
    let max_len = if is("char array") { max_data_size(attributes)? } else { None };
    let names = if is("enum") { enum_names(attributes)? } else { Vec::new() };
    schema_json::data_type(given, max_len, names.into()).ok_or_else(|| {
        let expected = "char, char array, float, double, bool, int, long, date, enum or string";
        format!("dataType [{given}] is invalid, expected {expected}")
    })
}

fn max_data_size(attributes: &Attributes) -> Result<Option<u32>, String> {
    let Some(text) = attributes.get("maxDataSize") else { return Ok(None) };
    let size = text.trim().parse().ok().filter(|n| (1..=65_535).contains(n));
    size.map(Some).ok_or_else(|| format!("maxDataSize [{text}] is invalid, expected 1 to 65535"))
}

fn enum_names(attributes: &Attributes) -> Result<Vec<Box<str>>, String> {
    let text = attributes.get("typeNameCount").ok_or("attribute [typeNameCount] is missing")?;
    let count = text.trim().parse().ok().filter(|n| (1..=ENUM_NAMES_MAX).contains(n));
    let count =
        count.ok_or_else(|| format!("typeNameCount [{text}] is invalid, expected 1 to {ENUM_NAMES_MAX}"))?;
    (1..=count)
        .map(|i| {
            let name = attributes.get(&format!("typeName{i}"));
            name.map(|n| n.as_str().into()).ok_or_else(|| format!("attribute [typeName{i}] is missing"))
        })
        .collect()
}
