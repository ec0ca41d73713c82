//! `gesso serve`: the server, from its configuration to its end.

use super::config::ConfigFlags;
use super::{CommandError, Verdict};
use crate::config::{Config, Key};
use crate::signals::Asked;
use crate::{local, logging, output, sample};
use gesso_server::Server;
use std::net::{SocketAddr, ToSocketAddrs};
use tokio::net::TcpListener;

/// Flags of `gesso serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: ConfigFlags,
    /// Listen on an address that is open to others although nobody is asked who they are
    #[arg(long)]
    insecure: bool,
    /// Load the sample graph first
    #[arg(long)]
    demo: bool,
}

/// Serves until the process is asked to end.
pub fn run(args: &Args) -> Result<Verdict, CommandError> {
    let config = args.flags.load()?;
    logging::start(&config)?;
    let addresses = addresses(&config, args.insecure)?;
    let server = Server::open(config.server_settings()).map_err(Box::new)?;
    if args.demo {
        sample::load(&server.app().catalogue)?;
    }
    if let Some(password) = server.first_password() {
        // Shown once, on the terminal of whoever started the server, and never logged.
        eprintln!("gesso: the password of user `admin` is {password}");
    }
    let runtime = local::runtime()?;
    runtime.block_on(async {
        // Before anyone is told that the server is ready, it ends as it should.
        let asked = Asked::listen()?;
        let listener = TcpListener::bind(&addresses[..]).await?;
        let url = format!("http://{}", listener.local_addr()?);
        tracing::info!(url, data_dir = %config.data_dir().display(), "ready");
        output::line(format!("gesso is ready at {url}"))?;
        server.serve(listener, asked.wait()).await
    })?;
    server.close();
    tracing::info!("stopped");
    Ok(Verdict::Done)
}

/// Where to listen. Refuses what is open to others unless they are asked who they are.
fn addresses(config: &Config, insecure: bool) -> Result<Vec<SocketAddr>, CommandError> {
    let listen = config.get(Key::Listen).0.text();
    let failed = |source| CommandError::Listen { listen: listen.to_owned(), source };
    let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map_err(failed)?.collect();
    let is_open = addresses.iter().any(|address| !address.ip().is_loopback());
    if is_open && !config.get(Key::AuthEnabled).0.flag() {
        if !insecure {
            return Err(CommandError::NotLoopback(listen.to_owned()));
        }
        tracing::warn!(listen, "everyone who reaches this address can read and change everything");
    }
    Ok(addresses)
}
