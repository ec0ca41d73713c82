//! `gesso config`: what holds, and why.

use super::{CommandError, Verdict};
use crate::config::{Config, Given, KEYS, Key, Setting};
use crate::output::{self, Table};
use serde_json::{Map, json};
use std::path::PathBuf;

/// Flags that set configuration keys; `serve` has them, too.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ConfigFlags {
    /// Configuration file; gesso.toml if there is one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Where graphs, jobs and users are kept
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// Where object paths lead
    #[arg(long, value_name = "DIR")]
    object_root: Option<String>,
    /// Ask every request for a token
    #[arg(long)]
    auth: bool,
    /// Form of log lines: text or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// Set any key; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl ConfigFlags {
    /// The configuration of this process under these flags.
    pub fn load(&self) -> Result<Config, CommandError> {
        let texts = [
            (Key::Listen, &self.listen),
            (Key::DataDir, &self.data_dir),
            (Key::ObjectRoot, &self.object_root),
            (Key::LogFormat, &self.log_format),
        ];
        let mut flags: Vec<(Key, String)> =
            texts.into_iter().filter_map(|(key, text)| Some((key, text.clone()?))).collect();
        if self.auth {
            flags.push((Key::AuthEnabled, true.to_string()));
        }
        Ok(Config::load(&Given { file: self.config.clone(), flags, set: self.set.clone() })?)
    }
}

/// Flags of `gesso config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    flags: ConfigFlags,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A value for people, who would not see an empty one.
fn shown(setting: &Setting) -> String {
    Some(setting.to_string()).filter(|text| !text.is_empty()).unwrap_or_else(|| "-".to_owned())
}

/// Prints every key.
pub fn run(args: &Args) -> Result<Verdict, CommandError> {
    let config = args.flags.load()?;
    if args.json {
        let keys = KEYS.iter().map(|spec| {
            let (setting, source) = config.get(spec.key);
            let entry = json!({
                "value": setting.to_json(), "source": source.to_string(), "variable": spec.key.variable(),
                "meaning": spec.sentence,
            });
            (spec.name.to_owned(), entry)
        });
        output::json(&keys.collect::<Map<_, _>>().into())?;
        return Ok(Verdict::Done);
    }
    let mut table = Table::new(&["key", "value", "source", "meaning"]);
    for spec in KEYS {
        let (setting, source) = config.get(spec.key);
        table.push([spec.name.to_owned(), shown(setting), source.to_string(), spec.sentence.to_owned()]);
    }
    table.print()?;
    Ok(Verdict::Done)
}
