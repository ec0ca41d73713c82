//! Objects that are read, copied and removed: those of backups.

use super::super::{Keys, ObjectError, ObjectRoot, OutputDir};
use super::{Ended, RemoteDir, remote, until_stopped};
use crate::error::StoreError;
use crate::objects::path::parse;
use gesso_core::JobContext;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Mutex;

/// Bytes fetched by one request.
const BLOCK_BYTES: u64 = 8 << 20;

/// An object that is read in blocks.
pub struct RemoteFile {
    dir: RemoteDir,
    key: Key,
    size_bytes: u64,
    /// The last block that was fetched, and where it begins.
    block: Mutex<(u64, Vec<u8>)>,
}

impl ObjectRoot {
    /// The prefix of a bucket that a path names; none without a remote store, and for `file:` paths. `keys` are
    /// those of the request.
    pub fn remote_dir(&self, text: &str, keys: Option<Keys>) -> Option<Result<RemoteDir, ObjectError>> {
        let remote = self.remote.as_ref().filter(|_| !text.starts_with("file:"))?;
        Some(remote.dir(text, keys))
    }
}

impl RemoteDir {
    /// The path as its user wrote it.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The place of a name below this one.
    pub(crate) fn below(&self, name: &str) -> RemoteDir {
        let shown = format!("{}/{name}", self.shown.trim_end_matches('/'));
        RemoteDir { prefix: self.key(name), shown, ..self.clone() }
    }

    /// Where files are written to that nobody sees before their end.
    pub(crate) fn output(&self) -> OutputDir {
        OutputDir::remote(self.clone())
    }

    /// All bytes of an object of bounded size; none if there is no such object.
    pub(crate) fn read_small(
        &self,
        ctx: &JobContext,
        name: &str,
        most: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let (store, key) = (self.bucket.store.clone(), self.object_key(name)?);
        let got = self.asked(ctx, async move {
            match store.get(&key).await {
                Ok(found) if found.meta.size <= most => found.bytes().await.map(|b| Ok(Some(b.to_vec()))),
                Ok(found) => Ok(Err(found.meta.size)),
                Err(object_store::Error::NotFound { .. }) => Ok(Ok(None)),
                Err(e) => Err(e),
            }
        })?;
        got.map_err(|size| self.refused(format!("{name} has {size} bytes, expected at most {most}")))
    }

    /// Opens an object.
    pub(crate) fn open(&self, ctx: &JobContext, name: &str) -> Result<RemoteFile, StoreError> {
        let (store, key) = (self.bucket.store.clone(), self.object_key(name)?);
        let asked = key.clone();
        let found = self.asked(ctx, async move { store.head(&asked).await })?;
        Ok(RemoteFile { dir: self.clone(), key, size_bytes: found.size, block: Mutex::default() })
    }

    /// Has the store copy an object. False where it can not, such as between buckets or from one that is gone.
    pub(crate) fn copy_from(
        &self,
        ctx: &JobContext,
        from: &RemoteDir,
        old: &str,
        name: &str,
    ) -> Result<bool, StoreError> {
        if self.bucket_name() != from.bucket_name() {
            return Ok(false);
        }
        let (store, old, new) = (self.bucket.store.clone(), from.object_key(old)?, self.object_key(name)?);
        match self.asked(ctx, async move { store.copy(&old, &new).await }) {
            Ok(()) => Ok(true),
            Err(StoreError::Stopped(stop)) => Err(stop.into()),
            Err(error) => {
                tracing::info!(%error, "an object is sent, as the store does not copy it");
                Ok(false)
            }
        }
    }

