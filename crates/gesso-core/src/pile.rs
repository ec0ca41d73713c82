//! An array that grows and goes back to the system at once: [`Pile`].
//!
//! A `Vec` of hundreds of megabytes is given back page by page: 16 to 29 ms were measured for the matches of
//! a query over 16.8 million edges, all of it after the query had been stopped. A pile is a memory map with
//! huge pages, which goes back five hundred pages at a time, and grows by moving pages instead of copying.
//!
//! `unsafe` is allowed here for looking at the bytes of the map as values, and for `mremap`. Tests: below.
#![expect(unsafe_code, reason = "views bytes of a memory map as values, and moves the map")]

use crate::buf::{Buf, MAP_BYTES_MIN, Plain};
use crate::ctx::JobContext;
use crate::gate::Stop;
use crate::memory::Reservation;
use memmap2::{Advice, MmapMut, MmapOptions, RemapOptions};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// Bytes appended between two checkpoints.
const PIECE: usize = 1 << 20;
/// Bytes of a huge page. Maps of whole ones begin where one may begin, wherever they move to: were that not so, each
/// move would cut them up.
const HUGE_PAGE: usize = 2 << 20;

/// A growing array of plain values, counted in the account of a job.
pub struct Pile<T: Copy> {
    small: Vec<T>,
    /// Holds all values once there is one; `small` is empty then.
    map: Option<MmapMut>,
    len: usize,
    held: Reservation,
    values: PhantomData<T>,
}

impl<T: Copy> Pile<T> {
    /// An empty pile on the account of a job.
    pub fn new(ctx: &JobContext) -> Result<Pile<T>, Stop> {
        Ok(Pile { small: Vec::new(), map: None, len: 0, held: ctx.reserve(0)?, values: PhantomData })
    }

    /// An empty pile with room for `len` values.
    pub fn with_room(ctx: &JobContext, len: usize) -> Result<Pile<T>, Stop> {
        let mut pile = Pile::new(ctx)?;
        pile.reserve(ctx, len)?;
        Ok(pile)
    }

    /// Appends values. Stops between pieces when the job is stopped, and when its account is used up.
    pub fn extend(&mut self, ctx: &JobContext, values: &[T]) -> Result<(), Stop> {
        self.reserve(ctx, values.len())?;
        for piece in values.chunks((PIECE / size_of::<T>().max(1)).max(1)) {
            ctx.checkpoint()?;
            match &mut self.map {
                None => self.small.extend_from_slice(piece),
                // SAFETY: `reserve` made room for all of `values` behind `len`; the source is a borrowed slice,
                // which cannot overlap a map that is borrowed exclusively.
                Some(map) => unsafe {
                    let to = map.as_mut_ptr().cast::<T>().add(self.len);
                    to.copy_from_nonoverlapping(piece.as_ptr(), piece.len());
                },
            }
            self.len += piece.len();
        }
        Ok(())
    }

    /// Appends one value.
    pub fn push(&mut self, ctx: &JobContext, value: T) -> Result<(), Stop> {
        if self.map.is_none() && self.small.len() < self.small.capacity() {
            self.small.push(value);
            self.len += 1;
            return Ok(());
        }
        self.extend(ctx, &[value])
    }

    /// A second pile of the same values.
    pub fn copy(&self, ctx: &JobContext) -> Result<Pile<T>, Stop> {
        let mut copy = Pile::new(ctx)?;
        copy.extend(ctx, self)?;
        Ok(copy)
    }

    /// Drops all values but keeps the memory.
    pub fn clear(&mut self) {
        self.small.clear();
        self.len = 0;
    }

    /// Shortens the pile to its first `len` values but keeps the memory.
    pub fn truncate(&mut self, len: usize) {
        self.small.truncate(len);
        self.len = self.len.min(len);
    }

    /// Makes room for `more` values and accounts for it.
    fn reserve(&mut self, ctx: &JobContext, more: usize) -> Result<(), Stop> {
        let wanted = (self.len + more) * size_of::<T>();
        let room = self.map.as_ref().map_or(self.small.capacity() * size_of::<T>(), |map| map.len());
        if wanted <= room {
            return Ok(());
        }
        let mut target = wanted.max(room + room / 2);
        if target >= HUGE_PAGE {
            target = target.next_multiple_of(HUGE_PAGE);
        }
        ctx.grow(&mut self.held, (target - room) as u64)?;
        if target < MAP_BYTES_MIN {
            self.small.reserve_exact(target / size_of::<T>() - self.small.len());
            return Ok(());
        }
        self.move_to_map(target).map_err(|_| {
            ctx.gate().stop(Stop::Memory);
            ctx.gate().stopped().unwrap_or(Stop::Memory)
        })
    }

