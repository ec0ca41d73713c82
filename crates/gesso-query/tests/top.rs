//! Windows over many chunks of a base, where later chunks leave out what can not get in.

use gesso_core::rng::Rng;
use gesso_core::{Cardinality, DataType, JobContext, PropId, Value, VertexIx};
use gesso_graph::*;
use gesso_query::{Compiled, OrderBy, Plan, Query, SortKey, Target, find_edges, find_vertices};
use std::collections::BTreeMap;

const VERTICES: u32 = 60_000;

/// `n`, `x` and `t` of a vertex; `x` is sometimes no number, and each is sometimes missing.
fn row(v: u32) -> [Option<Value>; 3] {
    let mut rng = Rng::new(7, u64::from(v));
    let x = match rng.below(50) {
        0 => f64::NAN,
        1 => -0.0,
        n => n as f64 - 25.0,
    };
    let is_set = [rng.below(10) > 0, rng.below(10) > 0, rng.below(10) > 0];
    let values = [
        Value::Int(rng.below(5000) as i32 - 2500),
        Value::Double(x),
        Value::Text(format!("text {}", rng.below(9000)).into()),
    ];
    let mut set = is_set.into_iter();
    values.map(|v| set.next().unwrap_or(false).then_some(v))
}

fn build(dir: &std::path::Path) -> Graph {
    let info = GraphInfo {
        uid: "u".into(),
        project: "p".into(),
        name: "g".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    let graph = Graph::create(&dir.join("g"), info, 0).unwrap();
    let property = |name: &str, data_type| PropertyDef {
        name: name.into(),
        data_type,
        cardinality: Cardinality::Single,
    };
    let properties =
        vec![property("n", DataType::Int), property("x", DataType::Double), property("t", DataType::String)];
    let schema = Schema::default()
        .with_label(&LabelDef { name: "all".into(), kind: LabelKind::All, properties })
        .and_then(|s| {
            s.with_label(&LabelDef { name: "bare".into(), kind: LabelKind::All, properties: vec![] })
        });
    let schema = schema.unwrap();
    let write = |vertices: std::ops::Range<u32>| {
        graph
            .write(|tx| {
                tx.set_schema(schema.clone())?;
                for v in vertices {
                    let label = schema.get(if v.is_multiple_of(13) { "bare" } else { "all" }).unwrap().id;
                    let values = if v % 13 == 0 { [None, None, None] } else { row(v) };
                    let row: EdgeProperties =
                        (0..3).zip(values).filter_map(|(p, v)| Some((PropId(p), v?))).collect();
                    let labelled = row.iter().map(|(p, v)| (label, *p, v.clone())).collect();
                    let ix = tx.new_vertex(&format!("v{v}"), vec![label], labelled)?;
                    tx.new_edge(ix, VertexIx(0), label, row)?;
                }
                Ok::<_, ApplyError>(())
            })
            .unwrap();
    };
    write(0..VERTICES - 500);
    graph.compact(&JobContext::detached(2, 1 << 30)).unwrap();
    write(VERTICES - 500..VERTICES);
    graph
}

/// Positions as a plain sort has them: values first, in the order of their type, and not numbers above all.
fn expected(property: usize, is_falling: bool) -> Vec<u32> {
    let value = |v: u32| if v.is_multiple_of(13) { None } else { row(v)[property].clone() };
    let mut all: Vec<(Option<Value>, u32)> = (0..VERTICES).map(|v| (value(v), v)).collect();
    all.sort_by(|(a, _), (b, _)| match (a, b) {
        (Some(a), Some(b)) => {
            let nan = |v: &Value| v.as_real().is_some_and(f64::is_nan);
            let order = a.compare(b).unwrap_or_else(|| nan(a).cmp(&nan(b)));
            if is_falling { order.reverse() } else { order }
        }
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    all.into_iter().map(|(_, v)| v).collect()
}

#[test]
fn v03_13_a_window_over_many_chunks_is_that_of_a_plain_sort() {
    let dir = tempfile::tempdir().unwrap();
    let graph = build(dir.path());
    let snapshot = graph.snapshot();
    for (property, name) in ["n", "x", "t"].into_iter().enumerate() {
        for is_falling in [false, true] {
            let expected = expected(property, is_falling);
            let sorts = vec![OrderBy { key: SortKey::Property(name.into()), is_falling }];
            for (offset, limit) in [(0, 10), (995, 10), (0, 3000), (57_000, 3000)] {
                let query = Query { sorts: sorts.clone(), offset, limit: Some(limit), ..Query::default() };
                let ctx = JobContext::detached(2, 1 << 30);
                let window = &expected[offset as usize..(offset + limit) as usize];
                let compiled = Compiled::of(snapshot.schema(), Target::Vertices, &query).unwrap();
                let plan = Plan::of(&snapshot, &compiled);
                let found = find_vertices(&ctx, &snapshot, &compiled, &plan).unwrap();
                assert_eq!(
                    found.iter().map(|v| v.0).collect::<Vec<_>>(),
                    window,
                    "{name} {is_falling} {offset}"
                );
                let compiled = Compiled::of(snapshot.schema(), Target::Edges, &query).unwrap();
                let plan = Plan::of(&snapshot, &compiled);
                let found = find_edges(&ctx, &snapshot, &compiled, &plan).unwrap();
                let sources: Vec<u32> = found.iter().map(|e| e.name().source.0).collect();
                assert_eq!(sources, window, "{name} {is_falling} {offset}");
            }
        }
    }
}
