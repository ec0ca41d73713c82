//! Algorithms beyond GES, against naive versions of their definitions.

mod support;

use gesso_algo::AlgoError;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::{Graph, assert_close, run};

fn graphs() -> Vec<Graph> {
    let sizes = [(1, 1), (2, 1), (3, 4), (8, 10), (12, 30), (30, 40), (30, 90), (40, 300)];
    (0..32).map(|seed| Graph::random(sizes[seed % 8].0, sizes[seed % 8].1, seed as u64)).collect()
}

fn per_vertex<T: Into<Value>>(graph: &Graph, values: impl IntoIterator<Item = T>) -> Value {
    let cells = graph.ids.iter().cloned().zip(values.into_iter().map(Into::into));
    cells.collect::<serde_json::Map<_, _>>().into()
}

/// Distinct neighbours other than the vertex itself, without one vertex or edge if asked.
fn simple(graph: &Graph) -> Vec<BTreeSet<usize>> {
    let mut sets = vec![BTreeSet::new(); graph.ids.len()];
    for (s, t, _) in graph.edges.iter().filter(|(s, t, _)| s != t) {
        sets[*s as usize].insert(*t as usize);
        sets[*t as usize].insert(*s as usize);
    }
    sets
}

/// Number of components of edges taken both ways, among the vertices that are kept.
fn components(n: usize, edges: &[(u32, u32, f64)], keep: impl Fn(usize) -> bool) -> usize {
    let mut first: Vec<usize> = (0..n).collect();
    for _ in 0..n {
        for (s, t, _) in edges.iter().filter(|(s, t, _)| keep(*s as usize) && keep(*t as usize)) {
            let low = first[*s as usize].min(first[*t as usize]);
            (first[*s as usize], first[*t as usize]) = (low, low);
        }
    }
    (0..n).filter(|v| keep(*v) && first[*v] == *v).count()
}

fn listed(got: &Value, graph: &Graph) -> Vec<usize> {
    let ids = got.as_array().unwrap().iter().map(|id| id.as_str().unwrap());
    ids.map(|id| graph.ids.iter().position(|n| n == id).unwrap()).collect()
}

/// The edges of a result as positions in the graph's list.
fn edges(got: &Value, graph: &Graph) -> BTreeSet<usize> {
    let mut counts = vec![0; graph.ids.len()];
    let mut places = BTreeMap::new();
    for (i, (s, t, _)) in graph.edges.iter().enumerate() {
        let number = counts[*s as usize];
        counts[*s as usize] += 1;
        places.insert(
            (graph.ids[*s as usize].clone(), number.to_string()),
            (i, graph.ids[*t as usize].clone()),
        );
    }
    let rows = got.as_array().unwrap().iter();
    rows.map(|row| {
        let key = (row["source"].as_str().unwrap().to_owned(), row["index"].as_str().unwrap().to_owned());
        let (i, target) = &places[&key];
        assert_eq!(row["target"], json!(target));
        *i
    })
    .collect()
}

#[test]
fn a05_034_degree() {
    for graph in graphs() {
        let count = |of: fn(&(u32, u32, f64)) -> u32, v: usize| {
            graph.edges.iter().filter(|e| of(e) as usize == v).count()
        };
        for (direction, counts_out, counts_in) in [("in", 0, 1), ("OUT", 1, 0), ("both", 1, 1)] {
            let expected =
                (0..graph.ids.len()).map(|v| counts_out * count(|e| e.0, v) + counts_in * count(|e| e.1, v));
            let got = run("degree", json!({"direction": direction}), &graph).unwrap();
            assert_eq!(got["degree"], per_vertex(&graph, expected));
        }
    }
}

#[test]
fn a05_034_strongly_connected_component() {
    for graph in graphs() {
        let expected = run("connected_component", json!({"strong": true}), &graph).unwrap();
        let got = run("strongly_connected_component", json!({}), &graph).unwrap();
        assert_eq!(got["strongly_connected_component"], expected["community"]);
        let names = expected["community"].as_object().unwrap().values().map(Value::to_string);
        assert_eq!(got["component_num"], names.collect::<BTreeSet<_>>().len());
    }
}

