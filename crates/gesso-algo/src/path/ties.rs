//! All paths whose sum of weights is the least one, to the last bit.
//!
//! A vertex is reached with several sums when rounding makes of the same weights in another order another sum, and
//! a sum that is not the least at a vertex can still become the least at the target, where rounding takes the
//! difference away. So the search goes through states, a vertex with a sum, hop by hop, as long as what is left
//! at least does not lead beyond the least sum. Few states lie so close; paths through them are then paths of a
//! graph of layers.

use super::enumerate::{Repeats, Verdict, enumerate};
use super::found::Found;
use super::heap::Labels;
use super::layers::layers;
use super::net::{Names, Net, Way};
use crate::arcs::{Arcs, positive};
use crate::error::AlgoError;
use gesso_core::{Buf, JobContext, Pile, Stop, Tick};
use gesso_graph::Projection;
use std::ops::{ControlFlow, Range};

/// The states on the way, layer by layer.
pub(super) struct Ties {
    /// The vertex of each state.
    vertices: Pile<u32>,
    sums: Pile<f64>,
    /// Where the arcs of each state end.
    ends: Pile<u64>,
    /// The states that arcs lead to, each later than where the arc begins.
    targets: Pile<u32>,
    /// The states that are the target with the least sum, each with its hops, fewest first.
    goals: Vec<(u32, u32)>,
    /// True if walks can hold a vertex twice: where it has several sums, or where some weight was too small to
    /// change one.
    may_repeat: bool,
}

/// How many paths are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The first.
    First,
    /// All.
    All,
}

impl Ties {
    /// Goes through the states between two vertices. `rest` has the least sum from each vertex to the target, added
    /// from there, for every vertex on the way.
    pub(super) fn new(
        ctx: &JobContext,
        graph: &Projection,
        (source, target): (u32, u32),
        least: f64,
        rest: &Labels,
        wanted: Wanted,
    ) -> Result<Ties, AlgoError> {
        // Twice what rounding can make of a sum over every vertex.
        let bound = least * (1.0 + f64::EPSILON * (graph.len() as f64 + 2.0));
        let mut ties = Ties {
            vertices: Pile::new(ctx)?,
            sums: Pile::new(ctx)?,
            ends: Pile::new(ctx)?,
            targets: Pile::new(ctx)?,
            goals: Vec::new(),
            may_repeat: false,
        };
        ties.vertices.push(ctx, source)?;
        ties.sums.push(ctx, 0.0)?;
        let mut found = Reached {
            places: ctx.alloc(graph.len(), 0u32)?,
            earlier: Pile::new(ctx)?,
            sums: ctx.alloc(graph.len(), -1.0)?,
        };
        found.sums[source as usize] = 0.0;
        let mut tick = ctx.tick();
        let (mut layer, mut hops) = (0..1, 0);
        // The first path has fewest edges: no later layer has a better one.
        let is_over = |ties: &Ties| wanted == Wanted::First && !ties.goals.is_empty();
        while !layer.is_empty() && hops < graph.len() as u32 && !is_over(&ties) {
            hops += 1;
            for state in layer.clone() {
                if ties.vertices[state] != target {
                    ties.expand(ctx, graph, state, layer.end, &mut found, |t, sum| {
                        rest.settled(t).is_some_and(|(rest, _)| sum + rest <= bound)
                    })?;
                }
                ties.ends.push(ctx, ties.targets.len() as u64)?;
            }
            layer = layer.end..ties.vertices.len();
            ties.end_layer(layer.clone(), (target, least, hops), &mut found, &mut tick)?;
        }
        for _ in layer {
            tick.spend(1)?;
            ties.ends.push(ctx, ties.targets.len() as u64)?;
        }
        Ok(ties)
    }

    /// Adds the states that one leads to. Those of the next layer begin at `next`.
    fn expand(
        &mut self,
        ctx: &JobContext,
        graph: &Projection,
        state: usize,
        next: usize,
        found: &mut Reached,
        is_close: impl Fn(u32, f64) -> bool,
    ) -> Result<(), AlgoError> {
        let (v, sum) = (self.vertices[state], self.sums[state]);
        let mut tick = ctx.tick();
        let mut last = v;
        for piece in Arcs::of(graph.out()).weighted(v) {
            for (t, weight) in piece {
                tick.spend(1)?;
                // Of parallel arcs, which lie side by side, the first weighs least.
                if t == last || t == v {
                    continue;
                }
                last = t;
                let through = sum + positive(weight)?;
                if !is_close(t, through) {
                    continue;
                }
                self.may_repeat |= through <= sum;
                let child = self.state(ctx, t, through, next, found)?;
                self.targets.push(ctx, child)?;
            }
        }
        Ok(())
    }

