//! A log file of any bytes: read to its end or refused, never a panic, and the same twice.

use gesso_core::Lsn;
use gesso_store::disk::sim::SimFs;
use gesso_store::{Disk, Log, LogOptions, StoreError};
use std::path::Path;
use std::sync::Arc;

/// One input.
pub fn run(bytes: &[u8]) {
    let (dir, file) = (Path::new("/log"), Path::new("/log/log-0000000000000001.wal"));
    let fs = SimFs::new(0);
    let disk = Disk::of(Arc::new(fs.clone()));
    disk.create_dir(dir).expect("a directory");
    disk.create(file).expect("a file");
    fs.damage(file, bytes.to_vec()).expect("bytes");
    let read = || {
        let mut records = Vec::new();
        let found = Log::read_on(&disk, dir, Lsn(0), |lsn, payload| {
            records.push((lsn, payload.to_vec()));
            Ok::<_, StoreError>(())
        });
        found.map(|found| (found.last, records)).map_err(|e| e.to_string())
    };
    let first = read();
    let opened = Log::open_on(&disk, dir, LogOptions::default(), Lsn(0), |_, _| Ok::<_, StoreError>(()));
    match (&first, opened) {
        (Ok((last, _)), Ok((log, _))) => {
            // What was there stays, and the log goes on.
            assert_eq!(log.commit(b"next").expect("a commit"), Lsn(last.0 + 1));
            drop(log);
            let (_, records) = read().expect("a log that was opened");
            assert_eq!(&records[..records.len() - 1], &first.expect("read").1[..]);
        }
        (Err(_), Err(_)) => {}
        (first, opened) => panic!("{first:?} read, {:?} opened", opened.map(|o| o.1)),
    }
}
