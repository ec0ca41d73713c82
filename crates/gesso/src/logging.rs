//! Structured log lines on standard error.

use crate::config::{Config, Key};
use std::io::stderr;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// A level that can not be read.
#[derive(Debug, thiserror::Error)]
#[error("`log.level` value `{value}` is invalid, expected error, warn, info, debug or trace: {source}")]
pub struct LogLevelError {
    value: String,
    source: ParseError,
}

/// Starts logging as the configuration says. Only the first call in a process has an effect.
pub fn start(config: &Config) -> Result<(), LogLevelError> {
    let level = config.get(Key::LogLevel).0.text();
    let filter = EnvFilter::builder()
        .parse(level)
        .map_err(|source| LogLevelError { value: level.to_owned(), source })?;
    let lines = tracing_subscriber::fmt().with_writer(stderr).with_env_filter(filter);
    // A second start is refused by the library; the first one stays in force.
    _ = match config.get(Key::LogFormat).0.text() {
        "json" => lines.json().try_init(),
        _ => lines.with_ansi(false).try_init(),
    };
    Ok(())
}
