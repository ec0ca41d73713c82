//! Communities and embeddings: what must hold of answers that are not unique.

mod support;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::{Graph, run};

/// Modularity by its definition.
fn modularity(graph: &Graph, community: &BTreeMap<String, String>, weighted: bool, resolution: f64) -> f64 {
    let (mut m, mut inside, mut degree) = (0.0, BTreeMap::new(), BTreeMap::new());
    for (s, t, w) in &graph.edges {
        let w = if weighted { *w } else { 1.0 };
        let of = |v: u32| &community[&graph.ids[v as usize]];
        m += w;
        *degree.entry(of(*s)).or_insert(0.0) += w;
        *degree.entry(of(*t)).or_insert(0.0) += w;
        if of(*s) == of(*t) {
            *inside.entry(of(*s)).or_insert(0.0) += w;
        }
    }
    let part = |(c, d): (&&String, &f64)| {
        inside.get(*c).copied().unwrap_or(0.0) / m - resolution * (d / (2.0 * m)).powi(2)
    };
    if m > 0.0 { degree.iter().map(part).sum() } else { 0.0 }
}

fn communities(got: &Value) -> BTreeMap<String, String> {
    let rows = got["community"].as_object().unwrap();
    rows.iter().map(|(id, c)| (id.clone(), c.as_str().unwrap().to_owned())).collect()
}

/// Communities are named after their first vertex, as many as are said, and as good as is said.
fn check(name: &str, params: Value, graph: &Graph) -> f64 {
    let got = run(name, params.clone(), graph).unwrap();
    let of = communities(&got);
    let names: BTreeSet<&String> = of.values().collect();
    assert_eq!(got["community_num"], names.len());
    for c in names {
        assert_eq!(of.iter().find(|(_, of)| *of == c).unwrap().0, c, "named after its first vertex");
    }
    let reported = got["modularity"].as_f64().unwrap();
    let resolution = params["resolution"].as_f64().unwrap_or(1.0);
    let q = modularity(graph, &of, params["weight"] == json!("w"), resolution);
    assert!((reported - q).abs() < 1e-9, "{name}: reported {reported}, measured {q}");
    reported
}

fn clique(base: u32, size: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..size).flat_map(move |a| (0..a).map(move |b| (base + a, base + b)))
}

#[test]
fn a05_013_reported_modularity_is_that_of_the_partition() {
    for seed in 0..30 {
        let sizes = [(1, 0), (2, 1), (5, 6), (30, 60), (80, 150), (200, 900)];
        let graph = Graph::random(sizes[seed % 6].0, sizes[seed % 6].1, seed as u64);
        for name in ["louvain", "leiden"] {
            check(name, json!({"weight": ""}), &graph);
            check(name, json!({"weight": "w"}), &graph);
            check(name, json!({"weight": "w", "resolution": 2.5}), &graph);
        }
    }
}

#[test]
fn a05_013_cliques_in_a_ring_are_found() {
    for (size, count) in [(5, 4), (6, 12), (4, 30)] {
        let mut edges: Vec<(u32, u32)> = (0..count).flat_map(|c| clique(c * size, size)).collect();
        edges.extend((0..count).map(|c| (c * size, (c + 1) % count * size + 1)));
        let graph = Graph::new((size * count) as usize, &edges);
        for name in ["louvain", "leiden"] {
            check(name, json!({"weight": ""}), &graph);
            // So many that merging neighbouring cliques raises modularity; a higher resolution keeps them apart.
            let got = run(name, json!({"weight": "", "resolution": 4.0}), &graph).unwrap();
            assert_eq!(got["community_num"], count, "{name}");
        }
    }
}

#[test]
fn a05_013_planted_communities_of_a_large_graph() {
    // 40 groups of 500: batches hold more than one vertex.
    for seed in [1, 4, 5, 9] {
        let mut rng = gesso_core::rng::Rng::new(seed, 0);
        let mut graph = Graph::new(20_000, &[]);
        for v in 0..20_000u32 {
            for _ in 0..8 {
                let inside = rng.unit() < 0.9;
                let t = if inside { v / 500 * 500 + rng.below(500) as u32 } else { rng.below(20_000) as u32 };
                graph.edges.push((v, t, 1.0));
            }
        }
        let planted =
            graph.ids.iter().enumerate().map(|(v, id)| (id.clone(), (v / 500).to_string())).collect();
        let planted = modularity(&graph, &planted, false, 1.0);
        for name in ["louvain", "leiden"] {
            let found = check(name, json!({"weight": ""}), &graph);
            assert!(found > planted - 0.001, "{name}: {found} where {planted} was planted, seed {seed}");
        }
    }
}

#[test]
fn a05_014_weights_change_the_communities() {
    // A ring of six: heavy edges pair 0-1, 2-3, 4-5 or, shifted, 1-2, 3-4, 5-0.
    let ring = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)];
    for shift in [0, 1] {
        let mut graph = Graph::new(6, &ring);
        for (i, edge) in graph.edges.iter_mut().enumerate() {
            edge.2 = if i % 2 == shift { 10.0 } else { 1.0 };
        }
        for name in ["louvain", "leiden"] {
            let of = communities(&run(name, json!({"weight": "w"}), &graph).unwrap());
            for (i, (s, t)) in ring.iter().enumerate() {
                let together = of[&graph.ids[*s as usize]] == of[&graph.ids[*t as usize]];
                assert_eq!(together, i % 2 == shift, "{name}: edge {i}");
            }
        }
    }
}

