//! Fast random projection: a vector for each vertex from sparse random ones, averaged over its neighbours again
//! and again. Entries start as ±√3 with a chance of 1/6 each, else 0; each iteration replaces a vector
//! by the mean of its neighbours' vectors, scaled to length 1; the result is the sum over iterations.
//! Edges count both ways and by number.
//!
//! Source: Chen et al.: "Fast and Accurate Network Embeddings via Very Sparse Random Projection", CIKM 2019, with
//! iteration weights 1 as in Neo4j GDS but the first, which there is 0. Vectors under way are kept with 32 bits, as there,
//! and added up with 64. Work O(iterations·dim·(V + E)), memory (16·dim + 4)·V bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{per_vertex, per_vertex_bytes};
use crate::shared::{self, LABELS, NUM_THREAD, SEED};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, Cells, JobContext, Outcome, Stop};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

const DIM: Param = Param::new("dim", Kind::Int(Bounds::closed(1, 1024)), "Numbers of a vector.")
    .or(Literal::Int(128))
    .example(Literal::Int(16));

const ITERATIONS: Param =
    Param::new("iterations", Kind::Int(Bounds::closed(1, 100)), "How often neighbours are averaged.")
        .or(Literal::Int(3));

/// Vertices a chunk.
const CHUNK: usize = 512;

/// Embedding by random projection.
pub struct FastRandomProjection;

/// Parameters of [`FastRandomProjection`].
#[derive(Debug)]
pub struct Params {
    dim: usize,
    iterations: u64,
    seed: u64,
    labels: Option<Vec<String>>,
}

impl Algorithm for FastRandomProjection {
    type Params = Params;

    const INFO: Info = Info {
        name: "fast_random_projection",
        aliases: &["fastrp"],
        family: Family::Embedding,
        demand: Demand::Any,
        summary: "A vector for each vertex, alike for vertices with similar surroundings.",
        params: &[DIM, ITERATIONS, SEED, LABELS, NUM_THREAD],
        outputs: &[Output::new(
            "fast_random_projection",
            Shape::PerVertexVector,
            "The vector of each vertex; zeroes without edges.",
        )],
        source: "Chen et al.: Very Sparse Random Projection, CIKM 2019; Neo4j GDS",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            dim: args.int(&DIM) as usize,
            iterations: args.int(&ITERATIONS).unsigned_abs(),
            seed: args.int(&SEED).unsigned_abs(),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        16 * params.dim as u64 * size.vertices + per_vertex_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (arcs, dim) = (Arcs::of(graph.out()), params.dim);
        let cuts: Vec<usize> = even_cuts(graph.len(), CHUNK).iter().map(|v| v * dim).collect();
        let mut now = random(ctx, graph.len(), params, &cuts)?;
        let mut next = ctx.alloc(now.len(), 0f32)?;
        let mut sum = ctx.alloc(now.len(), 0f64)?;
        ctx.phase("average", 0.98, params.iterations * (cuts.len() as u64 - 1));
        for _ in 0..params.iterations {
            ctx.par_fill(&mut next, &cuts, |range, part, tick| {
                let mut vector = vec![0f64; dim];
                for (v, slots) in (range.start / dim..).zip(part.chunks_mut(dim)) {
                    vector.fill(0.0);
                    for piece in pieces(arcs.row(v as u32)) {
                        for t in piece {
                            tick.spend(dim as u64)?;
                            add(&mut vector, &now[*t as usize * dim..(*t as usize + 1) * dim]);
                        }
                    }
                    store_direction(&vector, slots);
                }
                ctx.advance(1);
                Ok::<_, Stop>(())
            })?;
            std::mem::swap(&mut now, &mut next);
            ctx.par_fill(&mut sum, &cuts, |range, part, _| {
                add(part, &now[range]);
                Ok::<_, Stop>(())
            })?;
        }
        drop((now, next));
        let cells = Cells::Vector { dim, values: sum.release().share() };
        Ok(Outcome::of_list("fast_random_projection", per_vertex(ctx, graph, cells)?))
    }
}

/// Sparse random vectors.
fn random(ctx: &JobContext, len: usize, params: &Params, cuts: &[usize]) -> Result<Buf<f32>, Stop> {
    let mut vectors = ctx.alloc(len * params.dim, 0f32)?;
    let root = 3f32.sqrt();
    ctx.par_fill(&mut vectors, cuts, |range, part, tick| {
        let mut rng = ctx.rng(params.seed, (range.start / (CHUNK * params.dim)) as u64);
        for slot in part {
            tick.spend(1)?;
            *slot = [root, -root, 0.0, 0.0, 0.0, 0.0][rng.below(6) as usize];
        }
        Ok::<_, Stop>(())
    })?;
    Ok(vectors)
}

fn add(to: &mut [f64], from: &[f32]) {
    for (x, y) in to.iter_mut().zip(from) {
        *x += f64::from(*y);
    }
}

/// Stores a vector scaled to length 1; zeroes stay.
fn store_direction(vector: &[f64], slots: &mut [f32]) {
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    for (slot, x) in slots.iter_mut().zip(vector) {
        *slot = (x * scale) as f32;
    }
}
