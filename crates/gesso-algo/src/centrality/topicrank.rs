//! Topic-sensitive PageRank: as pagerank, but walks start and restart at the vertices by weight: sources
//! have one weight, all others another. Ranks out of a dead end go where jumps go.
//!
//! Source: Haveliwala: "Topic-Sensitive PageRank", WWW 2002. Work O(rounds·(V + E)), memory 20·V bytes
//! beside the projection.

use super::walk::{Restart, near_bytes, walk_bytes};
use super::walking::{ALPHA, Walking};
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{ranked, select};
use crate::shared::{
    self, CONVERGED, CONVERGENCE, DIRECTED, ITERATIONS, LABELS, NUM_THREAD, SOURCES, SOURCES_OUT,
};
use crate::sorting::sort_bytes;
use gesso_core::{JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Projection, ProjectionSpec};

const ACTIVED_P: Param =
    Param::new("actived_p", Kind::Real(Bounds::closed(0.0, 100_000.0)), "Weight of the sources.")
        .or(Literal::Real(1.0));

const DEFAULT_P: Param =
    Param::new("default_p", Kind::Real(Bounds::closed(0.0, 100_000.0)), "Weight of all other vertices.")
        .or(Literal::Real(1.0));

const ONLY_NEIGHBORS: Param =
    Param::new("only_neighbors", Kind::Bool, "Whether only vertices next to a source are listed.")
        .or(Literal::Bool(true));

const FILTERED: Param = Param::new(
    "filtered",
    Kind::Bool,
    "Whether `vertex_filter` limits what is listed, not what walks see; without a filter nothing is left out.",
)
.or(Literal::Bool(false));

const MAX_ITERATIONS: Param =
    Param::new("max_iterations", Kind::Int(Bounds::closed(0, 2000)), "Most rounds to compute.")
        .or(Literal::Int(1000));

/// Topic-sensitive PageRank.
pub struct TopicRank;

/// Parameters of [`TopicRank`].
#[derive(Debug)]
pub struct Params {
    sources: Vec<String>,
    actived: f64,
    other: f64,
    filtered: bool,
    only_neighbors: bool,
    walking: Walking,
}

impl Algorithm for TopicRank {
    type Params = Params;

    const INFO: Info = Info {
        name: "topicrank",
        aliases: &["topic_rank"],
        family: Family::Centrality,
        demand: Demand::Any,
        summary: "Importance of each vertex as seen from a set of vertices, the highest first.",
        params: &[
            SOURCES,
            ACTIVED_P,
            DEFAULT_P,
            FILTERED,
            ONLY_NEIGHBORS,
            ALPHA,
            CONVERGENCE,
            MAX_ITERATIONS,
            DIRECTED,
            LABELS,
            NUM_THREAD,
        ],
        outputs: &[
            Output::new("topicrank", Shape::Ranked, "Rank of each listed vertex."),
            SOURCES_OUT,
            ITERATIONS,
            CONVERGED,
        ],
        source: "Haveliwala: Topic-Sensitive PageRank, WWW 2002",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            sources: args.texts(&SOURCES).unwrap_or_default(),
            actived: args.real(&ACTIVED_P),
            other: args.real(&DEFAULT_P),
            filtered: args.flag(&FILTERED),
            only_neighbors: args.flag(&ONLY_NEIGHBORS),
            walking: Walking::parse(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        params.walking.projection()
    }

    fn filters_list(params: &Params) -> bool {
        params.filtered
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        // The walk; then ranks, and the list while it is sorted, or with its column.
        let walk = walk_bytes(size.vertices) + near_bytes(size.vertices);
        let (sorting, column) = (sort_bytes(size.vertices), 8 * size.vertices);
        walk.max((8 + 4) * size.vertices + sorting.max(column))
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let sources = shared::positions(graph, &params.sources)?;
        let total =
            params.actived * sources.len() as f64 + params.other * (graph.len() - sources.len()) as f64;
        if total <= 0.0 {
            return Err(AlgoError::NoStart);
        }
        let (chance, elsewhere) = (params.actived / total, params.other / total);
        let restart = Restart::Near { home: &sources, chance, elsewhere };
        let (ranks, progress) = params.walking.run(ctx, graph, restart)?;
        let passes = |v: usize| graph.marks().is_none_or(|marks| marks[v] != 0);
        let listed = if params.only_neighbors {
            let near = neighbours(ctx, graph, &sources)?;
            select(ctx, graph.len(), |v| near[v] != 0 && passes(v))?
        } else {
            select(ctx, graph.len(), passes)?
        };
        let rows = ranked(ctx, graph, listed, |v| ranks[v as usize])?;
        let sources = Scalar::Vertices(sources.iter().map(|s| graph.vertex(*s)).collect());
        Ok(progress.told(Outcome::of_list("topicrank", rows).with("sources", sources)))
    }
}

/// 1 at each vertex other than itself that an edge connects with a source.
fn neighbours(ctx: &JobContext, graph: &Projection, sources: &[u32]) -> Result<gesso_core::Buf<u8>, Stop> {
    let mut near = ctx.alloc(graph.len(), 0u8)?;
    let mut tick = ctx.tick();
    for s in sources {
        for side in [graph.out(), graph.incoming()] {
            for piece in pieces(Arcs::of(side).row(*s)) {
                tick.spend(1 + piece.len() as u64)?;
                piece.iter().filter(|t| *t != s).for_each(|t| near[*t as usize] = 1);
            }
        }
    }
    Ok(near)
}
