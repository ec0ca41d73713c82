//! Lists of paths against naive versions, where reference packages have none: sums to the last bit, more paths than
//! are kept, and memory that ends.
#![expect(clippy::float_cmp, reason = "sums are compared to the last bit")]

mod support;

use gesso_algo::AlgoError;
use gesso_core::rng::Rng;
use gesso_core::{JobContext, Stop};
use serde_json::{Value, json};
use support::{Graph, PLENTY, entry, object, run, run_in};

/// Weights whose sums depend on their order.
const ROUGH: [f64; 6] = [0.1, 0.2, 0.3, 0.7, 1.0, 1e16];

fn rough(seed: u64) -> Graph {
    let mut rng = Rng::new(seed, 0);
    let vertices = 4 + rng.below(4);
    let mut graph = Graph::new(vertices as usize, &[]);
    for _ in 0..3 * vertices {
        let weight = ROUGH[rng.below(if seed.is_multiple_of(4) { 6 } else { 5 }) as usize];
        graph.edges.push((rng.below(vertices) as u32, rng.below(vertices) as u32, weight));
    }
    graph
}

/// Every path without a vertex twice, with its sum from the source on.
fn every_path(graph: &Graph, directed: bool, source: u32, target: u32) -> Vec<(f64, Vec<u32>)> {
    let weight = |s: u32, t: u32| {
        let arcs = graph.edges.iter().filter(|e| (e.0, e.1) == (s, t) || (!directed && (e.1, e.0) == (s, t)));
        arcs.map(|e| e.2).reduce(f64::min)
    };
    let (mut open, mut found) = (vec![(0.0, vec![source])], Vec::new());
    while let Some((sum, path)) = open.pop() {
        let last = path[path.len() - 1];
        if last == target {
            found.push((sum, path));
            continue;
        }
        for t in (0..graph.ids.len() as u32).filter(|t| !path.contains(t)) {
            if let Some(w) = weight(last, t) {
                open.push((sum + w, [&path[..], &[t]].concat()));
            }
        }
    }
    found
}

#[test]
fn p06_016_least_sums_are_compared_to_the_last_bit() {
    let mut ties = 0;
    for seed in 0..600 {
        let graph = rough(seed);
        for directed in [true, false] {
            let all = every_path(&graph, directed, 0, 1);
            let least = all.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
            let mut best: Vec<Vec<u32>> = all.into_iter().filter(|p| p.0 == least).map(|p| p.1).collect();
            best.sort_by_key(|path| (path.len(), path.clone()));
            ties += usize::from(best.len() > 1);
            let ids =
                |path: &Vec<u32>| path.iter().map(|v| graph.ids[*v as usize].clone()).collect::<Value>();
            let expected: Vec<Value> = best.iter().map(ids).collect();
            let params =
                json!({"source": graph.ids[0], "target": graph.ids[1], "directed": directed, "weight": "w"});
            let got = run("all_shortest_paths", params.clone(), &graph).unwrap();
            assert_eq!(got["paths"], json!(expected), "seed {seed}, directed {directed}: {:?}", graph.edges);
            let got = run("shortest_path", params, &graph).unwrap();
            let first = expected.first().cloned().unwrap_or(json!([]));
            assert_eq!(got["path"], first, "seed {seed}, directed {directed}: {:?}", graph.edges);
        }
    }
    assert!(ties > 40, "only {ties} graphs have ties");
}

/// A chain of diamonds: two ways at each.
fn diamonds(count: u32) -> Graph {
    let edges =
        |i: u32| [(3 * i, 3 * i + 1), (3 * i, 3 * i + 2), (3 * i + 1, 3 * i + 3), (3 * i + 2, 3 * i + 3)];
    Graph::new(3 * count as usize + 1, &(0..count).flat_map(edges).collect::<Vec<_>>())
}

#[test]
fn p06_022_of_more_than_a_million_paths_the_first_million_is_kept() {
    for (count, kept, truncated) in
        [(19, 1 << 19, None), (20, 1_000_000, Some(true)), (40, 1_000_000, Some(true))]
    {
        let graph = diamonds(count);
        let ctx = JobContext::detached(2, PLENTY);
        let ends = json!({"source": "00000", "target": graph.ids[3 * count as usize]});
        let outcome = run_in(&ctx, entry("all_shortest_paths"), &object(ends), &graph).unwrap();
        assert_eq!(outcome.list.as_ref().map(|(_, rows)| rows.len()), Some(kept));
        let scalar = |name: &str| outcome.scalars.iter().find(|s| s.0 == name).map(|s| format!("{:?}", s.1));
        assert_eq!(scalar("paths_number"), Some(format!("Int({kept})")));
        assert_eq!(scalar("truncated"), truncated.map(|t| format!("Bool({t})")));
    }
}

#[test]
fn p06_046_a_list_that_outgrows_the_memory_fails_and_gives_it_back() {
    let graph = diamonds(40);
    for name in ["all_shortest_paths", "filtered_all_shortest_paths", "all_shortest_paths_of_vertex_sets"] {
        let ctx = JobContext::detached(2, 1 << 24);
        let end = &graph.ids[120];
        let ends = json!({"source": "00000", "target": end, "sources": "00000", "targets": end});
        let mut ends = object(ends);
        ends.retain(|param, _| entry(name).info().params.iter().any(|p| p.name == *param));
        let failed = run_in(&ctx, entry(name), &ends, &graph).map(|_| ());
        assert_eq!(failed, Err(AlgoError::Stopped(Stop::Memory)), "{name}");
        assert_eq!(ctx.account().used(), 0, "{name}");
    }
}
