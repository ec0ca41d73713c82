//! A server of the real binary, for as long as a test needs it.

use crate::gesso;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

/// A running server; killed if the test ends without [`Serving::end`].
pub struct Serving {
    process: Child,
    /// Where it says that it is.
    pub url: String,
}

impl Serving {
    /// Starts it and waits until it says where it is.
    pub fn start(dir: &Path, args: &[&str]) -> Serving {
        let mut command = gesso(dir, args);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("gesso is ready at ").expect("the line that says so").to_owned();
        assert!(url.starts_with("http://") && !url.ends_with(":0"), "the real port is said: {url}");
        Serving { process, url }
    }

    /// Asks it to end, which it does with 0.
    pub fn end(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Of an ended process there is nothing to kill.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
