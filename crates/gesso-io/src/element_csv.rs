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
        ElementCsv { writer, list_escape, ends: Vec::new(), text: String::new() }
    }

    /// Writes a vertex: one line for each label, the first label first.
    pub fn vertex(&mut self, snapshot: &Snapshot, v: VertexIx) -> Result<(), NeedsEscape> {
        for label in snapshot.labels_of(v) {
            let Some(label) = snapshot.schema().label(label) else { continue };
            self.writer.field(snapshot.id(v));
            self.row(label, |p| snapshot.vertex_property(v, label.id, p.id))?;
        }
        Ok(())
    }

    /// Writes an edge.
    pub fn edge(&mut self, snapshot: &Snapshot, edge: &EdgeRef) -> Result<(), NeedsEscape> {
        let Some(label) = snapshot.schema().label(edge.label) else { return Ok(()) };
        self.writer.field(snapshot.id(edge.source));
        self.writer.field(snapshot.id(edge.target));
        self.row(label, |p| snapshot.edge_property(edge, p.id))
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
        self.writer.end_line();
        self.ends.push(self.writer.as_bytes().len());
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
