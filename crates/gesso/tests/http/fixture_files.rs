//! Files of persons who know each other, and words for importing them: spec 10, sections 4.1 and 5.

use crate::harness::{TestGraph, TestServer};
use serde_json::{Value, json};

/// The operation.
pub const IMPORT: &str = "/action?action_id=import-graph";

/// Labels `person` (vertices), `film` (vertices), `knows` and `likes` (both).
pub const SCHEMA: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<PMML version="3.0" xmlns="http://www.dmg.org/PMML-3-0" xmlns:xsi="http://www.w3.org/2001/XMLSchema_instance">
  <labels>
    <label name="person" type="vertex">
      <properties>
        <property name="age" cardinality="single" dataType="int"/>
        <property name="size" cardinality="single" dataType="enum" typeNameCount="3" typeName1="S" typeName2="M" typeName3="L"/>
        <property name="zip" cardinality="single" dataType="char array" maxDataSize="12"/>
        <property name="tags" cardinality="set" dataType="string"/>
      </properties>
    </label>
    <label name="film" type="vertex"><properties><property name="title" dataType="string"/></properties></label>
    <label name="knows"/>
    <label name="likes"><properties><property name="stars" dataType="int"/></properties></label>
  </labels>
</PMML>
"#;

/// Vertex lines of the checklist's fixture.
pub const VERTICES: &str = "ana,person,31,M,10115,a;b\nbo,person\n";
/// Edge lines of the checklist's fixture: one edge, twice.
pub const EDGES: &str = "ana,bo,knows\nana,bo,knows\n";

/// Writes `films/schema.xml`, `films/v.csv` and, unless there are no edges, `films/e.csv`; gives the body of a
/// request that imports them, with the fields of `options` added.
pub fn written(s: &TestServer, vertices: impl AsRef<[u8]>, edges: &str, options: Value) -> Value {
    s.object("films/schema.xml", SCHEMA);
    s.object("films/v.csv", vertices);
    let mut body = json!({"schemaPath": "films/schema.xml", "vertexsetPath": "films/v.csv"});
    if !edges.is_empty() {
        s.object("films/e.csv", edges);
        body["edgesetPath"] = "films/e.csv".into();
    }
    for (name, value) in options.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// Imports vertices and edges with options, and gives the outputs of the job, which must complete.
pub fn imported(s: &TestServer, g: &TestGraph<'_>, vertices: &str, edges: &str, options: Value) -> Value {
    g.outputs(IMPORT, written(s, vertices, edges, options))
}

/// `line:code` of each rejected line of a file's report, as its `cause` tells them.
pub fn rejected(report: &Value) -> Vec<String> {
    let lines = report["cause"].as_str().unwrap_or_default().lines();
    let parts = |line: &str| -> Option<String> {
        let (number, rest) = line.strip_prefix("line ")?.split_once(',')?;
        let code = rest.split_once(": ")?.1.split(' ').next()?;
        Some(format!("{number}:{code}"))
    };
    lines.map(|line| parts(line).unwrap_or_else(|| panic!("no line and code in `{line}`"))).collect()
}

/// (total, successful, failed) lines of a file's report.
pub fn lines(report: &Value) -> (u64, u64, u64) {
    let count = |name: &str| report[name].as_u64().unwrap_or_else(|| panic!("no {name} in {report}"));
    (count("totalLines"), count("successfulLines"), count("failedLines"))
}
