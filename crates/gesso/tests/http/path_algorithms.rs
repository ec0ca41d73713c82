//! Requests, errors and single paths of the path algorithms: spec 06, items 3 to 18 and 29 to 32.

use crate::harness::{TestServer, check};
use crate::jobs_stage::EXECUTE;
use crate::path_fixture::{ask, outputs, people, request, run};
use serde_json::{Value, json};

fn ana_to_eli() -> Value {
    json!({"source": "ana", "target": "eli", "directed": true})
}

#[test]
fn p06_003_a_job_gives_the_same_path_as_the_synchronous_call() {
    let s = TestServer::start();
    let g = people(&s);
    let body = json!({"algorithmName": "shortest_path", "parameters": ana_to_eli()});
    let (accepted, status) = g.submitted(EXECUTE, body);
    assert_eq!(accepted["jobType"], 1);
    assert_eq!(accepted.as_object().map(serde_json::Map::len), Some(2), "{accepted}");
    let path = &status["data"]["outputs"]["path"];
    assert_eq!(*path, json!(["ana", "bo", "dee", "eli"]));
    assert_eq!(*path, run(&g, "shortest_path", ana_to_eli())["path"]);
}

#[test]
fn p06_004_a_single_path_is_not_paged() {
    let s = TestServer::start();
    let g = people(&s);
    let answer = ask(&g, "shortest_path", ana_to_eli()).expect(200);
    assert_eq!(answer["status"], "complete");
    let found = &answer["data"]["outputs"];
    for name in ["data_return_size", "data_offset", "data_total_size"] {
        assert!(found.get(name).is_none(), "{found}");
    }
    assert!(found["runtime"].is_number(), "{found}");
}

#[test]
fn p06_005_booleans_may_be_texts() {
    let s = TestServer::start();
    let g = people(&s);
    let as_text = run(&g, "shortest_path", json!({"source": "ana", "target": "eli", "directed": "true"}));
    assert_eq!(as_text["path"], run(&g, "shortest_path", ana_to_eli())["path"]);
    assert_ne!(as_text["path"], run(&g, "shortest_path", json!({"source": "ana", "target": "eli"}))["path"]);
}

#[test]
fn p06_006_no_path_is_no_error() {
    let s = TestServer::start();
    let g = people(&s);
    assert_eq!(run(&g, "shortest_path", json!({"source": "ana", "target": "zed"}))["path"], json!([]));
}

#[test]
fn p06_007_and_008_an_unknown_vertex_is_named() {
    let s = TestServer::start();
    let g = people(&s);
    for (name, parameters) in [
        ("shortest_path", json!({"source": "nobody", "target": "bo"})),
        ("all_shortest_paths", json!({"source": "ana", "target": "nobody"})),
        ("filtered_shortest_path", json!({"source": "ana", "target": "nobody"})),
        ("shortest_path_of_vertex_sets", json!({"sources": "ana,nobody", "targets": "bo"})),
        ("filtered_all_pairs_shortest_paths", json!({"sources": "ana", "targets": "nobody", "cutoff": 3})),
        ("n_paths", json!({"source": "ana", "target": "nobody"})),
        ("single_vertex_circles_detection", json!({"source": "nobody"})),
        ("filtered_circle_detection", json!({"sources": "nobody", "filters": [{}, {"times": 3}]})),
    ] {
        let message = format!("Running algorithm [{name}] error: vertex [nobody] does not exist!");
        assert_eq!(check(ask(&g, name, parameters.clone()), 400, "GES.8402"), message);
        let accepted = g.post(EXECUTE, json!({"algorithmName": name, "parameters": parameters})).expect(200);
        let id = accepted["jobId"].as_str().expect("a job id");
        g.ended(id);
        let failed = check(g.get(&format!("/jobs/{id}/status")), 400, "GES.8301");
        assert_eq!(failed, message);
    }
}

