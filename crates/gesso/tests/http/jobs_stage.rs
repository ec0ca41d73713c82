//! What tests of jobs need: graphs on which jobs take long, and jobs that a test begins and ends at will.

use crate::harness::{PROJECT, Reply, TestGraph, TestServer, check};
use gesso_algo::{Info, Kind as Accepts, Literal};
use gesso_core::{JobContext, LabelId, Outcome};
use gesso_graph::generate;
use gesso_graph::{EdgeChunk, GraphError, RepeatedEdges, VertexChunk};
use gesso_jobs::{Failure, GraphKey, Kind, Request, Submission, Work};
use gesso_server::Settings;
use serde_json::{Map, Value, json};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Longer than anything takes, even on a busy machine; only a failing test waits for it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The path of algorithms.
pub const EXECUTE: &str = "/action?action_id=execute-algorithm";

/// A server whose jobs run one after another.
pub fn one_worker() -> TestServer {
    TestServer::start_with(one_at_a_time)
}

/// Settings for [`one_worker`].
pub fn one_at_a_time(settings: &mut Settings) {
    settings.jobs.running = 1;
}

/// Vertices that [`kronecker`] adds.
pub const STAR: u32 = 3;

/// A graph with 2^`scale` vertices `0`, `1`, … and 16 edges a vertex, all of the default label, and a star with
/// two leaves beside them: rank swings between its centre and the leaves, so that a walk does not settle.
pub fn kronecker<'s>(server: &'s TestServer, name: &str, scale: u32) -> TestGraph<'s> {
    let graph = server.graph(name);
    let ctx = JobContext::detached(2, 1 << 32);
    let (sources, targets) = generate::kronecker(&ctx, scale, 16, 42).expect("edges");
    let loaded = server.inner(name).load(
        &ctx,
        RepeatedEdges::default(),
        |schema| Ok::<_, GraphError>(schema.clone()),
        |bulk| {
            let mut vertices = VertexChunk::default();
            let centre = 1u32 << scale;
            for v in 0..centre + STAR {
                vertices.ids.push(&v.to_string());
                vertices.labels.push(LabelId::DEFAULT);
            }
            vertices.tables.of(LabelId::DEFAULT, bulk.schema()).rows = (centre + STAR) as usize;
            bulk.add_vertices(vertices)?;
            let (mut sources, mut targets) = (sources.to_vec(), targets.to_vec());
            sources.extend([centre, centre, centre + 1, centre + 2]);
            targets.extend([centre + 1, centre + 2, centre, centre]);
            let labels = vec![LabelId::DEFAULT; sources.len()];
            let mut edges = EdgeChunk { sources, targets, labels, ..EdgeChunk::default() };
            edges.tables.of(LabelId::DEFAULT, bulk.schema()).rows = edges.sources.len();
            Ok(bulk.add_edges(edges)?)
        },
    );
    loaded.expect("a loaded graph");
    graph
}

/// A PageRank that runs through all its rounds where [`kronecker`]'s star is in the graph.
pub fn long_pagerank() -> Value {
    json!({"algorithmName": "pagerank", "parameters": {
        "alpha": 0.999_999, "convergence": 1e-12, "max_iterations": 2000}})
}

/// A request for an algorithm with what it requires and its examples, at least.
pub fn request_for(info: &Info) -> Value {
    let mut parameters = Map::new();
    for param in info.params.iter().filter(|p| p.required || p.example.is_some()) {
        let value = match (param.example.or(param.default), param.kind) {
            (Some(Literal::Int(v)), _) => v.into(),
            (Some(Literal::Real(v)), _) => v.into(),
            (Some(Literal::Bool(v)), _) => v.into(),
            (_, Accepts::Vertex) if param.name == "target" => "7".into(),
            (_, Accepts::Vertex) => "3".into(),
            (_, Accepts::Vertices { .. }) => "3,5".into(),
            (_, Accepts::Int(bounds)) => bounds.min.max(1).into(),
            (Some(Literal::Text(v)), _) => v.into(),
            (None, _) => panic!("{}: no value known for [{}]", info.name, param.name),
        };
        parameters.insert(param.name.to_owned(), value);
    }
    json!({"algorithmName": info.name, "parameters": parameters})
}

