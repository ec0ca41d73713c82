//! What durability costs, beside what the disk itself takes: commits, recovery, restart, checkpoints.
//!
//! `GESSO_BENCH_SCALE=20 cargo bench -p gesso-graph --bench durability` (16 M edges; default scale 16)
//! `… -- group recovery` measures these parts alone: restart, lone, group, tasks, checkpoint, backup, recovery.

use gesso_core::rng::Rng;
use gesso_core::{JobContext, LabelId, Lsn, Stop, VertexIx};
use gesso_graph::generate::kronecker;
use gesso_graph::{
    ApplyError, BulkLoad, EdgeChunk, EdgeName, End, Graph, GraphError, GraphInfo, LabelDef, LabelKind, Op,
    RepeatedEdges, Schema, VertexChunk, op,
};
use gesso_store::backup::BackupPlace;
use gesso_store::{Disk, Log, LogOptions};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// That of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const KNOWS: LabelId = LabelId(1);
const BUDGET: u64 = 16 << 30;

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Stopped(#[from] Stop),
}

fn main() {
    // `cargo test --benches` runs this, too; a small graph will do.
    let scale = std::env::var("GESSO_BENCH_SCALE").ok().and_then(|s| s.parse().ok());
    let scale = scale.unwrap_or(if std::env::args().any(|a| a == "--bench") { 16 } else { 8 });
    let parts: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|p| p == part);
    let dir = tempfile::tempdir_in(".").expect("a temporary directory on a disk");
    let place = dir.path().join("g");
    drop(load(&place, scale));
    if wants("restart") {
        restart(&place);
    }
    let graph = Graph::open(&place, 0).expect("a graph");
    if wants("lone") {
        lone(&graph, dir.path(), scale);
    }
    if wants("group") {
        group(&graph, dir.path(), scale);
    }
    let graph = Arc::new(graph);
    if wants("tasks") {
        tasks(&graph, dir.path(), scale);
    }
    if wants("checkpoint") {
        checkpoint(&graph, scale);
    }
    if wants("backup") {
        backup(&graph, dir.path(), scale);
    }
    drop(graph);
    if wants("recovery") {
        recovery(&dir.path().join("r"));
    }
}

fn create(place: &Path) -> Graph {
    let info = GraphInfo {
        uid: "bench".into(),
        project: "p".into(),
        name: "bench".into(),
        created_ms: 0,
        options: BTreeMap::new(),
    };
    let graph = Graph::create(place, info, 0).expect("a new graph");
    let knows = LabelDef { name: "knows".into(), kind: LabelKind::Edge, properties: Vec::new() };
    let likes = LabelDef { name: "likes".into(), ..knows.clone() };
    let schema = Schema::default().with_label(&knows).and_then(|s| s.with_label(&likes)).expect("labels");
    graph.write(|tx| tx.set_schema(schema)).expect("a write");
    graph
}

fn load(place: &Path, scale: u32) -> Graph {
    let graph = create(place);
    let ctx = JobContext::detached(2, BUDGET);
    let (sources, targets) = kronecker(&ctx, scale, 16, 42).expect("a generated graph");
    let fill = |bulk: &mut BulkLoad<'_>| {
        let mut vertices = VertexChunk::default();
        for v in 0..1u32 << scale {
            vertices.ids.push(&v.to_string());
            vertices.labels.push(LabelId::DEFAULT);
        }
        vertices.tables.of(LabelId::DEFAULT, bulk.schema()).rows = 1 << scale;
        bulk.add_vertices(vertices)?;
        let mut edges =
            EdgeChunk { sources: sources.to_vec(), targets: targets.to_vec(), ..EdgeChunk::default() };
        edges.labels = vec![KNOWS; sources.len()];
        edges.tables.of(KNOWS, bulk.schema()).rows = sources.len();
        Ok::<_, LoadError>(bulk.add_edges(edges)?)
    };
    graph.load(&ctx, RepeatedEdges::default(), |s| Ok(s.clone()), fill).expect("a load");
    graph
}

/// Opening, with the files in the system's cache and without.
fn restart(place: &Path) {
    let mut bytes = 0;
    for cold in [false, true] {
        if cold {
            bytes = evict(place);
        }
        let started = Instant::now();
        let graph = Graph::open(place, 0).expect("a graph");
        let seconds = started.elapsed().as_secs_f64();
        let edges = graph.snapshot().edge_count();
        let how = if cold { "cold" } else { "warm" };
        println!("restart, {how}: {edges} edges checked and open in {seconds:.3} s");
    }
    println!("  {} MB of segments", bytes >> 20);
}

/// Takes a directory's files out of the system's cache; gives their size.
fn evict(dir: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
        if entry.path().is_dir() {
            bytes += evict(&entry.path());
        } else {
            let file = File::open(entry.path()).expect("a file");
            bytes += file.metadata().expect("a size").len();
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).expect("advice");
        }
    }
    bytes
}

