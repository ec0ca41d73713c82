//! The process is killed at any moment: what was acknowledged is there, what was under way is not.

use crate::harness::{JSON, agent};
use crate::jobs_stage::{EXECUTE, execute, long_pagerank, started, status, submit};
use crate::process::{Process, check_verified};
use gesso_core::rng::Rng;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Kills in the ordinary run; `GESSO_KILLS` asks for more, as in the long mode (500).
const KILLS: u64 = 25;

const WRITERS: u64 = 3;
/// Vertices of a batch, which is there whole or not at all.
const BATCH: u64 = 7;

fn kills() -> u64 {
    std::env::var("GESSO_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS)
}

/// What the server has acknowledged: chains of vertices, each with an edge from the one before it, and
/// numbers of batches. `last` is what each writer was about to do when the server went.
#[derive(Default)]
struct Acknowledged {
    vertices: Vec<String>,
    edges: Vec<(String, String)>,
    batches: Vec<String>,
    deleted: Vec<String>,
    /// Batches whose answer never came.
    open_batches: Vec<String>,
}

impl Acknowledged {
    fn add(&mut self, other: Acknowledged) {
        self.vertices.extend(other.vertices);
        self.edges.extend(other.edges);
        self.batches.extend(other.batches);
        self.deleted.extend(other.deleted);
        self.open_batches.extend(other.open_batches);
    }

    /// All of it must be in the graph, and nothing half.
    fn check(&self, p: &Process) {
        let whole: Vec<String> =
            self.vertices.iter().cloned().chain(self.batches.iter().flat_map(batch)).collect();
        let lost: Vec<&String> =
            whole.iter().zip(present(p, &whole)).filter(|(_, there)| !there).map(|w| w.0).collect();
        assert!(lost.is_empty(), "lost vertices: {lost:?}");
        let back = present(p, &self.deleted);
        assert!(!back.contains(&true), "deleted vertices came back");
        for name in &self.open_batches {
            let there = present(p, &batch(name).collect::<Vec<_>>());
            assert!(there.iter().all(|t| *t == there[0]), "half of batch {name} is there: {there:?}");
        }
        let g = p.named("films");
        for edges in self.edges.chunks(500) {
            let wanted: Vec<Value> = edges.iter().map(|(s, t)| json!({"source": s, "target": t})).collect();
            let found = g.post("/edges/action?action_id=batch-query", json!({"edges": wanted})).expect(200);
            assert_eq!(found["data"]["edges"].as_array().map_or(0, Vec::len), edges.len(), "lost edges");
        }
    }
}

/// The vertices of a batch.
fn batch(name: &String) -> impl Iterator<Item = String> + use<'_> {
    (0..BATCH).map(move |i| format!("{name}.{i}"))
}

/// For each id, whether its vertex exists.
fn present(p: &Process, ids: &[String]) -> Vec<bool> {
    let g = p.named("films");
    let mut found = std::collections::HashSet::new();
    for ids in ids.chunks(500) {
        let mut answer =
            g.post("/vertices/action?action_id=batch-query", json!({"vertices": ids})).expect(200);
        for v in answer["data"]["vertices"].as_array_mut().into_iter().flatten() {
            found.insert(v["id"].take().as_str().map(str::to_owned));
        }
    }
    ids.iter().map(|id| found.contains(&Some(id.clone()))).collect()
}

/// Posts; false if the server did not acknowledge it.
fn is_acknowledged(agent: &ureq::Agent, url: &str, body: &Value) -> bool {
    let sent = agent.post(url).header(JSON.0, JSON.1).send(body.to_string());
    sent.is_ok_and(|answer| answer.status() == 200)
}

/// Writes a chain of vertices, batches between them, and deletes some, until the server does not answer.
fn write_until_killed(base: &str, prefix: &str) -> Acknowledged {
    let agent = agent();
    let mut done = Acknowledged::default();
    for i in 0u64.. {
        let id = format!("{prefix}-{i}");
        if !is_acknowledged(&agent, &format!("{base}/vertices"), &json!({"vertex": id})) {
            break;
        }
        if let Some(before) = done.vertices.last().cloned() {
            let edge = json!({"source": before, "target": id});
            if is_acknowledged(&agent, &format!("{base}/edges"), &edge) {
                done.edges.push((before, id.clone()));
            }
        }
        done.vertices.push(id.clone());
        let vertices: Vec<Value> = batch(&id).map(|v| json!({"vertex": v})).collect();
        let url = format!("{base}/vertices/action?action_id=batch-add");
        if !is_acknowledged(&agent, &url, &json!({"vertices": vertices})) {
            done.open_batches.push(id);
            break;
        }
        if i % 5 == 4 {
            let url = format!("{base}/vertices/action?action_id=batch-delete");
            let ids: Vec<String> = batch(&id).collect();
            if is_acknowledged(&agent, &url, &json!({"vertices": ids})) {
                done.deleted.extend(ids);
            } else {
                // All of them are there, or none.
                done.open_batches.push(id);
                break;
            }
        } else {
            done.batches.push(id);
        }
    }
    done
}

