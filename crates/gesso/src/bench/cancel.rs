//! Cancels at random moments, through HTTP, of every kind of job.
//!
//! A moment is drawn evenly from the time that the job takes when it is left alone, or from its first seconds. Half of the
//! algorithm runs begin without a cached projection, so that building one is cancelled as well, the
//! other half with one. After each cancel the job's state, the memory of all jobs, and the graph are compared with what they must be.

use super::cancel_jobs::{self, IMPORTED, Kind, Leaves};
use super::{BenchError, Cell, Plan, Report, Samples};
use crate::client::{Client, ClientError};
use crate::commands::CommandError;
use crate::local::LocalServer;
use crate::{machine, offline, sample};
use gesso_core::VertexIx;
use gesso_core::rng::Rng;
use gesso_graph::Graph;
use gesso_graph::snapshot::End;
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

/// Attempts for each cancel that is wanted: some come when the job has ended already.
const ATTEMPTS: usize = 4;
/// Seconds of a run from which moments are drawn at most: some kinds would take hours when left alone.
const LONGEST_SECONDS: f64 = 3.0;
/// Vertices among which a well-connected one is looked for, as start of paths.
const HUB_CANDIDATES: u32 = 10_000;
/// The histogram of all cancels: names of its rows and their upper ends in milliseconds.
const HISTOGRAM: [(&str, f64); 8] = [
    ("up to 0.5 ms", 0.5),
    ("up to 1 ms", 1.0),
    ("up to 2 ms", 2.0),
    ("up to 5 ms", 5.0),
    ("up to 10 ms", 10.0),
    ("up to 20 ms", 20.0),
    ("up to 50 ms", 50.0),
    ("any", f64::INFINITY),
];

/// The parts of one measurement.
struct Bench<'a> {
    server: &'a LocalServer,
    client: Client,
    graph: Arc<Graph>,
    rng: Rng,
    /// Jobs started so far.
    started: u64,
}

/// How a run begins.
#[derive(Clone, Copy)]
enum Start {
    /// Without a projection in the cache.
    Cold,
    /// With the one that it needs.
    Warm,
}

/// What became of the attempts on one kind of job.
#[derive(Default)]
struct Seen {
    /// As the server says. Milliseconds.
    stopped: Samples,
    /// From the request to its answer, as the client sees it. Milliseconds.
    answered: Samples,
    /// Cancels that came after the end.
    late: usize,
    /// The phase that the job was in, just before the cancel, when it took longest to stop.
    slowest_phase: String,
    problems: Vec<String>,
}

/// Measures `count` cancels of every kind of job, or of those whose names contain one of `only`.
pub fn measure(plan: &Plan, count: usize, only: &[String]) -> Result<Report, CommandError> {
    let columns = [
        "job",
        "cancels",
        "too late",
        "whole run ms",
        "p50 ms",
        "p99 ms",
        "max ms",
        "client p50",
        "client p99",
        "client max",
        "slowest in phase",
    ];
    let mut report = Report::new("cancel", &columns);
    let dir = plan.dir()?;
    let server = plan.server(&dir)?;
    let graph = plan.load(&server)?;
    offline::find_or_create(&server.app().catalogue, sample::PROJECT, IMPORTED)?;
    cancel_jobs::write_import(plan, server.app().objects.root())?;
    let client = cancel_jobs::client(server.url());
    let hub = hub(&graph);
    let rng = Rng::new(plan.kronecker.seed, 99);
    cancel_jobs::import_people(&client, server.app().objects.root())?;
    let done = client.run_algorithm("pagerank", &json!({}))?;
    client.wait(&done, |_| ())?;
    let mut bench = Bench { server: &server, client, graph, rng, started: 0 };
    report.fact("resident before", Cell::Bytes(machine::resident_bytes()));
    let mut all = Samples::default();
    let is_wanted = |kind: &Kind| only.is_empty() || only.iter().any(|part| kind.name.contains(part));
    for kind in cancel_jobs::all(&hub, &done).into_iter().filter(is_wanted) {
        let cold = bench.whole_run(&kind, Start::Cold)?;
        let warm = bench.whole_run(&kind, Start::Warm)?;
        let seen = bench.cancels(&kind, [(Start::Cold, cold), (Start::Warm, warm)], count)?;
        all.extend(seen.stopped.clone());
        push(&mut report, &kind, cold, seen);
    }
    report.fact("cancels in all", Cell::Count(all.count() as u64));
    report.fact("p99 ms of all", Cell::Real(all.p99()));
    for (name, upto) in HISTOGRAM {
        report.fact(name, Cell::Count(all.count_upto(upto) as u64));
    }
    report.fact("resident after", Cell::Bytes(machine::resident_bytes()));
    server.stop()?;
    Ok(report)
}

/// The vertex with most outgoing edges among the first.
fn hub(graph: &Graph) -> String {
    let snapshot = graph.snapshot();
    let all = (0..snapshot.vertex_bound().min(HUB_CANDIDATES)).map(VertexIx);
    let hub = all.max_by_key(|v| snapshot.degree(*v, End::Source)).unwrap_or_default();
    snapshot.id(hub).to_owned()
}

fn push(report: &mut Report, kind: &Kind, whole: f64, seen: Seen) {
    report.problems.extend(seen.problems.iter().map(|problem| format!("{}: {problem}", kind.name)));
    report.push([
        Cell::name(&*kind.name),
        Cell::Count(seen.stopped.count() as u64),
        Cell::Count(seen.late as u64),
        Cell::Real(whole),
        Cell::Real(seen.stopped.median()),
        Cell::Real(seen.stopped.p99()),
        Cell::Real(seen.stopped.max()),
        Cell::Real(seen.answered.median()),
        Cell::Real(seen.answered.p99()),
        Cell::Real(seen.answered.max()),
        Cell::name(seen.slowest_phase),
    ]);
}

