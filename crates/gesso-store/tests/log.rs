//! The log as a start after a crash finds it: torn tails, damage, gaps, rotation, group commit.

use gesso_core::Lsn;
use gesso_store::{Log, LogOptions, Recovery, StoreError};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::Duration;

const SMALL: LogOptions = LogOptions { file_bytes: 4096, step_bytes: 4096, buffer_bytes: 1 << 20 };
const FILE_HEADER: u64 = 32;
/// Bytes before the payload of a record.
const HEADER: u64 = 32;

type Records = Vec<(u64, Vec<u8>)>;

fn open_from(dir: &Path, options: LogOptions, from: u64) -> Result<(Log, Recovery, Records), StoreError> {
    let mut records = Vec::new();
    let (log, recovery) = Log::open(dir, options, Lsn(from), |lsn, payload| {
        records.push((lsn.0, payload.to_vec()));
        Ok::<_, StoreError>(())
    })?;
    Ok((log, recovery, records))
}

fn open(dir: &Path) -> Result<(Log, Recovery, Records), StoreError> {
    open_from(dir, LogOptions::default(), 0)
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

fn last_file(dir: &Path) -> PathBuf {
    files(dir).pop().unwrap()
}

/// Bytes of a record in the file.
fn size(payload: usize) -> u64 {
    (HEADER + payload as u64 + 1).next_multiple_of(8)
}

fn overwrite(file: &Path, at: u64, bytes: &[u8]) {
    OpenOptions::new().write(true).open(file).unwrap().write_all_at(bytes, at).unwrap();
}

fn flip(file: &Path, at: u64) {
    let byte = fs::read(file).unwrap()[at as usize];
    overwrite(file, at, &[byte ^ 0x40]);
}

fn assert_damaged(dir: &Path, offset: u64) {
    match open(dir) {
        Err(e @ StoreError::Damaged { offset: found, .. }) => {
            assert_eq!(found, offset, "{e}");
            let text = e.to_string();
            assert!(text.contains("gesso verify") && text.contains("gesso restore"), "{text}");
        }
        other => panic!("expected damage at {offset}, got {:?}", other.map(|(_, r, _)| r)),
    }
}

#[test]
fn records_come_back_in_order_and_from_where_asked() {
    let dir = tempfile::tempdir().unwrap();
    let (log, recovery, _) = open(dir.path()).unwrap();
    assert_eq!(recovery, Recovery::default());
    for i in 0..10u8 {
        assert_eq!(log.commit(&vec![i; usize::from(i)]).unwrap(), Lsn(u64::from(i) + 1));
    }
    drop(log);
    let (log, recovery, records) = open(dir.path()).unwrap();
    assert_eq!((recovery.records, recovery.last, recovery.torn_bytes), (10, Lsn(10), 0));
    assert!(records.iter().enumerate().all(|(i, (lsn, p))| *lsn == i as u64 + 1 && *p == vec![i as u8; i]));
    assert_eq!(log.append(b"").unwrap(), Lsn(11));
    drop(log);
    let (_, recovery, records) = open_from(dir.path(), SMALL, 7).unwrap();
    assert_eq!(records.iter().map(|r| r.0).collect::<Vec<_>>(), [8, 9, 10]);
    assert_eq!(recovery.last, Lsn(10), "a record that was never synced may be lost");
}

#[test]
fn a_tail_torn_at_any_byte_is_dropped_and_the_log_goes_on() {
    let payload = b"the last record, whatever is left";
    for kept in 0..size(payload.len()) {
        let dir = tempfile::tempdir().unwrap();
        let (log, ..) = open(dir.path()).unwrap();
        log.commit(b"first").unwrap();
        log.commit(payload).unwrap();
        drop(log);
        let start = FILE_HEADER + size(5);
        let lost = size(payload.len()) - kept;
        overwrite(&last_file(dir.path()), start + kept, &vec![0; lost as usize]);
        let (log, recovery, records) = open(dir.path()).unwrap();
        // With padding nothing is lost.
        let whole = u64::from(kept > HEADER + payload.len() as u64);
        assert_eq!(records.len() as u64, 1 + whole, "{kept} bytes kept");
        assert_eq!(recovery.torn_bytes > 0, whole == 0 && kept > 0, "{kept} bytes kept");
        log.commit(b"next").unwrap();
        drop(log);
        let (_, recovery, records) = open(dir.path()).unwrap();
        assert_eq!((records.last().unwrap().1.as_slice(), recovery.torn_bytes), (&b"next"[..], 0));
    }
}

#[test]
fn a_file_cut_off_inside_its_last_record_is_a_torn_tail() {
    let dir = tempfile::tempdir().unwrap();
    let (log, ..) = open(dir.path()).unwrap();
    log.commit(b"first").unwrap();
    log.commit(b"second").unwrap();
    drop(log);
    let cut = FILE_HEADER + size(5) + 27;
    OpenOptions::new().write(true).open(last_file(dir.path())).unwrap().set_len(cut).unwrap();
    let (_, recovery, records) = open(dir.path()).unwrap();
    assert_eq!((records.len(), recovery.torn_bytes), (1, 27));
}

#[test]
fn a_flipped_byte_of_the_last_record_is_damage_and_not_a_torn_tail() {
    for at in 0..=HEADER + 6 {
        let dir = tempfile::tempdir().unwrap();
        let (log, ..) = open(dir.path()).unwrap();
        log.commit(b"first ").unwrap();
        log.commit(b"second").unwrap();
        drop(log);
        flip(&last_file(dir.path()), FILE_HEADER + size(6) + at);
        assert_damaged(dir.path(), FILE_HEADER + size(6));
    }
}

#[test]
fn a_flipped_byte_before_a_whole_record_is_refused_with_its_place() {
    for at in 0..size(6) {
        let dir = tempfile::tempdir().unwrap();
        let (log, ..) = open(dir.path()).unwrap();
        for payload in [b"first ", b"second", b"third "] {
            log.commit(payload).unwrap();
        }
        drop(log);
        let start = FILE_HEADER + size(6);
        // Padding has no meaning and no checksum.
        if at > HEADER + 6 {
            continue;
        }
        flip(&last_file(dir.path()), start + at);
        assert_damaged(dir.path(), start);
    }
}

#[test]
fn damage_inside_one_batch_is_told_from_a_loss_of_power() {
    let batch = |dir: &Path| {
        let (log, ..) = open(dir).unwrap();
        let last = (0..8).map(|i| log.append(&[i + 1; 600]).unwrap()).last().unwrap();
        log.sync(last).unwrap();
        assert_eq!(log.commits(), 1);
    };
    let third = FILE_HEADER + 2 * size(600);
    let dir = tempfile::tempdir().unwrap();
    batch(dir.path());
    flip(&last_file(dir.path()), third + 100);
    assert_damaged(dir.path(), third);

    // The disk wrote the sectors of the batch in another order and lost one of them.
    let dir = tempfile::tempdir().unwrap();
    batch(dir.path());
    let sector = (third + 24).next_multiple_of(512);
    overwrite(&last_file(dir.path()), sector, &[0; 512]);
    let (_, recovery, records) = open(dir.path()).unwrap();
    assert_eq!((records.len(), recovery.last), (2, Lsn(2)));
    assert_eq!(recovery.torn_bytes.next_multiple_of(8), 6 * size(600));
    assert_eq!(open(dir.path()).unwrap().2.len(), 2, "the tail is cut off once");
}

#[test]
fn what_was_dropped_does_not_come_back_behind_a_new_record_of_its_size() {
    // So small a step writes no zeroes behind the new record.
    let options = LogOptions { step_bytes: 8, ..LogOptions::default() };
    let dir = tempfile::tempdir().unwrap();
    let (log, ..) = open_from(dir.path(), options, 0).unwrap();
    let last = (0..8).map(|i| log.append(&[i + 1; 600]).unwrap()).last().unwrap();
    log.sync(last).unwrap();
    drop(log);
    let third = FILE_HEADER + 2 * size(600);
    overwrite(&last_file(dir.path()), (third + 24).next_multiple_of(512), &[0; 512]);
    let (log, recovery, _) = open_from(dir.path(), options, 0).unwrap();
    assert_eq!(recovery.last, Lsn(2));
    log.commit(&[9; 600]).unwrap();
    drop(log);
    let (_, recovery, records) = open(dir.path()).unwrap();
    assert_eq!((records.len(), recovery.torn_bytes), (3, 0));
}

#[test]
fn a_lost_sector_of_an_acknowledged_batch_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (log, ..) = open(dir.path()).unwrap();
    log.commit(&[1; 2000]).unwrap();
    log.commit(&[2; 100]).unwrap();
    drop(log);
    overwrite(&last_file(dir.path()), 512, &[0; 512]);
    assert_damaged(dir.path(), FILE_HEADER);
}

