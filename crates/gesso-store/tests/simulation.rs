//! The log, its documents and segments on a disk that tears, loses, reorders and refuses: from a seed, so
//! that a failure can be repeated. `GESSO_SIM_SEEDS` asks for more seeds than the ordinary run has.

use gesso_core::rng::Rng;
use gesso_core::{JobContext, Lsn};
use gesso_store::disk::sim::{Fault, SimFs};
use gesso_store::{
    Disk, Log, LogOptions, Recovery, Segment, SegmentWriter, StoreError, load_json_on, save_json_on,
};
use std::path::Path;
use std::sync::Arc;

const SEEDS: u64 = 3000;
const STEPS: u64 = 60;

/// The seeds to run: one if the environment names it, else from 0 on.
fn seeds() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("GESSO_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("GESSO_SIM_SEEDS").unwrap_or(SEEDS),
    }
}

/// Says how to repeat a seed that fails.
struct Replay(u64, &'static str);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (seed, test) = (self.0, self.1);
            eprintln!(
                "repeat with: GESSO_SIM_SEED={seed} cargo test -p gesso-store --test simulation {test}"
            );
        }
    }
}

fn options(rng: &mut Rng) -> LogOptions {
    let pick = |rng: &mut Rng, of: &[u64]| of[rng.below(of.len() as u64) as usize];
    LogOptions {
        file_bytes: pick(rng, &[512, 2048, 8192]),
        step_bytes: pick(rng, &[8, 512, 4096]),
        buffer_bytes: pick(rng, &[200, 1 << 20]) as usize,
    }
}

