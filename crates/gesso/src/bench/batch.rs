//! Durable inserts in batches of 1,000 elements over HTTP: elements a second. Requests are written before the clock
//! starts, answers are read, parsed and counted by the clients while it runs.

use super::{BenchError, Cell, GRAPH, Plan, Report, Samples};
use crate::client::Client;
use crate::commands::CommandError;
use crate::{offline, sample};
use gesso_core::rng::Rng;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::time::Instant;

/// Clients at once.
const CLIENTS: [usize; 3] = [1, 2, 4];
/// Elements of a batch.
const BATCH: u64 = 1_000;

/// Measures `count` batches of vertices, then of edges, of each client. Vertices have a number and a text, edges
/// a number.
pub fn measure(plan: &Plan, count: usize) -> Result<Report, CommandError> {
    let columns = ["elements", "clients", "elements/s", "median ms", "p99 ms"];
    let mut report = Report::new("batch", &columns);
    let dir = plan.dir()?;
    let server = plan.server(&dir)?;
    offline::find_or_create(&server.app().catalogue, sample::PROJECT, GRAPH)
        .map_err(offline::OfflineError::from)?;
    let client = || Client::new(server.url(), None, sample::PROJECT, GRAPH);
    client().post("schema/labels/action?action_id=batch-add", &labels())?;
    let (mut expected, mut made) = ([0u64; 2], 0);
    for (at, name) in ["vertices", "edges"].into_iter().enumerate() {
        for clients in CLIENTS {
            let of_client = count as u64 * BATCH;
            let known = expected[0];
            let streams = made..made + clients as u64;
            let bodies: Vec<_> =
                streams.map(|stream| bodies(plan, name, (stream * of_client, known), count)).collect();
            let started = Instant::now();
            let times = super::at_once(clients, |number| add(&client(), name, &bodies[number]))?;
            made += clients as u64;
            let added = times.count() as u64 * BATCH;
            expected[at] += added;
            report.push([
                Cell::Text(name.to_owned()),
                Cell::Count(clients as u64),
                Cell::Real(added as f64 / started.elapsed().as_secs_f64()),
                Cell::Real(times.median()),
                Cell::Real(times.p99()),
            ]);
        }
    }
    let summary = client().get("summary")?["data"].take();
    let found = ["vertexNum", "edgeNum"].map(|name| summary[name].as_u64().unwrap_or(0));
    if found != expected {
        report.problems.push(format!("{expected:?} elements were acknowledged, {found:?} are there"));
    }
    server.stop()?;
    Ok(report)
}

/// What is looked at of an answer: it must be JSON, and edges must be listed.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    data: Made,
}

#[derive(Default, Deserialize)]
struct Made {
    #[serde(default)]
    edges: Vec<IgnoredAny>,
}

fn labels() -> Value {
    json!({"labels": [
        {"name": "person", "type": "vertex", "properties": [
            {"name": "age", "dataType": "int"}, {"name": "city", "dataType": "string"}]},
        {"name": "knows", "type": "edge", "properties": [{"name": "since", "dataType": "int"}]}]})
}

/// Batches of one client. `first` is the number of the first new vertex, `known` how many vertices there are for
/// edges.
fn bodies(plan: &Plan, name: &str, (first, known): (u64, u64), count: usize) -> Vec<String> {
    let mut rng = Rng::new(plan.kronecker.seed, first);
    let batch = |batch: u64| {
        let element = |i: u64| {
            if name == "vertices" {
                let id = format!("p{}", first + batch * BATCH + i);
                let properties = json!({"age": i % 90, "city": format!("city {}", i % 1000)});
                return json!({"vertex": id, "label": "person", "properties": properties});
            }
            let mut end = || format!("p{}", rng.below(known));
            json!({"source": end(), "target": end(), "label": "knows", "properties": {"since": i}})
        };
        json!({name: (0..BATCH).map(element).collect::<Vec<Value>>()}).to_string()
    };
    (0..count as u64).map(batch).collect()
}

fn add(client: &Client, name: &str, bodies: &[String]) -> Result<Samples, BenchError> {
    let mut times = Samples::default();
    let tail = format!("{name}/action?action_id=batch-add");
    for body in bodies {
        let started = Instant::now();
        let answer = client.post_text(&tail, body)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        let read: Option<Answer> = gesso_core::json::received(answer.as_bytes()).ok();
        let is_whole = |read: Answer| name == "vertices" || read.data.edges.len() as u64 == BATCH;
        if !read.is_some_and(is_whole) {
            return Err(BenchError::Answer(answer.chars().take(200).collect()));
        }
    }
    Ok(times)
}
