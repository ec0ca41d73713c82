//! A graph on a disk that tears, loses, reorders and refuses, against a naive model: random writes,
//! checkpoints, loads, crashes and restarts, all from a seed. `GESSO_SIM_SEEDS` asks for more seeds.

use crate::naive::{Act, Model, apply, info, load, model_of, schema};
use gesso_core::JobContext;
use gesso_core::rng::Rng;
use gesso_graph::*;
use gesso_store::Disk;
use gesso_store::disk::sim::{Fault, SimFs};
use std::path::Path;
use std::sync::Arc;

const SEEDS: u64 = 400;
const STEPS: u64 = 40;
const DIR: &str = "/data/g";

/// The seeds to run: one if the environment names it, else from 0 on.
fn seeds(ordinary: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("GESSO_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("GESSO_SIM_SEEDS").unwrap_or(ordinary),
    }
}

/// Says how to repeat a seed that fails.
struct Replay(u64, &'static str);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (seed, test) = (self.0, self.1);
            eprintln!("repeat with: GESSO_SIM_SEED={seed} cargo test -p gesso-graph --test graph {test}");
        }
    }
}

fn random_act(rng: &mut Rng) -> Act {
    let number = |rng: &mut Rng| rng.next_u64() as i32;
    let v = |rng: &mut Rng| rng.below(10) as u8;
    match rng.below(21) {
        0..5 => Act::AddVertex(v(rng), number(rng)),
        5 => Act::SetVertex(v(rng), (rng.below(3) > 0).then(|| number(rng))),
        6 => Act::DeleteVertex(v(rng)),
        7..13 => Act::AddEdge(v(rng), v(rng), rng.below(2) == 0, number(rng)),
        13 => Act::OverrideEdge(v(rng), v(rng), number(rng)),
        14 | 15 => Act::DeleteEdge(v(rng), v(rng)),
        16 | 17 => Act::Compact,
        18 => Act::Load((0..rng.below(6)).map(|_| (v(rng), v(rng), number(rng))).collect()),
        19 => Act::Snapshot,
        _ => Act::Reopen,
    }
}

struct Run {
    fs: SimFs,
    disk: Disk,
    rng: Rng,
    graph: Option<Graph>,
    /// What is acknowledged.
    model: Model,
    /// What may be there instead: with the operation that failed.
    maybe: Option<Model>,
    /// Versions that readers hold, over checkpoints and restarts.
    kept: Vec<(Arc<Snapshot>, Model)>,
}

fn ctx() -> JobContext {
    JobContext::detached(1, 1 << 30)
}

impl Run {
    fn new(seed: u64) -> Run {
        let fs = SimFs::new(seed);
        let disk = Disk::of(Arc::new(fs.clone()));
        let graph = Graph::create_on(&disk, Path::new(DIR), info(), 0).unwrap();
        graph.write(|tx| tx.set_schema(schema())).unwrap();
        let (rng, model) = (Rng::new(seed, 3), Model::default());
        Run { fs, disk, rng, graph: Some(graph), model, maybe: None, kept: Vec::new() }
    }

    fn fault(&mut self) -> Fault {
        [Fault::Io, Fault::NoSpace, Fault::PowerOff][self.rng.below(3) as usize]
    }

    fn graph(&self) -> &Graph {
        self.graph.as_ref().unwrap()
    }

    /// Does one thing; false if it failed.
    fn act(&mut self, act: &Act) -> bool {
        let done = match act {
            Act::Compact => self.graph().compact(&ctx()).map_err(|e| e.to_string()),
            Act::Load(rows) => load(self.graph(), rows, 1).map_err(|e| e.to_string()),
            Act::Snapshot => {
                let kept = (self.graph().snapshot(), self.model.clone());
                self.kept.push(kept);
                Ok(())
            }
            Act::Reopen => {
                self.restart();
                Ok(())
            }
            _ => apply(self.graph(), act).map_err(|e| e.to_string()),
        };
        let mut after = self.model.clone();
        after.apply(act);
        match done {
            Ok(()) => {
                self.model = after;
                true
            }
            Err(text) => {
                assert!(!text.contains("damaged"), "{text}");
                // Nobody has been told, so nobody may see it yet.
                assert_eq!(
                    model_of(&self.graph().snapshot(), &self.model),
                    self.model,
                    "after {act:?}: {text}"
                );
                self.maybe = Some(after);
                false
            }
        }
    }

    /// Ends the process, with or without the power, and starts it again.
    fn restart(&mut self) {
        self.graph = None;
        if self.fs.is_off() || self.rng.below(2) == 0 {
            self.fs.crash();
        } else {
            self.fs.kill();
        }
        if self.rng.below(3) == 0 {
            // The start itself may fail, but not for damage.
            let (after, fault) = (self.rng.below(40), self.fault());
            self.fs.plan(after, fault);
            if let Err(e) = Graph::open_on(&self.disk, Path::new(DIR), 0) {
                assert!(!e.to_string().contains("damaged"), "{e}");
            }
            if self.fs.is_off() { self.fs.crash() } else { self.fs.kill() }
        }
        let before = self.fs.dump();
        let report = Graph::verify_on(&self.disk, Path::new(DIR), &ctx());
        let report = report.unwrap_or_else(|e| panic!("verify: {e}"));
        assert!(self.fs.dump() == before, "verify has changed something");
        let graph = Graph::open_on(&self.disk, Path::new(DIR), 0).unwrap_or_else(|e| panic!("open: {e}"));
        let found = model_of(&graph.snapshot(), &self.model);
        let with = self.maybe.take().filter(|with| {
            let found = model_of(&graph.snapshot(), with);
            found == *with
        });
        match with {
            Some(with) => self.model = with,
            None => assert_eq!(found, self.model),
        }
        assert_eq!(report.vertices as usize, self.model.vertices.len());
        self.graph = Some(graph);
    }
}

fn run(seed: u64) {
    let _replay = Replay(seed, "an_acknowledged_write");
    let mut run = Run::new(seed);
    for _ in 0..STEPS {
        if run.rng.below(8) == 0 {
            let (after, fault) = (run.rng.below(60), run.fault());
            run.fs.plan(after, fault);
        }
        let act = random_act(&mut run.rng);
        if run.act(&act) {
            continue;
        }
        let has_failed = run.graph().failure().is_some();
        let wrote = !matches!(act, Act::Compact | Act::Load(_));
        assert!(has_failed || !wrote, "a write failed, and the graph takes more: {act:?}");
        if has_failed {
            let refused =
                run.graph().write(|tx| tx.new_vertex("refused", vec![crate::naive::PERSON], vec![]));
            assert!(matches!(refused, Err(WriteError::ReadOnly { .. })));
        }
        if has_failed || run.fs.is_off() || run.rng.below(2) == 0 {
            run.restart();
        } else {
            // What failed has left nothing behind.
            run.maybe = None;
        }
    }
    run.restart();
    for (snapshot, then) in &run.kept {
        assert_eq!(&model_of(snapshot, then), then);
    }
}

#[test]
fn an_acknowledged_write_is_there_whatever_the_disk_does() {
    seeds(SEEDS).for_each(run);
}
