//! Lists of paths and circles, and what runs at the HyG paths: spec 06, items 19 to 28 and 33 to 48.

use crate::harness::{PROJECT, TestGraph, TestServer, check};
use crate::jobs_stage::{EXECUTE, PATIENCE, cancel, check_cancelled, execute, key, kronecker, started};
use crate::path_fixture::{ask, filter, labelled, outputs, people, request, run};
use serde_json::{Value, json};

fn ana_to_dee() -> Value {
    json!({"source": "ana", "target": "dee", "directed": true})
}

fn strings(path: &Value) -> Vec<&str> {
    path.as_array().expect("a path").iter().map(|id| id.as_str().expect("an id")).collect()
}

fn paths(found: &Value) -> Vec<Vec<&str>> {
    found["paths"].as_array().expect("paths").iter().map(strings).collect()
}

#[test]
fn p06_019_to_021_lists_of_paths_are_paged() {
    let s = TestServer::start();
    let g = people(&s);
    let mut body = request("all_shortest_paths", ana_to_dee());
    body["offset"] = json!(1);
    body["limit"] = json!(1);
    let mut page = outputs(&g, body.clone());
    assert_eq!(page["paths"], json!([["ana", "cy", "dee"]]));
    let sizes =
        |page: &Value| ["data_return_size", "data_offset", "data_total_size"].map(|n| page[n].clone());
    assert_eq!((sizes(&page), &page["paths_number"]), ([1, 1, 2].map(Value::from), &json!(2)));
    body["offset"] = json!(10);
    let beyond = outputs(&g, body);
    assert_eq!((&beyond["paths"], sizes(&beyond)), (&json!([]), [0, 10, 2].map(Value::from)));

    let id = execute(&g, json!({"algorithmName": "all_shortest_paths", "parameters": ana_to_dee()}));
    g.ended(&id);
    let mut status = g.get(&format!("/jobs/{id}/status?offset=1&limit=1")).expect(200);
    let mut of_job = status["data"]["outputs"].take();
    for found in [&mut page, &mut of_job] {
        found["runtime"] = Value::Null;
    }
    assert_eq!(of_job, page);
}

#[test]
fn p06_019_a_list_that_a_bound_cut_says_so() {
    let s = TestServer::start_with(|settings| settings.jobs.paths_max = 1);
    let g = people(&s);
    for name in ["all_shortest_paths", "filtered_all_shortest_paths"] {
        let found = run(&g, name, ana_to_dee());
        assert_eq!((paths(&found).len(), &found["paths_number"]), (1, &json!(1)), "{found}");
        assert_eq!(found["truncated"], true, "{found}");
    }
    for name in ["all_pairs_shortest_paths", "filtered_all_pairs_shortest_paths"] {
        let of = |most: u64| json!({"sources": "ana,bo", "targets": "dee", "path_limit": most});
        let found = run(&g, name, of(1));
        assert_eq!((&found["paths_number"], &found["truncated"]), (&json!(1), &json!(true)), "{found}");
        let all = run(&g, name, of(100));
        assert_eq!((&all["paths_number"], all.get("truncated")), (&json!(3), None), "{all}");
    }
}

#[test]
fn p06_022_parallel_edges_do_not_repeat_a_path() {
    let s = TestServer::start();
    let g = people(&s);
    for _ in 0..20 {
        g.post("/edges", json!({"source": "bo", "target": "dee", "label": "knows"})).expect(200);
    }
    for (name, parameters) in [
        ("all_shortest_paths", json!({"source": "ana", "target": "dee"})),
        ("all_shortest_paths", json!({"source": "ana", "target": "dee", "weight": "w"})),
        ("filtered_all_shortest_paths", json!({"source": "ana", "target": "dee"})),
        ("n_paths", json!({"source": "ana", "target": "dee", "n": 100})),
        ("filtered_n_paths", json!({"source": "ana", "target": "dee", "n": 100, "k": 3})),
    ] {
        let found = run(&g, name, parameters);
        let listed = paths(&found);
        assert!(!listed.is_empty() && listed.len() as u64 == found["paths_number"], "{name}: {found}");
        let mut distinct = listed.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), listed.len(), "{name}: {found}");
    }
}

