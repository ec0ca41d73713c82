//! Going through the walks of a graph of layers in the order of their ids.
//!
//! Where a walk may come back to a vertex, which a path may not, whole branches can be barren: every walk from a
//! node on meets a vertex that the path has already. Such a node is shut together with the places on the path
//! that are to blame, and is not entered again before the last of them has changed. Without this, Johnson's
//! idea of blocking with the depth of the blame in place of his lists, a search can go through exponentially
//! many branches between two paths.
//!
//! Source: Johnson: "Finding All the Elementary Circuits of a Directed Graph", SIAM J. Comput. 4, 1975.

use super::layers::Layers;
use gesso_core::{Buf, JobContext, Stop};
use std::ops::ControlFlow;

/// Longest walks that may come back to a vertex.
pub(super) const REPEATING_MAX: u32 = 30;

/// Mark of a node that is shut, beside the places to blame.
const SHUT: u32 = 1 << 31;

/// Whether walks can hold a vertex twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    /// No: all are shortest ones.
    Impossible,
    /// Those that do are left out. Not longer than [`REPEATING_MAX`]; the two ends of a circle are one vertex, and
    /// it and the end of a path are nowhere else in the layers.
    LeftOut,
}

/// What becomes of a path.
pub(super) enum Verdict {
    /// It counts.
    Taken,
    /// It does not, for the vertices at the places whose bits are set; the last but one always is to blame.
    Refused(u32),
}

/// A node of the path under way.
struct Frame {
    node: u32,
    /// The arc to be tried next, and where arcs end.
    next: usize,
    end: usize,
    /// Whether some path went through.
    is_fruitful: bool,
    /// The places on the path that are to blame if none did.
    blame: u32,
}

struct Search<'a> {
    layers: &'a Layers,
    repeats: Repeats,
    frames: Vec<Frame>,
    path: Vec<u32>,
    /// For each node [`SHUT`] and whom to blame, or 0.
    shut: Buf<u32>,
    /// For each place on the path the nodes that are shut while it stays.
    shut_below: Vec<Vec<u32>>,
}

/// Calls `each` with the vertices of every path, until it breaks.
pub(super) fn enumerate(
    ctx: &JobContext,
    layers: &Layers,
    repeats: Repeats,
    mut each: impl FnMut(&[u32]) -> Result<ControlFlow<(), Verdict>, Stop>,
) -> Result<ControlFlow<()>, Stop> {
    let nodes = if repeats == Repeats::LeftOut { layers.len() } else { 0 };
    // Every node is in at most one list of those that are shut.
    let _held = ctx.reserve(4 * nodes as u64)?;
    let shut = ctx.alloc(nodes, 0u32)?;
    let shut_below = (0..=layers.length()).map(|_| Vec::new());
    let shut_below = if nodes > 0 { shut_below.collect() } else { Vec::new() };
    let mut search = Search { layers, repeats, frames: Vec::new(), path: Vec::new(), shut, shut_below };
    let mut tick = ctx.tick();
    for start in layers.starts() {
        search.enter(start);
        while let Some(top) = search.frames.last_mut() {
            tick.spend(1)?;
            if top.next == top.end && search.path.len() as u32 <= layers.length() {
                search.leave();
                continue;
            }
            if search.path.len() as u32 > layers.length() {
                match each(&search.path)? {
                    ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
                    ControlFlow::Continue(verdict) => search.judge(&verdict),
                }
                continue;
            }
            top.next += 1;
            let child = layers.target(top.next - 1);
            search.follow(child);
        }
    }
    Ok(ControlFlow::Continue(()))
}

