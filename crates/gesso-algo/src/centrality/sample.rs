//! The vertices that shortest paths are counted from: all, given ones, or some chosen at random.

use crate::args::Args;
use crate::error::AlgoError;
use crate::info::{Bounds, Kind, Literal, Param};
use crate::shared::{self, SEED, SET_MAX};
use gesso_core::JobContext;
use gesso_graph::Projection;
use std::collections::BTreeSet;

pub(super) const SEEDS: Param = Param::new(
    "seeds",
    Kind::Vertices { most: SET_MAX, may_repeat: false },
    "Count paths from these vertices only, and scale the sums up; wins over k.",
);

pub(super) const K: Param = Param::new(
    "k",
    Kind::Int(Bounds::closed(1, SET_MAX as i64)),
    "Count paths from so many random vertices only, and scale the sums up; all when missing.",
)
.example(Literal::Int(4));

/// Which vertices.
#[derive(Debug)]
pub(super) enum Sample {
    All,
    Seeds(Vec<String>),
    Random { count: u64, seed: u64 },
}

impl Sample {
    pub(super) fn of(args: &Args) -> Sample {
        let seed = args.int(&SEED).unsigned_abs();
        match (args.texts(&SEEDS), args.int_if(&K)) {
            (Some(seeds), _) => Sample::Seeds(seeds),
            (None, Some(k)) => Sample::Random { count: k.unsigned_abs(), seed },
            (None, None) => Sample::All,
        }
    }

    /// Their positions, rising; none stands for all.
    pub(super) fn positions(
        &self,
        ctx: &JobContext,
        graph: &Projection,
    ) -> Result<Option<Vec<u32>>, AlgoError> {
        match self {
            Sample::All => Ok(None),
            Sample::Seeds(ids) => {
                let mut chosen = shared::positions(graph, ids)?;
                chosen.sort_unstable();
                Ok(Some(chosen))
            }
            Sample::Random { count, .. } if *count >= graph.len() as u64 => Ok(None),
            Sample::Random { count, seed } => {
                // Floyd's way to choose without repeats: at most 100,000 numbers, whatever the graph's size.
                let mut rng = ctx.rng(*seed, 0);
                let mut chosen = BTreeSet::new();
                let len = graph.len() as u64;
                for last in len - count..len {
                    let drawn = rng.below(last + 1);
                    if !chosen.insert(drawn as u32) {
                        chosen.insert(last as u32);
                    }
                }
                Ok(Some(chosen.into_iter().collect()))
            }
        }
    }
}
