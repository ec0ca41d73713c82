//! What searches for paths ask of a graph: neighbours one hop on or back, and names. A [`Net`] is a projection
//! ([`Arcwise`]) or a part of a snapshot that passes filters ([`super::part::Part`]), which is looked at
//! edge by edge so that a search costs what it touches.

use crate::arcs::{Arcs, pieces};
use gesso_core::{Stop, Tick, VertexIx};
use gesso_graph::{Projection, Snapshot};

/// Which end a search comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From the source on.
    Ahead,
    /// From the target back.
    Back,
}

/// Vertices as numbers, and the hops between them. Hop i leads to vertex i of a path, whose source is vertex
/// 0. Neighbours may come more than once where edges are parallel, never the vertex itself.
pub(super) trait Net<'a> {
    /// The names of vertices.
    fn names(&self) -> Names<'a>;

    /// Whether the graph has a vertex of this id, and its number if the net has it, too.
    fn find(&self, id: &str) -> Option<Option<u32>>;

    /// One past the highest number of a vertex.
    fn bound(&self) -> usize;

    /// About how many neighbours a visit will look at.
    fn cost(&self, v: u32, way: Way) -> u64;

    /// Visits the vertices that a hop leads to, or that it comes from: `along` says which hop and which way.
    fn visit(
        &self,
        along: (u32, Way),
        v: u32,
        tick: &mut Tick<'_>,
        each: impl FnMut(u32) -> Result<(), Stop>,
    ) -> Result<(), Stop>;
}

/// Names of vertices, and their numbers in the graph.
#[derive(Clone, Copy)]
pub(super) enum Names<'a> {
    /// Of positions.
    Projection(&'a Projection),
    /// Of the graph's own numbers.
    Snapshot(&'a Snapshot),
    /// Of numbers that stand for positions.
    Standing(&'a Projection, &'a [u32]),
}

impl<'a> Names<'a> {
    /// The user's id.
    pub(super) fn id(self, v: u32) -> &'a str {
        match self {
            Names::Projection(graph) => graph.id(v),
            Names::Snapshot(snapshot) => snapshot.id(VertexIx(v)),
            Names::Standing(graph, positions) => graph.id(positions[v as usize]),
        }
    }

    /// The graph's number.
    pub(super) fn vertex(self, v: u32) -> VertexIx {
        match self {
            Names::Projection(graph) => graph.vertex(v),
            Names::Snapshot(_) => VertexIx(v),
            Names::Standing(graph, positions) => graph.vertex(positions[v as usize]),
        }
    }

    /// Of two vertices the one whose id comes first.
    pub(super) fn first(self, a: u32, b: u32) -> u32 {
        if a == b || self.id(a) < self.id(b) { a } else { b }
    }
}

/// A projection with arcs both ways: every hop alike.
#[derive(Clone, Copy)]
pub(super) struct Arcwise<'a> {
    graph: &'a Projection,
    ahead: Arcs<'a>,
    back: Arcs<'a>,
}

impl<'a> Arcwise<'a> {
    /// All arcs of a projection.
    pub(super) fn of(graph: &'a Projection) -> Arcwise<'a> {
        Arcwise { graph, ahead: Arcs::of(graph.out()), back: Arcs::of(graph.incoming()) }
    }

    fn arcs(&self, way: Way) -> Arcs<'a> {
        if way == Way::Ahead { self.ahead } else { self.back }
    }
}

impl<'a> Net<'a> for Arcwise<'a> {
    fn names(&self) -> Names<'a> {
        Names::Projection(self.graph)
    }

    fn find(&self, id: &str) -> Option<Option<u32>> {
        self.graph.find(id)
    }

    fn bound(&self) -> usize {
        self.graph.len()
    }

    fn cost(&self, v: u32, way: Way) -> u64 {
        self.arcs(way).degree(v)
    }

    #[inline]
    fn visit(
        &self,
        (_, way): (u32, Way),
        v: u32,
        tick: &mut Tick<'_>,
        mut each: impl FnMut(u32) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        tick.spend(1)?;
        for piece in pieces(self.arcs(way).row(v)) {
            tick.spend(piece.len() as u64)?;
            for t in piece.iter().filter(|t| **t != v) {
                each(*t)?;
            }
        }
        Ok(())
    }
}