    /// Writes a small object. Nothing stops this.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let (key, bytes) = (self.object_key(name)?, PutPayload::from(bytes.to_vec()));
        let put = self.bucket.runtime.block_on(self.bucket.store.put(&key, bytes));
        put.map(drop).map_err(|e| self.refused(e.to_string()))
    }

    /// Removes objects, one after another, without anybody waiting for it.
    pub(crate) fn remove_later(&self, names: Vec<String>) {
        let keys: Vec<Key> = names.iter().filter_map(|name| self.object_key(name).ok()).collect();
        let (store, shown) = (self.bucket.store.clone(), self.shown.clone());
        if keys.is_empty() {
            return;
        }
        self.bucket.runtime.spawn(async move {
            for key in keys {
                match store.delete(&key).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) => {
                        tracing::warn!(path = shown, %error, "an unfinished backup can not be removed");
                    }
                }
            }
        });
    }

    /// Removes everything below the prefix.
    pub(crate) fn remove_all(&self, ctx: &JobContext) -> Result<(), StoreError> {
        let (store, mut dirs) = (self.bucket.store.clone(), vec![self.object_key("")?]);
        self.asked(ctx, async move {
            while let Some(dir) = dirs.pop() {
                let found = store.list_with_delimiter(Some(&dir)).await?;
                dirs.extend(found.common_prefixes);
                for object in found.objects {
                    store.delete(&object.location).await?;
                }
            }
            Ok(())
        })
    }

    /// Names of the prefixes directly below, in order.
    pub(crate) fn dirs(&self, ctx: &JobContext) -> Result<Vec<String>, StoreError> {
        let (store, prefix) = (self.bucket.store.clone(), self.object_key("")?);
        let listed = self.asked(ctx, async move { store.list_with_delimiter(Some(&prefix)).await })?;
        let mut names: Vec<String> =
            listed.common_prefixes.iter().filter_map(|p| p.filename().map(str::to_owned)).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn bucket_name(&self) -> Option<PathBuf> {
        parse(&self.shown).ok()?.relative.iter().next().map(PathBuf::from)
    }

    fn object_key(&self, name: &str) -> Result<Key, StoreError> {
        let key = if name.is_empty() { self.prefix.clone() } else { self.key(name) };
        Key::parse(key).map_err(|e| self.refused(e.to_string()))
    }

    fn refused(&self, reason: String) -> StoreError {
        StoreError::Remote { path: self.shown.clone(), reason }
    }

    /// Waits for a request, but no longer than until the job is stopped.
    fn asked<T>(
        &self,
        ctx: &JobContext,
        request: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, StoreError> {
        until_stopped(&self.bucket.runtime, ctx, request).map_err(|e| match e {
            Ended::Stopped(stop) => stop.into(),
            Ended::Failed(error) => StoreError::of_object(&self.shown, &remote(&self.shown, &error)),
        })
    }
}

impl RemoteFile {
    /// Reads until the buffer is full or the object ends; gives how many bytes.
    pub(crate) fn read(&self, ctx: &JobContext, buffer: &mut [u8], at: u64) -> Result<usize, StoreError> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let from = at + filled as u64;
            if from >= self.size_bytes {
                break;
            }
            let read = self.read_some(ctx, rest, from)?;
            filled += read;
        }
        Ok(filled)
    }

    /// Reads at least one byte of those that there are from `at` on.
    fn read_some(&self, ctx: &JobContext, buffer: &mut [u8], at: u64) -> Result<usize, StoreError> {
        let mut block = self.block.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if at < block.0 || at >= block.0 + block.1.len() as u64 {
            *block = (at, self.fetch(ctx, at)?);
        }
        let known = block.1.get((at - block.0) as usize..).unwrap_or_default();
        let count = known.len().min(buffer.len());
        if let Some((to, from)) = buffer.get_mut(..count).zip(known.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }

    fn fetch(&self, ctx: &JobContext, at: u64) -> Result<Vec<u8>, StoreError> {
        let range = at..self.size_bytes.min(at + BLOCK_BYTES);
        let (store, key, wanted) = (self.dir.bucket.store.clone(), self.key.clone(), range.clone());
        let bytes = self.dir.asked(ctx, async move { store.get_range(&key, wanted).await })?;
        if bytes.len() as u64 != range.end - range.start {
            let reason =
                format!("{} has {} bytes from {at} on, expected {}", self.key, bytes.len(), range.end - at);
            return Err(self.dir.refused(reason));
        }
        Ok(bytes.to_vec())
    }
}
