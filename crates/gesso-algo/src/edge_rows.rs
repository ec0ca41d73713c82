//! Results about edges by their name: source, target, and the number at the source.

use crate::rows::{select, tabulate, to_vertices};
use gesso_core::{Buf, JobContext, Rows, Stop};
use gesso_graph::{EdgeList, Projection};

/// Bytes that [`all_edges`] takes for a number of edges, their values included.
pub(crate) const fn all_edges_bytes(edges: u64) -> u64 {
    (8 + 4 + 4 + 4) * edges
}

/// Bytes that [`some_edges`] takes at most for a number of edges, their values included.
pub(crate) const fn some_edges_bytes(edges: u64) -> u64 {
    (8 + 4 + 4 + 4 + 4 + 8) * edges
}

/// Rows about every edge of the projection; `values` has one for each in the order of the list.
pub(crate) fn all_edges(
    ctx: &JobContext,
    graph: &Projection,
    name: &str,
    values: Buf<f64>,
) -> Result<Rows, Stop> {
    let edges = Edges::of(graph);
    edges.rows(ctx, graph, edges.0.targets.len(), |i| i, Some((name, values)))
}

/// Rows about the edges that `keep` accepts by their place in the list. A name and values add what is said of
/// each.
pub(crate) fn some_edges(
    ctx: &JobContext,
    graph: &Projection,
    keep: impl Fn(usize) -> bool + Sync,
    values: Option<(&str, &[f64])>,
) -> Result<Rows, Stop> {
    let edges = Edges::of(graph);
    let kept = select(ctx, edges.0.targets.len(), keep)?;
    let at = |i: usize| kept[i] as usize;
    let values = match values {
        Some((name, values)) => Some((name, tabulate(ctx, kept.len(), |i| values[at(i)])?)),
        None => None,
    };
    edges.rows(ctx, graph, kept.len(), at, values)
}

struct Edges(EdgeList);

impl Edges {
    fn of(graph: &Projection) -> Edges {
        Edges(graph.edges().cloned().unwrap_or_default())
    }

    fn rows(
        &self,
        ctx: &JobContext,
        graph: &Projection,
        len: usize,
        at: impl Fn(usize) -> usize + Sync,
        values: Option<(&str, Buf<f64>)>,
    ) -> Result<Rows, Stop> {
        let (offsets, targets, indices) = (&self.0.offsets[..], &self.0.targets[..], &self.0.indices[..]);
        let source = |edge: usize| (offsets.partition_point(|first| *first <= edge as u64) - 1) as u32;
        let mut sources = tabulate(ctx, len, |i| source(at(i)))?;
        to_vertices(ctx, graph, &mut sources)?;
        let mut ends = tabulate(ctx, len, |i| targets[at(i)])?;
        to_vertices(ctx, graph, &mut ends)?;
        let indices = tabulate(ctx, len, |i| indices[at(i)])?;
        Ok(Rows::Pairs {
            sources: sources.release().share(),
            targets: ends.release().share(),
            indices: Some(indices.release().share()),
            values: values.map(|(name, values)| (name.to_owned(), values.release().share())),
        })
    }
}
