//! Arrays of plain numbers: [`Buf`] is owned and writable, [`Slab`] is shared and read-only, from
//! memory or straight from a mapped file.
//!
//! `unsafe` is allowed here, and only for looking at bytes as numbers: the numbers of a graph live in
//! memory maps (huge pages, given back to the system on drop, readable from a file without a copy),
//! and a memory map hands out bytes. The anchors measure 28 % for huge pages on a 256 MB gather.
#![expect(unsafe_code, reason = "views bytes of memory maps as plain numbers")]

use crate::memory::Reservation;
use memmap2::{Advice, Mmap, MmapMut, MmapOptions};
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

/// Numbers of which every bit pattern is a value, without padding.
///
/// # Safety
/// Implementors have no invalid bit pattern, no padding and no drop.
pub unsafe trait Plain: Copy + Default + PartialEq + Send + Sync + 'static {}
macro_rules! plain {
    ($($t:ty)*) => { $(
        // SAFETY: a primitive number: every bit pattern is valid and there is no padding.
        unsafe impl Plain for $t {}
    )* };
}
plain!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);

/// Smallest size that gets a memory map of its own, and with it huge pages.
pub(crate) const MAP_BYTES_MIN: usize = 1 << 20;

enum Backing<T> {
    Heap(Vec<T>),
    Map(MmapMut),
}

/// An owned array of fixed length. Large ones are memory maps, which go back to the system on drop.
pub struct Buf<T: Plain> {
    backing: Backing<T>,
    len: usize,
    held: Option<Reservation>,
}

impl<T: Plain> Buf<T> {
    /// Zeroes.
    pub fn zeroed(len: usize) -> Buf<T> {
        let size_bytes = len * size_of::<T>();
        if size_bytes < MAP_BYTES_MIN {
            return Buf { backing: Backing::Heap(vec![T::default(); len]), len, held: None };
        }
        match MmapOptions::new().len(size_bytes).map_anon() {
            Ok(map) => {
                // Advice only: without huge pages the array still works.
                _ = map.advise(Advice::HugePage);
                Buf { backing: Backing::Map(map), len, held: None }
            }
            // The allocator then decides what lack of address space means.
            Err(_) => Buf { backing: Backing::Heap(vec![T::default(); len]), len, held: None },
        }
    }

    /// Takes over a vector.
    pub fn from_vec(values: Vec<T>) -> Buf<T> {
        Buf { len: values.len(), backing: Backing::Heap(values), held: None }
    }

    /// The first `len` values of a map, which must hold as many.
    pub(crate) fn from_map(map: MmapMut, len: usize) -> Buf<T> {
        assert!(len * size_of::<T>() <= map.len(), "a map holds the values that it is said to hold");
        Buf { backing: Backing::Map(map), len, held: None }
    }

    /// Ties the reservation to the array: given back when the array is dropped.
    pub fn holding(mut self, reservation: Reservation) -> Buf<T> {
        self.held = Some(reservation);
        self
    }

    /// Lets the account go: what outlives its job is no longer the job's.
    pub fn release(mut self) -> Buf<T> {
        self.held = None;
        self
    }

    /// The same array, for sharing.
    pub fn share(self) -> Slab<T> {
        let len = self.len;
        Slab { owner: Owner::Buf(Arc::new(self)), start: 0, len }
    }

    /// Shortens the array to its first `len` entries; the memory behind them stays.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

impl Buf<u32> {
    /// The array as atomics, for loops that write where another thread may.
    pub fn as_atomics(&mut self) -> &[AtomicU32] {
        let slice: &mut [u32] = self;
        // SAFETY: AtomicU32 has the size and alignment of u32, and the exclusive borrow lasts as long.
        unsafe { std::slice::from_raw_parts(slice.as_mut_ptr().cast::<AtomicU32>(), slice.len()) }
    }
}

impl Buf<u64> {
    /// The array as atomics, for loops that write where another thread may.
    pub fn as_atomics(&mut self) -> &[AtomicU64] {
        let slice: &mut [u64] = self;
        // SAFETY: AtomicU64 has the size and alignment of u64, and the exclusive borrow lasts as long.
        unsafe { std::slice::from_raw_parts(slice.as_mut_ptr().cast::<AtomicU64>(), slice.len()) }
    }
}

impl<T: Plain> Deref for Buf<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        match &self.backing {
            Backing::Heap(v) => &v[..self.len],
            // SAFETY: the map is page-aligned, holds at least `len` values of T, and T is Plain.
            Backing::Map(m) => unsafe { std::slice::from_raw_parts(m.as_ptr().cast::<T>(), self.len) },
        }
    }
}

