//! Parameters that several algorithms declare alike, and what they mean.

use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Kind, Literal, Output, Param, Shape};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

pub(crate) const CONVERGENCE: Param = Param::new(
    "convergence",
    Kind::Real(Bounds::open(0.0, 1.0)),
    "Change between two rounds below which the computation ends.",
)
.alias(&["coveragence"])
.or(Literal::Real(0.00001));

pub(crate) const MAX_ITERATIONS: Param =
    Param::new("max_iterations", Kind::Int(Bounds::closed(1, 2000)), "Most rounds to compute.")
        .or(Literal::Int(1000));

pub(crate) const DIRECTED: Param =
    Param::new("directed", Kind::Bool, "Whether edges are followed from source to target only.")
        .or(Literal::Bool(true));

pub(crate) const LABELS: Param =
    Param::new("labels", Kind::Texts, "Only edges with one of these labels; all when missing.");

pub(crate) const SOURCE: Param = Param::new("source", Kind::Vertex, "Vertex to start from.").required();

pub(crate) const TARGET: Param = Param::new("target", Kind::Vertex, "Vertex to reach.").required();

pub(crate) const WEIGHT: Param = Param::new(
    "weight",
    Kind::Property,
    "Numeric edge property with the length of each edge; missing values count 1; empty for 1 everywhere.",
);

pub(crate) const NUM_THREAD: Param =
    Param::new("num_thread", Kind::Hint, "Known to older interfaces; results and speed do not depend on it.");

pub(crate) const ITERATIONS: Output = Output::new("iterations", Shape::Int, "Rounds computed.");

pub(crate) const CONVERGED: Output =
    Output::new("converged", Shape::Bool, "Whether the computation ended before its most rounds.");

pub(crate) const SOURCE_OUT: Output = Output::new("source", Shape::Vertex, "The vertex started from.");

pub(crate) const SEED: Param = Param::new(
    "seed",
    Kind::Int(Bounds::at_least(0)),
    "Start of the random numbers; equal seeds give equal answers.",
)
.or(Literal::Int(0));

/// Most ids of a set.
pub(crate) const SET_MAX: usize = 100_000;

pub(crate) const SOURCES: Param =
    Param::new("sources", Kind::Vertices { most: SET_MAX, may_repeat: false }, "Vertices to start from.")
        .required();

pub(crate) const SOURCES_OUT: Output = Output::new("sources", Shape::Ids, "The vertices started from.");

/// The arcs that both ends are needed of: both arrays when directed, each edge both ways otherwise.
pub(crate) fn two_way(directed: bool) -> Direction {
    if directed { Direction::Both } else { Direction::Undirected }
}

/// All edges with one of the labels, with the given arcs.
pub(crate) fn labelled(
    direction: Direction,
    multiplicity: Multiplicity,
    labels: Option<&Vec<String>>,
) -> ProjectionSpec {
    ProjectionSpec { direction, multiplicity, labels: labels.cloned(), ..ProjectionSpec::default() }
}

/// Every edge by itself, with incoming arcs in an order that is quick to pull values along.
pub(crate) fn to_pull(directed: bool, labels: Option<&Vec<String>>) -> ProjectionSpec {
    ProjectionSpec { pull_order: true, ..labelled(two_way(directed), Multiplicity::Multi, labels) }
}

/// The edge labels asked for, sorted so that equal sets give equal projections.
pub(crate) fn labels(args: &Args) -> Option<Vec<String>> {
    let mut labels = args.texts(&LABELS)?;
    labels.sort_unstable();
    labels.dedup();
    Some(labels)
}

/// The positions of vertices that must all be there, in the order given.
pub(crate) fn positions(graph: &Projection, ids: &[String]) -> Result<Vec<u32>, AlgoError> {
    ids.iter().map(|id| position(graph, id)).collect()
}

/// The position of a vertex that must be there. A vertex that the projection leaves out counts as missing.
pub(crate) fn position(graph: &Projection, id: &str) -> Result<u32, AlgoError> {
    graph.find(id).flatten().ok_or_else(|| AlgoError::NoVertex { id: id.to_owned() })
}