#[test]
fn many_threads_share_few_commits_and_lose_nothing() {
    const THREADS: usize = 16;
    const EACH: usize = 50;
    let dir = tempfile::tempdir().unwrap();
    let (log, ..) = open(dir.path()).unwrap();
    let start = Barrier::new(THREADS);
    std::thread::scope(|s| {
        for t in 0..THREADS {
            let (log, start) = (&log, &start);
            s.spawn(move || {
                start.wait();
                for i in 0..EACH {
                    let lsn = log.append(format!("{t} {i}").as_bytes()).unwrap();
                    log.sync(lsn).unwrap();
                    assert!(log.durable() >= lsn);
                }
            });
        }
    });
    assert!(log.commits() < (THREADS * EACH) as u64, "{} commits", log.commits());
    drop(log);
    let (.., records) = open(dir.path()).unwrap();
    assert_eq!(records.len(), THREADS * EACH);
    for t in 0..THREADS {
        let mine: Vec<_> = records.iter().filter(|r| r.1.starts_with(format!("{t} ").as_bytes())).collect();
        assert!(mine.iter().enumerate().all(|(i, r)| r.1 == format!("{t} {i}").into_bytes()));
    }
}

#[test]
fn full_files_are_followed_by_new_ones_and_dropped_when_a_checkpoint_has_them() {
    let dir = tempfile::tempdir().unwrap();
    let (log, ..) = open_from(dir.path(), SMALL, 0).unwrap();
    for _ in 0..40 {
        log.commit(&[1; 500]).unwrap();
    }
    let before = files(dir.path());
    assert!(before.len() > 3, "{before:?}");
    let size_before = log.size_bytes();
    log.drop_through(Lsn(20)).unwrap();
    let after = files(dir.path());
    assert!(after.len() < before.len() && log.size_bytes() < size_before);
    drop(log);
    let (log, recovery, records) = open_from(dir.path(), SMALL, 20).unwrap();
    assert_eq!((recovery.last, records.first().unwrap().0, records.len()), (Lsn(40), 21, 20));
    assert!(
        matches!(open_from(dir.path(), SMALL, 3), Err(StoreError::Damaged { .. })),
        "records 4.. are gone"
    );

    // A checkpoint of everything: after a rotation only an empty file stays.
    log.rotate().unwrap();
    log.rotate().unwrap();
    log.drop_through(Lsn(40)).unwrap();
    assert_eq!(files(dir.path()).len(), 1);
    assert_eq!(log.commit(b"on").unwrap(), Lsn(41));
    drop(log);
    assert_eq!(open_from(dir.path(), SMALL, 40).unwrap().2, [(41, b"on".to_vec())]);
    assert!(matches!(open_from(dir.path(), SMALL, 99), Err(StoreError::Damaged { .. })), "older than asked");
}

