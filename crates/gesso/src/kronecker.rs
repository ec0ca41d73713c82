//! A generated power-law graph, loaded like any other.

use gesso_core::{JobContext, LabelId};
use gesso_graph::{BulkLoad, EdgeChunk, Graph, GraphError, RepeatedEdges, VertexChunk, generate};
use std::fmt::Write as _;

/// Rows that are handed over at once.
const CHUNK: usize = 1 << 16;

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

    /// Generates it into an empty graph. Durable when it returns.
    pub fn load(self, ctx: &JobContext, graph: &Graph) -> Result<(), GraphError> {
        ctx.progress().scope(0.0, 0.3);
        let (sources, targets) = generate::kronecker(ctx, self.scale, self.edge_factor, self.seed)?;
        ctx.progress().scope(0.3, 1.0);
        load_edges(ctx, graph, self.vertices() as usize, &sources, &targets)
    }
}

/// Loads vertices `0`, `1`, … and edges between them into an empty graph. Durable when it returns.
pub fn load_edges(
    ctx: &JobContext,
    graph: &Graph,
    vertices: usize,
    sources: &[u32],
    targets: &[u32],
) -> Result<(), GraphError> {
    graph.load(
        ctx,
        RepeatedEdges::default(),
        |schema| Ok::<_, GraphError>(schema.clone()),
        |bulk| {
            ctx.phase("load", 0.5, (vertices + sources.len()) as u64);
            add_vertices(ctx, bulk, vertices)?;
            for (sources, targets) in sources.chunks(CHUNK).zip(targets.chunks(CHUNK)) {
                ctx.checkpoint()?;
                bulk.add_edges(edges(bulk, sources, targets))?;
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

fn edges(bulk: &BulkLoad<'_>, sources: &[u32], targets: &[u32]) -> EdgeChunk {
    let mut chunk = EdgeChunk {
        sources: sources.to_vec(),
        targets: targets.to_vec(),
        labels: vec![LabelId::DEFAULT; sources.len()],
        ..EdgeChunk::default()
    };
    chunk.tables.of(LabelId::DEFAULT, bulk.schema()).rows = sources.len();
    chunk
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::offline::new_info;

    #[test]
    fn a_generated_graph_has_its_size_and_its_ids() {
        let dir = tempfile::tempdir().unwrap();
        let graph = Graph::create(&dir.path().join("g"), new_info("p", "kron"), 1 << 20).unwrap();
        let kronecker = Kronecker { scale: 8, edge_factor: 4, seed: 1 };
        let ctx = JobContext::detached(2, 1 << 26);
        kronecker.load(&ctx, &graph).unwrap();
        let snapshot = graph.snapshot();
        assert_eq!((snapshot.vertex_count(), snapshot.edge_count()), (256, 1024));
        assert_eq!(snapshot.find("17").map(|v| v.0), Some(17));
        assert_eq!(ctx.account().used(), 0);
    }
}
