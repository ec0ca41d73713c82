//! What is fuzzed, without a fuzzer: every target of `fuzz/` on its seeds and on mutations of them, the same in each
//! run. `GESSO_FUZZ_INPUTS` says how many of these a target gets; `fuzz/smoke` searches by coverage.

#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use gesso_core::rng::Rng;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

/// Mutated inputs of each target in the ordinary run.
const INPUTS: u64 = 10_000;
/// Longest input that is made.
const MAX_BYTES: usize = 64 << 10;
/// Bytes that readers treat in a way of their own.
const SPECIAL: &[u8] = b"\0\x01\x7f\x80\xff\",;:{}[]\\\n\r\t-+.0123456789eE<>/&=%#'";

fn inputs() -> u64 {
    std::env::var("GESSO_FUZZ_INPUTS").ok().and_then(|n| n.parse().ok()).unwrap_or(INPUTS)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files below `dir` whose names end so.
fn files(dir: &Path, end: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            files(&entry.path(), end, found);
        } else if entry.file_name().to_string_lossy().ends_with(end) {
            found.push(entry.path());
        }
    }
}

/// First inputs of a target; those of files of a graph are the committed directory of an earlier version.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let graph = root().join("crates/gesso-graph/tests/upgrade");
    let mut found = Vec::new();
    match target {
        "log" => files(&graph, ".wal", &mut found),
        "segment" => files(&graph, ".seg", &mut found),
        "document" => files(&graph, ".json", &mut found),
        _ => files(&root().join("fuzz/seeds").join(target), "", &mut found),
    }
    found.sort();
    found.iter().map(|path| std::fs::read(path).expect("a seed")).collect()
}

/// Changes an input in one of the ways that libFuzzer has, too.
fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = rng.below(bytes.len() as u64 + 1) as usize;
    let bound = 1 << rng.below(8);
    let len = rng.below(bound) as usize;
    match rng.below(8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
        1 if at < bytes.len() => bytes[at] = SPECIAL[rng.below(SPECIAL.len() as u64) as usize],
        2 => bytes.insert(at, SPECIAL[rng.below(SPECIAL.len() as u64) as usize]),
        3 => drop(bytes.drain(at..(at + len).min(bytes.len()))),
        4 => bytes.truncate(at),
        5 => {
            let copy = bytes[at..(at + len).min(bytes.len())].to_vec();
            bytes.splice(at..at, copy);
        }
        6 => {
            let from = rng.below(other.len() as u64 + 1) as usize;
            bytes.splice(at..at, other[from..(from + len).min(other.len())].iter().copied());
        }
        _ => {
            let end = (at + 4).min(bytes.len());
            bytes[at..end].copy_from_slice(&(rng.next_u64() as u32).to_le_bytes()[..end - at]);
        }
    }
    bytes.truncate(MAX_BYTES);
}

fn run(target: &str, run: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "{target} has no seeds");
    let check = |bytes: &[u8]| {
        if std::panic::catch_unwind(AssertUnwindSafe(|| run(bytes))).is_err() {
            let path = std::env::temp_dir().join(format!("gesso-fuzz-{target}"));
            std::fs::write(&path, bytes).expect("a written input");
            panic!("{target}: the input is in {}", path.display());
        }
    };
    run(b"");
    for seed in &seeds {
        check(seed);
    }
    for input in 0..inputs() {
        let mut rng = Rng::new(1, input);
        let mut bytes = seeds[rng.below(seeds.len() as u64) as usize].clone();
        let other = &seeds[rng.below(seeds.len() as u64) as usize];
        for _ in 0..=rng.below(4) {
            mutate(&mut rng, &mut bytes, other);
        }
        check(&bytes);
    }
}

macro_rules! targets {
    ($($name:ident),*) => {
        const TARGETS: &[&str] = &[$(stringify!($name)),*];
        $(#[test]
        fn $name() {
            run(stringify!($name), targets::$name::run);
        })*
    };
}

targets!(
    csv,
    document,
    log,
    manifest,
    object_path,
    property_filter,
    record,
    record_file,
    request,
    schema_xml,
    segment
);

#[test]
fn every_target_is_run_here_too() {
    let mut found = Vec::new();
    files(&root().join("fuzz/fuzz_targets"), ".rs", &mut found);
    found.sort();
    let names: Vec<_> = found.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
    assert_eq!(names, TARGETS);
}
