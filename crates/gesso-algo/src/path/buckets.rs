//! Vertices that wait, by their distance: what one thread of a search has found.

use gesso_core::{JobContext, Reservation, Stop};

/// Buckets of a scale. What is farther waits together until a later scale.
pub(super) const COUNT: usize = 512;
/// Entries that a list begins with.
const FIRST: usize = 4;

/// Which distances fall into which bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// The least distance of the first bucket.
    pub(super) start: f64,
    /// Buckets in a distance of 1.
    pub(super) per_unit: f64,
}

/// The lists of one thread.
pub(super) struct Buckets {
    /// One for each bucket, and the last one for what is beyond the scale.
    lists: Vec<Vec<u32>>,
    /// Empty lists with room.
    spare: Vec<Vec<u32>>,
    /// Bytes of the entries; the table of lists is of one size whatever the graph.
    held: Reservation,
}

impl Scale {
    /// The bucket of a distance, which is not below the start. Rises with the distance, so a vertex never falls
    /// into a bucket before the one it was reached from.
    #[inline]
    pub(super) fn bucket(&self, distance: f64) -> usize {
        // Saturates: anything far is beyond.
        (((distance - self.start) * self.per_unit) as usize).min(COUNT)
    }

    /// A distance that no bucket before `bucket` holds, nor any above it, however floats were rounded.
    pub(super) fn behind(&self, bucket: usize) -> f64 {
        self.start + bucket as f64 / self.per_unit * (1.0 + 1e-9)
    }

    /// True for a distance that has no bucket of its own.
    pub(super) fn is_beyond(&self, distance: f64) -> bool {
        self.bucket(distance) == COUNT
    }
}

impl Buckets {
    pub(super) fn new(ctx: &JobContext) -> Result<Buckets, Stop> {
        Ok(Buckets { lists: vec![Vec::new(); COUNT + 1], spare: Vec::new(), held: ctx.reserve(0)? })
    }

    /// Adds a vertex.
    #[inline]
    pub(super) fn add(&mut self, ctx: &JobContext, bucket: usize, v: u32) -> Result<(), Stop> {
        let list = &mut self.lists[bucket];
        if list.len() == list.capacity() {
            if list.capacity() == 0
                && let Some(spare) = self.spare.pop()
            {
                *list = spare;
            } else {
                let more = list.capacity().max(FIRST);
                ctx.grow(&mut self.held, (more * size_of::<u32>()) as u64)?;
                list.reserve_exact(more);
            }
        }
        list.push(v);
        Ok(())
    }

    /// Number of entries of a bucket.
    #[inline]
    pub(super) fn len(&self, bucket: usize) -> usize {
        self.lists[bucket].len()
    }

    /// Takes the entries of a bucket out.
    pub(super) fn take(&mut self, bucket: usize) -> Vec<u32> {
        std::mem::take(&mut self.lists[bucket])
    }

    /// Keeps the room of a list that was taken.
    pub(super) fn give_back(&mut self, mut list: Vec<u32>) {
        if list.capacity() > 0 {
            list.clear();
            self.spare.push(list);
        }
    }

    /// Takes all entries out.
    pub(super) fn clear(&mut self) {
        for bucket in 0..=COUNT {
            let list = self.take(bucket);
            self.give_back(list);
        }
    }

    /// The first bucket from `bucket` on with entries.
    pub(super) fn next(&self, bucket: usize) -> Option<usize> {
        (bucket..COUNT).find(|i| !self.lists[*i].is_empty())
    }

    /// What has no bucket of its own.
    pub(super) fn beyond(&mut self) -> &mut Vec<u32> {
        &mut self.lists[COUNT]
    }
}
