//! Vertex reads over HTTP: on an idle server, and beside an algorithm that uses every core.

use super::{BenchError, Cell, GRAPH, Plan, Report, Samples};
use crate::client::Client;
use crate::commands::CommandError;
use crate::sample;
use gesso_core::rng::Rng;
use serde_json::json;
use std::time::Instant;

/// Measures `count` reads on each of `connections` connections.
pub fn measure(plan: &Plan, connections: usize, count: usize) -> Result<Report, CommandError> {
    let mut report = Report::new("read", &["server", "reads", "reads/s", "median ms", "p99 ms", "max ms"]);
    let dir = plan.dir()?;
    let server = plan.server(&dir)?;
    plan.load(&server)?;
    report.fact("connections", Cell::Count(connections as u64));
    let client = || Client::new(server.url(), None, sample::PROJECT, GRAPH);
    let mut both = Vec::new();
    for is_busy in [false, true] {
        let job = is_busy.then(|| keep_busy(&client())).transpose()?;
        let started = Instant::now();
        let times = many(plan, connections, count, &client)?;
        let seconds = started.elapsed().as_secs_f64();
        if let Some(job) = job {
            // The reads were measured beside it only if it still runs.
            if client().status(&job, 0.0)?.is_end() {
                report.problems.push("the algorithm ended before the reads did".to_owned());
            } else {
                client().cancel(&job)?;
            }
        }
        both.push(times.median());
        report.push([
            Cell::name(if is_busy { "every core busy" } else { "idle" }),
            Cell::Count(times.count() as u64),
            Cell::Real(times.count() as f64 / seconds),
            Cell::Real(times.median()),
            Cell::Real(times.p99()),
            Cell::Real(times.max()),
        ]);
    }
    if let [idle, busy] = both[..] {
        report.fact("median busy / idle", Cell::Real(busy / idle.max(1e-9)));
    }
    server.stop()?;
    Ok(report)
}

/// Starts an algorithm that goes on for longer than the reads take.
fn keep_busy(client: &Client) -> Result<String, CommandError> {
    // Built before the reads begin, so that they are not measured beside a projection.
    let warm = client.run_algorithm("pagerank", &json!({"max_iterations": 1}))?;
    client.wait(&warm, |_| ())?;
    Ok(client.run_algorithm("pagerank", &json!({"convergence": 1e-300, "max_iterations": 2000}))?)
}

/// The times of `count` reads on each of `connections` connections. Milliseconds.
pub(super) fn many(
    plan: &Plan,
    connections: usize,
    count: usize,
    client: &(impl Fn() -> Client + Sync),
) -> Result<Samples, BenchError> {
    let vertices = plan.kronecker.vertices();
    let read = |number: usize| -> Result<Samples, BenchError> {
        let (client, mut times) = (client(), Samples::default());
        let mut rng = Rng::new(plan.kronecker.seed, number as u64);
        // The first request opens the connection.
        client.get("vertices/detail?vertexIds=0")?;
        for _ in 0..count {
            let id = rng.below(vertices);
            let started = Instant::now();
            client.get(&format!("vertices/detail?vertexIds={id}"))?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        Ok(times)
    };
    super::at_once(connections, read)
}
