//! Distances over weighted arcs from one vertex.
//!
//! Vertices wait in buckets by their distance, as wide as a step. The nearest bucket is relaxed in parallel until
//! nothing falls into it any more. Each thread has buckets of its own, and goes on by itself with what falls into
//! the present one as long as that is little. A vertex may wait in several buckets; only the one of its distance
//! counts. Distances are least sums of 64-bit floats, which do not depend on the order of relaxations. While weights
//! are whole numbers the sums are exact, and are kept in 32 bits: see [`super::length`].
//!
//! Sources: Meyer, Sanders: "Δ-stepping: a parallelizable shortest path algorithm", 2003; Beamer, Asanović,
//! Patterson: "The GAP Benchmark Suite", 2015, for buckets of threads; Zhang et al.: "Optimizing Ordered Graph
//! Algorithms with GraphIt", CGO 2020, for going on within a bucket.

use super::buckets::{Buckets, Scale};
use super::length::{Length, Real, Step, Whole};
use crate::arcs::{Arcs, positive};
use crate::error::AlgoError;
use crate::rows::tabulate;
use gesso_core::ctx::even_cuts;
use gesso_core::prefetch::prefetch;
use gesso_core::{Buf, JobContext, Pile, Stop, Tick};
use gesso_graph::projection::WeightSlice;
use std::sync::{Mutex, PoisonError};

/// Vertices of a bucket a chunk: few, as one may have many arcs.
const CHUNK: usize = 64;
/// A thread goes on by itself while fewer vertices than this fall into the present bucket.
const ALONE: usize = 1024;
/// Vertices of a bucket after the present one whose distance is asked for.
const DISTANCES_AHEAD: usize = 16;
/// Weights looked at to choose the width of steps.
const SAMPLE: usize = 1024;

/// Bytes that [`distances`] takes: distances, and what waits. On graphs without many equal paths a vertex waits
/// about twice.
pub(crate) const fn distances_bytes(vertices: u64) -> u64 {
    (8 + 28) * vertices
}

/// Distance of each position as the bits of an `f64`, which for numbers from 0 up sort as the numbers do;
/// infinite where unreached. Fails at an arc of a reached vertex whose weight is not above 0.
pub(super) fn distances(
    ctx: &JobContext,
    arcs: Arcs<'_>,
    weights: WeightSlice<'_>,
    source: u32,
) -> Result<Buf<u64>, AlgoError> {
    ctx.phase("search", 0.95, arcs.vertices() as u64);
    search(ctx, arcs, weights, source)
}

/// [`distances`] inside a phase of another name: advances by one unit for each vertex reached.
pub(crate) fn search(
    ctx: &JobContext,
    arcs: Arcs<'_>,
    weights: WeightSlice<'_>,
    source: u32,
) -> Result<Buf<u64>, AlgoError> {
    match weights {
        WeightSlice::Bytes(weights) => search_with(ctx, arcs, weights, source),
        WeightSlice::Singles(weights) => search_with(ctx, arcs, weights, source),
        WeightSlice::Doubles(weights) => search_with(ctx, arcs, weights, source),
    }
}

fn search_with<W: Step>(
    ctx: &JobContext,
    arcs: Arcs<'_>,
    weights: &[W],
    source: u32,
) -> Result<Buf<u64>, AlgoError> {
    if sample(weights).all(|weight| weight.whole().is_some()) {
        match Search::<Whole, W>::run(ctx, arcs, weights, source) {
            Ok(found) => {
                let real =
                    |v: usize| if found[v] == Whole::FAR { Real::FAR } else { f64::from(found[v]).to_bits() };
                return Ok(tabulate(ctx, found.len(), real)?);
            }
            Err(Halt::Stopped(why)) => return Err(why.into()),
            // A weight that the sample missed: from the start in floats. Units of progress are counted twice then.
            Err(Halt::Misfit) => {}
        }
    }
    Search::<Real, W>::run(ctx, arcs, weights, source).map_err(|halt| match halt {
        Halt::Stopped(why) => why.into(),
        Halt::Misfit => AlgoError::Weight,
    })
}

/// Why a search ends early.
#[derive(Debug)]
enum Halt {
    /// The job was stopped.
    Stopped(Stop),
    /// A distance that its [`Length`] can not keep.
    Misfit,
}

impl From<Stop> for Halt {
    fn from(why: Stop) -> Halt {
        Halt::Stopped(why)
    }
}

/// Some weights from all over the array.
fn sample<W: Step>(weights: &[W]) -> impl Iterator<Item = W> {
    weights.iter().step_by(weights.len().div_ceil(SAMPLE).max(1)).copied()
}

/// Width of steps: many arcs a vertex make short steps pay, as fewer vertices are relaxed in vain. On a Kronecker
/// graph of 30 arcs a vertex an eighth to a half of mean weight over degree took about the same time, a whole 10 %
/// more.
fn step<W: Step>(arcs: Arcs<'_>, weights: &[W]) -> f64 {
    let usable = sample(weights).map(Into::into).filter(|w: &f64| positive(*w).is_ok());
    let (sum, sampled) = usable.fold((0.0, 0u32), |(sum, n), w| (sum + w, n + 1));
    let mean = sum / f64::from(sampled.max(1));
    let degree = arcs.targets.len() as f64 / arcs.vertices() as f64;
    let step = mean / (4.0 * degree).max(1.0);
    if step > 0.0 && step.is_finite() { step } else { 1.0 }
}

