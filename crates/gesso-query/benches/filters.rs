//! Filters over many vertices: `cargo bench -p gesso-query --bench filters`. `GESSO_BENCH_SCALE=n` takes 2^n
//! vertices (default 10 million). Full-text searches go over a tenth as many.

use divan::Bencher;
use divan::counter::ItemsCount;
use gesso_core::rng::Rng;
use gesso_core::{Cardinality, DataType, JobContext};
use gesso_graph::index::text::TextPredicate;
use gesso_graph::{
    BulkLoad, Graph, GraphError, GraphInfo, IndexSpec, LabelDef, LabelKind, PropertyDef, RepeatedEdges,
    VertexChunk,
};
use gesso_query::{
    Compiled, Filter, Join, OrderBy, Plan, Predicate, Query, SortKey, Target, TextFilter, find_vertices,
};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

fn main() {
    divan::main();
}

fn vertices() -> u32 {
    let scale = std::env::var("GESSO_BENCH_SCALE").ok().and_then(|s| s.parse::<u32>().ok());
    scale.map_or(10_000_000, |s| 1 << s)
}

static GRAPH: LazyLock<(tempfile::TempDir, Arc<Graph>)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let info = GraphInfo {
        uid: "u".into(),
        project: "p".into(),
        name: "g".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    let graph = Graph::create(&dir.path().join("g"), info, 0).expect("a graph");
    let property = |name: &str, data_type| PropertyDef {
        name: name.into(),
        data_type,
        cardinality: Cardinality::Single,
    };
    let properties =
        vec![property("n", DataType::Int), property("x", DataType::Double), property("t", DataType::String)];
    let label = LabelDef { name: "person".into(), kind: LabelKind::Vertex, properties };
    let ctx = JobContext::detached(2, 1 << 36);
    let extend =
        |schema: &gesso_graph::Schema| Ok::<_, GraphError>(schema.with_label(&label).expect("a new label"));
    graph.load(&ctx, RepeatedEdges::default(), extend, fill).expect("a loaded graph");
    (dir, Arc::new(graph))
});

/// An `int` of 0 to 999,999, a `double`, and a text of 1,000 different ones for each vertex.
fn fill(bulk: &mut BulkLoad<'_>) -> Result<(), GraphError> {
    let label = bulk.schema().get("person").expect("a label").id;
    let total = vertices();
    for start in (0..total).step_by(1 << 16) {
        let mut chunk = VertexChunk::default();
        for v in start..total.min(start + (1 << 16)) {
            chunk.ids.push(&v.to_string());
            chunk.labels.push(label);
            let mixed = v.wrapping_mul(2_654_435_761);
            let table = chunk.tables.of(label, bulk.schema());
            let texts = [
                (mixed % 1_000_000).to_string(),
                f64::from(mixed).to_string(),
                format!("city{}", mixed % 1000),
            ];
            for (column, text) in table.columns.iter_mut().zip(&texts) {
                column.push_text(text, false).expect("a value");
            }
            table.rows += 1;
        }
        bulk.add_vertices(chunk)?;
    }
    Ok(())
}

fn filter(property: &str, predicate: Predicate, operands: &[&str]) -> Filter {
    let operands = operands.iter().map(|o| (*o).to_owned()).collect();
    Filter { property: property.into(), predicate, operands, join: Join::And }
}

/// A million titles of six words, of which word k comes about 1/k as often as the first.
static TITLES: LazyLock<(tempfile::TempDir, Arc<Graph>)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let info = GraphInfo {
        uid: "t".into(),
        project: "p".into(),
        name: "t".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    let graph = Graph::create(&dir.path().join("t"), info, 0).expect("a graph");
    let title =
        PropertyDef { name: "title".into(), data_type: DataType::String, cardinality: Cardinality::Single };
    let label = LabelDef { name: "film".into(), kind: LabelKind::Vertex, properties: vec![title] };
    let extend =
        |schema: &gesso_graph::Schema| Ok::<_, GraphError>(schema.with_label(&label).expect("a new label"));
    let ctx = JobContext::detached(2, 1 << 36);
    graph.load(&ctx, RepeatedEdges::default(), extend, fill_titles).expect("a loaded graph");
    (dir, Arc::new(graph))
});

fn titles() -> u32 {
    vertices() / 10
}

fn fill_titles(bulk: &mut BulkLoad<'_>) -> Result<(), GraphError> {
    let label = bulk.schema().get("film").expect("a label").id;
    let mut rng = Rng::new(1, 0);
    let mut word = || {
        let share = rng.below(1 << 30) as f64 / f64::from(1 << 30);
        format!("w{}", 50_000f64.powf(share) as u64 - 1)
    };
    for start in (0..titles()).step_by(1 << 16) {
        let mut chunk = VertexChunk::default();
        for v in start..titles().min(start + (1 << 16)) {
            chunk.ids.push(&v.to_string());
            chunk.labels.push(label);
            let title = (0..6).map(|_| word()).collect::<Vec<_>>().join(" ");
            let table = chunk.tables.of(label, bulk.schema());
            table.columns[0].push_text(&title, false).expect("a value");
            table.rows += 1;
        }
        bulk.add_vertices(chunk)?;
    }
    Ok(())
}

