//! A soak: the real binary under mixed load, with flat memory, threads and file handles, and nothing lost.
//! `GESSO_SOAK_SECONDS=3600` is the long run.

use crate::harness::TestGraph;
use crate::jobs_stage::{cancel, submit};
use crate::process::{Process, check_verified};
use gesso_core::rng::Rng;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Length of the ordinary run. Seconds.
const SECONDS: u64 = 10;
const WRITERS: u64 = 2;
/// Vertices of each writer, made once: numbers of vertices are not given again, so that deleting and making them
/// would grow by design.
const VERTICES: u64 = 200;
/// Edges that each writer keeps; from then on it deletes one for each that it adds.
const EDGES: usize = 500;
/// How much more memory the last quarter may take than the second one: a tenth, and this many bytes for what
/// allocators and caches keep.
const MEMORY_SLACK: u64 = 48 << 20;
/// How many more handles and threads there may be.
const COUNT_SLACK: u64 = 12;
/// How long after the load threads may take to end, and how many more than before it may be left: those of jobs stay.
const REST: Duration = Duration::from_secs(30);
const REST_SLACK: u64 = 4;

fn seconds() -> u64 {
    std::env::var("GESSO_SOAK_SECONDS").ok().and_then(|n| n.parse().ok()).unwrap_or(SECONDS)
}

/// Settings that bring about often what is rare otherwise.
const ARGS: &[&str] = &[
    "--set",
    "graph.checkpoint_log_bytes=64KiB",
    "--set",
    "graph.log_max_bytes=1MiB",
    "--set",
    "jobs.keep_count=50",
    "--set",
    "graph.cache_bytes=4MiB",
    "--set",
    "jobs.memory_bytes=256MiB",
];

/// What is measured of the process.
#[derive(Clone, Copy, Debug)]
struct Sample {
    memory: u64,
    handles: u64,
    threads: u64,
}

impl Sample {
    fn of(pid: u32) -> Sample {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("Linux");
        let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        let count =
            |dir: &str| std::fs::read_dir(format!("/proc/{pid}/{dir}")).map_or(0, |d| d.count() as u64);
        Sample {
            memory: kib.and_then(|kib| kib.trim().parse::<u64>().ok()).expect("a number") << 10,
            handles: count("fd"),
            threads: count("task"),
        }
    }
}

/// The middle of what `get` tells of some samples.
fn median(samples: &[Sample], get: fn(&Sample) -> u64) -> u64 {
    let mut values: Vec<u64> = samples.iter().map(get).collect();
    values.sort_unstable();
    values[values.len() / 2]
}

/// What all clients share.
struct Load<'p> {
    process: &'p Process,
    dir: &'p Path,
    is_over: AtomicBool,
    /// Acknowledged writes and ended jobs, so that a run that did nothing is seen.
    writes: AtomicU64,
    jobs: AtomicU64,
    cancels: AtomicU64,
}

