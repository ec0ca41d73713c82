//! What leads to a complete walk, found backwards: an enumeration that goes only there has no dead ends.

use super::elements::{Element, Elements};
use super::moves::{self, Move};
use super::route::Route;
use super::spec::WalkError;
use gesso_core::ctx::even_cuts;
use gesso_core::{JobContext, Stop, Tick};

/// Elements per chunk.
const CHUNK: usize = 256;

/// When a walk is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// At any element of this layer.
    At(usize),
    /// Where it met its condition, in this layer.
    MetAt(usize),
    /// Where it met its condition.
    Met,
    /// Where it can not go on, or has passed all layers.
    End,
    /// At every element after the start.
    Every,
}

/// The layers of a route, as far as they matter for a goal.
pub(super) struct Survey<'r, 's> {
    pub route: &'r Route<'s>,
    goal: Goal,
    /// For each layer from the start on, the elements from which a walk can go on; the last one has none.
    live: Vec<Elements>,
}

/// What a move means for a walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    /// The walk is complete where it leads.
    pub completes: bool,
    /// The walk can go on from there.
    pub goes_on: bool,
}

/// The layers of a route as they were reached, for several surveys.
pub struct Layers<'r, 's> {
    route: &'r Route<'s>,
    /// Layer 0 is the start.
    open: Vec<Elements>,
}

impl<'s> Route<'s> {
    /// Walks through all layers and keeps them.
    pub fn layers(&self, ctx: &JobContext, layer_max: u64) -> Result<Layers<'_, 's>, WalkError> {
        ctx.phase("walk", 1.0, self.len() as u64);
        let mut open = vec![self.start.copy(ctx)?];
        for hop in 1..=self.len() {
            let layer = self.step(ctx, hop, &open[hop - 1], None)?;
            layer.check_size(hop, layer_max)?;
            open.push(layer.open);
            ctx.advance(1);
        }
        Ok(Layers { route: self, open })
    }
}

impl<'r, 's> Layers<'r, 's> {
    /// Number of layers after the start.
    pub fn len(&self) -> usize {
        self.route.len()
    }

    /// True if the walk ends where it starts.
    pub fn is_empty(&self) -> bool {
        self.route.is_empty()
    }

    /// Looks backwards from a goal.
    pub(super) fn survey(&self, ctx: &JobContext, goal: Goal) -> Result<Survey<'r, 's>, Stop> {
        let route = self.route;
        let last = match goal {
            Goal::At(layer) | Goal::MetAt(layer) => layer.min(route.len()),
            _ => route.len(),
        };
        let mut live: Vec<Elements> = Vec::new();
        live.push(self.open[last].none_like(ctx)?);
        for hop in (0..last).rev() {
            let next = &live[live.len() - 1];
            let leads = |step: &Move| match goal {
                Goal::End | Goal::Every => true,
                _ => completes_at(goal, hop + 1, step, route) || !step.is_done && next.contains(step.to),
            };
            let found = self.leading(ctx, hop, leads)?;
            live.push(found);
        }
        live.reverse();
        Ok(Survey { route, goal, live })
    }

    /// The elements of a layer from which some move leads on.
    fn leading(
        &self,
        ctx: &JobContext,
        hop: usize,
        leads: impl Fn(&Move) -> bool + Sync,
    ) -> Result<Elements, Stop> {
        let (open, layer) = (&self.open[hop], &self.route.layers[hop]);
        let mut flags = ctx.alloc(open.len(), 0u8)?;
        ctx.par_fill(&mut flags, &even_cuts(open.len(), CHUNK), |range, part, tick| {
            for (flag, position) in part.iter_mut().zip(range) {
                moves::visit(self.route.snapshot, layer, open.at(position), tick, |tick, step| {
                    tick.spend(4)?;
                    if *flag == 0 && leads(&step) {
                        *flag = 1;
                    }
                    Ok(())
                })?;
            }
            Ok::<_, Stop>(())
        })?;
        let (mut found, mut tick) = (open.none_like(ctx)?, ctx.tick());
        for (position, flag) in flags.iter().enumerate() {
            tick.spend(1)?;
            if *flag == 1 {
                found.push(ctx, open.at(position))?;
            }
        }
        Ok(found)
    }
}

/// Whether a move into a layer completes a walk, for goals that need not look further.
fn completes_at(goal: Goal, hop: usize, step: &Move, route: &Route<'_>) -> bool {
    match goal {
        Goal::At(layer) => hop == layer,
        Goal::MetAt(layer) => hop == layer && step.is_done,
        Goal::Met => step.is_done,
        Goal::Every => true,
        Goal::End => hop == route.len() || step.is_done,
    }
}

impl Survey<'_, '_> {
    /// The layer behind which there is nothing to find.
    pub(super) fn last(&self) -> usize {
        self.live.len() - 1
    }

    /// The elements of a layer from which a walk can go on.
    pub(super) fn live(&self, hop: usize) -> &Elements {
        &self.live[hop]
    }

    /// What a move into a layer means.
    pub(super) fn verdict(&self, hop: usize, step: &Move) -> Verdict {
        let goes_on = !step.is_done && self.live[hop].contains(step.to);
        let completes = completes_at(self.goal, hop, step, self.route);
        Verdict { completes: completes || self.goal == Goal::End && !goes_on, goes_on }
    }

    /// Visits the moves from an element into a layer that matter.
    pub(super) fn visit(
        &self,
        hop: usize,
        from: Element,
        tick: &mut Tick<'_>,
        mut to: impl FnMut(&mut Tick<'_>, Move, Verdict) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        moves::visit(self.route.snapshot, &self.route.layers[hop - 1], from, tick, |tick, step| {
            let verdict = self.verdict(hop, &step);
            if verdict.completes || verdict.goes_on { to(tick, step, verdict) } else { Ok(()) }
        })
    }
}
