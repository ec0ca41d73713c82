//! Walks of an exact number of hops from a vertex to another, or back to itself, with neither end inside: searched
//! from both ends, layer by layer, so that only what lies within half the length of an end is looked at.

use super::enumerate::REPEATING_MAX;
use super::layers::{Layers, layers};
use super::net::{Net, Way};
use gesso_core::{Buf, JobContext, Pile, Stop, Tick};

/// Bytes that a search takes beside the lists of its layers.
pub(super) const fn walks_bytes(vertices: u64) -> u64 {
    12 * vertices
}

/// Most hops: a bit for each layer in a part of a mark.
pub(super) const LENGTH_MAX: u32 = 16;

const _: () = assert!(LENGTH_MAX <= REPEATING_MAX);

/// Where the bits of each kind of layer begin in a mark.
const FORWARD: u32 = 0;
const BACKWARD: u32 = LENGTH_MAX + 1;
const LEADING: u32 = 2 * (LENGTH_MAX + 1);

/// Layers of one kind, and what the last one costs to go on from.
struct Side {
    shift: u32,
    lists: Vec<Pile<u32>>,
    cost: u64,
}

/// A search that can be asked for longer and longer walks, and used again for other ends.
pub(super) struct Walks {
    source: u32,
    target: u32,
    /// For each vertex the layers that it is in.
    marks: Buf<u64>,
    places: Buf<u32>,
    /// Reached from the source in as many hops.
    forward: Side,
    /// The target is reached in as many hops.
    backward: Side,
    /// Those of `forward` from which the target is reached by a whole walk.
    leading: Side,
}

impl Walks {
    /// Memory for searches over vertices below `bound`.
    pub(super) fn new(ctx: &JobContext, bound: usize) -> Result<Walks, Stop> {
        let side = |shift| Side { shift, lists: Vec::new(), cost: 0 };
        Ok(Walks {
            source: 0,
            target: 0,
            marks: ctx.alloc(bound, 0u64)?,
            places: ctx.alloc(bound, 0u32)?,
            forward: side(FORWARD),
            backward: side(BACKWARD),
            leading: side(LEADING),
        })
    }

