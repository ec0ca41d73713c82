//! An object that is written: parts of a multipart upload, which become an object at once.

use super::super::ObjectError;
use super::super::output::OutputError;
use super::{Bucket, remote, until_stopped};
use gesso_core::JobContext;
use object_store::path::Path as Key;
use object_store::{MultipartUpload, ObjectStoreExt, PutPayload};

/// Bytes of a part. Stores require 5 MiB but for the last one.
const PART_BYTES: usize = 8 << 20;

/// An object under way.
#[derive(Debug)]
pub struct Upload {
    bucket: Bucket,
    /// None once it is completed or aborted.
    multipart: Option<Box<dyn MultipartUpload>>,
    buffer: Vec<u8>,
    shown: String,
}

impl Upload {
    /// Begins an object. The store is asked at once: one that can not be written to is found before the work
    /// is done.
    pub(super) fn begin(
        ctx: &JobContext,
        bucket: &Bucket,
        key: Key,
        shown: String,
    ) -> Result<Upload, OutputError> {
        let store = bucket.store.clone();
        let begun = async move { store.put_multipart(&key).await };
        let multipart =
            until_stopped(&bucket.runtime, ctx, begun).map_err(|e| e.at::<OutputError>(&shown))?;
        Ok(Upload { bucket: bucket.clone(), multipart: Some(multipart), buffer: Vec::new(), shown })
    }

    pub(in super::super) fn write(&mut self, ctx: &JobContext, bytes: &[u8]) -> Result<(), OutputError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PART_BYTES {
            self.flush(ctx)?;
        }
        Ok(())
    }

    /// Sends what is buffered as a part.
    pub(in super::super) fn flush(&mut self, ctx: &JobContext) -> Result<(), OutputError> {
        let Some(multipart) = self.multipart.as_mut().filter(|_| !self.buffer.is_empty()) else {
            return Ok(());
        };
        let part = multipart.put_part(PutPayload::from(std::mem::take(&mut self.buffer)));
        until_stopped(&self.bucket.runtime, ctx, part).map_err(|e| e.at(&self.shown))
    }

    /// Makes the object visible. The job has sealed, so that nothing stops it any more.
    pub(in super::super) fn complete(mut self) -> Result<(), ObjectError> {
        let Some(mut multipart) = self.multipart.take() else { return Ok(()) };
        let done = self.bucket.runtime.block_on(multipart.complete());
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
            self.bucket.runtime.spawn(async move {
                if let Err(e) = multipart.abort().await {
                    tracing::warn!(path = shown, error = %e, "an unfinished upload can not be removed");
                }
            });
        }
    }
}
