//! Indices while they are being built: spec 04, 3.2.

use crate::fixture::films;
use crate::harness::{PROJECT, TestServer, check};
use crate::jobs_stage::{kronecker, one_worker};
use gesso_core::JobContext;
use gesso_graph::{IndexSpec, LabelDef, LabelKind, PropertyDef};
use serde_json::json;

fn spec(name: &str) -> IndexSpec {
    IndexSpec {
        name: name.into(),
        kind: "GlobalCompositeVertexIndex".into(),
        properties: Some(vec!["age".into()]),
        ..IndexSpec::default()
    }
}

#[test]
fn m04_29_a_used_name_is_8603_also_while_it_is_being_built() {
    let s = TestServer::start();
    let g = films(&s);
    let index =
        json!({"indexName": "age", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age"]});
    // The name is kept from the answer on; here nobody has begun to build yet.
    let building = s.inner("films").reserve_indices(vec![spec("age")], 10).expect("a free name");
    let message = check(g.post("/indices", index.clone()), 400, "GES.8603");
    assert!(message.contains("[age] already exists"), "{message}");
    check(g.delete("/indices/age"), 400, "GES.8604");
    assert_eq!(g.get("/indices").expect(200)["data"]["indices"], json!([]));
    drop(building);
    g.job("/indices", index.clone());
    check(g.post("/indices", index), 400, "GES.8603");
}

/// Stops the build at every checkpoint in turn until one build comes through.
#[test]
fn m04_37_a_cancelled_index_leaves_nothing_at_whatever_checkpoint() {
    let s = TestServer::start();
    let _films = films(&s);
    let graph = s.inner("films");
    let people = |tx: &mut gesso_graph::Transaction| {
        let label = tx.snapshot().schema().get("person").expect("a label").clone();
        for i in 0..30_000 {
            let age = gesso_core::Value::Int(i % 90);
            tx.new_vertex(&format!("p{i}"), vec![label.id], vec![(label.id, label.properties[0].id, age)])?;
        }
        Ok::<_, gesso_graph::ApplyError>(())
    };
    graph.write(people).expect("people");
    graph.compact(&JobContext::detached(1, 1 << 30)).expect("a base");
    let mut stopped = 0;
    for checkpoint in 1.. {
        let ctx = JobContext::detached(2, 1 << 30).stop_at_checkpoint(checkpoint);
        let reserved = graph.reserve_indices(vec![spec("age")], 10).expect("the name is free again");
        let built = reserved.build(&ctx);
        drop(reserved);
        assert_eq!(ctx.account().used(), 0);
        assert_eq!(graph.snapshot().schema().index("age").is_some(), built.is_ok());
        if built.is_ok() {
            break;
        }
        stopped += 1;
    }
    assert!(stopped > 5, "{stopped}");
    assert_eq!(s.restart().inner("films").snapshot().schema().indices().len(), 1);
}

#[test]
fn m04_37_a_cancelled_job_frees_the_name_and_lists_nothing() {
    let s = one_worker();
    let g = kronecker(&s, "busy", 10);
    let label = LabelDef {
        name: "x".into(),
        kind: LabelKind::All,
        properties: vec![PropertyDef {
            name: "age".into(),
            data_type: gesso_core::DataType::Int,
            cardinality: gesso_core::Cardinality::Single,
        }],
    };
    let inner = s.inner("busy");
    inner
        .write(|tx| tx.set_schema(tx.snapshot().schema().with_label(&label).expect("a new label")))
        .expect("a label");
    // The only worker is busy, so the index waits in the queue.
    let long = g.post(crate::jobs_stage::EXECUTE, crate::jobs_stage::long_pagerank()).expect(200);
    let body =
        json!({"indexName": "age", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age"]});
    let waiting = g.post("/indices", body.clone()).expect(200);
    check(g.post("/indices", body.clone()), 400, "GES.8603");
    g.delete(&format!("/jobs/{}", waiting["jobId"].as_str().expect("an id"))).expect(200);
    g.delete(&format!("/jobs/{}", long["jobId"].as_str().expect("an id"))).expect(200);
    assert_eq!(g.get("/indices").expect(200)["data"]["indices"], json!([]));
    assert_eq!(g.job("/indices", body)["status"], "success");
    assert_eq!(
        s.app().catalogue.get(PROJECT, "busy").map(|g| g.snapshot().schema().indices().len()),
        Some(1)
    );
}

/// Writers and compaction go on while indices are built and dropped; every version answers right.
#[test]
fn m04_36_indices_are_built_beside_writers_and_compaction() {
    let s = TestServer::start();
    let g = films(&s);
    let graph = s.inner("films");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..300 {
                let body = json!({"vertex": format!("w{i}"), "label": "person", "properties": {"age": [77]}});
                g.post("/vertices", body).expect(200);
                if i % 50 == 0 {
                    graph.compact(&JobContext::detached(1, 1 << 30)).expect("a base");
                }
            }
        });
        for _ in 0..20 {
            let body = json!({"indexName": "age", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age"]});
            assert_eq!(g.job("/indices", body)["status"], "success");
            let query = json!({"limit": 1000, "vertexFilters": [{"propertyName": "age", "predicate": "=", "values": [77]}]});
            let by_index = g.outputs("/vertices/action?action_id=query", query)["data_total_size"].as_u64();
            assert!(by_index <= Some(300), "{by_index:?}");
            g.delete("/indices/age").expect(200);
        }
    });
    let body =
        json!({"indexName": "age", "indexType": "GlobalCompositeVertexIndex", "indexProperty": ["age"]});
    assert_eq!(g.job("/indices", body)["status"], "success");
    let query =
        json!({"limit": 1000, "vertexFilters": [{"propertyName": "age", "predicate": "=", "values": [77]}]});
    let outputs = g.outputs("/vertices/action?action_id=query", query);
    assert_eq!((&outputs["data_total_size"], &outputs["plan"]["access"]), (&json!(300), &json!("index")));
}
