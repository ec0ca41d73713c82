//! An S3-compatible store, spoken to through the `object_store` crate: buckets and prefixes here, objects that
//! are read in `remote/object.rs`, objects that are written in `remote/upload.rs`.
//!
//! Threads: [`Remote::new`] starts one worker of a runtime; it ends when the last clone is dropped. Job
//! threads wait for their own requests, and no longer than until their job is stopped.

mod object;
mod stored;
mod upload;

pub use object::{Found, ObjectReader, RemoteObject};
pub use stored::RemoteFile;
pub use upload::Upload;

use super::ObjectError;
use super::output::OutputError;
use super::path::{Base, parse};
use gesso_core::{JobContext, Stop};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use std::future::Future;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// How often a request is repeated that the store could not answer.
const RETRIES_MAX: usize = 3;

/// Access key and secret key of one request.
#[derive(Clone)]
pub struct Keys {
    /// Names the user.
    pub access: String,
    /// Signs requests; appears in no log, error or list.
    pub secret: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(***)")
    }
}

/// Where the store is and how it is spoken to.
#[derive(Clone, Debug)]
pub struct RemoteConfig {
    /// URL without bucket, such as `https://obs.example.com`.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// Keys for requests that bring none; without any, requests are not signed.
    pub keys: Option<Keys>,
}

/// An S3-compatible store; cheap to clone.
#[derive(Clone, Debug)]
pub struct Remote {
    config: Arc<RemoteConfig>,
    runtime: Arc<Runtime>,
}

/// A bucket as one request sees it.
#[derive(Clone)]
struct Bucket {
    store: Arc<AmazonS3>,
    runtime: Arc<Runtime>,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The store knows the keys.
        f.write_str("Bucket")
    }
}

/// A prefix of a bucket.
#[derive(Clone, Debug)]
pub struct RemoteDir {
    bucket: Bucket,
    /// The path as the client wrote it.
    shown: String,
    prefix: String,
}

