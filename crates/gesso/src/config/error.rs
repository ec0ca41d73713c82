//! Why a configuration is refused.

use super::layers::Source;
use std::io;
use std::path::PathBuf;

/// See the module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file can not be read.
    #[error("cannot read configuration file `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("configuration file `{}`: {source}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A key that does not exist.
    #[error("{from}: unknown key `{name}`{}", suggestion(nearest.as_ref()))]
    UnknownKey {
        /// Where it stands.
        from: Source,
        /// The key.
        name: String,
        /// The key that was probably meant.
        nearest: Option<String>,
    },
    /// A variable of the environment that no key has.
    #[error("unknown environment variable `{name}`{}", suggestion(nearest.as_ref()))]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The variable that was probably meant.
        nearest: Option<String>,
    },
    /// `--set` without `=`.
    #[error("`--set {given}` is invalid, expected NAME=VALUE")]
    NoPair {
        /// The argument.
        given: String,
    },
    /// A value that does not fit its key.
    #[error("`{name}` value `{value}` ({from}) is invalid, expected {expected}")]
    Invalid {
        /// The key.
        name: &'static str,
        /// The value given.
        value: String,
        /// Where it stands.
        from: Source,
        /// What the key accepts.
        expected: String,
    },
}

fn suggestion(nearest: Option<&String>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