#[test]
fn leiden_communities_are_connected() {
    for seed in 0..20 {
        let graph = Graph::random(300, 700, 100 + seed);
        let of = communities(&run("leiden", json!({"weight": ""}), &graph).unwrap());
        let mut first: Vec<usize> = (0..graph.ids.len()).collect();
        for _ in 0..graph.ids.len() {
            for (s, t, _) in &graph.edges {
                let (s, t) = (*s as usize, *t as usize);
                if of[&graph.ids[s]] == of[&graph.ids[t]] {
                    let low = first[s].min(first[t]);
                    (first[s], first[t]) = (low, low);
                }
            }
        }
        for (v, id) in graph.ids.iter().enumerate() {
            assert_eq!(graph.ids[first[v]], of[id], "seed {seed}");
        }
    }
}

#[test]
fn a05_028_weights_of_communities_must_be_positive() {
    let mut graph = Graph::new(3, &[(0, 1), (1, 2)]);
    graph.edges[1].2 = -1.0;
    for name in ["louvain", "leiden"] {
        let error = run(name, json!({"weight": "w"}), &graph).unwrap_err();
        assert_eq!(error.to_string(), "weight of edges must be greater than 0");
    }
}

#[test]
fn weights_of_communities_may_be_huge_but_not_beyond_numbers() {
    let mut graph = Graph::new(3, &[(0, 1), (1, 2)]);
    for (weight, sums_up) in [(1e148, true), (1e308, false)] {
        for edge in &mut graph.edges {
            edge.2 = weight;
        }
        for name in ["louvain", "leiden"] {
            let got = run(name, json!({"weight": "w"}), &graph);
            if sums_up {
                assert_eq!(got.unwrap()["modularity"], json!(0.0), "{name}");
            } else {
                let error = got.unwrap_err().to_string();
                assert_eq!(error, "weights of edges must add up to less than 1.0e150", "{name}");
            }
        }
    }
}

fn vectors(got: &Value, graph: &Graph) -> Vec<Vec<f64>> {
    let rows = got.as_object().unwrap();
    let vector = |id: &String| rows[id].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
    graph.ids.iter().map(vector).collect()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Mean cosine of the pairs inside two groups of eight, and of those between them.
fn nearness(vectors: &[Vec<f64>]) -> (f64, f64) {
    let (mut inside, mut between) = (Vec::new(), Vec::new());
    for a in 0..16 {
        for b in 0..a {
            let group = if a / 8 == b / 8 { &mut inside } else { &mut between };
            group.push(cosine(&vectors[a], &vectors[b]));
        }
    }
    let mean = |v: Vec<f64>| v.iter().sum::<f64>() / v.len() as f64;
    (mean(inside), mean(between))
}

#[test]
fn a05_024_node2vec_tells_two_cliques_apart() {
    let edges: Vec<(u32, u32)> = clique(0, 8).chain(clique(8, 8)).chain([(7, 8)]).collect();
    // Vertex 16 is alone.
    let graph = Graph::new(17, &edges);
    let params = |seed: u64| json!({"dim": 16, "seed": seed, "iterations": 10});
    let got = run("node2vec", params(1), &graph).unwrap();
    let found = vectors(&got["embedding"], &graph);
    assert!(found.iter().all(|v| v.len() == 16 && v.iter().all(|x| x.is_finite())));
    let (inside, between) = nearness(&found);
    assert!(inside > between + 0.2, "{inside} inside, {between} between");
    assert_eq!(run("node2vec", params(1), &graph).unwrap(), got);
    assert_ne!(run("node2vec", params(2), &graph).unwrap(), got);
    // What nothing is learnt of stays small, as it started.
    assert!(found[16].iter().all(|x| x.abs() <= 0.5 / 16.0));
    let short = run("node2vec", json!({"dim": 16, "seed": 1, "iterations": 1}), &graph).unwrap();
    assert_eq!(vectors(&short["embedding"], &graph)[16], found[16]);
    // Neighbours count more often than strangers with any bias.
    for (p, q) in [(0.25, 4.0), (4.0, 0.25)] {
        let biased = run("node2vec", json!({"dim": 8, "P": p, "Q": q}), &graph).unwrap();
        let (inside, between) = nearness(&vectors(&biased["embedding"], &graph));
        assert!(inside > between + 0.2, "P {p}, Q {q}: {inside} inside, {between} between");
    }
}

#[test]
fn fast_random_projection_tells_two_cliques_apart() {
    let edges: Vec<(u32, u32)> = clique(0, 8).chain(clique(8, 8)).chain([(7, 8)]).collect();
    let graph = Graph::new(17, &edges);
    let got = run("fast_random_projection", json!({"dim": 64, "seed": 3}), &graph).unwrap();
    let found = vectors(&got["fast_random_projection"], &graph);
    let (inside, between) = nearness(&found);
    assert!(inside > between + 0.2, "{inside} inside, {between} between");
    assert!(found[16].iter().all(|x| *x == 0.0));
    assert_ne!(run("fast_random_projection", json!({"dim": 64, "seed": 4}), &graph).unwrap(), got);
}
