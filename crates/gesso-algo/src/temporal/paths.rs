//! `temporal_paths`: one path to each target, by fewest hops or by earliest arrival.
//!
//! The forward search tells hops and arrival of the best walk; a backward search from the target then tells how
//! late one may be at each vertex, with how many hops left, to be there in time. Walking forwards again under
//! that bound, always to the vertex with the smallest id, gives the path with the smallest sequence of ids. It
//! is simple: a walk that came back to a vertex could be shortened without being later.

use super::arrivals::Arrivals;
use super::find;
use super::interval::{Times, Walking};
use crate::error::AlgoError;
use gesso_core::{Buf, JobContext, Pile, Stop, VertexIx};
use gesso_graph::Snapshot;

/// A path and the arrival at each of its vertices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedPath {
    /// The vertices.
    pub vertices: Vec<VertexIx>,
    /// As long as `vertices`.
    pub arrive: Vec<i64>,
}

/// Paths to the targets that are reached within `k` hops, in the order of the targets; the source is none.
pub fn paths(
    ctx: &JobContext,
    walking: (&Snapshot, &Times, bool),
    (source, targets): (&str, &[String]),
    k: u32,
    foremost: bool,
) -> Result<Vec<TimedPath>, AlgoError> {
    let (snapshot, times, directed) = walking;
    let walking = Walking { snapshot, times, directed };
    let source = find(snapshot, source)?.0;
    let targets = targets.iter().map(|id| find(snapshot, id)).collect::<Result<Vec<_>, _>>()?;
    let arrivals = Arrivals::of(ctx, walking, source, k)?;
    let bound = snapshot.vertex_bound() as usize;
    let mut search = Search {
        ctx,
        walking,
        arrivals: &arrivals,
        latest: ctx.alloc(bound, 0)?,
        stamps: ctx.alloc(bound, 0)?,
        stamp: 0,
    };
    ctx.phase("trace", 1.0, targets.len() as u64);
    // At most as many as targets, with at most k vertices each.
    let _held = ctx.reserve(targets.len() as u64 * (u64::from(k) + 1) * 16)?;
    let mut found = Vec::with_capacity(targets.len());
    for target in targets.into_iter().map(|v| v.0).filter(|target| *target != source) {
        let best = if foremost { arrivals.earliest(target) } else { arrivals.fewest(target) };
        if let Some((hops, arrival)) = best {
            found.push(search.path(source, target, hops, arrival)?);
        }
        ctx.advance(1);
    }
    Ok(found)
}

struct Search<'a> {
    ctx: &'a JobContext,
    walking: Walking<'a>,
    arrivals: &'a Arrivals,
    /// How late one may be at a vertex; valid where the stamp is the present one.
    latest: Buf<i64>,
    stamps: Buf<u32>,
    stamp: u32,
}

/// Vertices with how late one may be there.
type Deadlines = Pile<(u32, i64)>;

impl Search<'_> {
    fn path(&mut self, source: u32, target: u32, hops: u32, arrival: i64) -> Result<TimedPath, Stop> {
        let layers = self.deadlines(target, hops, arrival)?;
        let mut tick = self.ctx.tick();
        let (mut at, mut time) = (source, self.walking.times.start);
        let mut path = TimedPath { vertices: vec![VertexIx(at)], arrive: vec![time] };
        for layer in layers.iter().rev() {
            self.load(layer)?;
            let mut best: Option<(u32, i64)> = None;
            self.walking.onwards(at, &mut tick, |_, to, (first, last)| {
                let arrival = time.max(first);
                if time <= last && self.get(to).is_some_and(|latest| arrival <= latest) {
                    best = Some(match best {
                        Some(best) if !self.is_before((to, arrival), best) => best,
                        _ => (to, arrival),
                    });
                }
                Ok(())
            })?;
            // The deadlines come from walks that the forward search has found.
            let Some(next) = best else { break };
            (at, time) = next;
            path.vertices.push(VertexIx(at));
            path.arrive.push(time);
        }
        Ok(path)
    }

    /// For 0, 1, … hops that are left, how late one may be where.
    fn deadlines(&mut self, target: u32, hops: u32, arrival: i64) -> Result<Vec<Deadlines>, Stop> {
        let mut tick = self.ctx.tick();
        let mut last = Pile::new(self.ctx)?;
        last.push(self.ctx, (target, arrival))?;
        let mut layers = vec![last];
        for left in 1..hops {
            self.next_stamp()?;
            let mut members: Pile<u32> = Pile::new(self.ctx)?;
            for (v, latest) in layers[layers.len() - 1].iter().copied() {
                let walking = self.walking;
                walking.backwards(v, &mut tick, |_, from, (first, end)| {
                    let bound = end.min(latest);
                    if first > latest || !self.is_there(from, hops - left, bound) {
                        return Ok(());
                    }
                    match self.get(from) {
                        None => {
                            self.set(from, bound);
                            members.push(self.ctx, from)
                        }
                        Some(known) => {
                            self.set(from, known.max(bound));
                            Ok(())
                        }
                    }
                })?;
            }
            let mut layer = Pile::new(self.ctx)?;
            for v in members.iter().copied() {
                tick.spend(1)?;
                layer.push(self.ctx, (v, self.latest[v as usize]))?;
            }
            layers.push(layer);
        }
        Ok(layers)
    }

    /// Whether some walk of at most so many hops is at a vertex in time, as far as the forward search tells.
    fn is_there(&self, v: u32, hops: u32, time: i64) -> bool {
        let fewest = self.arrivals.fewest(v).is_some_and(|(fewest, _)| fewest <= hops);
        fewest && self.arrivals.earliest(v).is_some_and(|(_, earliest)| earliest <= time)
    }

    /// By id, then by arrival.
    fn is_before(&self, a: (u32, i64), b: (u32, i64)) -> bool {
        let id = |v: u32| self.walking.snapshot.id(VertexIx(v));
        (id(a.0), a.1) < (id(b.0), b.1)
    }

    fn load(&mut self, layer: &Deadlines) -> Result<(), Stop> {
        let mut tick = self.ctx.tick();
        self.next_stamp()?;
        for (v, latest) in layer.iter().copied() {
            tick.spend(1)?;
            self.set(v, latest);
        }
        Ok(())
    }

    fn get(&self, v: u32) -> Option<i64> {
        (self.stamps[v as usize] == self.stamp).then(|| self.latest[v as usize])
    }

    fn set(&mut self, v: u32, latest: i64) {
        self.stamps[v as usize] = self.stamp;
        self.latest[v as usize] = latest;
    }

    fn next_stamp(&mut self) -> Result<(), Stop> {
        if self.stamp == u32::MAX {
            self.stamps = self.ctx.alloc(self.stamps.len(), 0)?;
            self.stamp = 0;
        }
        self.stamp += 1;
        Ok(())
    }
}