/// What must be true of a log: `sent[i]` is record i + 1, the first `acknowledged` are durable, and a
/// checkpoint has those up to `checkpoint`.
#[derive(Default)]
struct Truth {
    sent: Vec<Vec<u8>>,
    acknowledged: usize,
    checkpoint: u64,
    /// Where a checkpoint that failed may have got to.
    maybe_checkpoint: u64,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Checkpoint {
    lsn: u64,
}

const DIR: &str = "/d/log";
const DOCUMENT: &str = "/d/checkpoint.json";

impl Truth {
    /// Opens the log and compares it with what was sent.
    fn open(&mut self, disk: &Disk, options: LogOptions) -> Result<Log, StoreError> {
        disk.create_dir(Path::new("/d"))?;
        // What is read may be the result of a rename whose sync failed.
        disk.sync_dir(Path::new("/d"))?;
        let document: Option<Checkpoint> = load_json_on(disk, Path::new(DOCUMENT))?;
        let from = document.map_or(0, |c| c.lsn);
        assert!(from == self.checkpoint || from == self.maybe_checkpoint, "checkpoint {from}");
        let mut found = Vec::new();
        let (log, Recovery { last, .. }) =
            Log::open_on(disk, Path::new(DIR), options, Lsn(from), |lsn, payload| {
                found.push((lsn.0, payload.to_vec()));
                Ok::<_, StoreError>(())
            })?;
        for (i, (lsn, payload)) in found.iter().enumerate() {
            assert_eq!(*lsn, from + 1 + i as u64);
            assert_eq!(Some(payload), self.sent.get(*lsn as usize - 1), "record {lsn}");
        }
        assert!(last.0 as usize >= self.acknowledged, "{last} of {} acknowledged records", self.acknowledged);
        assert!(last.0 as usize <= self.sent.len());
        // What is there now is durable: a start makes it so.
        self.sent.truncate(last.0 as usize);
        self.acknowledged = self.sent.len();
        (self.checkpoint, self.maybe_checkpoint) = (from, from);
        Ok(log)
    }
}

/// A reference to a part of the disk that a start may fail on once.
fn reopened(fs: &SimFs, truth: &mut Truth, rng: &mut Rng) -> Log {
    let disk = Disk::of(Arc::new(fs.clone()));
    if rng.below(4) == 0 {
        fs.plan(rng.below(20), [Fault::Io, Fault::NoSpace, Fault::PowerOff][rng.below(3) as usize]);
        let options = options(rng);
        if let Err(e) = truth.open(&disk, options) {
            assert!(!matches!(e, StoreError::Damaged { .. } | StoreError::TooNew { .. }), "{e}");
            if fs.is_off() { fs.crash() } else { fs.calm() }
        }
        fs.kill();
    }
    let options = options(rng);
    truth.open(&disk, options).unwrap_or_else(|e| panic!("a log that can not be opened: {e}"))
}

fn run_log(seed: u64) {
    let _replay = Replay(seed, "an_acknowledged_record");
    let mut rng = Rng::new(seed, 1);
    let fs = SimFs::new(seed);
    let disk = Disk::of(Arc::new(fs.clone()));
    let mut truth = Truth::default();
    let mut log = reopened(&fs, &mut truth, &mut rng);
    for _ in 0..STEPS {
        if rng.below(12) == 0 {
            fs.plan(rng.below(12), [Fault::Io, Fault::NoSpace, Fault::PowerOff][rng.below(3) as usize]);
        }
        let outcome = step(&log, &disk, &mut truth, &mut rng);
        // A log that has failed answers nothing but that; a start makes it whole again.
        let has_failed = matches!(&outcome, Err(e) if !matches!(e, StoreError::Document { .. }));
        if has_failed || rng.below(20) == 0 {
            if has_failed && !fs.is_off() && rng.below(2) == 0 {
                let refused = log.commit(b"after a failure");
                if log.durable() < log.last() {
                    assert!(refused.is_err(), "a failed log took a record");
                } else if refused.is_ok() {
                    truth.sent.push(b"after a failure".to_vec());
                    truth.acknowledged = truth.sent.len();
                }
            }
            drop(log);
            if rng.below(3) == 0 && !fs.is_off() {
                fs.kill();
            } else {
                fs.crash();
            }
            log = reopened(&fs, &mut truth, &mut rng);
        }
    }
}

fn step(log: &Log, disk: &Disk, truth: &mut Truth, rng: &mut Rng) -> Result<(), StoreError> {
    match rng.below(12) {
        0..6 => {
            let payload = vec![rng.next_u64() as u8; rng.below(1500) as usize];
            truth.sent.push(payload.clone());
            let appended = log.append(&payload);
            if appended.is_err() && log.last().0 < truth.sent.len() as u64 {
                truth.sent.pop();
            }
            let lsn = appended?;
            assert_eq!(lsn.0, truth.sent.len() as u64);
        }
        6..9 => {
            let last = log.last();
            log.sync(last)?;
            truth.acknowledged = truth.acknowledged.max(last.0 as usize);
        }
        9 => log.rotate().inspect(|()| truth.acknowledged = truth.sent.len())?,
        _ => {
            // A checkpoint of what is durable: the document first, then the log may go.
            let lsn = log.durable();
            truth.maybe_checkpoint = lsn.0;
            save_json_on(disk, Path::new(DOCUMENT), &Checkpoint { lsn: lsn.0 })?;
            truth.checkpoint = lsn.0;
            log.drop_through(lsn)?;
        }
    }
    Ok(())
}

#[test]
fn an_acknowledged_record_is_there_whatever_the_disk_does() {
    seeds().for_each(run_log);
}

#[test]
fn a_document_or_segment_is_the_old_one_or_the_new_one() {
    let (json, segment) = (Path::new("/d.json"), Path::new("/d.seg"));
    let ctx = JobContext::detached(1, 0);
    for seed in seeds() {
        let _replay = Replay(seed, "a_document_or_segment");
        let fs = SimFs::new(seed);
        let disk = Disk::of(Arc::new(fs.clone()));
        let mut rng = Rng::new(seed, 2);
        let (mut known, mut maybe) = ((0u64, 0u64), (0u64, 0u64));
        for value in 1..12u64 {
            fs.plan(rng.below(12), [Fault::Io, Fault::NoSpace, Fault::PowerOff][rng.below(3) as usize]);
            maybe.0 = value;
            if save_json_on(&disk, json, &value).is_ok() {
                known.0 = value;
            }
            maybe.1 = value;
            let written = SegmentWriter::create_on(&disk, segment).and_then(|mut out| {
                out.array(&ctx, "a", &vec![value; 300])?;
                out.finish(&ctx)
            });
            if written.is_ok() {
                known.1 = value;
            }
            if rng.below(3) == 0 || fs.is_off() {
                fs.crash();
            } else {
                fs.calm();
                continue;
            }
            let found = load_json_on::<u64>(&disk, json).unwrap().unwrap_or(0);
            assert!(found == known.0 || (known.0 < found && found <= maybe.0), "{found} {known:?}");
            known.0 = found;
            let found = match Segment::open_on(&disk, segment) {
                Ok(s) => {
                    s.verify(&ctx).unwrap();
                    s.array::<u64>("a").unwrap()[0]
                }
                Err(_) => 0,
            };
            assert!(found == known.1 || (known.1 < found && found <= maybe.1), "{found} {known:?}");
            known.1 = found;
        }
    }
}

/// A twin that never fails proves nothing.
#[test]
fn the_twin_loses_what_is_not_synced_and_keeps_what_is() {
    let (mut lost, mut torn) = (0, 0);
    for seed in 0..200 {
        let fs = SimFs::new(seed);
        let disk = Disk::of(Arc::new(fs.clone()));
        let file = disk.create(Path::new("/f")).unwrap();
        file.write_all_at(&[1; 2000], 0).unwrap();
        file.sync_all().unwrap();
        disk.sync_dir(Path::new("/")).unwrap();
        file.write_all_at(&[2; 2000], 0).unwrap();
        fs.plan(0, Fault::Io);
        file.sync_all().unwrap_err();
        file.sync_all().unwrap();
        fs.crash();
        let bytes = disk.read(Path::new("/f")).unwrap();
        assert_eq!(bytes.len(), 2000);
        lost += u32::from(bytes.iter().all(|b| *b == 1));
        torn += u32::from(bytes.contains(&1) && bytes.contains(&2));
    }
    assert!(lost > 0 && torn > 20, "a second fsync must not bring back what the first one gave up");
}

#[test]
fn after_a_failed_write_or_fsync_nothing_more_is_written() {
    for after in 0..2 {
        let fs = SimFs::new(1);
        let disk = Disk::of(Arc::new(fs.clone()));
        let roomy = LogOptions::default();
        let open = || {
            let mut records = 0;
            let replay = |_, _: &[u8]| {
                records += 1;
                Ok::<_, StoreError>(())
            };
            let log = Log::open_on(&disk, Path::new(DIR), roomy, Lsn(0), replay).unwrap().0;
            (log, records)
        };
        let (log, _) = open();
        let first = log.commit(b"kept").unwrap();
        let lsn = log.append(b"lost").unwrap();
        fs.plan(after, Fault::Io);
        assert!(matches!(log.sync(lsn), Err(StoreError::Io { act: "write" | "fsync", .. })));
        let calls = fs.calls();
        assert!(matches!(log.sync(lsn), Err(StoreError::ReadOnly { .. })));
        assert!(matches!(log.append(b"more"), Err(StoreError::ReadOnly { .. })));
        assert!(matches!(log.rotate(), Err(StoreError::ReadOnly { .. })));
        log.sync(first).unwrap();
        assert_eq!(fs.calls(), calls, "the disk was not asked again");
        drop(log);
        fs.kill();
        assert!(open().1 >= 1);
    }
}
