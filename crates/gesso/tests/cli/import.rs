//! `gesso import`: what it loads and what it says of lines that it does not.

use crate::run;
use std::path::Path;

/// Files of which one line in each is wrong.
pub fn write_files(dir: &Path) {
    let schema = r#"<PMML><labels>
        <label name="person" type="vertex"><properties>
            <property name="age" dataType="int"/>
        </properties></label>
        <label name="knows" type="edge"/>
    </labels></PMML>"#;
    std::fs::write(dir.join("schema.xml"), schema).unwrap();
    std::fs::write(dir.join("vertices.csv"), "ada,person,36\nbob,person,old\ncy,person,7\n").unwrap();
    std::fs::write(dir.join("edges.csv"), "ada,cy,knows\nada,bob,hates\n").unwrap();
}

/// An import of those files into `data`.
pub const IMPORT: &[&str] = &[
    "import",
    "--data-dir",
    "data",
    "--graph",
    "people",
    "--schema",
    "schema.xml",
    "--vertices",
    "vertices.csv",
    "--edges",
    "edges.csv",
];

#[test]
fn rejected_lines_are_reported_with_file_line_and_reason() {
    let dir = tempfile::tempdir().unwrap();
    write_files(dir.path());
    let report = run(dir.path(), &[IMPORT, &["--json"]].concat()).json(0);
    assert_eq!((&report["vertexNum"], &report["edgeNum"]), (&2.into(), &1.into()));
    let [vertices, edges] = [&report["files"][0], &report["files"][1]];
    assert_eq!((&vertices["totalLines"], &vertices["failedLines"]), (&3.into(), &1.into()));
    assert_eq!(vertices["firstErrors"][0]["line"], 2);
    assert!(vertices["firstErrors"][0]["message"].as_str().unwrap().contains("old"));
    assert_eq!(edges["codes"]["E06"], 1);

    let again = run(dir.path(), IMPORT);
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.out.contains("vertices.csv: line 2") && again.out.contains("E07"), "{}", again.out);
    assert!(again.out.contains("graph people has 2 vertices and 2 edges"), "{}", again.out);
}

#[test]
fn nothing_to_read_is_a_failure_that_names_the_path() {
    let dir = tempfile::tempdir().unwrap();
    let failed =
        run(dir.path(), &["import", "--data-dir", "data", "--graph", "people", "--edges", "none.csv"]);
    assert_eq!(failed.code, 1);
    assert!(failed.err.contains("none.csv"), "{}", failed.err);
    assert_eq!(run(dir.path(), &["import", "--data-dir", "data"]).code, 2);
}
