//! Algorithms on the part of a graph that passes filters: spec 05, item 30.

use crate::harness::{TestGraph, TestServer, check};
use crate::jobs_stage::{EXECUTE, request_for};
use crate::path_fixture::{filter, outputs, people, request, run};
use gesso_algo::{Demand, Entry, Info, registry};
use serde_json::{Value, json};

/// The filters, and a graph of what passes them.
fn part(s: &TestServer, g: &TestGraph<'_>) -> [Value; 2] {
    let not_turin = filter(json!({"property_name": "city"}), "!=", json!("Turin"));
    let light = filter(json!({"property_name": "w"}), "<=", json!(4));
    let copy = s.graph("part");
    for label in ["person", "shop", "knows", "pays"] {
        let weight = json!([{"property": {"name": "w", "dataType": "double", "cardinality": "single"}}]);
        copy.post("/schema/labels", json!({"name": label, "type": "all", "properties": weight})).expect(200);
    }
    let kept: Vec<&str> = ["ana", "bo", "cy", "eli", "gus", "hal", "ivy"].into();
    for id in &kept {
        let label = g.vertex(id)["label"].clone();
        copy.post("/vertices", json!({"vertex": id, "label": label})).expect(200);
    }
    let mut edges = Vec::new();
    for source in &kept {
        for edge in kept.iter().flat_map(|target| g.edges(source, target)) {
            let weight = edge["properties"]["w"][0].as_f64();
            if weight.is_some_and(|w| w <= 4.0) {
                let index: u64 = edge["index"].as_str().and_then(|i| i.parse().ok()).expect("an index");
                edges.push((*source, index, edge["target"].clone(), edge["label"].clone(), weight));
            }
        }
    }
    edges.sort_by_key(|e| (kept.iter().position(|id| *id == e.0), e.1));
    for (source, _, target, label, weight) in edges {
        let properties = json!({"w": [weight]});
        let body = json!({"source": source, "target": target, "label": label, "properties": properties});
        copy.post("/edges", body).expect(200);
    }
    [not_turin, light]
}

fn request_here(info: &Info) -> Value {
    let text = request_for(info).to_string();
    let text = text.replace("\"3,5\"", "\"ana,eli\"").replace("\"3\"", "\"ana\"").replace("\"7\"", "\"eli\"");
    serde_json::from_str(&text).expect("JSON")
}

/// Without what differs between runs, and without numbers of edges, which a copy counts anew.
fn comparable(mut found: Value) -> Value {
    found["runtime"] = Value::Null;
    for list in found.as_object_mut().into_iter().flat_map(|o| o.values_mut()) {
        for row in list.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            row.shift_remove("index");
        }
    }
    found
}

#[test]
fn a05_030_filters_leave_the_part_that_passes() {
    let s = TestServer::start();
    let g = people(&s);
    let [vertex_filter, edge_filter] = part(&s, &g);
    let copy = s.named("part");
    let takes_its_own = |info: &Info| info.params.iter().any(|p| p.name == "filters");
    for info in registry::all().iter().map(Entry::info) {
        if info.demand != Demand::Any || takes_its_own(info) {
            continue;
        }
        // Its pattern says which vertices; it is documented without filters.
        if info.name == "subgraph_matching" {
            let mut body = request_here(info);
            body["vertex_filter"] = vertex_filter.clone();
            let message = check(g.post(EXECUTE, body), 400, "GES.8402");
            assert!(message.contains("[vertex_filter] is not supported"), "{message}");
            continue;
        }
        let weight = info.params.iter().any(|p| p.name == "weight").then_some("w");
        for weight in [None, weight] {
            let mut plain = request_here(info);
            if let Some(weight) = weight {
                plain["parameters"]["weight"] = json!(weight);
            }
            let expected = comparable(copy.outputs(EXECUTE, plain.clone()));
            let mut outside = plain.clone();
            outside["vertex_filter"] = vertex_filter.clone();
            outside["edge_filter"] = edge_filter.clone();
            let mut inside = plain.clone();
            inside["parameters"]["vertex_filter"] = vertex_filter.clone();
            inside["parameters"]["edge_filter"] = edge_filter.clone();
            // The second time from the cache.
            for request in [&outside, &inside, &outside] {
                assert_eq!(comparable(g.outputs(EXECUTE, request.clone())), expected, "{request}");
            }
        }
    }
}

