//! A log that has reached its limit takes no more commits until a checkpoint has made it smaller.

use crate::naive::{PERSON, info, schema};
use gesso_core::JobContext;
use gesso_graph::{ApplyError, Graph, LogLimits, WriteError};

fn write(graph: &Graph, id: &str) -> Result<(), WriteError<ApplyError>> {
    graph.write(|tx| tx.new_vertex(id, vec![PERSON], vec![]).map(drop))
}

#[test]
fn a_full_log_refuses_writes_until_a_checkpoint_and_says_so() {
    const MOST: u64 = 8 << 10;
    let dir = tempfile::tempdir().unwrap();
    let graph = Graph::create(&dir.path().join("g"), info(), 0).unwrap();
    let graph = graph.with_log_limits(LogLimits { max_bytes: Some(MOST), ..LogLimits::default() });
    graph.write(|tx| tx.set_schema(schema())).unwrap();
    for round in 0..3 {
        let (mut written, mut was_due) = (0, false);
        let refused = loop {
            match write(&graph, &format!("{round}-{written}")) {
                Ok(()) => written += 1,
                Err(e) => break e,
            }
            was_due |= graph.needs_compaction() && graph.log_bytes() < MOST * 3 / 4;
        };
        assert!(was_due && written > 20, "a checkpoint is due well before the limit");
        assert!(matches!(refused, WriteError::LogFull { limit: MOST, .. }), "{refused}");
        assert!(refused.to_string().contains("expected less than 8192"), "{refused}");
        assert!(graph.log_bytes() < MOST + 1024, "no more than one commit beyond the limit");
        graph.compact(&JobContext::detached(1, 1 << 30)).unwrap();
        assert!(!graph.needs_compaction());
    }
    write(&graph, "last").unwrap();
    let count = graph.snapshot().vertex_count();
    drop(graph);
    assert_eq!(Graph::open(&dir.path().join("g"), 0).unwrap().snapshot().vertex_count(), count);
}
