//! Removing files without waiting for their space.
//!
//! A name goes at once, but the blocks of a large file take the file system tens of milliseconds, and whoever
//! holds the file last waits for them. So it is held here for a moment longer than anywhere else.
//!
//! Threads: one for each removal of something large. It ends with the removal, and nobody waits for it: a
//! process that ends first leaves the rest to the system.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Size from which a thread is worth its while. Bytes.
const LARGE_BYTES: u64 = 1 << 20;

/// Removes a file.
pub fn remove_file(path: &Path) -> io::Result<()> {
    let held = File::open(path).ok();
    fs::remove_file(path)?;
    let_go(held.into_iter().collect());
    Ok(())
}

/// Removes a directory with everything in it. Links are removed, not followed.
pub fn remove_dir(dir: &Path) -> io::Result<()> {
    let mut held = Vec::new();
    hold(dir, &mut held);
    let removed = fs::remove_dir_all(dir);
    let_go(held);
    removed
}

/// Opens the files of a directory, as far as that is possible: what is not held only takes longer.
fn hold(dir: &Path, held: &mut Vec<File>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => hold(&entry.path(), held),
            Ok(kind) if kind.is_file() => held.extend(File::open(entry.path())),
            _ => {}
        }
    }
}

fn let_go(mut held: Vec<File>) {
    held.retain(|file| file.metadata().is_ok_and(|about| about.len() >= LARGE_BYTES));
    if !held.is_empty() {
        // A thread that the system refuses is done without: the files are closed here then.
        _ = std::thread::Builder::new().name("gesso-discard".to_owned()).spawn(move || drop(held));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_and_small_things_are_gone_at_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let inner = dir.path().join("a/b");
        fs::create_dir_all(&inner).expect("directories");
        let (large, kept) = (vec![1; 3 << 20], dir.path().join("kept"));
        fs::write(&kept, "kept").expect("a file");
        for name in ["a/large", "a/b/large", "a/b/small", "alone"] {
            fs::write(dir.path().join(name), if name.ends_with("small") { &large[..9] } else { &large })
                .expect("a file");
        }
        std::os::unix::fs::symlink(&kept, inner.join("link")).expect("a link");
        remove_file(&dir.path().join("alone")).expect("a removal");
        remove_dir(&dir.path().join("a")).expect("a removal");
        let left: Vec<_> = fs::read_dir(dir.path()).expect("a list").flatten().map(|e| e.path()).collect();
        assert_eq!(left, [kept]);
        assert_eq!(remove_file(&inner).map_err(|e| e.kind()), Err(io::ErrorKind::NotFound));
    }
}