struct Search<'a, L: Length, W> {
    ctx: &'a JobContext,
    arcs: Arcs<'a>,
    weights: &'a [W],
    distance: &'a [L::Cell],
    /// True with one thread, which needs no atomic change.
    is_alone: bool,
    scale: Scale,
    /// The bucket that is relaxed.
    present: usize,
    /// Buckets of threads that are between two chunks. Held for a push or a pop, once a chunk.
    idle: Mutex<Vec<Buckets>>,
}

impl<L: Length, W: Step> Search<'_, L, W> {
    /// Distance of each position.
    fn run(ctx: &JobContext, arcs: Arcs<'_>, weights: &[W], source: u32) -> Result<Buf<L::Value>, Halt> {
        let mut distance = ctx.alloc(arcs.vertices(), L::FAR)?;
        distance[source as usize] = L::Value::default();
        let mut now = Pile::new(ctx)?;
        now.push(ctx, source)?;
        let scale = Scale { start: 0.0, per_unit: 1.0 / step(arcs, weights) };
        let distances = L::cells(&mut distance);
        let (is_alone, idle) = (ctx.threads() == 1, Mutex::default());
        let mut search =
            Search::<L, W> { ctx, arcs, weights, distance: distances, is_alone, scale, present: 0, idle };
        loop {
            while !now.is_empty() {
                search.relax(&now)?;
                search.collect(&mut now)?;
            }
            if !search.next_bucket() && !search.next_scale()? {
                break;
            }
            search.collect(&mut now)?;
        }
        drop(search);
        Ok(distance)
    }

    /// Relaxes the arcs of vertices of the present bucket, and of what falls into it.
    fn relax(&self, now: &[u32]) -> Result<(), Halt> {
        self.ctx.par_ranges(&even_cuts(now.len(), CHUNK), |range, tick| {
            let taken = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut buckets = taken.map_or_else(|| Buckets::new(self.ctx), Ok)?;
            let mut reached = self.relax_all(&now[range], &mut buckets, tick)?;
            while (1..ALONE).contains(&buckets.len(self.present)) {
                let own = buckets.take(self.present);
                reached += self.relax_all(&own, &mut buckets, tick)?;
                buckets.give_back(own);
            }
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(buckets);
            self.ctx.advance(reached);
            Ok::<_, Halt>(())
        })?;
        Ok(())
    }

    /// Returns how many vertices were reached for the first time.
    fn relax_all(&self, now: &[u32], buckets: &mut Buckets, tick: &mut Tick<'_>) -> Result<u64, Halt> {
        let mut reached = 0;
        for (i, v) in now.iter().enumerate() {
            // Vertices of a bucket lie anywhere, and so do their arcs.
            self.arcs.prefetch_after(now, i);
            if let Some(later) = now.get(i + DISTANCES_AHEAD) {
                prefetch(self.distance, *later as usize);
            }
            let from = L::get(&self.distance[*v as usize]);
            if self.scale.bucket(L::real(from)) < self.present {
                tick.spend(1)?;
                continue;
            }
            let mut relax = |t: u32, weight: W| {
                let through = L::behind(from, weight).ok_or(Halt::Misfit)?;
                let slot = &self.distance[t as usize];
                let mut before = L::get(slot);
                if through >= before {
                    return Ok(());
                }
                if self.is_alone {
                    L::put(slot, through);
                } else {
                    before = L::lower(slot, through);
                }
                if through < before {
                    reached += u64::from(before == L::FAR);
                    buckets.add(self.ctx, self.scale.bucket(L::real(through)), t)?;
                }
                Ok::<_, Halt>(())
            };
            for (piece, weights) in self.arcs.pieces_of(self.weights, *v) {
                piece.iter().zip(weights).try_for_each(|(t, weight)| relax(*t, *weight))?;
                tick.spend(1 + piece.len() as u64)?;
            }
        }
        Ok(reached)
    }

    /// Moves what waits in the present bucket of any thread into `now`.
    fn collect(&mut self, now: &mut Pile<u32>) -> Result<(), Stop> {
        now.clear();
        for buckets in self.idle.get_mut().unwrap_or_else(PoisonError::into_inner) {
            let own = buckets.take(self.present);
            now.extend(self.ctx, &own)?;
            buckets.give_back(own);
        }
        Ok(())
    }

    /// Goes on to the next bucket in which something waits; false if there is none on this scale.
    fn next_bucket(&mut self) -> bool {
        let all = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        let next = all.iter().filter_map(|buckets| buckets.next(self.present + 1)).min();
        self.present = next.unwrap_or(self.present);
        next.is_some()
    }

    /// Begins a new scale at the least distance beyond the present one; false if nothing waits there.
    fn next_scale(&mut self) -> Result<bool, Stop> {
        let (old, mut start, mut tick) = (self.scale, f64::INFINITY, self.ctx.tick());
        let all = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        let at = |v: u32| L::real(L::get(&self.distance[v as usize]));
        for buckets in all.iter_mut() {
            let beyond = buckets.beyond();
            let mut kept = 0;
            for i in 0..beyond.len() {
                tick.spend(1)?;
                // What came nearer since has been relaxed.
                if old.is_beyond(at(beyond[i])) {
                    start = start.min(at(beyond[i]));
                    beyond[kept] = beyond[i];
                    kept += 1;
                }
            }
            beyond.truncate(kept);
        }
        self.scale = Scale { start, ..old };
        self.present = 0;
        for buckets in all {
            let beyond = std::mem::take(buckets.beyond());
            for v in &beyond {
                tick.spend(1)?;
                buckets.add(self.ctx, self.scale.bucket(at(*v)), *v)?;
            }
            buckets.give_back(beyond);
        }
        Ok(start < f64::INFINITY)
    }
}
