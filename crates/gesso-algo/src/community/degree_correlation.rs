//! Degree correlation: whether vertices of many edges are joined to others of many. Pearson's correlation
//! of the degrees at the two ends of all edges, taken both ways; parallel edges count, a self-loop counts
//! twice in its vertex's degree and once as an edge. 0 where all degrees are equal.
//!
//! Sums are whole numbers, so the answer is exact up to the last division.
//!
//! Source: Newman: "Mixing patterns in networks", 2003. Work O(E), no memory to speak of.

use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::{Arcs, pieces};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Output, Shape};
use crate::rows::ARC_CHUNK;
use crate::shared::{self, LABELS, NUM_THREAD};
use gesso_core::ctx::work_cuts;
use gesso_core::{JobContext, Outcome, Scalar, Stop};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

/// Degree correlation.
pub struct DegreeCorrelation;

/// Parameters of [`DegreeCorrelation`].
#[derive(Debug)]
pub struct Params {
    labels: Option<Vec<String>>,
}

impl Algorithm for DegreeCorrelation {
    type Params = Params;

    const INFO: Info = Info {
        name: "degree_correlation",
        aliases: &["degree_assortativity"],
        family: Family::Community,
        summary: "Whether vertices of many edges are joined to others of many.",
        params: &[LABELS, NUM_THREAD],
        outputs: &[Output::new(
            "degree_correlation",
            Shape::Real,
            "Correlation of the degrees at the ends of edges, from -1 to 1.",
        )],
        source: "Newman: Mixing patterns in networks, Physical Review E 67, 2003",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params { labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Both, Multiplicity::Multi, params.labels.as_ref())
    }

    fn need(_: &Params, _: GraphSize) -> u64 {
        0
    }

    fn run(_: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let (out, incoming) = (Arcs::of(graph.out()), Arcs::of(graph.incoming()));
        let degree = |v: u32| i128::from(out.degree(v) + incoming.degree(v));
        let cuts = work_cuts(out.offsets, ARC_CHUNK);
        ctx.phase("sum", 0.98, cuts.len() as u64);
        let chunks = ctx.par_ranges(&cuts, |range, tick| {
            let mut sums = Sums::default();
            for v in range.map(|v| v as u32) {
                let own = degree(v);
                for piece in pieces(out.row(v)) {
                    tick.spend(1 + piece.len() as u64)?;
                    for t in piece {
                        // Both ways, but a loop once.
                        let (other, ways) = (degree(*t), if *t == v { 1 } else { 2 });
                        sums.ends += ways;
                        sums.first += ways * (own + other) / 2;
                        sums.squares += ways * (own * own + other * other) / 2;
                        sums.products += ways * own * other;
                    }
                }
            }
            ctx.advance(1);
            Ok::<_, Stop>(sums)
        })?;
        let sums = chunks.into_iter().fold(Sums::default(), Sums::plus);
        Ok(Outcome::default().with("degree_correlation", Scalar::Real(sums.correlation())))
    }
}

/// Sums over pairs of ends. Degrees and edges are below 2⁴⁰, so products of two sums fit.
#[derive(Clone, Copy, Default)]
struct Sums {
    ends: i128,
    /// Of the degree at the first end, which is also that at the second.
    first: i128,
    squares: i128,
    products: i128,
}

impl Sums {
    fn plus(self, other: Sums) -> Sums {
        Sums {
            ends: self.ends + other.ends,
            first: self.first + other.first,
            squares: self.squares + other.squares,
            products: self.products + other.products,
        }
    }

    fn correlation(self) -> f64 {
        let variance = self.ends * self.squares - self.first * self.first;
        let covariance = self.ends * self.products - self.first * self.first;
        if variance == 0 { 0.0 } else { covariance as f64 / variance as f64 }
    }
}
