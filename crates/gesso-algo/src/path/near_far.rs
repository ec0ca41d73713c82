//! Distances over weighted arcs from one vertex.
//!
//! Vertices nearer than a limit are relaxed in parallel until nothing changes, the others wait in a pile;
//! then the limit moves on. A vertex is in each list once, so memory is bounded by V. Distances are
//! least sums of 64-bit floats, which do not depend on the order of relaxations.
//!
//! Sources: Meyer, Sanders: "Δ-stepping: a parallelizable shortest path algorithm", 2003; Davidson,
//! Baxter, Garland, Owens: "Work-Efficient Parallel GPU Methods for Single-Source Shortest Paths",
//! IPDPS 2014, for the two lists.

use crate::arcs::{Arcs, positive};
use crate::error::AlgoError;
use crate::rows::VERTEX_CHUNK;
use gesso_core::ctx::even_cuts;
use gesso_core::{Buf, JobContext, Stop, Tick};
use std::sync::atomic::Ordering::{AcqRel, Relaxed};
use std::sync::atomic::{AtomicU32, AtomicU64};

/// In the list of the next round.
const NEAR: u32 = 1;
/// In the pile.
const FAR: u32 = 2;
/// Vertices of a list a chunk: few, as one may have many arcs.
const CHUNK: usize = 64;
/// Weights looked at to choose the width of steps.
const SAMPLE: usize = 1024;

/// Bytes that [`distances`] takes: distances, flags, two lists, and what chunks find.
pub(crate) const fn distances_bytes(vertices: u64) -> u64 {
    (8 + 4 + 4 + 4 + 16) * vertices
}

/// Distance of each position as the bits of an `f64`, which for numbers from 0 up sort as the numbers do;
/// infinite where unreached. Fails at an arc of a reached vertex whose weight is not above 0.
pub(super) fn distances(ctx: &JobContext, arcs: Arcs<'_>, source: u32) -> Result<Buf<u64>, AlgoError> {
    ctx.phase("search", 0.95, arcs.vertices() as u64);
    search(ctx, arcs, source)
}

/// [`distances`] inside a phase of another name: advances by about one unit for each vertex reached.
pub(crate) fn search(ctx: &JobContext, arcs: Arcs<'_>, source: u32) -> Result<Buf<u64>, AlgoError> {
    let len = arcs.vertices();
    let mut distance = ctx.alloc(len, f64::INFINITY.to_bits())?;
    distance[source as usize] = 0;
    let mut listed = ctx.alloc(len, 0u32)?;
    let mut near = List { items: ctx.alloc(len, 0u32)?, len: 1 };
    near.items[0] = source;
    let mut far = List { items: ctx.alloc(len, 0u32)?, len: 0 };
    // Lists of chunks: a vertex is in at most one of each kind; a growing list has room for twice its length.
    let lists_held = ctx.reserve(16 * len as u64)?;
    let step = step(arcs);
    let mut search =
        Search { ctx, arcs, distance: distance.as_atomics(), listed: listed.as_atomics(), limit: step };
    loop {
        while near.len > 0 {
            search.relax(&mut near, &mut far)?;
        }
        let Some(least) = search.drop_settled(&mut far)? else { break };
        // Past the least, also where the step is too small to change the sum.
        search.limit = (least + step).max(least.next_up());
        search.split(&mut near, &mut far)?;
    }
    drop(lists_held);
    Ok(distance)
}

/// Width of steps: many arcs a vertex make short steps pay, as fewer vertices are relaxed in vain. On a
/// Kronecker graph of 30 arcs a vertex, a 16th of the mean weight is twice as fast as the mean and as a 32nd.
fn step(arcs: Arcs<'_>) -> f64 {
    let count = arcs.targets.len();
    let Some(weights) = arcs.weights() else { return 1.0 };
    let usable = weights.iter().step_by(count.div_ceil(SAMPLE).max(1)).filter(|w| positive(**w).is_ok());
    let (sum, sampled) = usable.fold((0.0, 0u32), |(sum, n), w| (sum + w, n + 1));
    let mean = sum / f64::from(sampled.max(1));
    let degree = count as f64 / arcs.vertices() as f64;
    let step = mean / (degree / 2.0).clamp(1.0, 16.0);
    if step > 0.0 && step.is_finite() { step } else { 1.0 }
}

/// A list of vertices; the first `len` count.
struct List {
    items: Buf<u32>,
    len: usize,
}

