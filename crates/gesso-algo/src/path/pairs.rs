//! All shortest paths of many pairs of vertices: a breadth-first search from each source, and from each target
//! reached the way back along falling distances.

use super::enumerate::{Repeats, Verdict, enumerate};
use super::layers::layers;
use super::net::{Net, Way};
use gesso_core::{Buf, JobContext, Pile, Rows, Stop, Tick};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

/// Bytes that [`paths_of_pairs`] takes: what is wanted, and the searches of threads.
pub(super) const fn pairs_bytes(vertices: u64, threads: u64) -> u64 {
    4 * vertices + 16 * vertices * threads
}

/// Most sources of a wave for each thread.
const WAVE_MAX: usize = 64;

/// Every hop is alike here.
const HOP: u32 = 1;

/// What is asked for.
pub(super) struct Pairs<'a> {
    /// Where paths begin, in the order of the answer.
    pub(super) sources: &'a [u32],
    /// Where paths end.
    pub(super) targets: &'a [u32],
    /// Most edges of a path.
    pub(super) cutoff: u32,
    /// Most paths in all.
    pub(super) most: usize,
}

/// Paths by pairs: sources in their order, for each the targets in theirs.
pub(super) struct PathSets {
    vertices: Pile<u32>,
    ends: Pile<u64>,
    sets: Pile<u64>,
    is_cut: bool,
}

/// Finds the paths. Each thread gets a net of its own.
pub(super) fn paths_of_pairs<'a, N: Net<'a> + Send>(
    ctx: &JobContext,
    net: impl Fn() -> Result<N, Stop> + Sync,
    pairs: &Pairs<'_>,
) -> Result<PathSets, Stop> {
    ctx.phase("search", 0.98, pairs.sources.len() as u64);
    let first = net()?;
    let wanted = wanted(ctx, first.bound(), pairs.targets)?;
    let idle = Mutex::new(vec![Worker::new(ctx, first)?]);
    let mut all = PathSets::new(ctx)?;
    let mut rest = pairs.sources;
    let mut wave = ctx.threads();
    while !rest.is_empty() && all.paths() < pairs.most {
        let (now, later) = rest.split_at(wave.min(rest.len()));
        let most = pairs.most - all.paths();
        let parts = ctx.par_map(now.len(), |i, tick| {
            // Held for a pop or a push, once a source.
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut worker = taken.map_or_else(|| Worker::new(ctx, net()?), Ok)?;
            let mut found = PathSets::new(ctx)?;
            worker.from(ctx, now[i], (pairs, most), &wanted, &mut found, tick)?;
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
            ctx.advance(1);
            Ok::<_, Stop>(found)
        })?;
        for part in parts {
            all.append(ctx, &part, pairs.most)?;
        }
        rest = later;
        // Small at first, as the paths of a few sources may be all that is wanted.
        wave = (wave * 2).min(WAVE_MAX * ctx.threads());
    }
    all.is_cut |= !rest.is_empty();
    Ok(all)
}

/// For each target its place in the list plus 1, for others 0.
fn wanted(ctx: &JobContext, bound: usize, targets: &[u32]) -> Result<Buf<u32>, Stop> {
    let mut wanted = ctx.alloc(bound, 0u32)?;
    let mut tick = ctx.tick();
    for (place, t) in targets.iter().enumerate() {
        tick.spend(1)?;
        wanted[*t as usize] = place as u32 + 1;
    }
    Ok(wanted)
}

/// The search from one source after another.
struct Worker<N> {
    net: N,
    /// Distance from the source plus 1; 0 where not reached.
    hops: Buf<u32>,
    queue: Buf<u32>,
    reached: usize,
    /// The last pair on whose paths a vertex lies.
    marks: Buf<u32>,
    pair: u32,
    places: Buf<u32>,
}

impl<'a, N: Net<'a>> Worker<N> {
    fn new(ctx: &JobContext, net: N) -> Result<Worker<N>, Stop> {
        let zeroes = || ctx.alloc(net.bound(), 0u32);
        let (hops, queue, marks, places) = (zeroes()?, zeroes()?, zeroes()?, zeroes()?);
        Ok(Worker { net, hops, queue, reached: 0, marks, pair: 0, places })
    }