/// The adjacency matrix, edges counted by number.
fn matrix(graph: &Graph, directed: bool) -> Vec<Vec<f64>> {
    let n = graph.ids.len();
    let mut a = vec![vec![0.0; n]; n];
    for (s, t, _) in &graph.edges {
        let (s, t) = (*s as usize, *t as usize);
        a[s][t] += 1.0;
        if !directed && s != t {
            a[t][s] += 1.0;
        }
    }
    a
}

fn numbers(got: &Value, graph: &Graph) -> Vec<f64> {
    graph.ids.iter().map(|id| got[id].as_f64().unwrap()).collect()
}

#[test]
fn a05_034_eigenvector_is_one() {
    for graph in graphs() {
        let params = json!({"directed": false, "max_iterations": 2000, "convergence": 1e-13});
        let got = run("eigenvector", params, &graph).unwrap();
        let x = numbers(&got["eigenvector"], &graph);
        let length = x.iter().map(|v| v * v).sum::<f64>().sqrt();
        assert!((length - 1.0).abs() < 1e-9);
        if got["converged"] != json!(true) {
            continue;
        }
        let a = matrix(&graph, false);
        let image: Vec<f64> = a.iter().map(|row| row.iter().zip(&x).map(|(a, x)| a * x).sum()).collect();
        let value: f64 = image.iter().zip(&x).map(|(y, x)| x * y).sum();
        for (y, x) in image.iter().zip(&x) {
            assert!((y - value * x).abs() < 1e-5, "{y} for {value} times {x}");
        }
    }
}

#[test]
fn a05_034_katz_solves_its_equation() {
    for graph in graphs() {
        for directed in [true, false] {
            let params = json!({"alpha": 0.01, "beta": 2, "directed": directed, "max_iterations": 2000,
                "convergence": 1e-13});
            let x = numbers(&run("katz", params, &graph).unwrap()["katz"], &graph);
            let a = matrix(&graph, directed);
            let n = x.len();
            let residual: Vec<f64> =
                (0..n).map(|v| x[v] - 0.01 * (0..n).map(|u| a[u][v] * x[u]).sum::<f64>()).collect();
            // Scaled, but the same at every vertex.
            assert!(residual.iter().all(|r| (r - residual[0]).abs() < 1e-9 && *r > 0.0), "{residual:?}");
        }
    }
    let clique: Vec<(u32, u32)> = (0..8).flat_map(|a| (0..8).map(move |b| (a, b))).collect();
    let error =
        run("katz", json!({"alpha": 1, "max_iterations": 2000}), &Graph::new(8, &clique)).unwrap_err();
    assert_eq!(error.to_string(), "the iteration diverges, expected a smaller [alpha]");
}

#[test]
fn a05_034_hits_feed_each_other() {
    for graph in graphs() {
        let params = json!({"max_iterations": 2000, "convergence": 1e-13});
        let got = run("hits", params, &graph).unwrap();
        let of = |i: usize| -> Vec<f64> {
            graph.ids.iter().map(|id| got["hits"][id][i].as_f64().unwrap()).collect()
        };
        let (hubs, authorities) = (of(0), of(1));
        let a = matrix(&graph, true);
        let n = hubs.len();
        let scaled = |v: Vec<f64>| {
            let sum: f64 = v.iter().sum();
            v.into_iter().map(|x| x / sum).collect::<Vec<_>>()
        };
        let from_hubs = scaled((0..n).map(|v| (0..n).map(|u| a[u][v] * hubs[u]).sum()).collect());
        let from_authorities =
            scaled((0..n).map(|v| (0..n).map(|t| a[v][t] * authorities[t]).sum()).collect());
        for v in 0..n {
            assert!((authorities[v] - from_hubs[v]).abs() < 1e-6);
            assert!((hubs[v] - from_authorities[v]).abs() < 1e-6);
        }
    }
    let none = run("hits", json!({}), &Graph::new(2, &[])).unwrap();
    assert_eq!(none["hits"], json!({"00000": [0.0, 0.0], "00001": [0.0, 0.0]}));
}

