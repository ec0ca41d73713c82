//! The command line of the real binary.

mod backup;
mod config;
mod demo;
mod import;
mod jobs;
mod listen;
mod refusals;
mod serving;
mod verify;

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// The binary with these arguments, in a directory, without variables of the caller.
pub fn gesso(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gesso"));
    command.args(args).current_dir(dir);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GESSO_") {
            command.env_remove(name);
        }
    }
    command
}

/// What a run of it said and how it ended.
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Runs it to its end.
pub fn run(dir: &Path, args: &[&str]) -> Ran {
    ran(&mut gesso(dir, args))
}

/// Runs a prepared command to its end.
pub fn ran(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().expect("the binary starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code: status.code().expect("an exit code"), out: text(stdout), err: text(stderr) }
}

impl Ran {
    /// The output as JSON of a run that ended with `code`.
    pub fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        serde_json::from_str(&self.out).expect("JSON")
    }
}