    /// Adds the paths from a source, at most as many.
    fn from(
        &mut self,
        ctx: &JobContext,
        source: u32,
        (pairs, most): (&Pairs<'_>, usize),
        wanted: &[u32],
        found: &mut PathSets,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        let targets = self.search(source, pairs, wanted, tick)?;
        for place in targets {
            if found.paths() >= most {
                found.is_cut = true;
                break;
            }
            self.pair(ctx, source, pairs.targets[place as usize], most, found, tick)?;
        }
        for v in &self.queue[..self.reached] {
            tick.spend(1)?;
            self.hops[*v as usize] = 0;
        }
        Ok(())
    }

    /// Labels vertices with their distance until every target is reached or the cutoff. Returns the places of
    /// the targets reached, rising, without the source.
    fn search(
        &mut self,
        source: u32,
        pairs: &Pairs<'_>,
        wanted: &[u32],
        tick: &mut Tick<'_>,
    ) -> Result<Vec<u32>, Stop> {
        let Worker { net, hops, queue, .. } = self;
        hops[source as usize] = 1;
        queue[0] = source;
        let mut targets = Vec::new();
        let left = pairs.targets.len() - usize::from(wanted[source as usize] != 0);
        let (mut start, mut end) = (0, 1);
        for level in 2..=pairs.cutoff + 1 {
            let until = end;
            while start < until && targets.len() < left {
                let v = queue[start];
                start += 1;
                net.visit((HOP, Way::Ahead), v, tick, |t| {
                    if hops[t as usize] == 0 {
                        hops[t as usize] = level;
                        queue[end] = t;
                        end += 1;
                        targets.extend(wanted[t as usize].checked_sub(1));
                    }
                    Ok(())
                })?;
            }
        }
        self.reached = end;
        targets.sort_unstable();
        Ok(targets)
    }

    /// Adds the paths of one pair.
    fn pair(
        &mut self,
        ctx: &JobContext,
        source: u32,
        target: u32,
        most: usize,
        found: &mut PathSets,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        self.pair += 1;
        let (net, hops, marks, pair) = (&self.net, &self.hops, &mut self.marks, self.pair);
        let length = hops[target as usize] - 1;
        let mut layer = Pile::new(ctx)?;
        layer.push(ctx, target)?;
        marks[target as usize] = pair;
        for level in (1..=length).rev() {
            let mut next = Pile::new(ctx)?;
            for v in layer.iter() {
                net.visit((HOP, Way::Back), *v, tick, |u| {
                    if hops[u as usize] == level && marks[u as usize] != pair {
                        marks[u as usize] = pair;
                        next.push(ctx, u)?;
                    }
                    Ok(())
                })?;
            }
            layer = next;
        }
        let leads = |v: u32, layer: u32| marks[v as usize] == pair && hops[v as usize] == layer + 1;
        let layers = layers(ctx, net, &[source], length, &mut self.places, leads)?;
        // Why it ended is known from the list.
        _ = enumerate(ctx, &layers, Repeats::Impossible, |path| {
            if found.paths() >= most {
                found.is_cut = true;
                return Ok(ControlFlow::Break(()));
            }
            for v in path {
                found.vertices.push(ctx, net.names().vertex(*v).0)?;
            }
            found.ends.push(ctx, found.vertices.len() as u64)?;
            Ok(ControlFlow::Continue(Verdict::Taken))
        })?;
        found.sets.push(ctx, found.ends.len() as u64)
    }
}

impl PathSets {
    fn new(ctx: &JobContext) -> Result<PathSets, Stop> {
        Ok(PathSets {
            vertices: Pile::new(ctx)?,
            ends: Pile::new(ctx)?,
            sets: Pile::new(ctx)?,
            is_cut: false,
        })
    }

    /// True if the search ended with as many paths as were wanted, though there may be more.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Number of paths in all.
    pub(super) fn paths(&self) -> usize {
        self.ends.len()
    }

    /// Adds others behind, up to `most` paths, inside a set if need be.
    fn append(&mut self, ctx: &JobContext, other: &PathSets, most: usize) -> Result<(), Stop> {
        let room = (most - self.paths()).min(other.paths());
        self.is_cut |= other.is_cut || room < other.paths();
        if room == 0 {
            return Ok(());
        }
        let (paths, vertices) = (self.paths() as u64, self.vertices.len() as u64);
        self.vertices.extend(ctx, &other.vertices[..other.ends[room - 1] as usize])?;
        for end in &other.ends[..room] {
            self.ends.push(ctx, vertices + end)?;
        }
        for end in other.sets.iter() {
            self.sets.push(ctx, paths + (*end).min(room as u64))?;
            if *end >= room as u64 {
                break;
            }
        }
        Ok(())
    }

    /// The rows of a result.
    pub(super) fn into_rows(self) -> Rows {
        let (vertices, ends) = (self.vertices.release().share(), self.ends.release().share());
        Rows::PathSets { vertices, ends, sets: self.sets.release().share() }
    }
}
