//! Keeps the layout honest. Every failure says what to do about it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Which workspace crates each crate may depend on: only those above it.
const ALLOWED: &[(&str, &[&str])] = &[
    ("gesso-core", &[]),
    ("gesso-store", &["gesso-core"]),
    ("gesso-graph", &["gesso-core", "gesso-store"]),
    ("gesso-io", &["gesso-core", "gesso-store", "gesso-graph"]),
    ("gesso-algo", &["gesso-core", "gesso-graph"]),
    ("gesso-query", &["gesso-core", "gesso-graph"]),
    ("gesso-jobs", &["gesso-core", "gesso-store", "gesso-graph", "gesso-io", "gesso-algo", "gesso-query"]),
    (
        "gesso-server",
        &["gesso-core", "gesso-store", "gesso-graph", "gesso-io", "gesso-algo", "gesso-query", "gesso-jobs"],
    ),
];

/// Longest source file, in lines, unless its header gives a reason.
const FILE_LINES_MAX: usize = 800;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace root")
}

/// Files below a directory, without `target` and hidden ones.
fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a readable directory").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a readable text file")
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn crates_depend_downwards_only() {
    let mut problems = Vec::new();
    for entry in std::fs::read_dir(root().join("crates")).expect("crates").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // The binary may use every crate.
        if name != "gesso" && !ALLOWED.iter().any(|(known, _)| *known == name) {
            problems.push(format!("{name} is new: say in ALLOWED which crates it may use"));
        }
    }
    for (name, allowed) in ALLOWED {
        let manifest = text(&root().join("crates").join(name).join("Cargo.toml"));
        let used = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for dependency in used.lines().filter_map(|l| l.split(['.', ' ', '=']).next()) {
            if dependency.starts_with("gesso-") && !allowed.contains(&dependency) && dependency != *name {
                problems.push(format!("{name} depends on {dependency}: move what it needs further down"));
            }
        }
    }
    report(&problems);
}

#[test]
fn files_are_short_enough_to_hold_in_the_head() {
    let mut problems = Vec::new();
    for path in files(&root().join("crates"), ".rs") {
        let content = text(&path);
        let lines = content.lines().count();
        if lines > FILE_LINES_MAX && !content.lines().take(20).any(|l| l.contains("one file because")) {
            problems.push(format!("{} has {lines} lines: split it by idea", shown(&path)));
        }
    }
    report(&problems);
}

#[test]
fn unsafe_blocks_say_why_they_are_sound() {
    let mut problems = Vec::new();
    for path in files(&root().join("crates"), ".rs") {
        let content = text(&path);
        if !content.lines().any(|l| l.contains("expect(unsafe_code")) {
            continue;
        }
        let lines: Vec<&str> = content.lines().collect();
        for (i, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let opens =
                code.contains(concat!("unsafe", " {")) || code.trim_start().starts_with("unsafe impl");
            let explained = lines[i.saturating_sub(5)..=i].iter().any(|l| l.contains("SAFETY:"));
            if opens && !explained {
                problems.push(format!("{}:{} has no SAFETY: line", shown(&path), i + 1));
            }
        }
    }
    report(&problems);
}

#[test]
fn nothing_unfinished_and_no_machine_paths() {
    // Written so that this file does not contain what it looks for.
    let banned =
        [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["/work", "/"].concat(), ["/ro", "ot/"].concat()];
    let mut problems = Vec::new();
    let sources = files(&root().join("crates"), ".rs").into_iter();
    for path in sources.chain(files(&root(), ".md")).chain(files(&root(), ".toml")) {
        for (i, line) in text(&path).lines().enumerate() {
            if let Some(word) = banned.iter().find(|w| line.contains(w.as_str())) {
                problems.push(format!("{}:{} has `{word}`: finish it, or take it out", shown(&path), i + 1));
            }
        }
    }
    report(&problems);
}

#[test]
fn decisions_are_numbered_once_and_have_their_parts() {
    let mut numbers: BTreeMap<String, String> = BTreeMap::new();
    let mut problems = Vec::new();
    for path in files(&root().join("docs/decisions"), ".md") {
        let name = shown(&path);
        let number = path.file_name().map(|n| n.to_string_lossy()[..4].to_owned()).unwrap_or_default();
        if let Some(other) = numbers.insert(number, name.clone()) {
            problems.push(format!("{name} and {other} have one number: take the next free one"));
        }
        let content = text(&path);
        for part in ["**Context.**", "**Choice.**", "**Rejected.**", "**Consequences.**"] {
            if !content.contains(part) {
                problems.push(format!("{name} lacks {part}"));
            }
        }
    }
    report(&problems);
}

#[test]
fn links_in_the_docs_lead_somewhere() {
    let mut problems = Vec::new();
    for path in files(&root(), ".md") {
        let content = text(&path);
        for target in content.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.contains(' ') {
                continue;
            }
            let from = path.parent().unwrap_or(Path::new("."));
            if !from.join(file).exists() {
                problems.push(format!("{} links to `{target}`, which does not exist", shown(&path)));
            }
        }
    }
    report(&problems);
}

#[test]
fn the_table_of_codes_in_the_docs_is_the_one_in_the_code() {
    let mut expected = String::from("| code | status | class | meaning |\n| --- | --: | --- | --- |\n");
    for code in gesso_core::Code::ALL {
        let class = match code.class() {
            gesso_core::code::Class::Caller => "caller",
            gesso_core::code::Class::NotNow => "not now",
            gesso_core::code::Class::Ours => "ours",
        };
        let (text, status, sentence) = (code.text(), code.status(), code.sentence());
        writeln!(expected, "| `{text}` | {status} | {class} | {sentence} |")
            .expect("a string takes everything");
    }
    let path = root().join("docs/error-codes.md");
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if !found.contains(&expected) {
        let head = "# Error codes\n\nMade from the table in the code; `GESSO_WRITE_DOCS=1 cargo test -p gesso --test tidy` writes it anew.\n\n";
        if std::env::var_os("GESSO_WRITE_DOCS").is_some() {
            std::fs::write(&path, format!("{head}{expected}")).expect("a writable docs directory");
        } else {
            panic!("docs/error-codes.md is stale: run `GESSO_WRITE_DOCS=1 cargo test -p gesso --test tidy`");
        }
    }
}
