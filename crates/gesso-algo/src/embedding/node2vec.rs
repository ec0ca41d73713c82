//! node2vec: a vector for each vertex, such that vertices that random walks meet near each other have similar
//! ones. `walkNumber` walks of `walkLength` vertices start at each vertex, along edges both ways; `iterations`
//! times all of them are learnt from. Vertices without edges keep the vector they start with.
//!
//! Sources: Grover, Leskovec: "node2vec: Scalable Feature Learning for Networks", KDD 2016; Mikolov et al.,
//! 2013, for skip-gram: window 10, 5 negative samples, learning rate 0.025 falling to 0.0001. Walks are made in
//! parallel, training goes on one thread so that a seed gives one answer. Work O(iterations · V · walkNumber ·
//! walkLength · dim), memory (16·dim + 28)·V bytes.

use super::skip_gram::{SkipGram, skip_gram_bytes};
use super::walks::Bias;
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{per_vertex, per_vertex_bytes};
use crate::shared::{self, LABELS, NUM_THREAD, SEED};
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, Cells, JobContext, Outcome, Stop};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};
use std::sync::atomic::Ordering::Relaxed;

const P: Param = Param::new("P", Kind::Real(Bounds::above(0.0)), "High values keep walks from going back.")
    .or(Literal::Real(1.0));

const Q: Param = Param::new("Q", Kind::Real(Bounds::above(0.0)), "High values keep walks near their start.")
    .or(Literal::Real(1.0));

const DIM: Param = Param::new("dim", Kind::Int(Bounds::closed(1, 200)), "Numbers of a vector.")
    .or(Literal::Int(50))
    .example(Literal::Int(8));

const WALK_LENGTH: Param =
    Param::new("walkLength", Kind::Int(Bounds::closed(1, 1000)), "Vertices of a walk.")
        .or(Literal::Int(40))
        .example(Literal::Int(5));

const WALK_NUMBER: Param =
    Param::new("walkNumber", Kind::Int(Bounds::closed(1, 1000)), "Walks from each vertex.")
        .or(Literal::Int(10))
        .example(Literal::Int(1));

const ITERATIONS: Param =
    Param::new("iterations", Kind::Int(Bounds::closed(1, 100)), "How often all walks are learnt from.")
        .or(Literal::Int(10))
        .example(Literal::Int(1));

/// Walks that are made before they are learnt from.
const BATCH: usize = 4096;
/// Walks that one thread makes at once.
const CHUNK: usize = 64;

/// Embedding by random walks.
pub struct Node2Vec;

/// Parameters of [`Node2Vec`].
#[derive(Debug)]
pub struct Params {
    bias: Bias,
    dim: usize,
    length: usize,
    number: usize,
    iterations: usize,
    seed: u64,
    labels: Option<Vec<String>>,
}

impl Algorithm for Node2Vec {
    type Params = Params;

    const INFO: Info = Info {
        name: "node2vec",
        aliases: &[],
        family: Family::Embedding,
        summary: "A vector for each vertex, alike for vertices that random walks meet together.",
        params: &[P, Q, DIM, WALK_LENGTH, WALK_NUMBER, ITERATIONS, SEED, LABELS, NUM_THREAD],
        outputs: &[Output::new("embedding", Shape::PerVertexVector, "The vector of each vertex.")],
        source: "Grover, Leskovec: node2vec, KDD 2016; Mikolov et al., 2013",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            bias: Bias::new(args.real(&P), args.real(&Q)),
            dim: args.int(&DIM) as usize,
            length: args.int(&WALK_LENGTH) as usize,
            number: args.int(&WALK_NUMBER) as usize,
            iterations: args.int(&ITERATIONS) as usize,
            seed: args.int(&SEED).unsigned_abs(),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        let walks = (4 * BATCH * (params.length + 1)) as u64;
        8 * size.vertices
            + walks
            + skip_gram_bytes(size.vertices, params.dim as u64)
            + per_vertex_bytes(size.vertices)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let arcs = Arcs::of(graph.out());
        let walks = graph.len() * params.number;
        let mut batch = Batch::new(ctx, params, arcs)?;
        ctx.phase("count", 0.05, walks as u64);
        let (frequency, total) = batch.count(walks)?;
        let mut model =
            SkipGram::new(ctx, params.dim, params.seed, &frequency, total * params.iterations as u64)?;
        drop(frequency);
        ctx.phase("learn", 0.98, (walks * params.iterations) as u64);
        for _ in 0..params.iterations {
            for cut in even_cuts(walks, BATCH).windows(2) {
                batch.make(cut[0], cut[1])?;
                let mut tick = ctx.tick();
                for i in 0..cut[1] - cut[0] {
                    model.learn(batch.walk(i), &mut tick)?;
                    ctx.advance(1);
                }
            }
        }
        drop(batch);
        let cells = Cells::Vector { dim: params.dim, values: model.vectors.release().share() };
        Ok(Outcome::of_list("embedding", per_vertex(ctx, graph, cells)?))
    }
}

/// Some walks. The n-th walk starts at vertex n modulo V, and is the same whenever it is made.
struct Batch<'a> {
    ctx: &'a JobContext,
    params: &'a Params,
    arcs: Arcs<'a>,
    vertices: Buf<u32>,
    lens: Buf<u32>,
}

impl<'a> Batch<'a> {
    fn new(ctx: &'a JobContext, params: &'a Params, arcs: Arcs<'a>) -> Result<Batch<'a>, Stop> {
        let vertices = ctx.alloc(BATCH * params.length, 0u32)?;
        Ok(Batch { ctx, params, arcs, vertices, lens: ctx.alloc(BATCH, 0u32)? })
    }

    /// Makes the walks of a range of numbers.
    fn make(&mut self, first: usize, end: usize) -> Result<(), Stop> {
        let Batch { ctx, params, arcs, vertices, lens } = self;
        let length = params.length;
        let lens = lens.as_atomics();
        let cuts: Vec<usize> = even_cuts(end - first, CHUNK).iter().map(|at| at * length).collect();
        ctx.par_fill(&mut vertices[..(end - first) * length], &cuts, |range, part, tick| {
            for (i, walk) in part.chunks_mut(length).enumerate() {
                let number = range.start / length + i;
                let mut rng = ctx.rng(params.seed, (first + number) as u64);
                let start = ((first + number) % arcs.vertices()) as u32;
                let len = params.bias.walk(*arcs, start, walk, &mut rng, tick)?;
                // Relaxed: each slot has one writer, and readers come after the loop.
                lens[number].store(len as u32, Relaxed);
            }
            Ok::<_, Stop>(())
        })?;
        Ok(())
    }

    fn walk(&self, i: usize) -> &[u32] {
        let start = i * self.params.length;
        &self.vertices[start..start + self.lens[i] as usize]
    }

    /// How often walks meet each vertex, and how many they meet in all.
    fn count(&mut self, walks: usize) -> Result<(Buf<u64>, u64), Stop> {
        let mut frequency = self.ctx.alloc(self.arcs.vertices(), 0u64)?;
        let mut total = 0;
        for cut in even_cuts(walks, BATCH).windows(2) {
            self.make(cut[0], cut[1])?;
            let mut tick = self.ctx.tick();
            for i in 0..cut[1] - cut[0] {
                let walk = self.walk(i);
                tick.spend(walk.len() as u64)?;
                walk.iter().for_each(|v| frequency[*v as usize] += 1);
                total += walk.len() as u64;
            }
            self.ctx.advance((cut[1] - cut[0]) as u64);
        }
        Ok((frequency, total))
    }
}
