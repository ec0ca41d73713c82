//! Places of backups as commands name them: a directory of this machine, or `s3://bucket/prefix` in the store that
//! the configuration names.

use crate::commands::CommandError;
use crate::config::{Config, Given};
use gesso_store::backup::BackupPlace;
use gesso_store::{Disk, ObjectRoot, Remote};
use std::path::{Path, PathBuf};

/// Flags of commands that work on backups without a server.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct StoreFlags {
    /// Configuration file that names the object store; gesso.toml if there is one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What names of places mean.
pub struct Places(Option<ObjectRoot>);

impl Places {
    /// The meaning of these names under the configuration, which is read only if one of them needs it.
    pub fn of<'a>(
        flags: &StoreFlags,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Places, CommandError> {
        let Some(first) = names.into_iter().find(|name| is_remote(name)) else { return Ok(Places(None)) };
        let config = Config::load(&Given { file: flags.config.clone(), ..Given::default() })?;
        let remote = config.server_settings().remote;
        let remote = remote.ok_or_else(|| CommandError::NoObjectStore(first.to_owned()))?;
        let root = ObjectRoot::new(PathBuf::new(), Vec::new()).with_remote(Remote::new(remote)?);
        Ok(Places(Some(root)))
    }

    /// The place of a name.
    pub fn find(&self, name: &str) -> Result<BackupPlace, CommandError> {
        let dir = || BackupPlace::Dir(Disk::default(), Path::new(name).to_owned());
        let remote = self.0.as_ref().filter(|_| is_remote(name)).and_then(|root| root.remote_dir(name, None));
        Ok(remote.transpose()?.map_or_else(dir, BackupPlace::Bucket))
    }
}

fn is_remote(name: &str) -> bool {
    name.contains("://") && !name.starts_with("file:")
}
