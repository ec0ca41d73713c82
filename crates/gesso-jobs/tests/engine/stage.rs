//! An engine on a temporary directory, works that tests hold and release, and a copy of the directory
//! as a crash would leave it.

use gesso_core::{Cells, JobContext, Outcome, Rows, Scalar};
use gesso_jobs::{
    Engine, EngineConfig, Failure, GraphKey, Job, Kind, Point, Probe, Request, State, Submission, Work,
};
use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longer than anything takes, even on a busy machine; only a failing test waits for it.
pub const LONG: Duration = Duration::from_secs(30);

pub fn graph(name: &str) -> GraphKey {
    GraphKey { project: "p".to_owned(), name: name.to_owned(), uid: format!("{name}-1") }
}

pub fn config() -> EngineConfig {
    EngineConfig { running: 2, threads: 2, memory_bytes: 1 << 30, ..EngineConfig::default() }
}

pub fn open(dir: &Path, config: EngineConfig) -> Arc<Engine> {
    Engine::open(dir, config, &|_| None).unwrap()
}

pub fn submission(kind: Kind, work: Work) -> Submission {
    let request = Request { command: kind.name().to_owned(), ..Request::default() };
    Submission::new(graph("g"), kind, request, work)
}

pub fn submit(engine: &Engine, kind: Kind, work: Work) -> Arc<Job> {
    engine.submit(submission(kind, work)).unwrap()
}

/// A result of `rows` rows.
pub fn table(rows: u32) -> Outcome {
    let vertices: Vec<u32> = (0..rows).collect();
    let cells: Vec<u64> = vertices.iter().map(|v| u64::from(*v) * 10).collect();
    let rows = Rows::PerVertex { vertices: vertices.into(), cells: Cells::Int(cells.into()) };
    Outcome::of_list("values", rows).with("runtime", Scalar::Real(0.25))
}

/// Work that returns a small table at once.
pub fn quick() -> Work {
    Box::new(|_| Ok(table(7)))
}

/// Work that goes on until it is stopped.
pub fn endless() -> Work {
    Box::new(|ctx| {
        let _held = ctx.reserve(1000)?;
        loop {
            ctx.checkpoint()?;
            std::hint::spin_loop();
        }
    })
}

/// Work that a test holds: it says when it has begun, and returns when it is let go, or stopped.
pub struct Held {
    pub begun: Receiver<()>,
    pub go: Sender<()>,
}

pub fn held() -> (Held, Work) {
    let ((say, begun), (go, wait)) = (channel(), channel());
    let work = move |ctx: &JobContext| -> Result<Outcome, Failure> {
        // A test that does not care has dropped its end.
        _ = say.send(());
        while wait.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            ctx.checkpoint()?;
            std::thread::yield_now();
        }
        Ok(table(7))
    };
    (Held { begun, go }, Box::new(work))
}

/// A probe that stops each job at one point until it is let go.
pub struct Barrier {
    pub reached: Receiver<()>,
    pub go: Sender<()>,
}

pub fn barrier(at: Point) -> (Barrier, Probe) {
    let ((say, reached), (go, wait)) = (channel(), channel());
    let (say, wait) = (Mutex::new(say), Mutex::new(wait));
    let probe = Probe::new(move |point, _| {
        if point == at {
            _ = say.lock().unwrap().send(());
            _ = wait.lock().unwrap().recv();
        }
    });
    (Barrier { reached, go }, probe)
}

/// Waits for the end and returns it.
pub fn end_of(job: &Job) -> State {
    assert!(job.wait_ended(LONG), "{job:?} does not end");
    job.state()
}

/// Code and message of an ended job.
pub fn error_of(job: &Job) -> (String, String) {
    let error = job.status().error.unwrap_or_else(|| panic!("{job:?} has no error"));
    (error.code, error.message)
}

/// What a crash would leave: a copy of the directory while the engine works on.
pub fn crash_copy(dir: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_tree(dir, copy.path());
    copy
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
