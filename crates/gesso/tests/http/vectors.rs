//! The reference answers of the specification's vector files, asked over REST, at once and as jobs.

use crate::harness::{TestGraph, TestServer, check, shared_spec};
use crate::jobs_stage::EXECUTE;
use serde_json::{Map, Value, json};

/// Algorithms of the vector files that the server has.
const OURS: [&str; 26] = [
    "all_shortest_paths",
    "all_shortest_paths_of_vertex_sets",
    "betweenness",
    "closeness",
    "cluster_coefficient",
    "common_neighbors",
    "connected_component",
    "degree_correlation",
    "filtered_all_pairs_shortest_paths",
    "filtered_all_shortest_paths",
    "filtered_circle_detection",
    "filtered_n_paths",
    "filtered_shortest_path",
    "k_hop",
    "kcore",
    "link_prediction",
    "louvain",
    "n_paths",
    "pagerank",
    "personalrank",
    "shortest_path",
    "shortest_path_of_vertex_sets",
    "single_vertex_circles_detection",
    "sssp",
    "subgraph_matching",
    "triangle_count",
];

/// The case that is refused only where a client waits.
const FINE_AS_JOB: &str = "sync product too large";

fn is_ours(case: &Value) -> bool {
    OURS.iter().any(|name| case["request"]["algorithmName"] == *name)
}

/// A vector file, or none after saying that the test is skipped.
pub fn file(name: &str) -> Option<Value> {
    let path = shared_spec()?.join("vectors").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("`{}`: {e}", path.display()));
    Some(serde_json::from_str(&text).unwrap_or_else(|e| panic!("`{}`: {e}", path.display())))
}

/// The entries of an array; none of anything else.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The labels of a file; those of a file without a schema hold the weight `w`.
fn labels(file: &Value) -> Vec<Value> {
    let own = |label: &Value| {
        let properties = list(&label["properties"]).iter();
        let properties = properties.map(
            |p| json!({"property": {"name": p["name"], "dataType": p["type"], "cardinality": "single"}}),
        );
        json!({"name": label["label"], "type": "all", "properties": properties.collect::<Vec<_>>()})
    };
    let described: Vec<Value> = list(&file["schema"]).iter().map(own).collect();
    if !described.is_empty() {
        return described;
    }
    let weight = json!([{"property": {"name": "w", "dataType": "double", "cardinality": "single"}}]);
    vec![
        json!({"name": "node", "type": "vertex"}),
        json!({"name": "link", "type": "edge", "properties": weight}),
    ]
}

/// Loads a file's graph through the API, in the file's order.
pub fn load<'s>(s: &'s TestServer, name: &str, file: &Value) -> TestGraph<'s> {
    let g = s.graph(name);
    for label in labels(file) {
        g.post("/schema/labels", label).expect(200);
    }
    let vertices: Vec<Value> = list(&file["vertices"])
        .iter()
        .map(|v| json!({"vertex": v["id"], "label": v["label"], "properties": v["properties"]}))
        .collect();
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices})).expect(200);
    let edges: Vec<Value> = list(&file["edges"])
        .iter()
        .map(|e| json!({"source": e["source"], "target": e["target"], "label": e["label"], "properties": e["properties"]}))
        .collect();
    g.post("/edges/action?action_id=batch-add", json!({"edges": edges})).expect(200);
    assert_eq!(g.counts(), (vertices.len() as u64, edges.len() as u64));
    for edge in list(&file["edges"]).iter().filter(|e| e["index"].is_string()) {
        let [source, target] = ["source", "target"].map(|end| edge[end].as_str().expect("an id"));
        let found = g.edges(source, target);
        assert!(
            found.iter().any(|e| e["index"] == edge["index"] && e["label"] == edge["label"]),
            "{edge}: {found:?}"
        );
    }
    g
}

/// Equal, numbers within a tolerance.
pub fn is_close(got: &Value, expected: &Value, tolerance: f64) -> bool {
    match (got, expected) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            (a - b).abs() <= tolerance
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_close(a, b, tolerance))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same = |(name, b): (&String, &Value)| a.get(name).is_some_and(|a| is_close(a, b, tolerance));
            a.len() == b.len() && b.iter().all(same)
        }
        (a, b) => a == b,
    }
}

/// A list of one-key objects as one object, where the expectation is given so.
fn in_form_of(got: &Value, expected: &Value) -> Value {
    let is_rows = expected.is_object() && got.is_array();
    if !is_rows {
        return got.clone();
    }
    let rows = list(got).iter().filter_map(Value::as_object);
    let folded: Map<String, Value> = rows.flat_map(Map::clone).collect();
    assert_eq!(folded.len(), list(got).len(), "a vertex is listed twice");
    folded.into()
}

