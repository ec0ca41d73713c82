//! Labels and their properties: spec 04, section 1. A schema never changes; changing it makes a new one.

use crate::index::IndexDef;
use crate::sort_key::SortKeyType;
use gesso_core::{Cardinality, DataType, LabelId, PropId, ValueError};
use std::collections::HashMap;
use std::sync::Arc;

/// The name of the label that every graph has and that has no properties.
pub const DEFAULT_LABEL: &str = "__DEFAULT__";
/// Most characters in a label or property name.
pub const NAME_CHARS_MAX: usize = 256;
/// Most labels in a graph.
pub const LABELS_MAX: usize = 65_535;
/// Most properties in a label.
pub const PROPERTIES_MAX: usize = 4_096;

/// The labels of one graph version, in order of creation. Label 0 is [`DEFAULT_LABEL`].
#[derive(Clone, Debug)]
pub struct Schema {
    labels: Vec<Option<Arc<Label>>>,
    by_name: HashMap<Box<str>, LabelId>,
    /// See [`crate::index`].
    pub(crate) indices: Vec<Arc<IndexDef>>,
    /// The number that the next index gets.
    pub(crate) next_index: u32,
    /// See [`crate::sort_key`].
    pub(crate) sort_key: Option<SortKeyType>,
}

/// One label.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Its number in the graph.
    pub id: LabelId,
    /// Its name.
    pub name: Box<str>,
    /// What it may be put on.
    pub kind: LabelKind,
    /// Its properties in column order.
    pub properties: Vec<Property>,
    /// The number that the next new property gets.
    pub next_property: u16,
}

/// What a label may be put on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelKind {
    /// Vertices only.
    Vertex,
    /// Edges only.
    Edge,
    /// Both.
    #[default]
    All,
}

/// One property of a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its number in the label.
    pub id: PropId,
    /// Its name.
    pub name: Box<str>,
    /// The type of a value.
    pub data_type: DataType,
    /// How many values.
    pub cardinality: Cardinality,
}

/// A label as a user describes it, before the graph has numbered it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelDef {
    /// Its name.
    pub name: String,
    /// What it may be put on.
    pub kind: LabelKind,
    /// Its properties in column order.
    pub properties: Vec<PropertyDef>,
}

/// A property as a user describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyDef {
    /// Its name.
    pub name: String,
    /// The type of a value.
    pub data_type: DataType,
    /// How many values.
    pub cardinality: Cardinality,
}

/// Why a schema change is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The name is taken.
    #[error("label already exists")]
    LabelExists,
    /// No such label.
    #[error("label [{0}] does not exist")]
    NoLabel(String),
    /// `__DEFAULT__` can not be changed.
    #[error("label [__DEFAULT__] can not be changed")]
    DefaultLabel,
    /// Forbidden character or length. The wording is the documented one.
    #[error("label name is invalid  which can only contain letters, digits, space,%,@,#,$,:,?,*,.,+,- and _")]
    LabelName,
    /// Forbidden character or length.
    #[error("property name [{0}] is invalid, expected 1 to 256 characters other than <, > and &")]
    PropertyName(String),
    /// Named twice in one label.
    #[error("property [{0}] already exists")]
    PropertyExists(String),
    /// Known under this name with another type or cardinality.
    #[error("property [{property}] of label [{label}] has another type or cardinality in the graph")]
    PropertyConflict {
        /// The label.
        label: String,
        /// The property.
        property: String,
    },
    /// `char array` holds one value only.
    #[error("property [{0}] of type char array must have cardinality single")]
    CharArrayList(String),
    /// Enum without names, or with empty or repeated ones.
    #[error("property [{0}] of type enum needs 1 to 65535 distinct non-empty names")]
    EnumNames(String),
    /// `maxDataSize` outside its range.
    #[error("property [{property}] has maxDataSize [{given}], expected 1 to 65535")]
    MaxDataSize {
        /// The property.
        property: String,
        /// The size given.
        given: u32,
    },
    /// An index needs the property as it is.
    #[error("property [{property}] is used by index [{index}], delete the index first")]
    Indexed {
        /// The property.
        property: String,
        /// The index.
        index: String,
    },
    /// Too many labels or properties.
    #[error("too many {what}: at most {most}")]
    TooMany {
        /// `labels` or `properties`.
        what: &'static str,
        /// The maximum.
        most: usize,
    },
}