#[test]
fn p06_009_what_is_missing_is_refused_before_there_is_a_job() {
    let s = TestServer::start();
    let g = people(&s);
    for (name, parameters, missing) in [
        ("shortest_path", json!({"source": "ana"}), "target"),
        ("all_shortest_paths", json!({"target": "ana"}), "source"),
        ("shortest_path_of_vertex_sets", json!({"sources": "ana"}), "targets"),
        ("filtered_n_paths", json!({"source": "ana"}), "target"),
        ("filtered_circle_detection", json!({}), "filters"),
        ("k_hop", json!({"source": "ana"}), "k"),
    ] {
        let body = json!({"algorithmName": name, "parameters": parameters});
        let message = check(g.post(EXECUTE, body), 400, "GES.8402");
        assert_eq!(message, format!("Running algorithm [{name}] error: parameter [{missing}] is required!"));
    }
    check(g.post(EXECUTE, json!({"algorithmName": "shortest_path"})), 400, "GES.8402");
    assert_eq!(g.get("/jobs/status?limit=0").expect(200)["totalCount"], 0);
}

#[test]
fn p06_010_to_013_graph_name_and_mode_have_their_codes() {
    let s = TestServer::start();
    let g = people(&s);
    let body = request("shortest_path", ana_to_eli());
    let message = check(s.named("nope").post(EXECUTE, body.clone()), 400, "GES.8402");
    assert_eq!(message, "graph [nope] is not found");
    for nameless in [json!({}), json!({"algorithmName": ""}), json!({"algorithmName": null})] {
        check(g.post(EXECUTE, nameless), 400, "GES.8401");
    }
    let message = check(ask(&g, "teleport", json!({})), 400, "GES.8402");
    assert_eq!(message, "Running algorithm [teleport] error: algorithm is not supported!");
    let mut later = body.clone();
    later["executionMode"] = json!("later");
    check(g.post(EXECUTE, later), 400, "GES.8404");
    let mut sync = body;
    sync["executionMode"] = json!("SYNC");
    assert_eq!(outputs(&g, sync)["source"], "ana");
    check(g.post(EXECUTE, json!({"algorithmName": "shortest_path", "parameters": [1]})), 400, "GES.8000");
}

#[test]
fn p06_014_names_are_read_in_any_case_and_spelling() {
    let s = TestServer::start();
    let g = people(&s);
    let path = run(&g, "SHORTEST-PATH", ana_to_eli())["path"].take();
    assert_eq!(path, json!(["ana", "bo", "dee", "eli"]));
    for name in ["single_vertex_circles", "single-vertex-circle-detection"] {
        assert_eq!(run(&g, name, json!({"source": "eli"}))["circle_number"], 9);
    }
    let circle = json!({"sources": "eli", "filters": [{}, {"times": 3}], "statistics": true});
    assert_eq!(run(&g, "circle_detection", circle)["circle_number"], 1);
}

#[test]
fn p06_015_weights_must_be_numbers_that_some_label_declares() {
    let s = TestServer::start();
    let g = people(&s);
    for name in ["shortest_path", "all_shortest_paths"] {
        for weight in ["city", "nothing"] {
            let parameters = json!({"source": "ana", "target": "eli", "weight": weight});
            let message = check(ask(&g, name, parameters), 400, "GES.8402");
            assert!(message.contains(&format!("weight [{weight}] is invalid")), "{message}");
        }
    }
}

#[test]
fn p06_016_weights_of_the_search_must_be_above_0() {
    let s = TestServer::start();
    let g = people(&s);
    g.post(
        "/edges/properties/action?action_id=update&source=cy&target=dee&index=0",
        json!({"properties": {"w": [0.0]}}),
    )
    .expect(200);
    for name in ["shortest_path", "all_shortest_paths", "sssp"] {
        let mut parameters = json!({"source": "ana", "weight": "w", "directed": true});
        if name != "sssp" {
            parameters["target"] = json!("eli");
        }
        let message = check(ask(&g, name, parameters), 400, "GES.8402");
        assert!(message.contains("weight of edges must be greater than 0"), "{message}");
    }
}

