//! Segments: what is written is read, what is changed is noticed, what is unfinished is invisible.

use gesso_core::{JobContext, Stop};
use gesso_store::{Segment, SegmentWriter, StoreError};
use std::fs;
use std::path::Path;

fn ctx() -> JobContext {
    JobContext::detached(1, 1 << 30)
}

fn write(path: &Path) -> u64 {
    let ctx = ctx();
    let mut out = SegmentWriter::create(path).unwrap();
    out.array(&ctx, "offsets", &[0u64, 2, 3]).unwrap();
    out.array::<u32>(&ctx, "empty", &[]).unwrap();
    let parts: [&[f64]; 3] = [&[0.5], &[], &[-1.0, f64::INFINITY]];
    out.parts(&ctx, "ranks", parts).unwrap();
    out.bytes(&ctx, "names", b"ana\0bo").unwrap();
    out.finish(&ctx).unwrap().size_bytes
}

#[test]
fn arrays_come_back_under_their_names() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.seg");
    let size_bytes = write(&path);
    let segment = Segment::open(&path).unwrap();
    assert_eq!(segment.names().collect::<Vec<_>>(), ["offsets", "empty", "ranks", "names"]);
    assert_eq!(*segment.array::<u64>("offsets").unwrap(), [0, 2, 3]);
    assert_eq!(segment.array::<u32>("empty").unwrap().len(), 0);
    assert_eq!(*segment.array::<f64>("ranks").unwrap(), [0.5, -1.0, f64::INFINITY]);
    let names = segment.array::<u8>("names").unwrap();
    assert_eq!(segment.size_bytes(), size_bytes);
    segment.verify(&ctx()).unwrap();
    assert!(matches!(segment.array::<u8>("nope"), Err(StoreError::NoArray { .. })));
    assert!(matches!(
        segment.array::<u32>("ranks"),
        Err(StoreError::ElementSize { found: 8, expected: 4, .. })
    ));
    drop(segment);
    fs::remove_file(&path).unwrap();
    assert_eq!(*names, *b"ana\0bo", "an array outlives its segment and its file");
}

#[test]
fn any_flipped_byte_is_noticed_when_opened_or_verified() {
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("s.seg"), dir.path().join("copy.seg"));
    write(&path);
    let bytes = fs::read(&path).unwrap();
    let good = Segment::open(&path).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        // A new file each time: a mapped one must not change.
        _ = fs::remove_file(&copy);
        fs::write(&copy, changed).unwrap();
        let same = |s: &Segment| {
            s.array::<u64>("offsets").unwrap().as_bytes() == good.array::<u64>("offsets").unwrap().as_bytes()
                && s.array::<f64>("ranks").unwrap().as_bytes()
                    == good.array::<f64>("ranks").unwrap().as_bytes()
                && s.array::<u8>("names").unwrap().as_bytes() == good.array::<u8>("names").unwrap().as_bytes()
        };
        match Segment::open(&copy) {
            Ok(segment) => assert!(segment.verify(&ctx()).is_err() || same(&segment), "byte {at}"),
            Err(StoreError::Damaged { .. }) => {}
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("s.seg"), dir.path().join("copy.seg"));
    write(&path);
    let bytes = fs::read(&path).unwrap();
    for cut in 0..bytes.len() {
        _ = fs::remove_file(&copy);
        fs::write(&copy, &bytes[..cut]).unwrap();
        assert!(matches!(Segment::open(&copy), Err(StoreError::Damaged { .. })), "cut at {cut}");
    }
}

#[test]
fn a_stopped_writer_leaves_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let ctx = JobContext::detached(1, 1 << 30).stop_at_checkpoint(3);
    let mut out = SegmentWriter::create(&dir.path().join("s.seg")).unwrap();
    let stopped = out.array(&ctx, "large", &vec![1u64; 1 << 20]).unwrap_err();
    assert!(matches!(stopped, StoreError::Stopped(Stop::Cancelled)));
    drop(out);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_name_is_used_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut out = SegmentWriter::create(&dir.path().join("s.seg")).unwrap();
    out.bytes(&ctx(), "a", b"1").unwrap();
    assert!(matches!(out.bytes(&ctx(), "a", b"2"), Err(StoreError::ArrayName { .. })));
    assert!(matches!(out.bytes(&ctx(), &"n".repeat(70_000), b""), Err(StoreError::ArrayName { .. })));
}