impl Default for Schema {
    fn default() -> Schema {
        let mut schema = Schema::bare();
        schema.insert(Label {
            id: LabelId::DEFAULT,
            name: DEFAULT_LABEL.into(),
            kind: LabelKind::All,
            properties: Vec::new(),
            next_property: 0,
        });
        schema
    }
}

impl Schema {
    /// All labels in order of creation.
    pub fn labels(&self) -> impl Iterator<Item = &Arc<Label>> {
        self.labels.iter().flatten()
    }

    /// The label of a number that the graph gave. Numbers of dropped labels have none.
    pub fn label(&self, id: LabelId) -> Option<&Arc<Label>> {
        self.labels.get(id.at()).and_then(Option::as_ref)
    }

    /// The label of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<Label>> {
        self.by_name.get(name).and_then(|id| self.label(*id))
    }

    /// The label of a name, or an error that names it.
    pub fn find(&self, name: &str) -> Result<&Arc<Label>, SchemaError> {
        self.get(name).ok_or_else(|| SchemaError::NoLabel(name.to_owned()))
    }

    /// One past the highest label number given out so far.
    pub fn label_bound(&self) -> usize {
        self.labels.len()
    }

    /// A schema with one more label.
    pub fn with_label(&self, def: &LabelDef) -> Result<Schema, SchemaError> {
        let mut schema = self.clone();
        schema.add_label(def)?;
        Ok(schema)
    }

    /// [`Schema::with_label`] on this schema itself, for adding many. Unchanged after an error.
    pub fn add_label(&mut self, def: &LabelDef) -> Result<(), SchemaError> {
        check_label_name(&def.name)?;
        check_properties(&def.properties)?;
        if self.by_name.contains_key(def.name.as_str()) {
            return Err(SchemaError::LabelExists);
        }
        let id = u16::try_from(self.labels.len()).ok().filter(|n| usize::from(*n) < LABELS_MAX);
        let id = LabelId(id.ok_or(SchemaError::TooMany { what: "labels", most: LABELS_MAX })?);
        let mut label = Label {
            id,
            name: def.name.as_str().into(),
            kind: def.kind,
            properties: Vec::new(),
            next_property: 0,
        };
        for p in &def.properties {
            label.push(p);
        }
        self.insert(label);
        Ok(())
    }

    /// A schema without the label. Its number is not given again. Indices of this label alone go along.
    pub fn without_label(&self, label: &str) -> Result<Schema, SchemaError> {
        let id = self.changeable(label)?.id;
        let mut schema = self.clone();
        schema.by_name.remove(label);
        schema.labels[id.at()] = None;
        schema.forget_label(id);
        Ok(schema)
    }

    /// A schema of the default label alone, without indices. Numbers that were given are not given again.
    pub fn emptied(&self) -> Schema {
        let mut schema = Schema { next_index: self.next_index, sort_key: self.sort_key, ..Schema::default() };
        schema.reserve_numbers(self.labels.len());
        schema
    }

    /// A schema in which the label has more properties, at the end.
    pub fn with_appended(&self, label: &str, more: &[PropertyDef]) -> Result<Schema, SchemaError> {
        let mut schema = self.clone();
        schema.append(label, more)?;
        Ok(schema)
    }

    fn append(&mut self, label: &str, more: &[PropertyDef]) -> Result<(), SchemaError> {
        let mut new = self.changeable(label)?;
        check_properties(more)?;
        if let Some(known) = more.iter().find(|p| new.property(&p.name).is_some()) {
            return Err(SchemaError::PropertyExists(known.name.clone()));
        }
        if new.properties.len() + more.len() > PROPERTIES_MAX {
            return Err(SchemaError::TooMany { what: "properties", most: PROPERTIES_MAX });
        }
        for p in more {
            new.push(p);
        }
        self.insert(new);
        Ok(())
    }

    /// A schema in which the label has exactly these properties. Those that stay with equal type and
    /// cardinality keep their number and with it their values.
    pub fn with_replaced(
        &self,
        label: &str,
        kind: Option<LabelKind>,
        properties: &[PropertyDef],
    ) -> Result<Schema, SchemaError> {
        let mut new = self.changeable(label)?;
        check_properties(properties)?;
        let old = std::mem::take(&mut new.properties);
        for p in properties {
            let kept = old
                .iter()
                .find(|o| *o.name == *p.name && o.data_type == p.data_type && o.cardinality == p.cardinality);
            match kept {
                Some(same) => new.properties.push(same.clone()),
                None => new.push(p),
            }
        }
        new.kind = kind.unwrap_or(new.kind);
        self.check_index_use(&new)?;
        let mut schema = self.clone();
        schema.insert(new);
        Ok(schema)
    }

    /// Adds what a schema file describes: new labels, and missing properties of known ones. A known
    /// property with another type or cardinality refuses the whole file (spec 10, 4.2).
    pub fn merged(&self, defs: &[LabelDef]) -> Result<Schema, SchemaError> {
        let mut schema = self.clone();
        for def in defs {
            if def.name == DEFAULT_LABEL {
                if !def.properties.is_empty() {
                    return Err(SchemaError::DefaultLabel);
                }
                continue;
            }
            let Some(known) = schema.get(&def.name).cloned() else {
                schema.add_label(def)?;
                continue;
            };
            check_properties(&def.properties)?;
            let mut missing = Vec::new();
            for p in &def.properties {
                match known.property(&p.name) {
                    None => missing.push(p.clone()),
                    Some(k) if k.data_type == p.data_type && k.cardinality == p.cardinality => {}
                    Some(_) => {
                        let (label, property) = (def.name.clone(), p.name.clone());
                        return Err(SchemaError::PropertyConflict { label, property });
                    }
                }
            }
            if !missing.is_empty() {
                schema.append(&def.name, &missing)?;
            }
        }
        Ok(schema)
    }

    /// This schema with the properties of each described label in the description's order, for reading
    /// files that are laid out so. Properties that are not described are left out.
    pub fn laid_out_as(&self, defs: &[LabelDef]) -> Schema {
        let mut schema = self.clone();
        for def in defs {
            if let Some(label) = self.get(&def.name) {
                let mut label = Label::clone(label);
                let property = |p: &PropertyDef| label.property(&p.name).cloned();
                label.properties = def.properties.iter().filter_map(property).collect();
                schema.insert(label);
            }
        }
        schema
    }

    /// Puts a label at its number; used when a stored schema is read back.
    pub fn insert(&mut self, label: Label) {
        let at = label.id.at();
        if self.labels.len() <= at {
            self.labels.resize(at + 1, None);
        }
        self.by_name.insert(label.name.clone(), label.id);
        self.labels[at] = Some(Arc::new(label));
    }

    /// Keeps the numbers below `bound` from being given to new labels, for reading a stored schema back.
    pub(crate) fn reserve_numbers(&mut self, bound: usize) {
        if self.labels.len() < bound {
            self.labels.resize(bound, None);
        }
    }

    /// A schema without any label, for reading a stored one back.
    pub fn bare() -> Schema {
        Schema {
            labels: Vec::new(),
            by_name: HashMap::new(),
            indices: Vec::new(),
            next_index: 0,
            sort_key: None,
        }
    }

    fn changeable(&self, label: &str) -> Result<Label, SchemaError> {
        if label == DEFAULT_LABEL {
            return Err(SchemaError::DefaultLabel);
        }
        self.find(label).map(|l| Label::clone(l))
    }
}

