//! Rows a second from delimited text to chunks. The peer in the same run is a bare scan that only cuts
//! lines at line feeds and commas: what any parser of these bytes has to do.

use divan::Bencher;
use divan::counter::ItemsCount;
use gesso_core::{Cardinality, DataType, JobContext, VertexIx};
use gesso_graph::{LabelDef, LabelKind, PropertyDef, Schema};
use gesso_io::{CsvOptions, ImportLog, SinkOf, read_edges, read_vertices};
use gesso_store::objects::InputFile;
use std::fmt::Write as _;

const ROWS: usize = 2_000_000;

fn main() {
    divan::main();
}

struct Input {
    schema: Schema,
    files: Vec<InputFile>,
    _dir: tempfile::TempDir,
}

fn input(line: impl Fn(usize, &mut String)) -> Input {
    let mut text = String::new();
    for i in 0..ROWS {
        line(i, &mut text);
    }
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("rows.csv");
    std::fs::write(&path, text).expect("room for the input");
    Input { schema: schema(), files: vec![InputFile::local(path)], _dir: dir }
}

fn schema() -> Schema {
    let property = |name: &str, data_type| PropertyDef {
        name: name.into(),
        data_type,
        cardinality: Cardinality::Single,
    };
    let likes = vec![property("at", DataType::Long)];
    let person = vec![property("name", DataType::String), property("age", DataType::Int)];
    Schema::default()
        .with_label(&LabelDef { name: "likes".into(), kind: LabelKind::Edge, properties: likes })
        .and_then(|s| {
            s.with_label(&LabelDef { name: "person".into(), kind: LabelKind::Vertex, properties: person })
        })
        .expect("a valid schema")
}

fn edge_line(i: usize, out: &mut String) {
    let (source, target) = (i * 7919 % 700_000, i * 104_729 % 700_000);
    _ = writeln!(out, "{source},{target},likes,{}", 1_262_304_000_000u64 + i as u64);
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn edges(bencher: Bencher<'_, '_>, threads: usize) {
    let input = input(edge_line);
    let ctx = JobContext::detached(threads, 1 << 30);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut log = ImportLog::new(None);
        let find = |id: &str| id.parse().ok().map(VertexIx);
        let mut sink = SinkOf { find, add: |_| Ok(()) };
        read_edges(&ctx, &input.schema, &input.files, &CsvOptions::default(), &mut log, &mut sink)
            .expect("a readable file")
    });
}

fn read_all_vertices(bencher: Bencher<'_, '_>, threads: usize, line: impl Fn(usize, &mut String)) {
    let input = input(line);
    let ctx = JobContext::detached(threads, 1 << 30);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut log = ImportLog::new(None);
        let mut sink = SinkOf { find: |_: &str| None, add: |_| Ok(()) };
        read_vertices(&ctx, &input.schema, &input.files, &CsvOptions::default(), &mut log, &mut sink)
            .expect("a readable file")
    });
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn vertices(bencher: Bencher<'_, '_>, threads: usize) {
    read_all_vertices(bencher, threads, |i, out| _ = writeln!(out, "{i},person,Name {i},{}", i % 90));
}

#[divan::bench(args = [1, 2], sample_count = 5, sample_size = 1)]
fn quoted_vertices(bencher: Bencher<'_, '_>, threads: usize) {
    let line =
        |i, out: &mut String| _ = writeln!(out, "\"{i}\",\"person\",\"Name, \"\"{i}\"\"\",\"{}\"", i % 90);
    read_all_vertices(bencher, threads, line);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn bare_scan(bencher: Bencher<'_, '_>) {
    let input = input(edge_line);
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let text = std::fs::read_to_string(input.files[0].shown()).expect("a readable file");
        text.lines().map(|line| line.split(',').map(str::len).sum::<usize>()).sum::<usize>()
    });
}