fn insert(graph: &Graph, rng: &mut Rng, scale: u32) {
    let mut vertex = || VertexIx(rng.below(1 << scale) as u32);
    let (s, t) = (vertex(), vertex());
    let written = graph.write(|tx| tx.new_edge(s, t, LabelId(2), Vec::new()).map(drop));
    written.unwrap_or_else(|e: gesso_graph::WriteError<ApplyError>| panic!("{e}"));
}

/// The floor: 96 bytes over bytes that the file has, and fdatasync.
struct Floor {
    file: File,
    at: u64,
}

impl Floor {
    fn new(dir: &Path) -> Floor {
        let path = dir.join("floor");
        let file = OpenOptions::new().create(true).truncate(true).write(true).open(path).expect("a file");
        file.write_all_at(&vec![0; 4 << 20], 0).and_then(|()| file.sync_all()).expect("space");
        Floor { file, at: 0 }
    }

    fn once(&mut self) {
        self.file.write_all_at(&[7; 96], self.at).and_then(|()| self.file.sync_data()).expect("a sync");
        self.at = (self.at + 96) % (4 << 20);
    }
}

fn lone(graph: &Graph, dir: &Path, scale: u32) {
    let (mut floor, mut rng) = (Floor::new(dir), Rng::new(1, 1));
    let (mut syncs, mut inserts) = (Vec::new(), Vec::new());
    // Turn about, so that what else the machine does hits both alike.
    for _ in 0..2000 {
        let started = Instant::now();
        floor.once();
        syncs.push(started.elapsed());
        let started = Instant::now();
        insert(graph, &mut rng, scale);
        inserts.push(started.elapsed());
    }
    let (sync, one) = (median(&mut syncs), median(&mut inserts));
    println!(
        "one client: fdatasync {:.0} µs, insert {:.0} µs: {:.2} of the rate",
        micros(sync),
        micros(one),
        sync.as_secs_f64() / one.as_secs_f64()
    );
}

fn group(graph: &Graph, dir: &Path, scale: u32) {
    for clients in [16u64, 64] {
        let sync = median_sync(dir);
        let each = 2000;
        let started = Instant::now();
        std::thread::scope(|s| {
            for c in 0..clients {
                s.spawn(move || {
                    let mut rng = Rng::new(2, c);
                    (0..each).for_each(|_| insert(graph, &mut rng, scale));
                });
            }
        });
        report_rate(&format!("{clients} threads"), clients * each, started, sync);
    }
}

/// Seconds that one fdatasync takes.
fn median_sync(dir: &Path) -> f64 {
    let mut floor = Floor::new(dir);
    let mut syncs = Vec::new();
    for _ in 0..500 {
        let started = Instant::now();
        floor.once();
        syncs.push(started.elapsed());
    }
    median(&mut syncs).as_secs_f64()
}

fn report_rate(clients: &str, inserts: u64, started: Instant, sync: f64) {
    let rate = inserts as f64 / started.elapsed().as_secs_f64();
    println!(
        "{clients}: {rate:.0} inserts/s, {:.1} of one client's fdatasync rate ({:.0}/s)",
        rate * sync,
        1.0 / sync
    );
}

/// [`group`] with a task instead of a thread for each client, as in the server.
fn tasks(graph: &Arc<Graph>, dir: &Path, scale: u32) {
    let (threads, each) = (2, 4000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).build();
    let runtime = runtime.expect("a runtime");
    for clients in [16u64, 64, 256] {
        let sync = median_sync(dir);
        let started = Instant::now();
        runtime.block_on(async {
            let client = |c: u64| {
                let graph = graph.clone();
                async move {
                    let mut rng = Rng::new(3, c);
                    for _ in 0..each {
                        insert_as_task(&graph, &mut rng, scale).await;
                    }
                }
            };
            let clients: Vec<_> = (0..clients).map(|c| tokio::spawn(client(c))).collect();
            for client in clients {
                client.await.expect("a client");
            }
        });
        report_rate(&format!("{clients} tasks on {threads} threads"), clients * each, started, sync);
    }
}

async fn insert_as_task(graph: &Arc<Graph>, rng: &mut Rng, scale: u32) {
    let mut vertex = || VertexIx(rng.below(1 << scale) as u32);
    let (s, t) = (vertex(), vertex());
    let begun = graph.begin(true, |tx| tx.new_edge(s, t, LabelId(2), Vec::new()).map(drop));
    let begun: Result<_, gesso_graph::WriteError<ApplyError>> = begun;
    let commit = begun.expect("a change").and_then(|begun| begun.commit).expect("a commit");
    let (tell, told) = tokio::sync::oneshot::channel();
    if graph.when_durable(commit, move |settled| tell.send(settled).expect("a listener")) {
        let graph = graph.clone();
        tokio::task::spawn_blocking(move || graph.drain());
    }
    told.await.expect("an outcome").expect("a commit");
}