fn build_words() {
    if let Ok(def) = TITLES.1.drop_index("words") {
        TITLES.1.free_index(&def);
    }
    let spec = IndexSpec {
        name: "words".into(),
        kind: "FullTextIndex".into(),
        properties: Some(vec!["title".into()]),
        ..IndexSpec::default()
    };
    let ctx = JobContext::detached(2, 1 << 34);
    TITLES.1.reserve_indices(vec![spec], 10).expect("a name").build(&ctx).expect("an index");
}

fn search(bencher: Bencher<'_, '_>, predicate: TextPredicate, operand: &str) {
    if TITLES.1.snapshot().schema().index("words").is_none() {
        build_words();
    }
    let snapshot = TITLES.1.snapshot();
    let text = TextFilter { predicate, operands: vec![("title".into(), operand.into())] };
    let query = Query { text: Some(text), limit: Some(10), ..Query::default() };
    let ctx = JobContext::detached(2, 1 << 34);
    bencher.bench_local(|| {
        let compiled = Compiled::of(snapshot.schema(), Target::Vertices, &query).expect("a query");
        let plan = Plan::of(&snapshot, &compiled);
        find_vertices(&ctx, &snapshot, &compiled, &plan).expect("an answer").len()
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn full_text_build_two_cores(bencher: Bencher<'_, '_>) {
    LazyLock::force(&TITLES);
    bencher.counter(ItemsCount::new(titles())).bench_local(build_words);
}

/// The ten most relevant titles with a rare word, with a rare and a common one, with the two most common ones.
#[divan::bench(args = ["w40001", "w7 w40001", "w0 w1"], sample_count = 20)]
fn full_text_match(bencher: Bencher<'_, '_>, words: &str) {
    search(bencher, TextPredicate::Match, words);
}

#[divan::bench(args = ["w4000", "w"], sample_count = 20)]
fn full_text_prefix(bencher: Bencher<'_, '_>, word: &str) {
    search(bencher, TextPredicate::Prefix, word);
}

#[divan::bench(args = ["w40001"], sample_count = 20)]
fn full_text_fuzzy(bencher: Bencher<'_, '_>, word: &str) {
    search(bencher, TextPredicate::Fuzzy, word);
}

fn run(bencher: Bencher<'_, '_>, threads: usize, query: &Query, access: &str) {
    let snapshot = GRAPH.1.snapshot();
    let compiled = Compiled::of(snapshot.schema(), Target::Vertices, query).expect("a query");
    assert_eq!(Plan::of(&snapshot, &compiled).name(), access);
    let ctx = JobContext::detached(threads, 1 << 34);
    bencher.counter(ItemsCount::new(vertices())).bench_local(|| {
        let plan = Plan::of(&snapshot, &compiled);
        find_vertices(&ctx, &snapshot, &compiled, &plan).expect("an answer").len()
    });
}

/// Few rows match, so that what is measured is the scan.
#[divan::bench(args = ["n", "x"], sample_count = 20)]
fn range_scan_one_core(bencher: Bencher<'_, '_>, property: &str) {
    let filters = vec![filter(property, Predicate::Range, &["500000", "500010"])];
    run(bencher, 1, &Query { filters, ..Query::default() }, "full scan");
}

#[divan::bench(sample_count = 20)]
fn text_scan_one_core(bencher: Bencher<'_, '_>) {
    let filters = vec![filter("t", Predicate::Range, &["city500", "city5001"])];
    run(bencher, 1, &Query { filters, ..Query::default() }, "full scan");
}

#[divan::bench(sample_count = 20)]
fn top_ten_two_cores(bencher: Bencher<'_, '_>) {
    let sorts = vec![OrderBy { key: SortKey::Property("n".into()), is_falling: true }];
    run(bencher, 2, &Query { sorts, limit: Some(10), ..Query::default() }, "full scan");
}

#[divan::bench(sample_count = 20)]
fn first_ten_of_a_filter(bencher: Bencher<'_, '_>) {
    let filters = vec![filter("n", Predicate::Less, &["1000"])];
    run(bencher, 2, &Query { filters, limit: Some(10), ..Query::default() }, "full scan");
}

/// Builds the index that `z_indexed_equality` uses.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn y_build_index_two_cores(bencher: Bencher<'_, '_>) {
    let spec = IndexSpec {
        name: "n".into(),
        kind: "GlobalCompositeVertexIndex".into(),
        properties: Some(vec!["n".into()]),
        ..IndexSpec::default()
    };
    bencher.counter(ItemsCount::new(vertices())).bench_local(|| {
        if let Ok(def) = GRAPH.1.drop_index("n") {
            GRAPH.1.free_index(&def);
        }
        let ctx = JobContext::detached(2, 1 << 34);
        GRAPH.1.reserve_indices(vec![spec.clone()], 10).expect("a name").build(&ctx).expect("an index");
    });
}

#[divan::bench]
fn z_indexed_equality(bencher: Bencher<'_, '_>) {
    let filters = vec![filter("n", Predicate::Equal, &["500005"])];
    run(bencher, 1, &Query { filters, ..Query::default() }, "index");
}
