//! A backup in a bucket. Objects that are sent appear at the end, all of them before `backup.json`.

use super::place::pump;
use super::{BackupPlace, DOCUMENT, FILES, Source, Target, stored};
use crate::error::StoreError;
use crate::objects::{OutputDir, OutputError, OutputFile, RemoteDir};
use gesso_core::JobContext;

/// See the module.
pub struct BucketTarget {
    dir: RemoteDir,
    out: OutputDir,
    /// Sent, and not to be seen yet.
    sent: Vec<(String, OutputFile)>,
    /// To be seen: removed again unless it comes to a backup.
    made: Vec<String>,
}

impl BucketTarget {
    /// Takes over what an attempt that came to no end has left.
    pub fn begin(ctx: &JobContext, dir: &RemoteDir) -> Result<BucketTarget, StoreError> {
        dir.below(FILES).remove_all(ctx)?;
        Ok(BucketTarget { dir: dir.clone(), out: dir.output(), sent: Vec::new(), made: Vec::new() })
    }

    fn failed(&self, error: OutputError) -> StoreError {
        match error {
            OutputError::Stopped(stop) => StoreError::Stopped(stop),
            OutputError::Store(error) => error,
            OutputError::Object(error) => StoreError::of_object(self.dir.shown(), &error),
        }
    }
}

impl Target for BucketTarget {
    fn share(
        &mut self,
        ctx: &JobContext,
        from: &BackupPlace,
        old: &str,
        path: &str,
    ) -> Result<bool, StoreError> {
        let BackupPlace::Bucket(from) = from else { return Ok(false) };
        let name = stored(path);
        // Noted first: a request that is given up may be carried out all the same.
        self.made.push(name.clone());
        self.dir.copy_from(ctx, from, &stored(old), &name)
    }

    fn add(
        &mut self,
        ctx: &JobContext,
        path: &str,
        source: &dyn Source,
    ) -> Result<(u64, String), StoreError> {
        let name = stored(path);
        let mut file = self.out.begin(ctx, &name).map_err(|e| self.failed(e))?;
        let copied = pump(ctx, source, |bytes, _| file.write(ctx, bytes).map_err(|e| self.failed(e)))?;
        file.prepare(ctx).map_err(|e| self.failed(e))?;
        self.sent.push((name, file));
        Ok(copied)
    }

    fn finish(&mut self, document: &[u8]) -> Result<(), StoreError> {
        for (name, file) in std::mem::take(&mut self.sent) {
            self.made.push(name);
            file.publish().map_err(|e| self.failed(e))?;
        }
        self.made.push(DOCUMENT.to_owned());
        self.dir.put(DOCUMENT, document)?;
        self.made.clear();
        Ok(())
    }
}

impl Drop for BucketTarget {
    fn drop(&mut self) {
        // The document first, so that there is never a backup without files.
        self.dir.remove_later(self.made.drain(..).rev().collect());
    }
}
