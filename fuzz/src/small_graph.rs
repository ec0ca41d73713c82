//! A schema and an empty graph for targets that need one.

use gesso_core::{Cardinality, DataType};
use gesso_graph::{Graph, GraphInfo, LabelDef, LabelKind, PropertyDef, Schema};
use gesso_store::Disk;
use gesso_store::disk::sim::SimFs;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Where [`new_graph`] lies on its disk.
pub const DIR: &str = "/g";

/// One label, `a`, for vertices and edges.
pub fn small_schema() -> Schema {
    let property =
        |name: &str, data_type, cardinality| PropertyDef { name: name.into(), data_type, cardinality };
    let properties = vec![
        property("age", DataType::Int, Cardinality::Single),
        property("names", DataType::String, Cardinality::List),
        property("day", DataType::Date, Cardinality::Single),
        property("score", DataType::Double, Cardinality::Single),
    ];
    let label = LabelDef { name: "a".into(), kind: LabelKind::All, properties };
    Schema::default().with_label(&label).expect("a label")
}

/// An empty graph on a simulated disk.
pub fn new_graph(fs: &SimFs) -> Graph {
    let info = GraphInfo {
        uid: "u".into(),
        project: "p".into(),
        name: "g".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    Graph::create_on(&Disk::of(Arc::new(fs.clone())), Path::new(DIR), info, 0).expect("a graph")
}