    fn move_to_map(&mut self, size_bytes: usize) -> std::io::Result<()> {
        if let Some(map) = &mut self.map {
            // SAFETY: nothing borrows the map, as `self` is borrowed exclusively; it may move, and only grows.
            unsafe { map.remap(size_bytes, RemapOptions::new().may_move(true)) }?;
            _ = map.advise(Advice::HugePage);
            return Ok(());
        }
        let mut map = MmapOptions::new().len(size_bytes).map_anon()?;
        // Advice only: without huge pages the array still works.
        _ = map.advise(Advice::HugePage);
        // SAFETY: the map is page-aligned and larger than what `small` holds; the two do not overlap.
        unsafe {
            let to = map.as_mut_ptr().cast::<T>();
            to.copy_from_nonoverlapping(self.small.as_ptr(), self.small.len());
        }
        self.small = Vec::new();
        self.map = Some(map);
        Ok(())
    }
}

impl<T: Plain> Pile<T> {
    /// Appends `more` values to be written: what they are before is open.
    pub fn grow(&mut self, ctx: &JobContext, more: usize) -> Result<&mut [T], Stop> {
        self.reserve(ctx, more)?;
        let start = self.len;
        if self.map.is_none() {
            self.small.resize(start + more, T::default());
        }
        self.len += more;
        Ok(&mut self[start..])
    }

    /// The values as an array of fixed length, which no longer counts for the job.
    pub fn release(self) -> Buf<T> {
        match self.map {
            Some(map) => Buf::from_map(map, self.len),
            None => Buf::from_vec(self.small),
        }
    }
}

impl<T: Copy> Deref for Pile<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.map {
            None => &self.small,
            // SAFETY: the map is page-aligned, and its first `len` values were written by `extend`, or left by `grow`,
            // for which any bytes are values.
            Some(map) => unsafe { std::slice::from_raw_parts(map.as_ptr().cast::<T>(), self.len) },
        }
    }
}

impl<T: Copy> DerefMut for Pile<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.map {
            None => &mut self.small,
            // SAFETY: as in `deref`, and the borrow of self is exclusive.
            Some(map) => unsafe { std::slice::from_raw_parts_mut(map.as_mut_ptr().cast::<T>(), self.len) },
        }
    }
}

impl<T: Copy> std::fmt::Debug for Pile<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pile({} × {} bytes)", self.len, size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_the_pile_grows_into_a_map() {
        let ctx = JobContext::detached(1, 1 << 30);
        let mut pile = Pile::new(&ctx).unwrap();
        let mut expected: Vec<(u32, u64)> = Vec::new();
        for round in 0..60u32 {
            let more: Vec<(u32, u64)> = (0..round * 97).map(|i| (i, u64::from(round))).collect();
            pile.extend(&ctx, &more).unwrap();
            pile.push(&ctx, (7, 7)).unwrap();
            expected.extend(&more);
            expected.push((7, 7));
            assert!(*pile == expected[..], "round {round}");
        }
        assert!(pile.map.is_some() && ctx.account().used() >= (expected.len() * 16) as u64);
        (pile[0], expected[0]) = ((9, 9), (9, 9));
        pile.truncate(5);
        assert_eq!(*pile, expected[..5]);
        drop(pile);
        assert_eq!(ctx.account().used(), 0);
    }

    #[test]
    fn a_pile_ends_with_its_account_and_with_its_job() {
        let ctx = JobContext::detached(1, 3 << 20);
        let mut pile = Pile::new(&ctx).unwrap();
        pile.extend(&ctx, &vec![1u64; 1 << 18]).unwrap();
        assert_eq!(pile.extend(&ctx, &vec![1u64; 1 << 18]), Err(Stop::Memory));
        let stopped = JobContext::detached(1, 64 << 20).stop_at_checkpoint(3);
        let mut pile = Pile::new(&stopped).unwrap();
        assert_eq!(pile.extend(&stopped, &vec![1u64; 1 << 20]), Err(Stop::Cancelled));
    }

    #[test]
    fn a_released_pile_is_an_array() {
        let ctx = JobContext::detached(1, 64 << 20);
        for len in [0usize, 10, 1 << 20] {
            let mut pile = Pile::new(&ctx).unwrap();
            pile.extend(&ctx, &(0..len as u32).collect::<Vec<_>>()).unwrap();
            let buf = pile.release();
            assert_eq!(ctx.account().used(), 0);
            assert!(buf.len() == len && buf.iter().enumerate().all(|(i, v)| i as u32 == *v));
        }
    }
}
