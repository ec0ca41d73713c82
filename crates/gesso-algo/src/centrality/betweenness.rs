//! Betweenness: on how many shortest paths between others a vertex lies, split among equally short ones.
//!
//! betweenness(v) = Σ σ(s, t | v) / σ(s, t) over ordered pairs s, t ≠ v; with edges both ways each pair
//! counts once. With a sample of sources the sums are scaled by n / sources. Parallel edges count once,
//! by weight the lightest; sums of weights that differ less than 10⁻¹² of their value count as equal.
//!
//! Source: Brandes: "A Faster Algorithm for Betweenness Centrality", 2001. Work O(sources·(V + E)), with
//! weights O(sources·(E + V·log V)); memory 36·V bytes, with weights 44·V.

use super::brandes::{Brandes, Wanted};
use super::path_counts::{PARAMS, Params};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::{per_vertex, per_vertex_bytes, tabulate};
use gesso_core::{Cells, JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec};
use std::sync::atomic::Ordering::Relaxed;

/// Betweenness of vertices.
pub struct Betweenness;

impl Algorithm for Betweenness {
    type Params = Params;

    const INFO: Info = Info {
        name: "betweenness",
        aliases: &["betweenness_centrality"],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "How many shortest paths between others lead through each vertex.",
        params: PARAMS,
        outputs: &[Output::new(
            "betweenness",
            Shape::PerVertexReal,
            "Pairs of vertices that each vertex lies between, not normalised.",
        )],
        source: "Brandes: A Faster Algorithm for Betweenness Centrality, 2001",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params::parse(args))
    }

    fn projection(params: &Params) -> ProjectionSpec {
        params.projection()
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let sweeps = params.sweeps_bytes(size.vertices);
        8 * size.vertices + sweeps.max(8 * size.vertices + per_vertex_bytes(size.vertices))
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let len = graph.len();
        let sources = params.sources(ctx, graph)?;
        let mut brandes = Brandes::new(ctx, Arcs::of(graph.out()), Arcs::of(graph.incoming()))?;
        let mut sums = ctx.alloc(len, 0u64)?;
        ctx.phase("count paths", 0.98, 3 * (len * sources.count()) as u64);
        for source in sources.iter() {
            let sums = sums.as_atomics();
            brandes.source(source, Wanted::Each(1.0), |v, units| {
                // Relaxed: one writer a vertex and source, and sources come one after another.
                let slot = &sums[v as usize];
                slot.store((f64::from_bits(slot.load(Relaxed)) + units).to_bits(), Relaxed);
            })?;
        }
        drop(brandes);
        let scale = sources.scale(params.directed);
        let values = tabulate(ctx, len, |v| f64::from_bits(sums[v]) * scale)?;
        drop(sums);
        let rows = per_vertex(ctx, graph, Cells::Real(values.release().share()))?;
        Ok(Outcome::of_list("betweenness", rows))
    }
}
