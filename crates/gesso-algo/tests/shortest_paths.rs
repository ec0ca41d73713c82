//! Centralities made of shortest paths, against naive versions of their definitions.
#![expect(clippy::float_cmp, reason = "weights are small whole numbers, whose sums are exact")]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{Graph, assert_close, run};

/// Naive graphs have weights that add up without rounding.
fn graphs() -> Vec<Graph> {
    let sizes = [(2, 1), (3, 4), (8, 10), (12, 30), (20, 26), (20, 60), (30, 200)];
    (0..28).map(|seed| Graph::random(sizes[seed % 7].0, sizes[seed % 7].1, seed as u64)).collect()
}

const WAYS: [(bool, bool); 4] = [(true, false), (false, false), (true, true), (false, true)];

/// Arcs of the simple view with their smallest weights.
fn arcs(graph: &Graph, directed: bool, weighted: bool) -> BTreeMap<(usize, usize), f64> {
    let mut arcs: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut add = |s: u32, t: u32, w: f64| {
        if s != t {
            let slot = arcs.entry((s as usize, t as usize)).or_insert(f64::INFINITY);
            *slot = slot.min(if weighted { w } else { 1.0 });
        }
    };
    for (s, t, w) in &graph.edges {
        add(*s, *t, *w);
        if !directed {
            add(*t, *s, *w);
        }
    }
    arcs
}

/// Distances between all pairs and numbers of shortest paths.
struct AllPairs {
    distance: Vec<Vec<f64>>,
    count: Vec<Vec<f64>>,
}

fn all_pairs(n: usize, arcs: &BTreeMap<(usize, usize), f64>) -> AllPairs {
    let mut distance = vec![vec![f64::INFINITY; n]; n];
    for (v, row) in distance.iter_mut().enumerate() {
        row[v] = 0.0;
    }
    for ((s, t), w) in arcs {
        distance[*s][*t] = *w;
    }
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                distance[i][j] = distance[i][j].min(distance[i][k] + distance[k][j]);
            }
        }
    }
    let mut count = vec![vec![0.0; n]; n];
    for s in 0..n {
        let mut order: Vec<usize> = (0..n).filter(|v| distance[s][*v] < f64::INFINITY).collect();
        order.sort_by(|a, b| distance[s][*a].total_cmp(&distance[s][*b]));
        count[s][s] = 1.0;
        for t in order.into_iter().filter(|t| *t != s) {
            let before = arcs.iter().filter(|((_, to), _)| *to == t);
            count[s][t] = before
                .filter(|((u, _), w)| distance[s][*u] + *w == distance[s][t])
                .map(|((u, _), _)| count[s][*u])
                .sum();
        }
    }
    AllPairs { distance, count }
}

impl AllPairs {
    /// Share of the shortest paths from s to t that use an arc.
    fn through_arc(&self, s: usize, t: usize, u: usize, v: usize, w: f64) -> f64 {
        let d = &self.distance;
        let on = d[s][t] < f64::INFINITY && s != t && d[s][u] + w + d[v][t] == d[s][t];
        if on { self.count[s][u] * self.count[v][t] / self.count[s][t] } else { 0.0 }
    }

    fn through(&self, s: usize, t: usize, v: usize) -> f64 {
        let d = &self.distance;
        let on = s != t && v != s && v != t && d[s][t] < f64::INFINITY && d[s][v] + d[v][t] == d[s][t];
        if on { self.count[s][v] * self.count[v][t] / self.count[s][t] } else { 0.0 }
    }
}

fn weight(weighted: bool) -> &'static str {
    if weighted { "w" } else { "" }
}

