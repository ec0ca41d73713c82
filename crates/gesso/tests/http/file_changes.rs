//! Changes that files describe: spec 04, section 7, and spec 10, section 8.

use crate::fixture::films;
use crate::harness::{PROJECT, TestGraph, TestServer, check};
use serde_json::{Value, json};

const PROPERTIES: &str = "/action?action_id=import-properties";
const DELETE: &str = "/action?action_id=delete-by-file";

/// `success` and `failed` of a job over files of these contents.
fn counts(
    s: &TestServer,
    g: &TestGraph<'_>,
    tail: &str,
    vertices: &str,
    edges: &str,
    options: Value,
) -> (i64, i64) {
    let outputs = g.outputs(tail, body(s, vertices, edges, options));
    let count = |name: &str| outputs[name].as_i64().unwrap_or_else(|| panic!("no {name} in {outputs}"));
    (count("success"), count("failed"))
}

fn body(s: &TestServer, vertices: &str, edges: &str, options: Value) -> Value {
    let mut body = options;
    for (content, field, path) in
        [(vertices, "vertexsetPath", "in/v.csv"), (edges, "edgesetPath", "in/e.csv")]
    {
        if !content.is_empty() {
            s.object(path, content);
            body[field] = json!(path);
        }
    }
    body
}

fn ages() -> Value {
    json!({"vertexProperties": [{"label": "person", "properties": ["age"]}]})
}

fn stars() -> Value {
    json!([{"label": "likes", "properties": ["stars"]}])
}

#[test]
fn m04_58_listed_properties_are_replaced_and_others_stay() {
    let s = TestServer::start();
    let g = films(&s);
    let (accepted, status) = g.submitted(PROPERTIES, body(&s, "ana,person,44\n", "", ages()));
    assert_eq!((&accepted["jobType"], &status["state"]), (&json!(1), &json!("complete")));
    assert_eq!(status["data"]["outputs"], json!({"success": 1, "failed": 0}));
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [44], "city": ["Porto"]}));
    // Lines that do not apply are skipped; an empty field unsets.
    let lines = "nobody,person,1\nf1,person,1\nana,film,1\nbo,person,old\ncy,person,\nana,person,45,x\n\"bo\",person,26\n";
    assert_eq!(counts(&s, &g, PROPERTIES, lines, "", ages()), (2, 5));
    assert_eq!(g.vertex("bo")["properties"], json!({"age": [26]}));
    assert_eq!(g.vertex("cy")["properties"], json!({}));
    assert_eq!(g.vertex("ana")["properties"]["age"], json!([44]));
}

#[test]
fn m04_58_lists_and_several_labels_have_their_own_columns() {
    let s = TestServer::start();
    let g = films(&s);
    let columns = json!({"vertexProperties": [
        {"label": "person", "properties": ["tags", "age"]}, {"label": "film", "properties": ["kind"]}]});
    assert_eq!(
        counts(&s, &g, PROPERTIES, "ana,person,x;y;x,50\nf1,film,comedy\nf2,film,opera\n", "", columns),
        (2, 1)
    );
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [50], "city": ["Porto"], "tags": ["x", "y"]}));
    assert_eq!(g.vertex("f1")["properties"]["kind"], json!(["comedy"]));
    assert_eq!(g.vertex("f2")["properties"]["kind"], json!(["comedy"]));
}

#[test]
fn m04_59_without_a_label_column_the_own_label_counts() {
    let s = TestServer::start();
    let g = films(&s);
    let mut options = ages();
    options["vertexFileContainLabel"] = json!("false");
    assert_eq!(counts(&s, &g, PROPERTIES, "ana,44\nf1,3\n", "", options), (1, 1));
    assert_eq!(g.vertex("ana")["properties"], json!({"age": [44], "city": ["Porto"]}));
}

#[test]
fn m04_60_an_edge_is_told_apart_by_its_value() {
    let s = TestServer::start();
    let g = films(&s);
    let options =
        json!({"edgeProperties": [{"label": "likes", "properties": ["at"]}], "targetProperties": stars()});
    let lines = "ana,f1,likes,2,2023-01-01\nana,f1,likes,9,2023-01-01\nana,bo,knows,,2023-01-01\n";
    assert_eq!(counts(&s, &g, PROPERTIES, "", lines, options), (1, 2));
    let edges = g.edges("ana", "f1");
    assert_eq!(edges[0]["properties"], json!({"stars": [4]}));
    assert_eq!(edges[1]["properties"], json!({"stars": [2], "at": ["2023-01-01"]}));
}

#[test]
fn m04_61_what_is_missing_is_8013() {
    let s = TestServer::start();
    let g = films(&s);
    let message = check(g.post(PROPERTIES, ages()), 400, "GES.8013");
    assert!(message.starts_with("parameter format error"), "{message}");
    check(g.post(DELETE, json!({})), 400, "GES.8013");
    let edges = json!({"edgeProperties": [{"label": "likes", "properties": ["at"]}]});
    check(g.post(PROPERTIES, body(&s, "", "a,b\n", edges)), 400, "GES.8013");
    check(g.post(PROPERTIES, body(&s, "a,person,1\n", "", json!({}))), 400, "GES.8013");
    for wrong in [
        json!({"vertexProperties": [{"label": "robot", "properties": ["age"]}]}),
        json!({"vertexProperties": [{"label": "person", "properties": ["size"]}]}),
        json!({"vertexProperties": [{"label": "person"}]}),
        json!({"vertexProperties": ["person"]}),
        json!({"vertexProperties": [{"label": "person", "properties": ["age"]}], "vertexsetFormat": "xml"}),
        json!({"vertexProperties": [{"label": "person", "properties": ["age"]}], "delimiter": ",,"}),
        json!({"vertexProperties": [{"label": "person", "properties": ["age"]}], "targetProperties": [{"label": "person", "properties": ["tags"]}]}),
    ] {
        check(g.post(PROPERTIES, body(&s, "ana,person,1\n", "", wrong)), 400, "GES.8013");
    }
    check(
        g.post(
            PROPERTIES,
            json!({"vertexsetPath": "in/none.csv", "vertexProperties": ages()["vertexProperties"]}),
        ),
        400,
        "GES.8013",
    );
    check(s.named("nowhere").post(PROPERTIES, ages()), 400, "GES.8013");
    check(s.named("nowhere").post(DELETE, json!({})), 400, "GES.8013");
    assert_eq!(g.counts(), (5, 4));
}