impl Search<'_> {
    fn enter(&mut self, node: u32) {
        let arcs = self.layers.arcs(node);
        self.path.push(self.layers.vertex(node));
        self.frames.push(Frame { node, next: arcs.start, end: arcs.end, is_fruitful: false, blame: 0 });
    }

    /// Goes on to a node, unless it is barren now.
    fn follow(&mut self, node: u32) {
        if self.repeats == Repeats::LeftOut
            && let Some(blame) = self.barred(node)
        {
            if let Some(top) = self.frames.last_mut() {
                top.blame |= blame;
            }
            return;
        }
        self.enter(node);
    }

    /// The places to blame, if a path may not go on to a node.
    fn barred(&self, node: u32) -> Option<u32> {
        let shut = self.shut[node as usize];
        if shut != 0 {
            return Some(shut & !SHUT);
        }
        // The last vertex may be the first one; it is nowhere else.
        if self.path.len() as u32 == self.layers.length() {
            return None;
        }
        let vertex = self.layers.vertex(node);
        self.path.iter().position(|v| *v == vertex).map(|place| 1 << place)
    }

    /// The path is whole: steps back from its end.
    fn judge(&mut self, verdict: &Verdict) {
        self.path.pop();
        self.frames.pop();
        if let Some(top) = self.frames.last_mut() {
            match verdict {
                Verdict::Taken => top.is_fruitful = true,
                Verdict::Refused(blame) => top.blame |= blame,
            }
        }
    }

    /// All arcs of the last node have been tried.
    fn leave(&mut self) {
        self.path.pop();
        let Some(frame) = self.frames.pop() else { return };
        let place = self.frames.len();
        // Whatever a node did to itself it will do again.
        let blame = frame.blame & !(1 << place.min(31));
        if self.repeats == Repeats::LeftOut {
            self.reopen(place);
            if !frame.is_fruitful {
                self.shut[frame.node as usize] = SHUT | blame;
                if let Some(last) = blame.checked_ilog2() {
                    self.shut_below[last as usize].push(frame.node);
                }
            }
        }
        if let Some(top) = self.frames.last_mut() {
            top.is_fruitful |= frame.is_fruitful;
            top.blame |= blame;
        }
    }

    /// Opens what was shut because of the vertex at a place of the path, which leaves it.
    fn reopen(&mut self, place: usize) {
        for node in self.shut_below[place].drain(..) {
            self.shut[node as usize] = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::layers::layers;
    use crate::path::net::Arcwise;
    use gesso_graph::{Direction, Projection, ProjectionSpec};

    fn graph(vertices: usize, edges: &[(u32, u32)]) -> Projection {
        let ids = (0..vertices).map(|v| format!("{v:03}")).collect();
        let edges: Vec<_> = edges.iter().map(|(s, t)| (*s, *t, 1.0)).collect();
        Projection::of_edges(
            ids,
            &edges,
            &ProjectionSpec { direction: Direction::Both, ..Default::default() },
        )
    }

    /// Paths of `length` hops from 0 to `target` by the layers of all walks that have neither end inside.
    fn paths(graph: &Projection, target: u32, length: u32) -> (Vec<Vec<u32>>, u64) {
        let ctx = JobContext::detached(1, 1 << 28);
        let mut places = vec![0; graph.len()];
        let leads = |v: u32, layer: u32| if layer == length { v == target } else { v != target && v != 0 };
        let layers = layers(&ctx, &Arcwise::of(graph), &[0], length, &mut places, leads).unwrap();
        let mut found = Vec::new();
        let mut steps = 0;
        _ = enumerate(&ctx, &layers, Repeats::LeftOut, |path| {
            steps += 1;
            found.push(path.to_vec());
            Ok(ControlFlow::Continue(Verdict::Taken))
        })
        .unwrap();
        (found, steps)
    }

    /// All simple paths by trying everything.
    fn naive(graph: &Projection, target: u32, length: u32) -> Vec<Vec<u32>> {
        let mut open = vec![vec![0u32]];
        for hop in 1..=length {
            let longer = open.iter().flat_map(|path| {
                let mut next: Vec<u32> = graph.out().neighbours(path[path.len() - 1]).to_vec();
                next.dedup();
                next.retain(|t| !path.contains(t) || (hop == length && *t == target && target == 0));
                next.retain(|t| (*t == target) == (hop == length));
                next.into_iter().map(|t| [&path[..], &[t]].concat()).collect::<Vec<_>>()
            });
            open = longer.collect();
        }
        open
    }

    #[test]
    fn p06_033_paths_come_in_order_and_each_once() {
        for seed in 0..60 {
            let mut rng = gesso_core::rng::Rng::new(seed, 0);
            let vertices = 4 + rng.below(5);
            let edges: Vec<_> =
                (0..3 * vertices).map(|_| (rng.below(vertices) as u32, rng.below(vertices) as u32)).collect();
            let graph = graph(vertices as usize, &edges);
            for (target, length) in [(1, 1), (1, 3), (2, 5), (0, 3), (0, 4), (3, 7)] {
                let (found, _) = paths(&graph, target, length);
                assert_eq!(found, naive(&graph, target, length), "seed {seed}, {length} hops to {target}");
            }
        }
    }

    #[test]
    fn barren_branches_are_entered_once() {
        // From 0 through a chain of diamonds to 40, whose only way on leads back to 1, which every path has.
        let mut edges = vec![(0, 1)];
        for i in 0..9 {
            let at = 1 + 3 * i;
            edges.extend([(at, at + 1), (at, at + 2), (at + 1, at + 3), (at + 2, at + 3)]);
        }
        edges.extend([(28, 1), (1, 40), (40, 41)]);
        let graph = graph(42, &edges);
        let ctx = JobContext::detached(1, 1 << 28);
        let mut places = vec![0; 42];
        let length = 22;
        let leads = |v: u32, layer: u32| if layer == length { v == 41 } else { v != 41 && v != 0 };
        let layers = layers(&ctx, &Arcwise::of(&graph), &[0], length, &mut places, leads).unwrap();
        // 20 hops would do: 0, 1, around, 1, 40, 41 has 1 + 18 + 1 + 2 hops, and 1 twice.
        let ctx = JobContext::detached(1, 1 << 28).stop_at_checkpoint(3);
        let none = enumerate(&ctx, &layers, Repeats::LeftOut, |_| panic!("a path with a vertex twice"));
        assert!(none.is_ok(), "more than 16,384 steps for a handful of nodes");
    }
}
