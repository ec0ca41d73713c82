//! Projections: the plain CSR arrays that algorithms run on, made from a snapshot and cached.
//!
//! Positions in a projection are dense `u32` in vertex order; [`Projection::vertex`] leads back to the
//! graph's own number. A projection never changes; algorithms share it.

mod build;
mod cache;
mod edge_list;
mod edges;
mod filter;
pub mod order;
mod pull_order;
mod weights;

pub use build::build;
pub use cache::ProjectionCache;
pub use pull_order::PullOrder;
pub use weights::{WeightSlice, Weights};

use crate::selection::NamedSelection;
use gesso_core::{Bits, ListedEdges, Slab, Stop, VertexIx};
use std::sync::Arc;

/// What a projection is to hold. Equal specs on one graph version are one projection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProjectionSpec {
    /// Which arcs.
    pub direction: Direction,
    /// Whether parallel edges and self-loops stay.
    pub multiplicity: Multiplicity,
    /// Name of the edge property that gives weights; an edge without a value weighs 1.
    pub weight: Option<String>,
    /// Only edges with one of these labels; none means all.
    pub labels: Option<Vec<String>>,
    /// Only what lies in a window of time.
    pub window: Option<TimeWindow>,
    /// Only what passes a condition. It is part of what identifies a projection, so that one with a condition
    /// is kept and found again like any other.
    pub part: Option<NamedSelection>,
    /// Name of a text property of vertices to bring along as codes.
    pub vertex_property: Option<String>,
    /// A weight that no edge label declares counts 1 everywhere instead of being refused.
    pub weight_may_lack: bool,
    /// Whether to bring along every edge by itself, with the number it has at its source.
    pub edges: bool,
    /// Name of a vertex label whose vertices are to be marked.
    pub marked_label: Option<String>,
    /// The condition on vertices that are to be marked, if no label says which.
    pub marked_part: Option<NamedSelection>,
    /// Whether to bring along a [`PullOrder`]; only with arcs both ways.
    pub pull_order: bool,
}

/// Which arcs a projection has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From source to target only.
    #[default]
    Outgoing,
    /// From target to source only.
    Incoming,
    /// Both arrays, kept apart.
    Both,
    /// Each edge in both ways, in one array; a self-loop once.
    Undirected,
}

/// Whether parallel edges and self-loops stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Multiplicity {
    /// Every edge by itself, self-loops too.
    #[default]
    Multi,
    /// Distinct neighbours other than the vertex itself; the smallest weight of parallel edges counts.
    Simple,
}

/// Keeps elements whose time property lies between two instants, both included: spec 06, 2.5.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimeWindow {
    /// The time property.
    pub property: String,
    /// Applies to vertices.
    pub on_vertices: bool,
    /// Applies to edges.
    pub on_edges: bool,
    /// Earliest; seconds since 1970 for dates, the number itself for `int` and `long` properties.
    pub start: Option<i64>,
    /// Latest.
    pub end: Option<i64>,
}

/// Why a projection can not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// No edge label declares the property, or it is not numeric.
    #[error("weight [{0}] is invalid")]
    Weight(String),
    /// The time property is not declared, or is no `date`, `int` or `long`.
    #[error("time property [{0}] is invalid")]
    TimeProperty(String),
    /// No vertex label declares the property, or it is not `string`, `enum` or `char array`.
    #[error("property [{0}] is invalid, expected a vertex property of type string, enum or char array")]
    VertexProperty(String),
    /// The job was stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

/// Names of vertices, both ways.
pub trait VertexIds: Send + Sync {
    /// The id of a vertex.
    fn id(&self, vertex: VertexIx) -> &str;
    /// The vertex of an id, if there is one.
    fn find(&self, id: &str) -> Option<VertexIx>;
}

/// Adjacency in compressed sparse rows. Neighbours of a vertex are sorted by position.
#[derive(Clone, Debug, Default)]
pub struct Csr {
    /// `len + 1` rising positions in `targets`.
    pub offsets: Slab<u64>,
    /// Neighbours, as positions in the projection.
    pub targets: Slab<u32>,
    /// One weight for each target, raw from the property; none when all are 1.
    pub weights: Option<Weights>,
}

/// Every edge of a projection by itself, in the order of sources and of their numbers there.
#[derive(Clone, Debug, Default)]
pub struct EdgeList {
    /// `len + 1` rising positions in the other arrays.
    pub offsets: Slab<u64>,
    /// The vertex that each edge leads to, as a position.
    pub targets: Slab<u32>,
    /// The number of each edge at its source, rising within a source.
    pub indices: Slab<u32>,
    /// The weight of each edge; none when all are 1.
    pub weights: Option<Slab<f64>>,
}

/// A value of a text property for each vertex.
#[derive(Clone, Debug)]
pub struct VertexCodes {
    /// For each position an index in `names`, or `u32::MAX` where the vertex has no value.
    pub codes: Slab<u32>,
    /// The distinct values, in order of first occurrence.
    pub names: Arc<[String]>,
}

/// Plain arrays over a part of a graph.
#[derive(Clone)]
pub struct Projection {
    pub(crate) spec: ProjectionSpec,
    pub(crate) len: usize,
    /// Position → vertex; none when they are the same.
    pub(crate) vertices: Option<Slab<u32>>,
    pub(crate) out: Csr,
    pub(crate) incoming: Csr,
    pub(crate) codes: Option<VertexCodes>,
    pub(crate) edges: Option<EdgeList>,
    pub(crate) marks: Option<Slab<u8>>,
    pub(crate) pull_order: Option<PullOrder>,
    pub(crate) ids: Arc<dyn VertexIds>,
}

