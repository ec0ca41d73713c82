//! A property filter of any JSON, after a byte that chooses between vertices and edges: refused, or compiled and
//! asked about every element of a small graph.
#![no_main]

use gesso_core::{Cardinality, DataType, LabelId, PropId, Value};
use gesso_graph::{
    ApplyError, End, Graph, GraphInfo, LabelDef, LabelKind, PropertyDef, Schema, Snapshot, Transaction,
};
use gesso_query::Target;
use gesso_query::property_filter::PropertyFilter;
use gesso_store::Disk;
use gesso_store::disk::sim::SimFs;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

const PERSON: LabelId = LabelId(1);

fn schema() -> Schema {
    let property =
        |name: &str, data_type, cardinality| PropertyDef { name: name.into(), data_type, cardinality };
    let properties = vec![
        property("age", DataType::Int, Cardinality::Single),
        property("names", DataType::String, Cardinality::List),
        property("day", DataType::Date, Cardinality::Single),
        property("score", DataType::Double, Cardinality::Single),
    ];
    let label = LabelDef { name: "person".into(), kind: LabelKind::All, properties };
    Schema::default().with_label(&label).expect("a label")
}

fn fill(tx: &mut Transaction) -> Result<(), ApplyError> {
    tx.set_schema(schema())?;
    let row = vec![
        (PERSON, PropId(0), Value::Int(30)),
        (PERSON, PropId(1), Value::Many([Value::Text("Ana".into()), Value::Text("".into())].into())),
        (PERSON, PropId(3), Value::Double(f64::NAN)),
    ];
    let a = tx.new_vertex("ana", vec![PERSON], row)?;
    let b = tx.new_vertex("bo", vec![PERSON, LabelId::DEFAULT], Vec::new())?;
    tx.new_edge(a, b, PERSON, vec![(PropId(0), Value::Int(-1))])?;
    tx.new_edge(b, b, LabelId::DEFAULT, Vec::new()).map(drop)
}

static GRAPH: LazyLock<Arc<Snapshot>> = LazyLock::new(|| {
    let info = GraphInfo {
        uid: "u".into(),
        project: "p".into(),
        name: "g".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    let disk = Disk::of(Arc::new(SimFs::new(0)));
    let graph = Graph::create_on(&disk, Path::new("/g"), info, 0).expect("a graph");
    graph.write(fill).expect("a write");
    graph.snapshot()
});

fuzz_target!(|bytes: &[u8]| {
    let Some((what, text)) = bytes.split_first() else { return };
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(text) else { return };
    let Ok(filter) = PropertyFilter::parse(&json) else { return };
    let graph = &*GRAPH;
    let target = if what & 1 == 0 { Target::Vertices } else { Target::Edges };
    let Ok(compiled) = filter.compile(graph.schema(), target) else { return };
    for v in (0..graph.vertex_bound()).map(gesso_core::VertexIx) {
        if target == Target::Vertices {
            std::hint::black_box(compiled.passes_vertex(graph, v));
        } else {
            for edge in graph.edges_at(v, End::Source) {
                std::hint::black_box(compiled.passes_edge(graph, &edge));
            }
        }
    }
});