#[test]
fn p06_023_and_024_filters_hold_for_the_ends_and_may_stand_inside() {
    let s = TestServer::start();
    let g = people(&s);
    let person = labelled("person");
    let mut body = request("filtered_shortest_path", json!({"source": "gus", "target": "ana"}));
    assert_eq!(outputs(&g, body.clone())["path"], json!(["gus", "ivy", "ana"]));
    body["vertex_filter"] = person.clone();
    assert_eq!(outputs(&g, body)["path"], json!([]));

    let outside = |name: &str, filter: &Value| {
        let mut body = request("filtered_shortest_path", ana_to_dee());
        body[name] = filter.clone();
        outputs(&g, body)["path"].take()
    };
    let inside = |name: &str, filter: &Value| {
        let mut parameters = ana_to_dee();
        parameters[name] = filter.clone();
        run(&g, "filtered_shortest_path", parameters)["path"].take()
    };
    let not_bo = filter(json!({"id": ""}), "!=", json!("bo"));
    assert_eq!(inside("vertex_filter", &not_bo), json!(["ana", "cy", "dee"]));
    assert_eq!(inside("vertex_filter", &not_bo), outside("vertex_filter", &not_bo));
    let text = json!(not_bo.to_string());
    assert_eq!(inside("vertex_filter", &text), outside("vertex_filter", &text));
    let light = filter(json!({"property_name": "w"}), "<", json!(3));
    assert_eq!(inside("edge_filter", &light), json!(["ana", "bo", "cy", "dee"]));
    assert_eq!(inside("edge_filter", &light), outside("edge_filter", &light));
    // The outer one wins.
    let mut body = request("filtered_shortest_path", ana_to_dee());
    body["parameters"]["vertex_filter"] = labelled("shop");
    body["vertex_filter"] = not_bo;
    assert_eq!(outputs(&g, body)["path"], json!(["ana", "cy", "dee"]));
}

#[test]
fn p06_025_bad_filters_are_refused_at_once() {
    let s = TestServer::start();
    let g = people(&s);
    let left = json!({"property_name": "city"});
    for (name, bad) in [
        ("vertex_filter", filter(left.clone(), "RESEMBLES", json!("x"))),
        ("vertex_filter", filter(json!({"property_name": "colour"}), "=", json!("x"))),
        ("vertex_filter", filter(json!({"property_name": "age"}), "=", json!("many"))),
        ("edge_filter", filter(json!({"id": ""}), "=", json!("x"))),
        ("edge_filter", json!({"property_filter": {"leftvalue": left}})),
        ("edge_filter", json!([1])),
        ("vertex_filter", json!("{")),
    ] {
        for algorithm in ["filtered_shortest_path", "shortest_path"] {
            let mut body = json!({"algorithmName": algorithm, "parameters": ana_to_dee()});
            body[name] = bad.clone();
            let message = check(g.post(EXECUTE, body), 400, "GES.8402");
            let expected = format!("Running algorithm [{algorithm}] error: parameter [{name}] is invalid");
            assert!(message.starts_with(&expected), "{bad}: {message}");
        }
    }
    let in_layer =
        json!([{}, {"times": 3, "vertex_filter": filter(json!({"id": ""}), "SUBSET", json!("x"))}]);
    let body = json!({"algorithmName": "filtered_circle_detection", "filters": in_layer});
    check(g.post(EXECUTE, body), 400, "GES.8402");
    assert_eq!(g.get("/jobs/status?limit=0").expect(200)["totalCount"], 0);
}

