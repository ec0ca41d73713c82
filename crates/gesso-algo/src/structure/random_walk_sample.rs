//! A sample of vertices by random walks with restart: from a random start, at each step back to it with a
//! given chance, else along a random edge, whatever its direction; when nothing new was met for a while, from
//! another start. What a walk meets is near each other, so the sample keeps
//! the shape of the graph better than vertices drawn one by one.
//!
//! Source: Leskovec, Faloutsos: "Sampling from Large Graphs", KDD 2006 (random walk with restart; Neo4j GDS has it as
//! graph sampling). Memory 5·V bytes.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{select, to_vertices};
use crate::shared::{self, LABELS, NUM_THREAD, SEED};
use gesso_core::{Buf, JobContext, Outcome, Rows, Stop};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

const RATIO: Param = Param::new(
    "sampling_ratio",
    Kind::Real(Bounds::above_to(0.0, 1.0)),
    "Share of the vertices that the sample has.",
)
.or(Literal::Real(0.15));

const RESTART: Param = Param::new(
    "restart_probability",
    Kind::Real(Bounds::open(0.0, 1.0)),
    "Chance of going back to the start at each step.",
)
.or(Literal::Real(0.1));

/// A sample of vertices that lie near each other.
pub struct RandomWalkSample;

/// Parameters of [`RandomWalkSample`].
#[derive(Debug)]
pub struct Params {
    ratio: f64,
    restart: f64,
    seed: u64,
    labels: Option<Vec<String>>,
}

/// Steps without a new vertex, as a multiple of the vertices found by the walk, after which it starts anew.
const PATIENCE: u64 = 10;

impl Algorithm for RandomWalkSample {
    type Params = Params;

    const INFO: Info = Info {
        name: "random_walk_sample",
        aliases: &["rwr_sample"],
        family: Family::Structure,
        summary: "A sample of vertices met by random walks.",
        params: &[RATIO, RESTART, SEED, LABELS, NUM_THREAD],
        outputs: &[Output::new("random_walk_sample", Shape::Vertices, "The vertices in vertex order.")],
        source: "Leskovec, Faloutsos: Sampling from Large Graphs, KDD 2006",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            ratio: args.real(&RATIO),
            restart: args.real(&RESTART),
            seed: args.int(&SEED).unsigned_abs(),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        (1 + 4) * size.vertices
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let met = walk(params, Arcs::of(graph.out()), ctx)?;
        let mut sample = select(ctx, graph.len(), |v| met[v] != 0)?;
        to_vertices(ctx, graph, &mut sample)?;
        Ok(Outcome::of_list("random_walk_sample", Rows::Vertices(sample.release().share())))
    }
}

/// 1 for each vertex of the sample.
fn walk(params: &Params, arcs: Arcs<'_>, ctx: &JobContext) -> Result<Buf<u8>, Stop> {
    let len = arcs.vertices();
    let mut met = ctx.alloc(len, 0u8)?;
    let wanted = (params.ratio * len as f64).ceil() as u64;
    ctx.phase("walk", 0.95, wanted);
    let (mut rng, mut tick) = (ctx.rng(params.seed, 0), ctx.tick());
    let mut found = 0;
    while found < wanted {
        // Starts come from those not met: at random, then the next one up.
        let drawn = rng.below(len as u64) as usize;
        let mut start = drawn;
        while met[start] != 0 {
            tick.spend(1)?;
            start = (start + 1) % len;
        }
        let (mut at, mut idle, mut here) = (start as u32, 0, 0);
        while found < wanted && idle <= PATIENCE * (here + 1) {
            tick.spend(4)?;
            if std::mem::replace(&mut met[at as usize], 1) == 0 {
                (found, here, idle) = (found + 1, here + 1, 0);
                ctx.advance(1);
            }
            idle += 1;
            let row = arcs.row(at);
            at = if row.is_empty() || rng.unit() < params.restart {
                start as u32
            } else {
                row[rng.below(row.len() as u64) as usize]
            };
        }
    }
    Ok(met)
}