/// Submits a job and gives its id.
pub fn submit(g: &TestGraph<'_>, tail: &str, body: Value) -> String {
    let accepted = g.post(tail, body).expect(200);
    accepted["jobId"].as_str().unwrap_or_else(|| panic!("{tail}: no jobId in {accepted}")).to_owned()
}

/// Submits an algorithm and gives the id of its job.
pub fn execute(g: &TestGraph<'_>, body: Value) -> String {
    submit(g, EXECUTE, body)
}

/// The status of a job as it is now.
pub fn status(g: &TestGraph<'_>, id: &str) -> Value {
    g.get(&format!("/jobs/{id}/status?limit=0")).json()
}

/// Waits until a job is no longer queued and gives its state.
pub fn started(g: &TestGraph<'_>, id: &str) -> String {
    loop {
        let state = status(g, id)["state"].as_str().expect("a state").to_owned();
        if state != "queued" {
            return state;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Asks for a cancel.
pub fn cancel(g: &TestGraph<'_>, id: &str) -> Reply {
    g.delete(&format!("/jobs/{id}"))
}

/// A cancel must be refused because the job has this state.
pub fn check_ended(g: &TestGraph<'_>, id: &str, state: &str) {
    let message = check(cancel(g, id), 400, "GES.8303");
    assert_eq!(message, format!("can not cancel job, id is {id}: it is {state}"));
}

/// A job's status must be that of a cancelled one.
pub fn check_cancelled(status: &Value) {
    assert_eq!(status["state"], "cancelled", "{status}");
    assert_eq!(status["status"], "failed", "{status}");
    assert_eq!(status["errorCode"], "GES.8303", "{status}");
    let message = status["errorMessage"].as_str().expect("a message");
    assert!(message.starts_with("job is cancelled"), "{status}");
    assert!(status.get("data").is_none(), "{status}");
}

/// How jobs know a graph of [`PROJECT`].
pub fn key(server: &TestServer, name: &str) -> GraphKey {
    let graph = server.inner(name);
    GraphKey { project: PROJECT.to_owned(), name: name.to_owned(), uid: graph.info().uid.clone() }
}

/// Submits work that no request describes, and gives the id of its job.
pub fn submit_work(server: &TestServer, name: &str, kind: Kind, work: Work) -> String {
    let request = Request { command: kind.name().to_owned(), ..Request::default() };
    let submission = Submission::new(key(server, name), kind, request, work);
    server.app().jobs.submit(submission).expect("an admitted job").id().to_string()
}

/// A job that runs until the test lets it go, or it is stopped.
pub struct Held {
    /// Its id.
    pub id: String,
    begun: Receiver<()>,
    go: Sender<()>,
}

impl Held {
    /// Submits it.
    pub fn submit(server: &TestServer, name: &str, kind: Kind) -> Held {
        let ((say, begun), (go, wait)) = (channel(), channel::<()>());
        let work = move |ctx: &JobContext| -> Result<Outcome, Failure> {
            let _held = ctx.reserve(1000)?;
            // A test that does not care has dropped its end.
            _ = say.send(());
            while wait.recv_timeout(Duration::from_millis(1)) == Err(RecvTimeoutError::Timeout) {
                ctx.checkpoint()?;
            }
            Ok(Outcome::default())
        };
        Held { id: submit_work(server, name, kind, Box::new(work)), begun, go }
    }

    /// Submits it and waits until it runs.
    pub fn running(server: &TestServer, name: &str, kind: Kind) -> Held {
        let held = Held::submit(server, name, kind);
        held.wait_begun();
        held
    }

    /// Waits until it runs.
    pub fn wait_begun(&self) {
        self.begun.recv_timeout(PATIENCE).expect("a job that begins");
    }

    /// Lets it complete.
    pub fn release(&self) {
        // A job that was stopped does not listen any more.
        _ = self.go.send(());
    }
}
