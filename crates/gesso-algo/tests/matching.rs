//! Subgraph matching against trying every assignment.

mod support;

use gesso_algo::registry;
use gesso_core::JobContext;
use serde_json::{Value, json};
use support::{Graph, PLENTY, json_of, run_in};

/// Every injective assignment of `size` pattern vertices under which each pattern edge is there, by ids.
fn naive(graph: &Graph, size: usize, edges: &[(usize, usize)], directed: bool) -> Vec<Vec<String>> {
    let has = |a: usize, b: usize| {
        let is_it =
            |s: u32, t: u32| (s, t) == (a as u32, b as u32) || !directed && (t, s) == (a as u32, b as u32);
        graph.edges.iter().any(|(s, t, _)| is_it(*s, *t))
    };
    let mut found = vec![Vec::<usize>::new()];
    for _ in 0..size {
        let longer = found.iter().flat_map(|one| {
            (0..graph.ids.len()).filter(|v| !one.contains(v)).map(|v| [&one[..], &[v]].concat())
        });
        found = longer.collect();
    }
    found.retain(|one| edges.iter().all(|(s, t)| has(one[*s], one[*t])));
    let mut ids: Vec<Vec<String>> =
        found.iter().map(|one| one.iter().map(|v| graph.ids[*v].clone()).collect()).collect();
    ids.sort();
    ids
}

fn ask(graph: &Graph, size: usize, edges: &[(usize, usize)], directed: bool, n: usize) -> Value {
    let lines = |lines: Vec<String>| lines.join("\n");
    let params = json!({
        "edges": lines(edges.iter().map(|(s, t)| format!("{s},{t}")).collect()),
        "vertices": lines((0..size).map(|v| format!("{v},__DEFAULT__")).collect()),
        "directed": directed, "n": n, "statistics": true,
    });
    let ctx = JobContext::detached(1, PLENTY);
    let entry = registry::find("Subgraph-Matching").unwrap();
    let outcome = run_in(&ctx, entry, params.as_object().unwrap(), graph).unwrap();
    json_of(&outcome, graph)
}

#[test]
fn matches_are_those_of_trying_everything() {
    let patterns: [(usize, &[(usize, usize)]); 7] = [
        (2, &[(0, 1)]),
        (3, &[(0, 1), (1, 2), (2, 0)]),
        (3, &[(1, 0), (1, 2)]),
        (3, &[(0, 2), (2, 1), (2, 2)]),
        (4, &[(0, 1), (1, 2), (2, 3), (3, 0)]),
        (4, &[(0, 1), (2, 3)]),
        (1, &[(0, 0)]),
    ];
    for seed in 0..6 {
        let graph = Graph::random(9, 24, seed);
        for (size, edges) in patterns {
            for directed in [true, false] {
                let expected = naive(&graph, size, edges, directed);
                for n in [1, 3, 100_000] {
                    let got = ask(&graph, size, edges, directed, n);
                    let first: Vec<_> = expected.iter().take(n).collect();
                    assert_eq!(got["subgraphs"], json!(first), "seed {seed}, {edges:?}, directed {directed}");
                    assert_eq!(got["subgraph_number"], json!(expected.len()));
                }
            }
        }
    }
}
