//! Which server and graph a client command speaks to.

use crate::client::Client;
use clap::Args;

/// Flags of client commands.
#[derive(Clone, Debug, Args)]
pub struct Remote {
    /// Address of the server
    #[arg(long, default_value = "http://127.0.0.1:8480")]
    url: String,
    /// Token, where the server asks for one
    #[arg(long)]
    token: Option<String>,
    /// Project of the graph
    #[arg(long, default_value = "default")]
    project: String,
    /// Name of the graph
    #[arg(long)]
    graph: String,
}

impl Remote {
    /// A client for it.
    pub fn client(&self) -> Client {
        Client::new(&self.url, self.token.clone(), &self.project, &self.graph)
    }
}
