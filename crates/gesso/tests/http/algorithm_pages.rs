//! One page for each algorithm, made from its declaration, the header of its file and a real answer. A stale page
//! fails; `GESSO_WRITE_DOCS=1 cargo test -p gesso --test http algorithm_pages` writes them anew.

use crate::harness::{TestGraph, TestServer};
use crate::jobs_stage::EXECUTE;
use gesso_algo::{Demand, Entry, Family, GraphSize, Info, Kind, Literal, Param, registry};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Two groups of friends with a bridge between them, and who follows whom among teams, which has no cycle.
fn sample(s: &TestServer) -> TestGraph<'_> {
    let g = s.graph("friends");
    let part = json!([{"property": {"name": "team", "dataType": "string", "cardinality": "single"}}]);
    let weight = json!([{"property": {"name": "weight", "dataType": "double", "cardinality": "single"}}]);
    g.post("/schema/labels", json!({"name": "person", "type": "vertex", "properties": part})).expect(200);
    g.post("/schema/labels", json!({"name": "knows", "type": "edge", "properties": weight})).expect(200);
    let people =
        [("ana", "red"), ("bo", "red"), ("cy", "red"), ("dee", "blue"), ("eli", "blue"), ("fay", "blue")];
    let vertex =
        |(id, team): (&str, &str)| json!({"vertex": id, "label": "person", "properties": {"team": [team]}});
    let vertices: Vec<Value> = people.into_iter().map(vertex).collect();
    g.post("/vertices/action?action_id=batch-add", json!({"vertices": vertices})).expect(200);
    let pairs = [
        ("ana", "bo", 1.0),
        ("ana", "cy", 2.0),
        ("bo", "cy", 1.0),
        ("cy", "dee", 4.0),
        ("dee", "eli", 1.0),
        ("dee", "fay", 2.0),
        ("eli", "fay", 1.0),
    ];
    let edge = |(s, t, w): (&str, &str, f64)| json!({"source": s, "target": t, "label": "knows", "properties": {"weight": [w]}});
    let edges: Vec<Value> = pairs.into_iter().map(edge).collect();
    g.post("/edges/action?action_id=batch-add", json!({"edges": edges})).expect(200);
    g
}

/// What the page's request asks for: all that is required, and what keeps the answer short.
fn parameters(info: &Info) -> Map<String, Value> {
    let mut ids = ["ana", "fay"].into_iter();
    let mut given = Map::new();
    for param in
        info.params.iter().filter(|p| p.required || p.name == "dim" || p.name == "seeds" && needs_seeds(info))
    {
        let value = match (param.kind, param.example.or(param.default)) {
            (Kind::Vertex | Kind::Vertices { .. }, _) => json!(ids.next()),
            (Kind::Property, _) => json!("team"),
            (Kind::Layers, Some(Literal::Text(text))) => serde_json::from_str(text).expect("JSON"),
            (_, Some(literal)) if param.name == "dim" => json_of(literal_min(literal)),
            (_, Some(literal)) => json_of(literal),
            (_, None) => continue,
        };
        given.insert(param.name.to_owned(), value);
    }
    given
}

/// Vectors on a page are short.
fn literal_min(literal: Literal) -> Literal {
    if let Literal::Int(_) = literal { Literal::Int(4) } else { literal }
}

fn needs_seeds(info: &Info) -> bool {
    info.params.iter().any(|p| p.name == "OD_pairs")
}

fn json_of(literal: Literal) -> Value {
    match literal {
        Literal::Real(v) => json!(v),
        Literal::Int(v) => json!(v),
        Literal::Bool(v) => json!(v),
        Literal::Text(v) => json!(v),
    }
}

/// The header of the file that declares an algorithm.
fn header(info: &Info) -> String {
    let declares = format!("        name: \"{}\",\n", info.name);
    let families = root().join("crates/gesso-algo/src");
    let mut found = Vec::new();
    for family in ["centrality", "community", "embedding", "matching", "path", "similarity", "structure"] {
        for file in std::fs::read_dir(families.join(family)).expect("a family").flatten() {
            let text = std::fs::read_to_string(file.path()).expect("a readable file");
            if text.contains(&declares) {
                found.push(text);
            }
        }
    }
    assert_eq!(found.len(), 1, "{} is declared in one file", info.name);
    let lines = found[0].lines().take_while(|l| l.starts_with("//!"));
    let lines = lines.map(|l| l.trim_start_matches("//!").strip_prefix(' ').unwrap_or(""));
    lines.collect::<Vec<_>>().join("\n")
}

