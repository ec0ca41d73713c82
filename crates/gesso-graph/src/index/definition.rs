//! What an index is over, as a user describes it and as the schema keeps it.

use crate::schema::{Label, Property, Schema, SchemaError};
use gesso_core::{Cardinality, DataType, LabelId};
use std::sync::Arc;

/// Most characters in the name of an index.
const NAME_CHARS_MAX: usize = 63;
/// Bytes of a text that are part of a key, unless the request says otherwise.
const KEY_BYTES_DEFAULT: u64 = 40;
/// Most bytes of a text that are part of a key.
const KEY_BYTES_MAX: u64 = 256;

/// An index's number within its graph. Given once, never given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(pub u32);

/// What an index is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDef {
    /// Its number.
    pub id: IndexId,
    /// Its name.
    pub name: Box<str>,
    /// Its kind.
    pub kind: IndexKind,
    /// Whether labels are part of it.
    pub has_label: bool,
    /// The labels of a local index; empty for all that declare its properties.
    pub labels: Vec<LabelId>,
    /// Its properties in order; none for a label index.
    pub properties: Vec<Box<str>>,
    /// Bytes of a text that are part of a key.
    pub key_bytes: u16,
}

/// The kinds of indices: spec 04, 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// Over all vertices.
    GlobalVertex,
    /// Over all edges.
    GlobalEdge,
    /// Over vertices of some labels.
    LocalVertex,
    /// Over edges of some labels.
    LocalEdge,
    /// Over the words of vertices and edges.
    FullText,
}

/// An index as a user describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexSpec {
    /// Its name.
    pub name: String,
    /// The name of its kind.
    pub kind: String,
    /// Whether labels are part of it.
    pub has_label: bool,
    /// The labels of a local index.
    pub labels: Option<Vec<String>>,
    /// Its properties in order.
    pub properties: Option<Vec<String>>,
    /// Bytes of a text that are part of a key.
    pub key_bytes: Option<u64>,
    /// `vertex` or `edge`, for clients that say it twice.
    pub element: Option<String>,
}

/// Why an index is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// Forbidden character or length.
    #[error("index name [{0}] is invalid, expected 1 to 63 letters, digits, - and _")]
    Name(String),
    /// The name is taken, perhaps by an index that is being built.
    #[error("index [{0}] already exists")]
    Exists(String),
    /// Not one of the documented kinds.
    #[error(
        "parameter [indexType] value [{0}] is invalid, expected GlobalCompositeVertexIndex, \
         GlobalCompositeEdgeIndex, CompositeVertexIndex, CompositeEdgeIndex or FullTextIndex"
    )]
    Kind(String),
    /// `elementType` contradicts the kind.
    #[error("parameter [elementType] value [{0}] is invalid, it does not agree with [indexType]")]
    Element(String),
    /// Neither labels nor properties to index.
    #[error("parameter [indexProperty] is required for a FullTextIndex, and when [hasLabel] is false")]
    NoProperty,
    /// A local index without labels.
    #[error("parameter [indexLabel] is required for a {0}")]
    NoLabels(&'static str),
    /// A label that is not there, or not on such elements, or without one of the properties.
    #[error("parameter [indexLabel] value [{label}] is invalid, expected {expected}")]
    Label {
        /// The label.
        label: String,
        /// What it should be.
        expected: &'static str,
    },
    /// No label declares the property.
    #[error("property [{0}] does not exist")]
    UnknownProperty(String),
    /// No label declares all properties in a form that can be indexed.
    #[error(
        "properties [{0}] can not be indexed, expected single values of type int, long, float, double, enum, \
         char array, string or date under one label"
    )]
    Property(String),
    /// Named twice.
    #[error("property [{0}] is given twice")]
    Repeated(String),
    /// Out of range.
    #[error("parameter [strLength] value [{0}] is invalid, expected 1 to 256")]
    KeyBytes(u64),
    /// The graph has as many as it may.
    #[error("too many indices: at most {0}")]
    TooMany(usize),
    /// No such index.
    #[error("index [{0}] does not exist")]
    NoIndex(String),
}

