//! What the machine itself can do: the limits that the speed of kernels is held against.
//!
//! *read*: one pass over an array of a gibibyte, 8 bytes at a time. No kernel streams the arcs of a graph faster.
//!
//! *gather*: 4-byte numbers at random places of an array, by a list of ids that is read in order, as a vertex reads
//! those of its neighbours. Arrays of 4, 64 and 256 MiB: as long as 2^20, 2^24 and 2^26 vertices' numbers; the first
//! fits what caches there are, the last does not. `ns each` is what a neighbour costs that is found by chance alone.
//! *huge* arrays are those that algorithms work with (2 MiB a page where the system grants them), *small* ones come
//! from the allocator; where the system makes all memory huge the two are alike.
//!
//! Threads: those of a pass start with it and are joined before its time is taken.

use super::{BenchError, Cell, Plan, Report, Samples};
use crate::commands::CommandError;
use gesso_core::Buf;
use gesso_core::rng::Rng;
use std::hint::black_box;
use std::time::Instant;

/// Numbers of 8 bytes that are read in order.
const READ: usize = 1 << 27;
/// Numbers of 4 bytes that are gathered in one pass.
const GATHERED: usize = 1 << 24;
/// Lengths of the arrays that numbers are gathered from.
const LENGTHS: [usize; 3] = [1 << 20, 1 << 24, 1 << 26];

/// Measures with one thread, and with all that the plan has.
pub fn measure(plan: &Plan, runs: u32) -> Result<Report, CommandError> {
    let mut report = Report::new("limits", &["what", "MiB", "pages", "threads", "ns each", "GB/s"]);
    let mut threads = vec![1, plan.threads];
    threads.dedup();
    let mut long = Buf::<u64>::zeroed(READ);
    long.fill(1);
    for threads in &threads {
        let times = repeat(runs, *threads, READ, |range| sum(&long[range]))?;
        let (threads, array_bytes) = (*threads, READ * 8);
        let pass = Pass { what: "read", array_bytes, pages: "huge", threads, count: READ, size_bytes: 8 };
        report.push(pass.row(&times));
    }
    drop(long);
    let mut ids = Buf::<u32>::zeroed(GATHERED);
    for len in LENGTHS {
        let mut rng = Rng::new(plan.kronecker.seed, len as u64);
        ids.fill_with(|| rng.below(len as u64) as u32);
        let (mut huge, small) = (Buf::<u32>::zeroed(len), vec![1u32; len]);
        huge.fill(1);
        for (pages, values) in [("huge", &huge[..]), ("small", &small[..])] {
            for threads in &threads {
                let times = repeat(runs, *threads, GATHERED, |range| gather(values, &ids[range]))?;
                let (threads, array_bytes) = (*threads, len * 4);
                let pass =
                    Pass { what: "gather", array_bytes, pages, threads, count: GATHERED, size_bytes: 4 };
                report.push(pass.row(&times));
            }
        }
    }
    Ok(report)
}

/// Seconds of each pass over `0..len`, a part a thread.
fn repeat(
    runs: u32,
    threads: usize,
    len: usize,
    part: impl Fn(std::ops::Range<usize>) -> u64 + Sync,
) -> Result<Samples, BenchError> {
    let mut times = Samples::default();
    for _ in 0..runs {
        let (part, started) = (&part, Instant::now());
        std::thread::scope(|scope| {
            let size = len.div_ceil(threads);
            let parts = (0..threads).map(|i| (i * size).min(len)..((i + 1) * size).min(len));
            let running: Vec<_> = parts.map(|range| scope.spawn(move || black_box(part(range)))).collect();
            running.into_iter().try_for_each(|thread| thread.join().map(drop))
        })
        .map_err(|_| BenchError::Panicked)?;
        times.push(started.elapsed().as_secs_f64());
    }
    Ok(times)
}

/// Eight sums, so that one addition does not wait for another.
fn sum(values: &[u64]) -> u64 {
    let mut sums = [0u64; 8];
    for eight in values.chunks_exact(sums.len()) {
        for (sum, value) in sums.iter_mut().zip(eight) {
            *sum = sum.wrapping_add(*value);
        }
    }
    sums.into_iter().fold(0, u64::wrapping_add)
}

/// Likewise four.
fn gather(values: &[u32], ids: &[u32]) -> u64 {
    let mut sums = [0u64; 4];
    for four in ids.chunks_exact(sums.len()) {
        for (sum, id) in sums.iter_mut().zip(four) {
            *sum += u64::from(values[*id as usize]);
        }
    }
    sums.into_iter().sum()
}

/// What was measured in a row.
struct Pass {
    what: &'static str,
    /// The array that is read from.
    array_bytes: usize,
    pages: &'static str,
    threads: usize,
    /// Numbers read, and the size of each.
    count: usize,
    size_bytes: usize,
}

impl Pass {
    fn row(&self, seconds: &Samples) -> [Cell; 6] {
        let bytes = (self.count * self.size_bytes) as f64;
        [
            Cell::name(self.what),
            Cell::Count((self.array_bytes >> 20) as u64),
            Cell::name(self.pages),
            Cell::Count(self.threads as u64),
            Cell::Real(seconds.median() * 1e9 / self.count as f64),
            Cell::Real(bytes / seconds.median() / 1e9),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_passed_over_once() {
        let values = vec![1u64; 64];
        for threads in [1, 2, 4] {
            let total = std::sync::atomic::AtomicU64::new(0);
            let times = repeat(2, threads, values.len(), |range| {
                let part = sum(&values[range]);
                total.fetch_add(part, std::sync::atomic::Ordering::Relaxed);
                part
            });
            assert_eq!((times.unwrap().count(), total.into_inner()), (2, 128), "{threads} threads");
        }
        assert_eq!(gather(&[1, 2, 4], &[2, 2, 0, 1]), 11);
    }
}
