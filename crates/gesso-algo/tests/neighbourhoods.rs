//! Algorithms about neighbourhoods and their likeness, against naive versions of their definitions.

mod support;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{Graph, assert_close, run};

fn graphs() -> Vec<Graph> {
    let sizes = [(2, 1), (3, 4), (8, 10), (12, 30), (30, 40), (30, 90), (60, 400)];
    (0..28).map(|seed| Graph::random(sizes[seed % 7].0, sizes[seed % 7].1, seed as u64)).collect()
}

/// Distinct neighbours other than the vertex itself.
fn simple(graph: &Graph) -> Vec<BTreeSet<usize>> {
    let mut sets = vec![BTreeSet::new(); graph.ids.len()];
    for (s, t, _) in graph.edges.iter().filter(|(s, t, _)| s != t) {
        sets[*s as usize].insert(*t as usize);
        sets[*t as usize].insert(*s as usize);
    }
    sets
}

fn ids(graph: &Graph, vertices: impl IntoIterator<Item = usize>) -> Value {
    vertices.into_iter().map(|v| json!(graph.ids[v])).collect()
}

#[test]
fn a05_022_link_prediction_in_every_metric() {
    for graph in graphs() {
        let sets = simple(&graph);
        for (a, b) in [(0, 1), (1, 0), (0, sets.len() - 1)].into_iter().filter(|(a, b)| a != b) {
            let common: Vec<usize> = sets[a].intersection(&sets[b]).copied().collect();
            let union = sets[a].union(&sets[b]).count() as f64;
            let (x, y, c) = (sets[a].len() as f64, sets[b].len() as f64, common.len() as f64);
            let degree = |w: &usize| sets[*w].len() as f64;
            let or_zero = |v: f64| if v.is_finite() { v } else { 0.0 };
            for (metric, expected) in [
                ("jaccard", or_zero(c / union)),
                ("adamic_adar", common.iter().map(|w| 1.0 / degree(w).ln()).sum()),
                ("resource_allocation", common.iter().map(|w| 1.0 / degree(w)).sum()),
                ("preferential_attachment", x * y),
                ("common_neighbors", c),
                ("overlap", or_zero(c / x.min(y))),
                ("cosine", or_zero(c / (x * y).sqrt())),
            ] {
                let params = json!({"source": graph.ids[a], "target": graph.ids[b], "metric": metric});
                let got = run("link_prediction", params, &graph).unwrap();
                assert_close(&got["link_prediction"], &json!(expected), 1e-12, metric);
                assert_eq!(got["target"], json!(graph.ids[b]));
            }
        }
    }
    let same = run("link_prediction", json!({"source": "x", "target": "x"}), &graphs()[0]).unwrap_err();
    assert_eq!(same.to_string(), "target must not be the same as source");
}

#[test]
fn a05_023_common_neighbors() {
    for graph in graphs() {
        let sets = simple(&graph);
        let (a, b) = (0, sets.len() - 1);
        let common: Vec<usize> = sets[a].intersection(&sets[b]).copied().collect();
        let params = json!({"source": graph.ids[a], "target": graph.ids[b]});
        let expected = json!({"source": graph.ids[a], "target": graph.ids[b],
            "common_neighbors": common.len(), "vertices": ids(&graph, common)});
        assert_eq!(run("common_neighbors", params, &graph).unwrap(), expected);
    }
}

#[test]
fn a05_023_common_neighbors_of_vertex_sets() {
    for graph in graphs().into_iter().filter(|g| g.ids.len() > 5) {
        let sets = simple(&graph);
        let (sources, targets) = ([0, 1, 2, 1], [3, 4, 0]);
        let near = |set: &[usize], v: usize| {
            set.iter().collect::<BTreeSet<_>>().into_iter().filter(|s| sets[**s].contains(&v)).count()
        };
        for (restricted, least) in [(json!(true), 2), (json!("false"), 1), (Value::Null, 2)] {
            let found: Vec<usize> = (0..sets.len())
                .filter(|v| near(&sources, *v) >= least && near(&targets, *v) >= least)
                .collect();
            let text =
                |set: &[usize]| set.iter().map(|v| graph.ids[*v].clone()).collect::<Vec<_>>().join(", ");
            let params =
                json!({"sources": text(&sources), "targets": ids(&graph, targets), "restricted": restricted});
            let expected = json!({"common_neighbors": found.len(), "vertices": ids(&graph, found)});
            assert_eq!(run("common_neighbors_of_vertex_sets", params, &graph).unwrap(), expected);
        }
    }
}

