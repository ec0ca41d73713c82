//! Whether parts of two bases are the same arrays, not merely equal: what a checkpoint need not write again.

use crate::base::{Adjacency, Base, Members, VertexTable};
use crate::column::{Codes, Column, ColumnData};
use crate::texts::TextSlab;
use gesso_core::{LabelId, Plain, PropId, Slab};

impl Base {
    /// True if ids, labels and rows of the vertices are the same arrays.
    pub(crate) fn has_same_vertices(&self, other: &Base) -> bool {
        let ((a_texts, a_table), (b_texts, b_table)) = (self.ids.parts(), other.ids.parts());
        same_texts(a_texts, b_texts)
            && a_table.same(b_table)
            && self.labels.same(&other.labels)
            && same_options(self.rows.as_ref(), other.rows.as_ref())
            && self.more_labels == other.more_labels
            && self.live_vertices == other.live_vertices
    }

    /// True if the table and the edges of a label are the same arrays.
    pub(crate) fn has_same_label(&self, other: &Base, label: LabelId) -> bool {
        let tables = match (self.vertex_table(label), other.vertex_table(label)) {
            (Some(a), Some(b)) => a.same(b),
            (a, b) => a.is_none() && b.is_none(),
        };
        tables
            && match (self.edges(label), other.edges(label)) {
                (Some(a), Some(b)) => a.same(b),
                (a, b) => a.is_none() && b.is_none(),
            }
    }
}

impl VertexTable {
    fn same(&self, other: &VertexTable) -> bool {
        let members = match (&self.members, &other.members) {
            (Members::Range { first, len }, Members::Range { first: f, len: l }) => (first, len) == (f, l),
            (Members::List(a), Members::List(b)) => a.same(b),
            _ => false,
        };
        members && same_columns(&self.columns, &other.columns)
    }
}

impl Adjacency {
    fn same(&self, other: &Adjacency) -> bool {
        let halves = [(&self.out, &other.out), (&self.incoming, &other.incoming)];
        halves.iter().all(|(a, b)| {
            a.first == b.first && a.offsets.same(&b.offsets) && a.neighbours.same(&b.neighbours)
        }) && self.ordinals.same(&other.ordinals)
            && self.indexes.same(&other.indexes)
            && same_columns(&self.columns, &other.columns)
    }
}

fn same_columns(a: &[(PropId, Column)], b: &[(PropId, Column)]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same_column(&a.1, &b.1))
}

fn same_column(a: &Column, b: &Column) -> bool {
    use ColumnData::{Bool, Date, Dictionary, Double, Enum, Float, Int, Long, Many, Text};
    same_options(a.valid.as_ref(), b.valid.as_ref())
        && match (&a.data, &b.data) {
            (Bool(a), Bool(b)) => a.same(b),
            (Int(a), Int(b)) => a.same(b),
            (Long(a), Long(b)) | (Date(a), Date(b)) => a.same(b),
            (Float(a), Float(b)) => a.same(b),
            (Double(a), Double(b)) => a.same(b),
            (Enum(a), Enum(b)) => a.same(b),
            (Text(a), Text(b)) => same_texts(a, b),
            (Dictionary { codes: c, texts: a }, Dictionary { codes: d, texts: b }) => {
                let codes = match (c, d) {
                    (Codes::U8(c), Codes::U8(d)) => c.same(d),
                    (Codes::U16(c), Codes::U16(d)) => c.same(d),
                    _ => false,
                };
                codes && same_texts(a, b)
            }
            (Many { ends: c, items: a }, Many { ends: d, items: b }) => c.same(d) && same_column(a, b),
            _ => false,
        }
}

fn same_texts(a: &TextSlab, b: &TextSlab) -> bool {
    a.bytes.same(&b.bytes) && a.ends.same(&b.ends)
}

fn same_options<T: Plain>(a: Option<&Slab<T>>, b: Option<&Slab<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.same(b),
        (a, b) => a.is_none() && b.is_none(),
    }
}
