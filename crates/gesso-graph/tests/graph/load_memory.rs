//! The memory of a load over a graph that is there.

use crate::naive::{KNOWS, LoadError, PERSON, info, schema};
use gesso_core::{JobContext, Stop, Value};
use gesso_graph::*;

const VERTICES: u32 = 20_000;
const EDGES: u32 = 50_000;

/// Ids of ten letters, and a number at each vertex and edge.
fn fill(bulk: &mut BulkLoad<'_>) -> Result<(), LoadError> {
    let schema = bulk.schema().clone();
    let mut vertices = VertexChunk::default();
    let table = vertices.tables.of(PERSON, &schema);
    table.rows = VERTICES as usize;
    (0..VERTICES).for_each(|v| table.columns[0].push_value(&Value::Int(v as i32)));
    (0..VERTICES).for_each(|v| vertices.ids.push(&format!("v{v:09}")));
    vertices.labels = vec![PERSON; VERTICES as usize];
    bulk.add_vertices(vertices)?;
    let mut edges = EdgeChunk::default();
    let table = edges.tables.of(KNOWS, &schema);
    table.rows = EDGES as usize;
    (0..EDGES).for_each(|e| table.columns[0].push_value(&Value::Int(e as i32)));
    edges.sources = (0..EDGES).map(|e| e % VERTICES).collect();
    edges.targets = (0..EDGES).map(|e| e * 7 % VERTICES).collect();
    edges.labels = vec![KNOWS; EDGES as usize];
    Ok(bulk.add_edges(edges)?)
}

#[test]
fn a_load_holds_the_rows_that_are_there_in_the_account() {
    let dir = tempfile::tempdir().unwrap();
    let graph = Graph::create(&dir.path().join("g"), info(), 0).unwrap();
    let ctx = JobContext::detached(1, 1 << 30);
    graph.load(&ctx, RepeatedEdges::default(), |_| Ok(schema()), fill).unwrap();
    // A load that was committed can not be stopped any more, and its context is of no further use.
    let ctx = JobContext::detached(1, 1 << 30);
    // Id, its end and its place in the table, label, row and number; source, target, index and number, and
    // the next index of each vertex.
    let least = u64::from(VERTICES) * (10 + 8 + 6 + 6 + 4 + 4) + u64::from(EDGES) * 16;
    let look = |bulk: &mut BulkLoad<'_>| {
        assert!(bulk.find("v000000000").is_some());
        let used = ctx.account().used();
        assert!((least..3 * least).contains(&used), "{used} bytes in the account, at least {least} held");
        Ok::<_, LoadError>(())
    };
    graph.load(&ctx, RepeatedEdges::default(), |s| Ok(s.clone()), look).unwrap();
    assert_eq!(ctx.account().used(), 0);

    let small = JobContext::detached(1, least);
    let refused = graph.load(&small, RepeatedEdges::default(), |s| Ok(s.clone()), |_| Ok::<_, LoadError>(()));
    assert!(matches!(refused, Err(LoadError::Stopped(Stop::Memory))), "{refused:?}");
    assert_eq!(small.account().used(), 0);
    assert_eq!(graph.snapshot().edge_count(), u64::from(EDGES));
}
