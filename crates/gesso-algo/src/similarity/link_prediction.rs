//! How likely an edge between two vertices is, judged by the neighbours that they share. Neighbours are the
//! distinct vertices at the other ends of edges, whatever their direction.
//!
//! Sources: Liben-Nowell, Kleinberg: "The Link Prediction Problem for Social Networks", 2003; Adamic, Adar:
//! "Friends and neighbors on the Web", 2003; Zhou, Lü, Zhang: "Predicting missing links via local
//! information", 2009, for resource allocation. Work and memory do not grow with the graph but with the
//! two neighbourhoods.

use super::overlap::Metric;
use crate::algorithm::{Algorithm, GraphSize};
use crate::arcs::Arcs;
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Family, Info, Kind, Literal, Output, Param, Shape};
use crate::shared::{self, LABELS, NUM_THREAD, SOURCE, SOURCE_OUT, TARGET};
use gesso_core::{JobContext, Outcome, Scalar};
use gesso_graph::{Direction, Multiplicity, Projection, ProjectionSpec};

const METRIC: Param = Param::new(
    "metric",
    Kind::Choice(&[
        "jaccard",
        "adamic_adar",
        "resource_allocation",
        "preferential_attachment",
        "common_neighbors",
        "overlap",
        "cosine",
    ]),
    "How shared neighbours are counted.",
)
.or(Literal::Text("jaccard"));

/// Likelihood of an edge.
pub struct LinkPrediction;

/// Parameters of [`LinkPrediction`].
#[derive(Debug)]
pub struct Params {
    source: String,
    target: String,
    metric: Metric,
    labels: Option<Vec<String>>,
}

impl Algorithm for LinkPrediction {
    type Params = Params;

    const INFO: Info = Info {
        name: "link_prediction",
        aliases: &[],
        family: Family::Similarity,
        summary: "How likely an edge between two vertices is by the neighbours that they share.",
        params: &[SOURCE, TARGET, METRIC, LABELS, NUM_THREAD],
        outputs: &[
            Output::new("link_prediction", Shape::Real, "The metric of the two vertices."),
            SOURCE_OUT,
            Output::new("target", Shape::Vertex, "The other vertex."),
        ],
        source: "Liben-Nowell, Kleinberg: The Link Prediction Problem for Social Networks, 2003",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        let (source, target) = (args.text(&SOURCE), args.text(&TARGET));
        if source == target {
            return Err(AlgoError::SameEnds);
        }
        let metric = Metric::of(&args.text(&METRIC));
        Ok(Params { source, target, metric, labels: shared::labels(args) })
    }

    fn projection(params: &Params) -> ProjectionSpec {
        shared::labelled(Direction::Undirected, Multiplicity::Simple, params.labels.as_ref())
    }

    fn need(_: &Params, _: GraphSize) -> u64 {
        0
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        let source = shared::position(graph, &params.source)?;
        let target = shared::position(graph, &params.target)?;
        ctx.phase("compare", 0.98, 0);
        let value = params.metric.between(Arcs::of(graph.out()), source, target, &mut ctx.tick())?;
        Ok(Outcome::default()
            .with("link_prediction", Scalar::Real(value))
            .with("source", Scalar::Vertex(Some(graph.vertex(source))))
            .with("target", Scalar::Vertex(Some(graph.vertex(target)))))
    }
}