#[test]
fn m04_62_the_older_path_works_alike() {
    let s = TestServer::start();
    let g = films(&s);
    let old = |action: &str, body: Value| {
        let path = format!("/v1.0/{PROJECT}/graphs/films/action?action_id={action}");
        let answer = s.post(&path, body).expect(200);
        assert_eq!(g.ended(answer["jobId"].as_str().expect("an id"))["state"], json!("complete"));
    };
    old("import-properties", body(&s, "ana,person,44\n", "", ages()));
    assert_eq!(g.vertex("ana")["properties"]["age"], json!([44]));
    old("delete-by-file", body(&s, "ana\n", "", json!({})));
    assert_eq!(g.counts(), (4, 1));
}

#[test]
fn m04_63_listed_vertices_go_with_their_edges() {
    let s = TestServer::start();
    let g = films(&s);
    let (accepted, status) = g.submitted(DELETE, body(&s, "ana,person,31\nnobody\nana\n", "", json!({})));
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(3), &json!("success")));
    assert_eq!(
        (&status["data"]["outputs"]["success"], &status["data"]["outputs"]["failed"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(g.counts(), (4, 1));
    assert_eq!(g.vertex("ana"), Value::Null);
    assert_eq!(s.restart().named("films").counts(), (4, 1));
}

#[test]
fn m04_64_listed_edges_go_by_ends_label_and_value() {
    for (line, options, left) in [
        ("ana,f1\n", json!({}), 2),
        ("ana,f1,likes\n", json!({}), 2),
        ("ana,f1,likes,2\n", json!({"targetProperties": stars()}), 3),
        ("ana,f1,likes,2\n", json!({}), 2),
        ("ana,f1,knows\nana,f1,likes,9\nana,nobody\n", json!({"targetProperties": stars()}), 4),
        ("ana|f1|'likes'|4\n", json!({"targetProperties": stars(), "delimiter": "|", "trimQuote": "'"}), 3),
    ] {
        let s = TestServer::start();
        let g = films(&s);
        g.outputs(DELETE, body(&s, "", line, options));
        assert_eq!(g.counts(), (5, left), "{line}");
    }
}

#[test]
fn d10_39_rejected_lines_of_a_change_are_logged() {
    let s = TestServer::start();
    let g = films(&s);
    let mut options = ages();
    options["logDir"] = json!("logs");
    let (accepted, status) =
        g.submitted(PROPERTIES, body(&s, "ana,person,1\n\nbo,person,\"x\ny\"\nno,person,2\n", "", options));
    let outputs = &status["data"]["outputs"];
    assert_eq!((&outputs["success"], &outputs["failed"]), (&json!(1), &json!(2)));
    let dir = s.objects().join("logs").join(accepted["jobId"].as_str().expect("an id"));
    let text = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(text("vertex/v.csv.rejected.csv"), "bo,person,\"x\ny\"\nno,person,2\n");
    let errors = text("vertex/v.csv.errors.log");
    let start = |line: &str| line.split('\t').take(3).collect::<Vec<_>>().join(" ");
    let starts: Vec<String> = errors.lines().map(start).collect();
    assert_eq!(starts, ["3 3 E07", "5 1 E05"]);
    assert!(text("summary.json").contains("\"failedLines\""));
}

/// Stops the job at every checkpoint in turn: the graph is as before until one comes through.
#[test]
fn m04_58_a_cancelled_change_changes_nothing_at_whatever_checkpoint() {
    use gesso_jobs::kinds::file_lines::Files;
    use gesso_jobs::kinds::import_properties::{PropertyImport, work};
    use gesso_store::objects::InputFile;
    let s = TestServer::start();
    let g = films(&s);
    let path = s.object("in/v.csv", "ana,person,44\n".repeat(3000) + "bo,person,45\n");
    let label = s.inner("films").snapshot().schema().get("person").expect("a label").clone();
    for checkpoint in 1.. {
        let import = PropertyImport {
            files: Files { vertices: vec![InputFile::local(path.clone())], ..Files::default() },
            vertex_properties: vec![(label.id, vec![label.properties[0].clone()])],
            vertices_have_label: true,
            ..PropertyImport::default()
        };
        let ctx = gesso_core::JobContext::detached(1, 1 << 30).stop_at_checkpoint(checkpoint);
        let done = (work(s.inner("films"), import, std::sync::Arc::default()).run)(&ctx);
        assert_eq!(ctx.account().used(), 0);
        let age = g.vertex("bo")["properties"]["age"].take();
        assert_eq!(age, if done.is_ok() { json!([45]) } else { json!([25]) });
        if done.is_ok() {
            assert!(checkpoint > 5);
            break;
        }
    }
}
