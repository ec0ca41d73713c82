//! A manifest of any JSON with a right checksum, beside the files of a small graph: opened, or refused and nothing is
//! changed. What can be opened can be read.

use super::small_graph::{DIR, new_graph};
use gesso_core::{JobContext, LabelId, VertexIx};
use gesso_graph::{ApplyError, End, Graph};
use gesso_store::Disk;
use gesso_store::disk::sim::SimFs;
use gesso_store::manifest::encode_json;
use std::path::Path;
use std::sync::{Arc, LazyLock};

const MANIFEST: &str = "/g/manifest.json";

fn disk(fs: &SimFs) -> Disk {
    Disk::of(Arc::new(fs.clone()))
}

static SOUND: LazyLock<SimFs> = LazyLock::new(|| {
    let fs = SimFs::new(0);
    let graph = new_graph(&fs);
    let add = |id: &str| {
        let added = graph.write(|tx| {
            let v = tx.new_vertex(id, vec![LabelId::DEFAULT], Vec::new())?;
            tx.new_edge(VertexIx(0), v, LabelId::DEFAULT, Vec::new()).map(drop)
        });
        added.unwrap_or_else(|e: gesso_graph::WriteError<ApplyError>| panic!("{e}"));
    };
    add("a");
    add("b");
    graph.compact(&JobContext::detached(1, 1 << 30)).expect("a base");
    add("c");
    drop(graph);
    fs
});

/// One input.
pub fn run(bytes: &[u8]) {
    let Ok(body) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let Ok(text) = encode_json(Path::new(MANIFEST), &body) else { return };
    let fs = SOUND.fork();
    fs.damage(Path::new(MANIFEST), text).expect("bytes");
    _ = Graph::verify_on(&disk(&fs), Path::new(DIR), &JobContext::detached(1, 1 << 30));
    if let Ok(graph) = Graph::open_on(&disk(&fs), Path::new(DIR), 0) {
        let snapshot = graph.snapshot();
        for v in (0..snapshot.vertex_bound()).map(VertexIx) {
            std::hint::black_box((
                snapshot.id(v).len(),
                snapshot.labels_of(v),
                snapshot.edges_at(v, End::Source),
            ));
        }
    }
}