#[test]
fn p06_017_and_018_a_window_takes_no_weight_and_runs_forward() {
    let s = TestServer::start();
    let g = people(&s);
    let window = json!({"filterName": "at", "filterType": "E", "startTime": "2021-01-15"});
    let of = |weight: &str, window: &Value| json!({"source": "ana", "target": "dee", "directed": true, "weight": weight, "timeWindow": window});
    assert_eq!(run(&g, "shortest_path", of("", &window))["path"], json!(["ana", "bo", "dee"]));
    let message = check(ask(&g, "shortest_path", of("w", &window)), 400, "GES.8402");
    assert!(message.contains("weight and timeWindow"), "{message}");
    let reversed = json!({"filterName": "at", "startTime": "2021-03-01", "endTime": "2021-02-01"});
    check(ask(&g, "shortest_path", of("", &reversed)), 400, "GES.8402");
    let sets = json!({"sources": "ana", "targets": "dee", "timeWindow": reversed});
    check(ask(&g, "shortest_path_of_vertex_sets", sets), 400, "GES.8402");
    for property in ["nope", "city"] {
        let parameters = of("", &json!({"filterName": property, "startTime": "2021-01-15"}));
        // Refused before there is a job.
        let body = json!({"algorithmName": "shortest_path", "parameters": parameters});
        let message = check(g.post(EXECUTE, body), 400, "GES.8402");
        assert!(message.contains("timeWindow.filterName"), "{message}");
    }
}

#[test]
fn p06_029_distances_follow_edges_unless_told_otherwise() {
    let s = TestServer::start();
    let g = people(&s);
    let found = run(&g, "sssp", json!({"source": "ana"}));
    let distance = found["distance"].as_array().expect("a list");
    assert_eq!(distance[0], json!({"ana": 0.0}));
    assert_eq!(distance.len(), 9, "{found}");
    assert!(!distance.iter().any(|row| row.get("zed").is_some() || row.get("kim").is_some()), "{found}");
    assert_eq!((&found["data_total_size"], &found["source"]), (&json!(9), &json!("ana")));
    let both_ways = run(&g, "sssp", json!({"source": "ana", "directed": false}));
    assert_eq!(both_ways["data_total_size"], 10);
}

#[test]
fn p06_030_ids_may_be_quoted() {
    let s = TestServer::start();
    let g = people(&s);
    for id in ["a,b", "c", "say \"x\""] {
        g.post("/vertices", json!({"vertex": id, "label": "person"})).expect(200);
        g.post("/edges", json!({"source": id, "target": "zed", "label": "knows"})).expect(200);
    }
    let found = run(&g, "shortest_path_of_vertex_sets", json!({"sources": "\"a,b\",c", "targets": "zed"}));
    assert_eq!((&found["path"], &found["source"]), (&json!(["a,b", "zed"]), &json!("a,b")));
    let found = run(
        &g,
        "all_shortest_paths_of_vertex_sets",
        json!({"sources": "\"a,b\",c,\"say \"\"x\"\"\"", "targets": "zed"}),
    );
    assert_eq!(found["paths"], json!([["a,b", "zed"], ["c", "zed"], ["say \"x\"", "zed"]]));
}

#[test]
fn p06_031_sets_are_neither_empty_nor_too_large() {
    let s = TestServer::start();
    let g = people(&s);
    let many: Vec<String> = (0..100_001).map(|i| i.to_string()).collect();
    for name in
        ["shortest_path_of_vertex_sets", "all_shortest_paths_of_vertex_sets", "all_pairs_shortest_paths"]
    {
        for sources in [json!(many.join(",")), json!(""), json!(" , "), json!([]), json!("\"ana")] {
            let body = json!({"algorithmName": name, "parameters": {"sources": sources, "targets": "ana"}});
            let message = check(g.post(EXECUTE, body), 400, "GES.8402");
            assert!(message.contains("parameter [sources] is invalid"), "{message}");
        }
    }
}

#[test]
fn p06_032_sets_that_overlap_are_a_path_of_one_vertex() {
    let s = TestServer::start();
    let g = people(&s);
    let sets = json!({"sources": "ana,bo,cy", "targets": "gus,cy,bo"});
    let found = run(&g, "shortest_path_of_vertex_sets", sets.clone());
    assert_eq!(
        (&found["path"], &found["source"], &found["target"]),
        (&json!(["bo"]), &json!("bo"), &json!("bo"))
    );
    let found = run(&g, "all_shortest_paths_of_vertex_sets", sets);
    assert_eq!((&found["paths"], &found["paths_number"]), (&json!([["bo"], ["cy"]]), &json!(2)));
    assert_eq!((&found["source"], &found["target"]), (&json!("bo"), &json!("bo")));
}