impl Bench<'_> {
    /// Makes the cache of projections what a run is to begin with.
    fn prepare(&self, kind: &Kind, start: Start) -> Result<(), CommandError> {
        match (start, &kind.projection) {
            (Start::Warm, Some(spec)) => {
                let ctx = super::context(machine::cores());
                self.graph.projection(&ctx, &self.graph.snapshot(), spec)?;
            }
            _ => self.graph.projections().clear(),
        }
        Ok(())
    }

    /// How long the job takes when it is left alone, or as much of that as is looked at. Milliseconds.
    fn whole_run(&mut self, kind: &Kind, start: Start) -> Result<f64, CommandError> {
        self.prepare(kind, start)?;
        let started = Instant::now();
        let job = self.start(kind)?;
        let client = self.client.with_graph(kind.graph);
        let status = client.status(&job, LONGEST_SECONDS)?;
        let whole = started.elapsed().as_secs_f64() * 1e3;
        if !status.is_end() && client.cancel(&job).is_ok() {
            return Ok(LONGEST_SECONDS * 1e3);
        }
        let status = client.wait(&job, |_| ())?;
        if !status.is_complete() {
            let (name, state) = (kind.name.clone(), status.state().to_owned());
            return Err(BenchError::Job { name, state, message: status.error().to_owned() }.into());
        }
        self.renew(kind)?;
        Ok(whole)
    }

    fn start(&mut self, kind: &Kind) -> Result<String, ClientError> {
        self.started += 1;
        kind.start(&self.client, self.started)
    }

    /// Makes everything as it was before a run that has completed.
    fn renew(&self, kind: &Kind) -> Result<(), CommandError> {
        match kind.leaves {
            Leaves::Nothing => {}
            Leaves::Elements => {
                let catalogue = &self.server.app().catalogue;
                if let Some(graph) = catalogue.get(sample::PROJECT, kind.graph) {
                    catalogue.remove(&graph)?;
                }
                offline::find_or_create(catalogue, sample::PROJECT, kind.graph)?;
            }
            Leaves::Index(name) => {
                let client = self.client.with_graph(kind.graph);
                let answer = client.delete(&format!("indices/{name}"))?;
                if let Some(job) = answer["jobId"].as_str() {
                    client.wait(job, |_| ())?;
                }
            }
        }
        Ok(())
    }

    fn cancels(
        &mut self,
        kind: &Kind,
        wholes: [(Start, f64); 2],
        count: usize,
    ) -> Result<Seen, CommandError> {
        let mut seen = Seen::default();
        for (start, whole) in wholes.into_iter().cycle().take(count * ATTEMPTS) {
            if seen.stopped.count() == count {
                break;
            }
            self.prepare(kind, start)?;
            self.cancel_once(kind, whole, &mut seen)?;
        }
        if seen.stopped.count() == 0 {
            seen.problems.push("no cancel came before the end".to_owned());
        }
        Ok(seen)
    }

    fn cancel_once(&mut self, kind: &Kind, whole: f64, seen: &mut Seen) -> Result<(), CommandError> {
        let client = self.client.with_graph(kind.graph);
        let budget = self.server.app().jobs.budget().clone();
        let held = budget.used();
        let job = self.start(kind)?;
        // The server lets this request wait: the moment is a timer's, not a sleeping client's.
        let before = client.status(&job, self.rng.unit() * whole / 1e3)?;
        let sent = Instant::now();
        let expected = match client.cancel(&job) {
            Ok(stopped) => {
                seen.answered.push(sent.elapsed().as_secs_f64() * 1e3);
                if stopped.after_ms > seen.stopped.max() {
                    before.phase().clone_into(&mut seen.slowest_phase);
                }
                seen.stopped.push(stopped.after_ms);
                "cancelled"
            }
            Err(ClientError::Refused { .. }) => {
                seen.late += 1;
                client.wait(&job, |_| ())?;
                "complete"
            }
            Err(e) => return Err(e.into()),
        };
        // Read before anything else is asked: what a job held is back when its cancel is answered.
        let after = budget.used();
        let status = client.status(&job, 0.0)?;
        if status.state() != expected {
            seen.problems.push(format!("job {job} is {}, expected {expected}", status.state()));
        }
        if expected == "cancelled" && after > held {
            seen.problems.push(format!("job {job}: {} bytes are still held", after - held));
        }
        self.check_graph(kind, expected, seen)
    }

    /// A cancelled job leaves nothing; one that came through makes room for the next.
    fn check_graph(&self, kind: &Kind, ended: &str, seen: &mut Seen) -> Result<(), CommandError> {
        if ended == "complete" {
            return self.renew(kind);
        }
        let client = self.client.with_graph(kind.graph);
        let (found, expected) = match kind.leaves {
            Leaves::Nothing => return Ok(()),
            Leaves::Elements => {
                (client.get("summary")?["data"].take(), json!({"vertexNum": 0, "edgeNum": 0}))
            }
            Leaves::Index(_) => (client.get("indices")?["data"]["indices"].take(), json!([])),
        };
        if found != expected {
            seen.problems.push(format!("a cancelled job left {found}"));
        }
        Ok(())
    }
}
