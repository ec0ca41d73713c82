//! Any text as an object path: what is accepted stays inside the root.
#![no_main]

use gesso_store::ObjectRoot;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static DIR: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir_all(dir.path().join("root/b/c")).expect("directories");
    std::fs::write(dir.path().join("root/b/c/f.csv"), "x").expect("a file");
    std::fs::write(dir.path().join("secret"), "x").expect("a file");
    std::os::unix::fs::symlink(dir.path().join("secret"), dir.path().join("root/b/link")).expect("a link");
    dir
});

fuzz_target!(|text: &str| {
    let root = DIR.path().join("root");
    let objects = ObjectRoot::new(root.clone(), Vec::new());
    let inside = root.canonicalize().expect("the root");
    for path in objects.list_input(text).into_iter().flatten() {
        assert!(path.starts_with(&inside), "{text:?} leads to {}", path.display());
    }
});
