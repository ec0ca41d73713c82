//! Dijkstra's search from one end: distances with a heap that holds each vertex at most once.

use gesso_core::{Buf, JobContext, Stop};

/// Place of a vertex whose distance is final.
const SETTLED: u32 = u32::MAX;

/// Bytes of a search.
pub(super) const fn labels_bytes(vertices: u64) -> u64 {
    20 * vertices
}

/// Distances and hops from one vertex, and the vertices to be settled next.
pub(super) struct Labels {
    distance: Buf<f64>,
    hops: Buf<u32>,
    /// 0 where not seen, place in the heap plus 1, or [`SETTLED`].
    place: Buf<u32>,
    heap: Buf<u32>,
    len: usize,
}

impl Labels {
    /// A search that has seen its start only.
    pub(super) fn new(ctx: &JobContext, vertices: usize, start: u32) -> Result<Labels, Stop> {
        let mut labels = Labels {
            distance: ctx.alloc(vertices, 0.0)?,
            hops: ctx.alloc(vertices, 0u32)?,
            place: ctx.alloc(vertices, 0u32)?,
            heap: ctx.alloc(vertices, 0u32)?,
            len: 0,
        };
        labels.offer(start, 0.0, 0);
        Ok(labels)
    }

    /// Number of vertices seen and not settled.
    pub(super) fn open(&self) -> usize {
        self.len
    }

    /// The nearest vertex that is not settled, with its distance.
    pub(super) fn nearest(&self) -> Option<f64> {
        (self.len > 0).then(|| self.distance[self.heap[0] as usize])
    }

    /// Settles the nearest vertex; of equally near ones that of fewest hops.
    pub(super) fn settle(&mut self) -> Option<(u32, f64, u32)> {
        let last = self.len.checked_sub(1)?;
        let v = self.heap[0];
        self.len = last;
        self.place[v as usize] = SETTLED;
        if last > 0 {
            self.sink(self.heap[last]);
        }
        Some((v, self.distance[v as usize], self.hops[v as usize]))
    }

    /// Keeps a way to a vertex if it is the best so far: shorter, or as short with fewer hops.
    pub(super) fn offer(&mut self, v: u32, distance: f64, hops: u32) {
        let at = v as usize;
        let place = self.place[at];
        if place == SETTLED || (place != 0 && (distance, hops) >= (self.distance[at], self.hops[at])) {
            return;
        }
        (self.distance[at], self.hops[at]) = (distance, hops);
        let from = if place == 0 {
            self.len += 1;
            self.len - 1
        } else {
            place as usize - 1
        };
        self.rise(v, from);
    }

    /// The best distance to a vertex so far.
    pub(super) fn seen(&self, v: u32) -> Option<f64> {
        (self.place[v as usize] != 0).then(|| self.distance[v as usize])
    }

    /// The distance to a vertex and its hops, once they are final.
    pub(super) fn settled(&self, v: u32) -> Option<(f64, u32)> {
        let at = v as usize;
        (self.place[at] == SETTLED).then(|| (self.distance[at], self.hops[at]))
    }

    fn before(&self, a: u32, b: u32) -> bool {
        let key = |v: u32| (self.distance[v as usize], self.hops[v as usize]);
        key(a) < key(b)
    }

    fn put(&mut self, v: u32, at: usize) {
        self.heap[at] = v;
        self.place[v as usize] = at as u32 + 1;
    }

    fn rise(&mut self, v: u32, from: usize) {
        let mut at = from;
        while at > 0 {
            let above = (at - 1) / 2;
            if !self.before(v, self.heap[above]) {
                break;
            }
            self.put(self.heap[above], at);
            at = above;
        }
        self.put(v, at);
    }

    /// Puts a vertex in from the top.
    fn sink(&mut self, v: u32) {
        let mut at = 0;
        loop {
            let mut below = 2 * at + 1;
            if below >= self.len {
                break;
            }
            if below + 1 < self.len && self.before(self.heap[below + 1], self.heap[below]) {
                below += 1;
            }
            if !self.before(self.heap[below], v) {
                break;
            }
            self.put(self.heap[below], at);
            at = below;
        }
        self.put(v, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vertices_settle_by_distance_then_hops() {
        let ctx = JobContext::detached(1, 1 << 20);
        let mut labels = Labels::new(&ctx, 200, 0).unwrap();
        let mut rng = ctx.rng(1, 0);
        for _ in 0..2000 {
            labels.offer(rng.below(200) as u32, rng.below(50) as f64, rng.below(5) as u32);
        }
        let mut keys = Vec::new();
        while let Some((v, distance, hops)) = labels.settle() {
            assert_eq!(labels.settled(v), Some((distance, hops)));
            labels.offer(v, 0.0, 0);
            keys.push((distance, hops));
        }
        assert!(keys.len() > 190 && keys.is_sorted());
    }
}
