//! From the configuration to what the server is told.

use super::{Config, Key};
use gesso_graph::LogLimits;
use gesso_jobs::EngineConfig;
use gesso_server::{ServerConfig, Settings};
use gesso_store::{Keys, RemoteConfig};
use std::path::PathBuf;

impl Config {
    /// The settings of a server.
    pub fn server_settings(&self) -> Settings {
        let value = |key| self.get(key).0;
        Settings {
            disk: gesso_store::Disk::default(),
            data_dir: self.data_dir(),
            object_root: value(Key::ObjectRoot).path(),
            allowed_paths: value(Key::AllowedPaths).paths(),
            remote: self.remote(),
            auth: value(Key::AuthEnabled).flag(),
            token_seconds: value(Key::AuthTokenSeconds).count(),
            jobs: self.engine(),
            cache_bytes: value(Key::GraphCacheBytes).count(),
            log_limits: LogLimits {
                checkpoint_bytes: value(Key::GraphCheckpointLogBytes).count(),
                max_bytes: value(Key::GraphLogMaxBytes).optional_count(),
            },
            http: ServerConfig {
                request_seconds: value(Key::HttpRequestSeconds).count(),
                job_timeout_seconds: value(Key::JobsTimeoutSeconds).seconds(),
                api_version: value(Key::ApiVersion).text().to_owned(),
                batch_max_items: value(Key::BatchMaxItems).optional_count().map(len),
                max_indexes: value(Key::MaxIndexes).optional_count().map(len),
                is_persistence_default: value(Key::DefaultProductType).text() == gesso_graph::PERSISTENCE,
                label_counts_need_index: value(Key::LabelCountsNeedIndex).flag(),
                protect_meta: value(Key::AuthProtectMeta).flag(),
            },
        }
    }

    /// The data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.get(Key::DataDir).0.path().unwrap_or_default()
    }

    fn remote(&self) -> Option<RemoteConfig> {
        let text = |key| self.get(key).0.optional_text();
        let keys = match (text(Key::ObjectsAccess), text(Key::ObjectsSecret)) {
            (Some(access), Some(secret)) => Some(Keys { access, secret }),
            _ => None,
        };
        let region = self.get(Key::ObjectsRegion).0.text().to_owned();
        text(Key::ObjectsEndpoint).map(|endpoint| RemoteConfig { endpoint, region, keys })
    }

    fn engine(&self) -> EngineConfig {
        let count = |key| len(self.get(key).0.count());
        EngineConfig {
            queue_per_graph: count(Key::JobsQueuePerGraph),
            queue_total: count(Key::JobsQueueTotal),
            running: count(Key::JobsRunning),
            threads: count(Key::JobsThreads),
            memory_bytes: self.get(Key::JobsMemoryBytes).0.count(),
            keep_seconds: self.get(Key::JobsKeepSeconds).0.count(),
            keep_count: count(Key::JobsKeepCount),
            result_bytes: self.get(Key::JobsResultBytes).0.optional_count(),
            paths_max: count(Key::JobsPathsMax),
            probe: None,
        }
    }
}

/// A number of things in memory; more than fit there are as good as no limit.
fn len(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::Given;
    use super::*;

    /// Crates have defaults of their own, for their tests; users read those of the table.
    #[test]
    fn defaults_of_the_table_are_those_of_the_crates() {
        let mut own = Config::of(None, [], &Given::default()).unwrap().server_settings();
        let theirs = Settings::default();
        own.jobs.memory_bytes = theirs.jobs.memory_bytes;
        assert_eq!(format!("{own:?}"), format!("{theirs:?}"));
    }
}
