//! Modularity of a given partition: the share of edges inside its parts, less what would be there by chance.
//!
//! Q = Σ over parts of L/m − γ·(d/2m)²; edges both ways, parallel ones add up, self-loops count once in L and m
//! and twice in degrees; 0 without edges.
//!
//! Source: Newman: "Modularity and community structure in networks", 2006. Work O(V + E), memory 12·V bytes and
//! 8 a part.

use super::louvain::RESOLUTION;
use super::modularity_sum::{Degrees, degrees_bytes, modularity, modularity_bytes};
use super::partition_quality::{PROPERTY, parts, projection};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, check_weights_of_products};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::shared::{self, LABELS, NUM_THREAD, WEIGHT};
use gesso_core::{JobContext, Outcome, Scalar};
use gesso_graph::{Projection, ProjectionSpec};

/// Modularity of a given partition.
pub struct Modularity;

/// Parameters of [`Modularity`].
#[derive(Debug)]
pub struct Params {
    property: String,
    weight: Option<String>,
    resolution: f64,
    labels: Option<Vec<String>>,
}

impl Algorithm for Modularity {
    type Params = Params;

    const INFO: Info = Info {
        name: "modularity",
        aliases: &[],
        family: Family::Community,
        demand: Demand::Property,
        summary: "How much denser the parts of a given partition are than by chance.",
        params: &[PROPERTY, WEIGHT, RESOLUTION, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("modularity", Shape::Real, "The modularity of the partition."),
            Output::new("community_num", Shape::Int, "Number of parts that have vertices."),
        ],
        source: "Newman: Modularity and community structure in networks, PNAS 103, 2006",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            property: args.text(&PROPERTY),
            weight: args.property(&WEIGHT),
            resolution: args.real(&RESOLUTION),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        projection(&params.property, params.weight.as_ref(), params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        let parts = size.vertices + 1;
        4 * size.vertices + degrees_bytes(size.vertices) + modularity_bytes(parts).max(parts)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let arcs = Arcs::of(graph.out());
        check_weights_of_products(ctx, arcs)?;
        ctx.phase("sum", 0.98, 0);
        let (parts, count) = parts(ctx, graph)?;
        let degrees = Degrees::new(ctx, arcs)?;
        let modularity = modularity(ctx, arcs, &degrees, &parts, count, params.resolution)?;
        let mut used = ctx.alloc(count, 0u8)?;
        let mut tick = ctx.tick();
        for part in parts.iter() {
            tick.spend(1)?;
            used[*part as usize] = 1;
        }
        let parts: i64 = used.iter().map(|u| i64::from(*u)).sum();
        Ok(Outcome::default()
            .with("modularity", Scalar::Real(modularity))
            .with("community_num", Scalar::Int(parts)))
    }
}