#[test]
fn a05_034_articulation_points_and_bridges_are_what_holds_components_together() {
    for graph in graphs() {
        let n = graph.ids.len();
        let whole = components(n, &graph.edges, |_| true);
        let points: Vec<usize> =
            (0..n).filter(|v| components(n, &graph.edges, |u| u != *v) > whole).collect();
        let got = run("articulation_points", json!({}), &graph).unwrap();
        assert_eq!(listed(&got["articulation_points"], &graph), points);
        let bridges: BTreeSet<usize> = (0..graph.edges.len())
            .filter(|i| {
                let mut rest = graph.edges.clone();
                rest.remove(*i);
                components(n, &rest, |_| true) > whole
            })
            .collect();
        let got = run("bridges", json!({}), &graph).unwrap();
        assert_eq!(edges(&got["bridges"], &graph), bridges);
    }
}

#[test]
fn a05_034_minimum_spanning_forest() {
    for graph in graphs() {
        for weight in ["w", ""] {
            let cost = |i: usize| if weight.is_empty() { 1.0 } else { graph.edges[i].2 };
            let mut order: Vec<usize> = (0..graph.edges.len()).collect();
            order.sort_by(|a, b| {
                cost(*a).total_cmp(&cost(*b)).then(graph.edges[*a].0.cmp(&graph.edges[*b].0)).then(a.cmp(b))
            });
            let mut chosen: Vec<usize> = Vec::new();
            for i in order {
                let with = |list: &[usize]| list.iter().map(|i| graph.edges[*i]).collect::<Vec<_>>();
                let before = components(graph.ids.len(), &with(&chosen), |_| true);
                chosen.push(i);
                if components(graph.ids.len(), &with(&chosen), |_| true) == before {
                    chosen.pop();
                }
            }
            let got = run("minimum_spanning_forest", json!({"weight": weight}), &graph).unwrap();
            let total: f64 = chosen.iter().map(|i| cost(*i)).sum();
            assert_eq!(edges(&got["minimum_spanning_forest"], &graph), chosen.into_iter().collect());
            assert_close(&got["total_weight"], &json!(total), 1e-9, "total");
        }
    }
}

#[test]
fn a05_034_maximal_independent_set() {
    for graph in graphs() {
        let sets = simple(&graph);
        for seed in 0..4 {
            let got = run("maximal_independent_set", json!({"seed": seed}), &graph).unwrap();
            let taken: BTreeSet<usize> =
                listed(&got["maximal_independent_set"], &graph).into_iter().collect();
            for (v, near) in sets.iter().enumerate() {
                assert_eq!(taken.contains(&v), near.is_disjoint(&taken), "vertex {v}");
            }
        }
    }
    let graph = Graph::random(300, 600, 1);
    let of = |seed| run("maximal_independent_set", json!({"seed": seed}), &graph).unwrap();
    assert_ne!(of(1), of(2));
}

#[test]
fn a05_034_k_truss() {
    for graph in graphs() {
        for k in 2..7 {
            let mut sets = simple(&graph);
            loop {
                let weak = (0..sets.len()).flat_map(|v| sets[v].iter().map(move |t| (v, *t)));
                let weak = weak.filter(|(v, t)| sets[*v].intersection(&sets[*t]).count() + 2 < k);
                let weak: Vec<(usize, usize)> = weak.collect();
                if weak.is_empty() {
                    break;
                }
                for (v, t) in weak {
                    sets[v].remove(&t);
                }
            }
            let stays = |e: &(u32, u32, f64)| sets[e.0 as usize].contains(&(e.1 as usize));
            let expected: BTreeSet<usize> =
                graph.edges.iter().enumerate().filter(|(_, e)| stays(e)).map(|(i, _)| i).collect();
            let got = run("k_truss", json!({"k": k}), &graph).unwrap();
            assert_eq!(edges(&got["k_truss"], &graph), expected, "k {k}");
        }
    }
}

