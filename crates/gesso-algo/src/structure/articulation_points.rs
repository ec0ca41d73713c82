//! Articulation points: vertices without which a component falls apart. Edges count both ways.
//!
//! Source: Hopcroft, Tarjan: "Efficient algorithms for graph manipulation", 1973. Work O(V + E), memory 22·V
//! bytes.

use super::cuts::{Cuts, cuts_bytes};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::{select, to_vertices};
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::{JobContext, Outcome, Rows};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

/// Vertices without which a component falls apart.
pub struct ArticulationPoints;

/// Parameters of [`ArticulationPoints`].
#[derive(Debug)]
pub struct Params {
    labels: Option<Vec<String>>,
}

impl Algorithm for ArticulationPoints {
    type Params = Params;

    const INFO: Info = Info {
        name: "articulation_points",
        aliases: &[],
        family: Family::Structure,
        summary: "Vertices without which a component falls apart.",
        params: &[LABELS, NUM_THREAD],
        outputs: &[Output::new("articulation_points", Shape::Vertices, "The vertices in vertex order.")],
        source: "Hopcroft, Tarjan: Efficient algorithms for graph manipulation, 1973",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        cuts_bytes(size.vertices)
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let Cuts { vertices, .. } = Cuts::new(ctx, Arcs::of(graph.out()))?;
        ctx.phase("list", 0.98, 0);
        let mut found = select(ctx, graph.len(), |v| vertices[v] != 0)?;
        to_vertices(ctx, graph, &mut found)?;
        Ok(Outcome::of_list("articulation_points", Rows::Vertices(found.release().share())))
    }
}
