//! Configuration: defaults, then the file, then `GESSO_*` variables, then flags; the last one wins.
//!
//! [`keys`] declares every key once; reading, checking, `gesso config` and the variables' names come
//! from that table. What is not in it is refused.

pub mod error;
pub mod keys;
mod layers;
mod nearest;
pub mod settings;
mod value;

pub use error::ConfigError;
pub use keys::{KEYS, Key};
pub use layers::Source;
pub use value::Setting;

use layers::Layers;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The file that is read, where there is one, if no other is named.
pub const FILE_DEFAULT: &str = "gesso.toml";

/// What the command line says about the configuration.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The file to read; it must exist. None for [`FILE_DEFAULT`], if it exists.
    pub file: Option<PathBuf>,
    /// Keys set by flags, with their values as text.
    pub flags: Vec<(Key, String)>,
    /// Keys set by `--set NAME=VALUE`.
    pub set: Vec<String>,
}

/// A value for every key, and where each came from.
#[derive(Clone, Debug)]
pub struct Config {
    /// In the order of [`KEYS`].
    entries: Vec<(Setting, Source)>,
}

impl Config {
    /// Reads everything that says something about the configuration of this process.
    pub fn load(given: &Given) -> Result<Config, ConfigError> {
        let file = given.file.clone().or_else(|| Some(FILE_DEFAULT.into()).filter(|p: &PathBuf| p.exists()));
        Config::of(file.as_deref(), std::env::vars_os(), given)
    }

    /// The configuration of a file, an environment and flags.
    pub fn of(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        given: &Given,
    ) -> Result<Config, ConfigError> {
        let mut layers = Layers::defaults()?;
        if let Some(path) = file {
            layers.read_file(path)?;
        }
        layers.read_variables(variables)?;
        for (key, text) in &given.flags {
            layers.set(*key, text, Source::Flag)?;
        }
        for text in &given.set {
            layers.set_pair(text)?;
        }
        Ok(Config { entries: layers.into_entries() })
    }

    /// The value of a key and where it came from.
    pub fn get(&self, key: Key) -> (&Setting, &Source) {
        let (setting, source) = &self.entries[key as usize];
        (setting, source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, variables: &[(&str, &str)], flags: &[(Key, &str)]) -> Result<Config, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("gesso.toml");
        std::fs::write(&path, file).unwrap();
        let variables = variables.iter().map(|(n, v)| (OsString::from(n), OsString::from(v)));
        let flags = flags.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        Config::of(Some(&path), variables, &Given { flags, ..Given::default() }).map_err(|e| e.to_string())
    }

    #[test]
    fn the_last_layer_wins_and_says_so() {
        let file = "listen = '127.0.0.1:1'\n[jobs]\nthreads = 3\nrunning = 4\nqueue_total = 5\n";
        let env = [("GESSO_JOBS_RUNNING", "6"), ("GESSO_JOBS_QUEUE_TOTAL", "7"), ("HOME", "/")];
        let config = check(file, &env, &[(Key::JobsQueueTotal, "8")]).unwrap();
        let of = |key| config.get(key).0.to_string();
        assert_eq!(of(Key::Listen), "127.0.0.1:1");
        assert_eq!((of(Key::JobsThreads), of(Key::JobsRunning)), ("3".into(), "6".into()));
        assert_eq!(of(Key::JobsQueueTotal), "8");
        assert_eq!(*config.get(Key::JobsQueueTotal).1, Source::Flag);
        assert_eq!(*config.get(Key::JobsRunning).1, Source::Variable("GESSO_JOBS_RUNNING".into()));
        assert_eq!(*config.get(Key::JobsQueuePerGraph).1, Source::Default);
        assert!(matches!(config.get(Key::JobsThreads).1, Source::File(_)));
    }

    #[test]
    fn what_is_unknown_is_refused_with_the_nearest_key() {
        let error = check("[jobs]\ntreads = 3\n", &[], &[]).unwrap_err();
        assert!(error.contains("`jobs.treads`") && error.contains("`jobs.threads`"), "{error}");
        let error = check("", &[("GESSO_JOBS_THREAD", "3")], &[]).unwrap_err();
        assert!(error.contains("GESSO_JOBS_THREAD") && error.contains("GESSO_JOBS_THREADS"), "{error}");
        let error = check("jobs = 3\n", &[], &[]).unwrap_err();
        assert!(error.contains("`jobs`"), "{error}");
        assert!(check("", &[("GESSO_SHARED", "x"), ("GESSO_LOG", "debug")], &[]).is_ok());
    }

    #[test]
    fn a_wrong_value_names_key_value_and_what_was_expected() {
        let error = check("[jobs]\nthreads = 'many'\n", &[], &[]).unwrap_err();
        assert!(error.contains("`jobs.threads`") && error.contains("`many`"), "{error}");
        assert!(error.contains("a whole number"), "{error}");
        let error = check("", &[("GESSO_AUTH_ENABLED", "perhaps")], &[]).unwrap_err();
        assert!(error.contains("true or false"), "{error}");
    }

    #[test]
    fn sizes_and_lists_have_their_forms() {
        let config = check("allowed_paths = ['/a', '/b:c']\n[graph]\ncache_bytes = '3 MiB'\n", &[], &[]);
        let config = config.unwrap();
        assert_eq!(config.get(Key::GraphCacheBytes).0.count(), 3 << 20);
        assert_eq!(config.get(Key::AllowedPaths).0.paths(), [PathBuf::from("/a"), "/b:c".into()]);
        let config = check("", &[("GESSO_ALLOWED_PATHS", "/a:/b")], &[]).unwrap();
        assert_eq!(config.get(Key::AllowedPaths).0.paths().len(), 2);
    }
}
