//! An S3-compatible store, spoken to through the `object_store` crate.
//!
//! Threads: [`Remote::new`] starts one worker of a runtime; it ends when the last clone is dropped. Job
//! threads wait for their own requests, and no longer than until their job is stopped.

mod stored;

pub use stored::RemoteFile;

use super::ObjectError;
use super::output::OutputError;
use super::path::{Base, parse};
use gesso_core::{JobContext, Stop};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{ClientOptions, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use std::future::Future;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Bytes of a part. Stores require 5 MiB but for the last one.
const PART_BYTES: usize = 8 << 20;
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

/// A prefix of a bucket.
#[derive(Clone, Debug)]
pub struct RemoteDir {
    store: Arc<AmazonS3>,
    runtime: Arc<Runtime>,
    /// The path as the client wrote it.
    shown: String,
    prefix: String,
}

/// An object under way.
#[derive(Debug)]
pub struct Upload {
    runtime: Arc<Runtime>,
    key: Key,
    store: Arc<AmazonS3>,
    /// None once it is completed or aborted, and before the first part.
    multipart: Option<Box<dyn MultipartUpload>>,
    buffer: Vec<u8>,
    shown: String,
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
            store: Arc::new(store),
            runtime: self.runtime.clone(),
            shown: text.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

impl RemoteDir {
    /// Begins an object below the prefix.
    pub(super) fn begin(&self, ctx: &JobContext, name: &str) -> Result<Upload, OutputError> {
        let mut upload = Upload {
            runtime: self.runtime.clone(),
            key: Key::parse(self.key(name)).map_err(|e| remote(&self.shown, &e.into()))?,
            store: self.store.clone(),
            multipart: None,
            buffer: Vec::new(),
            shown: format!("{}/{name}", self.shown.trim_end_matches('/')),
        };
        // Begun at once: a store that can not be written to is found before the work is done.
        let (store, key) = (upload.store.clone(), upload.key.clone());
        let begun = async move { store.put_multipart(&key).await };
        upload.multipart = Some(until_stopped(&self.runtime, ctx, &upload.shown, begun)?);
        Ok(upload)
    }
}

impl RemoteDir {
    /// Names of the objects directly below the prefix.
    pub(super) fn names(&self, ctx: &JobContext) -> Result<Vec<String>, OutputError> {
        let prefix = Key::parse(&self.prefix).map_err(|e| remote(&self.shown, &e.into()))?;
        let store = self.store.clone();
        let listed = async move { store.list_with_delimiter(Some(&prefix)).await };
        let listed = until_stopped(&self.runtime, ctx, &self.shown, listed)?;
        Ok(listed.objects.iter().filter_map(|o| o.location.filename().map(str::to_owned)).collect())
    }

    /// Removes an object below the prefix.
    pub(super) fn remove(&self, name: &str) -> Result<(), ObjectError> {
        let key = Key::parse(self.key(name)).map_err(|e| remote(&self.shown, &e.into()))?;
        self.runtime.block_on(self.store.delete(&key)).map_err(|e| remote(&self.shown, &e))
    }

    fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }
}

impl Upload {
    pub(super) fn write(&mut self, ctx: &JobContext, bytes: &[u8]) -> Result<(), OutputError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PART_BYTES {
            self.flush(ctx)?;
        }
        Ok(())
    }

    /// Sends what is buffered as a part.
    pub(super) fn flush(&mut self, ctx: &JobContext) -> Result<(), OutputError> {
        let Some(multipart) = self.multipart.as_mut().filter(|_| !self.buffer.is_empty()) else {
            return Ok(());
        };
        let part = multipart.put_part(PutPayload::from(std::mem::take(&mut self.buffer)));
        until_stopped(&self.runtime, ctx, &self.shown, part)
    }

    /// Makes the object visible. The job has sealed, so that nothing stops it any more.
    pub(super) fn complete(mut self) -> Result<(), ObjectError> {
        let Some(mut multipart) = self.multipart.take() else { return Ok(()) };
        let done = self.runtime.block_on(multipart.complete());
        if let Err(e) = done {
            self.multipart = Some(multipart);
            return Err(remote(&self.shown, &e));
        }
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Not waited for: a stopped job comes to rest without the network.
        if let Some(mut multipart) = self.multipart.take() {
            let shown = std::mem::take(&mut self.shown);
            self.runtime.spawn(async move {
                if let Err(e) = multipart.abort().await {
                    tracing::warn!(path = shown, error = %e, "an unfinished upload can not be removed");
                }
            });
        }
    }
}

/// Waits for a request, but no longer than until the job is stopped.
fn until_stopped<T>(
    runtime: &Runtime,
    ctx: &JobContext,
    shown: &str,
    request: impl Future<Output = object_store::Result<T>>,
) -> Result<T, OutputError> {
    let stopping = ctx.gate().stopping();
    runtime.block_on(async move {
        tokio::select! {
            biased;
            stop = stopping => Err::<T, OutputError>(Stop::into(stop)),
            done = request => done.map_err(|e| remote(shown, &e).into()),
        }
    })
}

fn remote(path: &str, error: &object_store::Error) -> ObjectError {
    // The whole chain: its outer links say only that a request failed.
    let mut reason = error.to_string();
    let mut link = std::error::Error::source(error);
    while let Some(cause) = link {
        let text = cause.to_string();
        if !reason.contains(&text) {
            reason = format!("{reason}: {text}");
        }
        link = cause.source();
    }
    ObjectError::Remote { path: path.to_owned(), reason }
}
