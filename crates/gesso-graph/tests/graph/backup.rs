//! Backups of a graph in use, and what is made of them.

use crate::naive::{Act, Model, apply, info, load, model_of, schema};
use gesso_core::JobContext;
use gesso_core::rng::Rng;
use gesso_graph::*;
use gesso_store::backup::BackupPlace;
use gesso_store::disk::sim::{Fault, SimFs};
use gesso_store::{Disk, StoreError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

fn ctx() -> JobContext {
    JobContext::detached(1, 1 << 30)
}

struct Place {
    disk: Disk,
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { disk: Disk::default(), dir: tempfile::tempdir().unwrap() }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn backup(&self, name: &str) -> BackupPlace {
        BackupPlace::Dir(self.disk.clone(), self.at(name))
    }

    fn graph(&self) -> Graph {
        let graph = Graph::create_on(&self.disk, &self.at("g"), info(), 0).unwrap();
        graph.write(|tx| tx.set_schema(schema())).unwrap();
        graph
    }

    fn restored(&self, backup: &str, until_ms: Option<u64>) -> Graph {
        let dir = self.at(&format!("of-{backup}-{}", until_ms.unwrap_or(0)));
        Graph::restore(&ctx(), &self.disk, &self.backup(backup), &dir, &info(), until_ms).unwrap();
        Graph::open_on(&self.disk, &dir, 0).unwrap()
    }
}

fn acts(seed: u64, count: usize) -> Vec<Act> {
    let mut rng = Rng::new(seed, 9);
    let mut v = move || rng.below(10) as u8;
    (0..count)
        .map(|i| match i % 7 {
            0..3 => Act::AddVertex(v(), i as i32),
            3 => Act::SetVertex(v(), Some(i as i32)),
            4 if i % 5 == 0 => Act::DeleteVertex(v()),
            4 | 5 => Act::AddEdge(v(), v(), i % 2 == 0, i as i32),
            _ => Act::DeleteEdge(v(), v()),
        })
        .collect()
}

fn play(graph: &Graph, model: &mut Model, acts: &[Act]) {
    for act in acts {
        apply(graph, act).unwrap();
        model.apply(act);
    }
}

#[test]
fn a_backup_is_the_graph_at_its_moment_with_a_checkpoint_a_log_or_both() {
    let place = Place::new();
    let graph = place.graph();
    let mut model = Model::default();
    let mut then = Vec::new();
    for round in 0..4 {
        play(&graph, &mut model, &acts(round, 40));
        let name = format!("b{round}");
        let report = graph.backup(&ctx(), &place.backup(&name), None).unwrap();
        assert_eq!(report.about.vertices as usize, model.vertices.len());
        assert_eq!(report.copied_bytes, report.size_bytes);
        then.push((name, model.clone()));
        match round {
            0 => graph.compact(&ctx()).unwrap(),
            1 => {
                let rows = [(1, 2, 3), (4, 5, 6)];
                load(&graph, &rows, 1).unwrap();
                model.apply(&Act::Load(rows.to_vec()));
            }
            _ => {}
        }
    }
    for (name, model) in &then {
        let restored = place.restored(name, None);
        assert_eq!(&model_of(&restored.snapshot(), model), model, "{name}");
        // It is a graph like any other.
        restored.write(|tx| tx.new_vertex("later", vec![crate::naive::PERSON], vec![])).unwrap();
        restored.compact(&ctx()).unwrap();
    }
}

#[test]
fn an_incremental_backup_writes_only_what_is_new_and_stands_alone() {
    let place = Place::new();
    let graph = place.graph();
    let mut model = Model::default();
    let rows: Vec<_> = (0..20_000).map(|i| ((i % 10) as u8, (i % 7) as u8, i)).collect();
    load(&graph, &rows, 1).unwrap();
    model.apply(&Act::Load(rows));
    let full = graph.backup(&ctx(), &place.backup("full"), None).unwrap();
    play(&graph, &mut model, &acts(1, 20));
    let second = graph.backup(&ctx(), &place.backup("second"), Some(&place.backup("full"))).unwrap();
    assert!(second.copied_bytes * 20 < full.copied_bytes, "{} of {}", second.copied_bytes, full.copied_bytes);
    std::fs::remove_dir_all(place.at("full")).unwrap();
    let restored = place.restored("second", None);
    assert_eq!(model_of(&restored.snapshot(), &model), model);

    let other = Graph::create(&place.at("other"), GraphInfo { uid: "x".into(), ..info() }, 0).unwrap();
    let refused = other.backup(&ctx(), &place.backup("third"), Some(&place.backup("second")));
    assert!(matches!(refused, Err(GraphError::OtherGraph { .. })));
    let refused = graph.backup(&ctx(), &place.backup("second"), None);
    assert!(matches!(refused, Err(GraphError::Store(StoreError::BackupExists { .. }))));
}

#[test]
fn a_backup_is_restored_to_any_time_since_its_checkpoint() {
    let place = Place::new();
    let graph = place.graph();
    let mut model = Model::default();
    play(&graph, &mut model, &acts(3, 30));
    graph.compact(&ctx()).unwrap();
    let mut times = Vec::new();
    for act in acts(4, 12) {
        play(&graph, &mut model, &[act]);
        let now =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
        times.push((now, model.clone()));
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
    let about = graph.backup(&ctx(), &place.backup("b"), None).unwrap().about;
    for (time, model) in &times {
        let restored = place.restored("b", Some(*time));
        assert_eq!(&model_of(&restored.snapshot(), model), model);
    }
    let early = Graph::restore(
        &ctx(),
        &place.disk,
        &place.backup("b"),
        &place.at("early"),
        &info(),
        Some(about.from_ms - 1),
    );
    assert!(matches!(early, Err(GraphError::TooEarly { .. })));
}

#[test]
fn df10_57_and_58_a_changed_byte_or_a_missing_document_is_refused_by_name() {
    let place = Place::new();
    let graph = place.graph();
    play(&graph, &mut Model::default(), &acts(3, 30));
    graph.compact(&ctx()).unwrap();
    play(&graph, &mut Model::default(), &[Act::AddVertex(9, 9)]);
    graph.backup(&ctx(), &place.backup("b"), None).unwrap();
    let restore = |to: &str| {
        Graph::restore(&ctx(), &place.disk, &place.backup("b"), &place.at(to), &info(), None)
            .map_err(|e| e.to_string())
    };
    restore("sound").unwrap();
    let mut files = vec![place.at("b")];
    let mut tried = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let whole = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 4;
            std::fs::write(&path, &bytes).unwrap();
            let text = restore(&format!("bad{tried}")).unwrap_err();
            assert!(text.contains(&name), "{name}: {text}");
            tried += 1;
        }
        std::fs::write(&path, &whole).unwrap();
    }
    assert!(tried >= 15, "{tried}");
    std::fs::remove_file(place.at("b/backup.json")).unwrap();
    assert!(restore("none").unwrap_err().contains("is not a backup"));
}

