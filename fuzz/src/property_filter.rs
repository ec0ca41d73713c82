//! A property filter of any JSON, after a byte that chooses between vertices and edges: refused, or compiled and
//! asked about every element of a small graph.

use super::small_graph::{new_graph, small_schema};
use gesso_core::{LabelId, PropId, Value};
use gesso_graph::{ApplyError, End, Snapshot, Transaction};
use gesso_query::Target;
use gesso_query::property_filter::PropertyFilter;
use gesso_store::disk::sim::SimFs;
use std::sync::{Arc, LazyLock};

const PERSON: LabelId = LabelId(1);

fn fill(tx: &mut Transaction) -> Result<(), ApplyError> {
    tx.set_schema(small_schema())?;
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
    let graph = new_graph(&SimFs::new(0));
    graph.write(fill).expect("a write");
    graph.snapshot()
});

/// One input.
pub fn run(bytes: &[u8]) {
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
}
