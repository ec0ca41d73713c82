//! A server in this process, and short words to ask it things.
//!
//! ```ignore
//! let s = TestServer::start();
//! let g = s.graph("films");
//! g.post("/vertices", json!({"vertex": "ana"})).expect(200);
//! check(g.delete("/vertices/nobody"), 400, "GES.8000");
//! let outputs = g.outputs("/action?action_id=execute-algorithm", json!({"algorithmName": "pagerank"}));
//! ```
//! Each test has a server, a data directory and an object root of its own, so that tests run side by side.
//! The server's threads end when the [`TestServer`] is dropped.

use gesso_graph::Graph;
use gesso_server::{App, Server, Settings};
use serde_json::Value;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// The project that graphs of tests belong to.
pub const PROJECT: &str = "p1";

/// A running server with directories of its own.
pub struct TestServer {
    base: String,
    agent: ureq::Agent,
    settings: Settings,
    dir: TempDir,
    running: Option<Running>,
    app: Option<App>,
    first_password: Option<String>,
}

/// The thread of a server: told to end by `stop`, joined when the [`TestServer`] is dropped.
struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl TestServer {
    /// A server with the default settings, an empty data directory and an empty object root.
    pub fn start() -> TestServer {
        TestServer::start_with(|_| {})
    }

    /// A server with changed settings. `data_dir` and `object_root` are set before `change` sees them.
    pub fn start_with(change: impl FnOnce(&mut Settings)) -> TestServer {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let mut settings = Settings {
            data_dir: dir.path().join("data"),
            object_root: Some(dir.path().join("objects")),
            ..Settings::default()
        };
        change(&mut settings);
        TestServer::run(dir, settings)
    }

    fn run(dir: TempDir, settings: Settings) -> TestServer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("the port's address"));
        let (stop, stopped) = oneshot::channel();
        let (opened, ready) = mpsc::sync_channel(1);
        let own = settings.clone();
        let thread = std::thread::spawn(move || {
            let server = Server::open(own).expect("a server that opens");
            // The test waits for this; it is gone only if the test has panicked.
            _ = opened.send((server.first_password(), server.app().clone()));
            serve(&server, listener, stopped);
            server.close();
        });
        let (first_password, app) = ready.recv().expect("a server that opens");
        let running = Some(Running { stop, thread });
        TestServer { base, agent: agent(), settings, dir, running, app: Some(app), first_password }
    }

    /// The words of this type for a server in another process.
    pub fn at(url: &str) -> TestServer {
        let dir = tempfile::tempdir().expect("a temporary directory");
        TestServer {
            base: url.to_owned(),
            agent: agent(),
            settings: Settings::default(),
            dir,
            running: None,
            app: None,
            first_password: None,
        }
    }

    /// Ends the server in good order and starts another one over the same directories.
    pub fn restart(self) -> TestServer {
        self.restart_after(|_| {})
    }

    /// [`TestServer::restart`] after something has happened to the data directory.
    pub fn restart_after(mut self, act: impl FnOnce(&Path)) -> TestServer {
        self.end();
        act(&self.settings.data_dir);
        let dir = std::mem::replace(&mut self.dir, tempfile::tempdir().expect("a temporary directory"));
        TestServer::run(dir, self.settings.clone())
    }

    fn end(&mut self) {
        self.app = None;
        if let Some(Running { stop, thread }) = self.running.take() {
            _ = stop.send(());
            let ended = thread.join();
            assert!(std::thread::panicking() || ended.is_ok(), "the server's thread panicked");
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.base
    }

    /// The server's own state, for what no request can do.
    pub fn app(&self) -> &App {
        self.app.as_ref().expect("a server that runs")
    }

    /// A graph of [`PROJECT`] itself, for what no request can do.
    pub fn inner(&self, name: &str) -> Arc<Graph> {
        self.app().catalogue.get(PROJECT, name).expect("a graph that exists")
    }

    /// The password of the user `admin`, if this start made it.
    pub fn first_password(&self) -> Option<&str> {
        self.first_password.as_deref()
    }

    /// Where the graphs are kept.
    pub fn data_dir(&self) -> &Path {
        &self.settings.data_dir
    }

    /// The directory that object paths are below.
    pub fn objects(&self) -> PathBuf {
        self.settings.object_root.clone().unwrap_or_else(|| self.settings.data_dir.join("objects"))
    }

    /// Writes a file below the object root, with the directories above it.
    pub fn object(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.objects().join(path);
        std::fs::create_dir_all(file.parent().expect("a path with a directory")).expect("a directory");
        std::fs::write(&file, content).expect("a written object");
        file
    }

    /// Creates an empty graph in [`PROJECT`]. Names have 4 to 32 letters, digits and `_`.
    pub fn graph(&self, name: &str) -> TestGraph<'_> {
        let body = serde_json::json!({"graphName": name});
        self.post(&format!("/ges/v1.0/{PROJECT}/graphs"), body).expect(200);
        self.named(name)
    }

    /// A graph in [`PROJECT`] that need not exist.
    pub fn named(&self, name: &str) -> TestGraph<'_> {
        TestGraph { server: self, base: format!("/ges/v1.0/{PROJECT}/graphs/{name}") }
    }

    /// `GET` of a path that begins with `/`.
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], None)
    }

    /// `POST` of a JSON body.
    pub fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, &[JSON], Some(body.to_string().as_bytes()))
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[], None)
    }

    /// Any request: headers as (name, value) pairs, and a body as it is.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => self.agent.run(request.body(body).expect("a well-formed request")),
            None => self.agent.run(request.body(()).expect("a well-formed request")),
        };
        let mut answer = answer.unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec();
        Reply {
            request: format!("{method} {path}"),
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: body.unwrap_or_else(|e| panic!("{method} {path}: {e}")),
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// A client that takes every status for an answer.
pub fn agent() -> ureq::Agent {
    ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build())
}

