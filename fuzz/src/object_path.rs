//! Any text as an object path: what is accepted stays inside the root.

use gesso_core::JobContext;
use gesso_store::ObjectRoot;
use gesso_store::objects::Format;
use std::io::Read;
use std::sync::LazyLock;

static DIR: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir_all(dir.path().join("root/b/c")).expect("directories");
    std::fs::write(dir.path().join("root/b/c/f.csv"), "x").expect("a file");
    std::fs::write(dir.path().join("secret"), "y").expect("a file");
    std::os::unix::fs::symlink(dir.path().join("secret"), dir.path().join("root/b/link")).expect("a link");
    dir
});

/// One input.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let objects = ObjectRoot::new(DIR.path().join("root"), Vec::new());
    let ctx = JobContext::detached(1, 1 << 20);
    for file in objects.list_input(&ctx, text, Format::Text, None).into_iter().flatten() {
        let mut content = String::new();
        let read = file.open(&ctx).and_then(|mut reader| reader.read_to_string(&mut content));
        assert!(read.is_err() || content == "x", "{text:?} leads to {}", file.shown());
    }
}
