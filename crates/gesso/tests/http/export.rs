//! Exports: spec 03, 4.10 and 5.11, and spec 10, 7.2.

use crate::fixture::{films, property};
use crate::fixture_files::IMPORT;
use crate::harness::{TestGraph, TestServer, check};
use gesso_store::objects::STAGING_DIR;
use serde_json::{Value, json};
use std::path::Path;

const VERTICES: &str = "/vertices/action?action_id=export";
const EDGES: &str = "/edges/action?action_id=export";
const GRAPH: &str = "/action?action_id=export-graph";

fn read(s: &TestServer, path: &str) -> String {
    std::fs::read_to_string(s.objects().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The names in a directory, hidden ones too, in order.
fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn whole(path: &str) -> Value {
    json!({"graphExportPath": path, "vertexSetName": "v.csv", "edgeSetName": "e.csv", "schemaName": "schema.xml",
        "paginate": {"enable": false}})
}

/// Everything that a graph shows of its elements and labels.
fn shown(g: &TestGraph<'_>) -> [Value; 3] {
    let all = |tail: &str, list: &str, filters: &str| {
        let every =
            json!({filters: [{"propertyName": "no such property", "predicate": "hasNot"}], "limit": 100_000});
        g.outputs(tail, every)[list].take()
    };
    [
        g.get("/schema").expect(200),
        all("/vertices/action?action_id=query", "vertices", "vertexFilters"),
        all("/edges/action?action_id=query", "edges", "edgeFilters"),
    ]
}

#[test]
fn v03_50_an_export_has_a_line_for_each_filtered_vertex() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"labels": ["person"], "exportPath": "out/run1/", "fileName": "people.csv",
        "obsParameters": {"accessKey": "AK", "secretKey": "SK"}});
    let (accepted, status) = g.submitted(VERTICES, body);
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(1), &json!("success")));
    assert_eq!(status["data"]["outputs"], json!({"data_total_size": 3}));
    assert_eq!(read(&s, "out/run1/people.csv"), "ana,person,31,Porto,\nbo,person,25,,\ncy,person,40,,\n");
    // The next one replaces it; what is not asked for is no part of the operation.
    let body = json!({"vertexFilters": [{"propertyName": "age", "predicate": ">", "values": [30]}], "limit": 1,
        "exportPath": "/out/run1", "fileName": "people.csv"});
    assert_eq!(g.outputs(VERTICES, body)["data_total_size"], 2);
    assert_eq!(read(&s, "out/run1/people.csv"), "ana,person,31,Porto,\ncy,person,40,,\n");
    assert_eq!(names(&s.objects().join("out/run1")), ["people.csv"]);
}

#[test]
fn v03_50_edges_are_exported_alike_and_nothing_is_a_file_too() {
    let s = TestServer::start();
    let g = films(&s);
    let body = json!({"labels": ["likes"], "exportPath": "out", "fileName": "likes.csv"});
    let (accepted, _) = g.submitted(EDGES, body);
    assert_eq!(accepted["jobType"], 0);
    assert_eq!(read(&s, "out/likes.csv"), "ana,f1,likes,4,\nana,f1,likes,2,\nbo,f1,likes,5,\n");
    let none = json!({"labels": ["nothing"], "exportPath": "out", "fileName": "none.csv"});
    assert_eq!(g.outputs(EDGES, none)["data_total_size"], 0);
    assert_eq!(read(&s, "out/none.csv"), "");
    g.outputs(EDGES, json!({"labels": ["likes"], "exportPath": "unnamed"}));
    assert!(names(&s.objects().join("unnamed"))[0].starts_with("edges_"));
}

