//! A directory that goes away with its test.

use std::path::{Path, PathBuf};

/// Removed on drop.
pub(super) struct TestDir(PathBuf);

impl TestDir {
    pub(super) fn new() -> TestDir {
        let path = std::env::temp_dir().join(format!("gesso-auth-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        TestDir(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TestDir {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}