impl Remote {
    /// A store; nothing is asked of it yet.
    pub fn new(config: RemoteConfig) -> std::io::Result<Remote> {
        // The provider is the process's; another one that is in place already serves as well.
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| _ = rustls::crypto::ring::default_provider().install_default());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("gesso-objects")
            .enable_all()
            .build()?;
        Ok(Remote { config: Arc::new(config), runtime: Arc::new(runtime) })
    }

    /// The directory that a path names: its first segment is the bucket.
    pub fn dir(&self, text: &str, keys: Option<Keys>) -> Result<RemoteDir, ObjectError> {
        let parsed = parse(text)?;
        if parsed.base != Base::Root {
            return Err(ObjectError::Outside { path: text.to_owned() });
        }
        let relative = parsed.relative.to_string_lossy().into_owned();
        let (bucket, prefix) = relative.split_once('/').unwrap_or((relative.as_str(), ""));
        let keys = keys.or_else(|| self.config.keys.clone());
        let mut builder = AmazonS3Builder::new()
            .with_endpoint(&self.config.endpoint)
            .with_region(&self.config.region)
            .with_bucket_name(bucket)
            .with_allow_http(self.config.endpoint.starts_with("http://"))
            .with_client_options(
                ClientOptions::new()
                    .with_allow_http(self.config.endpoint.starts_with("http://"))
                    .with_connect_timeout(CONNECT_TIMEOUT)
                    .with_timeout(REQUEST_TIMEOUT),
            )
            .with_retry(RetryConfig {
                max_retries: RETRIES_MAX,
                retry_timeout: REQUEST_TIMEOUT,
                ..RetryConfig::default()
            });
        builder = match keys {
            Some(keys) => builder.with_access_key_id(keys.access).with_secret_access_key(keys.secret),
            None => builder.with_skip_signature(true),
        };
        let store = builder.build().map_err(|e| remote(text, &e))?;
        Ok(RemoteDir {
            bucket: Bucket { store: Arc::new(store), runtime: self.runtime.clone() },
            shown: text.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

impl RemoteDir {
    /// Begins an object below the prefix.
    pub(super) fn begin(&self, ctx: &JobContext, name: &str) -> Result<Upload, OutputError> {
        let key = Key::parse(self.key(name)).map_err(|e| remote(&self.shown, &e.into()))?;
        Upload::begin(ctx, &self.bucket, key, format!("{}/{name}", self.shown.trim_end_matches('/')))
    }

    /// The directory of a name below this one.
    pub(super) fn within(&self, name: &str) -> RemoteDir {
        RemoteDir {
            bucket: self.bucket.clone(),
            shown: format!("{}/{name}", self.shown.trim_end_matches('/')),
            prefix: self.key(name),
        }
    }

    /// Names of the objects directly below the prefix.
    pub(super) fn names(&self, ctx: &JobContext) -> Result<Vec<String>, OutputError> {
        let listed = self.listed(ctx).map_err(|e| e.at::<OutputError>(&self.shown))?;
        Ok(listed.iter().filter_map(|o| o.location.filename().map(str::to_owned)).collect())
    }

    /// Removes an object below the prefix.
    pub(super) fn remove(&self, name: &str) -> Result<(), ObjectError> {
        let key = Key::parse(self.key(name)).map_err(|e| remote(&self.shown, &e.into()))?;
        let Bucket { store, runtime } = &self.bucket;
        runtime.block_on(store.delete(&key)).map_err(|e| remote(&self.shown, &e))
    }

    /// Sends a small object that nobody waits for.
    pub(super) fn leave(&self, name: &str, bytes: Vec<u8>) -> Result<(), ObjectError> {
        let key = Key::parse(self.key(name)).map_err(|e| remote(&self.shown, &e.into()))?;
        let (store, shown) = (self.bucket.store.clone(), self.shown.clone());
        self.bucket.runtime.spawn(async move {
            if let Err(e) = store.put(&key, PutPayload::from(bytes)).await {
                tracing::warn!(path = shown, error = %e, "an object can not be written");
            }
        });
        Ok(())
    }

    /// The objects directly below the prefix; not what the prefix itself may name.
    fn listed(&self, ctx: &JobContext) -> Result<Vec<object_store::ObjectMeta>, Ended> {
        let prefix = Key::parse(&self.prefix).map_err(object_store::Error::from)?;
        let store = self.bucket.store.clone();
        let own = prefix.clone();
        let listed = async move { store.list_with_delimiter(Some(&prefix)).await };
        let mut objects = until_stopped(&self.bucket.runtime, ctx, listed)?.objects;
        objects.retain(|object| object.location != own);
        Ok(objects)
    }

    fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }
}

/// Why a request gave nothing.
enum Ended {
    /// The job was stopped, so it was given up.
    Stopped(Stop),
    /// The store refused, or can not be reached.
    Failed(object_store::Error),
}

impl From<object_store::Error> for Ended {
    fn from(error: object_store::Error) -> Ended {
        Ended::Failed(error)
    }
}

impl Ended {
    /// The error of a path.
    fn at<E: From<ObjectError> + From<Stop>>(self, shown: &str) -> E {
        match self {
            Ended::Stopped(stop) => stop.into(),
            Ended::Failed(error) => remote(shown, &error).into(),
        }
    }
}

/// Waits for a request, but no longer than until the job is stopped.
fn until_stopped<T>(
    runtime: &Runtime,
    ctx: &JobContext,
    request: impl Future<Output = object_store::Result<T>>,
) -> Result<T, Ended> {
    let stopping = ctx.gate().stopping();
    runtime.block_on(async move {
        tokio::select! {
            biased;
            stop = stopping => Err(Ended::Stopped(stop)),
            done = request => done.map_err(Ended::Failed),
        }
    })
}

fn remote(path: &str, error: &object_store::Error) -> ObjectError {
    ObjectError::Remote { path: path.to_owned(), reason: reason(error) }
}

/// The whole chain: its outer links say only that a request failed.
fn reason(error: &object_store::Error) -> String {
    let mut reason = error.to_string();
    let mut link = std::error::Error::source(error);
    while let Some(cause) = link {
        let text = cause.to_string();
        if !reason.contains(&text) {
            reason = format!("{reason}: {text}");
        }
        link = cause.source();
    }
    reason
}
