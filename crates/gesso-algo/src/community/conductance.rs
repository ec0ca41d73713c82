//! Conductance of the parts of a given partition: the weight of the edges that leave a part, by its degrees or by
//! those of the rest, whichever are smaller. 0 where there is nothing to divide by. Edges count both ways; a
//! self-loop counts twice in degrees.
//!
//! Source: Kannan, Vempala, Vetta: "On clusterings: good, bad and spectral", 2004; as in NetworkX. Work O(V + E),
//! memory 20·V bytes and 24 a part.

use super::modularity_sum::{Degrees, Inside, degrees_bytes, inside_bytes};
use super::partition_quality::{PROPERTY, parts, projection};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, check_weights_of_products};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info, Output, Shape};
use crate::rows::{per_vertex, per_vertex_bytes, tabulate};
use crate::shared::{self, LABELS, NUM_THREAD, WEIGHT};
use gesso_core::{Cells, JobContext, Outcome, Scalar};
use gesso_graph::{Projection, ProjectionSpec};

/// Conductance of the parts of a partition.
pub struct Conductance;

/// Parameters of [`Conductance`].
#[derive(Debug)]
pub struct Params {
    property: String,
    weight: Option<String>,
    labels: Option<Vec<String>>,
}

impl Algorithm for Conductance {
    type Params = Params;

    const INFO: Info = Info {
        name: "conductance",
        aliases: &[],
        family: Family::Community,
        demand: Demand::Property,
        summary: "How much of the edges of each part of a given partition leave it.",
        params: &[PROPERTY, WEIGHT, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("conductance", Shape::PerVertexReal, "Conductance of the part of each vertex."),
            Output::new("mean_conductance", Shape::Real, "Mean over the parts that have vertices."),
        ],
        source: "Kannan, Vempala, Vetta: On clusterings, 2004; NetworkX",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            property: args.text(&PROPERTY),
            weight: args.property(&WEIGHT),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        projection(&params.property, params.weight.as_ref(), params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        let parts = size.vertices + 1;
        let sums = degrees_bytes(size.vertices) + inside_bytes(size.vertices, parts);
        let rows = (24 + 1) * parts + 8 * size.vertices + per_vertex_bytes(size.vertices);
        4 * size.vertices + sums.max(rows)
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let arcs = Arcs::of(graph.out());
        check_weights_of_products(ctx, arcs)?;
        ctx.phase("sum", 0.98, 0);
        let (parts, count) = parts(ctx, graph)?;
        let degrees = Degrees::new(ctx, arcs)?;
        let Inside { twice_inside, degree } = Inside::new(ctx, arcs, &degrees, &parts, count)?;
        let total = degrees.total;
        drop(degrees);
        let of = tabulate(ctx, count, |part| {
            let smaller = degree[part].min(total - degree[part]);
            if smaller > 0.0 { (degree[part] - twice_inside[part]) / smaller } else { 0.0 }
        })?;
        let mut used = ctx.alloc(count, 0u8)?;
        let mut tick = ctx.tick();
        for part in parts.iter() {
            tick.spend(1)?;
            used[*part as usize] = 1;
        }
        let (mut sum, mut parts_used) = (0.0, 0u32);
        for (part, _) in used.iter().enumerate().filter(|(_, used)| **used != 0) {
            tick.spend(1)?;
            sum += of[part];
            parts_used += 1;
        }
        let mean = if parts_used == 0 { 0.0 } else { sum / f64::from(parts_used) };
        let cells = tabulate(ctx, graph.len(), |v| of[parts[v] as usize])?;
        let rows = per_vertex(ctx, graph, Cells::Real(cells.release().share()))?;
        Ok(Outcome::of_list("conductance", rows).with("mean_conductance", Scalar::Real(mean)))
    }
}
