//! Rows on their way into a graph in bulk: what a reader of files hands over, a block at a time.

use crate::column::ColumnBuilder;
use crate::schema::{Label, Schema};
use crate::sort_key::{SORT_KEY, SortKeyType};
use crate::texts::Texts;
use gesso_core::{LabelId, PropId, Value};

/// Vertices of one block of input, in input order.
#[derive(Debug, Default)]
pub struct VertexChunk {
    /// The id of each row.
    pub ids: Texts,
    /// The label of each row.
    pub labels: Vec<LabelId>,
    /// Properties: row k of a label's table belongs to the k-th row here with that label.
    pub tables: Tables,
}

/// Edges of one block of input, in input order.
#[derive(Debug, Default)]
pub struct EdgeChunk {
    /// The source of each row: a vertex number, or [`EdgeChunk::PENDING`].
    pub sources: Vec<u32>,
    /// The target of each row, likewise.
    pub targets: Vec<u32>,
    /// Ids of ends that were not known when the block was read, in row order, source before target.
    pub pending: Texts,
    /// The label of each row.
    pub labels: Vec<LabelId>,
    /// Properties: row k of a label's table belongs to the k-th row here with that label.
    pub tables: Tables,
}

/// A table for each label that occurs.
#[derive(Debug, Default)]
pub struct Tables(Vec<(LabelId, Table)>);

/// The columns of one label, in the order in which the reader's schema has its properties.
#[derive(Debug, Default)]
pub struct Table {
    /// Rows in every column.
    pub rows: usize,
    /// One builder for each property of the label, then one for sort keys where edges have some.
    pub columns: Vec<ColumnBuilder>,
    /// Which property each column is of.
    pub properties: Vec<PropId>,
}

impl Table {
    fn of(label: &Label, sort_key: Option<SortKeyType>) -> Table {
        let sort_key = sort_key.map(SortKeyType::property);
        let all = || label.properties.iter().chain(&sort_key);
        Table {
            rows: 0,
            columns: all().map(ColumnBuilder::new).collect(),
            properties: all().map(|p| p.id).collect(),
        }
    }

    /// The sort key of a row.
    pub(crate) fn sort_key(&self, row: usize) -> Option<Value> {
        let at = self.properties.iter().rposition(|p| *p == SORT_KEY)?;
        self.columns.get(at)?.get(row)
    }
}

impl EdgeChunk {
    /// Stands for an end whose id is in [`EdgeChunk::pending`].
    pub const PENDING: u32 = u32::MAX;

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.sources.capacity() * 8
            + self.labels.capacity() * 2
            + self.pending.heap_bytes()
            + self.tables.heap_bytes()
    }
}

impl VertexChunk {
    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.ids.heap_bytes() + self.labels.capacity() * 2 + self.tables.heap_bytes()
    }
}

impl Tables {
    /// The table of a label, made when it is first asked for. Cheap when it was also asked for last.
    pub fn of(&mut self, label: LabelId, schema: &Schema) -> &mut Table {
        self.made_by(label, || schema.label(label).map(|l| Table::of(l, None)))
    }

    /// [`Tables::of`] for edges, which have one more column, the last one, where edges have sort keys.
    pub fn of_edges(&mut self, label: LabelId, schema: &Schema) -> &mut Table {
        self.made_by(label, || schema.label(label).map(|l| Table::of(l, schema.sort_key())))
    }

    fn made_by(&mut self, label: LabelId, table: impl FnOnce() -> Option<Table>) -> &mut Table {
        let at = self.0.iter().rposition(|(l, _)| *l == label).unwrap_or_else(|| {
            self.0.push((label, table().unwrap_or_default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }

    /// The table of a label, if it has been asked for.
    pub(crate) fn get(&self, label: LabelId) -> Option<&Table> {
        self.0.iter().rfind(|(l, _)| *l == label).map(|(_, table)| table)
    }

    /// All tables, in order of first use.
    pub fn into_vec(self) -> Vec<(LabelId, Table)> {
        self.0
    }

    fn heap_bytes(&self) -> usize {
        self.0.iter().flat_map(|(_, t)| &t.columns).map(ColumnBuilder::heap_bytes).sum()
    }
}
