//! The commands. A new one is a file here, a variant and a row.

pub mod algo;
pub mod backup;
pub mod bench;
pub mod config;
pub mod demo;
mod error;
pub mod import;
pub mod job;
mod remote;
pub mod restore;
pub mod serve;
pub mod verify;

pub use error::{CommandError, Verdict};

use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List algorithms, or run one on a server
    #[command(subcommand)]
    Algo(algo::Action),
    /// Back up graphs of a server, or of a data directory
    Backup(backup::Args),
    /// Measure this machine and this build, reproducibly
    #[command(subcommand)]
    Bench(bench::Action),
    /// Print every configuration key, its value, and where it came from
    Config(config::Args),
    /// Take a tour: load, compute, query, cancel
    Demo(demo::Args),
    /// Import files into a data directory that no server uses
    Import(import::Args),
    /// List, watch and cancel the jobs of a server
    #[command(subcommand)]
    Job(job::Action),
    /// Restore graphs from backups, up to a time
    Restore(restore::Args),
    /// Run the server
    Serve(serve::Args),
    /// Read everything in a data directory and report damage
    Verify(verify::Args),
}

impl Command {
    /// Does it.
    pub fn run(self) -> Result<Verdict, CommandError> {
        match self {
            Command::Algo(action) => algo::run(action),
            Command::Backup(args) => backup::run(&args),
            Command::Bench(action) => bench::run(action),
            Command::Config(args) => config::run(&args),
            Command::Demo(args) => demo::run(&args),
            Command::Import(args) => import::run(&args),
            Command::Job(action) => job::run(action),
            Command::Restore(args) => restore::run(&args),
            Command::Serve(args) => serve::run(&args),
            Command::Verify(args) => verify::run(&args),
        }
    }
}
