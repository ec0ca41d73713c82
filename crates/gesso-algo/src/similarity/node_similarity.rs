//! The most similar vertices of each vertex, by the neighbours that they share. Neighbours are the distinct vertices
//! at the other ends of edges, whatever their direction; only vertices with a shared neighbour are compared.
//!
//! For each vertex, shared neighbours are summed over the neighbours of its neighbours. Source: Neo4j GDS, node
//! similarity; metrics as in link_prediction. Work O(Σ d²), memory 12·V bytes a thread and 16 bytes a row, of which
//! there are at most `top_k`·V.

use super::overlap::Metric;
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Output, Param, Shape};
use crate::rows::{fill_rows, to_vertices};
use crate::scratch::Scratch;
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::work_cuts;
use gesso_core::{Buf, JobContext, Outcome, PairEnds, Pairs, Rows, Stop, Tick};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

const TOP_K: Param =
    Param::new("top_k", Kind::Int(Bounds::closed(1, 1000)), "Most similar vertices of each.")
        .or(Literal::Int(10));

const METRIC: Param = Param::new(
    "metric",
    Kind::Choice(&["jaccard", "overlap", "cosine", "adamic_adar", "resource_allocation", "common_neighbors"]),
    "How shared neighbours are counted.",
)
.or(Literal::Text("jaccard"));

const CUTOFF: Param =
    Param::new("cutoff", Kind::Real(Bounds::closed(0.0, f64::MAX)), "Smallest similarity that is listed.")
        .or(Literal::Real(0.0));

/// Arcs a chunk: each stands for a row to be summed.
const CHUNK: u64 = 2048;

/// The most similar vertices of each vertex.
pub struct NodeSimilarity;

/// Parameters of [`NodeSimilarity`].
#[derive(Debug)]
pub struct Params {
    top_k: usize,
    metric: Metric,
    cutoff: f64,
    labels: Option<Vec<String>>,
}

impl Algorithm for NodeSimilarity {
    type Params = Params;

    const INFO: Info = Info {
        name: "node_similarity",
        aliases: &[],
        family: Family::Similarity,
        demand: Demand::Any,
        summary: "The vertices most similar to each vertex by the neighbours that they share.",
        params: &[TOP_K, METRIC, CUTOFF, LABELS, NUM_THREAD],
        outputs: &[Output::new(
            "node_similarity",
            Shape::Pairs,
            "Pairs by first vertex, the most similar first, equal ones in vertex order.",
        )],
        source: "Neo4j GDS, node similarity; Liben-Nowell, Kleinberg, 2003",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params {
            top_k: args.int(&TOP_K) as usize,
            metric: Metric::of(&args.text(&METRIC)),
            cutoff: args.real(&CUTOFF),
            labels: shared::labels(args),
        })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Simple, params.labels.as_ref())
    }

    fn need(params: &Params, size: GraphSize) -> u64 {
        // Sums and lists of threads; the rows of chunks and then of the result.
        let rows = params.top_k as u64 * size.vertices;
        12 * size.vertices * size.threads.max(1) + 2 * 16 * rows + 8 * (size.vertices + 1)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let arcs = Arcs::of(graph.out());
        let (sums, lists) = (Scratch::<f64>::new(ctx, graph.len())?, Scratch::<u32>::new(ctx, graph.len())?);
        let cuts = work_cuts(arcs.offsets, CHUNK);
        ctx.phase("compare", 0.95, cuts.len() as u64);
        let parts = ctx.par_ranges(&cuts, |range, tick| {
            let (mut rows, mut held) = (Vec::new(), ctx.reserve(0)?);
            for v in range.map(|v| v as u32) {
                let before = rows.len();
                sums.with(|sums| lists.with(|list| similar(params, arcs, v, sums, list, &mut rows, tick)))?;
                ctx.grow(&mut held, 16 * (rows.len() - before) as u64)?;
            }
            ctx.advance(1);
            Ok::<_, Stop>((rows, held))
        })?;
        drop((sums, lists));
        let mut ends: Vec<u64> = vec![0];
        for (rows, _) in &parts {
            ends.push(ends[ends.len() - 1] + rows.len() as u64);
        }
        let each: Vec<usize> = (0..ends.len()).collect();
        let total = ends[ends.len() - 1] as usize;
        let mut values = ctx.alloc(total, 0f64)?;
        fill_rows(ctx, &ends, &each, &mut values, |chunk, part, _| {
            part.iter_mut().zip(&parts[chunk.start].0).for_each(|(slot, row)| *slot = row.2);
            Ok(())
        })?;
        let column = |of: &(dyn Fn(&Row) -> u32 + Sync)| {
            let mut column: Buf<u32> = ctx.alloc(total, 0u32)?;
            fill_rows(ctx, &ends, &each, &mut column, |chunk, part, _| {
                part.iter_mut().zip(&parts[chunk.start].0).for_each(|(slot, row)| *slot = of(row));
                Ok(())
            })?;
            to_vertices(ctx, graph, &mut column)?;
            Ok::<_, Stop>(column.release().share())
        };
        let rows = Pairs {
            ends: PairEnds::Columns {
                sources: column(&|row| row.0)?,
                targets: column(&|row| row.1)?,
                indices: None,
            },
            values: Some(("similarity".to_owned(), values.release().share())),
        };
        Ok(Outcome::of_list("node_similarity", Rows::Pairs(rows)))
    }
}

/// Two vertices and their similarity.
type Row = (u32, u32, f64);

/// Adds the rows of one vertex. `sums` is zero before and after.
fn similar(
    params: &Params,
    arcs: Arcs<'_>,
    v: u32,
    sums: &mut [f64],
    list: &mut [u32],
    rows: &mut Vec<Row>,
    tick: &mut Tick<'_>,
) -> Result<(), Stop> {
    let mut found = 0;
    for shared in arcs.row(v) {
        let part = params.metric.part(arcs.degree(*shared));
        for piece in pieces(arcs.row(*shared)) {
            tick.spend(1 + piece.len() as u64)?;
            for other in piece.iter().filter(|other| **other != v) {
                let sum = &mut sums[*other as usize];
                if *sum == 0.0 {
                    list[found] = *other;
                    found += 1;
                }
                *sum += part;
            }
        }
    }
    let mut best = Best { most: params.top_k, rows: Vec::new() };
    for other in &list[..found] {
        tick.spend(4)?;
        let sum = std::mem::take(&mut sums[*other as usize]);
        let value = params.metric.value(sum, arcs.degree(v), arcs.degree(*other));
        if value >= params.cutoff {
            best.offer((v, *other, value));
        }
    }
    rows.extend(best.sorted());
    Ok(())
}

/// The best rows so far.
struct Best {
    most: usize,
    rows: Vec<Row>,
}

impl Best {
    /// Keeps a row; when there are twice as many as wanted, the worse half goes.
    fn offer(&mut self, row: Row) {
        self.rows.push(row);
        if self.rows.len() >= 2 * self.most {
            self.rows.select_nth_unstable_by(self.most - 1, order);
            self.rows.truncate(self.most);
        }
    }

    fn sorted(mut self) -> Vec<Row> {
        self.rows.sort_unstable_by(order);
        self.rows.truncate(self.most);
        self.rows
    }
}

fn order(a: &Row, b: &Row) -> std::cmp::Ordering {
    b.2.total_cmp(&a.2).then(a.1.cmp(&b.1))
}
