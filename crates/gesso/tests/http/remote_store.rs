//! An S3-compatible store in this process, over its real protocol, with signatures checked: a server of the `s3s`
//! project over a directory.

use crate::harness::TestServer;
use gesso_store::{Keys, RemoteConfig};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use std::path::Path;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The access key that the store knows.
pub const ACCESS: &str = "AKTEST";
/// Its secret key.
pub const SECRET: &str = "SKTEST";

/// A store with one bucket; it ends with its runtime, when it is dropped.
pub struct Store {
    /// The directory of buckets.
    pub dir: TempDir,
    /// Where it listens.
    pub url: String,
    _runtime: Runtime,
}

impl Store {
    /// Starts it on a free port.
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
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    // A client that goes away is no error of the store.
                    _ = Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(socket), service)
                        .await;
                });
            }
        });
        Store { dir, url, _runtime: runtime }
    }

    /// A server of ours whose object paths lead there.
    pub fn server(&self, keys: Option<Keys>) -> TestServer {
        let (endpoint, region) = (self.url.clone(), "us-east-1".to_owned());
        TestServer::start_with(|settings| settings.remote = Some(RemoteConfig { endpoint, region, keys }))
    }

    /// What is to be seen in the bucket.
    pub fn objects(&self) -> Vec<String> {
        seen_below(&self.dir.path().join("bucket"))
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

/// The keys that the store knows.
pub fn keys() -> Keys {
    Keys { access: ACCESS.to_owned(), secret: SECRET.to_owned() }
}
