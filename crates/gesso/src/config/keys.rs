//! Every key of the configuration. A new one is a line here, and its use in `settings`.

use super::value::Kind;
use DefaultValue::{Cores, MemoryShare, Text, Unset};
use Kind::{Address, Bytes, Choice, Count, Flag, Path, Paths, Seconds, Secret};

/// What a key is called, takes, defaults to and means.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The key.
    pub key: Key,
    /// Its name; `.` leads into a table of the file.
    pub name: &'static str,
    /// What it accepts.
    pub kind: Kind,
    /// Its value where nothing sets it.
    pub default: DefaultValue,
    /// One sentence for users.
    pub sentence: &'static str,
}

/// The value of a key that nothing sets.
#[derive(Clone, Copy, Debug)]
pub enum DefaultValue {
    /// The value, written as a variable would have it.
    Text(&'static str),
    /// None; the sentence says what that means. Such a key can be set to nothing by an empty text.
    Unset,
    /// The number of cores that the process may use.
    Cores,
    /// 60 % of the machine's memory.
    MemoryShare,
}

macro_rules! keys {
    ($($key:ident $name:literal $kind:expr, $default:expr, $sentence:literal;)*) => {
        /// A key of the configuration.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Key { $( #[doc = $sentence] $key, )* }

        /// Every key, in the order of [`Key`].
        pub static KEYS: &[Spec] = &[$(Spec {
            key: Key::$key, name: $name, kind: $kind, default: $default, sentence: $sentence,
        }),*];
    };
}

/// Words of `default_product_type`.
pub const PRODUCT_TYPES: &[&str] = &["InMemory", gesso_graph::PERSISTENCE];
/// Words of `log.format`.
pub const LOG_FORMATS: &[&str] = &["text", "json"];

keys! {
    Listen "listen" Address, Text("127.0.0.1:8480"), "Address and port to listen on; port 0 takes a free one.";
    DataDir "data_dir" Path, Text("gesso-data"), "Where graphs, jobs and users are kept.";
    ObjectRoot "object_root" Path, Unset, "Where object paths lead; `objects` in the data directory if not set.";
    AllowedPaths "allowed_paths" Paths, Text(""), "Further directories that `file:` paths may name.";
    ObjectsEndpoint "objects.endpoint" Kind::Text, Unset, "URL of an S3-compatible store for imports, exports and backups, instead of the object root.";
    ObjectsRegion "objects.region" Kind::Text, Text("us-east-1"), "Region that requests to the store are signed for.";
    ObjectsAccess "objects.access_key" Kind::Text, Unset, "Access key for requests that bring none.";
    ObjectsSecret "objects.secret_key" Secret, Unset, "Secret key for requests that bring none.";
    AuthEnabled "auth.enabled" Flag, Text("false"), "Whether requests need a token.";
    AuthTokenSeconds "auth.token_seconds" Count, Text("86400"), "Life of a token in seconds.";
    AuthProtectMeta "auth.protect_meta" Flag, Text("false"), "Whether metrics need a token, too.";
    HttpRequestSeconds "http.request_seconds" Count, Text("60"), "Deadline of a synchronous request in seconds.";
    JobsQueuePerGraph "jobs.queue_per_graph" Count, Text("1000"), "Most jobs that wait for one graph.";
    JobsQueueTotal "jobs.queue_total" Count, Text("4000"), "Most jobs that wait in all.";
    JobsRunning "jobs.running" Count, Cores, "Most jobs that run at once.";
    JobsThreads "jobs.threads" Count, Cores, "Threads that the loops of one job may use.";
    JobsMemoryBytes "jobs.memory_bytes" Bytes, MemoryShare, "Bytes that all running jobs together may hold.";
    JobsKeepSeconds "jobs.keep_seconds" Count, Text("604800"), "Seconds after which ended jobs are forgotten.";
    JobsKeepCount "jobs.keep_count" Count, Text("100000"), "Most ended jobs remembered for one graph.";
    JobsResultBytes "jobs.result_bytes" Bytes, Unset, "Bytes that all results together may take on disk; 20 % of what is free at the start if not set.";
    JobsPathsMax "jobs.paths_max" Count, Text("1000000"), "Most paths of a result whose request sets no bound; a result that was cut says `truncated`.";
    JobsTimeoutSeconds "jobs.timeout_seconds" Seconds, Text("0"), "Deadline of jobs whose request gives none; 0 for none.";
    GraphCacheBytes "graph.cache_bytes" Bytes, Text("2 GiB"), "Bytes of projections that each graph may keep.";
    GraphCheckpointLogBytes "graph.checkpoint_log_bytes" Bytes, Text("256 MiB"), "Bytes of a graph's log from which a checkpoint begins, once the log is larger than the graph.";
    GraphLogMaxBytes "graph.log_max_bytes" Bytes, Unset, "Bytes of a graph's log at which writes are refused until a checkpoint has made it smaller; one begins at half of them. No limit if not set.";
    BatchMaxItems "batch_max_items" Count, Unset, "Most elements in a batch request; no limit if not set.";
    MaxIndexes "max_indexes" Count, Unset, "Most indices of a graph; 10, and 500 in graphs of the database edition, if not set.";
    DefaultProductType "default_product_type" Choice(PRODUCT_TYPES), Text("InMemory"), "Edition of graphs whose request names none: InMemory or Persistence.";
    LabelCountsNeedIndex "label_counts_need_index" Flag, Text("true"), "Whether numbers by label in a summary need label indices, as in GES.";
    ApiVersion "api_version" Kind::Text, Text("2.3.18"), "The API version that the server says it is compatible with.";
    LogLevel "log.level" Kind::Text, Text("info"), "error, warn, info, debug or trace, also by module: `info,gesso_jobs=debug`.";
    LogFormat "log.format" Choice(LOG_FORMATS), Text("text"), "Form of log lines on standard error.";
}

impl Key {
    /// The declaration.
    pub fn spec(self) -> &'static Spec {
        &KEYS[self as usize]
    }

