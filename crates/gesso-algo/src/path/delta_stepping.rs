//! Distances over weighted arcs from one vertex.
//!
//! Vertices wait in buckets by their distance, as wide as a step. The nearest bucket is relaxed in parallel until
//! nothing falls into it any more. Each thread has buckets of its own, and goes on by itself with what falls into
//! the present one as long as that is little. A vertex may wait in several buckets; only the one of its distance
//! counts. Distances are least sums of 64-bit floats, which do not depend on the order of relaxations. While weights
//! are whole numbers the sums are exact, and are kept in 32 bits: see [`super::length`]. Which arcs need not be looked
//! at says [`super::windows`].
//!
//! Sources: Meyer, Sanders: "Δ-stepping: a parallelizable shortest path algorithm", 2003; Beamer, Asanović,
//! Patterson: "The GAP Benchmark Suite", 2015, for buckets of threads; Zhang et al.: "Optimizing Ordered Graph
//! Algorithms with GraphIt", CGO 2020, for going on within a bucket.

use super::buckets::{Buckets, Scale};
use super::length::{Length, Real, Step, Whole};
use super::windows::{Leads, Window};
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

/// Bytes that [`search`] takes: distances, and what waits. On graphs without many equal paths a vertex waits
/// about twice.
pub(crate) const fn distances_bytes(vertices: u64) -> u64 {
    (8 + 28) * vertices
}

/// Distance of each position as the bits of an `f64`, which for numbers from 0 up sort as the numbers do;
/// infinite where unreached. Fails at an arc of a reached vertex whose weight is not above 0. Advances by one unit for
/// each vertex reached.
pub(crate) fn search(
    ctx: &JobContext,
    ways: Ways<'_>,
    weights: WeightSlice<'_>,
    source: u32,
) -> Result<Buf<u64>, AlgoError> {
    match weights {
        WeightSlice::Bytes(weights) => search_with(ctx, ways, weights, source),
        WeightSlice::Singles(weights) => search_with(ctx, ways, weights, source),
        WeightSlice::Doubles(weights) => search_with(ctx, ways, weights, source),
    }
}

/// The arcs that a search follows, and the same turned around if they are at hand, else any others.
pub(crate) type Ways<'a> = (Arcs<'a>, Arcs<'a>);