impl IndexKind {
    const TABLE: [(IndexKind, &'static str); 5] = [
        (IndexKind::GlobalVertex, "GlobalCompositeVertexIndex"),
        (IndexKind::GlobalEdge, "GlobalCompositeEdgeIndex"),
        (IndexKind::LocalVertex, "CompositeVertexIndex"),
        (IndexKind::LocalEdge, "CompositeEdgeIndex"),
        (IndexKind::FullText, "FullTextIndex"),
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        IndexKind::TABLE.iter().find(|k| k.0 == self).map_or("", |k| k.1)
    }

    /// Reads a name; case matters.
    pub fn parse(text: &str) -> Option<IndexKind> {
        IndexKind::TABLE.iter().find(|k| k.1 == text).map(|k| k.0)
    }

    /// True for indices over vertices.
    pub fn is_on_vertices(self) -> bool {
        matches!(self, IndexKind::GlobalVertex | IndexKind::LocalVertex | IndexKind::FullText)
    }

    /// True for indices over edges.
    pub fn is_on_edges(self) -> bool {
        matches!(self, IndexKind::GlobalEdge | IndexKind::LocalEdge | IndexKind::FullText)
    }

    /// True for indices over words.
    pub fn is_full_text(self) -> bool {
        self == IndexKind::FullText
    }

    /// True for indices of some labels alone.
    pub fn is_local(self) -> bool {
        matches!(self, IndexKind::LocalVertex | IndexKind::LocalEdge)
    }

    /// True if a client may say so of what the index is over.
    fn is_over(self, element: &str) -> bool {
        (self.is_on_vertices() && element.eq_ignore_ascii_case("vertex"))
            || (self.is_on_edges() && element.eq_ignore_ascii_case("edge"))
    }

    fn takes(self, label: &Label) -> bool {
        (self.is_on_vertices() && label.kind.on_vertices()) || (self.is_on_edges() && label.kind.on_edges())
    }
}

impl IndexDef {
    /// True for an index of labels alone, for which the layout of a base is enough.
    pub fn is_of_labels(&self) -> bool {
        self.properties.is_empty()
    }

    /// True if elements of the label are in the index as soon as they have all its properties, or any of them
    /// if it is over words.
    pub fn covers(&self, label: &Label) -> bool {
        let mut has = self.properties.iter().map(|p| label.property(p).is_some_and(is_indexable));
        self.kind.takes(label)
            && (self.labels.is_empty() || self.labels.contains(&label.id))
            && if self.kind.is_full_text() { has.any(|has| has) } else { has.all(|has| has) }
    }

    /// True if values of a property of the label are in the index.
    fn uses(&self, label: &Label, property: &str) -> bool {
        self.covers(label) && label.property(property).is_some_and(is_indexable)
    }
}

impl Schema {
    /// All indices in order of creation.
    pub fn indices(&self) -> &[Arc<IndexDef>] {
        &self.indices
    }

    /// The index of a name.
    pub fn index(&self, name: &str) -> Option<&Arc<IndexDef>> {
        self.indices.iter().find(|i| *i.name == *name)
    }

    /// True if a label index over vertices (or edges) exists.
    pub fn has_label_index(&self, on_vertices: bool) -> bool {
        let fits = |i: &Arc<IndexDef>| i.is_of_labels() && i.labels.is_empty();
        self.indices.iter().any(|i| fits(i) && i.kind.is_on_vertices() == on_vertices)
    }

    /// A schema with one more index, of which there may be `most`.
    pub fn with_index(&self, spec: &IndexSpec, most: usize) -> Result<(Schema, Arc<IndexDef>), IndexError> {
        let def = Arc::new(self.index_def(spec)?);
        if self.index(&spec.name).is_some() {
            return Err(IndexError::Exists(spec.name.clone()));
        }
        if self.indices.len() >= most {
            return Err(IndexError::TooMany(most));
        }
        let mut schema = self.clone();
        schema.next_index += 1;
        schema.indices.push(def.clone());
        Ok((schema, def))
    }

    /// A schema without the index.
    pub fn without_index(&self, name: &str) -> Result<(Schema, Arc<IndexDef>), IndexError> {
        let def = self.index(name).ok_or_else(|| IndexError::NoIndex(name.to_owned()))?.clone();
        let mut schema = self.clone();
        schema.indices.retain(|i| i.id != def.id);
        Ok((schema, def))
    }

