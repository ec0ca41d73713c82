//! Distances over weighted arcs from one vertex.
//!
//! Vertices wait in buckets by their distance, as wide as a step. The nearest bucket is relaxed in parallel until
//! nothing falls into it any more. Each thread has buckets of its own, and goes on by itself with what falls into
//! the present one as long as that is little. A vertex may wait in several buckets; only the one of its distance
//! counts. Distances are least sums of 64-bit floats, which do not depend on the order of relaxations.
//!
//! Sources: Meyer, Sanders: "Δ-stepping: a parallelizable shortest path algorithm", 2003; Beamer, Asanović,
//! Patterson: "The GAP Benchmark Suite", 2015, for buckets of threads; Zhang et al.: "Optimizing Ordered Graph
//! Algorithms with GraphIt", CGO 2020, for going on within a bucket.

use super::buckets::{Buckets, Scale};
use crate::arcs::{Arcs, positive};
use crate::error::AlgoError;
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Pile, Stop, Tick};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};

/// Vertices of a bucket a chunk: few, as one may have many arcs.
const CHUNK: usize = 64;
/// A thread goes on by itself while fewer vertices than this fall into the present bucket.
const ALONE: usize = 1024;
/// Weights looked at to choose the width of steps.
const SAMPLE: usize = 1024;

/// Bytes that [`distances`] takes: distances, and what waits. On graphs without many equal paths a vertex waits
/// about twice.
pub(crate) const fn distances_bytes(vertices: u64) -> u64 {
    (8 + 28) * vertices
}

/// Distance of each position as the bits of an `f64`, which for numbers from 0 up sort as the numbers do;
/// infinite where unreached. Fails at an arc of a reached vertex whose weight is not above 0.
pub(super) fn distances(ctx: &JobContext, arcs: Arcs<'_>, source: u32) -> Result<Buf<u64>, AlgoError> {
    ctx.phase("search", 0.95, arcs.vertices() as u64);
    search(ctx, arcs, source)
}

/// [`distances`] inside a phase of another name: advances by one unit for each vertex reached.
pub(crate) fn search(ctx: &JobContext, arcs: Arcs<'_>, source: u32) -> Result<Buf<u64>, AlgoError> {
    let mut distance = ctx.alloc(arcs.vertices(), f64::INFINITY.to_bits())?;
    distance[source as usize] = 0;
    let mut now = Pile::new(ctx)?;
    now.push(ctx, source)?;
    let scale = Scale { start: 0.0, per_unit: 1.0 / step(arcs) };
    let mut search =
        Search { ctx, arcs, distance: distance.as_atomics(), scale, present: 0, idle: Mutex::default() };
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
    Ok(distance)
}

/// Width of steps: many arcs a vertex make short steps pay, as fewer vertices are relaxed in vain. On a Kronecker
/// graph of 30 arcs a vertex a quarter to a half of mean weight over degree was best, a whole 10 % and four 120 % slower.
fn step(arcs: Arcs<'_>) -> f64 {
    let count = arcs.targets.len();
    let Some(weights) = arcs.weights() else { return 1.0 };
    let usable = weights.iter().step_by(count.div_ceil(SAMPLE).max(1)).filter(|w| positive(**w).is_ok());
    let (sum, sampled) = usable.fold((0.0, 0u32), |(sum, n), w| (sum + w, n + 1));
    let mean = sum / f64::from(sampled.max(1));
    let degree = count as f64 / arcs.vertices() as f64;
    let step = mean / (2.0 * degree).max(1.0);
    if step > 0.0 && step.is_finite() { step } else { 1.0 }
}

struct Search<'a> {
    ctx: &'a JobContext,
    arcs: Arcs<'a>,
    distance: &'a [AtomicU64],
    scale: Scale,
    /// The bucket that is relaxed.
    present: usize,
    /// Buckets of threads that are between two chunks. Held for a push or a pop, once a chunk.
    idle: Mutex<Vec<Buckets>>,
}

impl Search<'_> {
    /// Relaxes the arcs of vertices of the present bucket, and of what falls into it.
    fn relax(&self, now: &[u32]) -> Result<(), AlgoError> {
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
            Ok::<_, AlgoError>(())
        })?;
        Ok(())
    }

    /// Returns how many vertices were reached for the first time.
    fn relax_all(&self, now: &[u32], buckets: &mut Buckets, tick: &mut Tick<'_>) -> Result<u64, AlgoError> {
        let mut reached = 0;
        for v in now {
            // Relaxed: whoever lowers a distance later lists the vertex again.
            let from = f64::from_bits(self.distance[*v as usize].load(Relaxed));
            if self.scale.bucket(from) < self.present {
                tick.spend(1)?;
                continue;
            }
            for piece in self.arcs.weighted(*v) {
                let mut steps = 1;
                for (t, weight) in piece {
                    steps += 1;
                    let through = from + positive(weight)?;
                    let slot = &self.distance[t as usize];
                    if through.to_bits() >= slot.load(Relaxed) {
                        continue;
                    }
                    let before = slot.fetch_min(through.to_bits(), Relaxed);
                    if through.to_bits() < before {
                        reached += u64::from(before == f64::INFINITY.to_bits());
                        buckets.add(self.ctx, self.scale.bucket(through), t)?;
                    }
                }
                tick.spend(steps)?;
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
        let at = |v: u32| f64::from_bits(self.distance[v as usize].load(Relaxed));
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