impl List {
    fn append(&mut self, ctx: &JobContext, more: &[u32]) -> Result<(), Stop> {
        ctx.checkpoint()?;
        self.items[self.len..self.len + more.len()].copy_from_slice(more);
        self.len += more.len();
        Ok(())
    }
}

struct Search<'a> {
    ctx: &'a JobContext,
    arcs: Arcs<'a>,
    distance: &'a [AtomicU64],
    listed: &'a [AtomicU32],
    /// Distances below it belong to the near list.
    limit: f64,
}

impl Search<'_> {
    /// Relaxes the arcs of the near vertices; afterwards the list holds those that came nearer by it.
    fn relax(&self, near: &mut List, far: &mut List) -> Result<(), AlgoError> {
        let now = &near.items[..near.len];
        let found = self.ctx.par_ranges(&even_cuts(now.len(), CHUNK), |range, tick| {
            let (mut nearer, mut further) = (Vec::new(), Vec::new());
            for v in &now[range] {
                self.relax_one(*v, &mut nearer, &mut further, tick)?;
            }
            Ok::<_, AlgoError>((nearer, further))
        })?;
        near.len = 0;
        for (nearer, further) in found {
            near.append(self.ctx, &nearer)?;
            far.append(self.ctx, &further)?;
        }
        Ok(())
    }

    fn relax_one(
        &self,
        v: u32,
        nearer: &mut Vec<u32>,
        further: &mut Vec<u32>,
        tick: &mut Tick<'_>,
    ) -> Result<(), AlgoError> {
        // AcqRel, paired with the one in `enlist`: whoever finds the flag still set has stored a distance
        // that the load below sees; whoever finds it cleared lists the vertex again.
        self.listed[v as usize].fetch_and(!NEAR, AcqRel);
        let from = f64::from_bits(self.distance[v as usize].load(Relaxed));
        for piece in self.arcs.weighted(v) {
            let mut steps = 1;
            for (t, weight) in piece {
                steps += 1;
                let through = from + positive(weight)?;
                let slot = &self.distance[t as usize];
                if through.to_bits() < slot.load(Relaxed)
                    && through.to_bits() < slot.fetch_min(through.to_bits(), Relaxed)
                {
                    if through < self.limit {
                        self.enlist(t, NEAR, nearer);
                    } else {
                        self.enlist(t, FAR, further);
                    }
                }
            }
            tick.spend(steps)?;
        }
        Ok(())
    }

    #[inline]
    fn enlist(&self, v: u32, flag: u32, list: &mut Vec<u32>) {
        if self.listed[v as usize].fetch_or(flag, AcqRel) & flag == 0 {
            list.push(v);
        }
    }

    /// Takes out of the pile what came nearer than the limit since, which is settled now. Returns the least
    /// distance in it.
    fn drop_settled(&self, far: &mut List) -> Result<Option<f64>, Stop> {
        let mut tick = self.ctx.tick();
        let (mut kept, mut least) = (0, f64::INFINITY);
        for i in 0..far.len {
            tick.spend(1)?;
            let v = far.items[i];
            let distance = f64::from_bits(self.distance[v as usize].load(Relaxed));
            if distance < self.limit {
                self.listed[v as usize].fetch_and(!FAR, Relaxed);
            } else {
                least = least.min(distance);
                far.items[kept] = v;
                kept += 1;
            }
        }
        self.ctx.advance((far.len - kept) as u64);
        far.len = kept;
        Ok((kept > 0).then_some(least))
    }

    /// Moves what is nearer than the new limit from the pile to the list.
    fn split(&self, near: &mut List, far: &mut List) -> Result<(), Stop> {
        let now = &far.items[..far.len];
        let found = self.ctx.par_ranges(&even_cuts(now.len(), VERTEX_CHUNK), |range, _| {
            Ok::<_, Stop>(now[range].iter().partition::<Vec<u32>, _>(|v| {
                f64::from_bits(self.distance[**v as usize].load(Relaxed)) < self.limit
            }))
        })?;
        far.len = 0;
        for (nearer, rest) in found {
            for v in &nearer {
                self.listed[*v as usize].store(NEAR, Relaxed);
            }
            self.ctx.advance(nearer.len() as u64);
            near.append(self.ctx, &nearer)?;
            far.append(self.ctx, &rest)?;
        }
        Ok(())
    }
}