#[test]
fn v03_51_an_export_needs_a_filter_and_a_path() {
    let s = TestServer::start();
    let g = films(&s);
    check(g.post(VERTICES, json!({"exportPath": "out"})), 400, "GES.8203");
    check(g.post(EDGES, json!({"exportPath": "out"})), 400, "GES.8103");
    check(g.post(VERTICES, json!({"labels": ["person"]})), 400, "GES.8000");
    for (path, name) in
        [("../out", "x"), ("out", "../x"), ("out", "a/b"), ("out", ".x"), ("o$t", "x"), ("out", "a b")]
    {
        check(
            g.post(VERTICES, json!({"labels": ["person"], "exportPath": path, "fileName": name})),
            400,
            "GES.8000",
        );
    }
    check(s.named("nowhere").post(VERTICES, json!({"labels": ["x"], "exportPath": "o"})), 400, "GES.8204");
    check(s.named("nowhere").post(EDGES, json!({"labels": ["x"], "exportPath": "o"})), 400, "GES.8105");
}

#[test]
fn d10_50_without_pages_an_export_is_three_files() {
    let s = TestServer::start();
    let g = films(&s);
    let (accepted, status) = g.submitted(GRAPH, whole("out/films"));
    assert_eq!((&accepted["jobType"], &status["status"]), (&json!(0), &json!("complete")));
    assert_eq!(names(&s.objects().join("out/films")), ["e.csv", "schema.xml", "v.csv"]);
    assert_eq!(
        read(&s, "out/films/v.csv"),
        "ana,person,31,Porto,\nbo,person,25,,\ncy,person,40,,\nf1,film,Harbour Lights,drama\nf2,film,Quiet Hill,comedy\n"
    );
    assert_eq!(
        read(&s, "out/films/e.csv"),
        "ana,f1,likes,4,\nana,f1,likes,2,\nana,bo,knows\nbo,f1,likes,5,\n"
    );
    assert!(read(&s, "out/films/schema.xml").contains("label name=\"person\" type=\"vertex\""));
}

#[test]
fn d10_51_parts_have_so_many_lines_each_in_order() {
    let s = TestServer::start();
    let g = films(&s);
    let paged = |rows: u64| {
        json!({"graphExportPath": "out", "vertexSetName": "people.csv", "edgeSetName": "edges",
            "schemaName": "schema.xml", "paginate": {"row_count_per_file": rows, "numThread": "4"}})
    };
    g.outputs(GRAPH, paged(1));
    let vertices = s.objects().join("out/people.csv");
    assert_eq!(names(&vertices), (0..5).map(|i| format!("part-{i:05}.csv")).collect::<Vec<_>>());
    assert_eq!(read(&s, "out/people.csv/part-00001.csv"), "bo,person,25,,\n");
    // A shorter export into the same place leaves no part of the longer one.
    g.outputs(GRAPH, paged(3));
    assert_eq!(names(&vertices), ["part-00000.csv", "part-00001.csv"]);
    assert_eq!(
        read(&s, "out/people.csv/part-00001.csv"),
        "f1,film,Harbour Lights,drama\nf2,film,Quiet Hill,comedy\n"
    );
    let mut default = paged(1);
    default["paginate"] = Value::Null;
    g.outputs(GRAPH, default);
    assert_eq!(names(&s.objects().join("out/edges")), ["part-00000.csv"]);
    let copy = s.graph("copy");
    copy.outputs(IMPORT, json!({"schemaPath": "out/schema.xml", "vertexsetPath": "out/people.csv/", "edgesetPath": "out/edges/"}));
    assert_eq!(shown(&copy), shown(&g));
    for paginate in
        [json!({"rowCountPerFile": 0}), json!({"numThread": 65}), json!({"enable": "maybe"}), json!("x")]
    {
        let mut body = paged(1);
        body["paginate"] = paginate;
        check(g.post(GRAPH, body), 400, "GES.8011");
    }
}