#[test]
fn a_stopped_backup_leaves_nothing_and_the_next_one_takes_the_place() {
    let place = Place::new();
    let graph = place.graph();
    play(&graph, &mut Model::default(), &acts(3, 30));
    graph.compact(&ctx()).unwrap();
    for checkpoint in 1..30 {
        let stopping = JobContext::detached(1, 1 << 30).stop_at_checkpoint(checkpoint);
        match graph.backup(&stopping, &place.backup("b"), None) {
            Err(GraphError::Stopped(_)) => assert!(!place.at("b").exists()),
            other => {
                other.unwrap();
                assert!(checkpoint > 3);
                return;
            }
        }
    }
    panic!("the backup never came to its end");
}

/// Writers and checkpoints go on meanwhile; every backup holds a prefix of what each writer did.
#[test]
fn backups_beside_writers_and_checkpoints_are_consistent() {
    const WRITERS: usize = 3;
    let place = Place::new();
    let graph = place.graph();
    let is_over = AtomicBool::new(false);
    let done: Vec<AtomicU64> = (0..WRITERS).map(|_| AtomicU64::new(0)).collect();
    let mut bounds = Vec::new();
    std::thread::scope(|s| {
        for (w, count) in done.iter().enumerate() {
            let (graph, is_over) = (&graph, &is_over);
            s.spawn(move || {
                for i in 0.. {
                    if is_over.load(Ordering::Acquire) {
                        return;
                    }
                    let id = format!("{w}-{i}");
                    graph.write(|tx| tx.new_vertex(&id, vec![crate::naive::PERSON], vec![])).unwrap();
                    count.store(i + 1, Ordering::Release);
                }
            });
        }
        s.spawn(|| {
            while !is_over.load(Ordering::Acquire) {
                graph.compact(&ctx()).unwrap();
            }
        });
        for round in 0..8 {
            let before: Vec<u64> = done.iter().map(|d| d.load(Ordering::Acquire)).collect();
            let earlier = (round > 0).then(|| place.backup(&format!("b{}", round - 1)));
            graph.backup(&ctx(), &place.backup(&format!("b{round}")), earlier.as_ref()).unwrap();
            bounds.push(before);
        }
        is_over.store(true, Ordering::Release);
    });
    for (round, before) in bounds.iter().enumerate() {
        let snapshot = place.restored(&format!("b{round}"), None).snapshot();
        let mut total = 0;
        for (w, before) in before.iter().enumerate() {
            let there =
                (0..u32::MAX).take_while(|i| snapshot.find(&format!("{w}-{i}")).is_some()).count() as u64;
            assert!(there >= *before, "writer {w} had {before} acknowledged, {there} are there");
            total += there;
        }
        assert_eq!(total, snapshot.vertex_count(), "no gaps");
    }
    let bases = std::fs::read_dir(place.at("g")).unwrap().flatten();
    assert!(bases.filter(|e| e.file_name().to_string_lossy().starts_with("base-")).count() <= 1);
}

