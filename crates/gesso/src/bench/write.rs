//! Durable inserts of single edges over HTTP, beside what one fdatasync costs on the same disk.

use super::{BenchError, Cell, GRAPH, Plan, Report, Samples};
use crate::client::Client;
use crate::commands::CommandError;
use crate::sample;
use gesso_core::rng::Rng;
use serde_json::json;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

/// Clients at once.
const CLIENTS: [usize; 3] = [1, 16, 64];
/// Bytes that are written before each fdatasync: about a log record of one edge.
const RECORD: [u8; 64] = [7; 64];

/// Measures `count` inserts of each client.
pub fn measure(plan: &Plan, count: usize) -> Result<Report, CommandError> {
    let columns = [
        "clients",
        "fdatasync ms",
        "inserts/s",
        "median ms",
        "p99 ms",
        "median / fdatasync",
        "per fdatasync time",
    ];
    let mut report = Report::new("write", &columns);
    let dir = plan.dir()?;
    let server = plan.server(&dir)?;
    plan.load(&server)?;
    let client = || Client::new(server.url(), None, sample::PROJECT, GRAPH);
    let before = edges(&client())?;
    for clients in CLIENTS {
        // Measured each time: what a disk can do changes while others use it.
        let sync = fdatasync(dir.path(), count)?;
        let started = Instant::now();
        let times = super::at_once(clients, |number| insert(plan, &client(), clients + number, count))?;
        let rate = times.count() as f64 / started.elapsed().as_secs_f64();
        report.push([
            Cell::Count(clients as u64),
            Cell::Real(sync.median()),
            Cell::Real(rate),
            Cell::Real(times.median()),
            Cell::Real(times.p99()),
            Cell::Real(times.median() / sync.median().max(1e-9)),
            Cell::Real(rate * sync.median() / 1e3),
        ]);
    }
    let (expected, found) = (CLIENTS.iter().sum::<usize>() * count, edges(&client())? - before);
    if found != expected as u64 {
        report.problems.push(format!("{expected} edges were acknowledged, {found} are there"));
    }
    server.stop()?;
    Ok(report)
}

fn edges(client: &Client) -> Result<u64, CommandError> {
    Ok(client.get("summary")?["data"]["edgeNum"].as_u64().unwrap_or(0))
}

fn insert(plan: &Plan, client: &Client, stream: usize, count: usize) -> Result<Samples, BenchError> {
    let (mut times, mut rng) = (Samples::default(), Rng::new(plan.kronecker.seed, stream as u64));
    client.get("version")?;
    for _ in 0..count {
        let mut vertex = || rng.below(plan.kronecker.vertices()).to_string();
        let body = json!({"source": vertex(), "target": vertex()});
        let started = Instant::now();
        client.post("edges", &body)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}

fn fdatasync(dir: &Path, count: usize) -> std::io::Result<Samples> {
    let mut file = File::create(dir.join("fdatasync"))?;
    let mut times = Samples::default();
    for _ in 0..count {
        let started = Instant::now();
        file.write_all(&RECORD)?;
        rustix::fs::fdatasync(&file)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}
