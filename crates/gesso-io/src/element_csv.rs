//! Vertices and edges as lines of delimited text: spec 10, section 7.2.

use crate::csv::{CsvOptions, CsvWriter};
use gesso_core::{Cardinality, Value, VertexIx};
use gesso_graph::schema::{Label, Property};
use gesso_graph::{EdgeRef, Snapshot};

/// Writes elements as lines, with every column of their label.
#[derive(Debug)]
pub struct ElementCsv {
    writer: CsvWriter,
    list_escape: bool,
    /// Edges have their sort key in one more column.
    has_sort_key: bool,
    /// Where each line ends.
    ends: Vec<usize>,
    text: String,
}

/// An element of a list holds a `;` or `\`, which only an escape keeps: begin again with escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a list element needs an escape")]
pub struct NeedsEscape;

impl ElementCsv {
    /// A writer; with `list_escape` a backslash stands before each `;` and `\` in list elements.
    pub fn new(list_escape: bool) -> ElementCsv {
        let writer = CsvWriter::new(&CsvOptions::default());
        ElementCsv { writer, list_escape, has_sort_key: false, ends: Vec::new(), text: String::new() }
    }

    /// With the sort keys of edges as the last column, or without.
    pub fn with_sort_keys(self, has_sort_key: bool) -> ElementCsv {
        ElementCsv { has_sort_key, ..self }
    }

    /// Writes a vertex: one line for each label, the first label first.
    pub fn vertex(&mut self, snapshot: &Snapshot, v: VertexIx) -> Result<(), NeedsEscape> {
        for label in snapshot.labels_of(v) {
            let Some(label) = snapshot.schema().label(label) else { continue };
            self.writer.field(snapshot.id(v));
            self.row(label, |p| snapshot.vertex_property(v, label.id, p.id))?;
            self.end_line();
        }
        Ok(())
    }

    /// Writes an edge.
    pub fn edge(&mut self, snapshot: &Snapshot, edge: &EdgeRef) -> Result<(), NeedsEscape> {
        let Some(label) = snapshot.schema().label(edge.label) else { return Ok(()) };
        self.writer.field(snapshot.id(edge.source));
        self.writer.field(snapshot.id(edge.target));
        self.row(label, |p| snapshot.edge_property(edge, p.id))?;
        if let Some(of_type) = snapshot.schema().sort_key().filter(|_| self.has_sort_key) {
            if let Some(key) = snapshot.sort_key_of(edge) {
                self.text.clear();
                of_type.data_type().write_text(&key, &mut self.text);
                self.writer.field(&self.text);
            } else {
                self.writer.unset();
            }
        }
        self.end_line();
        Ok(())
    }

    fn end_line(&mut self) {
        self.writer.end_line();
        self.ends.push(self.writer.as_bytes().len());
    }

    fn row(&mut self, label: &Label, value: impl Fn(&Property) -> Option<Value>) -> Result<(), NeedsEscape> {
        self.writer.field(&label.name);
        for property in &label.properties {
            let Some(value) = value(property) else {
                self.writer.unset();
                continue;
            };
            self.text.clear();
            if property.cardinality == Cardinality::Single {
                property.data_type.write_text(&value, &mut self.text);
            } else {
                self.list(property, &value)?;
            }
            self.writer.field(&self.text);
        }
        Ok(())
    }

    fn list(&mut self, property: &Property, value: &Value) -> Result<(), NeedsEscape> {
        let items = match value {
            Value::Many(items) => items.as_ref(),
            single => std::slice::from_ref(single),
        };
        let mut item_text = String::new();
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.text.push(';');
            }
            item_text.clear();
            property.data_type.write_text(item, &mut item_text);
            for c in item_text.chars() {
                if matches!(c, ';' | '\\') {
                    if !self.list_escape {
                        return Err(NeedsEscape);
                    }
                    self.text.push('\\');
                }
                self.text.push(c);
            }
        }
        Ok(())
    }

    /// The lines, and where each ends.
    pub fn into_lines(self) -> (Vec<u8>, Vec<usize>) {
        (self.writer.into_bytes(), self.ends)
    }
}
