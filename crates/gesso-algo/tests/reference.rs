//! Each algorithm against a naive version of its definition, on random graphs.

mod support;

use gesso_core::JobContext;
use gesso_core::rng::Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use support::{Graph, PLENTY, assert_close, entry, json_of, object, run, run_in};

fn graphs() -> Vec<Graph> {
    let sizes = [(2, 1), (3, 4), (8, 10), (12, 30), (30, 40), (30, 90), (60, 70), (60, 400)];
    (0..40).map(|seed| Graph::random(sizes[seed % 8].0, sizes[seed % 8].1, seed as u64)).collect()
}

/// Arcs of a graph: as stored, or each edge both ways and loops once.
fn arcs(graph: &Graph, directed: bool) -> Vec<(usize, usize, f64)> {
    let stored = graph.edges.iter().map(|(s, t, w)| (*s as usize, *t as usize, *w));
    let back = stored.clone().filter(|(s, t, _)| !directed && s != t).map(|(s, t, w)| (t, s, w));
    stored.chain(back).collect()
}

/// Distinct neighbours other than the vertex itself.
fn simple(graph: &Graph) -> Vec<BTreeSet<usize>> {
    let mut sets = vec![BTreeSet::new(); graph.ids.len()];
    for (s, t, _) in arcs(graph, false) {
        if s != t {
            sets[s].insert(t);
        }
    }
    sets
}

fn per_vertex<T: Into<Value>>(graph: &Graph, values: impl IntoIterator<Item = T>) -> Value {
    let cells = graph.ids.iter().cloned().zip(values.into_iter().map(Into::into));
    cells.collect::<serde_json::Map<_, _>>().into()
}

/// Power iteration over a list of arcs, from a start vector that is also where jumps go.
fn walk(graph: &Graph, directed: bool, restart: &[f64], rounds: u32) -> Vec<f64> {
    let arcs = arcs(graph, directed);
    let mut degree = vec![0.0; restart.len()];
    for (s, _, _) in &arcs {
        degree[*s] += 1.0;
    }
    let mut rank = restart.to_vec();
    for _ in 0..rounds {
        let dangling: f64 = rank.iter().zip(&degree).filter(|(_, d)| **d == 0.0).map(|(r, _)| r).sum();
        let mut next: Vec<f64> = restart.iter().map(|r| r * (0.15 + 0.85 * dangling)).collect();
        for (s, t, _) in &arcs {
            next[*t] += 0.85 * rank[*s] / degree[*s];
        }
        rank = next;
    }
    rank
}

const EXACT: f64 = 1e-12;

#[test]
fn a05_006_and_007_pagerank() {
    for graph in graphs() {
        for directed in [true, false] {
            let n = graph.ids.len();
            let expected = walk(&graph, directed, &vec![1.0 / n as f64; n], 300);
            let got = run("pagerank", json!({"directed": directed, "convergence": 1e-14}), &graph).unwrap();
            assert_close(&got["pagerank"], &per_vertex(&graph, expected), 1e-11, "pagerank");
            let sum: f64 = got["pagerank"].as_object().unwrap().values().map(|v| v.as_f64().unwrap()).sum();
            assert!((sum - 1.0).abs() < 1e-9);
        }
    }
}