/// The header of requests with a JSON body.
pub const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Answers requests until `stopped`.
fn serve(server: &Server, listener: TcpListener, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        listener.set_nonblocking(true).expect("a socket that does not block");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listening socket");
        let stop = async move {
            // A sender that is gone means the same as a message.
            _ = stopped.await;
        };
        server.serve(listener, stop).await.expect("a server that serves");
    });
}

/// An answer.
pub struct Reply {
    request: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: ureq::http::HeaderMap,
    /// The body as received.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{}: {e}: {}", self.request, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON of an answer that must have this status.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text());
        self.json()
    }
}

/// An answer must be an error with this status and code. Gives its message.
pub fn check(reply: Reply, status: u16, code: &str) -> String {
    let shown = format!("{}: {}", reply.request, reply.text());
    let body = reply.expect(status);
    assert_eq!(body["errorCode"], code, "{shown}");
    let message = body["errorMessage"].as_str().unwrap_or_default().to_owned();
    assert!(!message.is_empty(), "{shown}");
    message
}

/// A graph and the paths below it. Each `tail` begins with `/`.
pub struct TestGraph<'s> {
    server: &'s TestServer,
    base: String,
}

impl TestGraph<'_> {
    /// The full path of a tail.
    pub fn path(&self, tail: &str) -> String {
        format!("{}{tail}", self.base)
    }

    /// `GET`
    pub fn get(&self, tail: &str) -> Reply {
        self.server.get(&self.path(tail))
    }

    /// `POST`
    pub fn post(&self, tail: &str, body: Value) -> Reply {
        self.server.post(&self.path(tail), body)
    }

    /// `DELETE`
    pub fn delete(&self, tail: &str) -> Reply {
        self.server.delete(&self.path(tail))
    }

    /// Submits a job and waits for its end. Gives (answer of the submit, final status).
    pub fn submitted(&self, tail: &str, body: Value) -> (Value, Value) {
        let accepted = self.post(tail, body).expect(200);
        let id = accepted["jobId"].as_str().unwrap_or_else(|| panic!("{tail}: no jobId in {accepted}"));
        let ended = self.ended(id);
        (accepted, ended)
    }

    /// Submits a job and gives its final status.
    pub fn job(&self, tail: &str, body: Value) -> Value {
        self.submitted(tail, body).1
    }

    /// The outputs of a job that must complete.
    pub fn outputs(&self, tail: &str, body: Value) -> Value {
        let mut status = self.job(tail, body);
        assert_eq!(status["state"], "complete", "{tail}: {status}");
        status["data"]["outputs"].take()
    }

    /// The status of a job once it has ended.
    pub fn ended(&self, id: &str) -> Value {
        let status = self.get(&format!("/jobs/{id}/status?wait=60")).json();
        let is_end = matches!(status["state"].as_str(), Some("complete" | "failed" | "cancelled"));
        assert!(is_end, "job {id} did not end: {status}");
        status
    }

    /// Numbers of vertices and edges.
    pub fn counts(&self) -> (u64, u64) {
        let data = self.get("/summary").expect(200)["data"].take();
        let count = |name: &str| data[name].as_u64().unwrap_or_else(|| panic!("no {name} in {data}"));
        (count("vertexNum"), count("edgeNum"))
    }

    /// A vertex by its id, as the server shows it; null if there is none.
    pub fn vertex(&self, id: &str) -> Value {
        let body = serde_json::json!({"vertices": [id]});
        let mut answer = self.post("/vertices/action?action_id=batch-query", body).expect(200);
        answer.pointer_mut("/data/vertices/0").map_or(Value::Null, Value::take)
    }

    /// The edges between two vertices in the order of their indexes.
    pub fn edges(&self, source: &str, target: &str) -> Vec<Value> {
        let body = serde_json::json!({"edges": [{"source": source, "target": target}]});
        let mut answer = self.post("/edges/action?action_id=batch-query", body).expect(200);
        match answer["data"]["edges"].take() {
            Value::Array(edges) => edges,
            other => panic!("no list of edges: {other}"),
        }
    }
}

/// A text as one part of a path or of a query.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The shared data directory, or none after saying that the test is skipped.
pub fn shared_data() -> Option<PathBuf> {
    shared("data")
}

/// The directory of the specification, or none after saying that the test is skipped.
pub fn shared_spec() -> Option<PathBuf> {
    shared("spec")
}

fn shared(part: &str) -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("GESSO_SHARED").map_or_else(|| workspace.join("../shared"), PathBuf::from);
    let dir = shared.join(part);
    if dir.is_dir() {
        return Some(dir);
    }
    println!("skipped: shared material not found");
    None
}