fn default_of(param: &Param) -> String {
    match (param.required, param.default) {
        (true, _) => "required".to_owned(),
        (false, None | Some(Literal::Text(""))) => String::new(),
        (false, Some(default)) => format!("`{default}`"),
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn page(entry: &Entry, g: &TestGraph<'_>) -> String {
    let info = entry.info();
    let mut page = String::new();
    let mut line = |text: &str| writeln!(page, "{text}").expect("a string takes everything");
    line(&format!("# {}\n\n{}\n", info.name, info.summary));
    line(&format!("{}\n", header(info)));
    match info.demand {
        Demand::Any => {}
        Demand::Acyclic => line("Graphs with cycles are an error.\n"),
        Demand::Property => line("The graph must have the text property of vertices that is named.\n"),
    }
    if !info.aliases.is_empty() {
        line(&format!("Also called `{}`.\n", info.aliases.join("`, `")));
    }
    line("## Parameters\n\n| name | accepts | default | meaning |\n| --- | --- | --- | --- |");
    for p in info.params {
        let also =
            if p.aliases.is_empty() { String::new() } else { format!(" (`{}`)", p.aliases.join("`, `")) };
        line(&format!("| `{}`{also} | {} | {} | {} |", p.name, p.kind, default_of(p), p.doc));
    }
    line("\n## Output\n\n| name | form | meaning |\n| --- | --- | --- |");
    for o in info.outputs {
        line(&format!("| `{}` | {} | {} |", o.name, o.shape, o.doc));
    }
    line("\n## Memory\n\nAt most, beside the graph's projection, with the parameters of the example:\n");
    line("| vertices | edges | 1 thread | 2 threads |\n| --: | --: | --: | --: |");
    let prepared = entry.prepare(&parameters(info)).expect("valid parameters");
    for (vertices, edges) in [(100_000u64, 1_000_000u64), (1_000_000, 16_000_000)] {
        let of = |threads| megabytes(prepared.need(GraphSize { vertices, edges, threads }));
        line(&format!("| {vertices} | {edges} | {} | {} |", of(1), of(2)));
    }
    let request = json!({"algorithmName": info.name, "parameters": parameters(info)});
    let mut outputs = g.outputs(EXECUTE, request.clone());
    outputs["runtime"] = json!(0.001);
    line("\n## Example\n");
    line(&format!("```json\n{}\n```\n", serde_json::to_string_pretty(&request).expect("JSON")));
    line(&format!(
        "The answer's `data.outputs`, for six people in two teams:\n\n```json\n{}\n```\n",
        rows(&outputs)
    ));
    line(&format!("Source: {}.", info.source));
    page
}

/// An object with a line for each member, and for each row of a list.
fn rows(outputs: &Value) -> String {
    let member = |(name, value): (&String, &Value)| match value.as_array().filter(|l| l.len() > 1) {
        Some(list) => {
            let list: Vec<String> = list.iter().map(|row| format!("    {row}")).collect();
            format!("  \"{name}\": [\n{}\n  ]", list.join(",\n"))
        }
        None => format!("  \"{name}\": {value}"),
    };
    let members: Vec<String> = outputs.as_object().expect("an object").iter().map(member).collect();
    format!("{{\n{}\n}}", members.join(",\n"))
}

fn index() -> String {
    let mut index = String::from(
        "# Algorithms\n\nMade from the declarations in the code, like every page here; \
         `GESSO_WRITE_DOCS=1 cargo test -p gesso --test http algorithm_pages` writes them anew.\n\n\
         Every algorithm but those with conditions of their own (`subgraph_matching`, `filtered_n_paths`, \
         `filtered_circle_detection`) takes `vertex_filter` and `edge_filter`, beside its parameters or among them: it \
         then runs on the vertices and edges that pass.\n",
    );
    for (family, title) in [
        (Family::Centrality, "Importance"),
        (Family::Community, "Groups and cohesion"),
        (Family::Path, "Distances and paths"),
        (Family::Similarity, "Likeness and links"),
        (Family::Embedding, "Vectors"),
        (Family::Structure, "Trees, orders, cuts and samples"),
    ] {
        write!(index, "\n## {title}\n\n| algorithm | answers |\n| --- | --- |\n")
            .expect("a string takes everything");
        for info in registry::all().iter().map(Entry::info).filter(|i| i.family == family) {
            writeln!(index, "| [{0}]({0}.md) | {1} |", info.name, info.summary)
                .expect("a string takes everything");
        }
    }
    index
}

#[test]
fn algorithm_pages_are_what_the_declarations_say() {
    let s = TestServer::start();
    let g = sample(&s);
    let dir = root().join("docs/algorithms");
    let mut pages: Vec<(String, String)> =
        registry::all().iter().map(|entry| (format!("{}.md", entry.info().name), page(entry, &g))).collect();
    pages.push(("README.md".to_owned(), index()));
    if std::env::var_os("GESSO_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(&dir).expect("a writable docs directory");
        for (name, text) in &pages {
            std::fs::write(dir.join(name), text).expect("a writable docs directory");
        }
    }
    for (name, text) in &pages {
        let found = std::fs::read_to_string(dir.join(name)).unwrap_or_default();
        assert!(found == *text, "docs/algorithms/{name} is stale: run this test with GESSO_WRITE_DOCS=1");
    }
    let known = |name: &str| pages.iter().any(|(page, _)| page == name);
    for file in std::fs::read_dir(&dir).expect("the pages").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        assert!(known(&name), "docs/algorithms/{name} is about no algorithm: take it out");
    }
}