impl Load<'_> {
    fn graph(&self) -> TestGraph<'_> {
        self.process.named("films")
    }

    /// Posts until the answer is 200; a log that waits for its checkpoint refuses for a while.
    fn write(&self, tail: &str, body: &Value) -> Value {
        loop {
            let reply = self.graph().post(tail, body.clone());
            if reply.status != 503 {
                self.writes.fetch_add(1, Relaxed);
                return reply.expect(200);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Adds edges between vertices of its own, changes them, and deletes the oldest. Returns those that are left.
    fn writer(&self, writer: u64) -> Vec<(String, String, String)> {
        let mut rng = Rng::new(1, writer);
        let vertex = |i: u64| format!("w{writer}-{i}");
        for i in 0..VERTICES {
            self.write(
                "/vertices",
                &json!({"vertex": vertex(i), "label": "person", "properties": {"age": 1}}),
            );
        }
        let mut edges = VecDeque::new();
        while !self.is_over.load(Relaxed) {
            let (source, target) = (vertex(rng.below(VERTICES)), vertex(rng.below(VERTICES)));
            let added = self.write("/edges", &json!({"source": source, "target": target, "label": "knows"}));
            let index = added["data"]["index"].as_str().expect("an index").to_owned();
            let age = json!({"properties": {"age": rng.below(90)}});
            self.write(&format!("/vertices/{source}/properties/action?action_id=update"), &age);
            edges.push_back((source, target, index));
            if edges.len() > EDGES
                && let Some((source, target, index)) = edges.pop_front()
            {
                let edge = json!({"edges": [{"source": source, "target": target, "index": index}]});
                self.write("/edges/action?action_id=batch-delete", &edge);
            }
        }
        edges.into()
    }

    fn reader(&self) {
        let mut rng = Rng::new(2, 2);
        while !self.is_over.load(Relaxed) {
            let g = self.graph();
            g.vertex(&format!("w0-{}", rng.below(VERTICES)));
            g.counts();
            g.get("/schema").expect(200);
            let filter = json!({"propertyName": "age", "predicate": ">", "values": [rng.below(90)]});
            let query = json!({"vertexFilters": [filter], "labels": ["person"], "limit": 20});
            g.outputs("/vertices/action?action_id=query", query);
            self.jobs.fetch_add(1, Relaxed);
        }
    }

    /// Algorithms, exports and backups; every third job is cancelled.
    fn runner(&self) {
        let mut rng = Rng::new(3, 3);
        for round in 0u64.. {
            if self.is_over.load(Relaxed) {
                return;
            }
            let (tail, body) = self.request(round);
            let g = self.graph();
            let id = submit(&g, tail, body);
            if rng.below(3) == 0 {
                std::thread::sleep(Duration::from_millis(rng.below(4)));
                // It may have ended before.
                self.cancels.fetch_add(u64::from(cancel(&g, &id).status == 200), Relaxed);
            }
            let ended = g.ended(&id);
            assert!(ended["state"] == "complete" || ended["state"] == "cancelled", "{tail}: {ended}");
            self.jobs.fetch_add(1, Relaxed);
        }
    }

    fn request(&self, round: u64) -> (&'static str, Value) {
        match round % 4 {
            0 => ("/action?action_id=execute-algorithm", json!({"algorithmName": "pagerank"})),
            1 => ("/action?action_id=execute-algorithm", json!({"algorithmName": "connected_component"})),
            2 => {
                let names = json!({"graphExportPath": "out/g", "vertexSetName": "v.csv", "edgeSetName": "e.csv",
                    "schemaName": "s.xml", "paginate": {"enable": false}});
                ("/action?action_id=export-graph", names)
            }
            _ => {
                let name = format!("out/backup{}", round / 4 % 2);
                // It may not be there yet, or any more.
                _ = std::fs::remove_dir_all(self.dir.join("objects").join(&name));
                ("/action?action_id=backup", json!({"backupPath": name}))
            }
        }
    }

    /// Measures until the time is over.
    fn sampler(&self, seconds: u64) -> Vec<Sample> {
        let (started, every) = (Instant::now(), Duration::from_millis((seconds * 2).clamp(50, 1000)));
        let mut samples = Vec::new();
        while started.elapsed() < Duration::from_secs(seconds) {
            std::thread::sleep(every);
            samples.push(Sample::of(self.process.id()));
        }
        self.is_over.store(true, Relaxed);
        samples
    }
}

/// The second quarter is the measure, the first one warms up, the last one must not have more.
fn check_flat(samples: &[Sample]) {
    let quarter = samples.len() / 4;
    assert!(quarter > 1, "too few samples: {}", samples.len());
    let (early, late) = (&samples[quarter..2 * quarter], &samples[samples.len() - quarter..]);
    let memory = (median(early, |s| s.memory), median(late, |s| s.memory));
    println!("memory: {} MiB, then {} MiB", memory.0 >> 20, memory.1 >> 20);
    assert!(memory.1 <= memory.0 + memory.0 / 10 + MEMORY_SLACK, "memory has grown: {memory:?}");
    for (what, get) in [("handles", (|s| s.handles) as fn(&Sample) -> u64), ("threads", |s| s.threads)] {
        let (early, late) = (median(early, get), median(late, get));
        println!("{what}: {early}, then {late}");
        assert!(late <= early + COUNT_SLACK, "{what} have grown: {early} to {late}");
    }
}

/// Threads that requests brought about end when nobody uses them: those that load under contention makes are no leak.
fn check_rest(process: &Process, before: Sample) {
    let deadline = Instant::now() + REST;
    let mut now = Sample::of(process.id());
    while now.threads > before.threads + REST_SLACK && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(200));
        now = Sample::of(process.id());
    }
    println!("at rest: {} threads before, {} afterwards", before.threads, now.threads);
    assert!(now.threads <= before.threads + REST_SLACK, "threads are left: {before:?}, {now:?}");
}

#[test]
fn soak_mixed_load_keeps_memory_and_handles_flat() {
    let dir = tempfile::tempdir().expect("a directory");
    let process = Process::start_with(dir.path(), ARGS);
    process.post("/ges/v1.0/p1/graphs", json!({"graphName": "films"})).expect(200);
    let g = process.named("films");
    let person = json!({"name": "person", "properties": [{"name": "age", "dataType": "int"}]});
    g.post("/schema/labels", person).expect(200);
    g.post("/schema/labels", json!({"name": "knows", "properties": []})).expect(200);
    let before = Sample::of(process.id());
    let load = Load {
        process: &process,
        dir: dir.path(),
        is_over: AtomicBool::new(false),
        writes: AtomicU64::new(0),
        jobs: AtomicU64::new(0),
        cancels: AtomicU64::new(0),
    };
    let (samples, edges) = std::thread::scope(|scope| {
        let load = &load;
        let writers: Vec<_> = (0..WRITERS).map(|w| scope.spawn(move || load.writer(w))).collect();
        scope.spawn(|| load.reader());
        scope.spawn(|| load.runner());
        let samples = load.sampler(seconds());
        let edges: Vec<_> = writers.into_iter().flat_map(|w| w.join().expect("a writer")).collect();
        (samples, edges)
    });
    let (writes, jobs, cancels) = (&load.writes, &load.jobs, &load.cancels);
    println!("writes: {writes:?}, jobs: {jobs:?}, cancelled: {cancels:?}, samples: {}", samples.len());
    assert!(load.writes.load(Relaxed) > 0 && load.jobs.load(Relaxed) > 0);
    assert_eq!(g.counts(), (WRITERS * VERTICES, edges.len() as u64), "what was acknowledged is there");
    check_flat(&samples);
    check_rest(&process, before);
    let mut process = process;
    process.kill();
    drop(process);
    check_verified(dir.path());
    let process = Process::start(dir.path());
    assert_eq!(process.named("films").counts(), (WRITERS * VERTICES, edges.len() as u64));
}
