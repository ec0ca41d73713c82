//! A schema file becomes label definitions, or is refused with line and reason.
//!
//! DTDs and entities of their own are refused before anything is expanded, so a small file stays small
//! and nothing outside the file is ever opened.

use super::decode::decode;
use super::elements::{Attributes, label_def, property_def};
use gesso_graph::schema::LABELS_MAX;
use gesso_graph::{LabelDef, Schema};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use quick_xml::{XmlVersion, escape::resolve_predefined_entity};
use std::collections::HashSet;

/// Largest schema file. Bytes.
pub const FILE_BYTES_MAX: usize = 10 << 20;

/// What a schema file says.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaFile {
    /// Its labels in file order, each of them valid by the rules of [`Schema::merged`].
    pub labels: Vec<LabelDef>,
    /// True if list elements in the data files are escaped (`gesso:listEscape`).
    pub list_escape: bool,
}

/// Why a schema file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("schema file, line {line}: {reason}")]
pub struct SchemaFileError {
    /// The line of the tag that breaks a rule, from 1; 0 where the whole file does.
    pub line: u64,
    /// The rule that is broken, with the name and the value that break it.
    pub reason: String,
}

/// Reads a schema file.
///
/// # Errors
/// Not well-formed, a DTD or an unknown entity, an encoding that is not supported, more than
/// [`FILE_BYTES_MAX`] bytes, or a label or property that breaks a rule.
pub fn parse_schema(bytes: &[u8]) -> Result<SchemaFile, SchemaFileError> {
    let whole = |reason| SchemaFileError { line: 0, reason };
    if bytes.len() > FILE_BYTES_MAX {
        let size = bytes.len();
        return Err(whole(format!("file has {size} bytes, expected at most {FILE_BYTES_MAX}")));
    }
    let text = decode(bytes).map_err(whole)?;
    let mut reader = Reader::from_str(&text);
    let mut parser = Parser::default();
    loop {
        let start = reader.buffer_position();
        let event = reader
            .read_event()
            .map_err(|e| error_at(&text, reader.error_position(), format!("not well-formed: {e}")))?;
        let is_end = matches!(event, Event::Eof);
        parser.event(&event).map_err(|reason| error_at(&text, start, reason))?;
        if is_end {
            return Ok(SchemaFile { labels: parser.labels, list_escape: parser.list_escape });
        }
    }
}

fn error_at(text: &str, position: u64, reason: String) -> SchemaFileError {
    let before = text.as_bytes().get(..position as usize).unwrap_or(text.as_bytes());
    SchemaFileError { line: memchr::memchr_iter(b'\n', before).count() as u64 + 1, reason }
}

/// Where the parser is: the elements that mean something lie one in the other.
#[derive(Default)]
struct Parser {
    /// Known elements around the present place: root, labels, label, properties, property.
    known: usize,
    /// Unknown elements around the present place, inside the known ones.
    unknown: usize,
    has_root: bool,
    has_labels: bool,
    has_properties: bool,
    label: Option<LabelDef>,
    labels: Vec<LabelDef>,
    names: HashSet<String>,
    list_escape: bool,
}

/// The elements below the root, outermost first.
const ELEMENTS: [&str; 4] = ["labels", "label", "properties", "property"];

impl Parser {
    fn event(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(e) => self.start(e),
            Event::Empty(e) => self.start(e).and_then(|()| self.end()),
            Event::End(_) => self.end(),
            Event::DocType(_) => Err("a DTD is not allowed".to_owned()),
            Event::GeneralRef(e) => check_reference(e),
            Event::Eof => self.finish(),
            Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Ok(()),
        }
    }

    fn start(&mut self, e: &BytesStart<'_>) -> Result<(), String> {
        let attributes = attributes_of(e)?;
        if self.known == 0 {
            return self.root(&attributes);
        }
        let local_name = e.local_name();
        let element = ELEMENTS.get(self.known - 1).filter(|name| **name == local_name.as_ref());
        if self.unknown > 0 || element.is_none() {
            self.unknown += 1;
            return Ok(());
        }
        match self.known {
            1 => once(&mut self.has_labels, "labels", "file")?,
            2 => self.label = Some(label_def(&attributes)?),
            3 => once(&mut self.has_properties, "properties", "label")?,
            _ => {
                let property = property_def(&attributes)?;
                if let Some(label) = &mut self.label {
                    label.properties.push(property);
                }
            }
        }
        self.known += 1;
        Ok(())
    }

    fn root(&mut self, attributes: &Attributes) -> Result<(), String> {
        once(&mut self.has_root, "root", "file")?;
        self.known = 1;
        match attributes.get("gesso:listEscape").map(String::as_str) {
            None | Some("false") => {}
            Some("true") => self.list_escape = true,
            Some(other) => {
                return Err(format!("gesso:listEscape [{other}] is invalid, expected true or false"));
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        if self.unknown > 0 {
            self.unknown -= 1;
            return Ok(());
        }
        self.known = self.known.saturating_sub(1);
        if self.known != 2 {
            return Ok(());
        }
        self.has_properties = false;
        self.label.take().map_or(Ok(()), |label| self.add(label))
    }

    /// Takes a finished label, checked by the graph's own rules. One at a time, so that the error has a
    /// line, and because merging thousands at once copies the schema for each.
    fn add(&mut self, label: LabelDef) -> Result<(), String> {
        let name = &label.name;
        Schema::default().merged(std::slice::from_ref(&label)).map_err(|e| format!("label [{name}]: {e}"))?;
        if !self.names.insert(name.clone()) {
            return Err(format!("label [{name}] is described twice"));
        }
        if self.labels.len() == LABELS_MAX {
            return Err(format!("too many labels: at most {LABELS_MAX}"));
        }
        self.labels.push(label);
        Ok(())
    }

    fn finish(&self) -> Result<(), String> {
        if !self.has_root {
            return Err("not well-formed: no element".to_owned());
        }
        if self.known > 0 {
            return Err("not well-formed: the file ends inside an element".to_owned());
        }
        if !self.has_labels {
            return Err("element [labels] is missing".to_owned());
        }
        Ok(())
    }
}

fn once(seen: &mut bool, element: &str, parent: &str) -> Result<(), String> {
    if std::mem::replace(seen, true) {
        return Err(format!("element [{element}] occurs more than once, expected one for the {parent}"));
    }
    Ok(())
}

/// All attributes by their names as written: a prefix makes another attribute.
fn attributes_of(e: &BytesStart<'_>) -> Result<Attributes, String> {
    let mut found = Attributes::new();
    // The duplicate check of the reader is quadratic, and an enum may have 65,535 names.
    for attribute in e.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| format!("not well-formed: {e}"))?;
        let name = attribute.key.as_ref();
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|e| format!("attribute [{name}] is not well-formed: {e}"))?;
        if found.insert(name.to_owned(), value.into_owned()).is_some() {
            return Err(format!("not well-formed: attribute [{name}] occurs twice"));
        }
    }
    Ok(found)
}

fn check_reference(e: &BytesRef<'_>) -> Result<(), String> {
    let is_character = e.resolve_char_ref().map_err(|e| format!("not well-formed: {e}"))?.is_some();
    if is_character || resolve_predefined_entity(e).is_some() {
        return Ok(());
    }
    Err(format!("entity [{}] is not defined", &**e))
}