#[test]
fn a05_034_topological_sort_leads_forward() {
    for graph in graphs() {
        let graph = graph.acyclic();
        let got = run("topological_sort", json!({}), &graph).unwrap();
        let order = listed(&got["topological_sort"], &graph);
        assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), graph.ids.len());
        let at = |v: u32| order.iter().position(|u| *u == v as usize).unwrap();
        assert!(graph.edges.iter().all(|(s, t, _)| at(*s) < at(*t)));
        // By generation, then in vertex order.
        let mut depth = vec![0; graph.ids.len()];
        for _ in 0..graph.ids.len() {
            for (s, t, _) in &graph.edges {
                depth[*t as usize] = depth[*t as usize].max(depth[*s as usize] + 1);
            }
        }
        assert!(order.is_sorted_by_key(|v| (depth[*v], *v)));
    }
}

#[test]
fn a05_034_cycles_are_named() {
    let graph = Graph::new(5, &[(0, 1), (1, 2), (2, 3), (3, 1), (3, 4)]);
    for name in ["topological_sort", "dag_longest_path"] {
        let Err(AlgoError::Cycle { id }) = run(name, json!({}), &graph) else {
            panic!("{name} has an answer")
        };
        assert!([1, 2, 3].iter().any(|v| graph.ids[*v] == id), "{id} is on no cycle");
    }
}

#[test]
fn a05_034_dag_longest_path() {
    for graph in graphs() {
        let graph = graph.acyclic();
        for weight in ["w", ""] {
            let cost = |w: f64| if weight.is_empty() { 1.0 } else { w };
            let mut longest = vec![0.0f64; graph.ids.len()];
            for _ in 0..graph.ids.len() {
                for (s, t, w) in &graph.edges {
                    longest[*t as usize] = longest[*t as usize].max(longest[*s as usize] + cost(*w));
                }
            }
            let expected = longest.iter().copied().fold(0.0, f64::max);
            let got = run("dag_longest_path", json!({"weight": weight}), &graph).unwrap();
            assert_close(&got["length"], &json!(expected), 1e-9, "length");
            let path = listed(&got["dag_longest_path"], &graph);
            let step = |a: usize, b: usize| {
                let between = graph.edges.iter().filter(|e| (e.0 as usize, e.1 as usize) == (a, b));
                between.map(|e| cost(e.2)).fold(f64::NEG_INFINITY, f64::max)
            };
            let sum: f64 = path.windows(2).map(|p| step(p[0], p[1])).sum();
            assert!((sum - expected).abs() < 1e-9);
        }
    }
}

#[test]
fn a05_034_node_similarity() {
    for graph in graphs() {
        let sets = simple(&graph);
        for (top_k, metric, cutoff) in [(2, "jaccard", 0.0), (1000, "overlap", 0.3), (3, "cosine", 0.0)] {
            let mut expected = Vec::new();
            for (v, near) in sets.iter().enumerate() {
                let mut rows: Vec<(f64, usize)> = (0..sets.len())
                    .filter(|u| *u != v && !near.is_disjoint(&sets[*u]))
                    .map(|u| {
                        let c = near.intersection(&sets[u]).count() as f64;
                        let (x, y) = (near.len() as f64, sets[u].len() as f64);
                        let value = match metric {
                            "jaccard" => c / (x + y - c),
                            "overlap" => c / x.min(y),
                            _ => c / (x * y).sqrt(),
                        };
                        (value, u)
                    })
                    .filter(|(value, _)| *value >= cutoff)
                    .collect();
                rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                rows.truncate(top_k);
                expected.extend(rows.into_iter().map(
                    |(value, u)| json!({"source": graph.ids[v], "target": graph.ids[u], "similarity": value}),
                ));
            }
            let params = json!({"top_k": top_k, "metric": metric, "cutoff": cutoff});
            let got = run("node_similarity", params, &graph).unwrap();
            assert_close(&got["node_similarity"], &json!(expected), 1e-12, metric);
        }
    }
}