#[test]
fn p06_026_to_028_pairs_have_lower_limits_where_a_client_waits() {
    let s = TestServer::start();
    let g = people(&s);
    for name in ["filtered_all_pairs_shortest_paths", "all_pairs_shortest_paths"] {
        let far = json!({"sources": "ana", "targets": "bo", "cutoff": 100});
        let message = check(ask(&g, name, far.clone()), 400, "GES.8402");
        assert!(
            message.contains("[path_limit] and [cutoff] is 10000000, expected at most 1000000"),
            "{message}"
        );
        let job = g.outputs(EXECUTE, json!({"algorithmName": name, "parameters": far.clone()}));
        assert_eq!(job["paths_number"], 1);
        for limit in ["path_limit", "path_num"] {
            let mut few = far.clone();
            few[limit] = json!(10_000);
            assert_eq!(run(&g, name, few)["paths_number"], 1, "{limit}");
        }
        let mut many = far.clone();
        many["path_limit"] = json!(100_001);
        check(ask(&g, name, many), 400, "GES.8402");
        let ids: Vec<String> = (0..10_001).map(|i| format!("v{i}")).collect();
        let large = json!({"sources": ids, "targets": "ana", "cutoff": 1, "path_limit": 1});
        let message = check(ask(&g, name, large.clone()), 400, "GES.8402");
        assert!(message.contains("parameter [sources] is invalid"), "{message}");
        let wide = json!({"sources": ids[..1001], "targets": ids[..1000], "cutoff": 1, "path_limit": 1});
        let message = check(ask(&g, name, wide), 400, "GES.8402");
        assert!(message.contains("expected at most 1000000 when executed synchronously"), "{message}");
        let reply = g.post(EXECUTE, json!({"algorithmName": name, "parameters": large}));
        // Without filters a job may have ten times as many.
        assert_eq!(reply.status, if name.starts_with("filtered") { 400 } else { 200 });
    }
}

#[test]
fn p06_033_and_034_n_paths_lists_the_first_simple_paths() {
    let s = TestServer::start();
    let g = people(&s);
    let found = run(&g, "n_paths", json!({"source": "ana", "target": "eli"}));
    let listed = paths(&found);
    assert!(listed.len() <= 10 && listed.is_sorted_by_key(Vec::len), "{found}");
    for path in &listed {
        let mut distinct = path.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(path.len() <= 6 && distinct.len() == path.len(), "{path:?}");
    }
    for (name, value) in [("n", 0), ("n", 101), ("k", 0), ("k", 11)] {
        let mut parameters = json!({"source": "ana", "target": "eli"});
        parameters[name] = json!(value);
        let message = check(ask(&g, "n_paths", parameters), 400, "GES.8402");
        assert!(message.contains(&format!("parameter [{name}] is invalid")), "{message}");
    }
    check(ask(&g, "n_paths", json!({"source": "ana", "target": "ana"})), 400, "GES.8402");
}

#[test]
fn p06_035_and_036_filtered_n_paths_have_exactly_k_hops() {
    let s = TestServer::start();
    let g = people(&s);
    let ends = json!({"source": "ana", "target": "eli", "n": 1000, "k": 3});
    let found = run(&g, "filtered_n_paths", ends.clone());
    assert_eq!(found["path_length"], 3);
    assert!(paths(&found).iter().all(|path| path.len() == 4) && !paths(&found).is_empty(), "{found}");
    for (name, value) in [("k", 1), ("k", 7), ("n", 1001), ("n", 0)] {
        let mut parameters = ends.clone();
        parameters[name] = json!(value);
        check(ask(&g, "filtered_n_paths", parameters), 400, "GES.8402");
    }
    let defaults = run(&g, "filtered_n_paths", json!({"source": "ana", "target": "dee"}));
    assert_eq!((&defaults["paths"], &defaults["path_length"]), (&json!([["ana", "bo", "dee"]]), &json!(2)));
    check(ask(&g, "filtered_n_paths", json!({"source": "ana", "target": "ana"})), 400, "GES.8402");
}

#[test]
fn p06_035_each_hop_has_its_own_filter() {
    let s = TestServer::start();
    let g = people(&s);
    let with = |filters: Value| {
        let mut body = request("filtered_n_paths", json!({"source": "ana", "target": "gus", "n": 9, "k": 4}));
        body["filters"] = filters;
        outputs(&g, body)["paths"].take()
    };
    let (bo, cy) = (json!(["ana", "bo", "dee", "eli", "gus"]), json!(["ana", "cy", "dee", "eli", "gus"]));
    assert_eq!(with(json!([{}])), json!([bo, cy]));
    let (knows, pays) = (labelled("knows"), labelled("pays"));
    assert_eq!(with(json!([{"times": 3, "edge_filter": knows}, {"edge_filter": pays}])), json!([bo, cy]));
    assert_eq!(with(json!([{"edge_filter": pays}, {}])), json!([bo]));
    assert_eq!(with(json!([{"times": 4, "edge_filter": knows}])), json!([]));
    let not_bo = filter(json!({"id": ""}), "!=", json!("bo"));
    assert_eq!(with(json!([{"vertex_filter": not_bo}, {}])), json!([cy]));
    // The vertex filter of the last hop is about the target; that of the first not about the source.
    assert_eq!(with(json!([{"times": 3}, {"vertex_filter": labelled("person")}])), json!([]));
    let not_ana = filter(json!({"id": ""}), "!=", json!("ana"));
    assert_eq!(with(json!([{"vertex_filter": not_ana}])), json!([bo, cy]));
    // Elements beyond the last hop do not count.
    assert_eq!(with(json!([{"times": 4}, {"edge_filter": knows, "times": 9}])), json!([bo, cy]));
    let back = json!([{"operator": "in", "times": 2}, {"operator": "BOTHV"}]);
    assert_eq!(with(back.clone()), with(json!(back.to_string())));
    check(
        g.post(EXECUTE, json!({"algorithmName": "filtered_n_paths", "parameters": ana_to_dee(), "filters": [{"operator": "up"}]})),
        400,
        "GES.8402",
    );
}

