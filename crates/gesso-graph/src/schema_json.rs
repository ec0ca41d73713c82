//! The schema as JSON text, for log records and manifests.
//!
//! An object of labels and indices; a bare list of labels is what versions before indices wrote.

use crate::index::{IndexDef, IndexId, IndexKind};
use crate::schema::{LABELS_MAX, Label, LabelKind, Property, Schema};
use crate::sort_key::SortKeyType;
use gesso_core::{Cardinality, DataType, LabelId, PropId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
struct Stored {
    labels: Vec<StoredLabel>,
    /// One past the highest number that any label had.
    label_bound: usize,
    #[serde(default)]
    indices: Vec<StoredIndex>,
    #[serde(default)]
    next_index: u32,
    /// Only in graphs of the database edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sort_key: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AnyStored {
    Labels(Vec<StoredLabel>),
    Whole(Stored),
}

#[derive(Serialize, Deserialize)]
struct StoredIndex {
    id: u32,
    name: String,
    kind: String,
    has_label: bool,
    labels: Vec<u16>,
    properties: Vec<String>,
    key_bytes: u16,
}

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
    let stored = Stored {
        labels: schema.labels().map(|l| stored(l)).collect(),
        label_bound: schema.label_bound(),
        indices: schema.indices().iter().map(|i| stored_index(i)).collect(),
        next_index: schema.next_index,
        sort_key: schema.sort_key.map(|t| t.name().to_owned()),
    };
    // Plain strings and numbers always serialise.
    serde_json::to_string(&stored).unwrap_or_default()
}

/// Reads what [`to_text`] wrote.
pub fn of_text(text: &str) -> Result<Schema, StoredSchemaError> {
    let stored = match serde_json::from_str(text)? {
        AnyStored::Labels(labels) => {
            Stored { labels, label_bound: 0, indices: Vec::new(), next_index: 0, sort_key: None }
        }
        AnyStored::Whole(stored) => stored,
    };
    let mut schema = Schema::bare();
    for l in stored.labels {
        let kind = LabelKind::parse(&l.kind).ok_or(StoredSchemaError::Word(l.kind))?;
        let properties = l.properties.into_iter().map(property).collect::<Result<_, _>>()?;
        let (id, name) = (LabelId(l.id), l.name.into());
        schema.insert(Label { id, name, kind, properties, next_property: l.next_property });
    }
    schema.reserve_numbers(stored.label_bound.min(LABELS_MAX));
    let indices = stored.indices.into_iter().map(index);
    schema.indices = indices.collect::<Result<_, _>>()?;
    schema.next_index = stored.next_index;
    let sort_key = |name: String| SortKeyType::parse(&name).ok_or(StoredSchemaError::Word(name));
    schema.sort_key = stored.sort_key.map(sort_key).transpose()?;
    Ok(schema)
}

fn stored_index(index: &IndexDef) -> StoredIndex {
    StoredIndex {
        id: index.id.0,
        name: index.name.to_string(),
        kind: index.kind.name().to_owned(),
        has_label: index.has_label,
        labels: index.labels.iter().map(|l| l.0).collect(),
        properties: index.properties.iter().map(ToString::to_string).collect(),
        key_bytes: index.key_bytes,
    }
}

fn index(i: StoredIndex) -> Result<Arc<IndexDef>, StoredSchemaError> {
    Ok(Arc::new(IndexDef {
        id: IndexId(i.id),
        name: i.name.into(),
        kind: IndexKind::parse(&i.kind).ok_or(StoredSchemaError::Word(i.kind))?,
        has_label: i.has_label,
        labels: i.labels.into_iter().map(LabelId).collect(),
        properties: i.properties.into_iter().map(String::into_boxed_str).collect(),
        key_bytes: i.key_bytes,
    }))
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
pub fn data_type(name: &str, max_len: Option<u32>, names: Arc<[Box<str>]>) -> Option<DataType> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::IndexSpec;
    use crate::schema::{LabelDef, PropertyDef};

    fn schema() -> Schema {
        let age =
            PropertyDef { name: "age".into(), data_type: DataType::Int, cardinality: Cardinality::Single };
        let label = |name: &str| LabelDef {
            name: name.into(),
            kind: LabelKind::Vertex,
            properties: vec![age.clone()],
        };
        let mut schema = Schema::default();
        for name in ["person", "dog", "cat"] {
            schema.add_label(&label(name)).unwrap();
        }
        for name in ["first", "second"] {
            let spec = IndexSpec {
                name: name.into(),
                kind: "CompositeVertexIndex".into(),
                labels: Some(vec!["person".into(), "dog".into()]),
                properties: Some(vec!["age".into()]),
                ..IndexSpec::default()
            };
            schema = schema.with_index(&spec, 10).unwrap().0;
        }
        schema.without_index("first").unwrap().0
    }

    #[test]
    fn a_schema_with_indices_reads_back_and_gives_no_number_twice() {
        let schema = schema().without_label("cat").unwrap().without_label("dog").unwrap();
        let mut back = of_text(&to_text(&schema)).unwrap();
        assert_eq!(format!("{:?}", back.indices()), format!("{:?}", schema.indices()));
        assert_eq!(back.indices()[0].labels, [schema.get("person").unwrap().id]);
        let def = schema.get("person").unwrap().def();
        back.add_label(&LabelDef { name: "new".into(), ..def }).unwrap();
        assert_eq!(back.get("new").unwrap().id, LabelId(4));
        let spec = IndexSpec {
            name: "third".into(),
            kind: "GlobalCompositeVertexIndex".into(),
            has_label: true,
            ..IndexSpec::default()
        };
        assert_eq!(back.with_index(&spec, 10).unwrap().1.id, IndexId(2));
    }

    #[test]
    fn a_local_index_goes_with_the_last_of_its_labels() {
        let schema = schema();
        assert_eq!(schema.without_label("dog").unwrap().indices().len(), 1);
        let gone = schema.without_label("dog").and_then(|s| s.without_label("person")).unwrap();
        assert!(gone.indices().is_empty());
    }

    /// What versions before indices wrote.
    #[test]
    fn a_bare_list_of_labels_is_read_too() {
        let text = r#"[{"id":0,"name":"__DEFAULT__","kind":"all","next_property":0,"properties":[]},
            {"id":3,"name":"person","kind":"vertex","next_property":1,"properties":[
                {"id":0,"name":"age","data_type":"int","cardinality":"single"}]}]"#;
        let schema = of_text(text).unwrap();
        assert_eq!(schema.get("person").unwrap().id, LabelId(3));
        assert_eq!(schema.label_bound(), 4);
    }
}
