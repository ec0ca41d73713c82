//! Indices over HTTP: how long they take to build, what they answer in, and vertex reads beside a build.

use super::{BenchError, Cell, GRAPH, Plan, Report, Samples, context, read};
use crate::client::Client;
use crate::commands::CommandError;
use crate::local::LocalServer;
use crate::{offline, sample};
use gesso_core::rng::Rng;
use gesso_core::{Cardinality, DataType};
use gesso_graph::{
    BulkLoad, GraphError, LabelDef, LabelKind, PropertyDef, RepeatedEdges, Schema, VertexChunk,
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

/// Vertices that are handed over at once.
const CHUNK: u64 = 1 << 16;
/// Different words of the titles.
const WORDS: u64 = 50_000;
/// Words of a title.
const TITLE_WORDS: usize = 6;
/// Values of the number.
const NUMBERS: u64 = 1_000_000;

/// Measures on 2^scale vertices with a number and a title: builds, queries, and `count` reads on each of
/// `connections` connections, alone and beside builds.
pub fn measure(plan: &Plan, connections: usize, count: usize, runs: u32) -> Result<Report, CommandError> {
    let mut report = Report::new("index", &["what", "times", "median ms", "p99 ms", "max ms"]);
    let dir = plan.dir()?;
    let server = plan.server(&dir)?;
    load(plan, &server)?;
    report.fact("connections", Cell::Count(connections as u64));
    let client = || Client::new(server.url(), None, sample::PROJECT, GRAPH);
    for (name, index) in [("build, equality", EQUALITY), ("build, full text", FULL_TEXT)] {
        let mut times = Samples::default();
        for _ in 0..runs.max(1) {
            drop_index(&client(), index)?;
            times.push(build(&client(), index)?);
        }
        push(&mut report, name, &times);
    }
    for (name, body) in queries() {
        let mut times = Samples::default();
        // The first one brings what it needs into the caches.
        for i in 0..=runs.max(1) * 10 {
            let started = Instant::now();
            complete(&client(), "query", "vertices/action?action_id=query", &body)?;
            if i > 0 {
                times.push(started.elapsed().as_secs_f64() * 1e3);
            }
        }
        push(&mut report, name, &times);
    }
    let mut medians = Vec::new();
    for (name, index) in
        [("read", None), ("read beside equality", Some(EQUALITY)), ("read beside full text", Some(FULL_TEXT))]
    {
        let times = beside(&client, index, || read::many(plan, connections, count, &client))?;
        medians.push(times.median());
        push(&mut report, name, &times);
    }
    if let [alone, equality, full_text] = medians[..] {
        report.fact("median beside equality / alone", Cell::Real(equality / alone.max(1e-9)));
        report.fact("median beside full text / alone", Cell::Real(full_text / alone.max(1e-9)));
    }
    server.stop()?;
    Ok(report)
}

/// Name, kind and property of an index.
type Index = [&'static str; 3];

const EQUALITY: Index = ["n", "GlobalCompositeVertexIndex", "n"];
const FULL_TEXT: Index = ["title", "FullTextIndex", "title"];

fn queries() -> [(&'static str, Value); 6] {
    let filter = |property: &str, predicate: &str, values: Value| {
        let filter = json!({"propertyName": property, "predicate": predicate, "values": values});
        json!({"vertexFilters": [filter], "limit": 10})
    };
    let best = json!({"vertexFilters": [{"propertyName": "n", "predicate": "has"}], "limit": 10,
        "sorts": [{"key": "property", "propertyName": "n", "orderValue": "decr"}]});
    [
        ("= by index", filter("n", "=", json!([500_005]))),
        ("range by scan", filter("x", "range", json!([500_000, 500_010]))),
        ("top 10", best),
        ("match, a rare and a common word", filter("title", "full_text_match", json!(["w7 w40001"]))),
        ("match, the two most common words", filter("title", "full_text_match", json!(["w0 w1"]))),
        ("fuzzy", filter("title", "full_text_fuzzy", json!(["w40001"]))),
    ]
}

fn push(report: &mut Report, name: &str, times: &Samples) {
    report.push([
        Cell::name(name),
        Cell::Count(times.count() as u64),
        Cell::Real(times.median()),
        Cell::Real(times.p99()),
        Cell::Real(times.max()),
    ]);
}

/// Runs a job to its end, which must be a good one.
fn complete(client: &Client, name: &str, path: &str, body: &Value) -> Result<(), BenchError> {
    let job = client.submit(path, body)?;
    let status = client.wait(&job, |_| ())?;
    if status.is_complete() {
        return Ok(());
    }
    let (state, message) = (status.state().to_owned(), status.error().to_owned());
    Err(BenchError::Job { name: name.to_owned(), state, message })
}

/// Milliseconds from the request to the end of the job.
fn build(client: &Client, [name, kind, property]: Index) -> Result<f64, BenchError> {
    let body = json!({"indexName": name, "indexType": kind, "indexProperty": [property]});
    let started = Instant::now();
    complete(client, "create index", "indices", &body)?;
    Ok(started.elapsed().as_secs_f64() * 1e3)
}

fn drop_index(client: &Client, [name, ..]: Index) -> Result<(), BenchError> {
    let listed = client.get("indices")?;
    let is_there =
        listed["data"]["indices"].as_array().is_some_and(|i| i.iter().any(|i| i["indexName"] == name));
    if is_there {
        client.delete(&format!("indices/{name}"))?;
    }
    Ok(())
}

/// Measures while an index is built again and again; without one, while nothing else happens.
fn beside<C: Fn() -> Client + Sync>(
    client: &C,
    index: Option<Index>,
    measure: impl FnOnce() -> Result<Samples, BenchError>,
) -> Result<Samples, BenchError> {
    let Some(index) = index else { return measure() };
    let is_measured = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let builds = scope.spawn(|| {
            let client = client();
            // Relaxed: the flag alone is shared.
            while !is_measured.load(Relaxed) {
                drop_index(&client, index)?;
                build(&client, index)?;
            }
            Ok::<_, BenchError>(())
        });
        let times = measure();
        is_measured.store(true, Relaxed);
        builds.join().map_err(|_| BenchError::Panicked)??;
        times
    })
}

fn load(plan: &Plan, server: &LocalServer) -> Result<(), CommandError> {
    let graph = offline::find_or_create(&server.app().catalogue, sample::PROJECT, GRAPH)?;
    let property = |name: &str, data_type| PropertyDef {
        name: name.into(),
        data_type,
        cardinality: Cardinality::Single,
    };
    let properties = vec![
        property("n", DataType::Int),
        property("x", DataType::Double),
        property("title", DataType::String),
    ];
    let label = LabelDef { name: "film".into(), kind: LabelKind::Vertex, properties };
    let extend = |schema: &Schema| {
        let extended = schema.with_label(&label);
        // The schema of a new graph has room for a label.
        Ok::<_, GraphError>(extended.unwrap_or_else(|_| schema.clone()))
    };
    graph.load(&context(plan.threads), RepeatedEdges::default(), extend, |bulk| add(plan, bulk))?;
    Ok(())
}

fn add(plan: &Plan, bulk: &mut BulkLoad<'_>) -> Result<(), GraphError> {
    let Some(label) = bulk.schema().get("film").map(|label| label.id) else { return Ok(()) };
    let mut rng = Rng::new(plan.kronecker.seed, 0);
    let total = plan.kronecker.vertices();
    for first in (0..total).step_by(CHUNK as usize) {
        let mut chunk = VertexChunk::default();
        for v in first..total.min(first + CHUNK) {
            chunk.ids.push(&v.to_string());
            chunk.labels.push(label);
            let number = rng.below(NUMBERS).to_string();
            let texts = [number.clone(), number, title(&mut rng)];
            let table = chunk.tables.of(label, bulk.schema());
            for (column, text) in table.columns.iter_mut().zip(&texts) {
                // Numbers and short texts are values of their types.
                _ = column.push_text(text, false);
            }
            table.rows += 1;
        }
        bulk.add_vertices(chunk)?;
    }
    Ok(())
}

/// Words by a power law: word k comes about 1/k as often as the first one.
fn title(rng: &mut Rng) -> String {
    let word = |rng: &mut Rng| {
        let share = rng.below(1 << 30) as f64 / f64::from(1 << 30);
        format!("w{}", (WORDS as f64).powf(share) as u64 - 1)
    };
    (0..TITLE_WORDS).map(|_| word(rng)).collect::<Vec<_>>().join(" ")
}
