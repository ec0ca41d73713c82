//! The immutable base of a graph version: id dictionary, vertex tables, adjacency with edge columns.
//!
//! An edge label's edges lie sorted by (source, target, index); an edge's position there is its
//! [`EdgeOrdinal`], which leads to its index and its columns. The incoming half holds sources and
//! ordinals, sorted by (target, source). Bytes an edge without properties: 4 target + 4 index + 4 source +
//! 4 ordinal = 16.

use crate::column::Column;
use crate::ids::IdDictionary;
use crate::op::EdgeName;
use gesso_core::{EdgeOrdinal, LabelId, PropId, Slab, VertexIx};
use std::collections::HashMap;
use std::ops::Range;

/// The label of a vertex number whose vertex is deleted.
pub(crate) const DEAD: u16 = u16::MAX;

/// Everything that was in the graph when the base was made.
#[derive(Debug, Default)]
pub struct Base {
    pub(crate) ids: IdDictionary,
    /// The first label of each vertex, [`DEAD`] for a deleted one.
    pub(crate) labels: Slab<u16>,
    /// The row of each vertex in its first label's table; none where all tables are contiguous.
    pub(crate) rows: Option<Slab<u32>>,
    /// Further labels, sorted by vertex: (vertex, label, row).
    pub(crate) more_labels: Vec<(u32, LabelId, u32)>,
    pub(crate) vertex_tables: Vec<Option<VertexTable>>,
    pub(crate) adjacency: Vec<Option<Adjacency>>,
    /// The next edge index of sources where it is not one past the highest index in use.
    pub(crate) index_floor: HashMap<u32, u32>,
    pub(crate) live_vertices: u64,
    pub(crate) edges: u64,
}

/// The vertices of one label.
#[derive(Clone, Debug)]
pub struct VertexTable {
    pub(crate) members: Members,
    pub(crate) columns: Vec<(PropId, Column)>,
}

/// Which vertex each row of a table is about.
#[derive(Clone, Debug)]
pub(crate) enum Members {
    /// Row i is vertex `first + i`.
    Range { first: u32, len: u32 },
    /// Row i is the i-th entry, rising.
    List(Slab<u32>),
}

/// The edges of one label.
#[derive(Clone, Debug, Default)]
pub struct Adjacency {
    pub(crate) out: Half,
    pub(crate) incoming: Half,
    /// The ordinal of each entry of `incoming`.
    pub(crate) ordinals: Slab<u32>,
    /// The GES index of each ordinal.
    pub(crate) indexes: Slab<u32>,
    pub(crate) columns: Vec<(PropId, Column)>,
}

/// One direction of an adjacency, over the range of vertices that have any.
#[derive(Clone, Debug, Default)]
pub struct Half {
    pub(crate) first: u32,
    /// One entry more than the range has vertices.
    pub(crate) offsets: Slab<u64>,
    pub(crate) neighbours: Slab<u32>,
}

impl Base {
    /// One past the highest vertex number.
    pub fn vertex_bound(&self) -> u32 {
        self.labels.len() as u32
    }

    /// True for a number whose vertex exists.
    #[inline]
    pub fn is_alive(&self, v: VertexIx) -> bool {
        self.labels.get(v.at()).is_some_and(|l| *l != DEAD)
    }

    /// The labels of a vertex with the row in each label's table, first label first.
    pub fn labels_of(&self, v: VertexIx) -> impl Iterator<Item = (LabelId, usize)> + '_ {
        let first = self.labels.get(v.at()).copied().filter(|l| *l != DEAD).map(LabelId);
        let first = first.map(|l| (l, self.row(l, v)));
        let start = self.more_labels.partition_point(|m| m.0 < v.0);
        let more = self.more_labels[start..].iter().take_while(move |m| m.0 == v.0);
        first.into_iter().chain(more.map(|m| (m.1, m.2 as usize)))
    }

    fn row(&self, label: LabelId, v: VertexIx) -> usize {
        match (&self.rows, self.vertex_table(label).map(|t| &t.members)) {
            (_, Some(Members::Range { first, .. })) => (v.0 - first) as usize,
            (Some(rows), _) => rows[v.at()] as usize,
            _ => 0,
        }
    }

    /// The table of a label, if any vertex of the base has it.
    pub fn vertex_table(&self, label: LabelId) -> Option<&VertexTable> {
        self.vertex_tables.get(label.at())?.as_ref()
    }

    /// The edges of a label, if the base has any.
    pub fn edges(&self, label: LabelId) -> Option<&Adjacency> {
        self.adjacency.get(label.at())?.as_ref()
    }

    /// The edge of that name.
    pub(crate) fn edge_named(&self, e: &EdgeName) -> Option<EdgeOrdinal> {
        let edges = self.edges(e.label)?;
        let mut between = edges.out().between(e.source.0, e.target.0).map(|p| EdgeOrdinal(p as u32));
        between.find(|o| edges.index(*o) == e.index)
    }

    /// The index of the next edge from a vertex.
    pub(crate) fn next_index(&self, source: VertexIx) -> u32 {
        let in_use = self
            .edge_labels()
            .flat_map(|(_, a)| a.out().range(source.0).map(|p| a.index(EdgeOrdinal(p as u32)) + 1));
        let floor = self.index_floor.get(&source.0).copied().unwrap_or(0);
        in_use.max().unwrap_or(0).max(floor)
    }

    /// Every edge label that occurs, with its edges.
    pub fn edge_labels(&self) -> impl Iterator<Item = (LabelId, &Adjacency)> {
        self.adjacency.iter().enumerate().filter_map(|(i, a)| Some((LabelId(i as u16), a.as_ref()?)))
    }

    /// Bytes of ids, topology and columns, in this order; see [`Memory`].
    pub fn memory(&self) -> Memory {
        let tables = self.vertex_tables.iter().flatten();
        let vertex_columns: usize = tables.clone().flat_map(|t| &t.columns).map(|c| c.1.size_bytes()).sum();
        let members: usize = tables.map(|t| t.members.size_bytes()).sum();
        let adjacency = || self.adjacency.iter().flatten();
        let edge_columns: usize = adjacency().flat_map(|a| &a.columns).map(|c| c.1.size_bytes()).sum();
        let offsets: usize =
            adjacency().map(|a| a.out.offsets.size_bytes() + a.incoming.offsets.size_bytes()).sum();
        let rows = self.rows.as_ref().map_or(0, Slab::size_bytes);
        Memory {
            id_bytes: self.ids.id_bytes() as u64,
            vertex_bytes: (self.ids.size_bytes() - self.ids.id_bytes()
                + self.labels.size_bytes()
                + rows
                + members
                + offsets
                + self.more_labels.len() * 12) as u64,
            edge_bytes: adjacency().map(Adjacency::topology_bytes).sum::<usize>() as u64,
            column_bytes: (vertex_columns + edge_columns) as u64,
        }
    }
}

