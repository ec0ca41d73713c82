//! The kernels on a Kronecker graph as the published comparisons use it: 2^scale vertices, 16 edges a vertex
//! before loops and parallel edges are dropped. `GESSO_BENCH_SCALE` chooses the scale, 16 by default.

use divan::Bencher;
use gesso_algo::{Prepared, registry};
use gesso_core::JobContext;
use gesso_core::rng::Rng;
use gesso_graph::{Projection, ProjectionSpec, generate};
use serde_json::{Value, json};
use std::sync::OnceLock;

fn main() {
    divan::main();
}

/// Number of vertices, and weighted edges.
type Edges = (usize, Vec<(u32, u32, f64)>);

/// Undirected edges without loops and repeats, in the order of their ends, with whole weights up to 255.
fn edges() -> &'static Edges {
    static EDGES: OnceLock<Edges> = OnceLock::new();
    EDGES.get_or_init(|| {
        let scale = std::env::var("GESSO_BENCH_SCALE").ok().and_then(|s| s.parse().ok()).unwrap_or(16);
        let ctx = JobContext::detached(2, u64::MAX / 2);
        let (sources, targets) = generate::kronecker(&ctx, scale, 16, 42).expect("nobody stops it");
        let ordered = sources.iter().zip(targets.iter()).filter(|(s, t)| s != t);
        let mut pairs: Vec<u64> =
            ordered.map(|(s, t)| u64::from(*s.min(t)) << 32 | u64::from(*s.max(t))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut rng = Rng::new(7, 0);
        let weighted = pairs.iter().map(|p| ((p >> 32) as u32, *p as u32, 1.0 + rng.below(255) as f64));
        (1 << scale, weighted.collect())
    })
}

/// The projection of a spec; the last one is kept, as several at scale 20 would not fit small machines.
fn projection(spec: &ProjectionSpec) -> Projection {
    static LAST: std::sync::Mutex<Option<Projection>> = std::sync::Mutex::new(None);
    let mut last = LAST.lock().expect("benchmarks run one after another");
    if let Some(kept) = last.as_ref().filter(|p| p.spec() == spec) {
        return kept.clone();
    }
    *last = None;
    let (vertices, edges) = edges();
    let ids = (0..*vertices).map(|v| v.to_string()).collect();
    let made = Projection::of_edges(ids, edges, spec);
    *last = Some(made.clone());
    made
}

fn kernel(bencher: Bencher<'_, '_>, threads: usize, name: &str, params: Value) {
    let entry = registry::find(name).expect("a registered name");
    let prepared = entry.prepare(params.as_object().expect("an object")).expect("valid parameters");
    let Prepared::OnProjection(algorithm) = prepared else { panic!("{name} takes no projection") };
    let graph = projection(&algorithm.projection());
    bencher
        .with_inputs(|| JobContext::detached(threads, u64::MAX / 2))
        .bench_refs(|ctx| algorithm.run(&graph, ctx).expect("nobody stops it"));
}

/// A vertex of many edges, by its id.
fn hub() -> String {
    let (vertices, edges) = edges();
    let mut degrees = vec![0u32; *vertices];
    for (s, t, _) in edges {
        degrees[*s as usize] += 1;
        degrees[*t as usize] += 1;
    }
    let hub = (0..*vertices).max_by_key(|v| degrees[*v]).expect("a graph has vertices");
    hub.to_string()
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn pagerank_20_rounds(bencher: Bencher<'_, '_>, threads: usize) {
    let params = json!({"directed": false, "max_iterations": 20, "convergence": 1e-300});
    kernel(bencher, threads, "pagerank", params);
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn betweenness_4_sources(bencher: Bencher<'_, '_>, threads: usize) {
    kernel(bencher, threads, "betweenness", json!({"directed": false, "k": 4}));
}

#[divan::bench(args = [1, 2], sample_count = 1, sample_size = 1)]
fn louvain(bencher: Bencher<'_, '_>, threads: usize) {
    kernel(bencher, threads, "louvain", json!({"weight": ""}));
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn connected_component(bencher: Bencher<'_, '_>, threads: usize) {
    kernel(bencher, threads, "connected_component", json!({}));
}

#[divan::bench(args = [1, 2], sample_count = 1, sample_size = 1)]
fn triangle_count(bencher: Bencher<'_, '_>, threads: usize) {
    kernel(bencher, threads, "triangle_count", json!({}));
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn kcore(bencher: Bencher<'_, '_>, threads: usize) {
    kernel(bencher, threads, "kcore", json!({"k": 1}));
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn label_propagation_10_rounds(bencher: Bencher<'_, '_>, threads: usize) {
    kernel(bencher, threads, "label_propagation", json!({"max_iterations": 10, "convergence": 1e-300}));
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn sssp_hops(bencher: Bencher<'_, '_>, threads: usize) {
    kernel(bencher, threads, "sssp", json!({"source": hub(), "directed": false}));
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn sssp_weighted(bencher: Bencher<'_, '_>, threads: usize) {
    kernel(bencher, threads, "sssp", json!({"source": hub(), "directed": false, "weight": "w"}));
}

#[divan::bench(args = [1, 2], sample_count = 3, sample_size = 1)]
fn shortest_path_weighted(bencher: Bencher<'_, '_>, threads: usize) {
    let (_, edges) = edges();
    let far = edges[edges.len() / 3].1.to_string();
    let params = json!({"source": edges[0].0.to_string(), "target": far, "weight": "w"});
    kernel(bencher, threads, "shortest_path", params);
}