#[test]
fn a05_017_cluster_coefficient_and_transitivity() {
    for graph in graphs() {
        let sets = simple(&graph);
        let closed = |v: usize| {
            let pairs = sets[v].iter().flat_map(|a| sets[v].iter().map(move |b| (a, b)));
            pairs.filter(|(a, b)| a < b && sets[**a].contains(b)).count() as f64
        };
        let pairs = |v: usize| (sets[v].len() * sets[v].len().saturating_sub(1)) as f64 / 2.0;
        let each: Vec<f64> =
            (0..sets.len()).map(|v| if pairs(v) > 0.0 { closed(v) / pairs(v) } else { 0.0 }).collect();
        let (all, open): (f64, f64) = ((0..sets.len()).map(closed).sum(), (0..sets.len()).map(pairs).sum());
        let rows = graph.ids.iter().cloned().zip(each.iter().map(|c| json!(c)));
        let expected = json!({
            "cluster_coefficient": each.iter().sum::<f64>() / each.len() as f64,
            "transitivity": if open > 0.0 { all / open } else { 0.0 },
            "vertex_coefficients": rows.collect::<serde_json::Map<_, _>>(),
        });
        let got = run("cluster_coefficient", json!({"statistics": false}), &graph).unwrap();
        assert_eq!(got.as_object().unwrap().len(), 3);
        for (name, expected) in expected.as_object().unwrap() {
            assert_close(&got[name], expected, 1e-12, name);
        }
        let got = run("cluster_coefficient", json!({}), &graph).unwrap();
        assert_eq!(got.as_object().unwrap().len(), 2);
    }
}

#[test]
fn a05_018_degree_correlation() {
    for graph in graphs() {
        let mut degree = vec![0.0; graph.ids.len()];
        for (s, t, _) in &graph.edges {
            degree[*s as usize] += 1.0;
            degree[*t as usize] += 1.0;
        }
        let mut ends = Vec::new();
        for (s, t, _) in &graph.edges {
            let (s, t) = (*s as usize, *t as usize);
            ends.push((degree[s], degree[t]));
            if s != t {
                ends.push((degree[t], degree[s]));
            }
        }
        let n = ends.len() as f64;
        let mean = ends.iter().map(|e| e.0).sum::<f64>() / n;
        let covariance: f64 = ends.iter().map(|e| (e.0 - mean) * (e.1 - mean)).sum();
        let variance: f64 = ends.iter().map(|e| (e.0 - mean).powi(2)).sum();
        let expected = if variance < 1e-9 { 0.0 } else { covariance / variance };
        let got = run("degree_correlation", json!({}), &graph).unwrap();
        assert_close(&got["degree_correlation"], &json!(expected), 1e-9, "correlation");
    }
}

