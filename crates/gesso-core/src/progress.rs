//! How far a job is: never backwards, 1 only at the end, unknown rather than invented.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Progress of one job, written by its threads, read by anyone.
#[derive(Debug, Default)]
pub struct Progress {
    plan: Mutex<Plan>,
    done: AtomicU64,
    total: AtomicU64,
    /// The highest fraction reported, in millionths; reported values never fall below it.
    high: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    /// The part of 0..1 that the present scope covers.
    scope: (f64, f64),
    /// The part of 0..1 that the present phase covers.
    phase: (f64, f64),
    name: &'static str,
    started: bool,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan { scope: (0.0, 1.0), phase: (0.0, 0.0), name: "queued", started: false }
    }
}

/// What a running job is told never to report; only its end is 1.
const RUNNING_MAX: f64 = 0.999_999;

impl Progress {
    /// Restricts the phases that follow to the part `from..to` of the whole job.
    pub fn scope(&self, from: f64, to: f64) {
        let mut plan = self.lock();
        plan.scope = (from, to);
        plan.phase = (from, from);
    }

    /// Begins a phase that takes the scope from where it is up to `upto` (0..=1 of the scope).
    pub fn phase(&self, name: &'static str, upto: f64, total: u64) {
        self.fraction();
        let mut plan = self.lock();
        let (lo, hi) = plan.scope;
        let start = plan.phase.1.max(lo);
        plan.phase = (start, (lo + (hi - lo) * upto).max(start));
        plan.name = name;
        plan.started = true;
        self.done.store(0, Relaxed);
        self.total.store(total, Relaxed);
    }

    /// Adds finished units of the present phase.
    #[inline]
    pub fn advance(&self, units: u64) {
        self.done.fetch_add(units, Relaxed);
    }

    /// The name of the present phase.
    pub fn phase_name(&self) -> &'static str {
        self.lock().name
    }

    /// 0..1, or none before the first phase.
    pub fn fraction(&self) -> Option<f64> {
        let plan = *self.lock();
        if !plan.started {
            return None;
        }
        let (done, total) = (self.done.load(Relaxed), self.total.load(Relaxed));
        let part = if total == 0 { 0.0 } else { (done as f64 / total as f64).min(1.0) };
        let now = (plan.phase.0 + (plan.phase.1 - plan.phase.0) * part).clamp(0.0, RUNNING_MAX);
        let millionths = (now * 1e6) as u64;
        let high = self.high.fetch_max(millionths, Relaxed).max(millionths);
        Some(high as f64 / 1e6)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j02_52_progress_never_falls_and_is_never_one_while_running() {
        let p = Progress::default();
        assert_eq!(p.fraction(), None);
        p.scope(0.0, 0.5);
        p.phase("a", 0.5, 10);
        p.advance(10);
        assert_eq!(p.fraction(), Some(0.25));
        p.phase("b", 1.0, 4);
        assert_eq!(p.fraction(), Some(0.25));
        p.scope(0.5, 1.0);
        p.phase("c", 1.0, 1);
        p.advance(99);
        let end = p.fraction().unwrap();
        assert!(end > 0.99 && end < 1.0);
    }
}
