//! Limits on failed logins: spec 01, 3.1.
//!
//! Failures are counted by address and by user name. Once a count reaches its limit within a minute, that
//! address or name is refused for a minute. A success clears nothing: else one known password would buy
//! endless guesses from the same address.

use super::secret::Digest;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The span over which failures are counted, and how long a refusal lasts.
pub const WINDOW: Duration = Duration::from_mins(1);

/// Most addresses and most names that are remembered. Failures cost a password hash each, one at a time,
/// so a minute holds a few thousand; this bound is for memory, not for daily work.
const ENTRIES_MAX: usize = 16_384;

/// The failures of the last minute. One lock, held for a map access.
#[derive(Debug)]
pub struct Attempts {
    failures_max: u32,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    peers: HashMap<IpAddr, Count>,
    /// By digest: all are of one size, and a password typed into the field of the name is not kept.
    names: HashMap<Digest, Count>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    /// When the count began or, once it is full, when the last failure came.
    since: Instant,
}

impl Attempts {
    /// Refuses after this many failures in a minute.
    pub fn new(failures_max: u32) -> Attempts {
        Attempts { failures_max, counts: Mutex::default() }
    }

    /// True if neither the address nor the name has failed too often.
    pub fn is_allowed(&self, peer: Option<IpAddr>, name: &str, now: Instant) -> bool {
        let counts = self.lock();
        let is_full =
            |c: Option<&Count>| c.is_some_and(|c| c.failures >= self.failures_max && c.is_live(now));
        !is_full(peer.and_then(|p| counts.peers.get(&network(p))))
            && !is_full(counts.names.get(&Digest::sha256(name)))
    }

    /// Counts a failure.
    pub fn note_failure(&self, peer: Option<IpAddr>, name: &str, now: Instant) {
        let mut counts = self.lock();
        if let Some(peer) = peer {
            count(&mut counts.peers, network(peer), self.failures_max, now);
        }
        count(&mut counts.names, Digest::sha256(name), self.failures_max, now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn is_live(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < WINDOW
    }
}

fn count<K: Hash + Eq + Clone>(map: &mut HashMap<K, Count>, key: K, failures_max: u32, now: Instant) {
    if !map.contains_key(&key) && map.len() >= ENTRIES_MAX {
        make_room(map, now);
    }
    let entry = map.entry(key).or_insert(Count { failures: 0, since: now });
    if !entry.is_live(now) {
        *entry = Count { failures: 0, since: now };
    }
    entry.failures = entry.failures.saturating_add(1);
    if entry.failures >= failures_max {
        entry.since = now;
    }
}

/// Forgets what is over; if nothing is, the entry that is over first.
fn make_room<K: Hash + Eq + Clone>(map: &mut HashMap<K, Count>, now: Instant) {
    map.retain(|_, c| c.is_live(now));
    if map.len() >= ENTRIES_MAX
        && let Some(oldest) = map.iter().min_by_key(|e| e.1.since).map(|e| e.0.clone())
    {
        map.remove(&oldest);
    }
}

/// What one subscriber has: an IPv4 address, or the first 64 bits of an IPv6 address.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    #[test]
    fn the_limit_holds_for_a_minute_by_address_and_by_name() {
        let attempts = Attempts::new(3);
        let start = Instant::now();
        for n in 0..3 {
            assert!(attempts.is_allowed(Some(peer(1)), "a", start));
            attempts.note_failure(Some(peer(1)), &format!("user {n}"), start);
        }
        assert!(!attempts.is_allowed(Some(peer(1)), "a", start));
        assert!(attempts.is_allowed(Some(peer(2)), "a", start));
        for n in 0..3 {
            attempts.note_failure(Some(peer(10 + n)), "b", start + WINDOW / 2);
        }
        assert!(!attempts.is_allowed(Some(peer(2)), "b", start + WINDOW));
        assert!(attempts.is_allowed(Some(peer(1)), "a", start + WINDOW));
        assert!(attempts.is_allowed(Some(peer(2)), "b", start + WINDOW * 3 / 2));
    }

    #[test]
    fn failures_spread_over_minutes_do_not_add_up() {
        let attempts = Attempts::new(2);
        let start = Instant::now();
        for n in 0..5 {
            attempts.note_failure(Some(peer(1)), "a", start + WINDOW * n);
            assert!(attempts.is_allowed(Some(peer(1)), "a", start + WINDOW * n));
        }
    }

    #[test]
    fn memory_is_bounded_and_one_ipv6_network_counts_as_one() {
        let attempts = Attempts::new(2);
        let start = Instant::now();
        for n in 0..ENTRIES_MAX as u32 + 100 {
            attempts.note_failure(Some(IpAddr::from(n.to_be_bytes())), &format!("{n}"), start);
        }
        assert_eq!(attempts.lock().names.len(), ENTRIES_MAX);
        assert_eq!(attempts.lock().peers.len(), ENTRIES_MAX);
        let v6 = |tail: u16| Some(IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, tail]));
        let later = start + WINDOW;
        attempts.note_failure(v6(1), "a", later);
        attempts.note_failure(v6(2), "b", later);
        assert!(!attempts.is_allowed(v6(3), "c", later));
    }
}