/// Values that a careless writer of files would change.
fn odd_graph(s: &TestServer) -> TestGraph<'_> {
    let g = films(s);
    let odd = [
        "",
        " lead",
        "trail ",
        "a,b",
        "say \"hi\"",
        "\"",
        "two\nlines",
        "cr\rlf\r\n",
        "=1+1",
        "ä字\u{1F600}",
        "\u{feff}bom",
    ];
    for (i, text) in odd.iter().enumerate() {
        let properties = json!({"city": [text], "tags": [format!("x{text}"), "y"]});
        let id = if text.is_empty() { "empty".to_owned() } else { format!("v{text}") };
        g.post("/vertices", json!({"vertex": id, "label": "person", "properties": properties})).expect(200);
        let at = json!({"stars": [i], "at": ["2024-02-29"]});
        g.post("/edges", json!({"source": id, "target": "f1", "label": "likes", "properties": at}))
            .expect(200);
    }
    g.post("/vertices/bo/labels", json!({"label": "film"})).expect(200);
    g.post("/vertices/bo/properties/action?action_id=update", json!({"properties": {"kind": [""]}}))
        .expect(200);
    g.post("/vertices", json!({"vertex": "plain"})).expect(200);
    g.post("/edges", json!({"source": "plain", "target": "plain"})).expect(200);
    g
}

#[test]
fn d10_52_what_was_exported_imports_as_it_was() {
    let s = TestServer::start();
    let g = odd_graph(&s);
    let before = shown(&g);
    assert_eq!(g.outputs(GRAPH, whole("out"))["listEscape"], false);
    g.job("/action?action_id=clear-graph&clear-metadata=true", json!({}));
    assert_eq!(g.counts(), (0, 0));
    let import =
        json!({"schemaPath": "out/schema.xml", "vertexsetPath": "out/v.csv", "edgesetPath": "out/e.csv"});
    let outputs = g.outputs(IMPORT, import);
    assert_eq!(outputs["vertexset"][0]["failedLines"], 0, "{outputs}");
    assert_eq!(shown(&g), before);
}

#[test]
fn d10_53_semicolons_in_list_elements_are_escaped_only_where_needed() {
    let s = TestServer::start();
    let g = films(&s);
    let tags = json!({"properties": {"tags": ["a;b", "c\\d", "e"]}});
    g.post("/vertices/cy/properties/action?action_id=update", tags).expect(200);
    g.post("/vertices/ana/properties/action?action_id=update", json!({"properties": {"city": ["a;b\\c"]}}))
        .expect(200);
    assert_eq!(g.outputs(GRAPH, whole("out"))["listEscape"], true);
    assert!(read(&s, "out/schema.xml").contains("gesso:listEscape=\"true\""));
    assert!(read(&s, "out/v.csv").contains("cy,person,40,,a\\;b;c\\\\d;e\n"), "{}", read(&s, "out/v.csv"));
    let copy = s.graph("copy");
    copy.outputs(
        IMPORT,
        json!({"schemaPath": "out/schema.xml", "vertexsetPath": "out/v.csv", "edgesetPath": "out/e.csv"}),
    );
    assert_eq!(shown(&copy), shown(&g));
}

#[test]
fn d10_54_an_export_beside_writers_is_one_version() {
    let s = TestServer::start();
    let g = films(&s);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for i in 0..200 {
                let edges = json!({"edges": [{"source": format!("w{i}"), "target": format!("x{i}"), "label": "knows"}], "createNotExists": true});
                g.post("/edges/action?action_id=batch-add", edges).expect(200);
            }
        });
        for i in 0..10 {
            g.outputs(GRAPH, whole(&format!("out/{i}")));
        }
    });
    for i in 0..10 {
        let vertices = read(&s, &format!("out/{i}/v.csv"));
        let ids: std::collections::HashSet<&str> =
            vertices.lines().filter_map(|l| l.split(',').next()).collect();
        for edge in read(&s, &format!("out/{i}/e.csv")).lines() {
            assert!(edge.split(',').take(2).all(|end| ids.contains(end)), "{edge}");
        }
    }
}

