//! A commit bears the id of the job that made it, through restarts and new bases.

use gesso_core::{JobContext, LabelId, Stop};
use gesso_graph::{Graph, GraphError, GraphInfo, RepeatedEdges, VertexChunk, WriteError};
use std::path::Path;

fn open(dir: &Path) -> Graph {
    Graph::open(dir, 0).unwrap()
}

fn job(id: &str) -> JobContext {
    JobContext::detached(1, 1 << 26).of_job(id)
}

fn add(graph: &Graph, ctx: &JobContext, id: &str) -> Result<(), WriteError<Stop>> {
    graph.write_in_job(ctx, |tx| {
        tx.new_vertex(id, vec![LabelId::DEFAULT], Vec::new()).map(drop).map_err(|_| Stop::Cancelled)
    })
}

#[test]
fn committed_jobs_are_known_after_a_restart_and_others_are_not() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("g");
    let info = GraphInfo {
        project: "p".into(),
        name: "g".into(),
        uid: "u".into(),
        created_ms: 0,
        options: std::collections::BTreeMap::new(),
    };
    let graph = Graph::create(&dir, info, 0).unwrap();
    add(&graph, &job("j-write"), "a").unwrap();
    let stopped = job("j-stopped");
    stopped.gate().stop(Stop::Cancelled);
    assert!(add(&graph, &stopped, "b").is_err());
    let loaded = graph.load(
        &job("j-load"),
        RepeatedEdges::default(),
        |schema| Ok::<_, GraphError>(schema.clone()),
        |bulk| {
            let mut chunk = VertexChunk::default();
            chunk.ids.push("c");
            chunk.labels.push(LabelId::DEFAULT);
            chunk.tables.of(LabelId::DEFAULT, bulk.schema()).rows = 1;
            Ok(bulk.add_vertices(chunk)?)
        },
    );
    loaded.unwrap();
    add(&graph, &job("j-late"), "d").unwrap();
    let check = |graph: &Graph| {
        let known = ["j-write", "j-load", "j-late"].map(|id| graph.has_committed(id));
        assert_eq!((known, graph.has_committed("j-stopped")), ([true; 3], false));
    };
    check(&graph);
    drop(graph);
    let graph = open(&dir);
    check(&graph);
    // Also when the log that held the ids is gone.
    graph.compact(&JobContext::detached(1, 1 << 26)).unwrap();
    drop(graph);
    check(&open(&dir));
}
