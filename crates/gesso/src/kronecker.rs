//! A generated power-law graph, loaded like any other.

use gesso_core::rng::Rng;
use gesso_core::{Cardinality, DataType, JobContext, LabelId, Value};
use gesso_graph::{
    BulkLoad, EdgeChunk, Graph, GraphError, LabelDef, LabelKind, PropertyDef, RepeatedEdges, Schema,
    VertexChunk, generate,
};
use std::fmt::Write as _;

/// Rows that are handed over at once.
const CHUNK: usize = 1 << 16;

/// The label of edges with weights.
const WEIGHTED: &str = "weighted";
/// The property of their weights: whole numbers from 1, as those of the GAP Benchmark Suite.
pub const WEIGHT: &str = "weight";
/// The highest weight.
const WEIGHT_MAX: u64 = 255;

/// Which graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kronecker {
    /// It has 2^scale vertices, named `0`, `1`, …
    pub scale: u32,
    /// Edges a vertex.
    pub edge_factor: u32,
    /// Equal seeds give equal graphs.
    pub seed: u64,
}

impl Kronecker {
    /// Number of vertices.
    pub fn vertices(self) -> u64 {
        1 << self.scale
    }

    /// Number of edges.
    pub fn edges(self) -> u64 {
        self.vertices() * u64::from(self.edge_factor)
    }

    /// Generates it into an empty graph, with weights as [`load_edges`] does. Durable when it returns.
    pub fn load(self, ctx: &JobContext, graph: &Graph, weights: Option<u64>) -> Result<(), GraphError> {
        ctx.progress().scope(0.0, 0.3);
        let (sources, targets) = generate::kronecker(ctx, self.scale, self.edge_factor, self.seed)?;
        ctx.progress().scope(0.3, 1.0);
        load_edges(ctx, graph, self.vertices() as usize, (&sources, &targets), weights)
    }
}

/// Loads vertices `0`, `1`, … and edges between them into an empty graph; with `weights` each edge gets one, drawn
/// from this seed. Durable when it returns.
pub fn load_edges(
    ctx: &JobContext,
    graph: &Graph,
    vertices: usize,
    (sources, targets): (&[u32], &[u32]),
    weights: Option<u64>,
) -> Result<(), GraphError> {
    let mut rng = weights.map(|seed| Rng::new(seed, 0));
    graph.load(
        ctx,
        RepeatedEdges::default(),
        |schema| Ok::<_, GraphError>(if weights.is_some() { with_weights(schema) } else { schema.clone() }),
        |bulk| {
            ctx.phase("load", 0.5, (vertices + sources.len()) as u64);
            add_vertices(ctx, bulk, vertices)?;
            for (sources, targets) in sources.chunks(CHUNK).zip(targets.chunks(CHUNK)) {
                ctx.checkpoint()?;
                bulk.add_edges(edges(bulk, sources, targets, rng.as_mut()))?;
                ctx.advance(sources.len() as u64);
            }
            ctx.phase("build adjacency", 1.0, 0);
            Ok(())
        },
    )
}

/// Vertices get numbers in the order in which they come, so that each one's number is its id.
fn add_vertices(ctx: &JobContext, bulk: &mut BulkLoad<'_>, count: usize) -> Result<(), GraphError> {
    let mut id = String::new();
    for first in (0..count).step_by(CHUNK) {
        ctx.checkpoint()?;
        let mut chunk = VertexChunk::default();
        for v in first..count.min(first + CHUNK) {
            id.clear();
            // Writing to a string does not fail.
            _ = write!(id, "{v}");
            chunk.ids.push(&id);
        }
        let rows = chunk.ids.len();
        chunk.labels = vec![LabelId::DEFAULT; rows];
        chunk.tables.of(LabelId::DEFAULT, bulk.schema()).rows = rows;
        bulk.add_vertices(chunk)?;
        ctx.advance(rows as u64);
    }
    Ok(())
}

fn with_weights(schema: &Schema) -> Schema {
    let label = LabelDef {
        name: WEIGHTED.to_owned(),
        kind: LabelKind::Edge,
        properties: vec![PropertyDef {
            name: WEIGHT.to_owned(),
            data_type: DataType::Int,
            cardinality: Cardinality::Single,
        }],
    };
    // It can only be there already.
    schema.with_label(&label).unwrap_or_else(|_| schema.clone())
}

fn edges(bulk: &BulkLoad<'_>, sources: &[u32], targets: &[u32], weights: Option<&mut Rng>) -> EdgeChunk {
    let label = bulk.schema().get(WEIGHTED).filter(|_| weights.is_some());
    let label = label.map_or(LabelId::DEFAULT, |label| label.id);
    let mut chunk = EdgeChunk {
        sources: sources.to_vec(),
        targets: targets.to_vec(),
        labels: vec![label; sources.len()],
        ..EdgeChunk::default()
    };
    let table = chunk.tables.of(label, bulk.schema());
    table.rows = sources.len();
    if let (Some(rng), Some(column)) = (weights, table.columns.first_mut()) {
        (0..sources.len()).for_each(|_| column.push_value(&Value::Int(1 + rng.below(WEIGHT_MAX) as i32)));
    }
    chunk
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offline::new_info;
    use gesso_core::VertexIx;
    use gesso_graph::snapshot::End;

    #[test]
    fn a_generated_graph_has_its_size_and_its_ids() {
        let dir = tempfile::tempdir().unwrap();
        let graph = Graph::create(&dir.path().join("g"), new_info("p", "kron"), 1 << 20).unwrap();
        let kronecker = Kronecker { scale: 8, edge_factor: 4, seed: 1 };
        let ctx = JobContext::detached(2, 1 << 26);
        kronecker.load(&ctx, &graph, None).unwrap();
        let snapshot = graph.snapshot();
        assert_eq!((snapshot.vertex_count(), snapshot.edge_count()), (256, 1024));
        assert_eq!(snapshot.find("17").map(|v| v.0), Some(17));
        assert_eq!(ctx.account().used(), 0);
    }

    #[test]
    fn weights_are_whole_numbers_from_1_to_255() {
        let dir = tempfile::tempdir().unwrap();
        let graph = Graph::create(&dir.path().join("g"), new_info("p", "kron"), 1 << 20).unwrap();
        let kronecker = Kronecker { scale: 8, edge_factor: 16, seed: 1 };
        kronecker.load(&JobContext::detached(2, 1 << 26), &graph, Some(1)).unwrap();
        let snapshot = graph.snapshot();
        let label = snapshot.schema().get(WEIGHTED).expect("a label").clone();
        let property = label.property(WEIGHT).expect("a property").id;
        let mut weights: Vec<i32> = (0..snapshot.vertex_bound())
            .flat_map(|v| snapshot.edges_at(VertexIx(v), End::Source))
            .map(|e| match snapshot.edge_property(&e, property) {
                Some(Value::Int(weight)) => weight,
                other => panic!("{other:?}"),
            })
            .collect();
        weights.sort_unstable();
        assert_eq!((weights.len(), weights[0], weights[4095]), (4096, 1, 255));
    }
}