/// Rounds that hand out 32 bits, which the others do not.
#[test]
fn a05_007_ranks_of_a_few_rounds_sum_to_1() {
    let mut star: Vec<(u32, u32)> = (1..2000).map(|leaf| (leaf, 0)).collect();
    star.extend((1..700).map(|leaf| (0, leaf)));
    let mut all = graphs();
    all.push(Graph::new(2001, &star));
    for graph in all {
        for (directed, rounds) in [(true, 1), (true, 2), (false, 3), (true, 9), (false, 40)] {
            let n = graph.ids.len();
            let params = json!({"directed": directed, "convergence": 1e-300, "max_iterations": rounds});
            let got = run("pagerank", params, &graph).unwrap();
            let ranks = |got: &Value| -> Vec<f64> {
                graph.ids.iter().map(|id| got["pagerank"][id].as_f64().unwrap()).collect()
            };
            let got = ranks(&got);
            assert!((got.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for (got, expected) in got.iter().zip(walk(&graph, directed, &vec![1.0 / n as f64; n], rounds)) {
                assert!((got / expected - 1.0).abs() < 1e-6, "{got} instead of {expected}");
            }
            // As they come by default: no closer than asked for, but whole.
            let got = ranks(&run("pagerank", json!({"directed": directed}), &graph).unwrap());
            assert!((got.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn a05_008_personalrank() {
    for graph in graphs() {
        let mut restart = vec![0.0; graph.ids.len()];
        restart[1] = 1.0;
        for directed in [true, false] {
            let params = json!({"source": graph.ids[1], "directed": directed, "convergence": 1e-14});
            let got = run("personalrank", params, &graph).unwrap();
            let expected = per_vertex(&graph, walk(&graph, directed, &restart, 300));
            assert_close(&got["personalrank"], &expected, 1e-11, "personalrank");
        }
        let unknown = run("personalrank", json!({"source": "x"}), &graph).unwrap_err();
        assert_eq!(unknown.to_string(), "vertex [x] does not exist");
    }
}

#[test]
fn iterations_stop_at_their_number() {
    let graph = Graph::random(30, 90, 1);
    let got = run("pagerank", json!({"max_iterations": "3", "convergence": 1e-12}), &graph).unwrap();
    assert_eq!((&got["iterations"], &got["converged"]), (&json!(3), &json!(false)));
    let got = run("pagerank", json!({"coveragence": 0.5}), &graph).unwrap();
    assert_eq!(got["converged"], json!(true));
}

/// For each vertex the vertices it reaches, itself included.
fn reach(graph: &Graph, directed: bool) -> Vec<BTreeSet<usize>> {
    let mut sets: Vec<BTreeSet<usize>> = (0..graph.ids.len()).map(|v| BTreeSet::from([v])).collect();
    loop {
        let before: usize = sets.iter().map(BTreeSet::len).sum();
        for (s, t, _) in arcs(graph, directed) {
            let more = sets[t].clone();
            sets[s].extend(more);
        }
        if before == sets.iter().map(BTreeSet::len).sum::<usize>() {
            return sets;
        }
    }
}

#[test]
fn a05_015_connected_component() {
    for graph in graphs() {
        for strong in [false, true] {
            let reach = reach(&graph, strong);
            let first = |v: usize| (0..=v).find(|u| reach[*u].contains(&v) && reach[v].contains(u)).unwrap();
            let firsts: Vec<usize> = (0..graph.ids.len()).map(first).collect();
            let mut sizes = BTreeMap::new();
            for f in &firsts {
                *sizes.entry(*f).or_insert(0) += 1;
            }
            let (max, size) = sizes.iter().max_by_key(|(f, size)| (**size, usize::MAX - **f)).unwrap();
            let expected = json!({
                "Max_WCC_size": size,
                "Max_WCC_id": graph.ids[*max],
                "community": per_vertex(&graph, firsts.iter().map(|f| graph.ids[*f].clone())),
            });
            assert_eq!(run("connected_component", json!({"strong": strong}), &graph).unwrap(), expected);
        }
    }
}

/// Graphs large enough for several chunks: around hubs, with far less at the end of the numbers, and without hubs.
fn large_graphs() -> Vec<Graph> {
    const LEN: u64 = 40_007;
    let mut graphs = Vec::new();
    for (seed, edges, power) in
        [(1, 200_000, 6), (2, 60_000, 6), (3, 60_000, 3), (4, 30_000, 1), (5, 120_000, 1)]
    {
        let mut rng = Rng::new(seed, 0);
        let mut pick = |power: i32| ((rng.unit().powi(power) * LEN as f64) as u64 * 7919 % LEN) as u32;
        let mut list: Vec<(u32, u32)> = (0..edges).map(|_| (pick(power), pick(1))).collect();
        // Pairs and a path away from all hubs, whose first vertex may be the smallest of all.
        list.retain(|(s, t)| s % 50 != 0 && t % 50 != 0);
        list.extend((0..200).map(|i| (i * 100, i * 100 + 50)));
        list.extend((201..300).map(|i| (i * 100, i * 100 - 100)));
        graphs.push(Graph::new(LEN as usize, &list));
    }
    graphs
}

#[test]
fn a05_015_connected_component_around_hubs_and_without() {
    for graph in large_graphs() {
        let mut up: Vec<usize> = (0..graph.ids.len()).collect();
        fn root(up: &mut [usize], mut v: usize) -> usize {
            while up[v] != v {
                up[v] = up[up[v]];
                v = up[v];
            }
            v
        }
        for (s, t, _) in &graph.edges {
            let (a, b) = (root(&mut up, *s as usize), root(&mut up, *t as usize));
            up[a.max(b)] = a.min(b);
        }
        let firsts: Vec<String> = (0..graph.ids.len()).map(|v| graph.ids[root(&mut up, v)].clone()).collect();
        let got = run("connected_component", json!({}), &graph).unwrap();
        assert!(got["community"] == per_vertex(&graph, firsts), "{} edges", graph.edges.len());
    }
}

#[test]
fn hops_of_large_graphs_are_those_of_a_queue() {
    for graph in large_graphs() {
        for directed in [true, false] {
            let mut next = vec![Vec::new(); graph.ids.len()];
            for (s, t, _) in arcs(&graph, directed) {
                next[s].push(t);
            }
            let source = (0..next.len()).max_by_key(|v| next[*v].len()).unwrap();
            let (mut hops, mut queue) = (BTreeMap::from([(source, 0)]), VecDeque::from([source]));
            while let Some(v) = queue.pop_front() {
                for t in &next[v] {
                    if !hops.contains_key(t) {
                        hops.insert(*t, hops[&v] + 1);
                        queue.push_back(*t);
                    }
                }
            }
            let got =
                run("sssp", json!({"source": graph.ids[source], "directed": directed}), &graph).unwrap();
            let expected: serde_json::Map<_, _> =
                hops.into_iter().map(|(v, hops)| (graph.ids[v].clone(), json!(f64::from(hops)))).collect();
            assert!(got["distance"] == Value::from(expected), "{} edges", graph.edges.len());
        }
    }
}

#[test]
fn a05_009_kcore_equals_core_number() {
    for graph in graphs() {
        let sets = simple(&graph);
        let mut core = vec![0; sets.len()];
        for k in 1..sets.len() {
            let mut left: BTreeSet<usize> = (0..sets.len()).collect();
            while let Some(v) = left.iter().copied().find(|v| sets[*v].intersection(&left).count() < k) {
                left.remove(&v);
            }
            for v in left {
                core[v] = k;
            }
        }
        for k in [0, 1, 2, 5] {
            let mut expected = per_vertex(&graph, core.clone());
            expected.as_object_mut().unwrap().retain(|_, c| c.as_u64().unwrap() >= k);
            assert_eq!(run("kcore", json!({"k": k}), &graph).unwrap()["coreness"], expected);
        }
    }
}

#[test]
fn a05_016_triangle_count() {
    for graph in graphs() {
        let sets = simple(&graph);
        let at = |v: usize| {
            let pairs = sets[v].iter().flat_map(|a| sets[v].iter().map(move |b| (*a, *b)));
            pairs.filter(|(a, b)| a < b && sets[*a].contains(b)).count()
        };
        let each: Vec<usize> = (0..sets.len()).map(at).collect();
        let total = each.iter().sum::<usize>() / 3;
        let got = run("triangle_count", json!({"statistics": false}), &graph).unwrap();
        assert_eq!(got, json!({"triangle_count": total, "vertex_triangles": per_vertex(&graph, each)}));
        assert_eq!(run("traingle_count", json!({}), &graph).unwrap(), json!({"triangle_count": total}));
    }
}

#[test]
fn a05_011_label_propagation() {
    for graph in graphs() {
        let arcs = arcs(&graph, false);
        let mut labels: Vec<usize> = (0..graph.ids.len()).collect();
        for round in 0..20 {
            let last = labels.clone();
            for v in (round % 2..labels.len()).step_by(2) {
                let mut counts = BTreeMap::new();
                arcs.iter().filter(|a| a.0 == v).for_each(|a| *counts.entry(last[a.1]).or_insert(0) += 1);
                let top = counts.values().max().copied().unwrap_or(0);
                let mut best = counts.iter().filter(|(_, c)| **c == top).map(|(l, _)| *l);
                if counts.get(&last[v]).is_none_or(|c| *c < top) {
                    labels[v] = best.next().unwrap_or(last[v]);
                }
            }
        }
        let params = json!({"max_iterations": 20, "convergence": 1e-9});
        let got = run("label_propagation", params, &graph).unwrap();
        if got["converged"] == json!(false) {
            assert_eq!(got["iterations"], 20);
        }
        let expected = per_vertex(&graph, labels.iter().map(|l| graph.ids[*l].clone()));
        assert_eq!(got["community"], expected);
        assert_eq!(got["community_num"], labels.iter().collect::<BTreeSet<_>>().len());
    }
}

#[test]
fn a05_011_two_cliques_and_a_star() {
    let clique = |base: u32| (0..5).flat_map(move |a| (0..a).map(move |b| (base + a, base + b)));
    let edges: Vec<(u32, u32)> = clique(0).chain(clique(5)).chain([(4, 5)]).collect();
    let got = run("label_propagation", json!({}), &Graph::new(10, &edges)).unwrap();
    assert_eq!((&got["community_num"], &got["converged"]), (&json!(2), &json!(true)));
    let star: Vec<(u32, u32)> = (1..9).map(|v| (0, v)).collect();
    let got = run("label_propagation", json!({}), &Graph::new(9, &star)).unwrap();
    assert_eq!((&got["community_num"], &got["converged"]), (&json!(1), &json!(true)));
}

/// Bellman and Ford: least sums added from the source on.
fn distances(graph: &Graph, directed: bool, weighted: bool, source: usize) -> Vec<f64> {
    let mut distance = vec![f64::INFINITY; graph.ids.len()];
    distance[source] = 0.0;
    for _ in 0..graph.ids.len() {
        for (s, t, w) in arcs(graph, directed) {
            distance[t] = distance[t].min(distance[s] + if weighted { w } else { 1.0 });
        }
    }
    distance
}

#[test]
fn p06_029_sssp() {
    for graph in graphs() {
        for (directed, weighted) in [(true, false), (false, false), (true, true), (false, true)] {
            let weight = if weighted { "w" } else { "" };
            let params = json!({"source": graph.ids[0], "directed": directed, "weight": weight});
            let got = run("sssp", params, &graph).unwrap();
            let mut expected = per_vertex(&graph, distances(&graph, directed, weighted, 0));
            // JSON has no infinity: unreached ones are null here.
            expected.as_object_mut().unwrap().retain(|_, d| !d.is_null());
            assert_close(&got["distance"], &expected, EXACT, "distance");
        }
    }
}

/// Graphs with many arcs a vertex, whose searches leave long ones out, by the way their weights are made. In one half
/// of each, weights are a hundred times as large; few edges lead there.
fn dense_graphs() -> Vec<Graph> {
    let weights: [fn(&mut Rng) -> f64; 6] = [
        |_| 3.0,
        |rng| 1.0 + rng.below(255) as f64,
        |rng| 0.5 + rng.below(8) as f64,
        |rng| 1e-3 + rng.unit(),
        |rng| rng.unit().powi(12) * 1e6 + 1e-9,
        |rng| (1.0 + rng.below(3_000_000) as f64) * 400.0,
    ];
    let make = |(seed, weight): (u64, fn(&mut Rng) -> f64)| {
        let mut graph = Graph::random(120, 1800, seed);
        graph.edges.retain(|(s, t, _)| (*s < 60) == (*t < 60) || (s + t) % 40 == 0);
        let mut rng = Rng::new(seed, 1);
        for (s, _, w) in &mut graph.edges {
            *w = weight(&mut rng) * if *s < 60 { 1.0 } else { 100.0 };
        }
        graph
    };
    (0..24).map(|seed| make((seed, weights[seed as usize % 6]))).collect()
}

#[test]
fn p06_029_sssp_past_long_arcs() {
    for graph in dense_graphs() {
        for (directed, threads) in [(true, 1), (true, 2), (false, 1), (false, 2)] {
            let params = json!({"source": graph.ids[1], "directed": directed, "weight": "w"});
            let ctx = JobContext::detached(threads, PLENTY);
            let outcome = run_in(&ctx, entry("sssp"), &object(params), &graph).unwrap();
            let mut expected = per_vertex(&graph, distances(&graph, directed, true, 1));
            expected.as_object_mut().unwrap().retain(|_, d| !d.is_null());
            assert_close(&json_of(&outcome, &graph)["distance"], &expected, EXACT, "distance");
        }
    }
}

#[test]
fn p06_016_bad_weights_of_long_arcs_fail() {
    for (i, graph) in dense_graphs().iter().enumerate() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let mut graph = graph.clone();
            let at = i * 31 % graph.edges.len();
            graph.edges[at].2 = bad;
            let source = graph.edges[at].0 as usize;
            for directed in [true, false] {
                let params = json!({"source": graph.ids[source], "directed": directed, "weight": "w"});
                let error = run("sssp", params, &graph).unwrap_err();
                assert_eq!(error.to_string(), "weight of edges must be greater than 0");
            }
        }
    }
}

#[test]
fn p06_037_and_038_k_hop() {
    for graph in graphs() {
        let turned = graph.edges.iter().map(|(s, t, w)| (*t, *s, *w)).collect();
        let turned = Graph::of(graph.ids.clone(), turned);
        for (mode, of, directed) in [("out", &graph, true), ("IN", &turned, true), ("All", &graph, false)] {
            let distance = distances(of, directed, false, 1);
            for k in [1, 2, 3, 100] {
                let mut near: Vec<usize> =
                    (0..distance.len()).filter(|v| *v != 1 && distance[*v] <= f64::from(k)).collect();
                near.sort_by(|a, b| distance[*a].total_cmp(&distance[*b]).then(a.cmp(b)));
                let ids: Vec<&String> = near.iter().map(|v| &graph.ids[*v]).collect();
                let mut expected = json!({"source": graph.ids[1], "k": k, "k_hop_neighbors": ids.len()});
                let mut params = json!({"source": graph.ids[1], "k": k, "mode": mode, "statistics": true});
                assert_eq!(run("k_hop", params.clone(), &graph).unwrap(), expected);
                params["statistics"] = json!("false");
                expected["vertices"] = json!(ids);
                assert_eq!(run("k_hop", params, &graph).unwrap(), expected);
            }
        }
    }
}

/// All simple paths as (sum, edges, ids), by trying everything.
fn every_path(
    graph: &Graph,
    arcs: &[(usize, usize, f64)],
    path: &mut Vec<usize>,
    sum: f64,
    out: &mut Vec<(f64, usize, Vec<String>)>,
    target: usize,
) {
    let at = path[path.len() - 1];
    if at == target {
        out.push((sum, path.len(), path.iter().map(|v| graph.ids[*v].clone()).collect()));
        return;
    }
    for (s, t, w) in arcs {
        if *s == at && !path.contains(t) {
            path.push(*t);
            every_path(graph, arcs, path, sum + w, out, target);
            path.pop();
        }
    }
}

#[test]
fn p06_tie_rule_of_shortest_path() {
    for seed in 0..150 {
        let mut graph = Graph::random(8, 14 + seed as usize % 8, seed);
        // Vertex order and order of ids differ.
        graph.ids = [3, 1, 7, 0, 5, 2, 6, 4].iter().map(|n| format!("{n}")).collect();
        for (directed, weighted) in [(true, false), (false, false), (true, true), (false, true)] {
            let mut arcs = arcs(&graph, directed);
            if !weighted {
                for arc in &mut arcs {
                    arc.2 = 1.0;
                }
            }
            let mut all = Vec::new();
            every_path(&graph, &arcs, &mut vec![0], 0.0, &mut all, 7);
            let best = all.into_iter().min_by(|a, b| a.partial_cmp(b).unwrap());
            let params = json!({"source": "3", "target": "4", "directed": directed,
                "weight": if weighted { "w" } else { "" }});
            let got = run("shortest_path", params, &graph).unwrap();
            assert_eq!(got["path"], json!(best.map_or(Vec::new(), |b| b.2)), "seed {seed}");
        }
    }
}

#[test]
fn longer_paths_have_the_right_length() {
    for seed in 0..20 {
        let graph = Graph::random(2000, 3000, seed);
        let distance = distances_of(&graph);
        let last = graph.ids.len() - 1;
        let params = json!({"source": graph.ids[0], "target": graph.ids[last], "weight": "w"});
        let got = run("shortest_path", params, &graph).unwrap();
        let path: Vec<usize> =
            got["path"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().parse().unwrap()).collect();
        let arcs = arcs(&graph, false);
        let weight = |s, t| {
            let parallel = arcs.iter().filter(|a| (a.0, a.1) == (s, t)).map(|a| a.2);
            parallel.min_by(f64::total_cmp).expect("neighbours on a path are connected")
        };
        let sum: f64 = path.windows(2).map(|p| weight(p[0], p[1])).sum();
        match distance.get(&graph.ids[last]) {
            Some(expected) => assert_eq!(Some(sum), expected.as_f64()),
            None => assert!(path.is_empty()),
        }
    }
}

fn distances_of(graph: &Graph) -> serde_json::Map<String, Value> {
    let params = json!({"source": graph.ids[0], "directed": false, "weight": "w"});
    run("sssp", params, graph).unwrap()["distance"].as_object().unwrap().clone()
}

#[test]
fn p06_016_weights_that_are_not_positive_fail() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut graph = Graph::new(3, &[(0, 1), (1, 2)]);
        graph.edges[1].2 = bad;
        for params in [
            json!({"source": "00000", "weight": "w"}),
            json!({"source": "00000", "weight": "w", "directed": false}),
        ] {
            let error = run("sssp", params, &graph).unwrap_err();
            assert_eq!(error.to_string(), "weight of edges must be greater than 0");
        }
        let params = json!({"source": "00000", "target": "00002", "weight": "w"});
        let error = run("shortest_path", params, &graph).unwrap_err();
        assert!(!error.is_parameter());
        assert_eq!(
            error.message("shortest_path"),
            "Running algorithm [shortest_path] error: weight of edges must be greater than 0!"
        );
    }
}

#[test]
fn p06_017_weight_and_window_exclude_each_other() {
    let graph = Graph::new(2, &[(0, 1)]);
    let params = |weight| json!({"source": "00000", "target": "00001", "weight": weight, "timeWindow": {"filterName": "at"}});
    assert!(run("shortest_path", params(""), &graph).is_ok());
    let error = run("shortest_path", params("w"), &graph).unwrap_err();
    assert_eq!(error.to_string(), "weight and timeWindow must not be given together");
    let same = run("shortest_path", json!({"source": "00000", "target": "00000"}), &graph).unwrap_err();
    assert_eq!(same.to_string(), "target must not be the same as source");
}
