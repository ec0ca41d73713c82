//! Paths and neighbourhoods over HTTP, from random vertices of the Kronecker graph, edges walked both ways.

use super::{BenchError, Cell, GRAPH, Plan, Report, Samples};
use crate::client::Client;
use crate::commands::CommandError;
use crate::sample;
use gesso_core::rng::Rng;
use serde_json::{Value, json};
use std::time::Instant;

/// Hops of the neighbourhood that is counted.
const HOPS: u32 = 3;

/// Measures so many shortest paths and so many counts of neighbourhoods.
pub fn measure(plan: &Plan, count: usize) -> Result<Report, CommandError> {
    let columns = ["what", "samples", "median ms", "p99 ms", "max ms", "in the job, median ms"];
    let mut report = Report::new("path", &columns);
    let dir = plan.dir()?;
    let server = plan.server(&dir)?;
    plan.load(&server)?;
    let client = Client::new(server.url(), None, sample::PROJECT, GRAPH);
    let mut rng = Rng::new(plan.kronecker.seed, 0);
    let mut vertex = || rng.below(plan.kronecker.vertices());
    // The projections are built by the first searches and kept for the next.
    for _ in 0..2 {
        path(&client, vertex(), vertex())?;
        neighbours(&client, vertex())?;
    }
    let mut times = Times::default();
    while times.whole.count() < count {
        let (source, target) = (vertex(), vertex());
        if source != target {
            times.add(path(&client, source, target)?, |outputs| {
                outputs["path"].as_array().is_some_and(|p| !p.is_empty())
            });
        }
    }
    times.report("shortest path of two connected vertices", &mut report);
    let mut times = Times::default();
    while times.whole.count() < count {
        // Vertices without an edge are no neighbourhood to speak of.
        times.add(neighbours(&client, vertex())?, |o| o["k_hop_neighbors"].as_u64() > Some(0));
    }
    times.report("number of vertices within 3 hops", &mut report);
    server.stop()?;
    Ok(report)
}

/// What requests took, from their sending to their answer, and what of it the algorithms took.
#[derive(Default)]
struct Times {
    whole: Samples,
    inside: Samples,
}

impl Times {
    /// Adds an answer that counts.
    fn add(&mut self, (ms, outputs): (f64, Value), counts: impl Fn(&Value) -> bool) {
        if counts(&outputs) {
            self.whole.push(ms);
            self.inside.push(outputs["runtime"].as_f64().unwrap_or(f64::NAN) * 1e3);
        }
    }

    fn report(&self, name: &str, report: &mut Report) {
        report.push([
            Cell::name(name),
            Cell::Count(self.whole.count() as u64),
            Cell::Real(self.whole.median()),
            Cell::Real(self.whole.p99()),
            Cell::Real(self.whole.max()),
            Cell::Real(self.inside.median()),
        ]);
    }
}

fn path(client: &Client, source: u64, target: u64) -> Result<(f64, Value), BenchError> {
    let (source, target) = (source.to_string(), target.to_string());
    answered(client, "shortest_path", &json!({"source": source, "target": target, "directed": false}))
}

fn neighbours(client: &Client, source: u64) -> Result<(f64, Value), BenchError> {
    let parameters = json!({"source": source.to_string(), "k": HOPS, "mode": "ALL", "statistics": true});
    answered(client, "k_hop", &parameters)
}

/// Milliseconds and outputs of an algorithm that is waited for.
fn answered(client: &Client, name: &str, parameters: &Value) -> Result<(f64, Value), BenchError> {
    let body = json!({"algorithmName": name, "executionMode": "sync", "parameters": parameters});
    let started = Instant::now();
    let mut answer = client.post("action?action_id=execute-algorithm", &body)?;
    Ok((started.elapsed().as_secs_f64() * 1e3, answer["data"]["outputs"].take()))
}
