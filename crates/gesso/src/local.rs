//! A server inside this process, for the tour and for measurements: on loopback, on a free port.
//!
//! Threads: those of the async runtime, and the server's own; [`LocalServer::stop`] ends and joins all.

use crate::signals::Asked;
use gesso_server::{App, OpenError, Server, Settings};
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// The data directory can not be opened.
    #[error(transparent)]
    Open(#[from] Box<OpenError>),
    /// No threads, no port, or the socket failed.
    #[error("server: {0}")]
    Io(#[from] io::Error),
    /// The task that answers requests panicked.
    #[error("server: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// A running server.
pub struct LocalServer {
    server: Arc<Server>,
    runtime: Runtime,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
    url: String,
}

/// The runtime of a server: one worker a core.
pub fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().thread_name("gesso-http").enable_all().build()
}

impl LocalServer {
    /// Opens a data directory and listens.
    pub fn start(settings: Settings) -> Result<LocalServer, LocalError> {
        let server = Arc::new(Server::open(settings).map_err(Box::new)?);
        let runtime = runtime()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let own = server.clone();
        let serving = runtime.spawn(async move {
            // A sender that is gone ends the server, too.
            own.serve(listener, async move { _ = stopped.await }).await
        });
        Ok(LocalServer { server, runtime, stop, serving, url })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its state.
    pub fn app(&self) -> &App {
        self.server.app()
    }

    /// Returns when the process is asked to end.
    pub fn wait_for_signal(&self) -> io::Result<()> {
        self.runtime.block_on(async {
            Asked::listen()?.wait().await;
            Ok(())
        })
    }

    /// Answers what is under way, stops all jobs and ends every thread.
    pub fn stop(self) -> Result<(), LocalError> {
        // The receiver is gone only if the server has ended by itself.
        _ = self.stop.send(());
        self.runtime.block_on(self.serving)??;
        drop(self.runtime);
        if let Some(server) = Arc::into_inner(self.server) {
            server.close();
        }
        Ok(())
    }
}
