//! Being asked to end: SIGTERM, and SIGINT from a terminal.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for both signals. From [`Asked::listen`] on, neither kills the process.
pub struct Asked {
    term: Signal,
    int: Signal,
}

impl Asked {
    /// Begins to listen; within an async runtime.
    pub fn listen() -> io::Result<Asked> {
        Ok(Asked { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())? })
    }

    /// Completes at the first of them.
    pub async fn wait(mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}
