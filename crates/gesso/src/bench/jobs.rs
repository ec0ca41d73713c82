//! The job engine under load, over HTTP: pages of large and small results, cancels while every thread is busy,
//! status among many ended jobs, and the start of a server that has them.

use super::{BenchError, Cell, GRAPH, Plan, Report, Samples};
use crate::client::Client;
use crate::commands::CommandError;
use crate::local::LocalServer;
use crate::sample;
use gesso_core::rng::Rng;
use gesso_core::{Cells, JobContext, Outcome, Rows, Scalar};
use gesso_jobs::{Failure, GraphKey, Kind, Request, Submission, Work};
use serde_json::json;
use std::time::Instant;

/// Rows of the large and of the small result.
const RESULTS: [(&str, usize); 2] =
    [("page of 1,000 of 1,000,000 rows", 1_000_000), ("page of 1,000 of 10,000 rows", 10_000)];
/// Rows of a page.
const PAGE: usize = 1000;
/// Clients that submit at once, so that they share fsyncs.
const SUBMITTERS: usize = 64;
/// Samples of each small thing.
const SAMPLES: usize = 500;

/// Measures with so many ended jobs.
pub fn measure(plan: &Plan, ended: usize) -> Result<Report, CommandError> {
    let mut report = Report::new("jobs", &["what", "samples", "median ms", "p99 ms", "max ms"]);
    let dir = plan.dir()?;
    let server = plan.server(&dir)?;
    plan.load(&server)?;
    let client = Client::new(server.url(), None, sample::PROJECT, GRAPH);
    let mut pages = Vec::new();
    for (name, rows) in RESULTS {
        let times = pages_of(plan, &server, &client, rows)?;
        pages.push(times.median());
        push(&mut report, name, &times);
    }
    if let [large, small] = pages[..] {
        report.fact("page of the large result / of the small one", Cell::Real(large / small.max(1e-9)));
    }
    push(&mut report, "cancel, every thread busy", &cancels_beside(&client)?);
    let started = Instant::now();
    let ids = many(&server, ended)?;
    report.fact("ended jobs", Cell::Count(ended as u64));
    report.fact("submitted and ended, jobs/s", Cell::Real(ended as f64 / started.elapsed().as_secs_f64()));
    push(&mut report, "status among the ended jobs", &statuses(plan, &client, &ids)?);
    push(&mut report, "list of 100 of them", &lists(&client)?);
    let data_dir = dir.path().to_owned();
    server.stop()?;
    let started = Instant::now();
    let server = plan.server_in(&data_dir)?;
    report.fact("start with the ended jobs ms", Cell::Real(started.elapsed().as_secs_f64() * 1e3));
    server.stop()?;
    Ok(report)
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

fn key(server: &LocalServer) -> Option<GraphKey> {
    let graph = server.app().catalogue.get(sample::PROJECT, GRAPH)?;
    let info = graph.info();
    Some(GraphKey { project: info.project.clone(), name: info.name.clone(), uid: info.uid.clone() })
}

/// Submits work of the algorithms' kind, and waits for its end.
fn done(server: &LocalServer, work: Work) -> Result<String, BenchError> {
    let graph = key(server).ok_or(BenchError::Submit("the graph has gone".to_owned()))?;
    let request = Request { command: "execute_algorithm".to_owned(), ..Request::default() };
    let submission = Submission::new(graph, Kind::Algorithm, request, work);
    let job = server.app().jobs.submit(submission).map_err(|e| BenchError::Submit(e.to_string()))?;
    job.wait_ended(std::time::Duration::from_mins(10));
    Ok(job.id().as_str().to_owned())
}

fn pages_of(
    plan: &Plan,
    server: &LocalServer,
    client: &Client,
    rows: usize,
) -> Result<Samples, CommandError> {
    let vertices = plan.kronecker.vertices();
    let work = move |_: &JobContext| -> Result<Outcome, Failure> {
        let ids: Vec<u32> = (0..rows).map(|row| (row as u64 % vertices) as u32).collect();
        let cells = Cells::Real((0..rows).map(|row| row as f64 / 7.0).collect::<Vec<f64>>().into());
        Ok(Outcome::of_list("rank", Rows::PerVertex { vertices: ids.into(), cells }))
    };
    let id = done(server, Box::new(work))?;
    let mut rng = Rng::new(plan.kronecker.seed, rows as u64);
    let mut times = Samples::default();
    for _ in 0..SAMPLES {
        let offset = rng.below((rows - PAGE) as u64);
        let started = Instant::now();
        client.get(&format!("jobs/{id}/status?offset={offset}&limit={PAGE}"))?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}

/// Cancels of waiting jobs while running ones use every thread: from the request to the answer.
fn cancels_beside(client: &Client) -> Result<Samples, CommandError> {
    let long = json!({"convergence": 1e-300, "max_iterations": 2000});
    let warm = client.run_algorithm("pagerank", &json!({"max_iterations": 1}))?;
    client.wait(&warm, |_| ())?;
    let running: Vec<String> = (0..crate::machine::cores())
        .map(|_| client.run_algorithm("pagerank", &long))
        .collect::<Result<_, _>>()?;
    let mut times = Samples::default();
    for _ in 0..SAMPLES {
        let waiting = client.run_algorithm("pagerank", &long)?;
        let started = Instant::now();
        client.delete(&format!("jobs/{waiting}"))?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    for job in running {
        client.cancel(&job)?;
    }
    Ok(times)
}

/// Brings so many jobs to their end.
fn many(server: &LocalServer, count: usize) -> Result<Vec<String>, BenchError> {
    let ids = std::sync::Mutex::new(Vec::with_capacity(count));
    super::at_once(SUBMITTERS, |number| {
        for _ in (number..count).step_by(SUBMITTERS) {
            let work = |_: &JobContext| -> Result<Outcome, Failure> {
                Ok(Outcome::default().with("runtime", Scalar::Real(0.0)))
            };
            let id = done(server, Box::new(work))?;
            ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(id);
        }
        Ok(Samples::default())
    })?;
    Ok(ids.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn statuses(plan: &Plan, client: &Client, ids: &[String]) -> Result<Samples, CommandError> {
    let mut rng = Rng::new(plan.kronecker.seed, 3);
    let mut times = Samples::default();
    for _ in 0..SAMPLES.min(ids.len()) {
        let Some(id) = ids.get(rng.below(ids.len() as u64) as usize) else { break };
        let started = Instant::now();
        client.status(id, 0.0)?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}

fn lists(client: &Client) -> Result<Samples, CommandError> {
    let mut times = Samples::default();
    for page in 0..SAMPLES {
        let started = Instant::now();
        client.get(&format!("jobs/status?offset={}&limit=100", page * 100))?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(times)
}