/// Vertices in the order of a ranked list.
fn order(rows: &Value) -> Vec<(String, f64)> {
    let row = |row: &Value| {
        let (id, score) = row.as_object().unwrap().iter().next().unwrap();
        (id.clone(), score.as_f64().unwrap())
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a05_025_realtime_recommendation_is_fixed_by_its_seed() {
    let graph = Graph::random(300, 1500, 2);
    let of = |params: Value| run("pixie", params, &graph).unwrap();
    let sources = [graph.ids[0].clone(), graph.ids[9].clone()];
    let params = |seed: u64| json!({"sources": sources, "seed": seed});
    assert_eq!(of(params(3)), of(params(3)));
    assert_ne!(of(params(3))["score"], of(params(4))["score"]);
    let scores = order(&of(params(3))["score"]);
    assert!(scores.len() > 20 && scores.is_sorted_by(|a, b| a.1 > b.1 || (a.1 == b.1 && a.0 < b.0)));
    assert!(scores.iter().all(|(id, _)| !sources.contains(id)), "sources are left out");
    assert_eq!(of(params(3))["sources"], json!(sources));
}

#[test]
fn a05_025_walks_follow_directions_and_combine_sources() {
    // Both sources lead to 2, one alone to 3 and 4; nothing leads to 5.
    let graph = Graph::new(6, &[(0, 2), (1, 2), (0, 3), (1, 4), (5, 0)]);
    let params = json!({"sources": "00000,00001", "nv": 10, "np": 2000});
    let scores = order(&run("realtime_recommendation", params.clone(), &graph).unwrap()["score"]);
    assert_eq!(scores.len(), 3);
    assert_eq!(scores[0].0, graph.ids[2]);
    // Seen from one source, visits are as frequent as paths; from both, roots add up before squaring.
    assert!(scores[0].1 > 3.0 * scores[1].1, "{scores:?}");
    let mut both = params;
    both["directed"] = json!(false);
    let scores = order(&run("realtime_recommendation", both, &graph).unwrap()["score"]);
    assert!(scores.iter().any(|(id, _)| *id == graph.ids[5]));
}

#[test]
fn a05_025_limits_of_sources() {
    let graph = Graph::new(3, &[(0, 1), (1, 2)]);
    let of = |params: Value| run("realtime_recommendation", params, &graph).map_err(|e| e.to_string());
    let error = of(json!({"sources": "00000,00001", "source_limit": 1})).unwrap_err();
    assert_eq!(error, "parameter [sources] is invalid, expected at most 1 ids, as source_limit says");
    let unknown = Err("vertex [x] does not exist".to_owned());
    assert_eq!(of(json!({"sources": "00000,x"})), unknown);
    let dropped = of(json!({"sources": "00000,x", "restricted": false})).unwrap();
    assert_eq!(dropped["sources"], json!(["00000"]));
    assert_eq!(of(json!({"sources": "x", "restricted": false})), unknown);
}

#[test]
fn a05_026_topicrank_with_one_source_is_personalrank() {
    for graph in graphs() {
        for directed in [true, false] {
            let common = json!({"directed": directed, "convergence": 1e-12, "max_iterations": 2000});
            let mut params = common.clone();
            params["source"] = json!(graph.ids[1]);
            let personal = run("personalrank", params, &graph).unwrap();
            let mut params = common.clone();
            params["sources"] = json!(graph.ids[1]);
            params["default_p"] = json!(0);
            params["only_neighbors"] = json!(false);
            let got = order(&run("topicrank", params.clone(), &graph).unwrap()["topicrank"]);
            assert_eq!(got.len(), graph.ids.len());
            assert!(got.is_sorted_by(|a, b| a.1 > b.1 || (a.1 == b.1 && a.0 < b.0)));
            for (id, rank) in &got {
                assert_close(&json!(rank), &personal["personalrank"][id], 1e-9, "topicrank");
            }
            params["only_neighbors"] = Value::Null;
            let near = order(&run("topicrank", params, &graph).unwrap()["topicrank"]);
            let expected = &simple(&graph)[1];
            assert_eq!(near.len(), expected.len());
            assert!(near.iter().all(|(id, _)| expected.iter().any(|v| graph.ids[*v] == *id)));
        }
    }
}

#[test]
fn a05_026_topicrank_with_equal_weights_is_pagerank() {
    let graph = Graph::random(60, 200, 3);
    let rank = run("pagerank", json!({"convergence": 1e-12, "max_iterations": 2000}), &graph).unwrap();
    let params = json!({"sources": graph.ids[..7], "only_neighbors": false, "convergence": 1e-12,
        "max_iterations": 2000});
    let got = run("topicrank", params.clone(), &graph).unwrap();
    for (id, value) in order(&got["topicrank"]) {
        assert_close(&json!(value), &rank["pagerank"][&id], 1e-10, "topicrank");
    }
    let mut weighted = params.clone();
    weighted["actived_p"] = json!(50);
    let sum: f64 = order(&run("topicrank", weighted, &graph).unwrap()["topicrank"]).iter().map(|r| r.1).sum();
    assert!((sum - 1.0).abs() < 1e-9);
    let mut none = params.clone();
    (none["actived_p"], none["default_p"]) = (json!(0), json!(0));
    let error = run("topicrank", none, &graph).unwrap_err();
    assert_eq!(error.to_string(), "weights of all vertices are 0");
    let mut still = params;
    still["max_iterations"] = json!(0);
    let got = order(&run("topicrank", still, &graph).unwrap()["topicrank"]);
    assert!(got.iter().all(|(_, value)| (value - 1.0 / 60.0).abs() < 1e-15));
}
