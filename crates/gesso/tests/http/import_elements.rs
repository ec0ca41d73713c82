//! What an import makes of its lines: spec 10, sections 5 and 6.1.

use crate::fixture_files::{EDGES, IMPORT, VERTICES, imported, lines, rejected, written};
use crate::harness::{TestServer, check, shared_data};
use serde_json::{Value, json};

#[test]
fn d10_01_import_of_the_fixture() {
    let s = TestServer::start();
    let g = s.graph("films");
    let (accepted, status) = g.submitted(IMPORT, written(&s, VERTICES, EDGES, json!({})));
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(0), &json!("complete")));
    assert_eq!(g.counts(), (2, 2));
    let ana = json!({"age": [31], "size": ["M"], "zip": ["10115"], "tags": ["a", "b"]});
    assert_eq!(g.vertex("ana")["properties"], ana);
    assert_eq!(g.vertex("bo"), json!({"id": "bo", "label": "person", "properties": {}}));
    let indexes: Vec<Value> = g.edges("ana", "bo").into_iter().map(|mut e| e["index"].take()).collect();
    assert_eq!(indexes, ["0", "1"]);
    let s = s.restart();
    assert_eq!(s.named("films").counts(), (2, 2));
    assert_eq!(s.named("films").vertex("ana")["properties"], ana);
}

#[test]
fn d10_02_ignored_repeats_are_no_failures() {
    let s = TestServer::start();
    let g = s.graph("films");
    let outputs = imported(&s, &g, VERTICES, EDGES, json!({"parallelEdge": {"action": "ignore"}}));
    assert_eq!(g.edges("ana", "bo").len(), 1);
    assert_eq!(lines(&outputs["edgeset"][0]), (2, 2, 0));
    // Repeats of edges that are there already are found, too.
    imported(&s, &g, VERTICES, EDGES, json!({"parallelEdge": {"action": "ignore"}}));
    assert_eq!(g.counts(), (2, 1));
}

#[test]
fn d10_03_override_keeps_the_index() {
    let s = TestServer::start();
    let g = s.graph("films");
    let edges = "ana,bo,likes,1\nana,bo,likes,5\n";
    let rule = json!({"parallelEdge": {"action": "override"}});
    imported(&s, &g, VERTICES, edges, rule.clone());
    let edge = |stars: i64| json!({"source": "ana", "target": "bo", "index": "0", "label": "likes", "properties": {"stars": [stars]}});
    assert_eq!(g.edges("ana", "bo"), [edge(5)]);
    imported(&s, &g, VERTICES, "ana,bo,likes,2\n", rule);
    assert_eq!(g.edges("ana", "bo"), [edge(2)]);
}

#[test]
fn d10_04_labels_count_when_they_are_not_ignored() {
    let s = TestServer::start();
    let edges = "ana,bo,knows\nana,bo,likes,3\n";
    for (ignore_label, expected) in [(true, 1), (false, 2)] {
        let g = s.graph(&format!("films_{ignore_label}"));
        let rule = json!({"parallelEdge": {"action": "ignore", "ignoreLabel": ignore_label}});
        imported(&s, &g, VERTICES, edges, rule);
        assert_eq!(g.edges("ana", "bo").len(), expected, "ignoreLabel {ignore_label}");
    }
}

#[test]
fn d10_05_unknown_ends_are_made_with_the_default_label() {
    let s = TestServer::start();
    let g = s.graph("films");
    s.object("films/e.csv", "ana,bo\nbo,cy\nbo,bo\n");
    g.outputs(IMPORT, json!({"edgesetPath": "films/e.csv"}));
    assert_eq!(g.counts(), (3, 3));
    assert_eq!(g.vertex("cy"), json!({"id": "cy", "label": "__DEFAULT__", "properties": {}}));
    assert_eq!(g.edges("ana", "bo")[0]["label"], "__DEFAULT__");
}

#[test]
fn d10_30_a_repeated_id_replaces_the_properties() {
    let s = TestServer::start();
    let g = s.graph("films");
    imported(&s, &g, "ana,person,31,M\nana,person,32\nbo,person\n", EDGES, json!({}));
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [32]}));
    assert_eq!(g.edges("ana", "bo").len(), 2);
    imported(&s, &g, "ana,person,,L\n", "", json!({}));
    assert_eq!(g.vertex("ana")["properties"], json!({"size": ["L"]}));
    assert_eq!(g.counts(), (2, 2));
}

#[test]
fn d10_31_a_repeated_id_with_another_label() {
    let s = TestServer::start();
    let g = s.graph("films");
    let outputs = imported(&s, &g, "ana,person,31\nana,film,Ana\n", "", json!({}));
    assert_eq!(lines(&outputs["vertexset"][0]), (2, 2, 0));
    let ana = g.vertex("ana");
    assert_eq!((&ana["label"], &ana["labels"]), (&json!("person"), &json!(["person", "film"])));
    assert_eq!(ana["properties"], json!({"age": [31], "title": ["Ana"]}));
    assert_eq!(g.counts(), (1, 0));
}

