//! Building blocks of a graph on a Kronecker graph of scale `GESSO_BENCH_SCALE` (default 16).
//!
//! `cargo bench -p gesso-graph --bench graph`

use divan::Bencher;
use divan::counter::ItemsCount;
use gesso_core::{JobContext, LabelId, Stop, VertexIx};
use gesso_graph::generate::kronecker;
use gesso_graph::{
    ApplyError, BulkLoad, Direction, EdgeChunk, End, Graph, GraphError, GraphInfo, LabelDef, LabelKind,
    Multiplicity, ProjectionSpec, RepeatedEdges, Schema, Snapshot, VertexChunk, projection,
};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

const BUDGET: u64 = 16 << 30;
const KNOWS: LabelId = LabelId(1);

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Stopped(#[from] Stop),
}

struct Fixture {
    _dir: tempfile::TempDir,
    graph: Graph,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| load(scale()));

fn scale() -> u32 {
    std::env::var("GESSO_BENCH_SCALE").ok().and_then(|s| s.parse().ok()).unwrap_or(16)
}

/// Loads the edges with all ids known beforehand, and prints what the base takes.
fn load(scale: u32) -> Fixture {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let info = GraphInfo {
        uid: "bench".into(),
        project: "p".into(),
        name: "bench".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    let graph = Graph::create(&dir.path().join("g"), info, 4 << 30).expect("a new graph");
    let knows = LabelDef { name: "knows".into(), kind: LabelKind::Edge, properties: Vec::new() };
    graph.write(|tx| tx.set_schema(Schema::default().with_label(&knows).expect("a label"))).expect("a write");
    let ctx = JobContext::detached(2, BUDGET);
    let (sources, targets) = kronecker(&ctx, scale, 16, 42).expect("a generated graph");
    let started = Instant::now();
    let fill = |bulk: &mut BulkLoad<'_>| {
        let mut vertices = VertexChunk::default();
        for v in 0..1u32 << scale {
            vertices.ids.push(&v.to_string());
            vertices.labels.push(LabelId::DEFAULT);
        }
        vertices.tables.of(LabelId::DEFAULT, bulk.schema()).rows = 1 << scale;
        bulk.add_vertices(vertices)?;
        let mut edges =
            EdgeChunk { sources: sources.to_vec(), targets: targets.to_vec(), ..EdgeChunk::default() };
        edges.labels = vec![KNOWS; sources.len()];
        edges.tables.of(KNOWS, bulk.schema()).rows = sources.len();
        Ok::<_, LoadError>(bulk.add_edges(edges)?)
    };
    graph.load(&ctx, RepeatedEdges::default(), |s| Ok(s.clone()), fill).expect("a load");
    let snapshot = graph.snapshot();
    let memory = snapshot.base().memory();
    println!(
        "scale {scale}: {} vertices, {} edges loaded and written in {:.2} s; {:.1} B an edge, {:.1} B a vertex and {:.1} B of id",
        snapshot.vertex_count(),
        snapshot.edge_count(),
        started.elapsed().as_secs_f64(),
        memory.edge_bytes as f64 / snapshot.edge_count() as f64,
        memory.vertex_bytes as f64 / snapshot.vertex_count() as f64,
        memory.id_bytes as f64 / snapshot.vertex_count() as f64,
    );
    Fixture { _dir: dir, graph }
}

fn main() {
    LazyLock::force(&FIXTURE);
    divan::main();
}

#[divan::bench]
fn neighbour_scan(bencher: Bencher<'_, '_>) {
    let s = FIXTURE.graph.snapshot();
    bencher.counter(ItemsCount::new(s.edge_count())).bench_local(|| {
        let mut sum = 0u64;
        for v in 0..s.vertex_bound() {
            let all: Result<(), Infallible> = s.visit_edges(VertexIx(v), End::Source, |e| {
                sum += u64::from(e.target.0);
                Ok(())
            });
            all.unwrap_or_else(|e| match e {});
        }
        sum
    });
}

#[divan::bench]
fn id_lookup(bencher: Bencher<'_, '_>) {
    let s = FIXTURE.graph.snapshot();
    let mut rng = gesso_core::rng::Rng::new(1, 0);
    let ids: Vec<String> = (0..10_000).map(|_| rng.below(u64::from(s.vertex_bound())).to_string()).collect();
    bencher
        .counter(ItemsCount::new(ids.len()))
        .bench_local(|| ids.iter().filter(|id| s.find(id).is_some()).count());
}

/// Each one a commit of its own: bound by one fdatasync.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn single_insert_durable(bencher: Bencher<'_, '_>) {
    let mut rng = gesso_core::rng::Rng::new(2, 0);
    let graph = &FIXTURE.graph;
    bencher.bench_local(|| {
        let end = |n: u64| VertexIx(n as u32);
        let (s, t) = (end(rng.below(1 << scale())), end(rng.below(1 << scale())));
        graph.write(|tx| tx.new_edge(s, t, KNOWS, Vec::new())).expect("a write")
    });
}

#[divan::bench(sample_count = 50, sample_size = 1)]
fn batch_insert_1000_durable(bencher: Bencher<'_, '_>) {
    let mut rng = gesso_core::rng::Rng::new(3, 0);
    let graph = &FIXTURE.graph;
    bencher.counter(ItemsCount::new(1000u32)).bench_local(|| {
        let written = graph.write(|tx| {
            for _ in 0..1000 {
                let (s, t) = (rng.below(1 << scale()) as u32, rng.below(1 << scale()) as u32);
                tx.new_edge(VertexIx(s), VertexIx(t), KNOWS, Vec::new())?;
            }
            Ok::<_, ApplyError>(())
        });
        written.expect("a write");
    });
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn projection_undirected_simple(bencher: Bencher<'_, '_>, threads: usize) {
    project(bencher, threads, Direction::Undirected, Multiplicity::Simple);
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn projection_both_simple(bencher: Bencher<'_, '_>, threads: usize) {
    project(bencher, threads, Direction::Both, Multiplicity::Simple);
}

fn project(bencher: Bencher<'_, '_>, threads: usize, direction: Direction, multiplicity: Multiplicity) {
    let snapshot: Arc<Snapshot> = FIXTURE.graph.snapshot();
    let ctx = JobContext::detached(threads, BUDGET);
    let spec = ProjectionSpec { direction, multiplicity, ..ProjectionSpec::default() };
    bencher
        .counter(ItemsCount::new(snapshot.edge_count()))
        .bench_local(|| projection::build(&ctx, &snapshot, &spec).expect("a projection"));
}