#[test]
fn a_disk_that_fails_during_a_backup_leaves_none_and_harms_no_graph() {
    for seed in 0..150 {
        let fs = SimFs::new(seed);
        let disk = Disk::of(Arc::new(fs.clone()));
        let mut rng = Rng::new(seed, 4);
        let graph = Graph::create_on(&disk, Path::new("/g"), info(), 0).unwrap();
        graph.write(|tx| tx.set_schema(schema())).unwrap();
        let mut model = Model::default();
        play(&graph, &mut model, &acts(seed, 20));
        graph.compact(&ctx()).unwrap();
        play(&graph, &mut model, &acts(seed + 1, 5));
        fs.plan(rng.below(60), [Fault::Io, Fault::NoSpace, Fault::PowerOff][rng.below(3) as usize]);
        let backup = BackupPlace::Dir(disk.clone(), "/b".into());
        let outcome = graph.backup(&ctx(), &backup, None);
        drop(graph);
        fs.crash();
        let graph = Graph::open_on(&disk, Path::new("/g"), 0).unwrap();
        assert_eq!(model_of(&graph.snapshot(), &model), model, "seed {seed}");
        let restored = Graph::restore(&ctx(), &disk, &backup, Path::new("/r"), &info(), None);
        match (outcome, restored) {
            (_, Ok(())) => {
                let restored = Graph::open_on(&disk, Path::new("/r"), 0).unwrap();
                assert_eq!(model_of(&restored.snapshot(), &model), model, "seed {seed}");
            }
            (Ok(_), Err(e)) => panic!("seed {seed}: a finished backup can not be restored: {e}"),
            (Err(_), Err(e)) => {
                assert!(matches!(e, GraphError::Store(StoreError::NoBackup { .. })), "seed {seed}: {e}");
            }
        }
    }
}
