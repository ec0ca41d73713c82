//! The schema as JSON text, for log records and manifests.

use crate::schema::{Label, LabelKind, Property, Schema};
use gesso_core::{Cardinality, DataType, LabelId, PropId};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct StoredLabel {
    id: u16,
    name: String,
    kind: String,
    next_property: u16,
    properties: Vec<StoredProperty>,
}

#[derive(Serialize, Deserialize)]
struct StoredProperty {
    id: u16,
    name: String,
    data_type: String,
    cardinality: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_len: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
}

/// A stored schema that can not be read.
#[derive(Debug, thiserror::Error)]
pub enum StoredSchemaError {
    /// Not the expected JSON.
    #[error("stored schema is malformed: {0}")]
    Json(#[from] serde_json::Error),
    /// A word that this version does not know.
    #[error("stored schema has unknown word `{0}`")]
    Word(String),
}

/// The JSON text of a schema.
pub fn to_text(schema: &Schema) -> String {
    let labels: Vec<_> = schema.labels().map(|l| stored(l)).collect();
    // Plain strings and numbers always serialise.
    serde_json::to_string(&labels).unwrap_or_default()
}

/// Reads what [`to_text`] wrote.
pub fn of_text(text: &str) -> Result<Schema, StoredSchemaError> {
    let labels: Vec<StoredLabel> = serde_json::from_str(text)?;
    let mut schema = Schema::bare();
    for l in labels {
        let kind = LabelKind::parse(&l.kind).ok_or(StoredSchemaError::Word(l.kind))?;
        let properties = l.properties.into_iter().map(property).collect::<Result<_, _>>()?;
        let (id, name) = (LabelId(l.id), l.name.into());
        schema.insert(Label { id, name, kind, properties, next_property: l.next_property });
    }
    Ok(schema)
}

fn stored(label: &Label) -> StoredLabel {
    let properties = label.properties.iter().map(|p| StoredProperty {
        id: p.id.0,
        name: p.name.to_string(),
        data_type: p.data_type.name().to_owned(),
        cardinality: p.cardinality.name().to_owned(),
        max_len: match p.data_type {
            DataType::CharArray { max_len } => Some(max_len),
            _ => None,
        },
        names: match &p.data_type {
            DataType::Enum(names) => names.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        },
    });
    StoredLabel {
        id: label.id.0,
        name: label.name.to_string(),
        kind: label.kind.name().to_owned(),
        next_property: label.next_property,
        properties: properties.collect(),
    }
}

fn property(p: StoredProperty) -> Result<Property, StoredSchemaError> {
    let names = p.names.into_iter().map(String::into_boxed_str).collect();
    let data_type = data_type(&p.data_type, p.max_len, names).ok_or(StoredSchemaError::Word(p.data_type))?;
    let cardinality = Cardinality::parse(&p.cardinality).ok_or(StoredSchemaError::Word(p.cardinality))?;
    Ok(Property { id: PropId(p.id), name: p.name.into(), data_type, cardinality })
}

/// The data type of a name, ignoring case and knowing the aliases `integer` and `boolean`. `max_len`
/// (256 where missing) and `names` are used where the type has them.
pub fn data_type(name: &str, max_len: Option<u32>, names: std::sync::Arc<[Box<str>]>) -> Option<DataType> {
    Some(match name.to_ascii_lowercase().as_str() {
        "char" => DataType::Char,
        "char array" => DataType::CharArray { max_len: max_len.unwrap_or(256) },
        "float" => DataType::Float,
        "double" => DataType::Double,
        "bool" | "boolean" => DataType::Bool,
        "int" | "integer" => DataType::Int,
        "long" => DataType::Long,
        "date" => DataType::Date,
        "enum" => DataType::Enum(names),
        "string" => DataType::String,
        _ => return None,
    })
}
