//! How much memory algorithms say that they need: at most 40 bytes a vertex and 8 an edge beyond the projection, with
//! one thread. That they do not need more than they say is a law (`laws.rs`).

mod support;

use gesso_algo::{GraphSize, registry};
use support::{Graph, variants};

/// Bytes a vertex, and bytes an edge.
type Bar = (u64, u64);

/// For all that is not named below.
const BAR: Bar = (40, 8);

/// Bytes whatever the size: lists of a request, tables of one size.
const CONSTANT: u64 = 1 << 20;

/// Who needs more, how much, and why.
const EXCEPTIONS: [(&str, Bar, &str); 3] = [
    (
        "fast_random_projection",
        (260, 0),
        "three vectors a vertex, here of 16 numbers; the result alone has 8 bytes a number",
    ),
    ("node2vec", (256, 8), "two vectors a vertex, here of 8 numbers; one is the result"),
    ("node_similarity", (340, 0), "the result has rows of 16 bytes, here 10 a vertex, and they are sorted"),
];

/// Vertices and edges: of road networks, of social networks and of the Kronecker graphs of the benchmarks.
const SIZES: [(u64, u64); 4] =
    [(1 << 20, 1 << 21), (1 << 20, 1 << 24), (1 << 22, 64_000_000), (10_000_000, 250_000_000)];

/// Bytes that the neediest way to run it takes above a bar; none if it stays below for all sizes.
fn above(entry: &gesso_algo::Entry, bar: Bar, graph: &Graph) -> Option<String> {
    let sizes = SIZES.map(|(vertices, edges)| GraphSize { vertices, edges, threads: 1 });
    variants(entry.info(), graph).iter().find_map(|params| {
        let prepared = entry.prepare(params).unwrap();
        let allowed = |size: &GraphSize| bar.0 * size.vertices + bar.1 * size.edges + CONSTANT;
        let size = sizes.iter().find(|size| prepared.need(**size) > allowed(size))?;
        let (need, allowed) = (prepared.need(*size), allowed(size));
        Some(format!("{} with {params:?} on {size:?} needs {need}, allowed {allowed}", entry.info().name))
    })
}

#[test]
fn no_algorithm_needs_more_than_the_bar() {
    let graph = Graph::random(20, 60, 1);
    for entry in registry::all() {
        let exception = EXCEPTIONS.iter().find(|(name, ..)| *name == entry.info().name);
        let problem = above(entry, exception.map_or(BAR, |(_, bar, _)| *bar), &graph);
        assert_eq!(problem, None);
        if let Some((name, ..)) = exception {
            assert!(above(entry, BAR, &graph).is_some(), "{name} needs no exception any more: take it off");
        }
    }
    for (name, ..) in EXCEPTIONS {
        assert!(registry::find(name).is_some(), "{name} is no algorithm");
    }
}
