//! The moves from one element to those of the next layer.

use super::elements::Element;
use super::route::Layer;
use super::spec::{Step, Way};
use gesso_core::{Stop, Tick, VertexIx};
use gesso_graph::snapshot::EdgePlace;
use gesso_graph::{EdgeRef, End, Selection, Snapshot};

/// A move to an element of the next layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    /// The edge that it walks; none if it stays, or goes from an edge to its end.
    pub edge: Option<EdgePlace>,
    /// Where it leads.
    pub to: Element,
    /// Whether the walk is complete there and goes no further.
    pub is_done: bool,
}

/// Steps that one look at an edge with its filters counts.
const STEPS_PER_EDGE: u64 = 16;

/// Visits the moves from an element into a layer. Several may lead to one element.
pub(super) fn visit(
    snapshot: &Snapshot,
    layer: &Layer,
    from: Element,
    tick: &mut Tick<'_>,
    mut to: impl FnMut(&mut Tick<'_>, Move) -> Result<(), Stop>,
) -> Result<(), Stop> {
    tick.spend(STEPS_PER_EDGE)?;
    match (layer.step, from) {
        (Step::Stay, Element::Vertex(v)) => {
            if layer.filters.passes_vertex(snapshot, v) {
                to(tick, Move { edge: None, to: from, is_done: false })?;
            }
        }
        (Step::Stay, Element::Edge(place)) => {
            if snapshot.edge_at(place).is_some_and(|e| layer.filters.passes_edge(snapshot, &e)) {
                to(tick, Move { edge: None, to: from, is_done: false })?;
            }
        }
        (Step::Neighbours(way), Element::Vertex(v)) => {
            visit_edges(snapshot, v, way, tick, |tick, edge, other| {
                let filters = &layer.filters;
                if !filters.passes_edge(snapshot, edge) || !filters.passes_vertex(snapshot, other) {
                    return Ok(());
                }
                let is_done = layer.until.as_ref().is_some_and(|until| {
                    until.passes_vertex(snapshot, other) && until.passes_edge(snapshot, edge)
                });
                to(tick, Move { edge: Some(edge.place()), to: Element::Vertex(other), is_done })
            })?;
        }
        (Step::Edges(way), Element::Vertex(v)) => {
            visit_edges(snapshot, v, way, tick, |tick, edge, other| {
                let filters = &layer.filters;
                if !filters.passes_edge(snapshot, edge) || !filters.passes_vertex(snapshot, other) {
                    return Ok(());
                }
                let place = edge.place();
                to(tick, Move { edge: Some(place), to: Element::Edge(place), is_done: false })
            })?;
        }
        (Step::Ends(way), Element::Edge(place)) => {
            let name = place.name();
            let ends: &[VertexIx] = match way {
                Way::Out => &[name.source],
                Way::In => &[name.target],
                Way::Both if name.source == name.target => &[name.source],
                Way::Both => &[name.source, name.target],
            };
            for v in ends.iter().filter(|v| layer.filters.passes_vertex(snapshot, **v)) {
                to(tick, Move { edge: None, to: Element::Vertex(*v), is_done: false })?;
            }
        }
        // Operators that do not fit their input are refused when a request is read.
        (Step::Ends(_), Element::Vertex(_)) | (Step::Neighbours(_) | Step::Edges(_), Element::Edge(_)) => {}
    }
    Ok(())
}

/// Visits the edges of a vertex with the vertex at the other end; a self loop once.
fn visit_edges(
    snapshot: &Snapshot,
    v: VertexIx,
    way: Way,
    tick: &mut Tick<'_>,
    mut visit: impl FnMut(&mut Tick<'_>, &EdgeRef, VertexIx) -> Result<(), Stop>,
) -> Result<(), Stop> {
    if way != Way::In {
        snapshot.visit_edges(v, End::Source, |edge| {
            tick.spend(STEPS_PER_EDGE)?;
            visit(tick, &edge, edge.target)
        })?;
    }
    if way != Way::Out {
        snapshot.visit_edges(v, End::Target, |edge| {
            tick.spend(STEPS_PER_EDGE)?;
            if way == Way::Both && edge.source == v { Ok(()) } else { visit(tick, &edge, edge.source) }
        })?;
    }
    Ok(())
}