    fn index_def(&self, spec: &IndexSpec) -> Result<IndexDef, IndexError> {
        check_name(&spec.name)?;
        let kind = IndexKind::parse(&spec.kind).ok_or_else(|| IndexError::Kind(spec.kind.clone()))?;
        if let Some(element) = spec.element.as_ref().filter(|e| !kind.is_over(e)) {
            return Err(IndexError::Element(element.clone()));
        }
        let key_bytes = spec.key_bytes.unwrap_or(KEY_BYTES_DEFAULT);
        if !(1..=KEY_BYTES_MAX).contains(&key_bytes) {
            return Err(IndexError::KeyBytes(key_bytes));
        }
        let names = spec.properties.clone().unwrap_or_default();
        let has_label = spec.has_label && !kind.is_full_text();
        if names.is_empty() && !has_label {
            return Err(IndexError::NoProperty);
        }
        let def = IndexDef {
            id: IndexId(self.next_index),
            name: spec.name.as_str().into(),
            kind,
            has_label,
            labels: self.local_labels(kind, spec)?,
            properties: names.into_iter().map(String::into_boxed_str).collect(),
            key_bytes: key_bytes as u16,
        };
        self.check_properties(&def)?;
        Ok(def)
    }

    fn local_labels(&self, kind: IndexKind, spec: &IndexSpec) -> Result<Vec<LabelId>, IndexError> {
        if !kind.is_local() {
            return Ok(Vec::new());
        }
        let names = spec.labels.as_deref().filter(|l| !l.is_empty());
        let mut labels = Vec::new();
        for name in names.ok_or(IndexError::NoLabels(kind.name()))? {
            let wrong = |expected| IndexError::Label { label: name.clone(), expected };
            let label = self.get(name).ok_or_else(|| wrong("a label of the schema"))?;
            if !kind.takes(label) {
                return Err(wrong("a label of such elements"));
            }
            if !labels.contains(&label.id) {
                labels.push(label.id);
            }
        }
        Ok(labels)
    }

    fn check_properties(&self, def: &IndexDef) -> Result<(), IndexError> {
        for (i, name) in def.properties.iter().enumerate() {
            if def.properties[..i].contains(name) {
                return Err(IndexError::Repeated(name.to_string()));
            }
            if !self.labels().any(|l| def.kind.takes(l) && l.property(name).is_some()) {
                return Err(IndexError::UnknownProperty(name.to_string()));
            }
        }
        let unfit = || IndexError::Property(def.properties.join(", "));
        for id in &def.labels {
            let label = self.label(*id).ok_or_else(unfit)?;
            if !def.covers(label) {
                let expected = "a label that declares all of [indexProperty]";
                return Err(IndexError::Label { label: label.name.to_string(), expected });
            }
        }
        if def.kind.is_full_text() {
            // Each property can be asked for by itself.
            let unfit = def.properties.iter().find(|name| !self.labels().any(|l| def.uses(l, name)));
            return unfit.map_or(Ok(()), |name| Err(IndexError::Property(name.to_string())));
        }
        if self.labels().any(|l| def.covers(l)) { Ok(()) } else { Err(unfit()) }
    }

    /// Refuses a label whose indexed properties are no longer what they were.
    pub(crate) fn check_index_use(&self, new: &Label) -> Result<(), SchemaError> {
        let Some(old) = self.label(new.id) else { return Ok(()) };
        for index in self.indices.iter().filter(|i| i.covers(old)) {
            let mut names = index.properties.iter().map(AsRef::as_ref).filter(|name| index.uses(old, name));
            if let Some(name) = names.find(|name: &&str| new.property(name) != old.property(name)) {
                let (property, index) = (name.to_owned(), index.name.to_string());
                return Err(SchemaError::Indexed { property, index });
            }
        }
        Ok(())
    }

    /// Drops a label from local indices, and those that are left without any.
    pub(crate) fn forget_label(&mut self, label: LabelId) {
        self.indices.retain_mut(|index| {
            if index.labels.contains(&label) {
                let mut rest = IndexDef::clone(index);
                rest.labels.retain(|l| *l != label);
                *index = Arc::new(rest);
                return !index.labels.is_empty();
            }
            true
        });
    }
}

fn check_name(name: &str) -> Result<(), IndexError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if (1..=NAME_CHARS_MAX).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(IndexError::Name(name.chars().take(80).collect()))
}

pub(super) fn is_indexable(property: &Property) -> bool {
    property.cardinality == Cardinality::Single
        && !matches!(property.data_type, DataType::Bool | DataType::Char)
}