#[test]
fn p06_037_to_039_k_hop_lists_all_but_the_source() {
    let s = TestServer::start();
    let g = people(&s);
    let parameters = json!({"source": "ana", "k": 3, "mode": "all"});
    let found = run(&g, "k_hop", parameters.clone());
    let vertices = strings(&found["vertices"]);
    assert_eq!(vertices.len() as u64, found["k_hop_neighbors"]);
    assert!(!vertices.contains(&"ana"), "{found}");
    let count = run(&g, "k_hop", json!({"source": "ana", "k": 3, "mode": "all", "statistics": true}));
    assert!(count.get("vertices").is_none() && count.get("data_total_size").is_none(), "{count}");
    assert_eq!(count["k_hop_neighbors"], found["k_hop_neighbors"]);
    for (name, value) in [("num_thread", 0), ("num_thread", 4), ("num_thread", 99), ("switch", 1)] {
        let mut with = parameters.clone();
        with[name] = json!(value);
        assert_eq!(run(&g, "k_hop", with)["vertices"], found["vertices"]);
    }
}

#[test]
fn p06_040_circles_through_a_vertex() {
    let s = TestServer::start();
    let g = people(&s);
    let name = "single_vertex_circles_detection";
    let reversed = json!({"source": "eli", "min_circle_length": 6, "max_circle_length": 4});
    check(ask(&g, name, reversed), 400, "GES.8402");
    let found = run(&g, name, json!({"source": "eli", "limit_circle_number": 2}));
    assert_eq!(found["circles"], json!([["eli", "gus", "hal"], ["eli", "flo", "ana", "bo", "dee"]]));
    for (member, value) in [
        ("circle_number", 2),
        ("min_circle_length", 3),
        ("max_circle_length", 10),
        ("limit_circle_number", 2),
    ] {
        assert_eq!(found[member], value, "{found}");
    }
    // Both ways round are one circle, written the way whose ids come first.
    let both_ways = json!({"source": "cy", "directed": false, "max_circle_length": 3});
    let found = run(&g, name, both_ways);
    assert_eq!(found["circles"], json!([["cy", "ana", "bo"], ["cy", "bo", "dee"]]));
}

fn circles(g: &TestGraph<'_>, parameters: Value, filters: Value) -> Value {
    let mut body = request("filtered_circle_detection", parameters);
    body["filters"] = filters;
    outputs(g, body)
}

#[test]
fn p06_041_circles_have_3_to_10_hops() {
    let s = TestServer::start();
    let g = people(&s);
    for filters in [
        json!([{}, {}, {}]),
        json!([{}]),
        json!([{}, {"times": 10}, {}]),
        json!([{"times": 9}, {"times": 2}]),
        json!([]),
    ] {
        let body =
            json!({"algorithmName": "filtered_circle_detection", "parameters": {}, "filters": filters});
        let message = check(g.post(EXECUTE, body), 400, "GES.8402");
        assert!(message.contains("parameter [filters] is invalid"), "{filters}: {message}");
    }
    circles(&g, json!({}), json!([{"times": 9}, {"times": 10}]));
}

