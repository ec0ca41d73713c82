//! The layers as sets, forwards: what each one holds.

use super::elements::{Element, Elements, Walked, in_order};
use super::marks::Marks;
use super::moves::{self, Move};
use super::route::{Layer, Route};
use super::spec::{Most, Step, WalkError};
use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Pile, Stop, VertexIx};
use gesso_graph::snapshot::EdgePlace;

/// Elements per chunk.
const CHUNK: usize = 256;

/// What to keep of the way to the last layer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keep {
    /// The vertices of all layers, the start included.
    pub vertices: bool,
    /// The edges that were walked.
    pub edges: bool,
}

/// Which elements of the layers after the start are results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emit {
    /// Those of the last layer.
    Last,
    /// Those at which a walk met its condition.
    Met,
    /// All.
    Every,
}

/// What was reached.
#[derive(Debug)]
pub struct Reached {
    /// The last layer.
    pub last: Elements,
    /// The vertices of all layers in graph order, if they were to be kept.
    pub vertices: Option<Pile<VertexIx>>,
    /// The edges that were walked in graph order, if they were to be kept.
    pub edges: Option<Pile<EdgePlace>>,
}

/// Results in order of first appearance.
#[derive(Debug)]
pub struct Found {
    /// Vertices.
    pub vertices: Pile<VertexIx>,
    /// Edges, if the last layer holds edges.
    pub edges: Option<Pile<EdgePlace>>,
}

/// One layer: what walks go on from, and where they are complete.
#[derive(Debug)]
pub(super) struct Layered {
    pub open: Elements,
    pub done: Elements,
}

impl Route<'_> {
    /// Walks through all layers. A layer of more than `layer_max` elements is an error.
    pub fn reach(&self, ctx: &JobContext, keep: Keep, layer_max: u64) -> Result<Reached, WalkError> {
        let mut seen =
            if keep.vertices { Some(Marks::new(ctx, self.snapshot.vertex_bound())?) } else { None };
        let mut walked = Walked::default();
        ctx.phase("walk", 1.0, self.len() as u64 + 1);
        let mut last = self.start.copy(ctx)?;
        if let (true, Elements::Edges(start)) = (keep.edges, &last) {
            walked.add(ctx, [start.copy(ctx)?])?;
        }
        mark(ctx, seen.as_mut(), &last)?;
        for hop in 1..=self.len() {
            let layer = self.step(ctx, hop, &last, keep.edges.then_some(&mut walked))?;
            layer.check_size(hop, layer_max)?;
            mark(ctx, seen.as_mut(), &layer.open)?;
            mark(ctx, seen.as_mut(), &layer.done)?;
            last = layer.open;
            ctx.advance(1);
        }
        Ok(Reached {
            last,
            vertices: seen.map(|seen| seen.list(ctx)).transpose()?,
            edges: if keep.edges { Some(walked.list(ctx)?) } else { None },
        })
    }

    /// The results in order of first appearance, as many as are wanted. A layer of more than `layer_max`
    /// elements is an error.
    pub fn find(&self, ctx: &JobContext, emit: Emit, most: Most, layer_max: u64) -> Result<Found, WalkError> {
        let limit = usize::try_from(most.sought()).unwrap_or(usize::MAX);
        let mut seen = Marks::new(ctx, self.snapshot.vertex_bound())?;
        let mut found = Found { vertices: Pile::new(ctx)?, edges: None };
        if self.holds_edges(self.len()) {
            found.edges = Some(Pile::new(ctx)?);
        }
        ctx.phase("walk", 1.0, self.len() as u64);
        let mut from = self.start.copy(ctx)?;
        for hop in 1..=self.len() {
            if from.is_empty() || found.len() >= limit {
                break;
            }
            let layer = self.step(ctx, hop, &from, None)?;
            layer.check_size(hop, layer_max)?;
            match emit {
                Emit::Last if hop < self.len() => {}
                Emit::Met => found.add(ctx, &mut seen, &layer.done, limit)?,
                Emit::Last | Emit::Every if layer.done.is_empty() => {
                    found.add(ctx, &mut seen, &layer.open, limit)?;
                }
                Emit::Last | Emit::Every => found.add(ctx, &mut seen, &layer.all(ctx, self)?, limit)?,
            }
            from = layer.open;
            ctx.advance(1);
        }
        most.check(found.len() as u64)?;
        Ok(found)
    }

    /// Whether a layer holds edges.
    pub(super) fn holds_edges(&self, hop: usize) -> bool {
        let moved = self.layers.iter().take(hop).rev().find(|layer| layer.step != Step::Stay);
        match moved {
            Some(layer) => matches!(layer.step, Step::Edges(_)),
            None => matches!(self.start, Elements::Edges(_)),
        }
    }

    /// The layer after `from`. Adds the edges that lead there to `walked`.
    pub(super) fn step(
        &self,
        ctx: &JobContext,
        hop: usize,
        from: &Elements,
        walked: Option<&mut Walked>,
    ) -> Result<Layered, Stop> {
        if self.holds_edges(hop) {
            self.step_to_edges(ctx, hop, from, walked)
        } else {
            self.step_to_vertices(ctx, hop, from, walked)
        }
    }

    fn step_to_vertices(
        &self,
        ctx: &JobContext,
        hop: usize,
        from: &Elements,
        walked: Option<&mut Walked>,
    ) -> Result<Layered, Stop> {
        let layer = &self.layers[hop - 1];
        // Most layers have no condition to be done; an empty set costs nothing.
        let bound = |is_needed: bool| if is_needed { self.snapshot.vertex_bound() } else { 0 };
        let mut open = Marks::new(ctx, bound(!from.is_empty()))?;
        let mut done = Marks::new(ctx, bound(layer.until.is_some() && !from.is_empty()))?;
        let (opened, finished, keeps) = (open.filling(), done.filling(), walked.is_some());
        let parts = self.moved(ctx, layer, from, |step| {
            let Element::Vertex(to) = step.to else { return None };
            if step.is_done {
                finished.insert(to)
            } else {
                opened.insert(to)
            };
            step.edge.filter(|_| keeps)
        })?;
        if let Some(walked) = walked {
            walked.add(ctx, parts)?;
        }
        Ok(Layered { open: Elements::Vertices(open.list(ctx)?), done: Elements::Vertices(done.list(ctx)?) })
    }

    fn step_to_edges(
        &self,
        ctx: &JobContext,
        hop: usize,
        from: &Elements,
        walked: Option<&mut Walked>,
    ) -> Result<Layered, Stop> {
        let parts = self.moved(ctx, &self.layers[hop - 1], from, |step| match step.to {
            Element::Edge(edge) => Some(edge),
            Element::Vertex(_) => None,
        })?;
        let edges = in_order(ctx, &parts)?;
        if let Some(walked) = walked {
            walked.add(ctx, [edges.copy(ctx)?])?;
        }
        Ok(Layered { open: Elements::Edges(edges), done: Elements::Edges(Pile::new(ctx)?) })
    }

    /// Makes the moves of a layer. `keep` sees each step and says which edge is to be kept of it.
    fn moved(
        &self,
        ctx: &JobContext,
        layer: &Layer,
        from: &Elements,
        keep: impl Fn(&Move) -> Option<EdgePlace> + Sync,
    ) -> Result<Vec<Pile<EdgePlace>>, Stop> {
        ctx.par_ranges(&even_cuts(from.len(), CHUNK), |range, tick| {
            let mut edges = Pile::new(ctx)?;
            for position in range {
                moves::visit(self.snapshot, layer, from.at(position), tick, |_, step| match keep(&step) {
                    Some(edge) => edges.push(ctx, edge),
                    None => Ok(()),
                })?;
            }
            Ok(edges)
        })
    }
}

