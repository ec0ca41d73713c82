//! A flipped bit or a cut at any place of a small data directory: refused by a message that names the file,
//! or without any effect. `GESSO_ALL_FLIPS=1` tries every bit; the ordinary run leaves most out.

use gesso_core::rng::Rng;
use gesso_core::{Cardinality, DataType, JobContext, LabelId, PropId, Stop, Value, VertexIx};
use gesso_graph::schema_json::to_text;
use gesso_graph::*;
use gesso_store::Disk;
use gesso_store::disk::sim::SimFs;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DIR: &str = "/data/g";
/// Bits between two that are tried in the ordinary run: prime, so that every place in a byte has its turn.
const STRIDE: usize = 11;

fn disk(fs: &SimFs) -> Disk {
    Disk::of(Arc::new(fs.clone()))
}

fn schema() -> Schema {
    let property =
        |name: &str, data_type, cardinality| PropertyDef { name: name.into(), data_type, cardinality };
    let single = Cardinality::Single;
    let properties = vec![
        property("name", DataType::String, single),
        property("colour", DataType::String, single),
        property("age", DataType::Int, single),
        property("score", DataType::Double, single),
        property("tags", DataType::String, Cardinality::List),
        property("good", DataType::Bool, single),
    ];
    let label = |name: &str, properties: &[PropertyDef]| LabelDef {
        name: name.into(),
        kind: LabelKind::All,
        properties: properties.to_vec(),
    };
    let schema = Schema::default().with_label(&label("person", &properties)).unwrap();
    schema.with_label(&label("knows", &properties[1..3])).unwrap()
}

const PERSON: LabelId = LabelId(1);
const KNOWS: LabelId = LabelId(2);

fn row(i: u32) -> VertexProperties {
    let tags: Vec<Value> = (0..i % 3).map(|t| Value::Text(format!("tag {t}").into())).collect();
    let mut row = vec![
        (PERSON, PropId(0), Value::Text(format!("name of {i}").into())),
        (PERSON, PropId(1), Value::Text(["red", "green"][i as usize % 2].into())),
        (PERSON, PropId(3), Value::Double(f64::from(i) / 3.0)),
        (PERSON, PropId(5), Value::Bool(i.is_multiple_of(2))),
    ];
    if !tags.is_empty() {
        row.push((PERSON, PropId(4), Value::Many(tags.into())));
    }
    row
}

/// A graph with a base, deleted things in it, and a log after it.
pub fn make(disk: &Disk, dir: &Path) {
    let info = GraphInfo {
        uid: "u".into(),
        project: "p".into(),
        name: "g".into(),
        created_ms: 7,
        options: BTreeMap::new(),
    };
    let graph = Graph::create_on(disk, dir, info, 0).unwrap();
    graph.write(|tx| tx.set_schema(schema())).unwrap();
    let mut rng = Rng::new(5, 5);
    let add = |rng: &mut Rng, range: std::ops::Range<u32>| {
        for i in range {
            let label = if i % 4 == 3 { LabelId::DEFAULT } else { PERSON };
            let row = if label == PERSON { row(i) } else { Vec::new() };
            graph.write(|tx| tx.new_vertex(&format!("v{i}"), vec![label], row)).unwrap();
            let (s, t) = (VertexIx(rng.below(u64::from(i) + 1) as u32), VertexIx(i));
            let age = vec![(PropId(1), Value::Int(i as i32))];
            graph.write(|tx| tx.new_edge(s, t, KNOWS, age).map(drop)).unwrap();
        }
    };
    add(&mut rng, 0..24);
    let first = graph.snapshot().edges_at(VertexIx(3), End::Target)[0].name();
    graph.write(|tx| tx.delete_edge(first)).unwrap();
    graph.write(|tx| tx.delete_vertex(VertexIx(7))).unwrap();
    graph.compact(&JobContext::detached(1, 1 << 30)).unwrap();
    add(&mut rng, 24..30);
    graph.write(|tx| tx.delete_vertex(VertexIx(9))).unwrap();
}

/// All that a version holds, as text.
pub fn dump(s: &Snapshot) -> String {
    let mut out = format!("{} {} {}\n", to_text(s.schema()), s.vertex_count(), s.edge_count());
    for v in (0..s.vertex_bound()).map(VertexIx) {
        let (id, labels) = (s.id(v), s.labels_of(v));
        writeln!(out, "{id} {:?} {labels:?} {:?}", s.find(id), s.vertex_properties(v)).unwrap();
        for end in [End::Source, End::Target] {
            let _: Result<(), Stop> = s.visit_edges(v, end, |e| {
                writeln!(out, "  {:?} {:?}", e.name(), s.edge_properties(&e)).unwrap();
                Ok(())
            });
        }
    }
    out
}

