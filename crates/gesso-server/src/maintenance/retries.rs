//! When to try background work on a graph again after it has failed: a full disk is not asked each second.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Time after the first failure until the next attempt; doubled by each further one, up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_mins(5);

/// Graphs of which the last attempt failed, by uid: when to try again, and how long that is from the failure.
#[derive(Default)]
pub struct Retries(HashMap<String, (Instant, Duration)>);

impl Retries {
    /// Whether an attempt may be made.
    pub fn is_due(&self, uid: &str, now: Instant) -> bool {
        self.0.get(uid).is_none_or(|(at, _)| *at <= now)
    }

    /// Notes a failure; gives the time until the next attempt.
    pub fn failed(&mut self, uid: &str, now: Instant) -> Duration {
        let wait = self.0.get(uid).map_or(FIRST, |(_, wait)| (*wait * 2).min(LONGEST));
        self.0.insert(uid.to_owned(), (now + wait, wait));
        wait
    }

    /// Forgets the failures of a graph.
    pub fn forget(&mut self, uid: &str) {
        self.0.remove(uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_wait_up_to_a_limit_and_a_success_ends_it() {
        let start = Instant::now();
        let (mut retries, mut now) = (Retries::default(), start);
        assert!(retries.is_due("a", now));
        let waits: Vec<u64> = (0..10)
            .map(|_| {
                let wait = retries.failed("a", now);
                assert!(!retries.is_due("a", now + wait / 2));
                now += wait;
                assert!(retries.is_due("a", now));
                wait.as_secs()
            })
            .collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert!(retries.is_due("b", start), "each graph waits by itself");
        retries.forget("a");
        assert_eq!(retries.failed("a", now), FIRST);
    }
}