fn search_with<W: Step>(
    ctx: &JobContext,
    ways: Ways<'_>,
    weights: &[W],
    source: u32,
) -> Result<Buf<u64>, AlgoError> {
    if sample(weights).all(|weight| weight.whole().is_some()) {
        match Search::<Whole, W>::run(ctx, ways, weights, source) {
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
    Search::<Real, W>::run(ctx, ways, weights, source).map_err(|halt| match halt {
        Halt::Stopped(why) => why.into(),
        Halt::Misfit => AlgoError::Weight,
    })
}

/// Why a search ends early.
#[derive(Debug)]
pub(super) enum Halt {
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

/// What a thread finds during a chunk.
pub(super) struct Found<'a, L: Length> {
    pub(super) buckets: &'a mut Buckets,
    pub(super) leads: Leads<L::Value>,
    /// Vertices reached for the first time.
    pub(super) reached: u64,
}

pub(super) struct Search<'a, L: Length, W> {
    pub(super) ctx: &'a JobContext,
    pub(super) arcs: Arcs<'a>,
    pub(super) weights: &'a [W],
    pub(super) distance: &'a [L::Cell],
    /// True with one thread, which needs no atomic change.
    is_alone: bool,
    pub(super) scale: Scale,
    /// Arcs that lead out of it wait until it ends.
    pub(super) window: Option<Window>,
    /// The bucket that is relaxed.
    present: usize,
    /// Buckets of threads that are between two chunks. Held for a push or a pop, once a chunk.
    idle: Mutex<Vec<Buckets>>,
}

impl<L: Length, W: Step> Search<'_, L, W> {
    /// Distance of each position.
    fn run(
        ctx: &JobContext,
        (arcs, turned): Ways<'_>,
        weights: &[W],
        source: u32,
    ) -> Result<Buf<L::Value>, Halt> {
        let mut distance = ctx.alloc(arcs.vertices(), L::FAR)?;
        distance[source as usize] = L::Value::default();
        let mut now = Pile::new(ctx)?;
        now.push(ctx, source)?;
        let scale = Scale { start: 0.0, per_unit: 1.0 / step(arcs, weights) };
        let mut search = Search::<L, W> {
            ctx,
            arcs,
            weights,
            distance: L::cells(&mut distance),
            is_alone: ctx.threads() == 1,
            scale,
            window: if arcs.is_both_ways(turned) { Window::new(arcs, scale) } else { None },
            present: 0,
            idle: Mutex::default(),
        };
        loop {
            while !now.is_empty() {
                search.relax(&now)?;
                search.collect(&mut now)?;
            }
            if !search.go_on()? {
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
            let mut buckets = self.take_buckets()?;
            let mut found = Found { buckets: &mut buckets, leads: Leads::new(), reached: 0 };
            self.relax_all(&now[range], &mut found, tick)?;
            while (1..ALONE).contains(&found.buckets.len(self.present)) {
                let own = found.buckets.take(self.present);
                self.relax_all(&own, &mut found, tick)?;
                found.buckets.give_back(own);
            }
            self.ctx.advance(found.reached);
            self.give_back(buckets);
            Ok::<_, Halt>(())
        })?;
        Ok(())
    }

    /// Buckets for a thread to add to.
    pub(super) fn take_buckets(&self) -> Result<Buckets, Stop> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Buckets::new(self.ctx), Ok)
    }

    pub(super) fn give_back(&self, buckets: Buckets) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(buckets);
    }

    fn relax_all(&self, now: &[u32], found: &mut Found<'_, L>, tick: &mut Tick<'_>) -> Result<(), Halt> {
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
            if let Some(window) = self.window {
                self.lead_within(window, (*v, from), found, tick)?;
                continue;
            }
            for (piece, weights) in self.arcs.pieces_of(self.weights, *v) {
                for (t, weight) in piece.iter().zip(weights) {
                    let through = L::behind(from, *weight).ok_or(Halt::Misfit)?;
                    if through < L::get(&self.distance[*t as usize]) {
                        found.reached += u64::from(self.lower(*t, through, found.buckets)?);
                    }
                }
                tick.spend(1 + piece.len() as u64)?;
            }
        }
        self.follow(found)
    }

    /// Lowers a distance if it is still larger. Returns whether it is the first one of its vertex.
    #[inline]
    pub(super) fn lower(&self, t: u32, through: L::Value, buckets: &mut Buckets) -> Result<bool, Halt> {
        let slot = &self.distance[t as usize];
        let before = if self.is_alone { L::get(slot) } else { L::lower(slot, through) };
        if through >= before {
            return Ok(false);
        }
        if self.is_alone {
            L::put(slot, through);
        }
        buckets.add(self.ctx, self.scale.bucket(L::real(through)), t)?;
        Ok(before == L::FAR)
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

    /// Goes on to the next bucket in which something waits; false if there is none.
    fn go_on(&mut self) -> Result<bool, Halt> {
        loop {
            let next = self.next_bucket();
            if let Some(window) = self.window.take_if(|w| next.is_none_or(|bucket| w.is_past(bucket))) {
                self.end(window)?;
                continue;
            }
            let Some(next) = next else { return Ok(self.next_scale()?) };
            self.present = next;
            return Ok(true);
        }
    }

    /// Takes what waits out of all buckets.
    pub(super) fn forget_waiting(&mut self) {
        let all = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        all.iter_mut().for_each(Buckets::clear);
    }

    /// The next bucket of this scale in which something waits.
    pub(super) fn next_bucket(&mut self) -> Option<usize> {
        let all = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter_map(|buckets| buckets.next(self.present + 1)).min()
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