#[test]
fn d10_55_an_export_that_can_not_be_written_fails_and_leaves_nothing() {
    let s = TestServer::start();
    let g = films(&s);
    // The vertex file is fine, but a directory has the name of the edge file.
    std::fs::create_dir_all(s.objects().join("out/e.csv/inside")).expect("a directory");
    let status = g.job(GRAPH, whole("out"));
    assert_eq!((&status["state"], &status["errorCode"]), (&json!("failed"), &json!("GES.8011")));
    // A file stands where a directory is needed.
    s.object("file", "x");
    let refused = g.post(GRAPH, whole("file/below"));
    if refused.status == 200 {
        let id = refused.json()["jobId"].as_str().expect("an id").to_owned();
        assert_eq!(g.ended(&id)["state"], "failed");
    }
    assert_eq!(names(&s.objects()), [STAGING_DIR, "file", "out"]);
    assert_eq!(names(&s.objects().join("out")), ["e.csv"]);
    for owner in names(&s.objects().join(STAGING_DIR)) {
        assert_eq!(names(&s.objects().join(STAGING_DIR).join(owner)), [""; 0]);
    }
}

#[test]
fn d10_55_names_that_can_not_be_files_are_8011() {
    let s = TestServer::start();
    let g = films(&s);
    for field in ["graphExportPath", "vertexSetName", "edgeSetName", "schemaName"] {
        for value in [Value::Null, json!(""), json!("a b"), json!("../x"), json!("x/../../y")] {
            let mut body = whole("out");
            body[field] = value;
            check(g.post(GRAPH, body), 400, "GES.8011");
        }
    }
    let mut same = whole("out");
    same["edgeSetName"] = json!("v.csv");
    check(g.post(GRAPH, same), 400, "GES.8011");
    check(s.named("nowhere").post(GRAPH, whole("out")), 400, "GES.8011");
}

/// Stops an export at every checkpoint in turn: none leaves a file.
#[test]
fn d10_55_a_cancelled_export_leaves_no_file_at_whatever_checkpoint() {
    use gesso_jobs::kinds::export::{Destination, Form, GraphExport, graph};
    let s = TestServer::start();
    let g = films(&s);
    let many: Vec<Value> = (0..5000).map(|i| json!({"vertex": format!("p{i}"), "label": "person"})).collect();
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": many})).expect(200);
    let dir = s.objects().join("out");
    let mut stopped = 0;
    for checkpoint in 1.. {
        let to = |dir: &str, form| Destination {
            dir: s.app().objects.output_dir(dir, None).expect("a directory"),
            form,
        };
        let to = GraphExport {
            vertices: to("out/v", Form::Parts(1000)),
            edges: to("out/e", Form::Parts(1000)),
            schema: to("out", Form::File("schema.xml".to_owned())),
        };
        let ctx = gesso_core::JobContext::detached(2, 1 << 30).stop_at_checkpoint(checkpoint);
        let done = (graph(s.inner("films"), to).run)(&ctx);
        assert_eq!(ctx.account().used(), 0);
        if done.is_ok() {
            break;
        }
        stopped += 1;
        for dir in [dir.clone(), dir.join("v"), dir.join("e")] {
            assert_eq!(names(&dir), [""; 0], "{checkpoint}");
        }
    }
    assert!(stopped > 5, "{stopped}");
    assert_eq!(names(&dir.join("v")).len(), 6);
}

#[test]
fn v03_50_an_export_of_a_list_property_round_trips_its_types() {
    let s = TestServer::start();
    let g = s.graph("types");
    let properties: Vec<Value> = [
        ("i", "int", "list"),
        ("d", "double", "single"),
        ("f", "float", "set"),
        ("b", "bool", "single"),
        ("t", "date", "list"),
        ("l", "long", "single"),
    ]
    .iter()
    .map(|(n, t, c)| property(n, t, c))
    .collect();
    g.post("/schema/labels", json!({"name": "all", "properties": properties})).expect(200);
    let values = json!({"i": [1, 1, -3], "d": [1e300], "f": [0.1, 2.5], "b": [false], "t": ["2024-01-01", "2024-01-01 10:00:00"], "l": ["9223372036854775807"]});
    g.post("/vertices", json!({"vertex": "x", "label": "all", "properties": values})).expect(200);
    g.outputs(VERTICES, json!({"labels": ["all"], "exportPath": "out", "fileName": "all.csv"}));
    assert_eq!(
        read(&s, "out/all.csv"),
        "x,all,1;1;-3,1e300,0.1;2.5,false,2024-01-01;2024-01-01 10:00:00,9223372036854775807\n"
    );
}
