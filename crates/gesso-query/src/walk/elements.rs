//! What a layer holds: a set of vertices or a set of edges, in graph order.

use crate::order;
use gesso_core::{JobContext, Pile, Stop, VertexIx};
use gesso_graph::snapshot::EdgePlace;

/// A set of vertices by number, or of edges by source and index.
#[derive(Debug)]
pub enum Elements {
    /// Vertices.
    Vertices(Pile<VertexIx>),
    /// Edges.
    Edges(Pile<EdgePlace>),
}

/// One element of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// A vertex.
    Vertex(VertexIx),
    /// An edge.
    Edge(EdgePlace),
}

impl Elements {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Elements::Vertices(v) => v.len(),
            Elements::Edges(e) => e.len(),
        }
    }

    /// True without elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at a position below [`Elements::len`].
    pub fn at(&self, position: usize) -> Element {
        match self {
            Elements::Vertices(v) => Element::Vertex(v[position]),
            Elements::Edges(e) => Element::Edge(e[position]),
        }
    }

    /// Whether an element is among them. Cost logarithmic.
    pub fn contains(&self, element: Element) -> bool {
        match (self, element) {
            (Elements::Vertices(all), Element::Vertex(v)) => all.binary_search(&v).is_ok(),
            (Elements::Edges(all), Element::Edge(e)) => {
                all.binary_search_by_key(&e.by_source_and_index(), EdgePlace::by_source_and_index).is_ok()
            }
            _ => false,
        }
    }

    /// The same elements once more.
    pub(super) fn copy(&self, ctx: &JobContext) -> Result<Elements, Stop> {
        Ok(match self {
            Elements::Vertices(all) => Elements::Vertices(all.copy(ctx)?),
            Elements::Edges(all) => Elements::Edges(all.copy(ctx)?),
        })
    }

    /// No elements of the same kind.
    pub(super) fn none_like(&self, ctx: &JobContext) -> Result<Elements, Stop> {
        Ok(match self {
            Elements::Vertices(_) => Elements::Vertices(Pile::new(ctx)?),
            Elements::Edges(_) => Elements::Edges(Pile::new(ctx)?),
        })
    }

    /// Appends an element that comes after all others.
    pub(super) fn push(&mut self, ctx: &JobContext, element: Element) -> Result<(), Stop> {
        match (self, element) {
            (Elements::Vertices(all), Element::Vertex(v)) => all.push(ctx, v),
            (Elements::Edges(all), Element::Edge(e)) => all.push(ctx, e),
            _ => Ok(()),
        }
    }
}

/// Edges that were walked. Those that are walked in many layers are held once, or little more often.
#[derive(Default)]
pub(super) struct Walked {
    parts: Vec<Pile<EdgePlace>>,
    /// How many edges there were when they were last put in order.
    settled: usize,
}

impl Walked {
    /// Adds the edges of a layer.
    pub(super) fn add(
        &mut self,
        ctx: &JobContext,
        parts: impl IntoIterator<Item = Pile<EdgePlace>>,
    ) -> Result<(), Stop> {
        self.parts.extend(parts.into_iter().filter(|part| !part.is_empty()));
        let len: usize = self.parts.iter().map(|part| part.len()).sum();
        if len > 2 * self.settled + UNSETTLED_MAX {
            self.parts = vec![in_order(ctx, &self.parts)?];
            self.settled = self.parts[0].len();
        }
        Ok(())
    }

    /// All edges in graph order, each once.
    pub(super) fn list(&self, ctx: &JobContext) -> Result<Pile<EdgePlace>, Stop> {
        in_order(ctx, &self.parts)
    }
}

/// Edges that may lie about before it pays to put them in order.
const UNSETTLED_MAX: usize = 1 << 20;

/// Edges in graph order, each once.
pub(super) fn in_order(ctx: &JobContext, parts: &[Pile<EdgePlace>]) -> Result<Pile<EdgePlace>, Stop> {
    distinct(ctx, parts, EdgePlace::by_source_and_index)
}

/// The items of all parts by rising key, one for each key.
pub(super) fn distinct<T: Copy, K: Ord>(
    ctx: &JobContext,
    parts: &[Pile<T>],
    key: impl Fn(&T) -> K,
) -> Result<Pile<T>, Stop> {
    let len = parts.iter().map(|p| p.len()).sum::<usize>();
    // The sort merges into a second array of that size.
    let held = ctx.reserve((2 * len * size_of::<T>()) as u64)?;
    let mut items = Vec::with_capacity(len);
    for part in parts {
        ctx.checkpoint()?;
        items.extend_from_slice(part);
    }
    order::sort(ctx, &mut items, |a, b| key(a).cmp(&key(b)))?;
    let (mut distinct, mut tick) = (Pile::new(ctx)?, ctx.tick());
    for same in items.chunk_by(|a, b| key(a) == key(b)) {
        tick.spend(1)?;
        distinct.push(ctx, same[0])?;
    }
    drop(held);
    Ok(distinct)
}