impl Label {
    /// The property of a name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|p| *p.name == *name)
    }

    /// The property of a number.
    pub fn property_of(&self, id: PropId) -> Option<&Property> {
        self.properties.iter().find(|p| p.id == id)
    }

    /// The label as a user would describe it.
    pub fn def(&self) -> LabelDef {
        LabelDef {
            name: self.name.to_string(),
            kind: self.kind,
            properties: self.properties.iter().map(Property::def).collect(),
        }
    }

    fn push(&mut self, def: &PropertyDef) {
        let id = PropId(self.next_property);
        self.next_property += 1;
        self.properties.push(Property {
            id,
            name: def.name.as_str().into(),
            data_type: def.data_type.clone(),
            cardinality: def.cardinality,
        });
    }
}

impl Property {
    /// The property as a user would describe it.
    pub fn def(&self) -> PropertyDef {
        PropertyDef {
            name: self.name.to_string(),
            data_type: self.data_type.clone(),
            cardinality: self.cardinality,
        }
    }

    /// The message for a text that is no value of this property.
    pub fn value_error(&self, given: &str, error: ValueError) -> String {
        let shown: String = given.chars().take(80).collect();
        format!("property [{}] value [{shown}] {error}, expected {}", self.name, self.data_type.name())
    }
}

impl LabelKind {
    /// The name on the wire and in schema files.
    pub fn name(self) -> &'static str {
        match self {
            LabelKind::Vertex => "vertex",
            LabelKind::Edge => "edge",
            LabelKind::All => "all",
        }
    }

    /// Reads a name in any case.
    pub fn parse(text: &str) -> Option<LabelKind> {
        [LabelKind::Vertex, LabelKind::Edge, LabelKind::All]
            .into_iter()
            .find(|k| k.name().eq_ignore_ascii_case(text))
    }

    /// True if vertices may have the label.
    pub fn on_vertices(self) -> bool {
        self != LabelKind::Edge
    }

    /// True if edges may have the label.
    pub fn on_edges(self) -> bool {
        self != LabelKind::Vertex
    }
}

