//! Results about edges by their name: source, target, and the number at the source.

use crate::rows::{VERTEX_CHUNK, select, tabulate, to_vertices};
use gesso_core::ctx::even_cuts;
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
    let kept = select(ctx, Edges::of(graph).0.targets.len(), keep)?;
    let values = match values {
        Some((name, values)) => Some((name, tabulate(ctx, kept.len(), |i| values[kept[i] as usize])?)),
        None => None,
    };
    listed_edges(ctx, graph, &kept, values)
}

/// Rows about the edges at these places of the list, which rise. A name and values add what is said of each.
pub(crate) fn listed_edges(
    ctx: &JobContext,
    graph: &Projection,
    places: &[u32],
    values: Option<(&str, Buf<f64>)>,
) -> Result<Rows, Stop> {
    Edges::of(graph).rows(ctx, graph, places.len(), |i| places[i] as usize, values)
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
        let mut sources = ctx.alloc(len, 0u32)?;
        ctx.par_fill(&mut sources, &even_cuts(len, VERTEX_CHUNK), |range, part, _| {
            let mut source = 0;
            for (i, slot) in range.zip(part) {
                source = row_of(offsets, source, at(i) as u64);
                *slot = source as u32;
            }
            Ok::<_, Stop>(())
        })?;
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

/// The row that a place belongs to, at or after a row that does not begin behind it. Places that rise are found
/// in a step or two; gaps cost their logarithm.
fn row_of(offsets: &[u64], from: usize, place: u64) -> usize {
    let begins_before = |row: usize| offsets.get(row).is_some_and(|first| *first <= place);
    let (mut low, mut step) = (from, 1);
    while begins_before(low + step) {
        low += step;
        step *= 2;
    }
    let above = (low + step).min(offsets.len());
    low + offsets[low..above].partition_point(|first| *first <= place) - 1
}

#[cfg(test)]
mod tests {
    use super::row_of;

    #[test]
    fn rows_are_found_from_any_row_before_them() {
        let offsets = [0, 0, 3, 3, 3, 3, 3, 3, 4, 9, 9];
        for place in 0..9 {
            let expected = offsets.iter().rposition(|first| *first <= place).unwrap();
            for from in 0..=expected {
                assert_eq!(row_of(&offsets, from, place), expected, "{place} from {from}");
            }
        }
    }
}
