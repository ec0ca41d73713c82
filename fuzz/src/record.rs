//! A commit of any bytes: what is read can be written, and is then the same.

use gesso_graph::op;

/// One input.
pub fn run(bytes: &[u8]) {
    if let Ok(commit) = op::decode(bytes) {
        let again = op::decode(&op::encode(commit.time_ms, &commit.ops)).expect("a commit of ours");
        assert_eq!(format!("{again:?}"), format!("{commit:?}"));
    }
}