#[test]
fn p06_042_and_043_a_circle_counts_once_whoever_begins_it() {
    let s = TestServer::start();
    let g = people(&s);
    let five = json!([{}, {"times": 5}]);
    let found = circles(&g, json!({"statistics": true, "output_format": "vertexId"}), five.clone());
    let once = json!([["ana", "bo", "dee", "eli", "flo"], ["ana", "cy", "dee", "eli", "flo"]]);
    assert_eq!((&found["circles"], &found["circle_number"]), (&once, &json!(2)));
    let first = circles(&g, json!({"statistics": true, "output_format": "vertexId", "n": 1}), five.clone());
    assert_eq!((&first["circles"], &first["circle_number"]), (&json!([once[0]]), &json!(2)));
    assert_eq!(first["n"], 1);
    // Sources in their order, and those that pass the first condition only.
    let from = circles(&g, json!({"sources": "dee,ana", "output_format": "vertexId"}), five.clone());
    assert_eq!(from["circles"][0], json!(["dee", "eli", "flo", "ana", "bo"]));
    assert_eq!(from["circles"].as_array().map(Vec::len), Some(2));
    assert!(from.get("circle_number").is_none(), "{from}");
    let lyon = filter(json!({"property_name": "city"}), "=", json!("Lyon"));
    let found =
        circles(&g, json!({"output_format": "vertexId"}), json!([{"vertex_filter": lyon}, {"times": 5}]));
    assert_eq!(
        found["circles"],
        json!([["bo", "dee", "eli", "flo", "ana"], ["eli", "flo", "ana", "cy", "dee"]])
    );
    // Both ways round have the same edges.
    let both = circles(
        &g,
        json!({"statistics": true, "output_format": "edgeId", "sources": "gus,hal,eli"}),
        json!([{}, {"operator": "both", "times": 3}]),
    );
    assert_eq!(both["circles"], json!([["eli-gus-1", "hal-eli-0", "gus-hal-0"]]));
    assert_eq!(both["circle_number"], 1);
}

#[test]
fn p06_042_hops_that_differ_leave_each_circle_one_beginning() {
    let s = TestServer::start();
    let g = people(&s);
    // The third hop must be paid for in Lyon: only one beginning of the circle eli, gus, hal fits.
    let lyon = filter(json!({"property_name": "city"}), "=", json!("Lyon"));
    let filters = json!([{}, {"times": 2}, {"vertex_filter": lyon, "edge_filter": labelled("pays")}]);
    let found = circles(&g, json!({"statistics": true, "output_format": "vertexId"}), filters);
    // eli and hal are both in Lyon; eli comes first.
    assert_eq!((&found["circles"], &found["circle_number"]), (&json!([["eli", "gus", "hal"]]), &json!(1)));
    let filters = json!([{}, {"operator": "in"}, {"times": 2, "operator": "in"}]);
    let found = circles(&g, json!({"statistics": true, "output_format": "vertexId"}), filters);
    assert_eq!((&found["circles"], &found["circle_number"]), (&json!([["eli", "hal", "gus"]]), &json!(1)));
}

#[test]
fn p06_044_the_output_format_is_read_in_any_case() {
    let s = TestServer::start();
    let g = people(&s);
    let three = json!([{}, {"times": 3}]);
    let of = |format: &str| circles(&g, json!({"output_format": format, "sources": "eli"}), three.clone());
    assert_eq!(of("edgeid")["circles"], json!([["eli-gus-1", "gus-hal-0", "hal-eli-0"]]));
    assert_eq!(of("VERTEXID")["circles"], json!([["eli", "gus", "hal"]]));
    let default = circles(&g, json!({"sources": "eli"}), three.clone());
    assert_eq!(default["circles"][0][0], json!({"source": "eli", "target": "gus", "index": "1"}));
    let body = json!({"algorithmName": "filtered_circle_detection", "parameters": {"output_format": "xml"}, "filters": three});
    check(g.post(EXECUTE, body), 400, "GES.8402");
}

