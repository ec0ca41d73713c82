//! The real binary as a process of its own, to be killed.

use crate::harness::TestServer;
use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The binary, without what the environment says to these tests: it would take that for configuration.
pub fn gesso() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gesso"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GESSO_")) {
        command.env_remove(name);
    }
    command
}

/// `gesso serve` over a data directory. Asked like a [`TestServer`]. Killed when it is dropped.
pub struct Process {
    child: Child,
    client: TestServer,
    /// Open as long as the process runs: it may still print.
    _output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it and waits until it is ready.
    pub fn start(data_dir: &Path) -> Process {
        Process::start_with(data_dir, &[])
    }

    /// [`Process::start`] with further arguments.
    pub fn start_with(data_dir: &Path, args: &[&str]) -> Process {
        let mut command = gesso();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data_dir).args(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("a process");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        while !line.starts_with("gesso is ready at ") {
            line.clear();
            let read = output.read_line(&mut line).expect("its output");
            assert!(read > 0, "the server ended before it was ready");
        }
        let url = line.trim_start_matches("gesso is ready at ").trim_end();
        Process { child, client: TestServer::at(url), _output: output }
    }

    /// Its number in the system.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without warning, as `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("a killed process");
    }
}

impl Deref for Process {
    type Target = TestServer;

    fn deref(&self) -> &TestServer {
        &self.client
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// `gesso verify` must find nothing wrong.
pub fn check_verified(data_dir: &Path) {
    let checked = gesso().arg("verify").arg("--data-dir").arg(data_dir).output().expect("a process");
    let (out, err) = (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    assert!(checked.status.success(), "{out}{err}");
}