fn per_vertex(graph: &Graph, value: impl Fn(usize) -> f64) -> Value {
    let cells = graph.ids.iter().enumerate().map(|(v, id)| (id.clone(), json!(value(v))));
    cells.collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn a05_019_betweenness() {
    for graph in graphs() {
        for (directed, weighted) in WAYS {
            let n = graph.ids.len();
            let pairs = all_pairs(n, &arcs(&graph, directed, weighted));
            let halves = if directed { 1.0 } else { 0.5 };
            let from = |sources: &[usize], v: usize| {
                let each = sources.iter().flat_map(|s| (0..n).map(move |t| (*s, t)));
                each.map(|(s, t)| pairs.through(s, t, v)).sum::<f64>() * halves
            };
            let all: Vec<usize> = (0..n).collect();
            let expected = per_vertex(&graph, |v| from(&all, v));
            let params = json!({"directed": directed, "weight": weight(weighted)});
            let got = run("betweenness", params.clone(), &graph).unwrap();
            assert_close(&got["betweenness"], &expected, 1e-9, "betweenness");
            let mut seeded = params.clone();
            seeded["seeds"] = json!(graph.ids.join(","));
            assert_eq!(run("betweenness", seeded.clone(), &graph).unwrap(), got, "all as seeds");
            seeded["seeds"] = json!([graph.ids[1], graph.ids[0]]);
            seeded["k"] = json!(1);
            let scaled = per_vertex(&graph, |v| from(&[0, 1], v) * n as f64 / 2.0);
            let got = run("betweenness", seeded, &graph).unwrap();
            assert_close(&got["betweenness"], &scaled, 1e-9, "two seeds win over k");
        }
    }
}

#[test]
fn a05_019_k_chooses_by_the_seed() {
    let graph = Graph::random(200, 800, 3);
    let of = |params| run("betweenness", params, &graph).unwrap();
    let exact = of(json!({}));
    assert_eq!(of(json!({"k": 200})), exact);
    assert_eq!(of(json!({"k": 100_000})), exact);
    assert_eq!(of(json!({"k": 20, "seed": 5})), of(json!({"k": 20, "seed": 5})));
    assert_ne!(of(json!({"k": 20, "seed": 5})), of(json!({"k": 20, "seed": 6})));
    let sum =
        |v: &Value| v["betweenness"].as_object().unwrap().values().map(|x| x.as_f64().unwrap()).sum::<f64>();
    let (estimate, exact) = (sum(&of(json!({"k": 100}))), sum(&exact));
    assert!((estimate / exact - 1.0).abs() < 0.2, "{estimate} is far from {exact}");
}

/// Every edge with its number at the source, in the order of the result.
fn edges(graph: &Graph) -> Vec<(usize, usize, usize)> {
    let mut counts = vec![0; graph.ids.len()];
    let mut all: Vec<_> = graph
        .edges
        .iter()
        .map(|(s, t, _)| {
            let s = *s as usize;
            counts[s] += 1;
            (s, counts[s] - 1, *t as usize)
        })
        .collect();
    all.sort_unstable();
    all
}

/// The rows of a result about edges, given the value of each pair.
fn edge_rows(graph: &Graph, directed: bool, keep_zero: bool, value: impl Fn(usize, usize) -> f64) -> Value {
    let mut seen = std::collections::BTreeSet::new();
    let all = edges(graph);
    // Edges from the smaller end come first where direction does not matter.
    let mut order: Vec<usize> = (0..all.len()).collect();
    if !directed {
        order.sort_by_key(|i| all[*i].0 > all[*i].2);
    }
    let mut values = vec![0.0; all.len()];
    for i in order {
        let (s, _, t) = all[i];
        let pair = if directed { (s, t) } else { (s.min(t), s.max(t)) };
        if s != t && seen.insert(pair) {
            values[i] = value(s, t);
        }
    }
    let rows = all.iter().zip(values).filter(|(_, value)| keep_zero || *value != 0.0);
    rows.map(|((s, index, t), value)| {
        json!({"source": graph.ids[*s], "target": graph.ids[*t], "index": index.to_string(),
            "betweenness": value})
    })
    .collect()
}

#[test]
fn a05_020_edge_betweenness() {
    for graph in graphs() {
        for (directed, weighted) in WAYS {
            let arcs = arcs(&graph, directed, weighted);
            let n = graph.ids.len();
            let pairs = all_pairs(n, &arcs);
            let along = |u: usize, v: usize| {
                let w = arcs[&(u, v)];
                let each = (0..n).flat_map(|s| (0..n).map(move |t| (s, t)));
                each.map(|(s, t)| pairs.through_arc(s, t, u, v, w)).sum::<f64>()
            };
            // Each unordered pair uses the edge in one of its two ways, half of both sums.
            let value = |s, t| if directed { along(s, t) } else { f64::midpoint(along(s, t), along(t, s)) };
            let expected = edge_rows(&graph, directed, true, value);
            let params = json!({"directed": directed, "weight": weight(weighted)});
            let got = run("edge_betweenness", params, &graph).unwrap();
            assert_close(&got["betweenness"], &expected, 1e-9, "edge betweenness");
        }
    }
}

#[test]
fn a05_021_od_betweenness_on_a_path_and_on_two_routes() {
    let edge =
        |s: &str, t: &str, value: f64| json!({"source": s, "target": t, "index": "0", "betweenness": value});
    let mut path = Graph::new(3, &[(0, 1), (1, 2)]);
    path.ids = ["a", "b", "c"].map(str::to_owned).to_vec();
    let got = run("od_betweenness", json!({"OD_pairs": "a,c"}), &path).unwrap();
    assert_eq!(got["betweenness"], json!([edge("a", "b", 1.0), edge("b", "c", 1.0)]));
    let got = run("od_betweenness", json!({"OD": "c,a"}), &path).unwrap();
    assert_eq!(got["betweenness"], json!([]));
    let got = run("od_betweenness", json!({"OD": "c,a\nb,a", "directed": false}), &path).unwrap();
    assert_eq!(got["betweenness"], json!([edge("a", "b", 2.0), edge("b", "c", 1.0)]));
    let mut routes = Graph::new(4, &[(0, 1), (1, 3), (0, 2), (2, 3)]);
    routes.ids = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let got = run("od_betweenness", json!({"OD_pairs": "a,d"}), &routes).unwrap();
    let values: Vec<f64> =
        got["betweenness"].as_array().unwrap().iter().map(|e| e["betweenness"].as_f64().unwrap()).collect();
    assert_eq!(values, [0.5; 4]);
}

#[test]
fn a05_021_od_betweenness() {
    for graph in graphs() {
        for (directed, weighted) in WAYS {
            let arcs = arcs(&graph, directed, weighted);
            let n = graph.ids.len();
            let pairs = all_pairs(n, &arcs);
            let trips = [(0, n - 1), (1, 0), (0, n - 1), (n - 1, 1), (n / 2, 0)];
            let of_trips = |trips: &[(usize, usize, f64)], u: usize, v: usize| {
                let w = arcs[&(u, v)];
                trips.iter().map(|(s, t, units)| units * pairs.through_arc(*s, *t, u, v, w)).sum::<f64>()
            };
            let expected = |trips: Vec<(usize, usize, f64)>| {
                edge_rows(&graph, directed, false, |s, t| {
                    of_trips(&trips, s, t) + if directed { 0.0 } else { of_trips(&trips, t, s) }
                })
            };
            let lines: Vec<String> =
                trips.iter().map(|(s, t)| format!("{},{}", graph.ids[*s], graph.ids[*t])).collect();
            let mut params = json!({"directed": directed, "weight": weight(weighted)});
            params["OD_pairs"] = json!(lines.join("\n"));
            let got = run("od_betweenness", params.clone(), &graph).unwrap();
            let of_pairs = expected(trips.iter().map(|(s, t)| (*s, *t, 1.0)).collect());
            assert_close(&got["betweenness"], &of_pairs, 1e-9, "pairs");

            params["OD_pairs"] = Value::Null;
            params["seeds"] = json!([graph.ids[0], graph.ids[1]]);
            params["modes"] = json!("IN,OUT");
            params["attendees"] = json!("10, 4");
            let got = run("od_betweenness", params, &graph).unwrap();
            let mut shared = Vec::new();
            for (seed, units, is_origin) in [(0, 10.0, true), (1, 4.0, false)] {
                let end = |v| if is_origin { (seed, v) } else { (v, seed) };
                let others =
                    (0..n).filter(|v| *v != seed && pairs.distance[end(*v).0][end(*v).1] < f64::INFINITY);
                let others: Vec<usize> = others.collect();
                let each = units / others.len() as f64;
                shared.extend(others.into_iter().map(|v| (end(v).0, end(v).1, each)));
            }
            assert_close(&got["betweenness"], &expected(shared), 1e-9, "seeds");
        }
    }
}

#[test]
fn a_seed_of_od_betweenness_may_be_origin_and_destination() {
    let ring = Graph::new(3, &[(0, 1), (1, 2), (2, 0)]);
    let got = |params: Value| run("od_betweenness", params, &ring).unwrap()["betweenness"].clone();
    let both = got(json!({"seeds": "00000,00000", "modes": "IN,OUT", "attendees": "2,4"}));
    // From 0 one unit goes to 1 and one, over 1, to 2; two come from each of them, those of 1 over 2.
    let (out, back) = (
        got(json!({"seeds": "00000", "attendees": 2})),
        got(json!({"seeds": "00000", "modes": "OUT", "attendees": 4})),
    );
    let units = |rows: &Value| -> Vec<f64> {
        (0..3)
            .map(|v| {
                let ends = (format!("{v:05}"), format!("{:05}", (v + 1) % 3));
                let row = rows
                    .as_array()
                    .unwrap()
                    .iter()
                    .find(|row| row["source"] == ends.0 && row["target"] == ends.1);
                row.map_or(0.0, |row| row["betweenness"].as_f64().unwrap())
            })
            .collect()
    };
    assert_eq!(units(&out), [2.0, 1.0, 0.0]);
    assert_eq!(units(&back), [0.0, 2.0, 4.0]);
    assert_eq!(units(&both), [2.0, 3.0, 4.0]);
}

#[test]
fn od_parameters_that_do_not_fit_are_named() {
    let graph = Graph::new(2, &[(0, 1)]);
    let seeds = graph.ids.join(",");
    for (params, expected) in [
        (json!({}), "parameter [OD_pairs] or [seeds] is required"),
        (
            json!({"seeds": seeds, "attendees": "1,2,3"}),
            "parameter [attendees] has 3 values, expected 1 or one for each of 2 seeds",
        ),
        (
            json!({"seeds": seeds, "modes": "UP"}),
            "parameter [modes] is invalid, expected IN or OUT for each seed, or one for all",
        ),
        (
            json!({"seeds": seeds, "attendees": 1_000_001}),
            "parameter [attendees] is invalid, expected whole numbers of [1,1000000] for each seed, or one for all",
        ),
        (json!({"OD": "00000,x"}), "vertex [x] does not exist"),
    ] {
        assert_eq!(run("od_betweenness", params, &graph).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a05_010_closeness_and_harmonic() {
    for graph in graphs() {
        for (directed, weighted) in WAYS {
            let n = graph.ids.len();
            let pairs = all_pairs(n, &arcs(&graph, directed, weighted));
            let closeness = |v: usize| {
                let reached = (0..n).filter(|t| *t != v && pairs.distance[v][*t] < f64::INFINITY);
                let (count, sum) = reached.fold((0.0, 0.0), |(c, s), t| (c + 1.0, s + pairs.distance[v][t]));
                if count == 0.0 { 0.0 } else { count / sum * count / (n - 1) as f64 }
            };
            let harmonic =
                |v: usize| (0..n).filter(|s| *s != v).map(|s| 1.0 / pairs.distance[s][v]).sum::<f64>();
            let params = json!({"directed": directed, "weight": weight(weighted), "source": "*"});
            let got = run("closeness", params.clone(), &graph).unwrap();
            assert_close(&got["closeness"], &per_vertex(&graph, closeness), 1e-12, "closeness");
            let got = run("harmonic", params.clone(), &graph).unwrap();
            assert_close(&got["harmonic"], &per_vertex(&graph, harmonic), 1e-12, "harmonic");
            let mut one = params;
            one["source"] = json!(graph.ids[1]);
            let got = run("closeness", one.clone(), &graph).unwrap();
            assert_close(&got["closeness"], &json!(closeness(1)), 1e-12, "closeness");
            assert_eq!(got["source"], json!(graph.ids[1]));
            let got = run("harmonic", one, &graph).unwrap();
            assert_close(&got["harmonic"], &json!(harmonic(1)), 1e-12, "harmonic");
        }
    }
}

#[test]
fn a05_010_more_vertices_than_search_at_once() {
    let graph = Graph::random(500, 700, 9);
    let all = run("closeness", json!({}), &graph).unwrap();
    for v in [0, 63, 64, 200, 499] {
        let one = run("closeness", json!({"source": graph.ids[v]}), &graph).unwrap();
        assert_close(&all["closeness"][&graph.ids[v]], &one["closeness"], 1e-12, "closeness");
    }
}

#[test]
fn a05_028_weights_that_are_not_positive_fail() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut graph = Graph::new(4, &[(0, 1), (2, 3)]);
        graph.edges[1].2 = bad;
        for (name, params) in [
            ("betweenness", json!({"weight": "w"})),
            ("edge_betweenness", json!({"weight": "w"})),
            ("od_betweenness", json!({"weight": "w", "OD": "00000,00001"})),
            ("closeness", json!({"weight": "w"})),
            ("closeness", json!({"weight": "w", "source": "00000"})),
            ("harmonic", json!({"weight": "w"})),
        ] {
            let error = run(name, params, &graph).unwrap_err();
            assert_eq!(error.to_string(), "weight of edges must be greater than 0", "{name}");
        }
    }
}