/// Opens a damaged copy: the answer must be right, or an error that names the file.
fn check(fs: &SimFs, path: &Path, bytes: Vec<u8>, expected: &str, what: &str) -> bool {
    let copy = fs.fork();
    copy.damage(path, bytes).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    match Graph::open_on(&disk(&copy), Path::new(DIR), 0) {
        Ok(graph) => {
            assert!(dump(&graph.snapshot()) == expected, "a wrong answer: {name}, {what}");
            false
        }
        Err(e) => {
            let text = e.to_string();
            assert!(text.contains(name) || text.contains("log"), "{name}, {what}: {text}");
            let verified = Graph::verify_on(&disk(&copy), Path::new(DIR), &JobContext::detached(1, 1 << 30));
            assert!(verified.is_err(), "verify finds nothing: {name}, {what}: {text}");
            true
        }
    }
}

fn files(fs: &SimFs) -> Vec<(PathBuf, Vec<u8>)> {
    let files: Vec<_> = fs.dump().into_iter().filter(|(path, _)| path.starts_with(DIR)).collect();
    assert!(files.len() >= 6, "{:?}", files.iter().map(|f| &f.0).collect::<Vec<_>>());
    files
}

/// Bytes that are in use: a log is followed by zeroes.
fn used(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1)
}

#[test]
fn a_flipped_bit_anywhere_is_refused_or_harmless() {
    let fs = SimFs::new(1);
    make(&disk(&fs), Path::new(DIR));
    let expected = dump(&Graph::open_on(&disk(&fs.fork()), Path::new(DIR), 0).unwrap().snapshot());
    let stride = if std::env::var_os("GESSO_ALL_FLIPS").is_some() { 1 } else { STRIDE };
    let (mut refused, mut tried) = (0, 0);
    for (path, bytes) in files(&fs) {
        for bit in (0..(used(&bytes) + 16).min(bytes.len()) * 8).step_by(stride) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused += u32::from(check(&fs, &path, flipped, &expected, &format!("bit {bit}")));
            tried += 1;
        }
    }
    println!("{tried} flips, {refused} refused");
    assert!(refused * 10 > tried * 7, "only {refused} of {tried} flips were noticed");
}

#[test]
fn a_file_cut_anywhere_is_refused_or_harmless() {
    let fs = SimFs::new(1);
    make(&disk(&fs), Path::new(DIR));
    let expected = dump(&Graph::open_on(&disk(&fs.fork()), Path::new(DIR), 0).unwrap().snapshot());
    let stride = if std::env::var_os("GESSO_ALL_FLIPS").is_some() { 1 } else { STRIDE };
    for (path, bytes) in files(&fs) {
        let end = used(&bytes);
        if path.extension().is_some_and(|e| e == "wal") {
            // What is cut from the end of a log looks like a write that never was, except inside the header.
            for len in 0..32 {
                assert!(check(&fs, &path, bytes[..len].to_vec(), &expected, &format!("cut at {len}")));
            }
            continue;
        }
        for len in (0..end).step_by(stride) {
            assert!(check(&fs, &path, bytes[..len].to_vec(), &expected, &format!("cut at {len}")));
        }
    }
}

#[test]
fn a_file_that_is_gone_is_named() {
    let fs = SimFs::new(1);
    make(&disk(&fs), Path::new(DIR));
    for (path, _) in files(&fs) {
        let copy = fs.fork();
        disk(&copy).remove_file(&path).unwrap();
        let opened = Graph::open_on(&disk(&copy), Path::new(DIR), 0).map(drop);
        let text = opened.expect_err("a missing file").to_string();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(text.contains(name) || text.contains("log"), "{name}: {text}");
    }
}

/// A segment of another checkpoint is whole in itself, and still not the right one.
#[test]
fn a_segment_of_another_time_is_refused() {
    let fs = SimFs::new(1);
    make(&disk(&fs), Path::new(DIR));
    let old = fs.dump();
    let graph = Graph::open_on(&disk(&fs), Path::new(DIR), 0).unwrap();
    graph.write(|tx| tx.delete_vertex(VertexIx(1))).unwrap();
    graph.compact(&JobContext::detached(1, 1 << 30)).unwrap();
    drop(graph);
    let new = files(&fs).into_iter().map(|f| f.0).find(|p| p.ends_with("vertices.seg")).unwrap();
    let bytes = old.iter().find(|f| f.0.ends_with("vertices.seg")).unwrap().1.clone();
    fs.damage(&new, bytes).unwrap();
    let text = Graph::open_on(&disk(&fs), Path::new(DIR), 0).map(drop).unwrap_err().to_string();
    assert!(text.contains("not the file that the manifest names"), "{text}");
}