    /// Forgets what was found, and begins with other ends.
    pub(super) fn begin<'a>(
        &mut self,
        ctx: &JobContext,
        net: &impl Net<'a>,
        source: u32,
        target: u32,
    ) -> Result<(), Stop> {
        let mut tick = ctx.tick();
        for side in [&mut self.forward, &mut self.backward, &mut self.leading] {
            side.clear(&mut self.marks, &mut tick)?;
        }
        (self.source, self.target) = (source, target);
        for (side, end, way) in
            [(&mut self.forward, source, Way::Ahead), (&mut self.backward, target, Way::Back)]
        {
            side.begin_layer(ctx)?;
            side.add(ctx, &mut self.marks, end, net.cost(end, way))?;
        }
        Ok(())
    }

    /// True if there are no walks of the length asked for last, nor longer ones.
    pub(super) fn is_exhausted(&self) -> bool {
        [&self.forward, &self.backward].iter().any(|side| side.lists.last().is_some_and(|l| l.is_empty()))
    }

    /// The walks of `length` hops, at least as long as those asked for before; at most [`LENGTH_MAX`]. `inside` says
    /// which vertices may lie between the ends. None if there are no walks.
    pub(super) fn layers<'a>(
        &mut self,
        ctx: &JobContext,
        net: &impl Net<'a>,
        length: u32,
        inside: impl Fn(u32) -> bool,
    ) -> Result<Option<Layers>, Stop> {
        let target = self.target;
        if length == 1 {
            let found = layers(ctx, net, &[self.source], 1, &mut self.places, |v, _| v == target)?;
            return Ok((found.len() > 1).then_some(found));
        }
        let mut tick = ctx.tick();
        while self.forward.hops() + self.backward.hops() < length {
            if self.is_exhausted() {
                return Ok(None);
            }
            let ahead = match (self.forward.hops(), self.backward.hops()) {
                (0, _) => true,
                (_, 0) => false,
                _ => self.forward.cost <= self.backward.cost,
            };
            self.expand(ctx, net, length, ahead, &inside, &mut tick)?;
        }
        if !self.lead_back(ctx, net, length, &mut tick)? {
            return Ok(None);
        }
        let (marks, half) = (&self.marks, self.forward.hops());
        let is_in = |v: u32, shift: u32, layer: u32| marks[v as usize] >> (shift + layer) & 1 == 1;
        let leads = |v: u32, layer: u32| match layer {
            _ if layer == length => v == target,
            _ if layer <= half => is_in(v, LEADING, layer),
            _ => is_in(v, BACKWARD, length - layer),
        };
        layers(ctx, net, &[self.source], length, &mut self.places, leads).map(Some)
    }

    /// Adds a layer at one end.
    fn expand<'a>(
        &mut self,
        ctx: &JobContext,
        net: &impl Net<'a>,
        length: u32,
        ahead: bool,
        inside: impl Fn(u32) -> bool,
        tick: &mut Tick<'_>,
    ) -> Result<(), Stop> {
        let (source, target, marks) = (self.source, self.target, &mut self.marks);
        let (side, way) =
            if ahead { (&mut self.forward, Way::Ahead) } else { (&mut self.backward, Way::Back) };
        let hop = if ahead { side.hops() + 1 } else { length - side.hops() };
        side.begin_layer(ctx)?;
        let at = side.lists.len() - 2;
        for i in 0..side.lists[at].len() {
            let v = side.lists[at][i];
            net.visit((hop, way), v, tick, |t| {
                if t == source || t == target || !inside(t) {
                    return Ok(());
                }
                side.add(ctx, marks, t, net.cost(t, way))
            })?;
        }
        Ok(())
    }

    /// Marks the forward layers where walks of the whole length go on. False if there are none.
    fn lead_back<'a>(
        &mut self,
        ctx: &JobContext,
        net: &impl Net<'a>,
        length: u32,
        tick: &mut Tick<'_>,
    ) -> Result<bool, Stop> {
        let Walks { marks, forward, backward, leading, .. } = self;
        leading.clear(marks, tick)?;
        let half = forward.hops();
        let met = BACKWARD + length - half;
        debug_assert_eq!(backward.hops(), length - half);
        // Lists of `leading` begin with the layer where the searches meet and lead back from there.
        leading.begin_layer(ctx)?;
        for v in forward.lists[half as usize].iter() {
            tick.spend(1)?;
            if marks[*v as usize] >> met & 1 == 1 {
                leading.add_at(ctx, marks, *v, half)?;
            }
        }
        if leading.lists[0].is_empty() {
            return Ok(false);
        }
        for layer in (1..half).rev() {
            leading.begin_layer(ctx)?;
            let at = leading.lists.len() - 2;
            for i in 0..leading.lists[at].len() {
                let v = leading.lists[at][i];
                net.visit((layer + 1, Way::Back), v, tick, |u| {
                    if marks[u as usize] >> (FORWARD + layer) & 1 == 0 {
                        return Ok(());
                    }
                    leading.add_at(ctx, marks, u, layer)
                })?;
            }
        }
        Ok(true)
    }
}

impl Side {
    /// Hops to the last layer.
    fn hops(&self) -> u32 {
        self.lists.len() as u32 - 1
    }

    fn begin_layer(&mut self, ctx: &JobContext) -> Result<(), Stop> {
        self.lists.push(Pile::new(ctx)?);
        self.cost = 0;
        Ok(())
    }

    /// Puts a vertex into the last layer, if it is not in it.
    fn add(&mut self, ctx: &JobContext, marks: &mut [u64], v: u32, cost: u64) -> Result<(), Stop> {
        let before = self.lists.last().map_or(0, |list| list.len());
        self.add_at(ctx, marks, v, self.hops())?;
        if self.lists.last().map_or(0, |list| list.len()) > before {
            self.cost += 1 + cost;
        }
        Ok(())
    }

    /// Puts a vertex into the last list under the bit of a layer, if it does not have that.
    fn add_at(&mut self, ctx: &JobContext, marks: &mut [u64], v: u32, layer: u32) -> Result<(), Stop> {
        let (mark, bit) = (&mut marks[v as usize], 1u64 << (self.shift + layer));
        if *mark & bit != 0 {
            return Ok(());
        }
        *mark |= bit;
        match self.lists.last_mut() {
            Some(list) => list.push(ctx, v),
            None => Ok(()),
        }
    }

    /// Takes all vertices out of all layers.
    fn clear(&mut self, marks: &mut [u64], tick: &mut Tick<'_>) -> Result<(), Stop> {
        let all = ((1u64 << (LENGTH_MAX + 1)) - 1) << self.shift;
        for v in self.lists.iter().flat_map(|list| list.iter()) {
            tick.spend(1)?;
            marks[*v as usize] &= !all;
        }
        self.lists.clear();
        self.cost = 0;
        Ok(())
    }
}
