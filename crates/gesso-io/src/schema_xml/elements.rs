//! The elements `label` and `property` of a schema file.

use gesso_core::{Cardinality, DataType};
use gesso_graph::{LabelDef, LabelKind, PropertyDef};
use std::collections::HashMap;

/// The attributes of an element.
pub(super) type Attributes = HashMap<String, String>;

/// `maxDataSize` of a `char array` that has none.
const MAX_DATA_SIZE_DEFAULT: u32 = 256;
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
    Ok(match given.to_ascii_lowercase().as_str() {
        "char" => DataType::Char,
        "char array" => DataType::CharArray { max_len: max_data_size(attributes)? },
        "float" => DataType::Float,
        "double" => DataType::Double,
        "bool" | "boolean" => DataType::Bool,
        "int" | "integer" => DataType::Int,
        "long" => DataType::Long,
        "date" => DataType::Date,
        "enum" => DataType::Enum(enum_names(attributes)?),
        "string" => DataType::String,
        _ => {
            let expected = "char, char array, float, double, bool, int, long, date, enum or string";
            return Err(format!("dataType [{given}] is invalid, expected {expected}"));
        }
    })
}

fn max_data_size(attributes: &Attributes) -> Result<u32, String> {
    let Some(text) = attributes.get("maxDataSize") else { return Ok(MAX_DATA_SIZE_DEFAULT) };
    let size = text.trim().parse().ok().filter(|n| (1..=65_535).contains(n));
    size.ok_or_else(|| format!("maxDataSize [{text}] is invalid, expected 1 to 65535"))
}

fn enum_names(attributes: &Attributes) -> Result<std::sync::Arc<[Box<str>]>, String> {
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
