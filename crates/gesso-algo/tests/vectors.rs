//! Reference answers of the specification's vector files.

mod support;

use gesso_algo::{AlgoError, Prepared};
use gesso_core::date::Date;
use gesso_core::{JobContext, Outcome};
use gesso_graph::{Projection, TimeWindow};
use serde_json::{Value, json};
use std::path::PathBuf;
use support::{Graph, PLENTY, assert_close, json_of, object};

/// Algorithms of the vector files that this crate has.
const OURS: [&str; 21] = [
    "all_shortest_paths",
    "all_shortest_paths_of_vertex_sets",
    "betweenness",
    "closeness",
    "cluster_coefficient",
    "common_neighbors",
    "connected_component",
    "degree_correlation",
    "k_hop",
    "kcore",
    "label_propagation",
    "link_prediction",
    "louvain",
    "n_paths",
    "pagerank",
    "personalrank",
    "shortest_path",
    "shortest_path_of_vertex_sets",
    "single_vertex_circles_detection",
    "sssp",
    "triangle_count",
];

/// A vector file, or none where the specification is not at hand.
fn file(name: &str) -> Option<Value> {
    let shared = std::env::var_os("GESSO_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(shared.join("spec/vectors").join(name)) else {
        println!("skipped: shared material not found");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// The value of a single property, if there is one.
fn property<'a>(element: &'a Value, name: &str) -> Option<&'a Value> {
    element["properties"][name].get(0)
}

/// Whether an element passes a window: without the property in its label it does, without a value not.
fn passes(
    window: Option<&TimeWindow>,
    applies: fn(&TimeWindow) -> bool,
    element: &Value,
    schema: &Value,
) -> bool {
    let Some(window) = window.filter(|w| applies(w)) else { return true };
    let labels = schema.as_array().map_or(&[][..], Vec::as_slice);
    let declares = |label: &Value| {
        let properties = label["properties"].as_array().unwrap();
        label["label"] == element["label"] && properties.iter().any(|p| p["name"] == json!(window.property))
    };
    if !labels.iter().any(declares) {
        return true;
    }
    let Some(at) = property(element, &window.property).and_then(|v| Date::parse(text(v))) else {
        return false;
    };
    window.start.is_none_or(|s| at.seconds() >= s) && window.end.is_none_or(|e| at.seconds() <= e)
}

/// The graph of a file, inside a window. Vertices outside stay without edges, which no path tells apart.
fn graph(file: &Value, weight: Option<&str>, window: Option<&TimeWindow>) -> Graph {
    let vertices = file["vertices"].as_array().unwrap();
    let mut graph = Graph::new(0, &[]);
    graph.ids = vertices.iter().map(|v| text(&v["id"]).to_owned()).collect();
    let inside: Vec<bool> =
        vertices.iter().map(|v| passes(window, |w| w.on_vertices, v, &file["schema"])).collect();
    let find = |id: &Value| graph.ids.iter().position(|n| n == text(id)).unwrap();
    for edge in file["edges"].as_array().unwrap() {
        let (s, t) = (find(&edge["source"]), find(&edge["target"]));
        if inside[s] && inside[t] && passes(window, |w| w.on_edges, edge, &file["schema"]) {
            let w = weight.and_then(|name| property(edge, name)).map_or(1.0, |w| w.as_f64().unwrap());
            graph.edges.push((s as u32, t as u32, w));
        }
    }
    graph
}

fn run(name: &str, request: &Value, file: &Value) -> Result<Value, AlgoError> {
    let params = object(request["parameters"].clone());
    let prepared = support::entry(name).prepare(&params)?;
    let Prepared::OnProjection(algorithm) = prepared else { panic!("{name} is asked over HTTP only") };
    let spec = algorithm.projection();
    let graph = graph(file, spec.weight.as_deref(), spec.window.as_ref());
    let projection = Projection::of_edges(graph.ids.clone(), &graph.edges, &spec);
    let ctx = JobContext::detached(2, PLENTY);
    let outcome: Outcome = algorithm.run(&projection, &ctx)?;
    Ok(json_of(&outcome, &graph))
}

/// Lists of one-key objects as one object, as [`json_of`] gives them.
fn folded(value: &Value) -> Value {
    let Some(list) = value.as_array().filter(|l| l.iter().any(Value::is_object)) else {
        return value.clone();
    };
    list.iter().flat_map(|row| row.as_object().unwrap().clone()).collect::<serde_json::Map<_, _>>().into()
}

fn check_case(case: &Value, file: &Value) -> bool {
    let name = text(&case["request"]["algorithmName"]);
    if !OURS.contains(&name) {
        return false;
    }
    let what = format!("{name} {}", case["request"]["parameters"]);
    let got = run(name, &case["request"], file).unwrap_or_else(|e| panic!("{what}: {e}"));
    // Pages are made by the server.
    let listed = case["expect"].as_object().unwrap().iter().filter(|(name, _)| !name.starts_with("data_"));
    for (member, expected) in listed.filter(|_| case["request"]["offset"].is_null()) {
        if let Some(measure) = member.strip_suffix("_at_least") {
            assert!(got[measure].as_f64() >= expected.as_f64(), "{what} {member}: {}", got[measure]);
            continue;
        }
        let tolerance = case["tolerance"].as_f64().unwrap_or(0.0);
        assert_close(&got[member], &folded(expected), tolerance, &format!("{what} {member}"));
    }
    for absent in case["absent"].as_array().into_iter().flatten() {
        assert!(got.get(text(absent)).is_none(), "{what} has {absent}");
    }
    true
}

fn check_file(name: &str, least: usize) {
    let Some(vectors) = file(name) else { return };
    let mut checked = 0;
    for case in vectors["cases"].as_array().unwrap() {
        let graph = if case["graph"].is_null() { &vectors["graph"] } else { &case["graph"] };
        let Some(graph) = file(text(graph)) else { return };
        checked += usize::from(check_case(case, &graph));
    }
    for case in vectors["errors"].as_array().into_iter().flatten() {
        let name = text(&case["request"]["algorithmName"]);
        if OURS.contains(&name) && case["expectError"]["errorCode"] == "GES.8402" {
            let Some(graph) = file(text(&vectors["graph"])) else { return };
            assert!(run(name, &case["request"], &graph).is_err(), "{}", case["name"]);
            checked += 1;
        }
    }
    assert!(checked >= least, "{name}: only {checked} cases are ours");
}

#[test]
fn a05_006_to_023_analytics_cases() {
    check_file("analytics-cases.json", 32);
}

#[test]
fn p06_001_and_002_shortest_paths() {
    check_file("paths-shortest.json", 20);
}

#[test]
fn p06_001_and_002_distances_and_neighbourhoods() {
    check_file("paths-sssp-khop.json", 15);
}

#[test]
fn p06_001_and_002_lists_of_paths() {
    check_file("paths-all-shortest.json", 5);
    check_file("paths-vertex-sets.json", 10);
    check_file("paths-n-paths.json", 8);
    check_file("paths-circles.json", 7);
}