fn check_outputs(outputs: &Value, case: &Value) {
    let tolerance = case["tolerance"].as_f64().unwrap_or(0.0);
    for (name, expected) in case["expect"].as_object().expect("an expectation") {
        if let Some(measure) = name.strip_suffix("_at_least") {
            assert!(outputs[measure].as_f64() >= expected.as_f64(), "{} {name}: {outputs}", case["request"]);
            continue;
        }
        let got = in_form_of(&outputs[name], expected);
        assert!(
            is_close(&got, expected, tolerance),
            "{} {name}: {got}, expected {expected}",
            case["request"]
        );
    }
    for absent in list(&case["absent"]) {
        assert!(outputs.get(absent.as_str().expect("a name")).is_none(), "{}: {outputs}", case["request"]);
    }
    assert!(outputs["runtime"].is_number(), "{}: {outputs}", case["request"]);
}

fn with_mode(case: &Value, mode: &str) -> Value {
    let mut request = case["request"].clone();
    request["executionMode"] = json!(mode);
    request
}

/// A case must have its answer at once and as a job.
fn check_case(g: &TestGraph<'_>, case: &Value) {
    let answer = g.post(EXECUTE, with_mode(case, "sync")).expect(200);
    check_outputs(&answer["data"]["outputs"], case);
    let accepted = g.post(EXECUTE, with_mode(case, "async")).expect(200);
    let id = accepted["jobId"].as_str().expect("a job id");
    g.ended(id);
    let number = |name: &str, default: u64| case["request"][name].as_u64().unwrap_or(default);
    let page = format!("offset={}&limit={}", number("offset", 0), number("limit", 100_000));
    let status = g.get(&format!("/jobs/{id}/status?{page}")).expect(200);
    check_outputs(&status["data"]["outputs"], case);
}

/// A case must be refused with its code. As a job it may also fail, which is told with the job's own code.
fn check_error(g: &TestGraph<'_>, case: &Value) {
    let code = case["expectError"]["errorCode"].as_str().expect("a code");
    let status = case["expectError"]["status"].as_u64().expect("a status") as u16;
    check(g.post(EXECUTE, case["request"].clone()), status, code);
    if code == "GES.8404" || case["name"] == FINE_AS_JOB {
        return;
    }
    let reply = g.post(EXECUTE, with_mode(case, "async"));
    if reply.status != 200 {
        check(reply, status, code);
        return;
    }
    let accepted = reply.json();
    let failed = g.ended(accepted["jobId"].as_str().expect("a job id"));
    assert_eq!((&failed["state"], &failed["errorCode"]), (&json!("failed"), &json!("GES.8301")), "{case}");
    let message = failed["errorMessage"].as_str().unwrap_or("");
    assert!(message.starts_with("Running algorithm ["), "{case}: {message}");
}

fn check_paths(name: &str, cases: usize, errors: usize) {
    let Some(vectors) = file(name) else { return };
    let Some(graph) = file(vectors["graph"].as_str().expect("a graph")) else { return };
    let s = TestServer::start();
    let g = load(&s, "paths", &graph);
    let ours = |part: &str| list(&vectors[part]).iter().filter(|case| is_ours(case)).collect::<Vec<_>>();
    let (good, bad) = (ours("cases"), ours("errors"));
    assert!(good.len() >= cases && bad.len() >= errors, "{name}: {} and {} are ours", good.len(), bad.len());
    for case in good {
        check_case(&g, case);
    }
    for case in bad {
        check_error(&g, case);
    }
}

#[test]
fn p06_001_shortest_paths_over_rest() {
    check_paths("paths-shortest.json", 25, 6);
}

#[test]
fn p06_002_distances_and_neighbourhoods_over_rest() {
    check_paths("paths-sssp-khop.json", 12, 3);
}

#[test]
fn p06_001_and_002_lists_of_paths_over_rest() {
    check_paths("paths-all-shortest.json", 7, 0);
    check_paths("paths-all-pairs.json", 6, 2);
    check_paths("paths-vertex-sets.json", 10, 0);
    check_paths("paths-n-paths.json", 11, 3);
    check_paths("paths-circles.json", 13, 5);
}

#[test]
fn f07_02_subgraph_matching_over_rest() {
    check_paths("paths-subgraph-matching.json", 4, 0);
}

#[test]
fn a05_analytics_over_rest() {
    let Some(vectors) = file("analytics-cases.json") else { return };
    let s = TestServer::start();
    let graphs = [("analytics-graph-karate.json", "karate"), ("analytics-graph-small.json", "small")];
    let mut checked = 0;
    for (name, short) in graphs {
        let Some(graph) = file(name) else { return };
        let g = load(&s, short, &graph);
        for case in list(&vectors["cases"]).iter().filter(|case| case["graph"] == name && is_ours(case)) {
            check_case(&g, case);
            checked += 1;
        }
    }
    assert!(checked >= 32, "only {checked} cases are ours");
}
