//! A commit of any bytes: what is read can be written, and is then the same.
#![no_main]

use gesso_graph::op;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(commit) = op::decode(bytes) {
        let again = op::decode(&op::encode(commit.time_ms, &commit.ops)).expect("a commit of ours");
        assert_eq!(format!("{again:?}"), format!("{commit:?}"));
    }
});