#[test]
fn d10_32_the_default_label_fills_missing_and_empty_ones() {
    let s = TestServer::start();
    let g = s.graph("films");
    imported(&s, &g, VERTICES, "ana,bo\nana,bo,\nana,bo,likes,1\n", json!({"edgesetDefaultLabel": "knows"}));
    let labels: Vec<Value> = g.edges("ana", "bo").into_iter().map(|mut e| e["label"].take()).collect();
    assert_eq!(labels, ["knows", "knows", "likes"]);
    let wrong = written(&s, VERTICES, EDGES, json!({"edgesetDefaultLabel": "hates"}));
    check(g.post(IMPORT, wrong), 400, "GES.8013");
}

#[test]
fn d10_33_files_without_label_column_need_a_default_label() {
    let s = TestServer::start();
    let g = s.graph("films");
    for set in ["edgeset", "vertexset"] {
        let body = written(&s, VERTICES, EDGES, json!({format!("{set}HasLabel"): false}));
        let message = check(g.post(IMPORT, body), 400, "GES.8013");
        assert!(message.contains(&format!("[{set}DefaultLabel]")), "{message}");
    }
    let options = json!({"vertexsetHasLabel": "false", "vertexsetDefaultLabel": "person",
        "edgesetHasLabel": false, "edgesetDefaultLabel": "likes"});
    imported(&s, &g, "ana,31,M\nbo\n", "ana,bo,4\n", options);
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [31], "size": ["M"]}));
    assert_eq!(g.edges("ana", "bo")[0]["properties"], json!({"stars": [4]}));
}

#[test]
fn d10_33_a_first_line_without_label_is_noticed() {
    let s = TestServer::start();
    let g = s.graph("films");
    let outputs = imported(&s, &g, "ana,31,M\nbo,25\n", "", json!({"vertexsetDefaultLabel": "person"}));
    assert_eq!(lines(&outputs["vertexset"][0]), (2, 2, 0));
    assert_eq!(g.vertex("bo")["properties"], json!({"age": [25]}));
}

#[test]
fn d10_35_a_sort_key_column_is_the_last_one() {
    let s = TestServer::start();
    let g = s.graph("films");
    let body = written(&s, VERTICES, EDGES, json!({"parallelEdge": {"sortKeyColumn": "first"}}));
    let message = check(g.post(IMPORT, body), 400, "GES.8013");
    assert!(message.contains("[sortKeyColumn] value [first]"), "{message}");
    let options = json!({"parallelEdge": {"sortKeyColumn": "lastColumn"}});
    let outputs = imported(&s, &g, VERTICES, "ana,bo,likes,3,k1\nana,bo,likes,4,\nana,bo,likes,5\n", options);
    assert_eq!(lines(&outputs["edgeset"][0]), (3, 3, 0));
    let stars: Vec<Value> =
        g.edges("ana", "bo").into_iter().map(|mut e| e["properties"]["stars"][0].take()).collect();
    assert_eq!(stars, [3, 4, 5]);
}

#[test]
fn d10_38_total_is_successful_and_failed() {
    let s = TestServer::start();
    let g = s.graph("films");
    let status = g
        .job(IMPORT, written(&s, "ana,person,31\n\nbo,person,old\ncy,person\n", "ana,bo,knows\n", json!({})));
    assert_eq!(status["status"], "complete");
    let outputs = &status["data"]["outputs"];
    let report = &outputs["vertexset"][0];
    assert_eq!((&report["path"], &report["status"]), (&json!("films/v.csv"), &json!("partFailed")));
    assert_eq!(lines(report), (3, 2, 1));
    assert_eq!(rejected(report), ["3:E07"]);
    assert_eq!(outputs["edgeset"][0]["status"], "success");
    assert_eq!(outputs["schema"], json!([{"path": "films/schema.xml", "status": "success"}]));
}

#[test]
fn d10_60_air_routes_import_without_a_rejected_line() {
    let Some(data) = shared_data() else { return };
    let s = TestServer::start_with(|settings| settings.object_root = Some(data));
    let g = s.graph("routes");
    let body = json!({"schemaPath": "air-routes/schema.xml", "vertexsetPath": "air-routes/vertices/", "edgesetPath": "air-routes/edges"});
    let outputs = g.outputs(IMPORT, body);
    let mut imported = (0, 0);
    for set in ["vertexset", "edgeset"] {
        for report in outputs[set].as_array().expect("reports") {
            let (total, successful, failed) = lines(report);
            assert_eq!((failed, total), (0, successful), "{report}");
            if set == "vertexset" { imported.0 += total } else { imported.1 += total }
        }
    }
    assert!(imported.0 > 3000 && imported.1 > 50_000, "{imported:?}");
    assert_eq!(g.counts(), imported);
}