#[test]
fn a05_030_vertices_that_fail_do_not_exist() {
    let s = TestServer::start();
    let g = people(&s);
    let mut body = request("sssp", json!({"source": "dee"}));
    body["vertex_filter"] = filter(json!({"property_name": "city"}), "!=", json!("Turin"));
    let message = check(g.post(EXECUTE, body), 400, "GES.8402");
    assert!(message.contains("vertex [dee] does not exist"), "{message}");
    let mut body = request("shortest_path", json!({"source": "ana", "target": "dee"}));
    body["vertex_filter"] = filter(json!({"property_name": "city"}), "!=", json!("Turin"));
    assert_eq!(outputs(&g, body)["path"], json!([]));
}

#[test]
fn a05_026_filtered_topicrank_lists_what_passes_and_walks_everywhere() {
    let s = TestServer::start();
    let g = people(&s);
    let parameters = json!({"sources": "ana", "only_neighbors": false});
    let all = run(&g, "topicrank", parameters.clone());
    let mut body = request("topicrank", parameters);
    body["vertex_filter"] = filter(json!({"property_name": "city"}), "=", json!("Turin"));
    body["parameters"]["filtered"] = json!(true);
    let listed = outputs(&g, body)["topicrank"].take();
    let turin = ["dee", "flo", "zed", "kim"];
    let is_turin = |row: &&Value| turin.iter().any(|id| row.get(id).is_some());
    let expected: Vec<&Value> = all["topicrank"].as_array().expect("rows").iter().filter(is_turin).collect();
    assert_eq!(listed.as_array().map(Vec::len), Some(4));
    assert_eq!(listed, json!(expected));
}

#[test]
fn j02_41_to_43_lists_of_paths_are_exported_in_every_form() {
    let s = TestServer::start();
    let g = people(&s);
    let export = |name: &str, parameters: Value, filters: Value, file: &str| {
        let body = json!({"algorithmName": name, "parameters": parameters, "filters": filters});
        let accepted = g.post(EXECUTE, body).expect(200);
        let id = accepted["jobId"].as_str().expect("a job id").to_owned();
        g.ended(&id);
        let tail = format!("/jobs/{id}/action?action_id=export-result");
        g.outputs(&tail, json!({"exportPath": "out", "fileName": file, "erase": false}));
        let parquet = file.replace(".csv", ".parquet").replace(".jsonl", ".parquet");
        g.outputs(&tail, json!({"exportPath": "out", "fileName": parquet}));
        assert!(std::fs::metadata(s.objects().join("out").join(parquet)).is_ok_and(|m| m.len() > 100));
        std::fs::read_to_string(s.objects().join("out").join(file)).expect("a file")
    };
    let ends = json!({"source": "ana", "target": "dee", "directed": true});
    let csv = export("all_shortest_paths", ends, Value::Null, "paths.csv");
    assert!(
        csv.ends_with("#paths:\nana,bo,dee\nana,cy,dee\n") && csv.contains("#paths_number: 2,\n"),
        "{csv}"
    );
    let pairs = json!({"sources": "ana,ivy", "targets": "dee", "directed": true});
    let lines = export("all_pairs_shortest_paths", pairs, Value::Null, "pairs.jsonl");
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    let expected =
        json!({"source": "ana", "target": "dee", "paths": [["ana", "bo", "dee"], ["ana", "cy", "dee"]]});
    assert_eq!((first, lines.lines().count()), (expected, 2));
    let circle = json!([{}, {"times": 3}]);
    let by_id = json!({"sources": "eli", "output_format": "edgeId"});
    let csv = export("filtered_circle_detection", by_id, circle.clone(), "ids.csv");
    assert!(csv.ends_with("#circles:\neli-gus-1,gus-hal-0,hal-eli-0\n"), "{csv}");
    let lines = export("filtered_circle_detection", json!({"sources": "eli"}), circle, "edges.jsonl");
    let row: Value = serde_json::from_str(lines.trim()).expect("JSON");
    assert_eq!(row["circles"][1], json!({"source": "gus", "target": "hal", "index": "0"}));
}
