//! Counters for the server to export: spec 02, section 10.

use crate::job::Job;
use crate::kind::Kind;
use crate::record::{GraphKey, State};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper ends of the histogram buckets, in seconds; one more bucket is for what lies above.
pub const BUCKETS: [f64; 16] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 10.0, 60.0, 600.0, 3600.0];

/// A snapshot of all counters.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    /// Waiting jobs by graph and kind.
    pub queued: Vec<(GraphKey, Kind, u64)>,
    /// Running jobs by graph and kind.
    pub running: Vec<(GraphKey, Kind, u64)>,
    /// Jobs ended since the start, by kind and state.
    pub ended: Vec<(Kind, State, u64)>,
    /// Submission to start, by kind.
    pub wait: Vec<(Kind, Histogram)>,
    /// Start to end, by kind.
    pub run: Vec<(Kind, Histogram)>,
    /// Cancel to no thread working and no memory held.
    pub cancel: Histogram,
    /// Bytes that running jobs were granted.
    pub memory_bytes: u64,
    /// Bytes that each running job holds.
    pub held: Vec<(u64, Arc<Job>)>,
    /// Bytes of stored results.
    pub result_bytes: u64,
}

/// How many durations fell into each of [`BUCKETS`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Counts by bucket, not cumulated; the last is for what lies above all.
    pub counts: [u64; BUCKETS.len() + 1],
    /// Sum of all durations, in seconds.
    pub sum_seconds: f64,
}

impl Histogram {
    /// Number of durations.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// The live counters. All are Relaxed: numbers for reports, nothing is read on their strength.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    kinds: BTreeMap<Kind, KindCounters>,
    cancel: LiveHistogram,
}

#[derive(Debug, Default)]
struct KindCounters {
    ended: [AtomicU64; 3],
    wait: LiveHistogram,
    run: LiveHistogram,
}

#[derive(Debug, Default)]
struct LiveHistogram {
    counts: [AtomicU64; BUCKETS.len() + 1],
    sum_us: AtomicU64,
}

/// The ends, in the order in which they are counted.
const ENDS: [State; 3] = [State::Complete, State::Failed, State::Cancelled];

impl Counters {
    pub fn new() -> Counters {
        let kinds = Kind::ALL.iter().map(|kind| (*kind, KindCounters::default())).collect();
        Counters { kinds, cancel: LiveHistogram::default() }
    }

    pub fn started(&self, kind: Kind, waited: Duration) {
        if let Some(counters) = self.kinds.get(&kind) {
            counters.wait.add(waited);
        }
    }

    pub fn ran(&self, kind: Kind, ran: Duration) {
        if let Some(counters) = self.kinds.get(&kind) {
            counters.run.add(ran);
        }
    }

    pub fn ended(&self, kind: Kind, state: State) {
        let end = ENDS.iter().position(|end| *end == state);
        if let (Some(counters), Some(end)) = (self.kinds.get(&kind), end) {
            counters.ended[end].fetch_add(1, Relaxed);
        }
    }

    pub fn cancelled_after(&self, latency: Duration) {
        self.cancel.add(latency);
    }

    /// Everything that is counted here; the rest of the snapshot is left empty.
    pub fn snapshot(&self) -> Metrics {
        let mut metrics = Metrics { cancel: self.cancel.snapshot(), ..Metrics::default() };
        for (kind, counters) in &self.kinds {
            for (state, count) in ENDS.iter().zip(&counters.ended) {
                metrics.ended.push((*kind, *state, count.load(Relaxed)));
            }
            metrics.wait.push((*kind, counters.wait.snapshot()));
            metrics.run.push((*kind, counters.run.snapshot()));
        }
        metrics
    }
}

impl LiveHistogram {
    fn add(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let bucket = BUCKETS.iter().position(|upper| seconds <= *upper).unwrap_or(BUCKETS.len());
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(duration.as_micros() as u64, Relaxed);
    }

    fn snapshot(&self) -> Histogram {
        let counts = std::array::from_fn(|i| self.counts[i].load(Relaxed));
        Histogram { counts, sum_seconds: self.sum_us.load(Relaxed) as f64 / 1e6 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_fall_into_their_buckets() {
        let counters = Counters::new();
        counters.cancelled_after(Duration::from_micros(1500));
        counters.cancelled_after(Duration::from_secs(100_000));
        let got = counters.snapshot().cancel;
        assert_eq!((got.count(), got.counts[2], got.counts[BUCKETS.len()]), (2, 1, 1));
    }
}