/// Bytes of a base by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The texts of the ids.
    pub id_bytes: u64,
    /// Everything else that grows with the number of vertices, offsets included.
    pub vertex_bytes: u64,
    /// Everything that grows with the number of edges, but for properties.
    pub edge_bytes: u64,
    /// Property columns.
    pub column_bytes: u64,
}

impl VertexTable {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.members {
            Members::Range { len, .. } => *len as usize,
            Members::List(list) => list.len(),
        }
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows whose vertices lie in a range.
    pub fn rows_in(&self, vertices: Range<u32>) -> Range<usize> {
        match &self.members {
            Members::Range { first, len } => {
                let row = |v: u32| v.saturating_sub(*first).min(*len) as usize;
                row(vertices.start)..row(vertices.end)
            }
            Members::List(list) => {
                list.partition_point(|v| *v < vertices.start)..list.partition_point(|v| *v < vertices.end)
            }
        }
    }

    /// The vertex of a row.
    #[inline]
    pub fn member(&self, row: usize) -> VertexIx {
        match &self.members {
            Members::Range { first, .. } => VertexIx(first + row as u32),
            Members::List(list) => VertexIx(list[row]),
        }
    }

    /// The column of a property; none where no row of the base has a value.
    pub fn column(&self, property: PropId) -> Option<&Column> {
        column(&self.columns, property)
    }
}

impl Members {
    fn size_bytes(&self) -> usize {
        match self {
            Members::Range { .. } => 0,
            Members::List(list) => list.size_bytes(),
        }
    }
}

impl Adjacency {
    /// Number of edges.
    pub fn len(&self) -> usize {
        self.out.neighbours.len()
    }

    /// True without edges.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Outgoing half: the position of a neighbour is the edge's ordinal.
    pub fn out(&self) -> &Half {
        &self.out
    }

    /// Incoming half; see [`Adjacency::ordinal`].
    pub fn incoming(&self) -> &Half {
        &self.incoming
    }

    /// The ordinal of a position in the incoming half.
    #[inline]
    pub fn ordinal(&self, position: usize) -> EdgeOrdinal {
        EdgeOrdinal(self.ordinals[position])
    }

    /// The GES index of an edge.
    #[inline]
    pub fn index(&self, edge: EdgeOrdinal) -> u32 {
        self.indexes[edge.at()]
    }

    /// The column of a property; none where no edge of the base has a value.
    pub fn column(&self, property: PropId) -> Option<&Column> {
        column(&self.columns, property)
    }

    fn topology_bytes(&self) -> usize {
        self.out.neighbours.size_bytes()
            + self.incoming.neighbours.size_bytes()
            + self.ordinals.size_bytes()
            + self.indexes.size_bytes()
    }
}

impl Half {
    /// Positions of a vertex's entries.
    #[inline]
    pub fn range(&self, v: u32) -> Range<usize> {
        let Some(i) = v.checked_sub(self.first).map(|i| i as usize) else { return 0..0 };
        if i + 1 >= self.offsets.len() {
            return 0..0;
        }
        self.offsets[i] as usize..self.offsets[i + 1] as usize
    }

    /// The vertices that may have entries.
    pub fn sources(&self) -> Range<u32> {
        self.first..self.first + self.offsets.len().saturating_sub(1) as u32
    }

    /// Positions of the entries of a range of vertices.
    pub fn span(&self, vertices: Range<u32>) -> Range<usize> {
        let last = self.offsets.len().saturating_sub(1);
        let start = |v: u32| {
            let i = (v.saturating_sub(self.first) as usize).min(last);
            self.offsets.get(i).map_or(0, |o| *o as usize)
        };
        start(vertices.start)..start(vertices.end.max(vertices.start))
    }

    /// A vertex's neighbours, rising.
    #[inline]
    pub fn neighbours(&self, v: u32) -> &[u32] {
        &self.neighbours[self.range(v)]
    }

    /// Positions of a vertex's entries whose neighbour is `other`.
    pub fn between(&self, v: u32, other: u32) -> Range<usize> {
        let range = self.range(v);
        let list = &self.neighbours[range.clone()];
        let start = list.partition_point(|n| *n < other);
        let len = list[start..].partition_point(|n| *n == other);
        range.start + start..range.start + start + len
    }

    /// The vertex whose entries include a position.
    pub fn owner(&self, position: usize) -> u32 {
        self.first + self.offsets.partition_point(|o| *o as usize <= position) as u32 - 1
    }
}

fn column(columns: &[(PropId, Column)], property: PropId) -> Option<&Column> {
    columns.iter().find(|c| c.0 == property).map(|c| &c.1)
}
