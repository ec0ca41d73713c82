//! Results about edges by their name: source, target, and the number at the source. The names stay in the list of the
//! projection, which the result shares.

use crate::arcs::pieces;
use gesso_core::pairs::row_of;
use gesso_core::{Bits, Buf, JobContext, PairEnds, Pairs, Rows, Stop};
use gesso_graph::{EdgeList, Projection};

/// Rows about every edge of the projection; `values` has one for each in the order of the list.
pub(crate) fn all_edges(graph: &Projection, name: &str, values: Buf<f64>) -> Rows {
    rows(graph, None, Some((name, values)))
}

/// Rows about the edges at these places of the list. A name and values, one for each of them, add what is said of
/// them.
pub(crate) fn some_edges(graph: &Projection, kept: Bits, values: Option<(&str, Buf<f64>)>) -> Rows {
    rows(graph, Some(kept), values)
}

fn rows(graph: &Projection, kept: Option<Bits>, values: Option<(&str, Buf<f64>)>) -> Rows {
    Rows::Pairs(Pairs {
        ends: PairEnds::Listed(graph.listed_edges(kept)),
        values: values.map(|(name, values)| (name.to_owned(), values.release().share())),
    })
}

/// The places of the edges that `keep` accepts by source and target, which takes about `steps` steps.
pub(crate) fn edges_where(
    ctx: &JobContext,
    edges: &EdgeList,
    steps: u64,
    keep: impl Fn(u32, u32) -> bool + Sync,
) -> Result<Bits, Stop> {
    let (offsets, targets) = (&edges.offsets[..], &edges.targets[..]);
    Bits::choose(ctx, targets.len(), |range, set, tick| {
        let (mut source, mut at) = (row_of(offsets, 0, range.start as u64), range.start);
        while at < range.end {
            let end = range.end.min(offsets[source + 1] as usize);
            for piece in pieces(&targets[at..end]) {
                tick.spend(1 + steps * piece.len() as u64)?;
                for target in piece {
                    if keep(source as u32, *target) {
                        set(at);
                    }
                    at += 1;
                }
            }
            source += 1;
        }
        Ok(())
    })
}