#[test]
fn a_missing_or_shortened_file_in_the_middle_is_refused() {
    let make = |dir: &Path| {
        let (log, ..) = open_from(dir, SMALL, 0).unwrap();
        for _ in 0..30 {
            log.commit(&[1; 500]).unwrap();
        }
    };
    let dir = tempfile::tempdir().unwrap();
    make(dir.path());
    let second = files(dir.path())[1].clone();
    let kept = fs::read(&second).unwrap();
    fs::remove_file(&second).unwrap();
    assert!(matches!(open(dir.path()), Err(StoreError::Damaged { .. })));
    fs::write(&second, &kept[..kept.len() - 8]).unwrap();
    assert!(matches!(open(dir.path()), Err(StoreError::Damaged { .. })));
    fs::write(&second, &kept[..kept.len() - size(500) as usize]).unwrap();
    assert!(matches!(open(dir.path()), Err(StoreError::Damaged { .. })));
    fs::write(&second, &kept).unwrap();
    assert_eq!(open(dir.path()).unwrap().2.len(), 30);
    assert_eq!(Log::verify(dir.path(), Lsn(0)).unwrap().records, 30);
    for file in files(dir.path()) {
        fs::remove_file(file).unwrap();
    }
    assert!(matches!(open_from(dir.path(), SMALL, 30), Err(StoreError::Damaged { .. })));
}

#[test]
fn waiting_without_writing_ends_with_the_commit_of_another_or_with_the_time() {
    let dir = tempfile::tempdir().unwrap();
    let (log, ..) = open(dir.path()).unwrap();
    let lsn = log.append(b"x").unwrap();
    assert!(!log.wait_durable(lsn, Duration::ZERO), "nobody has written it");
    std::thread::scope(|s| {
        let waiting = s.spawn(|| log.wait_durable(lsn, Duration::from_mins(1)));
        log.sync(lsn).unwrap();
        assert!(waiting.join().unwrap());
    });
    assert!(log.wait_durable(lsn, Duration::ZERO));
}

#[test]
fn an_error_of_the_replay_reaches_the_caller() {
    #[derive(Debug)]
    enum Mine {
        Store,
        Refused(u64),
    }
    impl From<StoreError> for Mine {
        fn from(_: StoreError) -> Mine {
            Mine::Store
        }
    }
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).unwrap().0.commit(b"x").unwrap();
    let outcome = Log::open(dir.path(), SMALL, Lsn(0), |lsn, _| Err(Mine::Refused(lsn.0)));
    assert!(matches!(outcome, Err(Mine::Refused(1))));
    assert!(matches!(Log::open(dir.path(), SMALL, Lsn(9), |_, _| Ok(())), Err(Mine::Store)));
}

#[test]
fn a_record_beyond_the_limit_is_refused_and_a_large_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let (log, ..) = open_from(dir.path(), SMALL, 0).unwrap();
    assert!(matches!(
        log.append(&vec![0; gesso_store::log::PAYLOAD_MAX + 1]),
        Err(StoreError::RecordTooLarge { .. })
    ));
    let large: Vec<u8> = (0..3_000_000u32).map(|i| i as u8).collect();
    log.append(&large).unwrap();
    drop(log);
    assert_eq!(open(dir.path()).unwrap().2, [(1, large)], "a full buffer is written by the append itself");
}