    /// The key of a dotted name.
    pub fn find(name: &str) -> Option<Key> {
        KEYS.iter().find(|spec| spec.name == name).map(|spec| spec.key)
    }

    /// The environment variable of the key.
    pub fn variable(self) -> String {
        format!("{VARIABLE_PREFIX}{}", self.spec().name.replace('.', "_").to_ascii_uppercase())
    }
}

/// How the variables of all keys begin.
pub const VARIABLE_PREFIX: &str = "GESSO_";

/// Variables with the prefix that are no keys: a short name of a key, and what the test suite uses.
pub const LOG_VARIABLE: &str = "GESSO_LOG";
/// Variables that only tests read; the process lets them be.
pub const FOREIGN_VARIABLES: &[&str] = &[
    "GESSO_ALL_FLIPS",
    "GESSO_BENCH_SCALE",
    "GESSO_DIFFERENTIAL_GRAPHS",
    "GESSO_FUZZ_INPUTS",
    "GESSO_FUZZ_REQUIRED",
    "GESSO_FUZZ_SECONDS",
    "GESSO_JOB_KILLS",
    "GESSO_KILLS",
    "GESSO_PYTHON",
    "GESSO_RACES",
    "GESSO_SHARED",
    "GESSO_SIM_SEED",
    "GESSO_SIM_SEEDS",
    "GESSO_SOAK_SECONDS",
    "GESSO_WRITE_DOCS",
    "GESSO_WRITE_FIXTURE",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_in_the_order_of_the_keys_and_names_are_unique() {
        let mut seen = HashSet::new();
        for (i, spec) in KEYS.iter().enumerate() {
            assert_eq!(spec.key as usize, i);
            assert!(seen.insert(spec.key.variable()), "{}", spec.name);
            assert!(spec.sentence.ends_with('.') || spec.sentence.ends_with('`'), "{}", spec.name);
        }
    }
}