#[test]
fn a05_034_modularity_and_conductance_of_a_given_partition() {
    for graph in graphs() {
        // The parts that the support code gives: three values in turn, and one without.
        let part = |v: u32| if v % 7 == 6 { 3 } else { v % 3 };
        let m: f64 = graph.edges.iter().map(|e| e.2).sum();
        let sum = |of: &dyn Fn(&(u32, u32, f64)) -> f64| graph.edges.iter().map(of).sum::<f64>();
        let (mut q, mut conductance) = (0.0, Vec::new());
        for p in 0..4 {
            let inside = sum(&|e| if part(e.0) == p && part(e.1) == p { e.2 } else { 0.0 });
            let degree = sum(&|e| f64::from(u8::from(part(e.0) == p) + u8::from(part(e.1) == p)) * e.2);
            q += inside / m - 1.5 * (degree / (2.0 * m)).powi(2);
            let smaller = degree.min(2.0 * m - degree);
            conductance.push(if smaller > 0.0 { (degree - 2.0 * inside) / smaller } else { 0.0 });
        }
        let params = json!({"property": "part", "weight": "w", "resolution": 1.5});
        let got = run("modularity", params, &graph).unwrap();
        assert_close(&got["modularity"], &json!(q), 1e-9, "modularity");
        let used: BTreeSet<u32> = (0..graph.ids.len() as u32).map(part).collect();
        assert_eq!(got["community_num"], used.len());
        let got = run("conductance", json!({"property": "part", "weight": "w"}), &graph).unwrap();
        let each = (0..graph.ids.len() as u32).map(|v| conductance[part(v) as usize]);
        assert_close(&got["conductance"], &per_vertex(&graph, each), 1e-9, "conductance");
        let mean = used.iter().map(|p| conductance[*p as usize]).sum::<f64>() / used.len() as f64;
        assert_close(&got["mean_conductance"], &json!(mean), 1e-9, "mean");
    }
}

#[test]
fn influence_is_estimated_as_simulation_has_it() {
    // Two stars of different size, and a few vertices alone: one seed each is best, the larger first.
    let mut pairs: Vec<(u32, u32)> = (2..42).map(|v| (0, v)).collect();
    pairs.extend((42..62).map(|v| (1, v)));
    let graph = Graph::new(70, &pairs);
    let got = run("influence_maximization", json!({"k": 2, "p": 0.5}), &graph).unwrap();
    let rows = got["influence_maximization"].as_array().unwrap();
    let chosen: Vec<&String> = rows.iter().flat_map(|row| row.as_object().unwrap().keys()).collect();
    assert_eq!(chosen, [&graph.ids[0], &graph.ids[1]]);
    // 1 + 40/2 and 1 + 20/2.
    let spread = got["spread"].as_f64().unwrap();
    assert!((spread - 32.0).abs() < 2.0, "{spread}");
    assert!((rows[0][&graph.ids[0]].as_f64().unwrap() - 21.0).abs() < 2.0);
    let all = run("influence_maximization", json!({"k": 100, "p": 1}), &graph).unwrap();
    assert_eq!(all["spread"], json!(70.0));
    assert_eq!(all["influence_maximization"].as_array().unwrap().len(), 70);
}

#[test]
fn samples_of_random_walks_have_their_size() {
    for graph in graphs() {
        for ratio in [0.01, 0.3, 1.0] {
            let got = run("random_walk_sample", json!({"sampling_ratio": ratio}), &graph).unwrap();
            let sample = listed(&got["random_walk_sample"], &graph);
            assert_eq!(sample.len(), (ratio * graph.ids.len() as f64).ceil() as usize);
        }
    }
    // A walk stays near its start: on two large cycles apart it seldom meets both.
    let ring = |base: u32| (0..500).map(move |i| (base + i, base + (i + 1) % 500));
    let graph = Graph::new(1000, &ring(0).chain(ring(500)).collect::<Vec<_>>());
    let mut one_sided = 0;
    for seed in 0..20 {
        let params = json!({"sampling_ratio": 0.008, "seed": seed});
        let sample =
            listed(&run("random_walk_sample", params, &graph).unwrap()["random_walk_sample"], &graph);
        let low = sample.iter().filter(|v| **v < 500).count();
        one_sided += u32::from(low == 0 || low == sample.len());
    }
    assert!(one_sided >= 10, "{one_sided} of 20");
}
