//! Betweenness: on how many shortest paths between others a vertex lies, split among equally short ones.
//!
//! betweenness(v) = Σ σ(s, t | v) / σ(s, t) over ordered pairs s, t ≠ v; with edges both ways each pair
//! counts once. With a sample of sources the sums are scaled by n / sources. Parallel edges count once,
//! by weight the lightest; sums of weights that differ less than 10⁻¹² of their value count as equal.
//!
//! Source: Brandes: "A Faster Algorithm for Betweenness Centrality", 2001. Work O(sources·(V + E)), with
//! weights O(sources·(E + V·log V)); memory 40·V bytes, with weights 60·V.

use super::brandes::{Brandes, Demand, brandes_bytes};
use super::sample::{K, SEEDS, Sample};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::{per_vertex, per_vertex_bytes, tabulate};
use crate::shared::{self, DIRECTED, LABELS, NUM_THREAD, SEED, WEIGHT};
use gesso_core::{Cells, JobContext, Outcome};
use gesso_graph::{Multiplicity, Projection, ProjectionSpec};
use std::sync::atomic::Ordering::Relaxed;

/// Betweenness of vertices.
pub struct Betweenness;

/// Parameters of [`Betweenness`].
#[derive(Debug)]
pub struct Params {
    directed: bool,
    weight: Option<String>,
    sample: Sample,
    labels: Option<Vec<String>>,
}

impl Algorithm for Betweenness {
    type Params = Params;

    const INFO: Info = Info {
        name: "betweenness",
        aliases: &["betweenness_centrality"],
        family: Family::Centrality,
        summary: "How many shortest paths between others lead through each vertex.",
        params: &[DIRECTED, WEIGHT, SEEDS, K, SEED, LABELS, NUM_THREAD],
        outputs: &[Output::new(
            "betweenness",
            Shape::PerVertexReal,
            "Pairs of vertices that each vertex lies between, not normalised.",
        )],
        source: "Brandes: A Faster Algorithm for Betweenness Centrality, 2001",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            directed: args.flag(&DIRECTED),
            weight: args.property(&WEIGHT),
            sample: Sample::of(args),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        ProjectionSpec {
            weight: params.weight.clone(),
            ..shared::labelled(shared::two_way(params.directed), Multiplicity::Simple, params.labels.as_ref())
        }
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let sweeps = brandes_bytes(size.vertices, params.weight.is_some());
        8 * size.vertices + sweeps.max(8 * size.vertices + per_vertex_bytes(size.vertices))
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let len = graph.len();
        let sample = params.sample.positions(ctx, graph)?;
        let count = sample.as_ref().map_or(len, Vec::len);
        let mut brandes = Brandes::new(ctx, Arcs::of(graph.out()), Arcs::of(graph.incoming()))?;
        let mut sums = ctx.alloc(len, 0u64)?;
        ctx.phase("count paths", 0.98, 3 * (len * count) as u64);
        for i in 0..count {
            let source = sample.as_ref().map_or(i as u32, |chosen| chosen[i]);
            let sums = sums.as_atomics();
            brandes.source(source, Demand::Each, |v, units| {
                // Relaxed: one writer a vertex and source, and sources come one after another.
                let slot = &sums[v as usize];
                slot.store((f64::from_bits(slot.load(Relaxed)) + units).to_bits(), Relaxed);
            })?;
        }
        drop(brandes);
        let scale = scale(len, count, params.directed);
        let values = tabulate(ctx, len, |v| f64::from_bits(sums[v]) * scale)?;
        drop(sums);
        let rows = per_vertex(ctx, graph, Cells::Real(values.release().share()))?;
        Ok(Outcome::of_list("betweenness", rows))
    }
}

/// What turns sums over some sources into those over all, each pair once.
pub(super) fn scale(vertices: usize, sources: usize, is_directed: bool) -> f64 {
    let all = if sources == vertices { 1.0 } else { vertices as f64 / sources as f64 };
    if is_directed { all } else { all / 2.0 }
}
