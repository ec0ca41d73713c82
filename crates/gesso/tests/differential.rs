//! Algorithms over HTTP against NetworkX, igraph and SciPy: see tests/differential/README.md.

use std::path::Path;
use std::process::Command;

/// What the program answers where the reference packages are missing.
const SKIPPED: i32 = 77;

#[test]
fn algorithms_agree_with_the_reference_packages() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/differential/run.py");
    let python = std::env::var("GESSO_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let graphs = std::env::var("GESSO_DIFFERENTIAL_GRAPHS").unwrap_or_else(|_| "34".to_owned());
    let run = Command::new(&python)
        .arg(program)
        .args(["--binary", env!("CARGO_BIN_EXE_gesso"), "--graphs", &graphs])
        .output();
    let run = match run {
        Ok(run) => run,
        Err(e) => {
            println!("SKIPPED: `{python}` cannot be run: {e}");
            return;
        }
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    println!("{}{}", text(&run.stdout), text(&run.stderr));
    if run.status.code() != Some(SKIPPED) {
        assert!(run.status.success(), "{}{}", text(&run.stdout), text(&run.stderr));
    }
}