#[test]
fn p06_045_answers_do_not_depend_on_threads_or_runs() {
    let s = TestServer::start();
    let g = people(&s);
    let pairs = json!({"sources": "ana,ivy", "targets": "dee,gus", "cutoff": 5});
    for (name, parameters) in [
        ("shortest_path", ana_to_dee()),
        ("all_shortest_paths", ana_to_dee()),
        ("filtered_shortest_path", ana_to_dee()),
        ("filtered_all_shortest_paths", ana_to_dee()),
        ("filtered_all_pairs_shortest_paths", pairs.clone()),
        ("all_pairs_shortest_paths", pairs),
        ("sssp", json!({"source": "ana"})),
        ("shortest_path_of_vertex_sets", json!({"sources": "ana,ivy", "targets": "dee,eli"})),
        ("all_shortest_paths_of_vertex_sets", json!({"sources": "ana,ivy", "targets": "dee,eli"})),
        ("n_paths", json!({"source": "ana", "target": "eli"})),
        ("filtered_n_paths", json!({"source": "ana", "target": "eli", "k": 4, "n": 9})),
        ("k_hop", json!({"source": "ana", "k": 2})),
        ("single_vertex_circles_detection", json!({"source": "ana"})),
        ("filtered_circle_detection", json!({"filters": [{}, {"times": 5, "operator": "both"}]})),
    ] {
        let mut answers = [1, 4, 40].map(|threads| {
            let mut parameters = parameters.clone();
            parameters["num_thread"] = json!(threads);
            let mut found = run(&g, name, parameters);
            found["runtime"] = Value::Null;
            found.to_string()
        });
        answers.sort_unstable();
        assert_eq!(answers[0], answers[2], "{name}");
    }
}

#[test]
fn p06_046_a_long_search_is_cancelled_and_gives_its_memory_back() {
    let s = TestServer::start();
    let g = kronecker(&s, "krone", 15);
    // Every longer way from `from` to `to` goes through vertex 0 twice: there is one path, and no end of walks.
    for id in ["from", "to"] {
        g.post("/vertices", json!({"vertex": id})).expect(200);
    }
    g.post("/edges", json!({"source": "from", "target": "0"})).expect(200);
    g.post("/edges", json!({"source": "0", "target": "to"})).expect(200);
    let parameters = json!({"source": "from", "target": "to", "directed": false, "n": 100, "k": 10});
    let filters = json!([{"operator": "both"}]);
    for body in [
        json!({"algorithmName": "n_paths", "parameters": parameters}),
        json!({"algorithmName": "filtered_n_paths", "filters": filters,
            "parameters": {"source": "from", "target": "to", "n": 100, "k": 6}}),
    ] {
        let id = execute(&g, body.clone());
        assert_eq!(started(&g, &id), "running", "{body}");
        assert_eq!(cancel(&g, &id).status, 200, "{body}");
        check_cancelled(&g.ended(&id));
        assert!(s.app().jobs.find(&key(&s, "krone"), &id).expect("the job").wait_idle(PATIENCE));
        assert_eq!(s.app().jobs.budget().used(), 0);
    }
    let few = json!({"source": "from", "target": "to", "directed": false, "n": 1, "k": 10});
    assert_eq!(run(&g, "n_paths", few)["paths"], json!([["from", "0", "to"]]));
}

#[test]
fn p06_047_and_048_hyg_runs_jobs_at_two_paths() {
    let s = TestServer::start();
    let g = people(&s);
    let parameters = json!({"sources": "ana,ivy", "targets": "dee,gus", "directed": true});
    for (path, data_id) in [
        (format!("/ges/v1.0/{PROJECT}/hyg/people/algorithm"), Value::Null),
        (g.path("/hyg/algorithm"), json!("1")),
    ] {
        let body = json!({"algorithmName": "all_pairs_shortest_paths", "parameters": parameters,
            "executionMode": "sync", "data_id": data_id});
        let accepted = s.post(&path, body).expect(200);
        let status = g.ended(accepted["jobId"].as_str().expect("a job id"));
        let found = &status["data"]["outputs"];
        assert_eq!((&found["paths_number"], &found["data_total_size"]), (&json!(8), &json!(4)));
        let first =
            json!({"paths": [["ana", "bo", "dee"], ["ana", "cy", "dee"]], "source": "ana", "target": "dee"});
        assert_eq!(found["batch_paths"][0], first);
    }
    let body = json!({"algorithmName": "k_hop", "parameters": {"source": "ana", "k": 1, "switch": 2001}});
    check(s.post(&g.path("/hyg/algorithm"), body), 400, "GES.8402");
    let unknown =
        s.post(&format!("/ges/v1.0/{PROJECT}/hyg/nope/algorithm"), json!({"algorithmName": "k_hop"}));
    assert_eq!(check(unknown, 400, "GES.8402"), "graph [nope] is not found");
}
