//! Parameters that searches through filters share, and the part of a graph that they see.

use crate::algorithm::{Ground, View};
use crate::args::Args;
use crate::condition::{self, Condition};
use crate::error::AlgoError;
use crate::info::{Kind, Param};
use gesso_core::JobContext;

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

/// The part of the graph where the first condition holds.
pub(super) fn view<'a>(ground: &Ground<'a>) -> View<'a> {
    View { snapshot: ground.snapshot, selection: Some(ground.selections[0].as_ref()) }
}