    /// The state of a vertex and a sum in the layer that begins at `next`.
    fn state(
        &mut self,
        ctx: &JobContext,
        v: u32,
        sum: f64,
        next: usize,
        found: &mut Reached,
    ) -> Result<u32, Stop> {
        let mut at = found.places[v as usize];
        while at != 0 {
            let state = next + at as usize - 1;
            if self.sums[state].to_bits() == sum.to_bits() {
                return Ok(state as u32);
            }
            at = found.earlier[at as usize - 1];
        }
        let known = &mut found.sums[v as usize];
        self.may_repeat |= *known >= 0.0 && known.to_bits() != sum.to_bits();
        *known = sum;
        found.earlier.push(ctx, found.places[v as usize])?;
        found.places[v as usize] = found.earlier.len() as u32;
        self.vertices.push(ctx, v)?;
        self.sums.push(ctx, sum)?;
        Ok(self.vertices.len() as u32 - 1)
    }

    /// Notes the goal of a layer, if it has one, and makes ready for the next.
    fn end_layer(
        &mut self,
        layer: Range<usize>,
        (target, least, hops): (u32, f64, u32),
        found: &mut Reached,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        for state in layer {
            tick.spend(1)?;
            let v = self.vertices[state];
            found.places[v as usize] = 0;
            if v == target && self.sums[state].to_bits() == least.to_bits() {
                self.goals.push((hops, state as u32));
            }
        }
        found.earlier.clear();
        Ok(())
    }

    /// Adds the paths, those of fewest edges first, until no more are wanted.
    pub(super) fn list(&self, ctx: &JobContext, graph: &Projection, found: &mut Found) -> Result<(), Stop> {
        let net = States { ties: self, graph };
        let mut places = ctx.alloc(self.vertices.len(), 0u32)?;
        for (hops, goal) in &self.goals {
            let leads = self.leading_to(ctx, *goal)?;
            let layers = layers(ctx, &net, &[0], *hops, &mut places, |state, _| leads[state as usize] != 0)?;
            let flow = enumerate(ctx, &layers, Repeats::Impossible, |path| {
                if self.may_repeat && self.repeats(path) {
                    return Ok(ControlFlow::Continue(Verdict::Refused(0)));
                }
                found.push(ctx, net.names(), path)
            })?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// 1 for each state from which a goal is reached.
    fn leading_to(&self, ctx: &JobContext, goal: u32) -> Result<Buf<u8>, Stop> {
        let mut leads = ctx.alloc(self.vertices.len(), 0u8)?;
        leads[goal as usize] = 1;
        let mut tick = ctx.tick();
        for state in (0..goal).rev() {
            let arcs = self.arcs(state);
            tick.spend(1 + arcs.len() as u64)?;
            if self.targets[arcs].iter().any(|t| leads[*t as usize] != 0) {
                leads[state as usize] = 1;
            }
        }
        Ok(leads)
    }

    fn arcs(&self, state: u32) -> Range<usize> {
        let at = state as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        start..self.ends[at] as usize
    }

    /// Whether a path of states meets a vertex twice.
    fn repeats(&self, path: &[u32]) -> bool {
        let mut vertices: Vec<u32> = path.iter().map(|state| self.vertices[*state as usize]).collect();
        vertices.sort_unstable();
        vertices.windows(2).any(|pair| pair[0] == pair[1])
    }
}

/// The states of the layer under way by vertex, the last one first.
struct Reached {
    /// For each vertex its last state's place in the layer plus 1, or 0.
    places: Buf<u32>,
    /// For each state the one before it of the same vertex, in the same way.
    earlier: Pile<u32>,
    /// For each vertex the last sum that it was reached with in any layer, below 0 before.
    sums: Buf<f64>,
}

/// States as vertices of their own.
struct States<'a> {
    ties: &'a Ties,
    graph: &'a Projection,
}

impl<'a> Net<'a> for States<'a> {
    fn names(&self) -> Names<'a> {
        Names::Standing(self.graph, &self.ties.vertices)
    }

    /// States have no names.
    fn find(&self, _: &str) -> Option<Option<u32>> {
        None
    }

    fn bound(&self) -> usize {
        self.ties.vertices.len()
    }

    fn cost(&self, state: u32, _: Way) -> u64 {
        self.ties.arcs(state).len() as u64
    }

    /// Arcs are kept ahead only.
    fn visit(
        &self,
        (_, way): (u32, Way),
        state: u32,
        tick: &mut Tick<'_>,
        mut each: impl FnMut(u32) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        debug_assert_eq!(way, Way::Ahead);
        for t in &self.ties.targets[self.ties.arcs(state)] {
            tick.spend(1)?;
            each(*t)?;
        }
        Ok(())
    }
}
