//! How good a given partition is: what `modularity` and `conductance` have in common. A partition is a text
//! property of vertices; those without a value belong to a part of their own together.

use crate::error::AlgoError;
use crate::info::{Kind, Literal, Param};
use crate::rows::tabulate;
use crate::shared;
use gesso_core::{Buf, JobContext};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

pub(super) const PROPERTY: Param =
    Param::new("property", Kind::Property, "Text property of vertices that names the part of each.")
        .required()
        .example(Literal::Text("part"));

/// Edges both ways with weights, and the property.
pub(super) fn projection(
    property: &str,
    weight: Option<&String>,
    labels: Option<&Vec<String>>,
) -> ProjectionSpec {
    ProjectionSpec {
        weight: weight.cloned(),
        vertex_property: Some(property.to_owned()),
        ..shared::labelled(Direction::Undirected, Multiplicity::Multi, labels)
    }
}

/// The part of each position, and the number of parts. Vertices without a value have the last one.
pub(super) fn parts(ctx: &JobContext, graph: &Projection) -> Result<(Buf<u32>, usize), AlgoError> {
    let Some(codes) = graph.codes() else { return Ok((ctx.alloc(graph.len(), 0)?, 1)) };
    let nameless = codes.names.len() as u32;
    let parts = tabulate(ctx, graph.len(), |v| codes.codes[v].min(nameless))?;
    Ok((parts, codes.names.len() + 1))
}
