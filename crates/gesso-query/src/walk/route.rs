//! A walk against one snapshot: filters compiled, start elements found.

use super::elements::{Elements, in_order};
use super::marks::Marks;
use super::spec::{EdgeId, LayerSpec, Start, Step, Walk, WalkError};
use crate::property_filter::{ElementFilters, FilterError, PropertyFilter};
use crate::spec::Target;
use gesso_core::{JobContext, Pile, VertexIx};
use gesso_graph::{EdgeRef, End, Schema, Snapshot};

/// A walk that is ready to be walked.
pub struct Route<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) start: Elements,
    pub(super) layers: Vec<Layer>,
}

/// A layer with compiled filters.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub step: Step,
    pub filters: ElementFilters,
    pub until: Option<ElementFilters>,
}

impl Walk {
    /// Finds what a snapshot says against the walk. Cost of the request, not of the graph.
    pub fn check(&self, snapshot: &Snapshot) -> Result<(), WalkError> {
        for layer in &self.layers {
            compile(layer, snapshot.schema())?;
        }
        match &self.start {
            Start::AllVertices | Start::AllEdges => Ok(()),
            Start::Vertices(ids) => ids.iter().try_for_each(|id| vertex(snapshot, id, self).map(drop)),
            Start::Edges(ids) | Start::TargetsOf(ids) => {
                ids.iter().try_for_each(|id| edges(snapshot, id, self).map(drop))
            }
        }
    }
}

impl<'s> Route<'s> {
    /// Compiles a walk for a snapshot and finds where it starts.
    pub fn of(ctx: &JobContext, snapshot: &'s Snapshot, walk: &Walk) -> Result<Route<'s>, WalkError> {
        let layers = walk.layers.iter().map(|layer| compile(layer, snapshot.schema()));
        let layers = layers.collect::<Result<_, _>>()?;
        Ok(Route { snapshot, start: start(ctx, snapshot, walk)?, layers })
    }

    /// Where the walk starts.
    pub fn start(&self) -> &Elements {
        &self.start
    }

    /// Number of layers after the start.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// True if the walk ends where it starts.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }
}

fn compile(layer: &LayerSpec, schema: &Schema) -> Result<Layer, FilterError> {
    let until = match &layer.until {
        None => None,
        Some(until) => Some(filters(&until.vertex, &until.edge, schema)?),
    };
    Ok(Layer { step: layer.step, filters: filters(&layer.vertex, &layer.edge, schema)?, until })
}

fn filters(
    vertex: &PropertyFilter,
    edge: &PropertyFilter,
    schema: &Schema,
) -> Result<ElementFilters, FilterError> {
    let compiled = |filter: &PropertyFilter, target| {
        if filter.passes_all() { Ok(None) } else { filter.compile(schema, target).map(Some) }
    };
    Ok(ElementFilters { vertex: compiled(vertex, Target::Vertices)?, edge: compiled(edge, Target::Edges)? })
}

/// The vertex of an id; none if it does not exist and need not.
fn vertex(snapshot: &Snapshot, id: &str, walk: &Walk) -> Result<Option<VertexIx>, WalkError> {
    match snapshot.find(id) {
        None if walk.is_restricted => Err(WalkError::NoVertex(id.to_owned())),
        found => Ok(found),
    }
}

/// The edges of a name.
fn edges(snapshot: &Snapshot, id: &EdgeId, walk: &Walk) -> Result<Vec<EdgeRef>, WalkError> {
    let ends = snapshot.find(&id.source).zip(snapshot.find(&id.target));
    let mut found = ends.map(|(source, target)| snapshot.edges_between(source, target)).unwrap_or_default();
    found.retain(|edge| id.index.is_none_or(|index| index == edge.index));
    if found.is_empty() && walk.is_restricted {
        let (from, to) = (id.source.clone(), id.target.clone());
        return Err(WalkError::NoEdge { from, to, index: id.index });
    }
    Ok(found)
}

fn start(ctx: &JobContext, snapshot: &Snapshot, walk: &Walk) -> Result<Elements, WalkError> {
    let mut tick = ctx.tick();
    match &walk.start {
        Start::AllVertices => {
            let mut all = Pile::new(ctx)?;
            for v in (0..snapshot.vertex_bound()).map(VertexIx) {
                tick.spend(1)?;
                if snapshot.is_alive(v) {
                    all.push(ctx, v)?;
                }
            }
            Ok(Elements::Vertices(all))
        }
        Start::AllEdges => {
            let mut all = Pile::new(ctx)?;
            for v in (0..snapshot.vertex_bound()).map(VertexIx) {
                tick.spend(1)?;
                snapshot.visit_edges(v, End::Source, |edge| {
                    tick.spend(1)?;
                    all.push(ctx, edge.place())
                })?;
            }
            Ok(Elements::Edges(in_order(ctx, &[all])?))
        }
        Start::Vertices(ids) => {
            let mut marks = Marks::new(ctx, snapshot.vertex_bound())?;
            for id in ids {
                tick.spend(16)?;
                vertex(snapshot, id, walk)?.map(|v| marks.insert(v));
            }
            Ok(Elements::Vertices(marks.list(ctx)?))
        }
        Start::Edges(ids) => {
            let mut all = Pile::new(ctx)?;
            for id in ids {
                for edge in edges(snapshot, id, walk)? {
                    tick.spend(16)?;
                    all.push(ctx, edge.place())?;
                }
            }
            Ok(Elements::Edges(in_order(ctx, &[all])?))
        }
        Start::TargetsOf(ids) => {
            let mut marks = Marks::new(ctx, snapshot.vertex_bound())?;
            for id in ids {
                tick.spend(16)?;
                edges(snapshot, id, walk)?.first().map(|edge| marks.insert(edge.target));
            }
            Ok(Elements::Vertices(marks.list(ctx)?))
        }
    }
}
