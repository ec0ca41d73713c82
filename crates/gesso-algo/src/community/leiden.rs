//! Leiden: as louvain, but communities are refined into well-connected parts before parts, not communities,
//! are merged; that keeps communities connected and usually finds a higher modularity.
//!
//! Source: Traag, Waltman, van Eck: "From Louvain to Leiden: guaranteeing well-connected communities",
//! Scientific Reports 9, 2019. Parameters, output, work and memory as louvain.

use super::louvain::{OUTPUTS, PARAMS, Params};
use crate::algorithm::{Algorithm, GraphSize};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Demand, Family, Info};
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, ProjectionSpec};

/// Communities by the Leiden method.
pub struct Leiden;

impl Algorithm for Leiden {
    type Params = Params;

    const INFO: Info = Info {
        name: "leiden",
        aliases: &[],
        family: Family::Community,
        demand: Demand::Any,
        summary: "Communities with many edges inside and few between them, each well connected.",
        params: PARAMS,
        outputs: OUTPUTS,
        source: "Traag, Waltman, van Eck: From Louvain to Leiden, 2019",
    };

    fn parse(args: &Args) -> Result<Params, AlgoError> {
        Ok(Params::of(args, true))
    }

    fn projection(params: &Params) -> ProjectionSpec {
        params.projection()
    }

    fn need(_: &Params, size: GraphSize) -> u64 {
        Params::need(size)
    }

    fn run(params: &Params, graph: &Projection, ctx: &JobContext) -> Result<Outcome, AlgoError> {
        params.run(graph, ctx)
    }
}
