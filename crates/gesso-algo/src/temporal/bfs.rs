//! `temporal_bfs`: for each vertex that a temporal walk reaches, its earliest arrival.

use super::arrivals::Arrivals;
use super::find;
use super::interval::{Times, Walking};
use crate::error::AlgoError;
use crate::sorting::sort_by_key;
use gesso_core::{JobContext, Pile, VertexIx};
use gesso_graph::Snapshot;

/// A vertex that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The vertex.
    pub vertex: VertexIx,
    /// When.
    pub arrive: i64,
    /// With how many hops.
    pub dist: u32,
    /// Where from; none for the source.
    pub predecessor: Option<VertexIx>,
}

/// The earliest arrivals by walks of at most `k` hops, by hops and then in graph order.
pub fn bfs(
    ctx: &JobContext,
    snapshot: &Snapshot,
    times: &Times,
    source: &str,
    k: u32,
    directed: bool,
) -> Result<Pile<Arrival>, AlgoError> {
    let source = find(snapshot, source)?;
    let arrivals = Arrivals::of(ctx, Walking { snapshot, times, directed }, source.0, k)?;
    let mut order = ctx.alloc(arrivals.reached.len(), 0u32)?;
    order.copy_from_slice(&arrivals.reached);
    sort_by_key(ctx, &mut order, |v| arrivals.earliest(v).map(|(hops, _)| hops))?;
    let (mut found, mut tick) = (Pile::new(ctx)?, ctx.tick());
    for v in order.iter().copied() {
        tick.spend(1)?;
        let Some((dist, arrive)) = arrivals.earliest(v) else { continue };
        let predecessor = arrivals.before(v).map(VertexIx);
        found.push(ctx, Arrival { vertex: VertexIx(v), arrive, dist, predecessor })?;
    }
    Ok(found)
}
