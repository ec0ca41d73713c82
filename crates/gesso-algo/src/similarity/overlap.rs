//! What two sets of neighbours share. Rows of the simple view are sorted and without repeats.

use crate::arcs::Arcs;
use gesso_core::{Stop, Tick};
use std::cmp::Ordering;

/// Calls `each` for every vertex that is in both rows, in rising order.
pub(super) fn each_common(
    a: &[u32],
    b: &[u32],
    tick: &mut Tick<'_>,
    mut each: impl FnMut(u32),
) -> Result<(), Stop> {
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        tick.spend(1)?;
        match x.cmp(y) {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => {
                each(*x);
                i += 1;
                j += 1;
            }
        }
    }
    Ok(())
}

/// How alike two vertices are by their neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    /// Shared neighbours by all neighbours.
    Jaccard,
    /// Σ 1 / ln degree over shared neighbours.
    AdamicAdar,
    /// Σ 1 / degree over shared neighbours.
    ResourceAllocation,
    /// Product of the numbers of neighbours.
    PreferentialAttachment,
    /// Number of shared neighbours.
    CommonNeighbors,
    /// Shared neighbours by the smaller number of neighbours.
    Overlap,
    /// Shared neighbours by the geometric mean of the numbers of neighbours.
    Cosine,
}

impl Metric {
    /// The metric of a declared word.
    pub(super) fn of(word: &str) -> Metric {
        match word {
            "adamic_adar" => Metric::AdamicAdar,
            "resource_allocation" => Metric::ResourceAllocation,
            "preferential_attachment" => Metric::PreferentialAttachment,
            "common_neighbors" => Metric::CommonNeighbors,
            "overlap" => Metric::Overlap,
            "cosine" => Metric::Cosine,
            _ => Metric::Jaccard,
        }
    }

    /// What a shared neighbour of a degree adds to the sum that [`Metric::value`] is made from. A shared neighbour
    /// has two neighbours or more, so its logarithm is not 0.
    #[inline]
    pub(super) fn part(self, degree: u64) -> f64 {
        match self {
            Metric::AdamicAdar => 1.0 / (degree as f64).ln(),
            Metric::ResourceAllocation => 1.0 / degree as f64,
            _ => 1.0,
        }
    }

    /// The metric of two vertices from the sum over shared neighbours and their own degrees. 0 where nothing is
    /// there to divide by.
    #[inline]
    pub(super) fn value(self, sum: f64, a: u64, b: u64) -> f64 {
        let (a, b) = (a as f64, b as f64);
        let by = match self {
            Metric::Jaccard => a + b - sum,
            Metric::Overlap => a.min(b),
            Metric::Cosine => (a * b).sqrt(),
            Metric::PreferentialAttachment => return a * b,
            Metric::AdamicAdar | Metric::ResourceAllocation | Metric::CommonNeighbors => return sum,
        };
        if by > 0.0 { sum / by } else { 0.0 }
    }

    /// The metric of two vertices of a graph.
    pub(super) fn between(self, arcs: Arcs<'_>, a: u32, b: u32, tick: &mut Tick<'_>) -> Result<f64, Stop> {
        let mut sum = 0.0;
        each_common(arcs.row(a), arcs.row(b), tick, |w| sum += self.part(arcs.degree(w)))?;
        Ok(self.value(sum, arcs.degree(a), arcs.degree(b)))
    }
}
