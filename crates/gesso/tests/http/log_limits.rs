//! The bound on a graph's log: spec 01, section 4 (503), and the configuration.

use crate::harness::{TestServer, check};
use gesso_graph::LogLimits;
use serde_json::json;
use std::time::{Duration, Instant};

#[test]
fn c01_a_full_log_is_answered_with_503_until_a_checkpoint_has_made_it_smaller() {
    let s = TestServer::start_with(|settings| {
        settings.log_limits = LogLimits { max_bytes: Some(16 << 10), ..LogLimits::default() };
    });
    let (g, other) = (s.graph("films"), s.graph("other"));
    let write = |id: u64| g.post("/vertices", json!({"vertex": id.to_string()}));
    let started = Instant::now();
    let (mut written, mut refused) = (0, 0);
    // Checkpoints go on beside the writes: a fast writer meets the limit, and gets on after it.
    while refused == 0 || written < 400 {
        let reply = write(written);
        if reply.status == 200 {
            written += 1;
            continue;
        }
        assert_eq!(reply.headers["Retry-After"], "5");
        let message = check(reply, 503, "GES.8602");
        assert!(message.contains("graph [films]: the log has") && message.contains("16384"), "{message}");
        refused += 1;
        other.post("/vertices", json!({"vertex": refused.to_string()})).expect(200);
        assert_eq!(g.counts().0, written, "readers go on");
        std::thread::sleep(Duration::from_millis(50));
        assert!(started.elapsed() < Duration::from_mins(1), "no checkpoint came");
    }
    let s = s.restart();
    assert_eq!(s.named("films").counts(), (written, 0));
}
