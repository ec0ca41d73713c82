//! An S3-compatible store over its real protocol, with signatures checked: a server of the `s3s` project in this
//! process, over a directory. Its answers to reads can be held back.

use crate::harness::TestServer;
use gesso_store::{Keys, RemoteConfig};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// The store's only user.
pub const ACCESS: &str = "AKTEST";
/// And the secret of it.
pub const SECRET: &str = "SKTEST";

/// A store with one bucket; it ends with its runtime, when it is dropped.
pub struct Store {
    /// The directory of buckets.
    pub dir: TempDir,
    /// Where it listens.
    pub url: String,
    holds: watch::Sender<bool>,
    /// Reads that have no answer yet.
    waiting: watch::Receiver<usize>,
    delay_ms: Arc<AtomicU64>,
    runtime: Runtime,
}

impl Store {
    /// A store with the empty bucket `bucket`.
    pub fn start() -> Store {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(dir.path().join("bucket")).expect("a bucket");
        let runtime = Runtime::new().expect("a runtime");
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(dir.path()).expect("a store"));
        service.set_auth(SimpleAuth::from_single(ACCESS, SECRET));
        let service = service.build();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (holds, held) = watch::channel(false);
        let (waits, waiting) = watch::channel(0);
        let delay_ms = Arc::new(AtomicU64::new(0));
        let delayed = delay_ms.clone();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((socket, _)) = listener.accept().await {
                let (service, held, delayed) = (service.clone(), held.clone(), delayed.clone());
                let waits = waits.clone();
                let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                    let (service, mut held, waits) = (service.clone(), held.clone(), waits.clone());
                    let delay = Duration::from_millis(delayed.load(Relaxed));
                    async move {
                        if request.headers().contains_key("range") {
                            waits.send_modify(|n| *n += 1);
                            // The sender lives as long as the store.
                            _ = held.wait_for(|is_held| !is_held).await;
                            tokio::time::sleep(delay).await;
                            waits.send_modify(|n| *n -= 1);
                        }
                        service.call(request.map(s3s::Body::from)).await
                    }
                });
                tokio::spawn(async move {
                    // A client that goes away is no error of the store.
                    _ = Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(socket), answer)
                        .await;
                });
            }
        });
        Store { dir, url, holds, waiting, delay_ms, runtime }
    }

    /// A server that has this store configured.
    pub fn server(&self, keys: Option<Keys>) -> TestServer {
        let (endpoint, region) = (self.url.clone(), "us-east-1".to_owned());
        TestServer::start_with(|settings| settings.remote = Some(RemoteConfig { endpoint, region, keys }))
    }

    /// Where the objects of the bucket lie.
    pub fn bucket(&self) -> PathBuf {
        self.dir.path().join("bucket")
    }

    /// Puts an object into the bucket.
    pub fn put(&self, key: &str, bytes: impl AsRef<[u8]>) {
        let path = self.bucket().join(key);
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        std::fs::write(path, bytes).expect("an object");
    }

    /// The text of an object.
    pub fn text(&self, key: &str) -> String {
        std::fs::read_to_string(self.bucket().join(key)).expect("an object")
    }

    /// Answers to reads of objects stay away from now on, or come again.
    pub fn hold_reads(&self, is_held: bool) {
        self.holds.send_replace(is_held);
    }

    /// Returns when so many reads of objects have come that are held. Fails after some seconds.
    pub fn wait_for_reads(&self, count: usize) {
        let mut waiting = self.waiting.clone();
        let all =
            async { tokio::time::timeout(Duration::from_secs(20), waiting.wait_for(|n| *n == count)).await };
        assert!(
            self.runtime.block_on(all).is_ok(),
            "{} reads wait, expected {count}",
            *self.waiting.borrow()
        );
    }

    /// Answers to reads of objects take so much longer from now on.
    pub fn delay_reads(&self, by: Duration) {
        self.delay_ms.store(by.as_millis() as u64, Relaxed);
    }

    /// What is to be seen in the bucket.
    pub fn objects(&self) -> Vec<String> {
        seen_below(&self.bucket())
    }
}

fn seen_below(dir: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a directory").map(|e| e.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            names.extend(seen_below(&entry.path()).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            names.push(name);
        }
    }
    names.sort_unstable();
    names
}

/// The keys of the store's user.
pub fn keys() -> Keys {
    Keys { access: ACCESS.to_owned(), secret: SECRET.to_owned() }
}
