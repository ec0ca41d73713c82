//! What closeness and harmonic centrality have in common: parameters, projection, need, and a value made of the sums
//! of distances of one vertex or of all.

use super::distances::{Sums, sums_from, sums_from_all, sums_from_all_bytes, sums_from_bytes};
use crate::algorithm::GraphSize;
use crate::arcs::{Arcs, check_weights};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Kind, Literal, Param};
use crate::rows::{per_vertex, per_vertex_bytes};
use crate::shared::{self, LABELS, NUM_THREAD, WEIGHT};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Multiplicity, Projection, ProjectionSpec};

const SOURCE: Param = Param::new("source", Kind::Vertex, "Only this vertex; all when it is missing or `*`.")
    .example(Literal::Text(""));

const DIRECTED: Param = shared::DIRECTED.or(Literal::Bool(false));

/// The parameters, as they are declared.
pub(super) const PARAMS: &[Param] = &[SOURCE, DIRECTED, WEIGHT, LABELS, NUM_THREAD];

/// Whose distances are summed, and along which edges.
#[derive(Debug)]
pub struct Params {
    source: Option<String>,
    directed: bool,
    weight: Option<String>,
    labels: Option<Vec<String>>,
}

impl Params {
    pub(super) fn parse(args: &Args) -> Params {
        Params {
            source: args.text_if(&SOURCE).filter(|id| id != "*"),
            directed: args.flag(&DIRECTED),
            weight: args.property(&WEIGHT),
            labels: shared::labels(args),
        }
    }

    pub(super) fn projection(&self) -> ProjectionSpec {
        ProjectionSpec {
            weight: self.weight.clone(),
            ..shared::labelled(shared::two_way(self.directed), Multiplicity::Simple, self.labels.as_ref())
        }
    }

    pub(super) fn need(&self, size: GraphSize) -> u64 {
        let is_weighted = self.weight.is_some();
        if self.source.is_some() {
            return sums_from_bytes(size.vertices, is_weighted);
        }
        sums_from_all_bytes(size.vertices, is_weighted, size.threads.max(1)) + per_vertex_bytes(size.vertices)
    }

    /// The value of the source, or of each vertex without one, under `name`. Distances are those along the arcs of
    /// `forward`.
    pub(super) fn run(
        &self,
        ctx: &JobContext,
        graph: &Projection,
        [forward, backward]: [Arcs<'_>; 2],
        name: &'static str,
        value: impl Fn(Sums) -> f64 + Sync,
    ) -> Result<Outcome, AlgoError> {
        let Some(id) = &self.source else {
            ctx.phase("search from each", 0.98, graph.len() as u64);
            let values = sums_from_all(ctx, forward, backward, value)?;
            let rows = per_vertex(ctx, graph, Cells::Real(values.release().share()))?;
            return Ok(Outcome::of_list(name, rows));
        };
        let source = shared::position(graph, id)?;
        check_weights(ctx, forward)?;
        ctx.phase("search", 0.98, graph.len() as u64);
        let sums = sums_from(ctx, forward, backward, source)?;
        Ok(Outcome::default()
            .with(name, Scalar::Real(value(sums)))
            .with("source", Scalar::Vertex(Some(graph.vertex(source)))))
    }
}
