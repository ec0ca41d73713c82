//! A segment file of any bytes: opened and checked, or refused.

use gesso_core::JobContext;
use gesso_store::disk::sim::SimFs;
use gesso_store::{Disk, Segment};
use std::path::Path;
use std::sync::Arc;

/// One input.
pub fn run(bytes: &[u8]) {
    let path = Path::new("/s.seg");
    let fs = SimFs::new(0);
    let disk = Disk::of(Arc::new(fs.clone()));
    disk.create(path).expect("a file");
    fs.damage(path, bytes.to_vec()).expect("bytes");
    if let Ok(segment) = Segment::open_on(&disk, path) {
        // What can be opened can be read, whether its checksums are right or not.
        _ = segment.verify(&JobContext::detached(1, 1 << 30));
        for name in segment.names().map(str::to_owned).collect::<Vec<_>>() {
            let sums = (
                segment.array::<u8>(&name).map(|a| a.iter().map(|v| u64::from(*v)).sum::<u64>()),
                segment.array::<u32>(&name).map(|a| a.iter().map(|v| u64::from(*v)).sum::<u64>()),
                segment.array::<u64>(&name).map(|a| a.iter().fold(0u64, |s, v| s.wrapping_add(*v))),
            );
            std::hint::black_box(&sums);
        }
    }
}
