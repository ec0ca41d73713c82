//! The `gesso` binary: command line, configuration, and the wiring of what the other crates do.
//!
//! Deliberately absent: graphs, protocols, jobs. A command is a file in [`commands`] and a row in its
//! table; a configuration key is a row in [`config::keys`].
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod backup_places;
mod bars;
mod bench;
mod client;
mod commands;
mod config;
mod examples;
mod kronecker;
mod local;
mod logging;
mod machine;
mod offline;
mod output;
mod sample;
mod signals;

use clap::Parser;
use commands::Command;
use std::process::ExitCode;

/// See docs/decisions/0003-allocator.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An open graph engine: graphs over HTTP, and jobs that stop when they are told to.
#[derive(Debug, Parser)]
#[command(name = "gesso", version, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    // Ends the process with 2 where the command line is wrong.
    match CommandLine::parse().command.run() {
        Ok(verdict) => verdict.into(),
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gesso: {error}");
            error.exit_code()
        }
    }
}