impl<T: Plain> DerefMut for Buf<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.backing {
            Backing::Heap(v) => &mut v[..self.len],
            // SAFETY: as in `deref`, and the borrow of self is exclusive.
            Backing::Map(m) => unsafe {
                std::slice::from_raw_parts_mut(m.as_mut_ptr().cast::<T>(), self.len)
            },
        }
    }
}

impl<T: Plain> FromIterator<T> for Buf<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Buf<T> {
        Buf::from_vec(values.into_iter().collect())
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for Buf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buf({} × {} bytes)", self.len, size_of::<T>())
    }
}

enum Owner<T: Plain> {
    Buf(Arc<Buf<T>>),
    File(Arc<Mmap>, PhantomData<T>),
}

/// A shared read-only array; cloning is cheap.
pub struct Slab<T: Plain> {
    owner: Owner<T>,
    /// Bytes into the file; 0 for memory.
    start: usize,
    len: usize,
}

impl<T: Plain> Slab<T> {
    /// No values.
    pub fn empty() -> Slab<T> {
        Buf::from_vec(Vec::new()).share()
    }

    /// Values inside a mapped file. Fails when the range leaves the file or is not aligned for T.
    pub fn of_file(map: &Arc<Mmap>, start: usize, len: usize) -> io::Result<Slab<T>> {
        let fits = len
            .checked_mul(size_of::<T>())
            .and_then(|size| start.checked_add(size))
            .is_some_and(|end| end <= map.len());
        if !fits || !start.is_multiple_of(align_of::<T>()) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "array lies outside its file"));
        }
        Ok(Slab { owner: Owner::File(map.clone(), PhantomData), start, len })
    }

    /// The bytes of the array, as they are stored.
    pub fn as_bytes(&self) -> &[u8] {
        bytes_of(self)
    }

    /// Bytes of memory or address space behind the array.
    pub fn size_bytes(&self) -> usize {
        self.len * size_of::<T>()
    }

    /// True if both are the same array, not merely equal.
    pub fn same(&self, other: &Slab<T>) -> bool {
        self.as_ptr() == other.as_ptr() && self.len == other.len
    }
}

/// The bytes of plain numbers, little-endian as every supported machine stores them.
pub fn bytes_of<T: Plain>(values: &[T]) -> &[u8] {
    // SAFETY: T is Plain, so its bytes are all initialised; u8 has no alignment.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast::<u8>(), size_of_val(values)) }
}

impl<T: Plain> Deref for Slab<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        match &self.owner {
            Owner::Buf(b) => b,
            // SAFETY: `of_file` checked range and alignment; the map is kept alive by `self`, is page-aligned,
            // and the store never changes or truncates a published file.
            Owner::File(map, _) => unsafe {
                std::slice::from_raw_parts(map.as_ptr().add(self.start).cast::<T>(), self.len)
            },
        }
    }
}

impl<T: Plain> Clone for Slab<T> {
    fn clone(&self) -> Slab<T> {
        let owner = match &self.owner {
            Owner::Buf(b) => Owner::Buf(b.clone()),
            Owner::File(m, p) => Owner::File(m.clone(), *p),
        };
        Slab { owner, start: self.start, len: self.len }
    }
}

impl<T: Plain> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab::empty()
    }
}

impl<T: Plain> From<Vec<T>> for Slab<T> {
    fn from(values: Vec<T>) -> Slab<T> {
        Buf::from_vec(values).share()
    }
}

impl<T: Plain + fmt::Debug> fmt::Debug for Slab<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slab({} × {} bytes)", self.len, size_of::<T>())
    }
}

#[cfg(target_endian = "big")]
compile_error!("files hold little-endian numbers and are mapped as they are");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_arrays_behave_alike() {
        for len in [0, 3, MAP_BYTES_MIN] {
            let mut b = Buf::<u32>::zeroed(len);
            assert!(b.iter().all(|v| *v == 0));
            if let Some(last) = b.last_mut() {
                *last = 7;
            }
            b.as_atomics();
            let s = b.share();
            assert_eq!(s.clone().last().copied().unwrap_or(0), if len == 0 { 0 } else { 7 });
            assert_eq!(s.as_bytes().len(), len * 4);
        }
    }

    #[test]
    fn a_range_outside_the_file_is_refused() {
        let map = Arc::new(MmapMut::map_anon(64).unwrap().make_read_only().unwrap());
        assert!(Slab::<u32>::of_file(&map, 0, 16).is_ok());
        assert!(Slab::<u32>::of_file(&map, 0, 17).is_err());
        assert!(Slab::<u32>::of_file(&map, 2, 1).is_err());
        assert!(Slab::<u64>::of_file(&map, 8, usize::MAX / 2).is_err());
    }
}
