//! A disk that fails under a running server: spec 01, section 4 (503, the graph is read-only).

use crate::harness::{TestServer, check};
use gesso_store::Disk;
use gesso_store::disk::sim::{Fault, SimFs};
use serde_json::json;
use std::sync::Arc;

/// A server whose graphs are on a simulated disk.
fn server(fs: &SimFs) -> TestServer {
    TestServer::start_with(|settings| settings.disk = Disk::of(Arc::new(fs.clone())))
}

#[test]
fn c01_a_failed_write_or_fsync_makes_the_graph_read_only_until_a_restart() {
    // The first call of a commit writes, the second one syncs.
    for (after, fault) in [(0, Fault::Io), (1, Fault::Io), (0, Fault::NoSpace)] {
        let fs = SimFs::new(7);
        let s = server(&fs);
        let g = s.graph("films");
        let other = s.graph("other");
        for id in ["ana", "bo"] {
            g.post("/vertices", json!({"vertex": id})).expect(200);
        }
        fs.plan(after, fault);
        for id in ["cy", "dee"] {
            let refused = g.post("/vertices", json!({"vertex": id}));
            assert!(refused.headers.contains_key("Retry-After"), "{}", refused.text());
            let message = check(refused, 503, "GES.8602");
            assert!(message.contains("graph [films] is read-only since the disk failed"), "{message}");
            assert!(message.contains(".wal`: cannot "), "{message}");
        }
        assert_eq!(fs.struck(), 1, "the disk was not asked again");
        assert_eq!((g.counts(), g.vertex("cy")), ((2, 0), json!(null)), "readers go on");
        s.object("e.csv", "ana,bo\n");
        let import =
            json!({"edgesetPath": "e.csv", "edgesetHasLabel": false, "edgesetDefaultLabel": "__DEFAULT__"});
        let failed = g.job("/action?action_id=import-graph", import);
        assert_eq!(failed["state"], "failed", "{failed}");
        assert!(failed["errorMessage"].as_str().is_some_and(|m| m.contains("read-only")), "{failed}");
        other.post("/vertices", json!({"vertex": "x"})).expect(200);

        let s = s.restart();
        let g = s.named("films");
        assert!(g.counts().0 == 2 || g.counts().0 == 3, "the first refused write may be there");
        assert_eq!((g.vertex("dee"), s.named("other").counts()), (json!(null), (1, 0)));
        g.post("/vertices", json!({"vertex": "dee"})).expect(200);
    }
}
