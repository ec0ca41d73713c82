//! Renumbering of vertices so that what is read often lies close together.

use gesso_core::{Buf, JobContext, Stop};

/// An order of all positions, both ways.
pub struct Order {
    /// Position → place.
    pub place: Buf<u32>,
    /// Place → position.
    pub at: Buf<u32>,
}

/// Bytes of an order of this many vertices with this many buckets, while it is made.
pub const fn order_bytes(vertices: u64, buckets: u64) -> u64 {
    8 * vertices + 4 * buckets
}

impl Order {
    /// Sorts positions by `bucket` (a number below `buckets`); equal ones stay in vertex order.
    pub fn new(
        ctx: &JobContext,
        len: usize,
        buckets: usize,
        bucket: impl Fn(u32) -> usize,
    ) -> Result<Order, Stop> {
        let mut next = ctx.alloc(buckets, 0u32)?;
        let mut tick = ctx.tick();
        for v in 0..len as u32 {
            tick.spend(1)?;
            next[bucket(v)] += 1;
        }
        let mut before = 0;
        for slot in next.iter_mut() {
            tick.spend(1)?;
            before += std::mem::replace(slot, before);
        }
        let (mut place, mut at) = (ctx.alloc(len, 0u32)?, ctx.alloc(len, 0u32)?);
        for v in 0..len as u32 {
            tick.spend(1)?;
            let slot = &mut next[bucket(v)];
            place[v as usize] = *slot;
            at[*slot as usize] = v;
            *slot += 1;
        }
        Ok(Order { place, at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_buckets_keep_vertex_order() {
        let ctx = JobContext::detached(1, 1 << 20);
        let keys = [2, 0, 1, 0, 2];
        let order = Order::new(&ctx, 5, 3, |v| keys[v as usize]).unwrap();
        assert_eq!(&order.at[..], &[1, 3, 2, 0, 4]);
        assert_eq!(&order.place[..], &[3, 0, 2, 1, 4]);
    }
}
