//! The places that set keys, each over the ones before it.

use super::error::ConfigError;
use super::keys::{DefaultValue, FOREIGN_VARIABLES, KEYS, Key, LOG_VARIABLE, Spec, VARIABLE_PREFIX};
use super::nearest::nearest;
use super::value::{Kind, Setting};
use crate::machine;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The table of keys.
    Default,
    /// This file.
    File(PathBuf),
    /// This environment variable.
    Variable(String),
    /// The command line.
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Default => f.write_str("default"),
            Source::File(path) => write!(f, "file {}", path.display()),
            Source::Variable(name) => write!(f, "env {name}"),
            Source::Flag => f.write_str("flag"),
        }
    }
}

/// Values under construction, one a key.
pub(super) struct Layers(Vec<(Setting, Source)>);

impl Layers {
    /// What holds where nothing is said.
    pub fn defaults() -> Result<Layers, ConfigError> {
        let of = |spec: &Spec| Ok((default_of(spec)?, Source::Default));
        KEYS.iter().map(of).collect::<Result<_, _>>().map(Layers)
    }

    /// The values, in the order of [`KEYS`].
    pub fn into_entries(self) -> Vec<(Setting, Source)> {
        self.0
    }

    /// Sets a key from a text.
    pub fn set(&mut self, key: Key, text: &str, source: Source) -> Result<(), ConfigError> {
        let setting = parse(key.spec(), text, &source)?;
        self.0[key as usize] = (setting, source);
        Ok(())
    }

    /// Sets a key from `NAME=VALUE`.
    pub fn set_pair(&mut self, pair: &str) -> Result<(), ConfigError> {
        let no_pair = || ConfigError::NoPair { given: pair.to_owned() };
        let (name, value) = pair.split_once('=').ok_or_else(no_pair)?;
        let key = find(name.trim(), &Source::Flag)?;
        self.set(key, value, Source::Flag)
    }

    /// Sets the keys of a TOML file.
    pub fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let table: toml::Table =
            text.parse().map_err(|e| ConfigError::Toml { path: path.to_owned(), source: Box::new(e) })?;
        self.read_table("", &table, &Source::File(path.to_owned()))
    }

    fn read_table(&mut self, prefix: &str, table: &toml::Table, source: &Source) -> Result<(), ConfigError> {
        for (name, value) in table {
            let name = format!("{prefix}{name}");
            match value {
                toml::Value::Table(inner) if Key::find(&name).is_none() => {
                    self.read_table(&format!("{name}."), inner, source)?;
                }
                value => {
                    let key = find(&name, source)?;
                    let setting = of_toml(key.spec(), value, source)?;
                    self.0[key as usize] = (setting, source.clone());
                }
            }
        }
        Ok(())
    }

    /// Sets the keys of `GESSO_*` variables.
    pub fn read_variables(
        &mut self,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(), ConfigError> {
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|n| n.starts_with(VARIABLE_PREFIX)) else { continue };
            if FOREIGN_VARIABLES.contains(&name) {
                continue;
            }
            let key = match name {
                LOG_VARIABLE => Some(Key::LogLevel),
                _ => KEYS.iter().map(|spec| spec.key).find(|key| key.variable() == name),
            };
            let unknown = || ConfigError::UnknownVariable {
                name: name.to_owned(),
                nearest: nearest(name, KEYS.iter().map(|spec| spec.key.variable())),
            };
            let key = key.ok_or_else(unknown)?;
            self.set(key, &value.to_string_lossy(), Source::Variable(name.to_owned()))?;
        }
        Ok(())
    }
}

fn default_of(spec: &Spec) -> Result<Setting, ConfigError> {
    match spec.default {
        DefaultValue::Unset => Ok(Setting::Unset),
        DefaultValue::Cores => Ok(Setting::Count(machine::cores() as u64)),
        DefaultValue::MemoryShare => Ok(Setting::Count(machine::memory_share_bytes())),
        DefaultValue::Text(text) => parse(spec, text, &Source::Default),
    }
}

fn find(name: &str, source: &Source) -> Result<Key, ConfigError> {
    Key::find(name).ok_or_else(|| ConfigError::UnknownKey {
        from: source.clone(),
        name: name.to_owned(),
        nearest: nearest(name, KEYS.iter().map(|spec| spec.name.to_owned())),
    })
}

fn parse(spec: &Spec, text: &str, source: &Source) -> Result<Setting, ConfigError> {
    if text.is_empty() && matches!(spec.default, DefaultValue::Unset) {
        return Ok(Setting::Unset);
    }
    spec.kind.parse(text).ok_or_else(|| invalid(spec, text, source))
}

/// A value of the file: a text, or what TOML has for its kind.
fn of_toml(spec: &Spec, value: &toml::Value, source: &Source) -> Result<Setting, ConfigError> {
    match (spec.kind, value) {
        (_, toml::Value::String(text)) => parse(spec, text, source),
        (Kind::Paths, toml::Value::Array(items)) => {
            let path = |item: &toml::Value| {
                item.as_str().map(PathBuf::from).ok_or_else(|| invalid(spec, &item.to_string(), source))
            };
            items.iter().map(path).collect::<Result<_, _>>().map(Setting::Paths)
        }
        (Kind::Flag, toml::Value::Boolean(_))
        | (Kind::Count | Kind::Bytes | Kind::Seconds, toml::Value::Integer(_))
        | (Kind::Seconds, toml::Value::Float(_)) => parse(spec, &value.to_string(), source),
        _ => Err(invalid(spec, &value.to_string(), source)),
    }
}

fn invalid(spec: &Spec, value: &str, source: &Source) -> ConfigError {
    ConfigError::Invalid {
        name: spec.name,
        value: value.to_owned(),
        from: source.clone(),
        expected: spec.kind.to_string(),
    }
}
