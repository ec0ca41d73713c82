//! Parameters that searches through filters share, and the part of a graph that they see.

use super::part::{Hop, Part};
use crate::algorithm::Ground;
use crate::args::Args;
use crate::condition::{self, Condition, Operator};
use crate::error::AlgoError;
use crate::info::{Kind, Param};
use gesso_core::{JobContext, Stop};

pub(super) const VERTEX_FILTER: Param = Param::new(
    condition::VERTEX_FILTER,
    Kind::Filter,
    "Condition on the vertices of a path, its ends included; all pass when missing.",
);

pub(super) const EDGE_FILTER: Param = Param::new(
    condition::EDGE_FILTER,
    Kind::Filter,
    "Condition on the edges of a path; all pass when missing.",
);

/// The condition that holds everywhere on a path.
pub(super) fn condition(args: &Args) -> Condition {
    Condition { vertex: args.filter(&VERTEX_FILTER), edge: args.filter(&EDGE_FILTER) }
}

/// The one hop of paths on which the first condition holds everywhere.
pub(super) fn every_hop<'a>(ground: &Ground<'a>, directed: bool) -> [Hop<'a>; 1] {
    let operator = if directed { Operator::Out } else { Operator::Both };
    [Hop { operator, selection: ground.selections[0].as_ref(), condition: 0 }]
}

/// The vertex of an id, which must be there.
pub(super) fn vertex(ground: &Ground<'_>, id: &str) -> Result<u32, AlgoError> {
    let found = ground.snapshot.find(id).ok_or_else(|| AlgoError::NoVertex { id: id.to_owned() })?;
    Ok(found.0)
}

/// The vertices of ids, which must all be there.
pub(super) fn vertices(ctx: &JobContext, ground: &Ground<'_>, ids: &[String]) -> Result<Vec<u32>, AlgoError> {
    let mut tick = ctx.tick();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        tick.spend(8)?;
        found.push(vertex(ground, id)?);
    }
    Ok(found)
}

/// Runs `search` on the part of the graph where the first condition holds, unless an end fails it.
pub(super) fn between_ends<T>(
    ctx: &JobContext,
    ground: &Ground<'_>,
    directed: bool,
    ends: [&str; 2],
    search: impl FnOnce(&Part<'_>, [u32; 2]) -> Result<T, Stop>,
) -> Result<Option<T>, AlgoError> {
    let ends = [vertex(ground, ends[0])?, vertex(ground, ends[1])?];
    ctx.phase("search", 0.98, 0);
    let hops = every_hop(ground, directed);
    let part = Part::new(ctx, ground.snapshot, &hops)?;
    if !ends.iter().all(|v| part.may_reach(1, *v)) {
        return Ok(None);
    }
    Ok(Some(search(&part, ends)?))
}