#[test]
fn acknowledged_writes_survive_a_kill_at_any_moment() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut rng = Rng::new(9, 0);
    let mut p = Process::start(dir.path());
    p.graph("films");
    let mut all = Acknowledged::default();
    for round in 0..kills() {
        let base = format!("{}{}", p.url(), p.named("films").path(""));
        let pause = Duration::from_millis(20 + rng.below(300));
        let written = std::thread::scope(|scope| {
            let base = &base;
            let write = |w| scope.spawn(move || write_until_killed(base, &format!("r{round}w{w}")));
            let writers: Vec<_> = (0..WRITERS).map(write).collect();
            std::thread::sleep(pause);
            p.kill();
            writers.into_iter().map(|w| w.join().expect("a writer")).collect::<Vec<_>>()
        });
        let mut new = Acknowledged::default();
        for w in written {
            new.add(w);
        }
        check_verified(dir.path());
        p = Process::start(dir.path());
        new.check(&p);
        all.add(new);
    }
    all.check(&p);
    assert!(all.edges.len() > 10, "only {} edges were acknowledged", all.edges.len());
    println!("{} kills, {} vertices, {} edges", kills(), all.vertices.len(), all.edges.len());
    let (_, edges) = p.named("films").counts();
    // An edge whose answer was lost may be there: one for each writer and kill.
    assert!(edges - all.edges.len() as u64 <= WRITERS * kills());
}

/// A ring of `len` vertices as an edge file, and a star on which a PageRank does not settle.
fn write_ring(dir: &Path, len: u64) {
    let mut lines = (0..len).map(|i| format!("a{i},a{}\n", (i + 1) % len)).collect::<Vec<_>>().concat();
    lines.push_str("centre,left\ncentre,right\nleft,centre\nright,centre\n");
    std::fs::create_dir_all(dir.join("objects/in")).expect("a directory");
    std::fs::write(dir.join("objects/in/e.csv"), lines).expect("a written file");
}

fn import() -> Value {
    json!({"edgesetPath": "in/e.csv", "edgesetHasLabel": false, "edgesetDefaultLabel": "__DEFAULT__"})
}

#[test]
fn j02_47_a_kill_during_an_import_leaves_the_graph_as_it_was() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    write_ring(dir.path(), 300_000);
    let mut rng = Rng::new(47, 0);
    let mut interrupted = 0;
    for round in 0..3 {
        let mut p = Process::start(dir.path());
        let name = format!("ring{round}");
        let g = p.graph(&name);
        g.post(
            "/edges/action?action_id=batch-add",
            json!({"edges": [{"source": "x", "target": "y"}], "createNotExists": true}),
        )
        .expect(200);
        let id = submit(&g, "/action?action_id=import-graph", import());
        started(&g, &id);
        std::thread::sleep(Duration::from_millis(rng.below(400)));
        p.kill();
        check_verified(dir.path());
        let p = Process::start(dir.path());
        let g = p.named(&name);
        let status = g.ended(&id);
        if status["state"] == "complete" {
            assert_eq!(g.counts(), (300_005, 300_005));
            continue;
        }
        interrupted += 1;
        assert_eq!(g.counts(), (2, 1));
        assert_eq!(
            (&status["state"], &status["errorCode"]),
            (&json!("failed"), &json!("GES.8013")),
            "{status}"
        );
        assert_eq!(status["errorMessage"], "server restarted while the job was running");
        g.post("/vertices", json!({"vertex": "later"})).expect(200);
    }
    assert!(interrupted > 0, "every import was over before the kill");
}

#[test]
fn j02_47_and_48_a_kill_fails_what_runs_and_keeps_what_is_complete() {
    const LEN: u64 = 200_000;
    let dir = tempfile::tempdir().expect("a temporary directory");
    write_ring(dir.path(), LEN);
    let mut p = Process::start(dir.path());
    let g = p.graph("ring");
    g.outputs("/action?action_id=import-graph", import());
    let complete = [
        execute(&g, json!({"algorithmName": "pagerank"})),
        execute(&g, json!({"algorithmName": "connected_component"})),
        submit(&g, "/vertices/action?action_id=query", json!({"labels": ["__DEFAULT__"], "limit": 1000})),
    ];
    let pages = |p: &Process| -> Vec<Value> {
        let page = |id: &String, offset: u64| {
            p.named("ring").get(&format!("/jobs/{id}/status?offset={offset}&limit=700")).expect(200)
        };
        complete.iter().flat_map(|id| [0, 500, LEN / 2, LEN - 100].map(|offset| page(id, offset))).collect()
    };
    for id in &complete {
        assert_eq!(g.ended(id)["state"], "complete");
    }
    let before = pages(&p);
    let mut jobs: Vec<String> = (0..7).map(|_| execute(&g, long_pagerank())).collect();
    assert_eq!(started(&g, &jobs[0]), "running");
    // Nobody waits for the record of a start. It is written before the work begins, and is durable before that of a job
    // which is accepted later.
    while status(&g, &jobs[0])["phase"] == "queued" {
        std::thread::sleep(Duration::from_millis(1));
    }
    jobs.push(execute(&g, long_pagerank()));
    p.kill();
    check_verified(dir.path());
    let p = Process::start(dir.path());
    let g = p.named("ring");
    assert_eq!(pages(&p), before);
    let messages = jobs.iter().map(|id| {
        let status = g.ended(id);
        assert_eq!((&status["state"], &status["errorCode"]), (&json!("failed"), &json!("GES.8301")));
        status["errorMessage"].as_str().expect("a message").to_owned()
    });
    let messages: Vec<String> = messages.collect();
    assert!(messages[0].contains("server restarted while the job was running"), "{messages:?}");
    assert!(messages[7].contains("server restarted while the job was queued"), "{messages:?}");
    assert_eq!(g.counts(), (LEN + 3, LEN + 4));
    g.outputs(EXECUTE, json!({"algorithmName": "pagerank"}));
}
