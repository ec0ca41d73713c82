//! What betweenness of vertices and of edges have in common: parameters, projection, and from where paths are counted.

use super::brandes::brandes_bytes;
use super::sample::{K, SEEDS, Sample};
use crate::args::Args;
use crate::error::AlgoError;
use crate::info::Param;
use crate::shared::{self, DIRECTED, LABELS, NUM_THREAD, SEED, WEIGHT};
use gesso_core::JobContext;
use gesso_graph::{Multiplicity, Projection, ProjectionSpec};

/// The parameters, as they are declared.
pub(super) const PARAMS: &[Param] = &[DIRECTED, WEIGHT, SEEDS, K, SEED, LABELS, NUM_THREAD];

/// From where paths are counted, and along which edges.
#[derive(Debug)]
pub struct Params {
    pub(super) directed: bool,
    weight: Option<String>,
    sample: Sample,
    labels: Option<Vec<String>>,
}

/// The vertices that paths are counted from, in order.
pub(super) struct Sources {
    /// None stands for all.
    chosen: Option<Vec<u32>>,
    vertices: usize,
}

impl Params {
    pub(super) fn parse(args: &Args) -> Params {
        Params {
            directed: args.flag(&DIRECTED),
            weight: args.property(&WEIGHT),
            sample: Sample::of(args),
            labels: shared::labels(args),
        }
    }

    pub(super) fn projection(&self) -> ProjectionSpec {
        ProjectionSpec {
            weight: self.weight.clone(),
            ..shared::labelled(shared::two_way(self.directed), Multiplicity::Simple, self.labels.as_ref())
        }
    }

    /// Bytes of the sweeps, their scores left aside.
    pub(super) fn sweeps_bytes(&self, vertices: u64) -> u64 {
        brandes_bytes(vertices, self.weight.is_some())
    }

    pub(super) fn sources(&self, ctx: &JobContext, graph: &Projection) -> Result<Sources, AlgoError> {
        Ok(Sources { chosen: self.sample.positions(ctx, graph)?, vertices: graph.len() })
    }
}

impl Sources {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.chosen.as_ref().map_or(self.vertices, Vec::len)
    }

    /// Their positions.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        (0..self.count()).map(|i| self.chosen.as_ref().map_or(i as u32, |chosen| chosen[i]))
    }

    /// What turns sums over these sources into those over all, each pair once.
    pub(super) fn scale(&self, is_directed: bool) -> f64 {
        let (vertices, count) = (self.vertices, self.count());
        let all = if count == vertices { 1.0 } else { vertices as f64 / count as f64 };
        if is_directed { all } else { all / 2.0 }
    }
}