fn check_label_name(name: &str) -> Result<(), SchemaError> {
    let allowed = |c: char| c.is_alphabetic() || c.is_numeric() || " %@#$:?*.+-_".contains(c);
    let count = name.chars().count();
    if (1..=NAME_CHARS_MAX).contains(&count) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(SchemaError::LabelName)
}

fn check_properties(properties: &[PropertyDef]) -> Result<(), SchemaError> {
    if properties.len() > PROPERTIES_MAX {
        return Err(SchemaError::TooMany { what: "properties", most: PROPERTIES_MAX });
    }
    let mut seen = std::collections::HashSet::new();
    for p in properties {
        let forbidden = |c: char| matches!(c, '<' | '>' | '&' | '\u{0e}' | '\u{0f}' | '\u{1e}');
        if p.name.is_empty() || p.name.chars().count() > NAME_CHARS_MAX || p.name.contains(forbidden) {
            return Err(SchemaError::PropertyName(p.name.clone()));
        }
        if !seen.insert(p.name.as_str()) {
            return Err(SchemaError::PropertyExists(p.name.clone()));
        }
        check_type(p)?;
    }
    Ok(())
}

fn check_type(p: &PropertyDef) -> Result<(), SchemaError> {
    match &p.data_type {
        DataType::CharArray { .. } if p.cardinality != Cardinality::Single => {
            Err(SchemaError::CharArrayList(p.name.clone()))
        }
        DataType::CharArray { max_len } if !(1..=65_535).contains(max_len) => {
            Err(SchemaError::MaxDataSize { property: p.name.clone(), given: *max_len })
        }
        DataType::Enum(names) => {
            let distinct: std::collections::HashSet<_> = names.iter().collect();
            let fine = !names.is_empty()
                && names.len() <= 65_535
                && distinct.len() == names.len()
                && names.iter().all(|n| !n.is_empty());
            if fine { Ok(()) } else { Err(SchemaError::EnumNames(p.name.clone())) }
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(name: &str, data_type: DataType) -> PropertyDef {
        PropertyDef { name: name.into(), data_type, cardinality: Cardinality::Single }
    }

    fn person() -> LabelDef {
        let properties = vec![property("age", DataType::Int), property("city", DataType::String)];
        LabelDef { name: "person".into(), kind: LabelKind::Vertex, properties }
    }

    #[test]
    fn replaced_properties_keep_their_number_when_equal() {
        let s = Schema::default().with_label(&person()).unwrap();
        let s = s.with_replaced(
            "person",
            None,
            &[property("city", DataType::String), property("age", DataType::Long)],
        );
        let label = s.unwrap().get("person").unwrap().clone();
        assert_eq!(label.property("city").unwrap().id, PropId(1));
        assert_eq!(label.property("age").unwrap().id, PropId(2));
    }

    #[test]
    fn c04_07_label_names_have_256_of_the_allowed_characters() {
        let named = |name: String| Schema::default().with_label(&LabelDef { name, ..person() }).err();
        assert_eq!(named("bad/name".into()), Some(SchemaError::LabelName));
        assert_eq!(named("x".repeat(257)), Some(SchemaError::LabelName));
        assert_eq!(named("字".repeat(256)), None);
        assert_eq!(named(DEFAULT_LABEL.into()), Some(SchemaError::LabelExists));
    }

    #[test]
    fn df10_48_a_conflicting_type_refuses_the_file() {
        let s = Schema::default().with_label(&person()).unwrap();
        let mut other = person();
        other.properties[0].data_type = DataType::Long;
        assert!(matches!(s.merged(&[other]), Err(SchemaError::PropertyConflict { .. })));
    }

    #[test]
    fn df10_49_missing_properties_are_appended() {
        let s = Schema::default().with_label(&person()).unwrap();
        let mut more = person();
        more.properties.push(property("zip", DataType::CharArray { max_len: 12 }));
        let s = s.merged(&[more]).unwrap();
        assert_eq!(s.get("person").unwrap().properties.len(), 3);
    }
}
