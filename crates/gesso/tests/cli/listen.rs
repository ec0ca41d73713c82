//! Where the server listens, and how it ends.

use crate::run;
use crate::serving::Serving;

#[test]
fn c01_05_an_open_address_needs_authentication_or_a_word() {
    let dir = tempfile::tempdir().unwrap();
    let refused = run(dir.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("0.0.0.0:0") && refused.err.contains("--insecure"), "{}", refused.err);
    assert!(!dir.path().join("gesso-data").exists(), "a refused start leaves nothing");
    serves(&["serve", "--listen", "0.0.0.0:0", "--insecure"]);
    serves(&["serve", "--listen", "127.0.0.1:0", "--demo"]);
}

/// Says where it is ready, and ends with 0 when it is asked to.
fn serves(args: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    Serving::start(dir.path(), args).end();
}