impl Csr {
    /// Neighbours of a vertex, rising.
    #[inline]
    pub fn neighbours(&self, v: u32) -> &[u32] {
        let v = v as usize;
        &self.targets[self.offsets[v] as usize..self.offsets[v + 1] as usize]
    }

    /// Number of arcs at a vertex.
    #[inline]
    pub fn degree(&self, v: u32) -> u64 {
        let v = v as usize;
        self.offsets[v + 1] - self.offsets[v]
    }

    /// Number of arcs.
    pub fn arcs(&self) -> u64 {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// Neighbours of a vertex with their weights (1 where the projection has none).
    #[inline]
    pub fn weighted(&self, v: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let v = v as usize;
        let range = self.offsets[v] as usize..self.offsets[v + 1] as usize;
        let weights = self.weights.as_ref().map(Weights::as_slice);
        range.map(move |i| (self.targets[i], weights.map_or(1.0, |w| w.get(i))))
    }

    fn size_bytes(&self) -> u64 {
        let weights = self.weights.as_ref().map_or(0, Weights::size_bytes);
        (self.offsets.size_bytes() + self.targets.size_bytes() + weights) as u64
    }
}

impl EdgeList {
    fn size_bytes(&self) -> u64 {
        let weights = self.weights.as_ref().map_or(0, Slab::size_bytes);
        (self.offsets.size_bytes() + self.targets.size_bytes() + self.indices.size_bytes() + weights) as u64
    }
}

impl Projection {
    /// Number of vertices.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without vertices.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What the projection was asked to hold.
    pub fn spec(&self) -> &ProjectionSpec {
        &self.spec
    }

    /// Arcs from a vertex. Present for [`Direction::Outgoing`], [`Direction::Both`] and, with both ways of
    /// each edge, [`Direction::Undirected`]; empty arrays for [`Direction::Incoming`].
    #[inline]
    pub fn out(&self) -> &Csr {
        &self.out
    }

    /// Arcs to a vertex. Present for [`Direction::Incoming`], [`Direction::Both`]; the same as
    /// [`Projection::out`] for [`Direction::Undirected`].
    #[inline]
    pub fn incoming(&self) -> &Csr {
        &self.incoming
    }

    /// The vertex property asked for, if one was.
    pub fn codes(&self) -> Option<&VertexCodes> {
        self.codes.as_ref()
    }

    /// Every edge by itself, if they were asked for.
    pub fn edges(&self) -> Option<&EdgeList> {
        self.edges.as_ref()
    }

    /// The edges at these places of [`Projection::edges`], all without places, by the names that they have in the
    /// graph.
    pub fn listed_edges(&self, kept: Option<Bits>) -> ListedEdges {
        let EdgeList { offsets, targets, indices, .. } = self.edges.clone().unwrap_or_default();
        ListedEdges { offsets, targets, indices, vertices: self.vertices.clone(), kept }
    }

    /// For each position 1 if its vertex has the label or passes the condition asked for, if one was.
    pub fn marks(&self) -> Option<&[u8]> {
        self.marks.as_deref()
    }

    /// Incoming arcs in an order that is quick to pull along, if it was asked for.
    pub fn pull_order(&self) -> Option<&PullOrder> {
        self.pull_order.as_ref()
    }

    /// The same projection with other marks, for tests: one for each position.
    pub fn with_marks(mut self, marks: Vec<u8>) -> Projection {
        self.marks = Some(marks.into());
        self
    }

    /// The same projection with other codes, for tests: one for each position.
    pub fn with_codes(mut self, codes: VertexCodes) -> Projection {
        self.codes = Some(codes);
        self
    }

    /// The graph's number of a position.
    #[inline]
    pub fn vertex(&self, position: u32) -> VertexIx {
        VertexIx(self.vertices.as_ref().map_or(position, |v| v[position as usize]))
    }

    /// Position → vertex for all positions, for result rows about every vertex.
    pub fn vertices(&self) -> Slab<u32> {
        match &self.vertices {
            Some(v) => v.clone(),
            None => (0..self.len as u32).collect::<Vec<_>>().into(),
        }
    }

    /// The position of a vertex; none if the projection leaves it out.
    pub fn position(&self, vertex: VertexIx) -> Option<u32> {
        match &self.vertices {
            None => ((vertex.0 as usize) < self.len).then_some(vertex.0),
            Some(v) => v.binary_search(&vertex.0).ok().map(|p| p as u32),
        }
    }

    /// The user's id of a position.
    pub fn id(&self, position: u32) -> &str {
        self.ids.id(self.vertex(position))
    }

    /// Whether the graph has a vertex of this id, and where the projection has it.
    pub fn find(&self, id: &str) -> Option<Option<u32>> {
        self.ids.find(id).map(|v| self.position(v))
    }

    /// Bytes of all arrays, also where they are shared with the graph.
    pub fn size_bytes(&self) -> u64 {
        let shared = self.spec.direction == Direction::Undirected;
        let own = self.vertices.as_ref().map_or(0, |v| v.size_bytes() as u64);
        let codes = self.codes.as_ref().map_or(0, |c| c.codes.size_bytes() as u64);
        let edges = self.edges.as_ref().map_or(0, EdgeList::size_bytes);
        let marks = self.marks.as_ref().map_or(0, |m| m.size_bytes() as u64);
        let order = self.pull_order.as_ref().map_or(0, PullOrder::size_bytes);
        own + codes
            + edges
            + marks
            + order
            + self.out.size_bytes()
            + if shared { 0 } else { self.incoming.size_bytes() }
    }
}