/// Writers' and readers' waits while a checkpoint is made.
fn checkpoint(graph: &Graph, scale: u32) {
    beside(graph, scale, "checkpoint of a changed label", |ctx| graph.compact(ctx).expect("a checkpoint"));
}

/// The same while a backup is written.
fn backup(graph: &Graph, dir: &Path, scale: u32) {
    beside(graph, scale, "backup", |ctx| {
        let place = BackupPlace::Dir(Disk::default(), dir.join("backup"));
        let report = graph.backup(ctx, &place, None).expect("a backup");
        println!("backup of {} bytes", report.size_bytes);
    });
}

/// Runs `work` on one thread beside one that inserts edges and one that reads, after a second without it.
fn beside(graph: &Graph, scale: u32, what: &str, work: impl FnOnce(&JobContext)) {
    let is_over = AtomicBool::new(false);
    let (reads, longest_us) = (AtomicU64::new(0), AtomicU64::new(0));
    let ctx = JobContext::detached(1, BUDGET);
    let (took, meanwhile) = std::thread::scope(|s| {
        s.spawn(|| {
            let mut rng = Rng::new(3, 3);
            while !is_over.load(Relaxed) {
                let started = Instant::now();
                insert(graph, &mut rng, scale);
                longest_us.fetch_max(started.elapsed().as_micros() as u64, Relaxed);
            }
        });
        s.spawn(|| {
            let mut rng = Rng::new(4, 4);
            while !is_over.load(Relaxed) {
                let snapshot = graph.snapshot();
                let v = VertexIx(rng.below(1 << scale) as u32);
                std::hint::black_box(snapshot.degree(v, End::Source));
                reads.fetch_add(1, Relaxed);
            }
        });
        let quiet = Duration::from_secs(1);
        std::thread::sleep(quiet);
        let (before, before_us) = (reads.swap(0, Relaxed), longest_us.swap(0, Relaxed));
        println!(
            "without a {what}: {:.0} reads/s, longest write {:.1} ms",
            before as f64 / quiet.as_secs_f64(),
            before_us as f64 / 1e3
        );
        let started = Instant::now();
        work(&ctx);
        let took = started.elapsed();
        let meanwhile = reads.load(Relaxed);
        is_over.store(true, Relaxed);
        (took, meanwhile)
    });
    println!(
        "{what} beside {} edges: {:.2} s, {:.0} reads/s, longest write {:.1} ms",
        graph.snapshot().edge_count(),
        took.as_secs_f64(),
        meanwhile as f64 / took.as_secs_f64(),
        longest_us.load(Relaxed) as f64 / 1e3
    );
}

/// A log of single-operation commits, applied at a start.
fn recovery(place: &Path) {
    const COUNT: u32 = 1_000_000;
    drop(create(place));
    let (log, _) = Log::open::<GraphError>(&place.join("log"), LogOptions::default(), Lsn(0), |_, _| Ok(()))
        .expect("a log");
    let mut rng = Rng::new(5, 5);
    for i in 0..COUNT {
        let op = if i < COUNT / 10 {
            let id = format!("v{i}").into();
            Op::PutVertex { vertex: VertexIx(i), id, labels: vec![LabelId::DEFAULT], properties: Vec::new() }
        } else {
            let mut vertex = || VertexIx(rng.below(u64::from(COUNT / 10)) as u32);
            let edge = EdgeName { source: vertex(), target: vertex(), label: KNOWS, index: i };
            Op::PutEdge { edge, properties: Vec::new() }
        };
        log.append(&op::encode(1, &[op])).expect("an append");
    }
    log.sync(log.last()).expect("a sync");
    drop(log);
    let (started, busy) = (Instant::now(), cpu_seconds());
    let graph = Graph::open(place, 0).expect("a graph");
    let (seconds, busy) = (started.elapsed().as_secs_f64(), cpu_seconds() - busy);
    assert_eq!(graph.snapshot().vertex_count(), u64::from(COUNT / 10));
    println!(
        "recovery: {COUNT} commits of one operation in {seconds:.2} s, {:.0} a second; {:.0} a second of CPU",
        f64::from(COUNT) / seconds,
        f64::from(COUNT) / busy
    );
}

/// Time that all threads of this process, ended ones included, had a CPU.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    // The name, in brackets, may have spaces; user and system time are the 12th and 13th field after it.
    let after = stat.rsplit(')').next().expect("a name");
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
    ticks / rustix::param::clock_ticks_per_second() as f64
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
