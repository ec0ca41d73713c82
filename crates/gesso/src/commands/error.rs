//! How commands end.

use crate::client::ClientError;
use crate::config::ConfigError;
use crate::local::LocalError;
use crate::logging::LogLevelError;
use crate::offline::OfflineError;
use gesso_algo::AlgoError;
use gesso_core::Stop;
use gesso_graph::{CreateError, FindError, GraphError, ProjectionError};
use gesso_server::OpenError;
use gesso_store::ObjectError;
use std::io;
use std::process::ExitCode;

/// What a command found out; its exit code is 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Done,
    /// Done, and what was looked at is not in order: damage, a failed job.
    Failed,
}

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The configuration is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The log level can not be read.
    #[error(transparent)]
    LogLevel(#[from] LogLevelError),
    /// The address to listen on is open to others, and nobody is asked who they are.
    #[error(
        "`listen` value `{0}` is not a loopback address, expected one unless authentication is on \
         (`--auth`) or `--insecure` is given"
    )]
    NotLoopback(String),
    /// The address to listen on can not be resolved.
    #[error("`listen` value `{listen}` is invalid, expected host:port: {source}")]
    Listen {
        /// The value.
        listen: String,
        /// The system's answer.
        source: io::Error,
    },
    /// A parameter of an algorithm that is no pair.
    #[error("`--param {0}` is invalid, expected NAME=VALUE")]
    Parameter(String),
    /// A name that no algorithm has.
    #[error("algorithm `{0}` does not exist, expected a name that `gesso algo list` shows")]
    NoAlgorithm(String),
    /// A graph that the data directory does not have, or that can not be opened.
    #[error("data directory: {0}")]
    NoGraph(#[from] FindError),
    /// A place in an object store that nothing names.
    #[error(
        "`{0}` is in an object store, and `objects.endpoint` is not set: set it and the keys, or name a directory"
    )]
    NoObjectStore(String),
    /// A path of an object store that can not be used.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// A time that can not be read.
    #[error("`--until {0}` is invalid, expected a time such as 2026-11-24T06:30:00Z")]
    Time(String),
    /// One name for several backups.
    #[error("`{0}` holds several backups, expected one where `--graph` is given")]
    OneBackup(String),
    /// A request had no usable answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server can not be opened.
    #[error(transparent)]
    Open(#[from] Box<OpenError>),
    /// A server inside this process failed.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// Work on a data directory failed.
    #[error(transparent)]
    Offline(#[from] OfflineError),
    /// An algorithm of a measurement failed.
    #[error("algorithm {name}: {source}")]
    Algorithm {
        /// The algorithm.
        name: &'static str,
        /// Why.
        source: AlgoError,
    },
    /// A projection of a measurement failed.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
    /// What a measurement found can not be right.
    #[error("{0}")]
    Measurement(#[from] crate::bench::BenchError),
    /// Standard output, a socket or a temporary file failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl CommandError {
    /// 2 where the user has to change the command line or the configuration, 1 otherwise.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            CommandError::Config(_)
            | CommandError::LogLevel(_)
            | CommandError::NotLoopback(_)
            | CommandError::Listen { .. }
            | CommandError::Parameter(_)
            | CommandError::NoAlgorithm(_)
            | CommandError::NoObjectStore(_)
            | CommandError::OneBackup(_)
            | CommandError::Time(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// True if nobody reads the output any more, as behind `| head`.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, CommandError::Io(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> ExitCode {
        match verdict {
            Verdict::Done => ExitCode::SUCCESS,
            Verdict::Failed => ExitCode::FAILURE,
        }
    }
}

macro_rules! through_offline {
    ($($error:ty),*) => { $(
        impl From<$error> for CommandError {
            fn from(error: $error) -> CommandError {
                CommandError::Offline(error.into())
            }
        }
    )* };
}
through_offline!(GraphError, CreateError, Stop, gesso_store::StoreError);