impl Layered {
    /// Open and done together.
    fn all(&self, ctx: &JobContext, route: &Route<'_>) -> Result<Elements, Stop> {
        let mut both = Marks::new(ctx, route.snapshot.vertex_bound())?;
        mark(ctx, Some(&mut both), &self.open)?;
        mark(ctx, Some(&mut both), &self.done)?;
        Ok(Elements::Vertices(both.list(ctx)?))
    }

    pub(super) fn check_size(&self, hop: usize, most: u64) -> Result<(), WalkError> {
        let count = (self.open.len() + self.done.len()) as u64;
        if count > most { Err(WalkError::LayerTooLarge { hop, count, most }) } else { Ok(()) }
    }
}

impl Found {
    /// Number of vertices and edges.
    pub fn len(&self) -> usize {
        self.vertices.len() + self.edges.as_ref().map_or(0, |edges| edges.len())
    }

    /// True if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds what has not been seen before, up to the limit.
    fn add(
        &mut self,
        ctx: &JobContext,
        seen: &mut Marks,
        elements: &Elements,
        limit: usize,
    ) -> Result<(), Stop> {
        let (room, mut tick) = (limit - self.len().min(limit), ctx.tick());
        match (elements, &mut self.edges) {
            (Elements::Vertices(vertices), _) => {
                let mut left = room;
                for v in vertices.iter() {
                    tick.spend(1)?;
                    if left == 0 {
                        break;
                    }
                    if seen.insert(*v) {
                        self.vertices.push(ctx, *v)?;
                        left -= 1;
                    }
                }
                Ok(())
            }
            (Elements::Edges(new), Some(edges)) => edges.extend(ctx, &new[..new.len().min(room)]),
            // Only the last layer can hold edges here.
            (Elements::Edges(_), None) => Ok(()),
        }
    }
}

/// Marks vertices; edges are none.
fn mark(ctx: &JobContext, marks: Option<&mut Marks>, elements: &Elements) -> Result<(), Stop> {
    let (Some(marks), Elements::Vertices(vertices)) = (marks, elements) else { return Ok(()) };
    let mut tick = ctx.tick();
    for v in vertices.iter() {
        tick.spend(1)?;
        marks.insert(*v);
    }
    Ok(())
}
